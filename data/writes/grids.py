"""Grids and their shapes; new shapes make new placements, history is never re-drawn."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from data.access import Right, Viewer
from data.clock import EVERYTHING
from data.schema import BEGINNING, enterprise, fact_grid_shape, grid, org
from data.writes.imports import BatchInfo, Touched, open_batch
from data.writes.staged import placements
from data.writes.upsert import Comparison, compare, ids_by_code, stored_rows
from data.writes.versions import GROUPS, add_versions, bring_current, stamp

Rows = Sequence[dict[str, Any]]


def shapes_in_force(as_of: date, known_at: datetime) -> sa.Select[Any]:
    """Select ``id, code, name, district_code, geom`` (WKB) of the grids that have a shape on a day."""
    shape = fact_grid_shape
    rank = sa.func.row_number().over(
        partition_by=shape.c.grid_id,
        order_by=(shape.c.valid_from.desc(), shape.c.recorded_at.desc(), shape.c.id.desc()),
    )
    ranked = (
        sa.select(shape.c.grid_id, shape.c.geom, rank.label("place"))
        .where(shape.c.valid_from <= as_of, shape.c.recorded_at <= known_at)
        .subquery()
    )
    return (
        sa.select(grid.c.id, grid.c.code, grid.c.name, grid.c.district_code, ranked.c.geom)
        .join(ranked, ranked.c.grid_id == grid.c.id)
        .where(ranked.c.place == 1, ranked.c.geom.is_not(None))
        .order_by(grid.c.code)
    )


def compare_grids(conn: sa.Connection, rows: Rows, now: datetime) -> Comparison:
    """Compare grids by code with the stored ones: ``name, district, org`` (codes), ``geom`` (WKB).

    A file that says nothing of a grid's district leaves the stored one.
    """
    shapes = shapes_in_force(now.date(), EVERYTHING).subquery()
    select = (
        sa.select(
            grid.c.code,
            grid.c.name,
            grid.c.district_code.label("district"),
            org.c.code.label("org"),
            shapes.c.geom,
        )
        .outerjoin(org, org.c.id == grid.c.org_id)
        .outerjoin(shapes, shapes.c.id == grid.c.id)
    )
    stored = stored_rows(conn, select, ["code"])
    known = dict(conn.execute(sa.select(grid.c.code, grid.c.district_code)).all())
    for row in rows:
        row["district"] = row["district"] or known.get(row["code"])
    return compare(rows, stored, ["code"], ["name", "district", "org", "geom"])


def first_coverage(conn: sa.Connection) -> bool:
    """Whether no grid has ever had a shape: then shapes and placements hold from the beginning."""
    return conn.execute(sa.select(fact_grid_shape.c.id).limit(1)).first() is None


def publish(
    conn: sa.Connection,
    viewer: Viewer,
    info: BatchInfo,
    rows: Rows,
    *,
    retire: Sequence[str],
    moved: int,
    now: datetime,
) -> tuple[int, Touched]:
    """Write grids and shapes that differ, and the placements that were staged for them.

    Parameters
    ----------
    rows : sequence of dict
        ``code, name, district, org, geom, area_m2, line``.
    retire : sequence of str
        Codes of grids that exist no more: they keep their history and take no enterprise.
    moved : int
        How many rows are staged in `data.writes.staged.placements`.
    """
    viewer.require(Right.IMPORT)
    batch_id = open_batch(conn, viewer, info, now=now)
    since = BEGINNING if first_coverage(conn) else now.date()
    found = compare_grids(conn, rows, now)
    origin = {"batch_id": batch_id, "user_id": viewer.user_id, "recorded_at": now}
    orgs = ids_by_code(conn, org)
    changed_shape = {row["code"] for row in found.new}
    stored = {row.code: row.geom for row in conn.execute(shapes_in_force(now.date(), EVERYTHING))}
    if found.new:
        conn.execute(
            sa.insert(grid),
            [{**_plain(row, orgs), "code": row["code"], **origin} for row in found.new],
        )
    for row in found.changed:
        conn.execute(
            sa.update(grid).where(grid.c.code == row["code"]).values({**_plain(row, orgs), **origin})
        )
        if stored.get(row["code"]) != row["geom"]:
            changed_shape.add(row["code"])
    ids = ids_by_code(conn, grid)
    shapes = [
        {"grid_id": ids[row["code"]], "geom": row["geom"], "area_m2": row["area_m2"], "row_no": row["line"]}
        for row in (*found.new, *found.changed)
        if row["code"] in changed_shape
    ]
    shapes += [{"grid_id": ids[code], "geom": None, "area_m2": None, "row_no": None} for code in retire]
    if shapes:
        reason = {"valid_from": since, "reason": "import"}
        conn.execute(sa.insert(fact_grid_shape), [{**shape, **reason, **origin} for shape in shapes])
    if retire:
        conn.execute(sa.update(grid).where(grid.c.code.in_(retire)).values(active=False))
    touched = Touched(len(found.new), len(found.changed) + len(retire), found.unchanged, places=True)
    touched.taken = {str(row["code"]) for row in rows}
    # a grid takes its enterprises along: they count in its new district without having been touched
    touched.whole = "district" in found.fields
    if moved:
        _move(conn, since, stamp(batch_id, viewer.user_id, now, "new_shapes"), now)
        touched.enterprises, touched.count = sa.select(placements.c.enterprise_id), moved
        touched.whole |= adopt_districts(conn) > 0
    return batch_id, touched


def adopt_districts(conn: sa.Connection) -> int:
    """Give each grid without a district the one that all its enterprises declare; return how many got one.

    Where they declare several, or none, it stays unknown: a grid is never torn between districts.
    """
    declared = (
        sa.select(enterprise.c.grid_id, sa.func.min(enterprise.c.district_code).label("code"))
        .join(grid, grid.c.id == enterprise.c.grid_id)
        .where(grid.c.district_code.is_(None), enterprise.c.district_code.is_not(None))
        .group_by(enterprise.c.grid_id)
        .having(sa.func.count(enterprise.c.district_code.distinct()) == 1)
    )
    found = [{"number": row.grid_id, "adopted": row.code} for row in conn.execute(declared)]
    if found:
        conn.execute(
            sa.update(grid)
            .where(grid.c.id == sa.bindparam("number"))
            .values(district_code=sa.bindparam("adopted")),
            found,
        )
    return len(found)


def _plain(row: dict[str, Any], orgs: dict[str, int]) -> dict[str, Any]:
    return {
        "name": row["name"],
        "district_code": row["district"],
        "org_id": orgs.get(row["org"]),
        "active": True,
        "row_no": row["line"],
    }


def _move(conn: sa.Connection, since: date, origin: dict[str, Any], now: datetime) -> None:
    day = sa.literal(since, sa.Date).label("valid_from")
    number = sa.literal(None, sa.Integer).label("row_no")
    tables = placements.outerjoin(grid, grid.c.code == placements.c.grid_code)
    value = {
        name: placements.c[name] for name in (*GROUPS["point"], *GROUPS["placement"]) if name != "grid_id"
    }
    value["grid_id"] = grid.c.id
    for group in ("point", "placement"):
        rows = (
            sa.select(placements.c.enterprise_id, day, number, *(value[n].label(n) for n in GROUPS[group]))
            .select_from(tables)
            .where(placements.c[f"{group}_changed"] == 1)
        )
        add_versions(conn, group, rows, origin, correction=True)
    ids = sa.select(placements.c.enterprise_id)
    bring_current(conn, now.date(), ids, ("point", "placement"))


def shapes_seen(conn: sa.Connection) -> int:
    """Return what changes with every new shape of a grid: points were placed in the shapes of this moment."""
    return int(conn.execute(sa.select(sa.func.coalesce(sa.func.max(fact_grid_shape.c.id), 0))).scalar_one())


def enterprises_seen(conn: sa.Connection) -> tuple[int, int]:
    """Return what changes with every enterprise that is added or written: shapes were filled with these."""
    e = enterprise.c
    row = conn.execute(
        sa.select(sa.func.coalesce(sa.func.max(e.id), 0), sa.func.coalesce(sa.func.sum(e.version), 0))
    ).one()
    return int(row[0]), int(row[1])
