"""How far a grid reaches, for a map that opens on it."""

from __future__ import annotations

import sqlalchemy as sa

from data.access import Right, Viewer
from data.schema import fact_grid_shape, grid
from geo.shapes import from_wkb


def grid_extent(conn: sa.Connection, viewer: Viewer, code: str) -> tuple[float, float, float, float] | None:
    """Return west, south, east, north of a grid's latest shape; None where it has none.

    Raises
    ------
    Denied
        Outside the viewer's scope.
    """
    viewer.require(Right.FIGURES)
    fact = fact_grid_shape.c
    row = conn.execute(
        sa.select(grid.c.id, grid.c.district_code, fact.geom)
        .select_from(grid.join(fact_grid_shape, fact.grid_id == grid.c.id))
        .where(grid.c.code == code, fact.geom.is_not(None))
        .order_by(fact.valid_from.desc(), fact.recorded_at.desc(), fact.id.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return None
    viewer.require_place(row.id, row.district_code)
    west, south, east, north = (float(value) for value in from_wkb([row.geom])[0].bounds)
    return west, south, east, north
