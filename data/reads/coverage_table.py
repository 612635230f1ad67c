"""Coverage as a table by grid, district or category, computed from the facts for any day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from data.access import Viewer
from data.coverage import CoverageRow, coverage
from data.errors import NotFound
from data.plans import Period, Plan, headline, period_at, period_by_code, plan_by_code
from data.reads.labels import category_names
from data.reads.places import UNKNOWN_DISTRICT, district_names
from data.schema import grid

BY = ("grid", "district", "category")
COUNTS = ("due", "done", "on_time", "late", "closed_visited", "closed_unvisited", "recorded", "evidenced")


@dataclass(frozen=True)
class CoverageTable:
    """Rows with counts, and their total; rates are divided by who shows them."""

    plan: Plan
    period: Period | None
    as_of: date
    known_at: datetime
    rows: list[dict[str, Any]]
    total: dict[str, int]


def coverage_table(
    conn: sa.Connection,
    viewer: Viewer,
    plan_code: str | None,
    as_of: date,
    known_at: datetime,
    *,
    by: str = "grid",
    period: str | None = None,
    language: str,
) -> CoverageTable:
    """Compute coverage and add it up.

    Returns
    -------
    CoverageTable
        Each row: ``code, name, district, unplaced_reason`` and the counts. By grid, the unplaced of a
        district are rows of their own by reason (``code`` is None); by category, a missing one is None.
        Σ rows = total, whichever way it is added up.
    """
    # what was published under a plan that is retired since can still be computed
    plan = plan_by_code(conn, plan_code, known_at, retired=True) if plan_code else headline(conn, known_at)
    if plan is None:
        raise NotFound("plan_none")
    chosen = period_by_code(plan, period) if period else period_at(plan, as_of)
    found = coverage(conn, plan, as_of, known_at, viewer=viewer, period=period)
    rows = _added(found, _keys(conn, by, language))
    total = {name: sum(row[name] for row in rows) for name in COUNTS}
    return CoverageTable(plan, chosen, as_of, known_at, rows, total)


def _keys(conn: sa.Connection, by: str, language: str) -> Callable[[CoverageRow], tuple[Any, ...]]:
    """Return what a row is added up under: code, name, district, reason."""
    if by == "category":
        names = category_names(conn, language)
        return lambda row: (row.category, names.get(row.category or ""), None, None)
    if by == "district":
        districts = district_names(conn)
        return lambda row: (
            row.district_code or UNKNOWN_DISTRICT, districts.get(row.district_code), row.district_code, None
        )  # fmt: skip
    grids = {row.id: row for row in conn.execute(sa.select(grid.c.id, grid.c.code, grid.c.name))}

    def place(row: CoverageRow) -> tuple[Any, ...]:
        if row.grid_id is None:
            return (None, None, row.district_code, row.unplaced_reason)
        return (grids[row.grid_id].code, grids[row.grid_id].name, row.district_code, None)

    return place


def _added(found: list[CoverageRow], key: Callable[[CoverageRow], tuple[Any, ...]]) -> list[dict[str, Any]]:
    sums: dict[tuple[Any, ...], dict[str, int]] = {}
    for row in found:
        counts = sums.setdefault(key(row), dict.fromkeys(COUNTS, 0))
        for name in COUNTS:
            counts[name] += getattr(row, name)
    order = sorted(sums, key=lambda k: (k[0] is None, *(str(part or "") for part in k)))
    names = ("code", "name", "district", "unplaced_reason")
    return [{**dict(zip(names, k, strict=True)), **sums[k]} for k in order]
