"""The versions of an enterprise's facts: what held from when, known since when, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from data.reads.masks import mask_details
from data.schema import BEGINNING, FACT_TABLES, batch, grid

_ORIGIN = frozenset(
    {"id", "enterprise_id", "valid_from", "reason", "batch_id", "row_no", "user_id", "recorded_at"}
)


@dataclass(frozen=True)
class FactVersion:
    """One version of a fact group.

    `valid_from` is None where the source gave no date: it holds from the beginning (起始日不详).
    `changed` names the values that differ from the version before it.
    """

    id: int
    group: str
    valid_from: date | None
    recorded_at: datetime
    reason: str | None
    batch_id: int | None
    filename: str | None
    row_no: int | None
    user_id: int | None
    values: dict[str, Any]
    changed: tuple[str, ...]
    in_force: bool


def fact_versions(conn: sa.Connection, enterprise_id: int, today: date) -> dict[str, list[FactVersion]]:
    """Return each group's versions, the one that counts most recently first, masked.

    The order is that of the rule of force: valid_from, then recorded_at, then id. In force on
    `today` is the first of them whose valid_from is not later.
    """
    codes = {row.id: row.code for row in conn.execute(_grids(enterprise_id))}
    return {
        group: _versions(conn, group, table, enterprise_id, today, codes)
        for group, table in FACT_TABLES.items()
    }


def _grids(enterprise_id: int) -> sa.Select[Any]:
    placement = FACT_TABLES["placement"]
    return (
        sa.select(grid.c.id, grid.c.code)
        .join(placement, placement.c.grid_id == grid.c.id)
        .where(placement.c.enterprise_id == enterprise_id)
    )


def _versions(
    conn: sa.Connection, group: str, table: sa.Table, enterprise_id: int, today: date, codes: dict[int, str]
) -> list[FactVersion]:
    names = [column.name for column in table.c if column.name not in _ORIGIN]
    query = (
        sa.select(table, batch.c.filename)
        .select_from(table.outerjoin(batch, batch.c.id == table.c.batch_id))
        .where(table.c.enterprise_id == enterprise_id)
        .order_by(table.c.valid_from, table.c.recorded_at, table.c.id)
    )
    found: list[FactVersion] = []
    before: dict[str, Any] | None = None
    rows = conn.execute(query).all()
    current = max((n for n, row in enumerate(rows) if row.valid_from <= today), default=None)
    for n, row in enumerate(rows):
        values = {name: getattr(row, name) for name in names}
        changed = () if before is None else tuple(k for k in names if values[k] != before[k])
        before = values
        shown = dict(values)
        if "details" in shown:
            shown["details"] = mask_details(shown["details"])
        if "grid_id" in shown:
            shown["grid_code"] = codes.get(shown["grid_id"])
        found.append(
            FactVersion(
                row.id, group, None if row.valid_from == BEGINNING else row.valid_from, row.recorded_at,
                row.reason, row.batch_id, row.filename, row.row_no, row.user_id, shown, changed, n == current,
            )
        )  # fmt: skip
    return found[::-1]
