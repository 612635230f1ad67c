"""Staged enterprises → enterprises with versions of their facts; only what differs is written."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from data.access import Right, Viewer
from data.errors import Conflict
from data.schema import BEGINNING, enterprise, grid, licence, status
from data.store import filling
from data.writes.details import keep_details
from data.writes.grids import adopt_districts
from data.writes.import_licences import licence_stored, write_licences
from data.writes.imports import BatchInfo, Touched, open_batch
from data.writes.staged import changes
from data.writes.staged import enterprises as staged
from data.writes.versions import (
    ANALYSE_FROM,
    FACTS,
    GROUPS,
    add_versions,
    analyse,
    any_differs,
    bring_current,
    differs,
    latest_id,
    stamp,
)

SOURCE_POINT = ("src_lon", "src_lat", "datum", "geo_source")
"""What of a point the source says; the rest is derived from the grids and follows it."""


@dataclass(frozen=True)
class Diff:
    """What a batch would do: counts, per field how many change, and a few examples."""

    inserted: int
    changed: int
    unchanged: int
    fields: dict[str, int]
    samples: list[dict[str, Any]]


def _values() -> dict[str, sa.ColumnElement[Any]]:
    """Return the staged value of each column of an enterprise; needs `_joined`."""
    names = [name for group in GROUPS.values() for name in group if name != "grid_id"]
    return {**{name: staged.c[name] for name in names}, "grid_id": grid.c.id}


def _joined() -> sa.Join:
    return sa.outerjoin(staged, grid, grid.c.code == staged.c.grid_code)


def keep_absent(
    conn: sa.Connection, source: str, names: Collection[str], keys: Collection[str] | None = None
) -> None:
    """Fill columns that the file does not have at all with what is stored: unknown is not empty.

    `keys` are the details that the file has; None: all there are.
    """
    kept = [name for name in names if name in staged.c and name in enterprise.c]
    if "src_lon" in kept or "src_lat" in kept:
        kept += ["lon", "lat", "suspicion"]
    if kept:
        conn.execute(
            sa.update(staged)
            .values({name: enterprise.c[name] for name in dict.fromkeys(kept)})
            .where(enterprise.c.source == source, enterprise.c.source_id == staged.c.source_id)
        )
    if keys is not None:
        stored = sa.select(enterprise.c.source_id.label("code"), enterprise.c.details)
        keep_details(conn, staged, stored.where(enterprise.c.source == source).subquery(), keys)


def compare(conn: sa.Connection, source: str, today: date) -> Diff:
    """Fill the staged changes: which rows are new, and which fact groups of the others differ.

    Runs before the write lock is taken; `publish` refuses if somebody wrote in between.
    """
    value, day = _values(), sa.literal(today, sa.Date)
    tables = _joined().outerjoin(
        enterprise, (enterprise.c.source == source) & (enterprise.c.source_id == staged.c.source_id)
    )
    flags: dict[str, sa.ColumnElement[bool]] = {}
    for group, fact in zip(GROUPS, FACTS, strict=True):
        names = SOURCE_POINT if group == "point" else GROUPS[group]
        if group == "placement":
            break
        since = (
            sa.func.coalesce(staged.c.status_since, staged.c.valid_from)
            if group == "status"
            else (staged.c.valid_from)
        )
        # a dated row also says what held on that day; an undated one only what holds now
        then = fact.alias(f"then_{group}")
        tables = tables.outerjoin(
            then,
            since.is_not(None)
            & enterprise.c.id.is_not(None)
            & (then.c.id == latest_id(fact, enterprise.c.id, since)),
        )
        flags[group] = sa.or_(
            sa.and_(sa.or_(since.is_(None), since <= day), any_differs(value, enterprise, names)),
            sa.and_(since.is_not(None), any_differs(value, then, names)),
        )
    # placements follow the point and the declared grid; new shapes move others, not this import
    flags["placement"] = sa.and_(
        sa.or_(flags["point"], differs(staged.c.declared_grid, enterprise.c.declared_grid)),
        differs(enterprise.c.basis, sa.literal("steward")),
    )
    flags["licence"] = sa.and_(staged.c.licence_number.is_not(None), ~licence_stored())
    bits = [sa.case((flag, 1), else_=0).label(f"{name}_changed") for name, flag in flags.items()]
    compared = (
        sa.select(staged.c.row_no, enterprise.c.id.label("enterprise_id"), enterprise.c.version, *bits)
        .select_from(tables)
        .subquery()
    )
    conn.execute(
        sa.insert(changes).from_select(
            [c.name for c in compared.c],
            sa.select(compared).where(
                sa.or_(compared.c.enterprise_id.is_(None), *(compared.c[b.name] == 1 for b in bits))
            ),
        )
    )
    return _diff(conn)


def _diff(conn: sa.Connection) -> Diff:
    rows = conn.execute(sa.select(sa.func.count()).select_from(staged)).scalar_one()
    new = conn.execute(
        sa.select(sa.func.count()).select_from(changes).where(changes.c.enterprise_id.is_(None))
    ).scalar_one()
    value = _values()
    tables = (
        _joined()
        .join(changes, changes.c.row_no == staged.c.row_no)
        .join(enterprise, enterprise.c.id == changes.c.enterprise_id)
    )
    shown = {
        name: (group, differs(value[name], enterprise.c[name]) & (changes.c[f"{group}_changed"] == 1))
        for group in ("identity", "status", "scopes", "point", "placement")
        for name in (SOURCE_POINT if group == "point" else GROUPS[group])
    }
    counted = sa.select(
        sa.func.count(),
        *(sa.func.coalesce(sa.func.sum(sa.case((d, 1), else_=0)), 0).label(n) for n, (_, d) in shown.items()),
        sa.func.coalesce(sa.func.sum(changes.c.licence_changed), 0).label("licence"),
    ).select_from(tables)
    total, *counts = conn.execute(counted).one()
    fields = {n: int(c) for n, c in zip([*shown, "licence"], counts, strict=True) if c}
    samples = [
        {"field": name, **row._mapping}
        for name in fields
        if name != "licence"
        for row in conn.execute(
            sa.select(
                staged.c.source_id, staged.c.row_no.label("line"), enterprise.c[name].label("before"),
                sa.type_coerce(value[name], enterprise.c[name].type).label("after"),
            ).select_from(tables).where(shown[name][1]).order_by(staged.c.row_no).limit(5)
        )
    ]  # fmt: skip
    return Diff(new, total, rows - new - total, fields, samples)


def publish(
    conn: sa.Connection, viewer: Viewer, info: BatchInfo, diff: Diff, *, now: datetime
) -> tuple[int, Touched]:
    """Write what `compare` found; the caller closes the batch in the same transaction.

    Raises
    ------
    Conflict
        ``import_moved``: somebody changed one of these enterprises since they were compared.
    """
    viewer.require(Right.IMPORT)
    batch_id = open_batch(conn, viewer, info, now=now)
    _refuse_moved(conn, info.source)
    with filling(conn, enterprise, *FACTS, licence, rows=diff.inserted):
        _write(conn, viewer, info.source, batch_id, diff, now)
    touched_ids = sa.select(enterprise.c.id).join(
        staged, (enterprise.c.source == info.source) & (enterprise.c.source_id == staged.c.source_id)
    ).join(changes, changes.c.row_no == staged.c.row_no)  # fmt: skip
    if diff.changed:
        bring_current(conn, now.date(), touched_ids.where(changes.c.enterprise_id.is_not(None)))
    if diff.inserted + diff.changed >= ANALYSE_FROM:
        analyse(conn, enterprise, *FACTS, licence)
    adopted = adopt_districts(conn) if diff.inserted + diff.changed else 0
    return batch_id, Touched(
        diff.inserted,
        diff.changed,
        diff.unchanged,
        enterprises=touched_ids,
        count=diff.inserted + diff.changed,
        taken=sa.select(staged.c.source_id),
        whole=adopted > 0,
    )


def _write(
    conn: sa.Connection, viewer: Viewer, source: str, batch_id: int, diff: Diff, now: datetime
) -> None:
    """Write the new enterprises, versions of whatever is new or differs, and licences."""
    _insert(conn, source, batch_id, viewer.user_id, now)
    new = _rows(source, new=True)
    origin = stamp(batch_id, viewer.user_id, now, "import")
    value = _values()
    today = sa.literal(now.date(), sa.Date)
    start = sa.literal(BEGINNING, sa.Date)
    for group, names in GROUPS.items():
        since = [staged.c.status_since] if group == "status" else []
        opened = [staged.c.opened_on] if group == "status" else []
        kept = [value[name].label(name) for name in names]
        first = sa.func.coalesce(*since, *opened, staged.c.valid_from, start)
        add_versions(conn, group, new.add_columns(first.label("valid_from"), *kept), origin, correction=False)
        if diff.changed:
            when = sa.func.coalesce(*since, staged.c.valid_from, today)
            rows = _rows(source, new=False).where(changes.c[f"{group}_changed"] == 1)
            add_versions(
                conn, group, rows.add_columns(when.label("valid_from"), *kept), origin, correction=True
            )
    _infer_operating(conn, new, origin)
    write_licences(conn, source, batch_id, viewer.user_id, now)


def _refuse_moved(conn: sa.Connection, source: str) -> None:
    moved = conn.execute(
        sa.select(sa.func.count())
        .select_from(changes)
        .join(staged, staged.c.row_no == changes.c.row_no)
        .outerjoin(
            enterprise, (enterprise.c.source == source) & (enterprise.c.source_id == staged.c.source_id)
        )
        .where(differs(enterprise.c.version, changes.c.version))
    ).scalar_one()
    if moved:
        raise Conflict("import_moved", count=moved)


def _insert(conn: sa.Connection, source: str, batch_id: int, user_id: int | None, now: datetime) -> None:
    value = _values()
    extra = {
        "source": sa.literal(source),
        "source_id": staged.c.source_id,
        "version": sa.literal(1),
        "batch_id": sa.literal(batch_id),
        "row_no": staged.c.row_no,
        "user_id": sa.literal(user_id, enterprise.c.user_id.type),
        "recorded_at": sa.literal(now, enterprise.c.recorded_at.type),
    }
    wanted = {**value, **extra}
    rows = (
        sa.select(*(expression.label(name) for name, expression in wanted.items()))
        .select_from(_joined().join(changes, changes.c.row_no == staged.c.row_no))
        .where(changes.c.enterprise_id.is_(None))
        .order_by(staged.c.row_no)
    )
    conn.execute(sa.insert(enterprise).from_select(list(wanted), rows, include_defaults=False))


def _rows(source: str, *, new: bool) -> sa.Select[Any]:
    """Select the enterprise and row number of changed rows, from everything that values come from."""
    tables = (
        _joined()
        .join(changes, changes.c.row_no == staged.c.row_no)
        .join(enterprise, (enterprise.c.source == source) & (enterprise.c.source_id == staged.c.source_id))
    )
    condition = changes.c.enterprise_id.is_(None) if new else changes.c.enterprise_id.is_not(None)
    return (
        sa.select(enterprise.c.id.label("enterprise_id"), staged.c.row_no)
        .select_from(tables)
        .where(condition)
    )


def _infer_operating(conn: sa.Connection, new: sa.Select[Any], origin: dict[str, Any]) -> None:
    """Whoever closed on a known day operated before it: without this, older figures would miss them."""
    start = sa.func.coalesce(staged.c.opened_on, staged.c.valid_from, sa.literal(BEGINNING, sa.Date))
    before = new.join(status, status.c.code == staged.c.status).where(
        ~status.c.operating, staged.c.status_since.is_not(None), staged.c.status_since > start
    )
    rows = before.add_columns(start.label("valid_from"), sa.literal("operating").label("status"))
    add_versions(conn, "status", rows, {**origin, "reason": "inferred"}, correction=False)
