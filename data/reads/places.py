"""Where things lie, said once for all reads: the place of an enterprise, a problem and a lead."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from data.access import Right, Viewer
from data.in_force import district_of
from data.schema import district, enterprise, grid, lead

UNKNOWN_DISTRICT = "unknown"
"""Stands for 区县不详 where a district's code is asked for (filters, addresses)."""

own_grid = grid.alias("own_grid")
"""The grid an enterprise lies in now."""

LEAD_GRID: sa.ColumnElement[Any] = sa.func.coalesce(enterprise.c.grid_id, lead.c.grid_id)
"""A lead lies where its enterprise lies, else where it was received for. Needs `enterprise` joined."""

LEAD_DISTRICT: sa.ColumnElement[Any] = district_of(
    LEAD_GRID,
    own_grid.c.district_code,
    sa.func.coalesce(enterprise.c.district_code, lead.c.district_code),
)

DISTRICT: sa.ColumnElement[Any] = district_of(
    enterprise.c.grid_id, own_grid.c.district_code, enterprise.c.district_code
)
"""District of an enterprise, as coverage counts it; null is 区县不详."""


def with_place(source: sa.FromClause | None = None) -> sa.FromClause:
    """Join the enterprises (or `source`, which contains them) with the grid they lie in."""
    return (enterprise if source is None else source).outerjoin(
        own_grid, own_grid.c.id == enterprise.c.grid_id
    )


def leads_with_place() -> sa.FromClause:
    """Join leads with their enterprise and the grid they lie in."""
    return lead.outerjoin(enterprise, enterprise.c.id == lead.c.enterprise_id).outerjoin(
        own_grid, own_grid.c.id == LEAD_GRID
    )


def enterprise_scope(viewer: Viewer) -> sa.ColumnElement[bool]:
    """Return the condition that keeps enterprises inside the viewer's scope, by where they lie now."""
    return viewer.scope.clause(enterprise.c.grid_id, enterprise.c.district_code, enterprise.c.id)


def lead_scope(viewer: Viewer) -> sa.ColumnElement[bool]:
    """Return the condition that keeps leads inside the viewer's scope; needs `leads_with_place`."""
    inside = viewer.scope.clause(LEAD_GRID, LEAD_DISTRICT, lead.c.enterprise_id)
    if viewer.officer_id is None or not viewer.may(Right.HANDLE):
        return inside
    return sa.or_(inside, lead.c.officer_id == viewer.officer_id)  # given by name, wherever it lies


def in_district(column: sa.ColumnElement[Any], code: str) -> sa.ColumnElement[bool]:
    """Whether a district column is `code`; `UNKNOWN_DISTRICT` asks for null."""
    return column.is_(None) if code == UNKNOWN_DISTRICT else column == code


def district_names(conn: sa.Connection) -> dict[str | None, str]:
    """Return code → name of the districts."""
    return {code: name for code, name in conn.execute(sa.select(district.c.code, district.c.name))}  # noqa: C416 - dict() reads a result as a mapping
