"""Districts, organisations, officers and their grids, plans and the calendar from files."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from data.access import Right, Viewer, grid_officers_in_force
from data.schema import BEGINNING, calendar_day, district, fact_grid_officer, grid, officer, org, plan
from data.writes.imports import BatchInfo, Touched, open_batch
from data.writes.upsert import Comparison, compare, ids_by_code, stored_rows

Rows = Sequence[dict[str, Any]]
PLAN_FIELDS = (
    "name_zh", "name_en", "cycle", "categories", "scopes", "tags", "kinds", "visits", "first_year",
    "deadline_month", "deadline_day", "opened_by", "headline", "sort", "legal_source", "evidence",
)  # fmt: skip


def compare_districts(conn: sa.Connection, rows: Rows, _source: str, _now: datetime) -> Comparison:
    """Compare districts by code; ``geom`` is WKB or None."""
    stored = stored_rows(conn, sa.select(district), ["code"])
    return compare(rows, stored, ["code"], ["name", "geom"])


def compare_orgs(conn: sa.Connection, rows: Rows, _source: str, _now: datetime) -> Comparison:
    """Compare organisations by code; parents by their codes."""
    above = org.alias("above")
    select = sa.select(
        org.c.code,
        org.c.name,
        org.c.kind,
        above.c.code.label("parent"),
        org.c.district_code.label("district"),
    ).outerjoin(above, above.c.id == org.c.parent_id)
    return compare(
        rows, stored_rows(conn, select, ["code"]), ["code"], ["name", "kind", "parent", "district"]
    )


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
        in_force = grid_officers_in_force(day, now).subquery()
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


def compare_plans(conn: sa.Connection, rows: Rows, _source: str, _now: datetime) -> Comparison:
    """Compare plans by code."""
    rows = [
        {**r, **{n: tuple(sorted(r[n])) for n in ("categories", "scopes", "tags", "kinds")}} for r in rows
    ]
    return compare(rows, stored_rows(conn, sa.select(plan), ["code"]), ["code"], PLAN_FIELDS)


def compare_calendar(conn: sa.Connection, rows: Rows, _source: str, _now: datetime) -> Comparison:
    """Compare days of the calendar."""
    stored = stored_rows(conn, sa.select(calendar_day), ["day"])
    return compare(rows, stored, ["day"], ["is_workday", "name"])


def _write_districts(conn: sa.Connection, found: Comparison, _origin: dict[str, Any], _source: str) -> None:
    _write(conn, district, found, ["code"], lambda r: {n: r[n] for n in ("code", "name", "geom")}, {})


def _write_orgs(conn: sa.Connection, found: Comparison, origin: dict[str, Any], _source: str) -> None:
    def plain(row: dict[str, Any]) -> dict[str, Any]:
        return {n: row[n] for n in ("code", "name", "kind")} | {"district_code": row["district"]}

    _write(conn, org, found, ["code"], plain, origin)
    ids = ids_by_code(conn, org)  # parents may stand after their children in the file
    for row in (*found.new, *found.changed):
        conn.execute(sa.update(org).where(org.c.code == row["code"]).values(parent_id=ids.get(row["parent"])))


def _write_officers(conn: sa.Connection, found: Comparison, origin: dict[str, Any], source: str) -> None:
    ids = ids_by_code(conn, org)

    def plain(row: dict[str, Any]) -> dict[str, Any]:
        kept = {name: row[name] for name in ("source_id", "name", "badge", "phone")}
        return {**kept, "source": source, "org_id": ids.get(row["org"]), "active": True}

    _write(conn, officer, found, ["source", "source_id"], plain, origin)


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
        values = {
            "grid_id": grid_id,
            "duty": row["duty"],
            "officer_id": officers[row["officer"]],
            "reason": "import",
            "row_no": row["line"],
            **origin,
        }
        since = row["valid_from"] or undated
        later = conn.execute(
            sa.select(fact.c.valid_from).distinct().where(
                fact.c.grid_id == grid_id, fact.c.duty == row["duty"], fact.c.valid_from > since
            )
        ).scalars().all()  # fmt: skip
        conn.execute(sa.insert(fact), [{**values, "valid_from": day} for day in (since, *later)])


def _write_plans(conn: sa.Connection, found: Comparison, origin: dict[str, Any], _source: str) -> None:
    def plain(row: dict[str, Any]) -> dict[str, Any]:
        return {"code": row["code"], **{name: row[name] for name in PLAN_FIELDS}}

    if any(row["headline"] for row in (*found.new, *found.changed)):
        conn.execute(sa.update(plan).values(headline=False))  # the wall opens with one plan
    _write(conn, plan, found, ["code"], plain, origin)


def _write_calendar(conn: sa.Connection, found: Comparison, origin: dict[str, Any], _source: str) -> None:
    _write(
        conn, calendar_day, found, ["day"], lambda r: {n: r[n] for n in ("day", "is_workday", "name")}, origin
    )


def _write(
    conn: sa.Connection,
    table: sa.Table,
    found: Comparison,
    key: Sequence[str],
    plain: Callable[[dict[str, Any]], dict[str, Any]],
    origin: dict[str, Any],
) -> None:
    def full(row: dict[str, Any]) -> dict[str, Any]:
        return {**plain(row), **origin, **({"row_no": row["line"]} if origin else {})}

    if found.new:
        conn.execute(sa.insert(table), [full(row) for row in found.new])
    for row in found.changed:
        values = full(row)
        if "version" in table.c:
            values["version"] = table.c.version + 1
        conn.execute(sa.update(table).where(*(table.c[k] == values[k] for k in key)).values(values))


Compare = Callable[[sa.Connection, Rows, str, datetime], Comparison]
Write = Callable[[sa.Connection, Comparison, dict[str, Any], str], None]
MASTER: dict[str, tuple[Compare, Write]] = {
    "districts": (compare_districts, _write_districts),
    "orgs": (compare_orgs, _write_orgs),
    "officers": (compare_officers, _write_officers),
    "officer_grids": (compare_officer_grids, _write_officer_grids),
    "plans": (compare_plans, _write_plans),
    "calendar": (compare_calendar, _write_calendar),
}
"""Kind of file → how its rows are compared and written."""


def publish(
    conn: sa.Connection, viewer: Viewer, info: BatchInfo, rows: Rows, *, now: datetime
) -> tuple[int, Touched]:
    """Write the rows of a small table that differ; the caller closes the batch."""
    viewer.require(Right.IMPORT)
    batch_id = open_batch(conn, viewer, info, now=now)
    comparing, writing = MASTER[info.kind]
    found = comparing(conn, rows, info.source, now)
    origin = {"batch_id": batch_id, "user_id": viewer.user_id, "recorded_at": now}
    writing(conn, found, origin, info.source)
    return batch_id, Touched(len(found.new), len(found.changed), found.unchanged, places=True)
