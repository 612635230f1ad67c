"""Counts by place, from the figures and the open work, and what is divided out of them at the edge."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa

from data.access import Viewer, grid_officers_in_force
from data.clock import EVERYTHING
from data.pace import Light, Timeline, light
from data.plans import Plan
from data.reads.places import (
    DISTRICT,
    LEAD_DISTRICT,
    LEAD_GRID,
    enterprise_scope,
    lead_scope,
    leads_with_place,
    with_place,
)
from data.schema import coverage_place, enterprise, inspection, lead, officer, problem
from data.workflow import LEAD_OPEN, PROBLEM_OPEN

UNMATCHED = "unmatched"
"""Why a lead lies in no grid although nothing is wrong with a point: no enterprise is known (未匹配)."""


class Counts(NamedTuple):
    """Additive counts of a place: sums of them are again counts."""

    due: int = 0
    done: int = 0
    on_time: int = 0
    late: int = 0
    open_problems: int = 0
    overdue_problems: int = 0
    open_leads: int = 0
    overdue_leads: int = 0

    @property
    def remaining(self) -> int:
        """Due and not done."""
        return self.due - self.done


ZERO = Counts()


Place = tuple[int | None, str | None, str | None]
"""Grid, district, and why there is no grid."""


class Edge:
    """Divides the counts of a place at the edge: expected, light, needed a workday."""

    def __init__(self, time: Timeline | None, imported: bool) -> None:
        self.time = time
        self.imported = imported

    def of(self, counts: Counts) -> tuple[float, Light, float | None]:
        time = self.time
        if time is None:
            return 0.0, Light.GREY, None
        due, done = counts.due, counts.done
        wanted = due * time.elapsed / time.total if time.total else float(due * time.past)
        left = due - done
        needed = 0.0 if left <= 0 else left / time.left if time.left else None
        return wanted, light(due, done, time, imported=self.imported), needed


def anything_imported(conn: sa.Connection) -> bool:
    """Whether any inspection is known at all: without one every light is grey, whoever looks at it."""
    return conn.execute(sa.select(inspection.c.id).limit(1)).first() is not None


def add(counts: Iterable[Counts]) -> Counts:
    """Return the sum."""
    summed = [sum(column) for column in zip(*counts, strict=True)]
    return Counts(*summed) if summed else ZERO


def place_counts(conn: sa.Connection, viewer: Viewer, plan: Plan, as_of: date | None) -> dict[Place, Counts]:
    """Return the counts of every place inside the scope that has any."""
    table = coverage_place.c
    place = (table.grid_id, table.district_code, table.unplaced_reason)
    query = sa.select(*place, *(table[name] for name in Counts._fields[:4])).where(
        table.plan_id == plan.id, viewer.scope.clause(table.grid_id, table.district_code)
    )
    found: dict[Place, list[int]] = {
        (row[0], row[1], row[2]): [row[3], row[4], row[5], row[6], 0, 0, 0, 0]
        for row in conn.execute(query).all()
    }
    for offset, rows in ((4, _open_problems(viewer, as_of)), (6, _open_leads(viewer, as_of))):
        for grid_id, district_code, reason, number, overdue in conn.execute(rows).all():
            entry = found.setdefault((grid_id, district_code, reason), [0] * 8)
            entry[offset] += number
            entry[offset + 1] += overdue
    return {place: Counts._make(values) for place, values in found.items()}


def _reason(grid_id: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    reason = sa.func.coalesce(enterprise.c.unplaced_reason, "no_point")
    return sa.case((grid_id.is_not(None), None), (enterprise.c.id.is_(None), UNMATCHED), else_=reason).label(
        "reason"
    )


def _overdue(due_on: sa.ColumnElement[Any], as_of: date | None) -> sa.ColumnElement[Any]:
    late = sa.false() if as_of is None else due_on < as_of
    return sa.func.coalesce(sa.func.sum(sa.case((late, 1), else_=0)), 0)


def _open_problems(viewer: Viewer, as_of: date | None) -> sa.Select[Any]:
    place = (enterprise.c.grid_id, DISTRICT.label("district"), _reason(enterprise.c.grid_id))
    return (
        sa.select(*place, sa.func.count(), _overdue(problem.c.due_on, as_of))
        .select_from(with_place(problem.join(enterprise, enterprise.c.id == problem.c.enterprise_id)))
        .where(problem.c.state.in_(PROBLEM_OPEN), enterprise_scope(viewer))
        .group_by(*place)
    )


def _open_leads(viewer: Viewer, as_of: date | None) -> sa.Select[Any]:
    place = (LEAD_GRID.label("grid"), LEAD_DISTRICT.label("district"), _reason(LEAD_GRID))
    return (
        sa.select(*place, sa.func.count(), _overdue(lead.c.due_on, as_of))
        .select_from(leads_with_place())
        .where(lead.c.state.in_(LEAD_OPEN), lead_scope(viewer))
        .group_by(*place)
    )


def officers_of_grids(
    conn: sa.Connection, as_of: date, grid_ids: Iterable[int] | None = None
) -> dict[int, dict[str, tuple[str, ...]]]:
    """Return grid → duty → names of the officers in force; ask for `Right.NAMES` before."""
    bound = grid_officers_in_force(as_of, EVERYTHING).subquery()
    query = sa.select(bound.c.grid_id, bound.c.duty, officer.c.name).join(
        officer, officer.c.id == bound.c.officer_id
    )
    if grid_ids is not None:
        query = query.where(bound.c.grid_id.in_(list(grid_ids)))
    found: dict[int, dict[str, tuple[str, ...]]] = {}
    for grid_id, duty, name in conn.execute(query).all():
        duties = found.setdefault(grid_id, {})
        duties[duty] = (*duties.get(duty, ()), name)
    return found
