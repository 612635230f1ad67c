"""What the figures say of themselves, and the lock that both ways of making them hold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from data.schema import figures_meta

LOCK = 0x66696775  # "figu": names our advisory lock on PostgreSQL
STATE_COLUMNS = (
    "plan_id", "enterprise_id", "period", "grid_id", "district_code", "unplaced_reason", "category", "due",
    "done_on", "grade",
)  # fmt: skip


@dataclass(frozen=True)
class Meta:
    """Of which day the figures are, when they were built, and their version."""

    as_of: date
    built_at: datetime
    changed_at: datetime
    version: int


def meta(conn: sa.Connection) -> Meta | None:
    """Return what the figures say of themselves; None before the first build."""
    table = figures_meta.c
    row = conn.execute(
        sa.select(table.as_of, table.built_at, table.changed_at, table.version).where(table.id == 1)
    ).one_or_none()
    return None if row is None else Meta(*row)


def touch(conn: sa.Connection, now: datetime) -> None:
    """Raise the version: something else that the screens show has changed (a lead, a problem)."""
    conn.execute(
        sa.update(figures_meta)
        .where(figures_meta.c.id == 1)
        .values(version=figures_meta.c.version + 1, changed_at=now)
    )


def lock(conn: sa.Connection, *, whole: bool) -> None:
    # SQLite's writer is alone anyway
    if conn.dialect.name == "postgresql":
        kind = "pg_advisory_xact_lock" if whole else "pg_advisory_xact_lock_shared"
        conn.exec_driver_sql(f"SELECT {kind}({LOCK})")


def place_key(grid_id: int | None, district: str | None, reason: str | None) -> str:
    """Return the key of a place in the tables of counts: a grid, or a district's unplaced by reason."""
    return f"{grid_id if grid_id is not None else ''}/{district or ''}/{reason or ''}"
