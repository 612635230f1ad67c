"""The tables that ship with the product: categories, statuses, plans, the chain's beginning."""

from __future__ import annotations

import csv
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from data.audit import GENESIS
from data.schema import audit_head, category, plan, status
from data.store import upgrade, writing
from data.writes.plans import keep_versions

REFERENCE = Path(__file__).parents[1] / "reference"


def rows(name: str) -> list[dict[str, str]]:
    """Return the rows of a shipped table ``data/reference/<name>.csv``."""
    with (REFERENCE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def create_database(engine: sa.Engine, *, now: datetime) -> None:
    """Bring the schema up to date and add the shipped rows that are not there yet, as known at `now`.

    A plan that a steward has changed stays as it is; nothing is overwritten.
    """
    upgrade(engine)
    with writing(engine) as conn:
        if conn.execute(sa.select(audit_head.c.id)).first() is None:
            conn.execute(sa.insert(audit_head), {"id": 1, "seq": 0, "hash": GENESIS})
        _add_missing(conn, category, [_category(r) for r in rows("categories")])
        _add_missing(conn, status, [{**r, "operating": r["operating"] == "1"} for r in rows("statuses")])
        plans = [{**_plan(r), "recorded_at": now} for r in rows("plans")]
        keep_versions(conn, _add_missing(conn, plan, plans))


def _add_missing(conn: sa.Connection, table: sa.Table, wanted: list[dict[str, Any]]) -> list[str]:
    """Add the rows whose codes are not there yet; return those codes."""
    present = set(conn.execute(sa.select(table.c.code)).scalars())
    new = [row for row in wanted if row["code"] not in present]
    if new:
        conn.execute(sa.insert(table), new)
    return [row["code"] for row in new]


def _category(row: dict[str, str]) -> dict[str, Any]:
    return {**row, "parent": row["parent"] or None, "sort": int(row["sort"])}


def _plan(row: dict[str, str]) -> dict[str, Any]:
    made: dict[str, Any] = {key: value or None for key, value in row.items()}
    for name in ("categories", "scopes", "tags", "kinds"):
        made[name] = tuple(part for part in row[name].split(";") if part)
    for name in ("visits", "first_year", "deadline_month", "deadline_day", "sort"):
        made[name] = int(row[name]) if row[name] else None
    return {**made, "headline": row["headline"] == "1"}
