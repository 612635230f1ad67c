"""Which part of the world the wall's maps show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from math import cos, radians

import geopandas as gpd
import sqlalchemy as sa

from data.access import Right, Viewer
from data.schema import fact_grid_shape, grid
from geo.shapes import dense_window, from_wkb
from geo.window import Bounds

LARGE = 1500
"""Above so many grids a window is looked for among label points of every n-th grid."""


@dataclass(frozen=True)
class Picture:
    """West, south, east, north of the whole and, where the city has a dense centre, of its window."""

    bounds: Bounds
    window: Bounds | None

    @property
    def aspect(self) -> float:
        """Width ÷ height of the whole on the ground."""
        west, south, east, north = self.bounds
        return (east - west) * cos(radians((south + north) / 2)) / max(north - south, 1e-9)


def picture(
    conn: sa.Connection, viewer: Viewer, *, as_of: date, known_at: datetime, aspect: float = 1.0
) -> Picture | None:
    """Choose what the wall's maps show from the grids in the viewer's scope; None without any shape.

    Parameters
    ----------
    aspect : float
        Width ÷ height of the frame that the window is drawn in.
    """
    viewer.require(Right.FIGURES)
    fact = fact_grid_shape.c
    rank = sa.func.row_number().over(
        partition_by=fact.grid_id,
        order_by=(fact.valid_from.desc(), fact.recorded_at.desc(), fact.id.desc()),
    )
    ranked = (
        sa.select(fact.grid_id, fact.geom, rank.label("rank"))
        .join(grid, grid.c.id == fact.grid_id)
        .where(
            fact.valid_from <= as_of,
            fact.recorded_at <= known_at,
            viewer.scope.clause(grid.c.id, grid.c.district_code),
        )
        .subquery()
    )
    query = sa.select(ranked.c.geom).where(ranked.c.rank == 1, ranked.c.geom.is_not(None))
    blobs = list(conn.execute(query).scalars())
    if not blobs:
        return None
    shapes = gpd.GeoDataFrame(geometry=from_wkb(blobs))
    west, south, east, north = (float(value) for value in shapes.total_bounds)
    some = shapes if len(shapes) <= LARGE else shapes.iloc[:: -(-len(shapes) // LARGE)]
    return Picture((west, south, east, north), dense_window(some, aspect=aspect))
