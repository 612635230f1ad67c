"""Which part of the world the wall's maps show."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, radians

import geopandas as gpd
import sqlalchemy as sa

from data.access import Right, Viewer
from data.reads.shapes import shapes_in_force
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


def picture(conn: sa.Connection, viewer: Viewer, *, aspect: float = 1.0) -> Picture | None:
    """Choose what the wall's maps show from the grids in the viewer's scope; None without any shape.

    Parameters
    ----------
    aspect : float
        Width ÷ height of the frame that the window is drawn in.
    """
    viewer.require(Right.FIGURES)
    all_shapes = shapes_in_force().subquery()
    query = sa.select(all_shapes.c.geom).where(viewer.scope.clause(all_shapes.c.id, all_shapes.c.district))
    blobs = list(conn.execute(query).scalars())
    if not blobs:
        return None
    shapes = gpd.GeoDataFrame(geometry=from_wkb(blobs))
    west, south, east, north = (float(value) for value in shapes.total_bounds)
    some = shapes if len(shapes) <= LARGE else shapes.iloc[:: -(-len(shapes) // LARGE)]
    return Picture((west, south, east, north), dense_window(some, aspect=aspect))
