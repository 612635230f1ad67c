"""Leads from files: what they say and where they stand; worked here, they are ours to go on with.

A lead without a deadline gets that of its day of receipt. One that somebody has handled here is held: a
file changes it no more.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from data.access import Right, Viewer
from data.deadlines import due, rule_at
from data.reads.matching import exact_matches
from data.schema import enterprise, lead, lead_event, officer, period_lock, reporter
from data.workdays import load_calendar
from data.workflow import ESCALATE
from data.writes.imports import BatchInfo, Touched, open_batch
from data.writes.upsert import Comparison, compare, stored_rows

Rows = Sequence[dict[str, Any]]
PLAIN = (
    "channel", "title", "received_on", "subject", "state", "state_since", "due_on", "outcome", "disposal",
    "closed_on", "text", "result", "address", "number_12315", "rule",
)  # fmt: skip
FIELDS = (*PLAIN, "enterprise", "district", "officer")
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
    strangers, officers, differing, locked : list of dict
        Rows whose enterprise or officer is not known (taken without); held rows that say something
        else; new rows of a locked period (not taken).
    """

    comparison: Comparison
    rows: list[dict[str, Any]] = field(default_factory=list)
    held: int = 0
    strangers: list[tuple[dict[str, Any], str]] = field(default_factory=list)
    officers: list[tuple[dict[str, Any], str]] = field(default_factory=list)
    differing: list[dict[str, Any]] = field(default_factory=list)
    locked: list[dict[str, Any]] = field(default_factory=list)


def compare_leads(
    conn: sa.Connection, rows: Rows, source: str, enterprise_source: str, officer_source: str
) -> Found:
    """Compare leads by the source's id; enterprises by theirs, else by an exact code or licence number."""
    stored = _stored(conn, source)
    held = set(
        conn.execute(
            sa.select(lead.c.source_id)
            .join(lead_event, lead_event.c.lead_id == lead.c.id)
            # what the system did, having told the supervisor, is nobody's hand
            .where(lead.c.source == source, lead_event.c.verb.is_not(None), lead_event.c.verb != ESCALATE)
        ).scalars()
    )
    found = Found(Comparison())
    free = [dict(row) for row in rows if row["source_id"] not in held]
    for row in rows:
        before = stored.get(row["source_id"])
        absent = row.get("absent", ())
        if (
            row["source_id"] in held
            and before
            and any(
                row[name] != before[name] for name in SAID if name not in absent and row[name] is not None
            )
        ):
            found.differing.append(row)
    _link(conn, free, found, enterprise_source, officer_source)
    _complete(conn, free, stored)
    locks = conn.execute(sa.select(period_lock.c.from_on, period_lock.c.to_on)).all()
    for row in free:
        day = row["received_on"]
        shut = row["source_id"] not in stored and any(start <= day <= end for start, end in locks)
        (found.locked if shut else found.rows).append(row)
    return Found(
        compare(found.rows, stored, ["source_id"], FIELDS), found.rows, len(rows) - len(free),
        found.strangers, found.officers, found.differing, found.locked,
    )  # fmt: skip


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
        touched.add(now_so["enterprise_id"])
        conn.execute(
            sa.update(lead).where(lead.c.id == old.id).values({**now_so, "version": lead.c.version + 1})
        )
        if old.state != row["state"]:
            events.append(_event(old.id, old.state, row, origin, now))
    if events:
        conn.execute(sa.insert(lead_event), events)
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
        )
        .outerjoin(enterprise, enterprise.c.id == lead.c.enterprise_id)
        .outerjoin(officer, officer.c.id == lead.c.officer_id)
        .where(lead.c.source == source)
    )  # fmt: skip
    return stored_rows(conn, select, ["source_id"])


def _link(
    conn: sa.Connection, rows: list[dict[str, Any]], found: Found, enterprise_source: str, officer_source: str
) -> None:
    """Put to each row whom it is about: ``linked`` (id, grid, district), ``basis`` where a code told it."""
    named = _by_code(conn, enterprise, enterprise_source, [row["enterprise"] for row in rows])
    people = _by_code(conn, officer, officer_source, [row["officer"] for row in rows])
    given = {
        n: (row["uscc"], row["licence"])
        for n, row in enumerate(rows)
        if row["enterprise"] not in named and (row["uscc"] or row["licence"])
    }
    exact = exact_matches(conn, given)
    codes = _by_id(conn, {number for number, _ in exact.values()})
    for n, row in enumerate(rows):
        row["linked"] = row["basis"] = None
        if row["officer"] and row["officer"] not in people:
            found.officers.append((row, row["officer"]))
            row["officer"] = None
        row["officer_id"] = people[row["officer"]].id if row["officer"] else None
        if row["enterprise"] and row["enterprise"] in named:
            row["linked"] = named[row["enterprise"]]
        elif n in exact:
            number, row["basis"] = exact[n]
            row["linked"] = codes[number]
            row["enterprise"] = row["linked"].source_id
            row["absent"] = [name for name in row.get("absent", ()) if name != "enterprise"]
        elif row["enterprise"]:
            found.strangers.append((row, row["enterprise"]))
            row["subject"] = row["subject"] or row["enterprise"]
            row["enterprise"] = None
        if row["linked"] is not None and not row["district"]:
            row["district"] = row["linked"].district_code


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


def _by_code(
    conn: sa.Connection, table: sa.Table, source: str, wanted: Sequence[str | None]
) -> dict[str, Any]:
    codes = sorted({code for code in wanted if code})
    columns = [table.c.source_id, table.c.id]
    if table is enterprise:
        columns += [enterprise.c.grid_id, enterprise.c.district_code]
    found: dict[str, Any] = {}
    for start in range(0, len(codes), 500):
        query = sa.select(*columns).where(
            table.c.source == source, table.c.source_id.in_(codes[start : start + 500])
        )
        found.update({row.source_id: row for row in conn.execute(query)})
    return found


def _by_id(conn: sa.Connection, ids: set[int]) -> dict[int, Any]:
    e = enterprise.c
    query = sa.select(e.source_id, e.id, e.grid_id, e.district_code)
    wanted = sorted(ids)
    found: dict[int, Any] = {}
    for start in range(0, len(wanted), 500):
        part = query.where(e.id.in_(wanted[start : start + 500]))
        found.update({row.id: row for row in conn.execute(part)})
    return found


def _event(
    lead_id: int, before: str | None, row: dict[str, Any], origin: dict[str, Any], now: datetime
) -> dict[str, Any]:
    details = {"state_since": str(row["state_since"])}
    if before is None:
        # what speaks for an enterprise stays with the lead; a code that linked it is named
        details |= {name: row[name] for name in ("uscc", "licence") if row[name]}
        details |= {"basis": row["basis"]} if row["basis"] else {}
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
    }


def _known(row: dict[str, Any]) -> bool:
    return any(row[f"reporter_{name}"] for name in ("name", "phone", "address"))


def _reporter(lead_id: int, row: dict[str, Any]) -> dict[str, Any]:
    return {
        "lead_id": lead_id, "row_no": row["line"],
        **{name: row[f"reporter_{name}"] for name in ("name", "phone", "address")},
    }  # fmt: skip
