"""How the work went, day by day: what was done when, the recent pace, the burn-up by week."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa

from data.access import Right, Viewer
from data.pace import recent_mean
from data.plans import Period
from data.reads.city import City
from data.reads.places import UNKNOWN_DISTRICT, in_district
from data.schema import coverage_day, coverage_state
from data.workdays import ONE_DAY, WorkCalendar, load_calendar


def done_by_day(
    conn: sa.Connection,
    viewer: Viewer,
    plan_id: int,
    *,
    district: str | None = None,
    grid_id: int | None = None,
) -> dict[date, int]:
    """Return how many due enterprises became done on each day, within the viewer's scope.

    Parameters
    ----------
    district : str, optional
        A code, or ``"unknown"`` for 区县不详.
    grid_id : int, optional
        One grid alone.
    """
    viewer.require(Right.FIGURES)
    if viewer.scope.everything and grid_id is None:
        # counted already, by district
        made = coverage_day.c
        query = sa.select(made.day, sa.func.sum(made.done)).where(made.plan_id == plan_id)
        if district is not None:
            query = query.where(made.district_code == ("" if district == UNKNOWN_DISTRICT else district))
        return {day: int(number) for day, number in conn.execute(query.group_by(made.day)) if number}
    state = coverage_state.c
    where = [
        state.plan_id == plan_id,
        state.due,
        state.done_on.is_not(None),
        viewer.scope.clause(state.grid_id, state.district_code),
    ]
    if district is not None:
        where.append(in_district(state.district_code, district))
    if grid_id is not None:
        where.append(state.grid_id == grid_id)
    rows = conn.execute(sa.select(state.done_on, sa.func.count()).where(*where).group_by(state.done_on))
    return {day: int(number) for day, number in rows}


def recent_pace(
    conn: sa.Connection, viewer: Viewer, found: City, district: str | None = None
) -> float | None:
    """Return the mean of the last ten whole workdays of the city or a district; None without figures."""
    if found.period is None or found.as_of is None:
        return None
    days = done_by_day(conn, viewer, found.plan.id, district=district)
    return float(recent_mean(days, found.period.start, found.as_of, load_calendar(conn)))


def weekly(
    days: Mapping[date, int], due: int, period: Period, as_of: date, calendar: WorkCalendar
) -> dict[str, Any]:
    """Return the burn-up by week: ``required`` and ``done``, each ``{"days", "values"}``, cumulative.

    The required line follows the workdays; the done line ends with `as_of`, whose own day counts.
    """
    ends = list(range(period.start.toordinal(), period.deadline.toordinal(), 7))
    marks = [date.fromordinal(day) for day in ends] + [period.deadline]
    total = calendar.workdays_between(period.start, period.deadline + ONE_DAY)
    required = [
        round(due * calendar.workdays_between(period.start, day) / total, 1) if total else 0.0
        for day in marks[:-1]
    ] + [float(due)]
    reached = sorted({day for day in marks if day < as_of} | {as_of})
    steps = sorted(days.items())
    running, at, values = 0, 0, []
    for mark in reached:
        # what was done before `mark` began; the last mark is now, so its own day counts
        while at < len(steps) and (steps[at][0] < mark or mark == as_of >= steps[at][0]):
            running += steps[at][1]
            at += 1
        values.append(running)
    return {
        "required": {"days": marks, "values": required},
        "done": {"days": reached, "values": values},
    }
