"""Staged enterprises → enterprises with versions of their facts; only what differs is written."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from data.access import Right, Viewer
from data.errors import Conflict
from data.schema import BEGINNING, enterprise, licence, status
from data.store import filling
from data.writes.compare_enterprises import Diff, day_of, staged_values, staged_with_grids
from data.writes.grids import adopt_districts
from data.writes.import_licences import write_licences
from data.writes.imports import BatchInfo, Touched, open_batch
from data.writes.staged import changes, written
from data.writes.staged import enterprises as staged
from data.writes.versions import (
    ANALYSE_FROM,
    FACTS,
    GROUPS,
    add_versions,
    analyse,
    bring_current,
    differs,
    stamp,
)


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
    known_ids = sa.select(changes.c.enterprise_id).where(changes.c.is_new == 0)
    if diff.changed:
        bring_current(conn, now.date(), known_ids)
    if diff.inserted + diff.changed >= ANALYSE_FROM:
        analyse(conn, enterprise, *FACTS, licence)
    adopted = adopt_districts(conn) if diff.inserted + diff.changed else 0
    return batch_id, Touched(
        diff.inserted,
        diff.changed,
        diff.unchanged,
        enterprises=known_ids.union_all(sa.select(written.c.enterprise_id)),
        count=diff.inserted + diff.changed,
        taken=sa.select(staged.c.source_id),
        whole=adopted > 0,
    )


def _write(
    conn: sa.Connection, viewer: Viewer, source: str, batch_id: int, diff: Diff, now: datetime
) -> None:
    """Write the new enterprises, versions of whatever is new or differs, and licences."""
    _insert(conn, source, batch_id, viewer.user_id, now)
    new = _rows(new=True)
    origin = stamp(batch_id, viewer.user_id, now, "import")
    value = staged_values()
    today = sa.literal(now.date(), sa.Date)
    start = sa.literal(BEGINNING, sa.Date)
    for group, names in GROUPS.items():
        since = [staged.c.status_since] if group == "status" else []
        opened = [staged.c.opened_on] if group == "status" else []
        kept = [value[name].label(name) for name in names]
        first = sa.func.coalesce(*since, *opened, staged.c.valid_from, start)
        add_versions(conn, group, new.add_columns(first.label("valid_from"), *kept), origin, correction=False)
        if diff.changed:
            when = sa.func.coalesce(day_of(group), today)
            rows = _rows(new=False).where(changes.c[f"{group}_changed"] == 1)
            add_versions(
                conn, group, rows.add_columns(when.label("valid_from"), *kept), origin, correction=True
            )
    _infer_operating(conn, new, origin)
    write_licences(conn, batch_id, viewer.user_id, now)


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
    """Write the new enterprises, and note their ids beside their staged rows."""
    value = staged_values()
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
        .select_from(staged_with_grids().join(changes, changes.c.row_no == staged.c.row_no))
        .where(changes.c.is_new == 1)
        .order_by(staged.c.row_no)
    )
    conn.execute(sa.insert(enterprise).from_select(list(wanted), rows, include_defaults=False))
    new = sa.select(enterprise.c.row_no, enterprise.c.id).where(enterprise.c.batch_id == batch_id)
    conn.execute(sa.insert(written).from_select(["row_no", "enterprise_id"], new))


def _rows(*, new: bool) -> sa.Select[Any]:
    """Select the enterprise and row number of changed rows, from everything that values come from."""
    ids = written if new else changes
    rows = sa.select(ids.c.enterprise_id, staged.c.row_no).select_from(
        staged_with_grids().join(ids, ids.c.row_no == staged.c.row_no)
    )
    return rows if new else rows.where(changes.c.is_new == 0)


def _infer_operating(conn: sa.Connection, new: sa.Select[Any], origin: dict[str, Any]) -> None:
    """Whoever opened before the day of the status, or closed, operated until then.

    Without this, older figures would miss them.
    """
    start = sa.func.coalesce(staged.c.opened_on, staged.c.valid_from, sa.literal(BEGINNING, sa.Date))
    before = new.join(status, status.c.code == staged.c.status).where(
        sa.or_(~status.c.operating, staged.c.opened_on.is_not(None)), staged.c.status_since > start
    )
    rows = before.add_columns(start.label("valid_from"), sa.literal("operating").label("status"))
    add_versions(conn, "status", rows, {**origin, "reason": "inferred"}, correction=False)
