"""Districts, organisations, officers and their grids, plans and the calendar from files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from data.access import Right, Viewer, grid_officers_in_force
from data.clock import EVERYTHING
from data.schema import BEGINNING, district, fact_grid_officer, grid, officer, org
from data.writes.calendar import compare_calendar, write_calendar
from data.writes.imports import BatchInfo, Touched, open_batch
from data.writes.officers import add_binding
from data.writes.organisations import compare_orgs, write_orgs
from data.writes.plan_rules import DEFINITION
from data.writes.plans import compare_plans, differences_of, write_plans
from data.writes.upsert import Comparison, compare, ids_by_code, stored_rows, write_rows

Rows = Sequence[dict[str, Any]]


def compare_districts(conn: sa.Connection, rows: Rows, _source: str, _now: datetime) -> Comparison:
    """Compare districts by code; ``geom`` is WKB or None."""
    stored = stored_rows(conn, sa.select(district), ["code"])
    return compare(rows, stored, ["code"], ["name", "geom"])


def compare_officers(conn: sa.Connection, rows: Rows, source: str, _now: datetime) -> Comparison:
    """Compare officers by the source's id; organisations by their codes."""
    select = (
        sa.select(
            officer.c.source_id, officer.c.name, officer.c.badge, officer.c.phone, org.c.code.label("org")
        )
        .outerjoin(org, org.c.id == officer.c.org_id)
        .where(officer.c.source == source)
    )
    stored = stored_rows(conn, select, ["source_id"])
    return compare(rows, stored, ["source_id"], ["name", "badge", "phone", "org"])


def compare_officer_grids(conn: sa.Connection, rows: Rows, source: str, now: datetime) -> Comparison:
    """Compare bindings by grid and duty with the ones in force on their day, today when undated."""
    found = Comparison()
    for day in sorted({_day(row, now) for row in rows}):
        in_force = grid_officers_in_force(day, EVERYTHING).subquery()
        select = (
            sa.select(grid.c.code.label("grid"), in_force.c.duty, officer.c.source_id.label("officer"))
            .join(in_force, in_force.c.grid_id == grid.c.id)
            .join(officer, (officer.c.id == in_force.c.officer_id) & (officer.c.source == source))
        )
        stored = stored_rows(conn, select, ["grid", "duty"])
        part = compare([r for r in rows if _day(r, now) == day], stored, ["grid", "duty"], ["officer"])
        found.new += part.new
        found.changed += part.changed
        found.unchanged += part.unchanged
        found.samples += part.samples
        for name, count in part.fields.items():
            found.fields[name] = found.fields.get(name, 0) + count
    return found


def _day(row: dict[str, Any], now: datetime) -> date:
    return row["valid_from"] or now.date()


def _write_districts(conn: sa.Connection, found: Comparison, _origin: dict[str, Any], _source: str) -> None:
    write_rows(conn, district, found, ["code"], lambda r: {n: r[n] for n in ("code", "name", "geom")}, {})


def _write_officers(conn: sa.Connection, found: Comparison, origin: dict[str, Any], source: str) -> None:
    ids = ids_by_code(conn, org)

    def plain(row: dict[str, Any]) -> dict[str, Any]:
        kept = {name: row[name] for name in ("source_id", "name", "badge", "phone")}
        return {**kept, "source": source, "org_id": ids.get(row["org"]), "active": True}

    write_rows(conn, officer, found, ["source", "source_id"], plain, origin)


def _write_officer_grids(conn: sa.Connection, found: Comparison, origin: dict[str, Any], source: str) -> None:
    grids = ids_by_code(conn, grid)
    officers = {
        row.source_id: row.id
        for row in conn.execute(
            sa.select(officer.c.source_id, officer.c.id).where(officer.c.source == source)
        )
    }
    fact = fact_grid_officer
    bound = {(r.grid_id, r.duty) for r in conn.execute(sa.select(fact.c.grid_id, fact.c.duty).distinct())}
    for row in (*found.new, *found.changed):
        grid_id = grids[row["grid"]]
        # the first binding of a grid holds from the beginning unless the source dates it
        undated = origin["recorded_at"].date() if (grid_id, row["duty"]) in bound else BEGINNING
        add_binding(
            conn, grid_id, row["duty"], officers[row["officer"]], row["valid_from"] or undated,
            {**origin, "reason": "import", "row_no": row["line"]},
        )  # fmt: skip


Compare = Callable[[sa.Connection, Rows, str, datetime], Comparison]
Write = Callable[[sa.Connection, Comparison, dict[str, Any], str], None]
MASTER: dict[str, tuple[Compare, Write]] = {
    "districts": (compare_districts, _write_districts),
    "orgs": (compare_orgs, write_orgs),
    "officers": (compare_officers, _write_officers),
    "officer_grids": (compare_officer_grids, _write_officer_grids),
    "plans": (compare_plans, write_plans),
    "calendar": (compare_calendar, write_calendar),
}
"""Kind of file → how its rows are compared and written."""

NAMED = {"officers": ("source_id",), "officer_grids": ("grid", "duty", "officer"), "calendar": ("day",)}
"""Kind of file → what names a row in its quarantine; others: their code."""


def publish(
    conn: sa.Connection, viewer: Viewer, info: BatchInfo, rows: Rows, *, now: datetime
) -> tuple[int, Touched]:
    """Write the rows of a small table that differ; the caller closes the batch."""
    viewer.require(Right.IMPORT)
    batch_id = open_batch(conn, viewer, info, now=now)
    comparing, writing = MASTER[info.kind]
    found = comparing(conn, rows, info.source, now)
    origin = {"batch_id": batch_id, "user_id": viewer.user_id, "recorded_at": now}
    told = {"plans": differences_of(conn, found)} if info.kind == "plans" else {}
    writing(conn, found, origin, info.source)
    touched = Touched(len(found.new), len(found.changed), found.unchanged, places=True, told=told)
    touched.taken = {"/".join(str(row[name]) for name in NAMED.get(info.kind, ("code",))) for row in rows}
    # another definition makes other figures: they are built before anybody sees them
    touched.whole = info.kind == "plans" and bool(found.new or found.fields.keys() & set(DEFINITION))
    return batch_id, touched
