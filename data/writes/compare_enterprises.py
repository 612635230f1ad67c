"""Staged enterprises against what is stored: which are new, and what differs of the others.

A dated row says what held from its day on, so it is compared with the versions in force on that day; an
undated one says what holds now, and is compared with the current row. Later truth is thereby never
undone by an older list, and a list that is imported again changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from data.schema import FACT_TABLES, enterprise, grid
from data.writes.details import keep_details
from data.writes.import_licences import licence_stored
from data.writes.staged import changes
from data.writes.staged import enterprises as staged
from data.writes.versions import GROUPS, any_differs, differs, latest_id

SOURCE_POINT = ("src_lon", "src_lat", "datum", "geo_source")
"""What of a point the source says; the rest is derived from the grids and follows it."""
COMPARED = {**GROUPS, "point": SOURCE_POINT, "placement": ("declared_grid",)}
"""Fact group → the columns of which the source speaks."""


@dataclass(frozen=True)
class Diff:
    """What a batch would do: counts, per field how many change, and a few examples."""

    inserted: int
    changed: int
    unchanged: int
    fields: dict[str, int]
    samples: list[dict[str, Any]]


def staged_values() -> dict[str, sa.ColumnElement[Any]]:
    """Return the staged value of each column of an enterprise; needs `staged_with_grids`."""
    names = [name for group in GROUPS.values() for name in group if name != "grid_id"]
    return {**{name: staged.c[name] for name in names}, "grid_id": grid.c.id}


def staged_with_grids() -> sa.Join:
    """Join the staged rows to the grids that they lie in."""
    return sa.outerjoin(staged, grid, grid.c.code == staged.c.grid_code)


def day_of(group: str) -> sa.ColumnElement[Any]:
    """Return the day from which a staged row says the group holds; null: it says what holds now."""
    if group == "status":
        return sa.func.coalesce(staged.c.status_since, staged.c.valid_from)
    return staged.c.valid_from


def _stored(source: str) -> tuple[sa.Join, dict[str, dict[str, sa.ColumnElement[Any]]]]:
    """Join staged rows to the enterprises that are stored; return also what is held of each on its day."""
    known = (enterprise.c.source == source) & (enterprise.c.source_id == staged.c.source_id)
    tables = staged_with_grids().join(enterprise, known)
    held: dict[str, dict[str, sa.ColumnElement[Any]]] = {}
    for group, names in GROUPS.items():
        fact, since = FACT_TABLES[group], day_of(group)
        then = fact.alias(f"then_{group}")
        # in a CASE, so that it is looked up for the dated rows alone
        version = sa.case((since.is_not(None), latest_id(fact, enterprise.c.id, since)))
        tables = tables.outerjoin(then, then.c.id == version)
        held[group] = {n: sa.case((since.is_(None), enterprise.c[n]), else_=then.c[n]) for n in names}
    return tables, held


def keep_absent(
    conn: sa.Connection, source: str, names: Collection[str], keys: Collection[str] | None = None
) -> None:
    """Fill columns that the file does not have at all with what is held on a row's day.

    `keys` are the details that the file has; None: all there are. Unknown is not empty.
    """
    tables, held = _stored(source)
    kept = {name for name in names if name in staged.c}
    if {"src_lon", "src_lat"} & kept:
        kept |= {"lon", "lat", "suspicion"}
    of = {name: value for group in held.values() for name, value in group.items()}
    filled = {name: of[name].label(name) for name in of if name in kept}
    if filled:
        found = sa.select(staged.c.row_no, *filled.values()).select_from(tables).subquery()
        conn.execute(
            sa.update(staged)
            .values({name: found.c[name] for name in filled})
            .where(staged.c.row_no == found.c.row_no)
        )
    if keys is not None:
        details = sa.type_coerce(of["details"], enterprise.c.details.type).label("details")
        stored = sa.select(staged.c.source_id.label("code"), details).select_from(tables)
        keep_details(conn, staged, stored.subquery(), keys)


def compare(conn: sa.Connection, source: str) -> Diff:
    """Fill the staged changes: which rows are new, and which fact groups of the others differ.

    Runs before the write lock is taken; `publish` refuses if somebody wrote in between.
    """
    known = sa.exists().where(enterprise.c.source == source, enterprise.c.source_id == staged.c.source_id)
    licensed = sa.case((staged.c.licence_number.is_not(None), 1), else_=0)
    new = sa.select(staged.c.row_no, sa.literal(1), *(sa.literal(1) for _ in GROUPS), licensed).where(~known)
    conn.execute(sa.insert(changes).from_select(["row_no", "is_new", *CHANGED], new))
    value = staged_values()
    tables, held = _stored(source)
    flags = {group: any_differs(value, held[group], COMPARED[group]) for group in GROUPS}
    # placements follow the point and the declared grid; new shapes move others, not this import
    flags["placement"] = sa.and_(
        sa.or_(flags["point"], flags["placement"]), differs(held["placement"]["basis"], sa.literal("steward"))
    )
    flags["licence"] = sa.and_(staged.c.licence_number.is_not(None), ~licence_stored())
    bits = [sa.case((flags[name.removesuffix("_changed")], 1), else_=0).label(name) for name in CHANGED]
    compared = (
        sa.select(
            staged.c.row_no, sa.literal(0).label("is_new"), enterprise.c.id, enterprise.c.version, *bits
        )
        .select_from(tables)
        .subquery()
    )
    conn.execute(
        sa.insert(changes).from_select(
            ["row_no", "is_new", "enterprise_id", "version", *CHANGED],
            sa.select(compared).where(sa.or_(*(compared.c[name] == 1 for name in CHANGED))),
        )
    )
    return _diff(conn, source)


CHANGED = tuple(f"{name}_changed" for name in (*GROUPS, "licence"))


def _diff(conn: sa.Connection, source: str) -> Diff:
    def count(table: sa.Table, *where: sa.ColumnElement[bool]) -> int:
        return int(conn.execute(sa.select(sa.func.count()).select_from(table).where(*where)).scalar_one())

    rows, new = count(staged), count(changes, changes.c.is_new == 1)
    total = count(changes, changes.c.is_new == 0)
    if not total:
        return Diff(new, 0, rows - new, {}, [])
    value = staged_values()
    tables, held = _stored(source)
    joined = tables.join(changes, changes.c.row_no == staged.c.row_no)
    # of a placement the grid is shown as well: it follows the point
    columns = {**COMPARED, "placement": GROUPS["placement"]}
    shown = {
        name: (group, differs(value[name], held[group][name]) & (changes.c[f"{group}_changed"] == 1))
        for group, names in columns.items()
        for name in names
    }
    counted = sa.select(
        *(sa.func.coalesce(sa.func.sum(sa.case((d, 1), else_=0)), 0).label(n) for n, (_, d) in shown.items()),
        sa.func.coalesce(sa.func.sum(changes.c.licence_changed), 0).label("licence"),
    ).select_from(joined)
    counts = conn.execute(counted).one()
    fields = {n: int(c) for n, c in zip([*shown, "licence"], counts, strict=True) if c}
    samples = [
        {"field": name, **row._mapping}
        for name in fields
        if name != "licence"
        for row in conn.execute(
            sa.select(
                staged.c.source_id, staged.c.row_no.label("line"),
                sa.type_coerce(held[shown[name][0]][name], enterprise.c[name].type).label("before"),
                sa.type_coerce(value[name], enterprise.c[name].type).label("after"),
            ).select_from(joined).where(shown[name][1]).order_by(staged.c.row_no).limit(5)
        )
    ]  # fmt: skip
    return Diff(new, total, rows - new - total, fields, samples)
