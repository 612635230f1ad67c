"""Open problems as a board: by state and age, like the leads."""

from __future__ import annotations

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from data.access import Right, Viewer
from data.reads.places import enterprise_scope
from data.reads.wall_work import by_stage
from data.schema import enterprise, problem, problem_event
from data.workflow import PROBLEM_OPEN


def problem_board(conn: sa.Connection, viewer: Viewer, today: date, zone: str) -> dict[str, Any]:
    """Count the open problems of the viewer's scope by state: what `by_stage` returns.

    The days in a state count from the event that led to it, in the zone's days; without one from the day on
    which the problem was opened.
    """
    viewer.require(Right.WORK)
    event = problem_event.c
    reached = (
        sa.select(event.problem_id, sa.func.max(event.at).label("at"))
        .where(event.from_state.is_distinct_from(event.to_state))
        .group_by(event.problem_id)
        .subquery()
    )
    rows = conn.execute(
        sa.select(problem.c.state, reached.c.at, problem.c.opened_on, problem.c.due_on)
        .join(enterprise, enterprise.c.id == problem.c.enterprise_id)
        .outerjoin(reached, reached.c.problem_id == problem.c.id)
        .where(problem.c.state.in_(PROBLEM_OPEN), enterprise_scope(viewer))
    )
    at_home = ZoneInfo(zone)
    told = (
        (state, at.astimezone(at_home).date() if at else opened, opened, due)
        for state, at, opened, due in rows
    )
    return by_stage(PROBLEM_OPEN, told, today)
