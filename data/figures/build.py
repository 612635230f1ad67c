"""Build all figures from the facts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from data.clock import EVERYTHING
from data.coverage import counts, enterprise_rows
from data.figures.meta import STATE_COLUMNS, lock, meta
from data.in_force import facts_in_force, single_versions
from data.plans import Period, Plan, all_plans, period_at
from data.profiles import profile_rows
from data.schema import (
    coverage_category,
    coverage_count,
    coverage_day,
    coverage_place,
    coverage_state,
    enterprise_profile,
    figures_meta,
)
from data.schema.figures import COUNTS
from data.store import filling, prepare_bulk


def build(conn: sa.Connection, *, as_of: date, now: datetime) -> None:
    """Build all figures for the day `as_of`; only what differs is written, readers are not held up."""
    prepare_bulk(conn)
    lock(conn, whole=True)
    facts_of: dict[date, sa.Table] = {}
    single = single_versions(conn)
    current = [(plan, period) for plan in all_plans(conn) if (period := period_at(plan, as_of))]
    fresh = _temporary(conn, "fresh_state", coverage_state)
    for plan, period in current:
        day = min(as_of, period.deadline)
        if day not in facts_of:
            facts = facts_in_force(day, EVERYTHING, single=single)
            facts_of[day] = _materialise(conn, f"facts_{len(facts_of)}", facts)
        rows = enterprise_rows(plan, period, as_of, EVERYTHING, facts=facts_of[day])
        conn.execute(sa.insert(fresh).from_select(STATE_COLUMNS, _states(plan, period, rows)))
    _replace(conn, coverage_state, fresh)
    _replace(conn, coverage_count, _fill(conn, "fresh_count", coverage_count, count_rows(current)))
    _replace(conn, coverage_place, _fill(conn, "fresh_place", coverage_place, [place_rows()]))
    _replace(conn, coverage_category, _fill(conn, "fresh_category", coverage_category, [category_rows()]))
    _replace(conn, coverage_day, _fill(conn, "fresh_day", coverage_day, day_rows(current)))
    _replace(conn, enterprise_profile, _fill(conn, "fresh_profile", enterprise_profile, [profile_rows()]))
    for table in (
        "fresh_state",
        "fresh_count",
        "fresh_place",
        "fresh_category",
        "fresh_day",
        "fresh_profile",
        *(t.name for t in facts_of.values()),
    ):
        conn.exec_driver_sql(f"DROP TABLE {table}")
    values = {"as_of": as_of, "built_at": now, "changed_at": now}
    raised = conn.execute(
        sa.update(figures_meta)
        .where(figures_meta.c.id == 1)
        .values(version=figures_meta.c.version + 1, **values)
    )
    if not raised.rowcount:
        conn.execute(sa.insert(figures_meta), {"id": 1, "version": 1, **values})


def rebuild(conn: sa.Connection, *, now: datetime) -> None:
    """Build all figures for the day they are of, today's only before the first build.

    Writes call this one: the day is moved by its change alone (`data.writes.day.begin_day`), which also
    lets facts dated for that day begin to hold.
    """
    lock(conn, whole=True)  # before the day is read: whoever holds it may be moving it
    known = meta(conn)
    build(conn, as_of=known.as_of if known else now.date(), now=now)


def _states(plan: Plan, period: Period, rows: sa.Select[Any]) -> sa.Select[Any]:
    row = rows.subquery()
    return sa.select(
        sa.literal(plan.id).label("plan_id"),
        row.c.enterprise_id,
        sa.literal(period.code).label("period"),
        *(row.c[name] for name in STATE_COLUMNS[3:]),
    )


def _place(grid_id: Any, district: Any, reason: Any) -> Any:
    """Key of a place in SQL; `place_key` says the same in Python."""
    part = sa.func.coalesce
    return part(sa.cast(grid_id, sa.String), "") + "/" + part(district, "") + "/" + part(reason, "")


def count_rows(current: Sequence[tuple[Plan, Period]]) -> list[sa.Select[Any]]:
    """Select the rows of ``coverage_count`` from the states, for each plan."""
    state = coverage_state
    place = (state.c.grid_id, state.c.district_code, state.c.unplaced_reason)
    kind = sa.func.coalesce(state.c.category, "")
    return [
        sa.select(
            state.c.plan_id, _place(*place).label("place"), kind.label("category"), state.c.period, *place,
            *counts(state, period.deadline),
        )
        .where(state.c.plan_id == plan.id)
        .group_by(state.c.plan_id, state.c.period, *place, kind)
        for plan, period in current
    ]  # fmt: skip


def place_rows() -> sa.Select[Any]:
    """Select the rows of ``coverage_place`` from the counts of each category."""
    return _sums("plan_id", "place", alike=("period", "grid_id", "district_code", "unplaced_reason"))


def category_rows() -> sa.Select[Any]:
    """Select the rows of ``coverage_category`` from the counts of each place."""
    return _sums("plan_id", "category", alike=("period",))


def _sums(*key: str, alike: Sequence[str]) -> sa.Select[Any]:
    count = coverage_count.c
    return sa.select(
        *(count[name] for name in key),
        *(sa.func.min(count[name]).label(name) for name in alike),
        # the sum of integers is wider than an integer on PostgreSQL
        *(sa.cast(sa.func.sum(count[name]), sa.Integer).label(name) for name in COUNTS),
    ).group_by(*(count[name] for name in key))


def day_rows(current: Sequence[tuple[Plan, Period]]) -> list[sa.Select[Any]]:
    """Select the rows of ``coverage_day`` from the states, for each plan."""
    state = coverage_state
    district = sa.func.coalesce(state.c.district_code, "")
    return [
        sa.select(
            state.c.plan_id,
            district.label("district_code"),
            state.c.done_on.label("day"),
            sa.func.count().label("done"),
        )
        .where(state.c.plan_id == plan.id, state.c.due, state.c.done_on.is_not(None))
        .group_by(state.c.plan_id, district, state.c.done_on)
        for plan, _period in current
    ]


def _temporary(conn: sa.Connection, name: str, like: sa.Table) -> sa.Table:
    copy = sa.Table(
        name, sa.MetaData(), *(sa.Column(c.name, c.type) for c in like.columns), prefixes=["TEMPORARY"]
    )
    copy.create(conn)
    return copy


def _materialise(conn: sa.Connection, name: str, query: sa.Select[Any]) -> sa.Table:
    columns = [sa.Column(c.name, c.type) for c in query.selected_columns]
    table = sa.Table(name, sa.MetaData(), *columns, prefixes=["TEMPORARY"])
    table.create(conn)
    conn.execute(sa.insert(table).from_select([c.name for c in columns], query))
    if conn.dialect.name == "postgresql":
        conn.exec_driver_sql(f"ANALYZE {name}")
    return table


def _fill(conn: sa.Connection, name: str, like: sa.Table, queries: Iterable[sa.Select[Any]]) -> sa.Table:
    table = _temporary(conn, name, like)
    for query in queries:
        conn.execute(sa.insert(table).from_select([c.name for c in query.selected_columns], query))
    return table


def _replace(conn: sa.Connection, table: sa.Table, fresh: sa.Table) -> None:
    """Make `table` equal to `fresh`, writing only rows that differ."""
    columns = [c.name for c in table.columns]
    keys = [c.name for c in table.primary_key]
    if conn.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first() is not None:
        if conn.dialect.name == "postgresql":
            conn.exec_driver_sql(f"ANALYZE {fresh.name}")
        conn.exec_driver_sql(f"CREATE UNIQUE INDEX key_{fresh.name} ON {fresh.name} ({', '.join(keys)})")
        same_key = sa.and_(*(fresh.c[k] == table.c[k] for k in keys))
        same = sa.and_(
            same_key, *(fresh.c[n].is_not_distinct_from(table.c[n]) for n in columns if n not in keys)
        )
        conn.execute(sa.delete(table).where(~sa.exists().where(same)))
        missing = sa.select(fresh).where(~sa.exists(sa.select(table.c[keys[0]]).where(same_key)))
    else:
        missing = sa.select(fresh)
    rows = conn.execute(sa.select(sa.func.count()).select_from(fresh)).scalar_one()
    with filling(conn, table, rows=rows):
        conn.execute(sa.insert(table).from_select(columns, missing))
    if conn.dialect.name == "postgresql":
        conn.exec_driver_sql(f"ANALYZE {table.name}")
