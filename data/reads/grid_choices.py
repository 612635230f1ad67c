"""Into which grids a steward may put an enterprise, the nearest first."""

from __future__ import annotations

import math
from typing import NamedTuple

import sqlalchemy as sa

from data.access import Right, Viewer
from data.reads.enterprise import current_facts
from data.reads.shapes import shapes_in_force
from data.schema import district, grid


class GridChoice(NamedTuple):
    """A grid in use; `distance_m` in metres to its outline, 0 inside; None without a point or a shape."""

    code: str
    name: str
    district: str | None
    distance_m: float | None


def grid_choices(conn: sa.Connection, viewer: Viewer, enterprise_id: int) -> list[GridChoice]:
    """Return the grids in use, by distance from the enterprise's point, those without a distance by code.

    Raises
    ------
    Denied
        Without `Right.IMPORT`, or outside the viewer's scope.
    NotFound
        ``enterprise_unknown``.
    """
    viewer.require(Right.IMPORT)
    own = current_facts(conn, viewer, enterprise_id)
    query = (
        sa.select(grid.c.code, grid.c.name, district.c.name.label("district"))
        .outerjoin(district, district.c.code == grid.c.district_code)
        .where(grid.c.active)
        .order_by(grid.c.code)
    )
    away = {} if own["lon"] is None else _distances(conn, own["lon"], own["lat"])
    found = [GridChoice(*row, away.get(row.code)) for row in conn.execute(query)]
    return sorted(found, key=lambda one: math.inf if one.distance_m is None else one.distance_m)


def _distances(conn: sa.Connection, lon: float, lat: float) -> dict[str, float]:
    # loaded here: most readers of a file never place anything
    import geopandas as gpd

    from geo.crs import metric_crs
    from geo.shapes import from_wkb

    rows = conn.execute(shapes_in_force()).all()
    if not rows:
        return {}
    crs = metric_crs(lon, lat)
    shapes = gpd.GeoSeries(from_wkb([row.geom for row in rows]), crs=4326).to_crs(crs)
    point = gpd.GeoSeries.from_xy([lon], [lat], crs=4326).to_crs(crs).iloc[0]
    return dict(zip((row.code for row in rows), shapes.distance(point).tolist(), strict=True))
