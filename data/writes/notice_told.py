"""What was told of a notice stays until the last of its problems has been answered."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from data.reads.notices import in_notice
from data.schema import message, problem, rectification


def pass_on(conn: sa.Connection, row: Any, own: int | None, answering: int | None) -> None:
    """Move what was told of a notice at one problem to the next one of the same hand that is still ordered.

    Nothing is told anew: what was read stays read. Where no other is left it stays, and ends with this one.

    Parameters
    ----------
    row : sqlalchemy.Row
        Of the problem, as it was before the move that is just written.
    own, answering : int or None
        The officers who saw it through until then, and who answers for its grid.
    """
    hand = sa.func.coalesce(problem.c.officer_id, answering)
    here = (
        message.c.object == "problem", message.c.object_id == row.id, message.c.kind == "assigned",
        message.c.cause.startswith("notice:"), message.c.ended_at.is_(None),
    )  # fmt: skip
    for cause in conn.execute(sa.select(message.c.cause).where(*here).distinct()).scalars().all():
        of_round = sa.and_(
            rectification.c.problem_id == problem.c.id, rectification.c.round == problem.c.round
        )
        left = (
            sa.select(sa.func.min(problem.c.id))
            .join(rectification, of_round)
            .where(
                in_notice(int(cause.removeprefix("notice:"))), problem.c.id != row.id,
                problem.c.state == "ordered", hand.is_not_distinct_from(own),
            )
        )  # fmt: skip
        following = conn.execute(left).scalar()
        if following is not None:
            moved = sa.update(message).where(*here, message.c.cause == cause)
            conn.execute(moved.values(object_id=following))
