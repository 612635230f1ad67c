"""Grids with their shapes and officers, and who stands in them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import geopandas as gpd
import numpy as np
import sqlalchemy as sa

from data.access import grid_officers_in_force
from data.quality.found import Finding, count
from data.schema import enterprise, fact_grid_officer, grid, officer
from data.writes.grids import shapes_in_force
from geo.locate import Locator
from geo.shapes import from_wkb

CHUNK = 50_000


def placements(conn: sa.Connection, now: datetime) -> Iterator[Finding]:
    """Everybody has a grid or a reason, never both; nobody stands in a grid that is no more."""
    e = enterprise.c
    unclear = sa.or_(
        e.grid_id.is_not(None) & e.unplaced_reason.is_not(None),
        e.grid_id.is_(None) & e.unplaced_reason.is_(None),
    )
    found = count(conn, enterprise, unclear)
    if found:
        yield Finding("placement_unclear", "error", {"count": found})
    retired = count(conn, enterprise.join(grid, grid.c.id == e.grid_id), ~grid.c.active)
    if retired:
        yield Finding("placed_in_retired", "error", {"count": retired})


def points(conn: sa.Connection, now: datetime) -> Iterator[Finding]:
    """Whom no steward has placed stands where the point lies in the stored shapes; without, by no point."""
    rows = conn.execute(shapes_in_force(now.date(), now)).all()
    if not rows:
        return
    shapes = from_wkb([row.geom for row in rows])
    locator = Locator(gpd.GeoDataFrame({"code": [row.code for row in rows]}, geometry=shapes, crs=4326))
    ids = np.array([row.id for row in rows], dtype=np.int64)
    e = enterprise.c
    placed = (
        sa.select(e.id, e.source_id, e.lon, e.lat, e.grid_id, e.basis)
        .where(e.basis.is_distinct_from("steward"))
        .order_by(e.id)
        .execution_options(yield_per=CHUNK)
    )
    wrong: list[str] = []
    for part in conn.execute(placed).partitions(CHUNK):
        lon, lat = (np.array([row[i] for row in part], dtype=np.float64) for i in (2, 3))
        at = locator.locate(lon, lat).grid
        inside = at >= 0
        right = np.where(inside, ids[at], -1)
        stored = np.array([-1 if row.grid_id is None else row.grid_id for row in part], dtype=np.int64)
        by_point = np.array([row.basis == "point" for row in part], dtype=bool)
        off = np.where(inside, (right != stored) | ~by_point, by_point)
        wrong.extend(row.source_id for row, is_off in zip(part, off.tolist(), strict=True) if is_off)
    if wrong:
        yield Finding("placement_off_shape", "error", {"count": len(wrong), "example": wrong[0]})


def shapes(conn: sa.Connection, now: datetime) -> Iterator[Finding]:
    """Active grids have a shape, retired ones have none."""
    shaped = {row.code for row in conn.execute(shapes_in_force(now.date(), now))}
    active = set(conn.execute(sa.select(grid.c.code).where(grid.c.active)).scalars())
    for code, codes in (("grid_without_shape", active - shaped), ("shape_of_retired", shaped - active)):
        if codes:
            yield Finding(code, "error", {"count": len(codes), "codes": ", ".join(sorted(codes)[:5])})


def officers(conn: sa.Connection, now: datetime) -> Iterator[Finding]:
    """At most one A-officer a grid; none is a warning, an error once officers are imported."""
    in_force = grid_officers_in_force(now.date(), now).subquery()
    bound = sa.select(in_force.c.grid_id).where(in_force.c.duty == "A", in_force.c.officer_id.is_not(None))
    bare = list(
        conn.execute(
            sa.select(grid.c.code).where(grid.c.active, grid.c.id.not_in(bound)).order_by(grid.c.code)
        ).scalars()
    )
    if bare:
        imported = conn.execute(sa.select(officer.c.id).limit(1)).first() is not None
        yield Finding(
            "grid_without_officer", "error" if imported else "warning",
            {"count": len(bare), "codes": ", ".join(bare[:5])},
        )  # fmt: skip
    # which one holds is told by the day, then by when it was recorded: two of one moment are two at once
    one, other = fact_grid_officer.alias("one"), fact_grid_officer.alias("other")
    same = [one.c[n] == other.c[n] for n in ("grid_id", "duty", "valid_from", "recorded_at")]
    rivals = one.join(other, sa.and_(*same, one.c.id < other.c.id)).join(grid, grid.c.id == one.c.grid_id)
    codes = conn.execute(
        sa.select(grid.c.code)
        .select_from(rivals)
        .where(one.c.duty == "A", one.c.officer_id != other.c.officer_id)
        .distinct()
        .order_by(grid.c.code)
    ).scalars()
    many = list(codes)
    if many:
        yield Finding("grid_with_many_officers", "error", {"count": len(many), "codes": ", ".join(many[:5])})
