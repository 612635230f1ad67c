"""Many problems at once: ordered, another officer, or a recheck, all or none of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

import sqlalchemy as sa

from data.access import Viewer
from data.errors import Refused
from data.schema import problem
from data.writes.notice_numbers import lock_numbers
from data.writes.notices import issue
from data.writes.problem_moves import Changed, Desk, Taken, settle, take
from data.writes.problems import give_recheck
from data.writes.problems_aside import give_to

MOST = 500
"""Problems that one act takes."""


def order_many(
    conn: sa.Connection, viewer: Viewer, versions: Mapping[int, int], *, kind: str, day: date | None = None,
    due_on: date | None = None, clauses: Mapping[int, str | None] | None = None, number: str | None = None,
    now: datetime,
) -> int:  # fmt: skip
    """Order the rectification of many problems (一并下达整改): one notice for each of their enterprises.

    Parameters
    ----------
    versions : mapping
        Problem id → version as it was shown.
    kind, day, due_on, number
        As with `data.writes.problems.order`.
    clauses : mapping, optional
        Problem id → the clause that was broken.

    Returns
    -------
    int
        How many notices there are.

    Raises
    ------
    Refused
        What one of them would be refused for, then none is ordered; ``order_number_one``: a number for the
        notices of several enterprises.
    """
    if number:
        lock_numbers(conn)
    together: dict[int, list[Taken]] = {}
    for one in _take_all(conn, viewer, versions, "order", now):
        together.setdefault(one.row.enterprise_id, []).append(one)
    if number and len(together) > 1:
        raise Refused("order_number_one", field="number", found=len(together))
    changed: list[Changed] = []
    for own in together.values():
        changed += issue(conn, own, kind=kind, day=day, due_on=due_on, clauses=clauses or {}, number=number)
    settle(conn, viewer, changed, now=now)
    return len(together)


def reassign_many(
    conn: sa.Connection, viewer: Viewer, versions: Mapping[int, int], *, officer_id: int, reason: str = "",
    now: datetime,
) -> int:  # fmt: skip
    """Let another officer see many problems through; those that the officer has already stay as they are.

    Parameters
    ----------
    versions : mapping
        Problem id → version as the preview showed it.

    Returns
    -------
    int
        How many changed hands.

    Raises
    ------
    Refused
        What one of them would be refused for; then none is changed.
    """
    taken = _take_all(conn, viewer, versions, "reassign", now)
    changed = [give_to(conn, one, officer_id, reason) for one in taken if one.row.officer_id != officer_id]
    settle(conn, viewer, changed, now=now)
    return len(changed)


def assign_rechecks(
    conn: sa.Connection, viewer: Viewer, versions: Mapping[int, int], *, officer_id: int, day: date,
    now: datetime,
) -> int:  # fmt: skip
    """Say who rechecks many problems and by when; parameters and errors as with `reassign_many`."""
    taken = _take_all(conn, viewer, versions, "assign_recheck", now)
    settle(conn, viewer, [give_recheck(conn, one, officer_id, day) for one in taken], now=now)
    return len(taken)


def _take_all(
    conn: sa.Connection, viewer: Viewer, versions: Mapping[int, int], verb: str, now: datetime
) -> list[Taken]:
    if not 0 < len(versions) <= MOST:
        raise Refused("many_number", found=len(versions), most=MOST)
    # in one order, so that two hands never wait for each other in a ring
    order = sa.select(problem.c.enterprise_id, problem.c.id).where(problem.c.id.in_(sorted(versions)))
    owners = {row.id: row.enterprise_id for row in conn.execute(order)}
    ids = sorted(versions, key=lambda one: (owners.get(one, 0), one))
    desk = Desk(conn, now.date())
    return [take(conn, viewer, one, verb, version=versions[one], now=now, desk=desk) for one in ids]
