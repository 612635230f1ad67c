"""Versions of facts: adding one, reaching past later ones, and the current row that follows them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from data.schema import (
    FACT_TABLES,
    enterprise,
    fact_identity,
    fact_placement,
    fact_point,
    fact_scopes,
    fact_status,
)

GROUPS: dict[str, tuple[str, ...]] = {
    "identity": ("name", "uscc", "category", "district_code", "address", "opened_on", "details"),
    "status": ("status",),
    "scopes": ("scopes", "tags", "risk_level"),
    "point": ("lon", "lat", "src_lon", "src_lat", "datum", "geo_source", "suspicion"),
    "placement": ("grid_id", "basis", "unplaced_reason", "distance_m", "declared_grid"),
}
"""Fact group → its value columns, the same in the fact table and in the current row."""

FACTS = (fact_identity, fact_status, fact_scopes, fact_point, fact_placement)


def differs(one: sa.ColumnElement[Any], other: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """Whether two values differ, null being a value like any other."""
    return one.is_distinct_from(other)


def any_differs(
    one: Mapping[str, sa.ColumnElement[Any]], other: sa.FromClause, names: tuple[str, ...]
) -> sa.ColumnElement[bool]:
    """Whether at least one of the named values differs from the other's column of that name."""
    return sa.or_(*(differs(one[name], other.c[name]) for name in names))


def latest_id(
    fact: sa.Table, enterprise_id: sa.ColumnElement[Any], day: sa.ColumnElement[Any]
) -> sa.ScalarSelect[Any]:
    """Select the id of the version in force on `day`, as known now."""
    inner = fact.alias()
    return (
        sa.select(inner.c.id)
        .where(inner.c.enterprise_id == enterprise_id, inner.c.valid_from <= day)
        .order_by(inner.c.valid_from.desc(), inner.c.recorded_at.desc(), inner.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )


def add_versions(
    conn: sa.Connection, group: str, rows: sa.Select[Any], origin: dict[str, Any], *, correction: bool
) -> None:
    """Add a version for each row, and rewrite every later version that it reaches past.

    Parameters
    ----------
    group : str
        Fact group, a key of `GROUPS`.
    rows : Select
        ``enterprise_id, valid_from, row_no`` and the values of the group.
    origin : dict
        ``batch_id``, ``user_id``, ``recorded_at``, ``reason`` of all of them.
    correction : bool
        False for new enterprises, which have no later versions.
    """
    fact = FACT_TABLES[group]
    wanted = rows.subquery()
    names = ("enterprise_id", "valid_from", "row_no", *GROUPS[group])
    if correction:
        theirs = sa.select(rows.subquery().c.enterprise_id)
        later = (
            sa.select(fact.c.enterprise_id, fact.c.valid_from)
            .where(fact.c.enterprise_id.in_(theirs))
            .distinct()
            .subquery()
        )
        rewritten = sa.select(
            *(later.c.valid_from if name == "valid_from" else wanted.c[name] for name in names),
            *(sa.literal(value, fact.c[name].type).label(name) for name, value in origin.items()),
        ).join_from(
            wanted,
            later,
            (later.c.enterprise_id == wanted.c.enterprise_id) & (later.c.valid_from > wanted.c.valid_from),
        )
        conn.execute(sa.insert(fact).from_select([*names, *origin], rewritten, include_defaults=False))
    added = sa.select(
        *(wanted.c[name] for name in names),
        *(sa.literal(value, fact.c[name].type).label(name) for name, value in origin.items()),
    )
    conn.execute(sa.insert(fact).from_select([*names, *origin], added, include_defaults=False))


def bring_current(
    conn: sa.Connection, today: date, ids: sa.Select[Any] | None = None, groups: tuple[str, ...] = ()
) -> int:
    """Make the current rows equal to the versions in force on `today`; return how many groups changed.

    Parameters
    ----------
    ids : Select, optional
        One column of enterprise ids to look at; without it all are.
    groups : tuple of str
        Fact groups to look at; none: all.
    """
    changed = 0
    for group in groups or tuple(GROUPS):
        fact = FACT_TABLES[group]
        names = GROUPS[group]
        rank = sa.func.row_number().over(
            partition_by=fact.c.enterprise_id,
            order_by=(fact.c.valid_from.desc(), fact.c.recorded_at.desc(), fact.c.id.desc()),
        )
        ranked = sa.select(
            fact.c.enterprise_id, *(fact.c[name] for name in names), rank.label("place")
        ).where(fact.c.valid_from <= today)
        if ids is not None:
            ranked = ranked.where(fact.c.enterprise_id.in_(ids))
        latest = ranked.subquery()
        values = {name: latest.c[name] for name in names}
        done = conn.execute(
            sa.update(enterprise)
            .values(**values, version=enterprise.c.version + 1)
            .where(
                latest.c.enterprise_id == enterprise.c.id,
                latest.c.place == 1,
                any_differs(values, enterprise, names),
            )
        )
        changed += done.rowcount
    return changed


def out_of_step(conn: sa.Connection, today: date) -> list[tuple[int, str]]:
    """Return ``(enterprise id, group)`` of current rows that differ from the versions in force."""
    found: list[tuple[int, str]] = []
    for group, names in GROUPS.items():
        fact = FACT_TABLES[group]
        values = {name: fact.c[name] for name in names}
        rows = conn.execute(
            sa.select(enterprise.c.id)
            .select_from(enterprise)
            .outerjoin(fact, fact.c.id == latest_id(fact, enterprise.c.id, sa.literal(today, sa.Date)))
            .where(any_differs(values, enterprise, names))
            .limit(100)
        ).scalars()
        found.extend((row, group) for row in rows)
    return found


def analyse(conn: sa.Connection, *tables: sa.Table) -> None:
    """Tell PostgreSQL's planner what a large batch has put in, before figures are built from it."""
    if conn.dialect.name == "postgresql":
        conn.exec_driver_sql(f"ANALYZE {', '.join(table.name for table in tables)}")


ANALYSE_FROM = 1_000
"""Rows of a batch from which on the planner should know of it at once."""


def stamp(batch_id: int | None, user_id: int | None, now: datetime, reason: str) -> dict[str, Any]:
    """Return the origin of versions as `add_versions` takes it."""
    return {"batch_id": batch_id, "user_id": user_id, "recorded_at": now, "reason": reason}
