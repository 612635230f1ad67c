"""Lets the demo's records look entered as the years went, not all at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from data import audit
from data.access import Right, Viewer
from data.schema import finding, inspection, lead, lead_event, officer, problem, problem_event
from data.writes.demo import require_unused


def tell_history(
    conn: sa.Connection,
    viewer: Viewer,
    *,
    source: str,
    recorded: Mapping[str, datetime],
    problem_events: Sequence[Mapping[str, Any]],
    lead_events: Sequence[Mapping[str, Any]],
    now: datetime,
) -> None:
    """Give the demo's records invented instants of entry: everywhere else ``recorded_at`` is our clock.

    Parameters
    ----------
    source : str
        Source of the demo's inspections, findings and leads.
    recorded : mapping
        Source id of an inspection → when it was entered.
    problem_events, lead_events : sequence of mapping
        ``owner`` (source id of the finding or lead), ``at``, ``from_state``, ``to_state``, ``round``;
        oldest first. They take the place of the single event that the import has left. ``officer``
        (source id) where a step of a problem is not that of who inspected: closing never is.

    Raises
    ------
    Denied
        Without `Right.IMPORT`.
    Refused
        ``demo_not_empty``.
    """
    viewer.require(Right.IMPORT)
    require_unused(conn)
    conn.execute(
        sa.update(inspection)
        .where(inspection.c.source == source, inspection.c.source_id == sa.bindparam("number"))
        .values(recorded_at=sa.bindparam("at", type_=inspection.c.recorded_at.type)),
        [{"number": number, "at": moment} for number, moment in recorded.items()],
    )
    _findings_like_their_visits(conn, source)
    _problem_events(conn, source, problem_events)
    _lead_events(conn, source, lead_events)
    audit.append(conn, viewer, "demo.history", "source", source, now=now, inspections=len(recorded))


def _findings_like_their_visits(conn: sa.Connection, source: str) -> None:
    visit = sa.select(inspection.c.recorded_at).where(inspection.c.id == finding.c.inspection_id)
    conn.execute(
        sa.update(finding).where(finding.c.source == source).values(recorded_at=visit.scalar_subquery())
    )
    found = sa.select(finding.c.recorded_at).where(finding.c.id == problem.c.finding_id)
    conn.execute(
        sa.update(problem)
        .where(problem.c.finding_id.in_(sa.select(finding.c.id).where(finding.c.source == source)))
        .values(recorded_at=found.scalar_subquery())
    )


def _problem_events(conn: sa.Connection, source: str, events: Sequence[Mapping[str, Any]]) -> None:
    query = (
        sa.select(finding.c.source_id, problem.c.id, problem.c.batch_id, inspection.c.officer_id)
        .join(finding, finding.c.id == problem.c.finding_id)
        .join(inspection, inspection.c.id == finding.c.inspection_id)
        .where(finding.c.source == source)
    )
    own = {row.source_id: row for row in conn.execute(query)}
    officers = {
        row.source_id: row.id
        for row in conn.execute(
            sa.select(officer.c.source_id, officer.c.id).where(officer.c.source == source)
        )
    }
    ids = sa.select(problem.c.id).join(finding, finding.c.id == problem.c.finding_id)
    conn.execute(
        sa.delete(problem_event).where(problem_event.c.problem_id.in_(ids.where(finding.c.source == source)))
    )
    rows = []
    for event in events:
        of = own[event["owner"]]
        by = officers[event["officer"]] if event.get("officer") else of.officer_id
        mine = {"problem_id": of.id, "batch_id": of.batch_id, "officer_id": by, "round": event["round"]}
        rows.append({**_plain(event), **mine})
    if rows:
        conn.execute(sa.insert(problem_event), rows)
    second = [{"number": own[o].id} for o in sorted({e["owner"] for e in events if e["round"] > 1})]
    if second:
        conn.execute(sa.update(problem).where(problem.c.id == sa.bindparam("number")).values(round=2), second)


def _lead_events(conn: sa.Connection, source: str, events: Sequence[Mapping[str, Any]]) -> None:
    own = {
        row.source_id: row
        for row in conn.execute(
            sa.select(lead.c.source_id, lead.c.id, lead.c.batch_id).where(lead.c.source == source)
        )
    }
    ids = sa.select(lead.c.id).where(lead.c.source == source)
    conn.execute(sa.delete(lead_event).where(lead_event.c.lead_id.in_(ids)))
    rows = [
        {**_plain(e), "lead_id": own[e["owner"]].id, "batch_id": own[e["owner"]].batch_id} for e in events
    ]
    if rows:
        conn.execute(sa.insert(lead_event), rows)
    first = sa.select(sa.func.min(lead_event.c.at)).where(lead_event.c.lead_id == lead.c.id)
    conn.execute(sa.update(lead).where(lead.c.source == source).values(recorded_at=first.scalar_subquery()))


def _plain(event: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: event[name] for name in ("at", "from_state", "to_state")}
    return {**kept, "recorded_at": event["at"]}
