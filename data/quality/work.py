"""Visits, findings, problems and leads."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import sqlalchemy as sa

from data.quality.found import Finding, count
from data.schema import finding, inspection, lead, lead_event, problem, problem_event


def problems(conn: sa.Connection, now: datetime) -> Iterator[Finding]:
    """Problems have events that end in their state, and are those of their finding's enterprise."""
    astray = _astray(conn, problem, problem_event, problem_event.c.problem_id)
    if astray:
        yield Finding("problem_without_event", "error", {"count": astray})
    moved = count(
        conn,
        problem.join(finding, finding.c.id == problem.c.finding_id),
        problem.c.enterprise_id != finding.c.enterprise_id,
    )
    if moved:
        yield Finding("problem_astray", "error", {"count": moved})


def leads(conn: sa.Connection, now: datetime) -> Iterator[Finding]:
    """Leads have events that end in their state."""
    astray = _astray(conn, lead, lead_event, lead_event.c.lead_id)
    if astray:
        yield Finding("lead_without_event", "error", {"count": astray})


def visits(conn: sa.Connection, now: datetime) -> Iterator[Finding]:
    """Findings belong to visits to their enterprise."""
    astray = count(
        conn,
        finding.join(inspection, inspection.c.id == finding.c.inspection_id),
        inspection.c.enterprise_id != finding.c.enterprise_id,
    )
    if astray:
        yield Finding("finding_astray", "error", {"count": astray})


def _astray(conn: sa.Connection, of: sa.Table, event: sa.Table, key: sa.ColumnElement[int]) -> int:
    last = (
        sa.select(event.c.to_state).where(key == of.c.id).order_by(event.c.id.desc()).limit(1)
    ).scalar_subquery()
    return count(conn, of, last.is_distinct_from(of.c.state))
