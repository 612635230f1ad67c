"""Shapes for the map: grids and districts simplified for a screen, with a version for caches."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from data.access import Right, Viewer
from data.reads.labels import setting
from data.schema import district, fact_grid_shape, grid

TOLERANCE_M = 25.0
RIVERS = Path(__file__).parents[1] / "reference" / "geography" / "shenyang_rivers.geojson"


def shapes_version(conn: sa.Connection, viewer: Viewer) -> str:
    """Return what changes when a grid's or district's shape or name does, or the viewer's part of them."""
    viewer.require(Right.FIGURES)
    facts = conn.execute(sa.select(sa.func.max(fact_grid_shape.c.id), sa.func.count())).one()
    names = conn.execute(
        sa.select(grid.c.code, grid.c.name, grid.c.active, grid.c.district_code).order_by(grid.c.id)
    ).all()
    areas = conn.execute(
        sa.select(district.c.code, district.c.name, sa.func.length(district.c.geom)).order_by(district.c.code)
    ).all()
    seen = "all" if viewer.scope.everything else sorted(viewer.scope.grids)
    said = repr((tuple(facts), [tuple(r) for r in names], [tuple(r) for r in areas], seen))
    return hashlib.sha256(said.encode()).hexdigest()[:16]


def grid_shapes(conn: sa.Connection, viewer: Viewer) -> dict[str, Any]:
    """Return the active grids in the viewer's scope as GeoJSON.

    Simplified together, so that shared edges stay shared; properties ``id, code, name, district``
    (a code), ``label`` ([lon, lat]) and ``radius_m`` of the circle that fits there; bounds in ``bbox``.
    """
    viewer.require(Right.FIGURES)
    rows = conn.execute(shapes_in_force()).all()
    kept = viewer.scope
    return _collection(rows, ("id", "code", "name", "district"), lambda r: kept.covers(r["id"], None))


def shapes_in_force() -> sa.Select[Any]:
    """Select ``id, code, name, district, geom`` (WKB, WGS 84) of the active grids that have a shape."""
    fact = fact_grid_shape
    rank = sa.func.row_number().over(
        partition_by=fact.c.grid_id,
        order_by=(fact.c.valid_from.desc(), fact.c.recorded_at.desc(), fact.c.id.desc()),
    )
    latest = sa.select(fact.c.grid_id, fact.c.geom, rank.label("rank")).subquery()
    return (
        sa.select(grid.c.id, grid.c.code, grid.c.name, grid.c.district_code.label("district"), latest.c.geom)
        .join(latest, sa.and_(latest.c.grid_id == grid.c.id, latest.c.rank == 1))
        .where(grid.c.active, latest.c.geom.is_not(None))
        .order_by(grid.c.code)
    )


def district_shapes(conn: sa.Connection, viewer: Viewer) -> dict[str, Any]:
    """Return the districts as GeoJSON: a map's ground, not data, so the same for everybody."""
    viewer.require(Right.FIGURES)
    rows = conn.execute(
        sa.select(district.c.code, district.c.name, district.c.geom)
        .where(district.c.geom.is_not(None))
        .order_by(district.c.code)
    ).all()
    return _collection(rows, ("code", "name"), lambda _: True)


def river_shapes(conn: sa.Connection, viewer: Viewer) -> dict[str, Any]:
    """Return the shipped rivers of the demo city; another city has none until it brings its own."""
    viewer.require(Right.FIGURES)
    if setting(conn, "demo") is None or not RIVERS.exists():
        return {"type": "FeatureCollection", "features": []}
    import geopandas as gpd

    from geo.shapes import from_wkb, to_geojson

    rivers = gpd.read_file(RIVERS)[["name", "geometry"]]
    ground = conn.execute(sa.select(district.c.geom).where(district.c.geom.is_not(None))).scalars().all()
    if ground:
        # a river that runs on into nothing is no help to the eye
        rivers = rivers.clip(gpd.GeoSeries(from_wkb(list(ground)).union_all(), crs=4326), keep_geom_type=True)
    return to_geojson(rivers, ("name",), precision=5)


def _collection(rows: Any, names: tuple[str, ...], keep: Any) -> dict[str, Any]:
    if not rows:
        return {"type": "FeatureCollection", "features": []}
    # geopandas takes a second to import: a server should answer before that
    import geopandas as gpd

    from geo.shapes import from_wkb, label_points, simplify_coverage, to_geojson

    table = gpd.GeoDataFrame(
        [{name: getattr(row, name) for name in names} for row in rows],
        geometry=list(from_wkb([row.geom for row in rows])),
        crs=4326,
    )
    simple = simplify_coverage(table, TOLERANCE_M)
    points = label_points(simple)
    made = to_geojson(simple, names, precision=5)
    for feature, (lon, lat, radius) in zip(made["features"], points.itertuples(index=False), strict=True):
        feature["properties"]["label"] = [round(float(lon), 5), round(float(lat), 5)]
        feature["properties"]["radius_m"] = round(float(radius))
    made["features"] = [f for f in made["features"] if keep(f["properties"])]
    made["bbox"] = [round(float(v), 5) for v in simple.total_bounds]
    return made
