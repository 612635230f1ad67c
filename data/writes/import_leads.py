"""Leads from files: current state and dates; each new state leaves an event."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from data.access import Right, Viewer
from data.schema import enterprise, lead, lead_event
from data.writes.imports import BatchInfo, Touched, open_batch
from data.writes.upsert import Comparison, compare, stored_rows

Rows = Sequence[dict[str, Any]]
FIELDS = (
    "channel", "title", "received_on", "enterprise", "subject", "district", "state", "state_since",
    "due_on", "outcome", "disposal", "closed_on",
)  # fmt: skip


def compare_leads(conn: sa.Connection, rows: Rows, source: str) -> Comparison:
    """Compare leads by the source's id; enterprises by theirs."""
    names = [n for n in FIELDS if n not in ("enterprise", "district")]
    select = (
        sa.select(
            lead.c.source_id, *(lead.c[name] for name in names),
            lead.c.district_code.label("district"), enterprise.c.source_id.label("enterprise"),
        )
        .outerjoin(enterprise, enterprise.c.id == lead.c.enterprise_id)
        .where(lead.c.source == source)
    )  # fmt: skip
    return compare(rows, stored_rows(conn, select, ["source_id"]), ["source_id"], FIELDS)


def known_enterprises(conn: sa.Connection, source: str, wanted: Sequence[str]) -> dict[str, tuple[Any, ...]]:
    """Return ``(id, grid_id, district_code)`` of the named enterprises of a source."""
    found: dict[str, tuple[Any, ...]] = {}
    e = enterprise.c
    for start in range(0, len(wanted), 500):
        part = list(wanted[start : start + 500])
        query = sa.select(e.source_id, e.id, e.grid_id, e.district_code).where(
            e.source == source, e.source_id.in_(part)
        )
        found.update({row.source_id: tuple(row[1:]) for row in conn.execute(query)})
    return found


def publish(
    conn: sa.Connection, viewer: Viewer, info: BatchInfo, rows: Rows, enterprise_source: str, *, now: datetime
) -> tuple[int, Touched]:
    """Write the leads that are new or differ; the caller closes the batch."""
    viewer.require(Right.IMPORT)
    batch_id = open_batch(conn, viewer, info, now=now)
    found = compare_leads(conn, rows, info.source)
    wanted = sorted({row["enterprise"] for row in (*found.new, *found.changed) if row["enterprise"]})
    places = known_enterprises(conn, enterprise_source, wanted)
    origin = {"batch_id": batch_id, "user_id": viewer.user_id, "recorded_at": now}
    if found.new:
        values = [_values(row, places, info.source) | origin | {"version": 1} for row in found.new]
        conn.execute(sa.insert(lead), values)
    before = {
        row.source_id: row
        for row in conn.execute(
            sa.select(lead.c.id, lead.c.source_id, lead.c.state, lead.c.enterprise_id).where(
                lead.c.source == info.source
            )
        )
    }
    touched = {before[row["source_id"]].enterprise_id for row in (*found.new, *found.changed)}
    events: list[dict[str, Any]] = [
        _event(before[row["source_id"]].id, None, row, origin, now) for row in found.new
    ]
    for row in found.changed:
        old = before[row["source_id"]]
        now_so = _values(row, places, info.source)
        touched.add(now_so["enterprise_id"])
        conn.execute(
            sa.update(lead).where(lead.c.id == old.id).values({**now_so, "version": lead.c.version + 1})
        )
        if old.state != row["state"]:
            events.append(_event(old.id, old.state, row, origin, now))
    if events:
        conn.execute(sa.insert(lead_event), events)
    ids = sorted(i for i in touched if i is not None)
    return batch_id, Touched(
        len(found.new),
        len(found.changed),
        found.unchanged,
        enterprises=sa.select(enterprise.c.id).where(enterprise.c.id.in_(ids)) if ids else None,
        count=len(ids),
        taken={row["source_id"] for row in rows},
        places=True,
    )


def _event(
    lead_id: int, before: str | None, row: dict[str, Any], origin: dict[str, Any], now: datetime
) -> dict[str, Any]:
    return {
        "lead_id": lead_id, "at": now, "from_state": before, "to_state": row["state"],
        "details": {"state_since": str(row["state_since"])}, "row_no": row["line"], **origin,
    }  # fmt: skip


def _values(row: dict[str, Any], places: dict[str, tuple[Any, ...]], source: str) -> dict[str, Any]:
    enterprise_id, grid_id, _district = places.get(row["enterprise"], (None, None, None))
    kept = {name: row[name] for name in FIELDS if name not in ("enterprise", "district")}
    return {
        **kept,
        "source": source,
        "source_id": row["source_id"],
        "row_no": row["line"],
        "enterprise_id": enterprise_id,
        "grid_id": grid_id,
        "district_code": row["district"],
    }
