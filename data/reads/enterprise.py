"""The file of one enterprise (一企一档): its facts with their history, its duties, what happened."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from data.access import Right, Viewer
from data.clock import DEFAULT_ZONE
from data.errors import NotFound
from data.figures import meta
from data.plans import Period, Plan, all_plans, period_at
from data.reads.counts import officers_of_grids
from data.reads.facts import FactVersion, fact_versions
from data.reads.filters import Frame, state_of
from data.reads.masks import mask_details
from data.reads.places import DISTRICT, own_grid, with_place
from data.reads.timeline import Activity, timeline
from data.reads.work import LeadRow, ProblemRow, WorkFilter, leads, problems
from data.schema import batch, coverage_state, district, enterprise, enterprise_profile, licence

MANY = 500  # problems and leads of one enterprise


class PlanState(NamedTuple):
    """What the enterprise owes under one plan; state as in `data.reads.filters.STATES`."""

    plan: Plan
    period: Period
    state: str
    done_on: date | None
    grade: int | None
    days_left: int  # to the deadline; negative after it


@dataclass(frozen=True)
class EnterpriseFile:
    """Everything about one enterprise that the viewer may see; personal data are masked."""

    id: int
    facts: dict[str, Any]  # the current row with grid_code, grid_name, district (name)
    history: dict[str, list[FactVersion]]
    licences: list[dict[str, Any]]
    officers: dict[str, tuple[str, ...]]  # duty → names; empty without Right.NAMES
    plans: list[PlanState]
    profile: dict[str, Any]
    timeline: list[Activity]
    problems: list[ProblemRow]
    leads: list[LeadRow]
    batch: dict[str, Any] | None  # where the current row came from
    as_of: date | None
    known_at: datetime | None


def enterprise_file(
    conn: sa.Connection, viewer: Viewer, enterprise_id: int, today: date, zone: str = DEFAULT_ZONE
) -> EnterpriseFile:
    """Read the file of one enterprise.

    Raises
    ------
    NotFound
        ``enterprise_unknown``.
    Denied
        Outside the viewer's scope.
    """
    viewer.require(Right.ENTERPRISES)
    facts = current_facts(conn, viewer, enterprise_id)
    history = fact_versions(conn, enterprise_id, today)
    known = meta(conn)
    grid_id = facts["grid_id"]
    named = viewer.may(Right.NAMES) and grid_id is not None
    mine = WorkFilter(enterprise_id=enterprise_id)
    works = viewer.may(Right.WORK)
    facts["details"] = mask_details(facts["details"])
    return EnterpriseFile(
        id=enterprise_id,
        facts=facts,
        history=history,
        licences=_rows(
            conn,
            sa.select(licence).where(licence.c.enterprise_id == enterprise_id).order_by(licence.c.valid_to),
        ),
        officers=officers_of_grids(conn, today, [grid_id]).get(grid_id, {}) if named else {},
        plans=_plans(conn, enterprise_id, known.as_of) if known else [],
        profile=_one(
            conn, sa.select(enterprise_profile).where(enterprise_profile.c.enterprise_id == enterprise_id)
        )
        or {},
        timeline=timeline(conn, viewer, enterprise_id, history, zone),
        problems=problems(conn, viewer, today, mine, limit=MANY).rows if works else [],
        leads=leads(conn, viewer, today, mine, limit=MANY).rows if works else [],
        batch=_one(conn, sa.select(batch).where(batch.c.id == facts["batch_id"])),
        as_of=known.as_of if known else None,
        known_at=known.changed_at if known else None,
    )


def current_facts(conn: sa.Connection, viewer: Viewer, enterprise_id: int) -> dict[str, Any]:
    """Return the current row with its place, unmasked, after asking whether the viewer may see it."""
    if not 0 < enterprise_id < 2**63:  # no database has such a number
        raise NotFound("enterprise_unknown", got=enterprise_id)
    found = _one(
        conn,
        sa.select(
            enterprise, own_grid.c.code.label("grid_code"), own_grid.c.name.label("grid_name"),
            DISTRICT.label("in_district"), district.c.name.label("district"),
        )
        .select_from(with_place().outerjoin(district, district.c.code == DISTRICT))
        .where(enterprise.c.id == enterprise_id),
    )  # fmt: skip
    if found is None:
        raise NotFound("enterprise_unknown", got=enterprise_id)
    viewer.require_place(found["grid_id"], found["district_code"], enterprise_id)
    return found


def _plans(conn: sa.Connection, enterprise_id: int, as_of: date) -> list[PlanState]:
    query = sa.select(coverage_state).where(coverage_state.c.enterprise_id == enterprise_id)
    states = {row.plan_id: row for row in conn.execute(query)}
    found = []
    for plan in all_plans(conn):
        period = period_at(plan, as_of)
        if period is None:
            continue
        row = states.get(plan.id)
        due, done_on, grade = (row.due, row.done_on, row.grade) if row else (None, None, None)
        state = state_of(Frame(plan.id, period, as_of), due, done_on)
        found.append(PlanState(plan, period, state, done_on, grade, (period.deadline - as_of).days))
    return found


def _rows(conn: sa.Connection, query: sa.Select[Any]) -> list[dict[str, Any]]:
    return [dict(row._mapping) for row in conn.execute(query)]


def _one(conn: sa.Connection, query: sa.Select[Any]) -> dict[str, Any] | None:
    row = conn.execute(query).one_or_none()
    return None if row is None else dict(row._mapping)
