"""The organisation tree, with what hangs on each of its nodes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from data.access import Right, Viewer
from data.schema import district, grid, officer, org, user


@dataclass(frozen=True)
class OrgRow:
    """One organisation; `depth` is 0 at the top, `below` counts the grids of it and of all below it."""

    id: int
    code: str
    name: str
    kind: str
    parent: str | None
    district: str | None
    district_name: str | None
    depth: int
    children: int
    grids: int
    below: int
    officers: int
    accounts: int


def organisations(conn: sa.Connection, viewer: Viewer) -> list[OrgRow]:
    """Return the tree, each node before those below it, brothers by code; outside the scope nothing.

    Raises
    ------
    Denied
        Without `Right.MASTER`.
    """
    viewer.require(Right.MASTER)
    query = sa.select(
        org.c.id, org.c.code, org.c.name, org.c.kind, org.c.parent_id, org.c.district_code,
        district.c.name.label("district_name"),
    ).outerjoin(district, district.c.code == org.c.district_code)  # fmt: skip
    rows = {row.id: row for row in conn.execute(query.order_by(org.c.code))}
    children: dict[int | None, list[int]] = {}
    for row in rows.values():
        children.setdefault(row.parent_id, []).append(row.id)
    hanging = {
        "grids": _count(conn, grid, grid.c.active),
        "officers": _count(conn, officer, officer.c.active),
        "accounts": _count(conn, user, user.c.active),
    }
    found: list[OrgRow] = []

    def walk(number: int, depth: int, seen: frozenset[int]) -> int:
        row, place = rows[number], len(found)
        own = {name: counts.get(number, 0) for name, counts in hanging.items()}
        below = own["grids"]
        found.append(
            OrgRow(
                number, row.code, row.name, row.kind,
                rows[row.parent_id].code if row.parent_id in rows else None,
                row.district_code, row.district_name, depth, len(children.get(number, ())),
                below=0, **own,
            )
        )  # fmt: skip
        for child in children.get(number, ()):
            if child not in seen:
                below += walk(child, depth + 1, seen | {child})
        found[place] = OrgRow(**{**vars(found[place]), "below": below})
        return below

    if viewer.scope.everything:
        tops = children.get(None, [])
    else:
        tops = [number for number in rows if number == viewer.scope.org_id]
    for top in tops:
        walk(top, 0, frozenset({top}))
    return found


def list_districts(conn: sa.Connection, viewer: Viewer) -> list[tuple[str, str]]:
    """Return code and name of the districts, to choose from."""
    viewer.require(Right.MASTER)
    return [tuple(row) for row in conn.execute(sa.select(district.c.code, district.c.name).order_by("code"))]


def _count(conn: sa.Connection, table: sa.Table, *where: Any) -> dict[int, int]:
    query = sa.select(table.c.org_id, sa.func.count()).where(table.c.org_id.is_not(None), *where)
    return dict(conn.execute(query.group_by(table.c.org_id)).all())
