"""Whose a problem is, and what the law says of putting its notice right."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from data.schema import finding, inspection, problem, problem_event, rectification
from tests.data.loops.law import PROBLEM_OPEN
from tests.data.loops.town import Town


def is_theirs(town: Town, name: str, row: Any) -> bool:
    """Whether it lies in a grid of theirs, was given to them by name, or was found by them."""
    found = sa.select(inspection.c.officer_id, inspection.c.officer2_id).join(
        finding, finding.c.inspection_id == inspection.c.id
    )
    me = town.officers[name]
    return (
        town.grid_of[row.enterprise_id] in town.grids(name)
        or row.officer_id == me
        or me in town.conn.execute(found.where(finding.c.id == row.finding_id)).one()
    )


def ordered_in(town: Town, row: Any) -> Any:
    """Return the round in which something was ordered last, if it was."""
    r = rectification.c
    return town.last(rectification, r.problem_id == row.id, r.round == row.round, r.ordered_on.is_not(None))


def notice_of(town: Town, row: Any) -> list[Any]:
    """Return the rounds that stand in one notice with what is ordered now."""
    own = ordered_in(town, row)
    head = own and (own.notice_of or own.id)
    return [one for one in town.rows(rectification) if (one.notice_of or one.id) == head]


def amended(town: Town, name: str, row: Any, said: dict[str, Any]) -> str | None:
    """Return what speaks against putting right the notice in which something is ordered."""
    notice = notice_of(town, row)
    if any(one.replied_on for one in notice):
        return "order_answered"
    rounds = {(one.problem_id, one.round) for one in notice}
    others = [town.row(problem, number) for number, _ in rounds]
    if not all(is_theirs(town, name, one) for one in others if one.state in PROBLEM_OPEN):
        return "problem_not_yours"
    own = ordered_in(town, row)
    if (said["kind"], said["due_on"]) == (own.kind, own.due_on):
        return None
    if any(
        one.verb == "decide_extension" and one.details["approved"] and (one.problem_id, one.round) in rounds
        for one in town.rows(problem_event)
    ):
        return "amend_granted"
    return "amend_late" if own.due_on < town.today and said["due_on"] > own.due_on else None
