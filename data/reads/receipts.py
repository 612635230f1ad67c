"""What was handed to a case or another authority and has no receipt (回执) yet."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import sqlalchemy as sa

from data.reads.labels import setting
from data.reads.places import DISTRICT, with_place
from data.schema import enterprise, problem, problem_event
from data.workdays import WorkCalendar

WITHIN = "receipt_days"
"""Setting: within how many workdays a receipt is expected; no law fixes it."""
WITHIN_DAYS = 5
HANDED_ON = ("filed", "transferred")


class Awaited(NamedTuple):
    """A problem whose receipt should have come."""

    id: int
    grid_id: int | None
    district_code: str | None
    due_on: date


def awaits_receipt() -> sa.ColumnElement[bool]:
    """Return the condition that a problem was handed on here and that nobody has entered the receipt."""
    own = problem_event.c.problem_id == problem.c.id
    given = sa.exists().where(own, problem_event.c.verb.in_(("file", "transfer")))
    come = sa.exists().where(own, problem_event.c.verb == "acknowledge_transfer")
    return sa.and_(problem.c.state.in_(HANDED_ON), given, ~come)


def receipts_overdue(conn: sa.Connection, calendar: WorkCalendar, today: date) -> list[Awaited]:
    """Read what was handed on so many workdays ago (`WITHIN`) that its receipt should have come."""
    found = setting(conn, WITHIN)
    within = int(found) if found is not None else WITHIN_DAYS
    query = (
        sa.select(problem.c.id, enterprise.c.grid_id, DISTRICT, problem.c.closed_on)
        .select_from(with_place(problem.join(enterprise, enterprise.c.id == problem.c.enterprise_id)))
        .where(awaits_receipt(), problem.c.closed_on < today)
        .order_by(problem.c.id)
    )
    rows = [
        Awaited(one, grid_id, district, calendar.add_workdays(day, within).day)
        for one, grid_id, district, day in conn.execute(query)
    ]
    return [one for one in rows if one.due_on < today]
