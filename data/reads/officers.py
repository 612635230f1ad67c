"""Grids and who answers for them, for the administrator's page and its select boxes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa

from data.access import Right, Viewer, grid_officers_in_force
from data.clock import EVERYTHING
from data.schema import district, grid, officer, org


def grid_bindings(conn: sa.Connection, viewer: Viewer, *, as_of: date) -> list[dict[str, Any]]:
    """Return the active grids with their officers in force: ``code, name, district, A, A_id, B, B_id``."""
    viewer.require(Right.USERS)
    held = grid_officers_in_force(as_of, EVERYTHING).subquery()
    named = (
        sa.select(held.c.grid_id, held.c.duty, officer.c.id, officer.c.name)
        .join(officer, officer.c.id == held.c.officer_id)
        .order_by(held.c.grid_id)
    )
    by_grid: dict[tuple[int, str], Any] = {(r.grid_id, r.duty): r for r in conn.execute(named)}
    rows = conn.execute(
        sa.select(grid.c.id, grid.c.code, grid.c.name, district.c.name.label("district"))
        .outerjoin(district, district.c.code == grid.c.district_code)
        .where(grid.c.active)
        .order_by(grid.c.code)
    )
    made = []
    for row in rows:
        one = {"code": row.code, "name": row.name, "district": row.district}
        for duty in ("A", "B"):
            found = by_grid.get((row.id, duty))
            one |= {duty: found.name if found else None, f"{duty}_id": found.id if found else None}
        made.append(one)
    return made


def list_officers(conn: sa.Connection, viewer: Viewer) -> list[dict[str, Any]]:
    """Return the active officers ``id, name, badge, org`` by name."""
    viewer.require(Right.USERS)
    query = (
        sa.select(officer.c.id, officer.c.name, officer.c.badge, org.c.name.label("org"))
        .outerjoin(org, org.c.id == officer.c.org_id)
        .where(officer.c.active)
        .order_by(officer.c.name, officer.c.id)
    )
    return [dict(row) for row in conn.execute(query).mappings()]


class OfficerChoice(NamedTuple):
    """An officer who can be given work."""

    id: int
    name: str
    badge: str | None
    org: str | None


def officers_for_work(conn: sa.Connection, viewer: Viewer) -> list[OfficerChoice]:
    """Return the active officers for the select boxes of those who assign; own organisation first."""
    viewer.require(Right.ASSIGN)
    query = (
        sa.select(officer.c.id, officer.c.name, officer.c.badge, org.c.name)
        .outerjoin(org, org.c.id == officer.c.org_id)
        .where(officer.c.active)
        .order_by((officer.c.org_id == viewer.scope.org_id).desc().nulls_last(), officer.c.name, officer.c.id)
    )
    return [OfficerChoice(*row) for row in conn.execute(query)]


def given_to(conn: sa.Connection, told: Iterable[Mapping[str, Any] | None]) -> dict[int, str]:
    """Return the names of the officers to whom events handed work, by the ids that their details keep."""
    ids = {one for one in map(receiver, told) if one is not None}
    return dict(conn.execute(sa.select(officer.c.id, officer.c.name).where(officer.c.id.in_(ids))).all())


def receiver(details: Mapping[str, Any] | None) -> int | None:
    """Return to whom an event handed work: its ``officer``, the last of who had it and who has it."""
    kept = (details or {}).get("officer")
    last = kept[-1] if isinstance(kept, list) and kept else kept
    return last if isinstance(last, int) else None


def list_orgs(conn: sa.Connection, viewer: Viewer) -> list[dict[str, Any]]:
    """Return the organisations ``id, code, name, kind, parent_id`` by code."""
    viewer.require(Right.USERS)
    query = sa.select(org.c.id, org.c.code, org.c.name, org.c.kind, org.c.parent_id).order_by(org.c.code)
    return [dict(row) for row in conn.execute(query).mappings()]
