"""How far a grid, a district or all of it reaches, for a map that shows it."""

from __future__ import annotations

import sqlalchemy as sa

from data.access import Right, Viewer
from data.reads.places import UNKNOWN_DISTRICT
from data.reads.shapes import shapes_in_force
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


def district_extent(
    conn: sa.Connection, viewer: Viewer, code: str | None
) -> tuple[float, float, float, float] | None:
    """Return west, south, east, north of a district's grids in scope; None where none has a shape.

    Parameters
    ----------
    code : str or None
        A district, ``"unknown"`` for grids without one; None: all grids.
    """
    viewer.require(Right.FIGURES)
    query = shapes_in_force()
    if code is not None:
        query = query.where(grid.c.district_code == (None if code == UNKNOWN_DISTRICT else code))
    shapes = [row.geom for row in conn.execute(query) if viewer.scope.covers(row.id, row.district)]
    if not shapes:
        return None
    west, south, east, north = (float(value) for value in from_wkb(shapes).total_bounds)
    return west, south, east, north
