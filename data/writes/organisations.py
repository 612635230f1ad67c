"""The organisation tree, from a file or by a steward's hand; where something hangs decides who sees it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from data import audit, figures
from data.access import Right, Viewer
from data.errors import Conflict, NotFound, Refused
from data.schema import district, grid, officer, org, user, wall_token
from data.writes.upsert import Comparison, by_hand, compare, ids_by_code, stored_rows, write_rows

Rows = Sequence[dict[str, Any]]
ORG_FIELDS = ("name", "kind", "parent", "district")
RANKS = {"bureau": 0, "district": 1, "station": 2}
"""Kind → its height in the tree; an organisation hangs below a higher one."""
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
_HANGING = {"grids": grid, "officers": officer, "accounts": user, "walls": wall_token}


def stored_orgs(conn: sa.Connection) -> dict[str, dict[str, Any]]:
    """Return code → ``code, id, name, kind, parent, district``; parents by their codes."""
    above = org.alias("above")
    select = (
        sa.select(
            org.c.code,
            org.c.id,
            org.c.name,
            org.c.kind,
            above.c.code.label("parent"),
            org.c.district_code.label("district"),
        )
        .outerjoin(above, above.c.id == org.c.parent_id)
        .order_by(org.c.id)
    )
    return stored_rows(conn, select, ["code"])


def compare_orgs(conn: sa.Connection, rows: Rows, _source: str, _now: datetime) -> Comparison:
    """Compare organisations by code; parents by their codes."""
    return compare(rows, stored_orgs(conn), ["code"], ORG_FIELDS)


def write_orgs(conn: sa.Connection, found: Comparison, origin: Mapping[str, Any], _source: str) -> None:
    """Write the organisations that are new or differ."""

    def plain(row: dict[str, Any]) -> dict[str, Any]:
        return {n: row[n] for n in ("code", "name", "kind")} | {"district_code": row["district"]}

    write_rows(conn, org, found, ["code"], plain, origin)
    ids = ids_by_code(conn, org)  # parents may stand after their children in the file
    for row in (*found.new, *found.changed):
        conn.execute(sa.update(org).where(org.c.code == row["code"]).values(parent_id=ids.get(row["parent"])))


def tree_fault(code: str, parents: Mapping[str, str | None]) -> Refused | None:
    """Return what is wrong with the place of `code` in the tree: a parent that is not there, or a ring.

    Parameters
    ----------
    parents : mapping
        Code → parent's code of the whole tree as it would be.
    """
    parent = parents[code]
    if parent is not None and parent not in parents:
        return Refused("org_parent_unknown", field="parent", found=parent)
    above = chain(parent, parents)
    return Refused("org_ring", field="parent", found=parent) if code in above else None


def second_root(row: Mapping[str, Any], orgs: Mapping[str, Mapping[str, Any]]) -> Refused | None:
    """Return what is wrong with a bureau below nothing beside another one in `orgs`: the root sees all.

    Of several roots in `orgs`, by code, the first is the root.
    """
    roots = (one for one in orgs.values() if one["kind"] == "bureau" and one["parent"] is None)
    root = next(roots, row)
    if row["kind"] != "bureau" or row["parent"] is not None or row["code"] == root["code"]:
        return None
    return Refused("org_second_root", field="kind", found=root["name"])


def chain(code: str | None, parents: Mapping[str, str | None]) -> list[str]:
    """Return `code` and all above it, nearest first; a ring is walked once."""
    found: list[str] = []
    while code is not None and code not in found:
        found.append(code)
        code = parents.get(code)
    return found


def add_org(conn: sa.Connection, viewer: Viewer, row: Mapping[str, Any], *, now: datetime) -> None:
    """Add an organisation: ``code`` and `ORG_FIELDS`.

    Raises
    ------
    Denied
        Without `Right.IMPORT`.
    Refused
        ``org_code_bad``, ``org_code_taken`` and as `change_org`.
    """
    viewer.require(Right.IMPORT)
    orgs = _locked(conn)
    wanted = _tidy(row)
    code = wanted["code"]
    if not _CODE.fullmatch(code):
        raise Refused("org_code_bad", field="code", found=code)
    if code in orgs:
        raise Refused("org_code_taken", field="code", found=code)
    _check(conn, wanted, orgs)
    write_orgs(conn, Comparison(new=[wanted]), by_hand(viewer.user_id, now), "")
    figures.touch(conn, now)
    audit.append(conn, viewer, "org.add", "org", code, now=now, after={n: wanted[n] for n in ORG_FIELDS})


def change_org(
    conn: sa.Connection, viewer: Viewer, row: Mapping[str, Any], seen: Mapping[str, Any], *, now: datetime
) -> bool:
    """Rename or move an organisation, or change what it answers for.

    Whoever belongs to an organisation sees what hangs below it: moving one changes that from this moment
    on, also for what was found before. The audit row says who gained and who lost.

    Parameters
    ----------
    row : mapping
        ``code`` and `ORG_FIELDS` as they shall be.
    seen : mapping
        `ORG_FIELDS` as the editor saw them.

    Returns
    -------
    bool
        False if nothing differs.

    Raises
    ------
    Denied
        Without `Right.IMPORT`.
    NotFound
        ``org_gone``.
    Refused
        ``name_missing``; ``choice_bad``; ``org_parent_missing``, ``org_parent_unknown``, ``org_parent_kind``,
        ``org_ring``, ``org_second_root``, ``org_child_kind``: it cannot hang there; ``district_unknown``.
    Conflict
        ``changed_meanwhile``: somebody else was first; the row as it is now is in ``params["theirs"]``.
    """
    viewer.require(Right.IMPORT)
    orgs = _locked(conn)
    wanted = _tidy(row)
    code = wanted["code"]
    stored = _seen(orgs, code, seen)
    changed = [name for name in ORG_FIELDS if stored[name] != wanted[name]]
    if not changed:
        return False
    _check(conn, wanted, orgs, stored)
    effect = _effect(conn, orgs, wanted) if set(changed) - {"name"} else {}
    write_orgs(conn, Comparison(changed=[wanted]), by_hand(viewer.user_id, now), "")
    figures.touch(conn, now)
    audit.append(
        conn, viewer, "org.change", "org", code, now=now,
        before={n: stored[n] for n in changed}, after={n: wanted[n] for n in changed}, **effect,
    )  # fmt: skip
    return True


def delete_org(
    conn: sa.Connection, viewer: Viewer, code: str, seen: Mapping[str, Any], *, now: datetime
) -> None:
    """Delete an organisation on which nothing hangs.

    Raises
    ------
    Denied, NotFound, Conflict
        As `change_org`.
    Refused
        ``org_in_use``: how many organisations, grids, officers, accounts and walls hang on it.
    """
    viewer.require(Right.IMPORT)
    orgs = _locked(conn)
    stored = _seen(orgs, code, seen)
    counted = {"orgs": sum(one["parent"] == code for one in orgs.values())}
    for name, table in _HANGING.items():
        query = sa.select(sa.func.count()).select_from(table).where(table.c.org_id == stored["id"])
        counted[name] = conn.execute(query).scalar_one()
    if any(counted.values()):
        raise Refused("org_in_use", name=stored["name"], **counted)
    conn.execute(sa.delete(org).where(org.c.id == stored["id"]))
    figures.touch(conn, now)
    audit.append(conn, viewer, "org.delete", "org", code, now=now, before={n: stored[n] for n in ORG_FIELDS})


def _locked(conn: sa.Connection) -> dict[str, dict[str, Any]]:
    conn.execute(sa.select(org.c.id).order_by(org.c.id).with_for_update())
    return stored_orgs(conn)


def _seen(orgs: Mapping[str, dict[str, Any]], code: str, seen: Mapping[str, Any]) -> dict[str, Any]:
    if code not in orgs:
        raise NotFound("org_gone", found=code)
    stored = orgs[code]
    if any(stored[name] != seen.get(name) for name in ORG_FIELDS):
        raise Conflict("changed_meanwhile", theirs={name: stored[name] for name in ORG_FIELDS})
    return stored


def _tidy(row: Mapping[str, Any]) -> dict[str, Any]:
    made = {name: (str(row[name]).strip() if row[name] else None) or None for name in ORG_FIELDS}
    return {"code": str(row["code"] or "").strip(), **made}


def _check(
    conn: sa.Connection,
    wanted: Mapping[str, Any],
    orgs: Mapping[str, dict[str, Any]],
    stored: Mapping[str, Any] | None = None,
) -> None:
    code, kind, parent = wanted["code"], wanted["kind"], wanted["parent"]
    if not wanted["name"]:
        raise Refused("name_missing", field="name")
    if kind not in RANKS:
        raise Refused("choice_bad", field="kind", known=", ".join(RANKS), found=kind)
    parents = {one: row["parent"] for one, row in orgs.items()} | {code: parent}
    if fault := tree_fault(code, parents):
        raise fault
    # what a file has brought as it is may be renamed as it is
    if stored is None or (kind, parent) != (stored["kind"], stored["parent"]):
        _check_rank(wanted, orgs)
    known = sa.select(district.c.code).where(district.c.code == wanted["district"])
    if wanted["district"] is not None and conn.execute(known).first() is None:
        raise Refused("district_unknown", field="district", found=wanted["district"])


def _check_rank(wanted: Mapping[str, Any], orgs: Mapping[str, dict[str, Any]]) -> None:
    code, kind, parent = wanted["code"], wanted["kind"], wanted["parent"]
    others = [row for one, row in orgs.items() if one != code]
    if kind == "bureau":
        if fault := second_root({**wanted, "parent": None}, {row["code"]: row for row in others}):
            raise fault
        if parent is not None:
            raise Refused("org_parent_kind", field="parent", found=orgs[parent]["name"])
    elif parent is None:
        raise Refused("org_parent_missing", field="parent")
    elif RANKS.get(orgs[parent]["kind"], 0) >= RANKS[kind]:
        raise Refused("org_parent_kind", field="parent", found=orgs[parent]["name"])
    for row in others:
        if row["parent"] == code and RANKS.get(row["kind"], 9) <= RANKS[kind]:
            raise Refused("org_child_kind", field="kind", found=row["name"])


def _effect(
    conn: sa.Connection, orgs: Mapping[str, dict[str, Any]], wanted: Mapping[str, Any]
) -> dict[str, Any]:
    """Return whose scope changes: organisations that gain and lose, the grids and accounts concerned."""
    code = wanted["code"]
    before = {one: row["parent"] for one, row in orgs.items()}
    after = before | {code: wanted["parent"]}
    old, new = chain(before[code], before), chain(after[code], after)
    moved = [orgs[one]["id"] for one in orgs if code in chain(one, before)]
    lost, gained = [one for one in old if one not in new], [one for one in new if one not in old]
    concerned = [orgs[one]["id"] for one in (*lost, *gained)]
    if orgs[code]["district"] != wanted["district"] or orgs[code]["kind"] != wanted["kind"]:
        concerned += [orgs[one]["id"] for one in chain(code, before)]

    def number(table: sa.Table, ids: list[int], *where: sa.ColumnElement[bool]) -> int:
        query = sa.select(sa.func.count()).select_from(table).where(table.c.org_id.in_(ids), *where)
        return int(conn.execute(query).scalar_one())

    return {
        "scopes": {
            "gained": gained,
            "lost": lost,
            "grids": number(grid, moved),
            "accounts": number(user, concerned, user.c.active),
            "walls": number(wall_token, concerned, wall_token.c.revoked_at.is_(None)),
        }
    }
