"""Refresh the figures of some enterprises, row by row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from data.clock import EVERYTHING
from data.coverage import EVIDENCED, RECORDED, rows_between
from data.figures.meta import STATE_COLUMNS, lock, meta, place_key, touch
from data.in_force import facts_in_force
from data.plans import Period, Plan, all_plans, period_at
from data.profiles import profile_rows
from data.schema import (
    UtcTime,
    coverage_category,
    coverage_count,
    coverage_day,
    coverage_place,
    coverage_state,
    enterprise,
    enterprise_profile,
)
from data.schema.figures import COUNTS
from data.store import inserting

COUNTED = (coverage_count, coverage_place, coverage_category)
"""Tables of the same counts, by place and category, by place, and by category."""


def _asked(alone: bool) -> list[sa.BindParameter[int]] | sa.BindParameter[int]:
    """Return how the ids stand in a statement; one alone, as after a visit, leaves its text as it is."""
    if alone:
        return [sa.bindparam("id", type_=sa.BigInteger)]
    return sa.bindparam("ids", expanding=True, type_=sa.BigInteger)


def _bound(ids: Sequence[int]) -> dict[str, Any]:
    return {"id": ids[0]} if len(ids) == 1 else {"ids": ids}


@lru_cache(maxsize=64)
def _rows_statement(plans: tuple[tuple[Plan, int], ...], alone: bool) -> sa.CompoundSelect[Any]:
    """Put together the rows of all plans as one statement, with the facts of each day read once.

    Putting it together costs more than running it, so it is kept for the next visit.

    Parameters
    ----------
    plans : tuple of (Plan, int)
        Each plan with the number of the day D on which its facts hold.
    alone : bool
        For one enterprise.
    """
    known_at = sa.bindparam("known_at", type_=UtcTime)
    ids = _asked(alone)

    def day(name: str) -> sa.BindParameter[date]:
        return sa.bindparam(name, type_=sa.Date)

    facts = {
        number: facts_in_force(day(f"day_{number}"), known_at, ids).cte(f"facts_{number}")
        for number in sorted({number for _, number in plans})
    }
    parts = []
    for plan, number in plans:
        rows = rows_between(
            plan,
            day=day(f"day_{number}"),
            start=day(f"start_{plan.id}"),
            until=day(f"until_{plan.id}"),
            opened_by=day(f"opened_by_{plan.id}") if plan.opened_by else None,
            known_at=known_at,
            enterprise_ids=ids,
            facts=facts[number],
        ).subquery()
        parts.append(sa.select(sa.literal_column(str(plan.id)).label("plan_id"), *rows.c))
    return sa.union_all(*parts)


@lru_cache(maxsize=2)
def _profiles_statement(alone: bool) -> sa.Select[Any]:
    return profile_rows(_asked(alone))


def refresh(conn: sa.Connection, enterprise_ids: Collection[int], *, now: datetime) -> None:
    """Bring the figures of some enterprises up to date, for the day the figures are of.

    Call it in the transaction that changed the facts, before its audit row. Without figures (before
    the first build) there is nothing to do.
    """
    ids = sorted(set(enterprise_ids))
    if not ids:
        return
    lock(conn, whole=False)  # before the day is read: whoever builds the figures may be moving it
    known = meta(conn)
    if known is None:
        return
    if conn.dialect.name == "postgresql":
        # two visits to one enterprise: the second waits, and sees what the first has changed; the weaker
        # lock, because both hold the one that a foreign key takes
        conn.execute(
            sa.select(enterprise.c.id)
            .where(enterprise.c.id.in_(ids))
            .order_by(enterprise.c.id)
            .with_for_update(key_share=True)
        )
    current = [(plan, period) for plan in all_plans(conn) if (period := period_at(plan, known.as_of))]
    before = {
        (row.plan_id, row.enterprise_id): tuple(row)
        for row in conn.execute(
            sa.select(*(coverage_state.c[n] for n in STATE_COLUMNS)).where(
                coverage_state.c.enterprise_id.in_(ids)
            )
        )
    }
    after = _rows_now(conn, current, known.as_of, ids)
    gone = [key for key in before if before[key] != after.get(key)]
    new = [key for key in after if after[key] != before.get(key)]
    _write_states(conn, gone, [after[key] for key in new])
    deadlines = {plan.id: period.deadline for plan, period in current}
    changes = [(before[key], -1) for key in gone] + [(after[key], 1) for key in new]
    _add_counts(conn, changes, deadlines)
    _add_days(conn, changes)
    _refresh_profiles(conn, ids)
    touch(conn, now)


def _rows_now(
    conn: sa.Connection, current: Sequence[tuple[Plan, Period]], as_of: date, ids: list[int]
) -> dict[tuple[int, int], tuple[Any, ...]]:
    """Return (plan, enterprise) → the row of ``coverage_state`` as the definition has it now."""
    if not current:
        return {}
    bound: dict[str, Any] = {"known_at": EVERYTHING, **_bound(ids)}
    days: list[date] = []
    plans = []
    for plan, period in current:
        day = min(as_of, period.deadline)
        if day not in days:
            days.append(day)
            bound[f"day_{len(days) - 1}"] = day
        plans.append((plan, days.index(day)))
        bound |= {f"start_{plan.id}": period.start, f"until_{plan.id}": min(as_of, period.end)}
        if plan.opened_by:
            bound[f"opened_by_{plan.id}"] = plan.opened_by_day(period)
    codes = {plan.id: period.code for plan, period in current}
    return {
        (row.plan_id, row.enterprise_id): (row.plan_id, row.enterprise_id, codes[row.plan_id], *row[2:])
        for row in conn.execute(_rows_statement(tuple(plans), len(ids) == 1), bound)
    }


def _write_states(conn: sa.Connection, gone: list[tuple[int, int]], new: list[tuple[Any, ...]]) -> None:
    if gone:
        conn.execute(
            sa.delete(coverage_state).where(
                coverage_state.c.plan_id == sa.bindparam("p"),
                coverage_state.c.enterprise_id == sa.bindparam("e"),
            ),
            [{"p": plan_id, "e": enterprise_id} for plan_id, enterprise_id in gone],
        )
    if new:
        conn.execute(sa.insert(coverage_state), [dict(zip(STATE_COLUMNS, row, strict=True)) for row in new])


def _add_counts(
    conn: sa.Connection, changes: list[tuple[tuple[Any, ...], int]], deadlines: dict[int, date]
) -> None:
    totals: dict[str, dict[tuple[Any, ...], Counter[str]]] = {t.name: {} for t in COUNTED}
    places: dict[str, dict[str, Any]] = {}
    periods: dict[int, str] = {}
    for row, sign in changes:
        plan_id, _, period, grid_id, district, reason, kind, due, done_on, grade = row
        deadline = deadlines.get(plan_id, date.max)
        done = due and done_on is not None
        flags = {
            "due": due,
            "done": done,
            "on_time": done and done_on <= deadline,
            "late": done and done_on > deadline,
            "closed_visited": not due and done_on is not None,
            "closed_unvisited": not due and done_on is None,
            "recorded": done and (grade or 0) >= RECORDED,
            "evidenced": done and (grade or 0) >= EVIDENCED,
        }
        place = place_key(grid_id, district, reason)
        places[place] = {"grid_id": grid_id, "district_code": district, "unplaced_reason": reason}
        periods[plan_id] = period
        key = {"plan_id": plan_id, "place": place, "category": kind or ""}
        for table in COUNTED:
            own = tuple(key[c.name] for c in table.primary_key)
            totals[table.name].setdefault(own, Counter()).update(
                {name: sign * bool(flag) for name, flag in flags.items()}
            )
    for table in COUNTED:
        keys = [c.name for c in table.primary_key]
        rows = [
            dict(zip(keys, key, strict=True)) | total | {"period": periods[key[0]]}
            # in one order, so that two writers never wait for each other in a ring
            for key, total in sorted(totals[table.name].items())
            if any(total.values())
        ]
        if "place" in keys:
            rows = [row | places[row["place"]] for row in rows]
        _add(conn, table, rows, COUNTS)
        _drop_empty(conn, table, rows, ("due", "closed_visited", "closed_unvisited"))


def _add_days(conn: sa.Connection, changes: list[tuple[tuple[Any, ...], int]]) -> None:
    totals: Counter[tuple[int, str, date]] = Counter()
    for row, sign in changes:
        plan_id, _, _, _, district, _, _, due, done_on, _ = row
        if due and done_on is not None:
            totals[plan_id, district or "", done_on] += sign
    rows = [
        {"plan_id": plan_id, "district_code": district, "day": day, "done": number}
        for (plan_id, district, day), number in sorted(totals.items())
        if number
    ]
    _add(conn, coverage_day, rows, ("done",))
    _drop_empty(conn, coverage_day, rows, ("done",))


def _add(conn: sa.Connection, table: sa.Table, rows: list[dict[str, Any]], added: Sequence[str]) -> None:
    """Insert rows of counts, or add their counts to those that are there."""
    if rows:
        conn.execute(_summed(conn.dialect, table, tuple(added)), rows)


@lru_cache(maxsize=16)
def _summed(dialect: sa.Dialect, table: sa.Table, added: tuple[str, ...]) -> Any:
    statement = inserting(dialect, table)
    return statement.on_conflict_do_update(
        index_elements=[c.name for c in table.primary_key],
        set_={name: table.c[name] + statement.excluded[name] for name in added},
    )


def _drop_empty(
    conn: sa.Connection, table: sa.Table, rows: list[dict[str, Any]], counts: Sequence[str]
) -> None:
    """Delete those of the rows that count nothing any more."""
    lowered = [row for row in rows if any(row[name] < 0 for name in counts)]
    if not lowered:
        return
    keys = [c.name for c in table.primary_key]
    conn.execute(
        sa.delete(table).where(
            *(table.c[name] == sa.bindparam(f"key_{name}") for name in keys),
            *(table.c[name] == 0 for name in counts),
        ),
        [{f"key_{name}": row[name] for name in keys} for row in lowered],
    )


def _refresh_profiles(conn: sa.Connection, ids: list[int]) -> None:
    rows = [dict(row._mapping) for row in conn.execute(_profiles_statement(len(ids) == 1), _bound(ids))]
    conn.execute(sa.delete(enterprise_profile).where(enterprise_profile.c.enterprise_id.in_(ids)))
    if rows:
        conn.execute(sa.insert(enterprise_profile), rows)
