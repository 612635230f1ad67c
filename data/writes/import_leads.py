"""Leads from files: what they say and where they stand; worked here, they are ours to go on with.

A lead without a deadline gets that of its day of receipt; how far it has come must be proved by its row, see
`data.writes.import_lead_stages`. One that somebody has handled here is held: a file changes it no more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from data.access import Right, Viewer
from data.deadlines import due, rule_at
from data.schema import enterprise, inspection, lead, lead_event, officer, period_lock, reporter
from data.workdays import load_calendar
from data.workflow import BY_NOBODY
from data.writes.compare_inspections import Sources
from data.writes.import_lead_links import Unknown, link_enterprises, link_officers, link_visits
from data.writes.import_lead_stages import Stage, lacking, stage_of
from data.writes.imports import BatchInfo, Touched, open_batch
from data.writes.platforms import seen
from data.writes.upsert import Comparison, compare, stored_rows

Rows = Sequence[dict[str, Any]]
PLAIN = (
    "channel", "title", "received_on", "subject", "state", "state_since", "due_on", "outcome", "disposal",
    "closed_on", "text", "result", "address", "number_12315", "rule",
)  # fmt: skip
FIELDS = (*PLAIN, "enterprise", "district", "officer", "inspection")
SAID = ("channel", "title", "received_on", "subject", "text", "address", "number_12315", "rule")
"""What the source alone says: of a lead worked here, a difference in it is told."""


@dataclass(frozen=True)
class Found:
    """What a file of leads would change.

    Attributes
    ----------
    rows : list of dict
        The rows to take, completed: ``enterprise`` and ``officer`` as known codes, the deadline.
    held : int
        Rows of leads that are worked here.
    strangers, officers, visits : list of (row, code)
        Rows whose enterprise or officer is not known, or whose visit cannot have looked into them; taken
        without.
    differing : list of dict
        Held rows that say something else.
    numbered : list of (row, lead id)
        New rows with a number of 12315 that a lead from elsewhere has: it is the same, and is held.
    staged : list of (row, Stage, state told)
        Open leads that are taken at another state, or without fields that came too early.
    unproved : list of (row, names of fields)
        Closed leads that do not say what came of them; not taken.
    locked : list of dict
        Rows that would change what a locked period counts; not taken.
    """

    comparison: Comparison
    rows: list[dict[str, Any]] = field(default_factory=list)
    held: int = 0
    strangers: Unknown = field(default_factory=list)
    officers: Unknown = field(default_factory=list)
    visits: Unknown = field(default_factory=list)
    differing: list[dict[str, Any]] = field(default_factory=list)
    numbered: list[tuple[dict[str, Any], int]] = field(default_factory=list)
    staged: list[tuple[dict[str, Any], Stage, str]] = field(default_factory=list)
    unproved: list[tuple[dict[str, Any], tuple[str, ...]]] = field(default_factory=list)
    locked: list[dict[str, Any]] = field(default_factory=list)


def compare_leads(conn: sa.Connection, rows: Rows, source: str, sources: Sources) -> Found:
    """Compare leads by the source's id; enterprises by theirs, else by an exact code or licence number."""
    stored = _stored(conn, source)
    held = set(
        conn.execute(
            sa.select(lead.c.source_id)
            .join(lead_event, lead_event.c.lead_id == lead.c.id)
            # what the system did, having told the supervisor, is nobody's hand
            .where(lead.c.source == source, lead_event.c.verb.not_in(BY_NOBODY))
        ).scalars()
    )
    found = Found(Comparison())
    numbers = _numbered(conn, rows, source)
    free = []
    for row in rows:
        before = stored.get(row["source_id"])
        if row["source_id"] in held:
            if before and _says_else(row, before):
                found.differing.append(row)
        elif before is None and row["number_12315"] in numbers:
            found.numbered.append((row, numbers[row["number_12315"]]))
        else:
            free.append(dict(row))
    found.strangers.extend(link_enterprises(conn, free, sources.enterprises))
    found.officers.extend(link_officers(conn, free, sources.officers))
    found.visits.extend(link_visits(conn, free, sources.inspections))
    _complete(conn, free, stored)
    locks = conn.execute(sa.select(period_lock.c.from_on, period_lock.c.to_on)).all()
    for row in free:
        before = stored.get(row["source_id"])
        if missing := lacking(row):
            found.unproved.append((row, missing))
            continue
        stage = stage_of(row)
        if stage != Stage(row["state"]):
            found.staged.append((row, stage, row["state"]))
            row |= {"state": stage.state, **dict.fromkeys(stage.early)}
            row["inspection_id"] = row["inspection_id"] if row["inspection"] else None
        (found.locked if _shut(row, before, locks) else found.rows).append(row)
    comparison = compare(found.rows, stored, ["source_id"], FIELDS)
    held_rows = len(rows) - len(free)
    return replace(found, comparison=comparison, held=held_rows)


def _says_else(row: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    absent = row.get("absent", ())
    return any(row[name] != before[name] for name in SAID if name not in absent and row[name] is not None)


def _shut(row: Mapping[str, Any], before: Mapping[str, Any] | None, locks: Sequence[Any]) -> bool:
    """Whether a row would add to a locked period, take from it, or leave a lead of it without outcome."""

    def locked(day: date) -> bool:
        return any(start <= day <= end for start, end in locks)

    if before is None or before["received_on"] != row["received_on"]:
        return locked(row["received_on"]) or (before is not None and locked(before["received_on"]))
    return locked(row["received_on"]) and before["outcome"] is not None and row["outcome"] is None


def _numbered(conn: sa.Connection, rows: Rows, source: str) -> dict[str, int]:
    """Return number of 12315 → the lead that came in another way, of those that the rows name."""
    wanted = {row["number_12315"] for row in rows} - {None}
    query = sa.select(lead.c.number_12315, lead.c.id).where(
        lead.c.number_12315.is_not(None), lead.c.source != source
    )
    return {number: one for number, one in conn.execute(query.order_by(lead.c.id.desc())) if number in wanted}


def publish(
    conn: sa.Connection, viewer: Viewer, info: BatchInfo, again: Callable[[sa.Connection], Found], *,
    now: datetime,
) -> tuple[int, Touched]:  # fmt: skip
    """Write the leads that are new or differ; the caller closes the batch.

    Parameters
    ----------
    again : callable
        Compares once more inside the transaction: since it was staged, somebody may have handled a lead.
    """
    viewer.require(Right.IMPORT)
    batch_id = open_batch(conn, viewer, info, now=now)
    found = again(conn)
    new, changed = found.comparison.new, found.comparison.changed
    origin = {"batch_id": batch_id, "user_id": viewer.user_id, "recorded_at": now}
    if new:
        values = [_values(row, info.source, row["linked"]) | origin | {"version": 1} for row in new]
        conn.execute(sa.insert(lead), values)
    before = {
        row.source_id: row
        for row in conn.execute(
            sa.select(lead.c.id, lead.c.source_id, lead.c.state, lead.c.enterprise_id, lead.c.grid_id).where(
                lead.c.source == info.source
            )
        )
    }
    events = [_event(before[row["source_id"]].id, None, row, origin, now) for row in new]
    touched = {before[row["source_id"]].enterprise_id for row in (*new, *changed)}
    for row in changed:
        old = before[row["source_id"]]
        now_so = _values(row, info.source, row["linked"])
        # columns that the file does not have leave the lead with whom it is
        if "enterprise" in row.get("absent", ()):
            now_so |= {"enterprise_id": old.enterprise_id, "grid_id": old.grid_id}
        if "officer" in row.get("absent", ()):
            del now_so["officer_id"]
        if "inspection" in row.get("absent", ()):
            del now_so["inspection_id"]
        touched.add(now_so["enterprise_id"])
        conn.execute(
            sa.update(lead).where(lead.c.id == old.id).values({**now_so, "version": lead.c.version + 1})
        )
        if old.state != row["state"]:
            events.append(_event(old.id, old.state, row, origin, now))
    if events:
        conn.execute(sa.insert(lead_event), events)
    if info.profile:
        seen(conn, info.profile, now=now)
    people = [_reporter(before[row["source_id"]].id, row) | origin for row in new if _known(row)]
    if people:
        conn.execute(sa.insert(reporter), people)
    ids = sorted(i for i in touched if i is not None)
    return batch_id, Touched(
        len(new),
        len(changed),
        found.comparison.unchanged + found.held,
        enterprises=sa.select(enterprise.c.id).where(enterprise.c.id.in_(ids)) if ids else None,
        count=len(ids),
        taken={row["source_id"] for row in found.rows},
        places=True,
        told={"linked": n} if (n := sum(bool(row["basis"]) for row in new)) else {},
    )


def _stored(conn: sa.Connection, source: str) -> dict[str, dict[str, Any]]:
    select = (
        sa.select(
            lead.c.source_id, *(lead.c[name] for name in (*PLAIN, "due_provisional")),
            lead.c.district_code.label("district"),
            enterprise.c.source_id.label("enterprise"), officer.c.source_id.label("officer"),
            inspection.c.source_id.label("inspection"),
        )
        .outerjoin(enterprise, enterprise.c.id == lead.c.enterprise_id)
        .outerjoin(officer, officer.c.id == lead.c.officer_id)
        .outerjoin(inspection, inspection.c.id == lead.c.inspection_id)
        .where(lead.c.source == source)
    )  # fmt: skip
    return stored_rows(conn, select, ["source_id"])


def _complete(conn: sa.Connection, rows: list[dict[str, Any]], stored: Mapping[str, Any]) -> None:
    """Put the deadline of its rule to each row that has none, and since when its state holds."""
    calendar = load_calendar(conn)
    made: dict[tuple[str, date], tuple[date, bool]] = {}
    for row in rows:
        row["state_since"] = row["state_since"] or row["received_on"]
        row["due_provisional"] = False
        if row["due_on"] is None:
            key = (row["rule"] or "lead_verify", row["received_on"])
            if key not in made:
                last = due(calendar, rule_at(conn, *key), key[1])
                made[key] = (last.day, last.provisional)
            row["rule"], (row["due_on"], row["due_provisional"]) = key[0], made[key]
            before = stored.get(row["source_id"])
            if before is not None and before["due_on"] is not None:
                row["due_on"], row["due_provisional"] = before["due_on"], before["due_provisional"]


def _event(
    lead_id: int, before: str | None, row: dict[str, Any], origin: dict[str, Any], now: datetime
) -> dict[str, Any]:
    details = {"state_since": str(row["state_since"])}
    if before is None:
        # what speaks for an enterprise stays with the lead; a code that linked it is named
        details |= {name: row[name] for name in ("uscc", "licence") if row[name]}
        details |= {"basis": row["basis"]} if row["basis"] else {}
    if row["inspection_id"]:
        details["inspection"] = row["inspection_id"]
    return {
        "lead_id": lead_id, "at": now, "from_state": before, "to_state": row["state"],
        "details": details, "row_no": row["line"], **origin,
    }  # fmt: skip


def _values(row: dict[str, Any], source: str, linked: Any) -> dict[str, Any]:
    return {
        **{name: row[name] for name in PLAIN},
        "due_provisional": row["due_provisional"],
        "source": source,
        "source_id": row["source_id"],
        "row_no": row["line"],
        "enterprise_id": linked.id if linked is not None else None,
        "grid_id": linked.grid_id if linked is not None else None,
        "district_code": row["district"],
        "officer_id": row["officer_id"],
        "inspection_id": row["inspection_id"],
    }


def _known(row: dict[str, Any]) -> bool:
    return any(row[f"reporter_{name}"] for name in ("name", "phone", "address"))


def _reporter(lead_id: int, row: dict[str, Any]) -> dict[str, Any]:
    return {
        "lead_id": lead_id, "row_no": row["line"],
        **{name: row[f"reporter_{name}"] for name in ("name", "phone", "address")},
    }  # fmt: skip
