"""Notices (责令改正通知书): which rectification rounds stand in one, and what else it could order."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa

from data.access import Right, Viewer
from data.errors import NotFound
from data.reads.hands import is_theirs
from data.reads.masks import mask_text
from data.schema import enterprise, finding, inspection, problem, problem_event, rectification
from data.standing import chain
from data.workflow import PROBLEM_MOVES, PROBLEM_OPEN

HEAD = sa.func.coalesce(rectification.c.notice_of, rectification.c.id)
"""The round that heads the notice of a round: its id is the notice's."""


def in_notice(*heads: int) -> sa.ColumnElement[bool]:
    """Whether a round stands in one of these notices."""
    return sa.or_(rectification.c.id.in_(heads), rectification.c.notice_of.in_(heads))


class Orderable(NamedTuple):
    """A problem that the viewer can order together with another one of the same enterprise."""

    id: int
    version: int
    text: str | None
    item_code: str | None
    clause: str | None  # as the finding names it
    found_on: date
    together: bool  # found at the same visit


def head_of(conn: sa.Connection, rectification_id: int) -> int | None:
    """Return the round that heads the notice in which a round stands; None: there is no such round."""
    if not 0 < rectification_id < 2**63:  # no database has another number
        return None
    return conn.execute(sa.select(HEAD).where(rectification.c.id == rectification_id)).scalar()


def rounds_of(conn: sa.Connection, rectification_id: int) -> list[Any]:
    """Return the rounds of the notice in which a round stands, with their ``finding_id``, by problem."""
    head = head_of(conn, rectification_id)
    if head is None:
        return []
    query = (
        sa.select(rectification, problem.c.finding_id, problem.c.enterprise_id)
        .join(problem, problem.c.id == rectification.c.problem_id)
        .where(in_notice(head))
        .order_by(rectification.c.problem_id)
    )
    return list(conn.execute(query))


def clause_of(conn: sa.Connection, problem_id: int, number: int) -> str | None:
    """Return the clause that was named when a round, or one before it, was ordered, as it was put right."""
    e = problem_event.c
    by = e.verb.in_(("order", "amend_order"))
    query = sa.select(e.details).where(e.problem_id == problem_id, by, e.round <= number)
    told = conn.execute(query.order_by(e.id.desc())).scalars()
    return next((one["clause"] for one in told if one and one.get("clause")), None)


def amend_bar(
    conn: sa.Connection, viewer: Viewer, problem_id: int, nth: int, grid_id: int | None
) -> str | None:
    """Return why the notice of what is ordered now cannot be put right by this viewer; None: it can.

    Parameters
    ----------
    nth : int
        Number of the round.
    grid_id : int or None
        Of the enterprise.

    Returns
    -------
    str or None
        ``amend_none``: no notice is known here; ``order_answered``: the enterprise has answered to some of
        it; ``problem_not_yours``: some of it is not the viewer's.
    """
    own = (rectification.c.problem_id == problem_id, rectification.c.round == nth)
    known = sa.select(rectification.c.id).where(*own, rectification.c.ordered_on.is_not(None))
    number = conn.execute(known).scalar()
    if number is None:
        return "amend_none"
    rounds = rounds_of(conn, number)
    if any(one.replied_on is not None for one in rounds):
        return "order_answered"
    beside = sa.select(problem.c.officer_id, problem.c.finding_id).where(
        problem.c.id.in_([one.problem_id for one in rounds]), problem.c.state.in_(PROBLEM_OPEN)
    )
    theirs = all(is_theirs(conn, viewer, grid_id, *one) for one in conn.execute(beside).all())
    return None if theirs else "problem_not_yours"


def problems_of(conn: sa.Connection, heads: Iterable[int]) -> dict[int, tuple[int, ...]]:
    """Return the problems of each notice, by number."""
    query = sa.select(HEAD, rectification.c.problem_id).where(in_notice(*heads))
    found: dict[int, tuple[int, ...]] = {}
    for head, one in conn.execute(query.order_by(rectification.c.problem_id)):
        found[head] = (*found.get(head, ()), one)
    return found


def to_order(conn: sa.Connection, viewer: Viewer, inspection_id: int) -> int | None:
    """Return the first problem that a visit found and that is still to be ordered, if there is one.

    Raises
    ------
    NotFound
        ``inspection_unknown``.
    Denied
        Without `Right.WORK`, or outside the scope.
    """
    viewer.require(Right.WORK)
    e, found = enterprise.c, None
    if 0 < inspection_id < 2**63:  # no database has another number
        place = sa.select(e.id, e.grid_id, e.district_code).join(
            inspection, inspection.c.enterprise_id == e.id
        )
        found = conn.execute(place.where(inspection.c.id == inspection_id)).one_or_none()
    if found is None:
        raise NotFound("inspection_unknown", got=inspection_id)
    viewer.require_place(found.grid_id, found.district_code, found.id)
    waits = problem.c.state.in_(sorted(PROBLEM_MOVES["order"].sources))
    of_visit = sa.select(sa.func.min(problem.c.id)).join(finding, finding.c.id == problem.c.finding_id)
    return conn.execute(of_visit.where(finding.c.inspection_id == inspection_id, waits)).scalar()


def orderable_beside(conn: sa.Connection, viewer: Viewer, row: dict[str, Any]) -> list[Orderable]:
    """Return the other problems of its enterprise that this viewer can order now, those of its visit first.

    Parameters
    ----------
    row : dict
        Of the problem (`data.reads.problems.ProblemFile.row`), which the viewer may read.
    """
    query = (
        sa.select(
            problem.c.id, problem.c.version, problem.c.officer_id, problem.c.finding_id, enterprise.c.grid_id,
            finding.c.text, finding.c.item_code, finding.c.clause, finding.c.found_on,
            finding.c.inspection_id,
        )
        .join(finding, finding.c.id == problem.c.finding_id)
        .join(enterprise, enterprise.c.id == problem.c.enterprise_id)
        .where(
            problem.c.enterprise_id == row["enterprise_id"], problem.c.id != row["id"],
            problem.c.state.in_(sorted(PROBLEM_MOVES["order"].sources)),
        )
        .order_by(problem.c.id)
    )  # fmt: skip
    first = _first_of(conn, row["inspection_id"])
    found = [
        Orderable(
            one.id, one.version, mask_text(one.text), one.item_code, one.clause, one.found_on,
            first is not None and _first_of(conn, one.inspection_id) == first,
        )
        for one in conn.execute(query).all()
        if is_theirs(conn, viewer, one.grid_id, one.officer_id, one.finding_id)
    ]  # fmt: skip
    return sorted(found, key=lambda one: (not one.together, one.id))


def _first_of(conn: sa.Connection, inspection_id: int | None) -> int | None:
    """Return the visit that a chain of corrections began with: what was added then is of the same visit."""
    return chain(conn, inspection_id)[-1] if inspection_id is not None else None
