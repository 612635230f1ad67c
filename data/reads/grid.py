"""One grid: who answers for it, how it stands under each plan, what is left to do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from data.access import Right, Viewer
from data.errors import NotFound
from data.figures import meta
from data.pace import Light, timeline
from data.plans import Period, Plan, all_plans, headline, period_at, plan_by_code
from data.reads.counts import Counts, Edge, add, anything_imported, officers_of_grids
from data.reads.labels import mask_phone
from data.schema import (
    BEGINNING,
    coverage_count,
    district,
    enterprise,
    fact_grid_officer,
    finding,
    grid,
    inspection,
    officer,
    org,
)
from data.standing import standing
from data.workdays import load_calendar

LATEST = 20


class GridPlan(NamedTuple):
    """How the grid stands under one plan."""

    plan: Plan
    period: Period
    counts: Counts  # of coverage alone
    expected: float
    light: Light
    needed: float | None
    days_left: int


class Binding(NamedTuple):
    """An officer's time with a grid; `valid_from` None: 起始日不详, name None: nobody."""

    duty: str
    name: str | None
    badge: str | None
    phone: str | None  # masked
    valid_from: date | None
    valid_to: date | None  # the day before the next one; None: still
    recorded_at: datetime
    reason: str | None


class Visit(NamedTuple):
    """One of the latest visits."""

    id: int
    enterprise_id: int
    enterprise: str
    finished_on: date
    kind: str
    conclusion: str | None
    unable_reason: str | None
    findings: int
    officer: str | None


@dataclass(frozen=True)
class GridFile:
    """What `grid_file` returns; its lists of enterprises and work are read from those modules."""

    id: int
    code: str
    name: str
    district_code: str | None
    district: str | None
    org: str | None
    active: bool
    as_of: date | None
    officers: dict[str, tuple[str, ...]]
    bindings: list[Binding]
    plans: list[GridPlan]
    categories: list[tuple[str, Counts]]  # of the plan asked for
    visits: list[Visit]


def grid_file(
    conn: sa.Connection, viewer: Viewer, code: str, today: date, plan_code: str | None = None
) -> GridFile:
    """Read one grid.

    Raises
    ------
    NotFound
        ``grid_unknown``, ``plan_unknown``.
    Denied
        Outside the viewer's scope.
    """
    viewer.require(Right.FIGURES)
    row = conn.execute(
        sa.select(grid, district.c.name.label("district"), org.c.name.label("org"))
        .outerjoin(district, district.c.code == grid.c.district_code)
        .outerjoin(org, org.c.id == grid.c.org_id)
        .where(grid.c.code == code)
    ).one_or_none()
    if row is None:
        raise NotFound("grid_unknown", field="grid", found=code)
    viewer.require_place(row.id, row.district_code)
    known = meta(conn)
    as_of = known.as_of if known else None
    named = viewer.may(Right.NAMES)
    asked = plan_by_code(conn, plan_code) if plan_code else headline(conn)
    counts = _counts(conn, row.id)
    return GridFile(
        row.id, row.code, row.name, row.district_code, row.district, row.org, row.active, as_of,
        officers=officers_of_grids(conn, today, [row.id]).get(row.id, {}) if named else {},
        bindings=_bindings(conn, row.id) if named else [],
        plans=_plans(conn, counts, as_of) if as_of else [],
        categories=[(c, n) for (plan_id, c), n in counts.items() if asked and plan_id == asked.id],
        visits=_visits(conn, row.id, named=named) if viewer.may(Right.WORK) else [],
    )  # fmt: skip


def _counts(conn: sa.Connection, grid_id: int) -> dict[tuple[int, str], Counts]:
    table = coverage_count.c
    sums = (sa.func.sum(table[name]) for name in Counts._fields[:4])
    query = (
        sa.select(table.plan_id, table.category, *sums)
        .where(table.grid_id == grid_id)
        .group_by(table.plan_id, table.category)
        .order_by(table.plan_id, table.category)
    )
    return {(plan_id, kind): Counts(*map(int, sums)) for plan_id, kind, *sums in conn.execute(query)}


def _plans(conn: sa.Connection, counts: dict[tuple[int, str], Counts], as_of: date) -> list[GridPlan]:
    calendar = load_calendar(conn)
    imported = anything_imported(conn)
    found = []
    for plan in all_plans(conn):
        period = period_at(plan, as_of)
        own = [count for (plan_id, _), count in counts.items() if plan_id == plan.id]
        if period is None or not own:
            continue
        time = timeline(calendar, period.start, as_of, period.deadline)
        total = add(own)
        found.append(GridPlan(plan, period, total, *Edge(time, imported).of(total), time.days_left))
    return found


def _bindings(conn: sa.Connection, grid_id: int) -> list[Binding]:
    fact = fact_grid_officer.c
    query = (
        sa.select(
            fact.duty, officer.c.name, officer.c.badge, officer.c.phone, fact.valid_from, fact.recorded_at,
            fact.reason,
        )
        .select_from(fact_grid_officer.outerjoin(officer, officer.c.id == fact.officer_id))
        .where(fact.grid_id == grid_id)
        .order_by(fact.duty, fact.valid_from.desc(), fact.recorded_at.desc(), fact.id.desc())
    )  # fmt: skip
    found: list[Binding] = []
    after: tuple[str, date] | None = None  # duty and start of the one that follows in time
    for duty, name, badge, phone, start, recorded_at, reason in conn.execute(query):
        if after == (duty, start):
            continue  # corrected: a later record of the same day counts
        until = date.fromordinal(after[1].toordinal() - 1) if after and after[0] == duty else None
        since = None if start == BEGINNING else start
        shown = mask_phone(phone) or None
        found.append(Binding(duty, name, badge, shown, since, until, recorded_at, reason))
        after = (duty, start)
    return found


def _visits(conn: sa.Connection, grid_id: int, *, named: bool) -> list[Visit]:
    number = sa.select(sa.func.count()).where(finding.c.inspection_id == inspection.c.id).scalar_subquery()
    query = (
        sa.select(
            inspection.c.id, enterprise.c.id, enterprise.c.name, inspection.c.finished_on, inspection.c.kind,
            inspection.c.conclusion, inspection.c.unable_reason, number, officer.c.name,
        )
        .join(enterprise, enterprise.c.id == inspection.c.enterprise_id)
        .outerjoin(officer, officer.c.id == inspection.c.officer_id)
        .where(enterprise.c.grid_id == grid_id, standing())
        .order_by(inspection.c.finished_on.desc(), inspection.c.id.desc())
        .limit(LATEST)
    )  # fmt: skip
    found: list[Any] = [Visit(*row) for row in conn.execute(query)]
    return found if named else [visit._replace(officer=None) for visit in found]
