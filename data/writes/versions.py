"""Versions of facts: adding one, reaching past later ones, and the current row that follows them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
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

UNITS: dict[str, tuple[tuple[str, ...], ...]] = {
    **{group: tuple((name,) for name in GROUPS[group]) for group in ("identity", "status", "scopes")},
    **{group: (GROUPS[group],) for group in ("point", "placement")},
}
"""Fact group → its columns by what changes together: half a point is none."""

FACTS = (fact_identity, fact_status, fact_scopes, fact_point, fact_placement)


def differs(one: sa.ColumnElement[Any], other: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """Whether two values differ, null being a value like any other."""
    return one.is_distinct_from(other)


def any_differs(
    one: Mapping[str, sa.ColumnElement[Any]], other: Mapping[str, sa.ColumnElement[Any]],
    names: Iterable[str],
) -> sa.ColumnElement[bool]:  # fmt: skip
    """Whether at least one of the named values differs from the other's of that name."""
    return sa.or_(*(differs(one[name], other[name]) for name in names))


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
    """Add a version for each row, and carry what it changes into the later versions that it reaches past.

    Parameters
    ----------
    group : str
        Fact group, a key of `GROUPS`.
    rows : Select
        ``enterprise_id, valid_from, row_no`` and the values of the group; one row an enterprise.
    origin : dict
        ``batch_id``, ``user_id``, ``recorded_at``, ``reason`` of all of them.
    correction : bool
        False for new enterprises, which have no later versions.
    """
    fact = FACT_TABLES[group]
    wanted = rows.subquery()
    names = ("enterprise_id", "valid_from", "row_no", *GROUPS[group])
    if correction:
        carried = _carried(fact, group, wanted).subquery()
        conn.execute(_insert(fact, carried, names, origin))
    conn.execute(_insert(fact, wanted, names, origin))


def _insert(fact: sa.Table, rows: sa.Subquery, names: tuple[str, ...], origin: dict[str, Any]) -> sa.Insert:
    values = sa.select(
        *(rows.c[name] for name in names),
        *(sa.literal(value, fact.c[name].type).label(name) for name, value in origin.items()),
    )
    return sa.insert(fact).from_select([*names, *origin], values, include_defaults=False)


def _carried(fact: sa.Table, group: str, wanted: sa.Subquery) -> sa.Select[Any]:
    """Select the later versions that go on with what a correction changes, as they are with it.

    A later version goes on with a value as long as neither it nor one between says another: an address
    that was put right for January holds in the version of June, whose news was the name, but a status
    that ended in March is not taken up again in June.
    """
    old, later = fact.alias("old"), fact.alias("later")
    newest = sa.func.row_number().over(
        partition_by=(later.c.enterprise_id, later.c.valid_from),
        order_by=(later.c.recorded_at.desc(), later.c.id.desc()),
    )
    theirs = sa.select(wanted.c.enterprise_id)
    standing = sa.select(later, newest.label("place")).where(later.c.enterprise_id.in_(theirs)).subquery()
    goes_on = []
    for number, unit in enumerate(UNITS[group]):
        differs_once = sa.func.max(
            sa.case((any_differs(dict(standing.c), dict(old.c), unit), 1), else_=0)
        ).over(partition_by=standing.c.enterprise_id, order_by=standing.c.valid_from)
        changed = any_differs(dict(wanted.c), dict(old.c), unit)
        goes_on.append(sa.case((changed, 1 - differs_once), else_=0).label(f"goes_on_{number}"))
    seen = (
        sa.select(
            standing.c.enterprise_id, standing.c.valid_from, wanted.c.row_no,
            *(standing.c[name].label(f"own_{name}") for name in GROUPS[group]),
            *(wanted.c[name].label(f"new_{name}") for name in GROUPS[group]),
            *goes_on,
        )
        .select_from(wanted)
        .join(standing, standing.c.enterprise_id == wanted.c.enterprise_id)
        # without a version on that day nothing was taken over from it
        .join(old, old.c.id == latest_id(fact, wanted.c.enterprise_id, wanted.c.valid_from))
        .where(standing.c.place == 1, standing.c.valid_from > wanted.c.valid_from)
        .subquery()
    )  # fmt: skip
    values = {
        name: sa.case((seen.c[f"goes_on_{number}"] == 1, seen.c[f"new_{name}"]), else_=seen.c[f"own_{name}"])
        for number, unit in enumerate(UNITS[group])
        for name in unit
    }
    return sa.select(
        seen.c.enterprise_id, seen.c.valid_from, seen.c.row_no,
        *(value.label(name) for name, value in values.items()),
    ).where(sa.or_(*(seen.c[part.name] == 1 for part in goes_on)))  # fmt: skip


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
                any_differs(values, dict(enterprise.c), names),
            )
        )
        changed += done.rowcount
    return changed


def out_of_step(conn: sa.Connection, today: date) -> list[tuple[int, str]]:
    """Return ``(enterprise id, group)`` of current rows that differ from the versions in force.

    Where the first version begins to hold on a later day, it is what the current row announces.
    """
    found: list[tuple[int, str]] = []
    for group, names in GROUPS.items():
        fact = FACT_TABLES[group]
        later = fact.alias("later")
        announced = fact.c.id.is_(None) & sa.exists().where(later.c.enterprise_id == enterprise.c.id)
        values = {name: fact.c[name] for name in names}
        rows = conn.execute(
            sa.select(enterprise.c.id)
            .select_from(enterprise)
            .outerjoin(fact, fact.c.id == latest_id(fact, enterprise.c.id, sa.literal(today, sa.Date)))
            .where(any_differs(values, dict(enterprise.c), names), ~announced)
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
