"""The visits of a lead: those that its story tells of, and those that can be its evidence."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from data.access import Right, Viewer
from data.clock import DEFAULT_ZONE
from data.reads.masks import mask_text
from data.reads.places import enterprise_scope
from data.reads.timeline import Activity
from data.schema import enterprise, finding, inspection, officer, problem
from data.standing import standing

OUTSIDE: dict[str, Any] = {
    "enterprise_id": None, "conclusion": None, "unable_reason": None, "officer": None, "findings": [],
}  # fmt: skip
"""What is not told of a visit to an enterprise outside the viewer's scope."""


def visits_told(
    conn: sa.Connection, viewer: Viewer, row: Any, events: list[dict[str, Any]]
) -> list[Activity]:
    """Return the visits that a lead's events name, with their findings and what became of these.

    A lead may have been matched to somebody else since: of a visit to an enterprise outside the viewer's
    scope the story tells the day and the kind alone.
    """
    told = {one["details"].get("inspection") for one in events} | {row.inspection_id}
    ids = sorted(one for one in told if isinstance(one, int))
    if not ids:
        return []
    seen = sa.or_(enterprise.c.id == row.enterprise_id, enterprise_scope(viewer))
    query = (
        sa.select(
            inspection.c.id, inspection.c.enterprise_id, inspection.c.kind, inspection.c.finished_on,
            inspection.c.finished_at, inspection.c.conclusion, inspection.c.unable_reason,
            officer.c.name.label("officer"), seen.label("seen"),
        )
        .join(enterprise, enterprise.c.id == inspection.c.enterprise_id)
        .outerjoin(officer, officer.c.id == inspection.c.officer_id)
        .where(inspection.c.id.in_(ids))
    )  # fmt: skip
    findings: dict[int, list[dict[str, Any]]] = {}
    led_to = (
        sa.select(
            finding.c.inspection_id, finding.c.id, finding.c.severity, finding.c.text,
            problem.c.id.label("problem_id"), problem.c.state, problem.c.due_on,
        )
        .outerjoin(problem, problem.c.finding_id == finding.c.id)
        .where(finding.c.inspection_id.in_(ids))
        .order_by(finding.c.id)
    )  # fmt: skip
    for one in conn.execute(led_to):
        findings.setdefault(one.inspection_id, []).append({**one._mapping, "text": mask_text(one.text)})
    named = viewer.may(Right.NAMES)
    return [
        Activity("visit", one.finished_on, one.finished_at or _noon(one.finished_on), one.id, {
            **one._mapping, "officer": one.officer if named else None, "findings": findings.get(one.id, []),
            **({} if one.seen else OUTSIDE),
        })
        for one in conn.execute(query)
    ]  # fmt: skip


def _noon(day: date) -> datetime:
    """Return where a visit stands in the line whose hour is not known."""
    return datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(DEFAULT_ZONE))


def visits_for(conn: sa.Connection, enterprise_id: int | None, since: date) -> Sequence[Any]:
    """Return the latest visits that can have checked a lead: id, kind, day, instant, conclusion.

    Parameters
    ----------
    since : date
        The lead's day of receipt; a visit before it checked something else.
    """
    if enterprise_id is None:
        return []
    query = (
        sa.select(
            inspection.c.id, inspection.c.kind, inspection.c.finished_on, inspection.c.finished_at,
            inspection.c.conclusion,
        )
        .where(
            inspection.c.enterprise_id == enterprise_id,
            inspection.c.finished_on >= since,
            inspection.c.unable_reason.is_(None),
            standing(),
        )
        .order_by(inspection.c.finished_on.desc(), inspection.c.id.desc())
        .limit(20)
    )  # fmt: skip
    return conn.execute(query).all()
