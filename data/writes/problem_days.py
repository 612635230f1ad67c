"""By when the next step of a problem is due: a day that was set by hand, or one of a workday rule."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from data.deadlines import STEPS, due, rule_at
from data.errors import Refused
from data.workdays import WorkCalendar
from data.writes.problem_moves import Taken


def deadline(taken: Taken, day: date) -> dict[str, Any]:
    """Return the columns of a deadline that was set by hand: 暂定 where its year is not announced yet."""
    return {"due_on": day, "due_provisional": taken.desk.calendar.is_provisional(day)}


def by_rule(conn: sa.Connection, calendar: WorkCalendar, code: str, from_day: date) -> dict[str, Any]:
    """Return the columns of a deadline by a workday rule."""
    last = due(calendar, rule_at(conn, code, from_day), from_day)
    return {"due_on": last.day, "due_provisional": last.provisional}


def next_step(conn: sa.Connection, taken: Taken, state: str, on: date | None = None) -> dict[str, Any]:
    """Return the columns of the day by which the step after `state` is due (`data.deadlines.STEPS`).

    What was done in time leaves the next hand its own days; what was late stays overdue until somebody
    sets a new day.

    Parameters
    ----------
    on : date, optional
        The day on which it was done, where that is not today.
    """
    last = taken.row.due_on
    if last is not None and last < (on or taken.today):
        return {}
    return by_rule(conn, taken.desk.calendar, STEPS[state], taken.today)


def done_on(day: date | None, least: date, today: date, field: str) -> date:
    """Return the day on which something took place, by default today (``day_past``, ``day_ahead``).

    What comes in on paper is often entered later: its own day counts, and `recorded_at` tells ours.
    """
    found = day or today
    if found < least:
        raise Refused("day_past", field=field, found=found, least=least)
    if found > today:
        raise Refused("day_ahead", field=field, found=found, most=today)
    return found


def on_another_day(taken: Taken, on: date) -> dict[str, str]:
    """Return what a step and its messages say of the day on which it took place, where that is not today."""
    return {} if on == taken.today else {"on": on.isoformat()}


def not_before(day: date, today: date, field: str) -> date:
    """Return a planned day, or raise `Refused` (``day_past``, ``day_far``)."""
    if day < today:
        raise Refused("day_past", field=field, found=day, least=today)
    if day > date(today.year + 2, 12, 31):
        raise Refused("day_far", field=field, found=day, most=date(today.year + 2, 12, 31))
    return day
