"""The figures against the definition and against each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from data import figures
from data.clock import EVERYTHING
from data.coverage import enterprise_rows
from data.figures.build import category_rows, count_rows, day_rows, place_rows
from data.plans import Period, Plan, all_plans, period_at
from data.profiles import profile_rows
from data.quality.found import Finding, count
from data.schema import (
    coverage_category,
    coverage_count,
    coverage_day,
    coverage_place,
    coverage_state,
    enterprise,
    enterprise_profile,
    grid,
    plan,
)

Current = list[tuple[Plan, Period]]


def day(conn: sa.Connection, now: datetime) -> Iterator[Finding]:
    """Whether there are figures, and whether they are today's."""
    known = figures.meta(conn)
    if known is None:
        if conn.execute(sa.select(enterprise.c.id).limit(1)).first() is not None:
            yield Finding("no_figures", "warning")
    elif known.as_of != now.date():
        yield Finding("figures_old", "warning", {"day": known.as_of.isoformat()})


def states(conn: sa.Connection, now: datetime) -> Iterator[Finding]:
    """Recompute coverage for the figures' day and compare every state: none missing, surplus or wrong."""
    known = _current(conn)
    if known is None:
        return
    as_of, current = known
    for one, period in current:
        right = enterprise_rows(one, period, as_of, EVERYTHING)
        wrong = _unequal(
            conn,
            right.add_columns(sa.literal(one.id).label("plan_id"), sa.literal(period.code).label("period")),
            coverage_state,
            coverage_state.c.plan_id == one.id,
        )
        if wrong:
            yield Finding("figures_wrong", "error", {"plan": one.code, "count": len(wrong)})
    yield from _left_over(conn, current, coverage_state, "figures_wrong")


def counts(conn: sa.Connection, now: datetime) -> Iterator[Finding]:
    """Each place's counts are those of its states, and its sums those of its categories.

    What is too much here never hides what lacks there.
    """
    known = _current(conn)
    if known is None:
        return
    _, current = known
    for one, period in current:
        [right] = count_rows([(one, period)])
        wrong = _unequal(conn, right, coverage_count, coverage_count.c.plan_id == one.id)
        counted = [dict(zip(("place", "category"), key[1:], strict=True)) for key in wrong]
        for table, sums in ((coverage_place, place_rows()), (coverage_category, category_rows())):
            [_, kept] = [column.name for column in table.primary_key]
            right = sums.where(coverage_count.c.plan_id == one.id)
            counted += [{kept: key[1]} for key in _unequal(conn, right, table, table.c.plan_id == one.id)]
        if counted:
            place, kind = counted[0].get("place"), counted[0].get("category")
            told = {"place": _place_name(conn, place) if place else "—", "category": kind or "—"}
            yield Finding("count_wrong", "error", {"plan": one.code, "count": len(counted), **told})
    for table in (coverage_count, coverage_place, coverage_category):
        yield from _left_over(conn, current, table, "count_wrong", place="—", category="—")


def days(conn: sa.Connection, now: datetime) -> Iterator[Finding]:
    """The burn-up's days are those of the states."""
    known = _current(conn)
    if known is None:
        return
    _, current = known
    for one, period in current:
        [right] = day_rows([(one, period)])
        wrong = _unequal(conn, right, coverage_day, coverage_day.c.plan_id == one.id)
        if wrong:
            found = {"count": len(wrong), "day": wrong[0][2].isoformat()}
            yield Finding("day_wrong", "error", {"plan": one.code, **found})
    yield from _left_over(conn, current, coverage_day, "day_wrong", day="—")


def profiles(conn: sa.Connection, now: datetime) -> Iterator[Finding]:
    """Each enterprise's summary of visits, problems, leads and licences is that of its rows."""
    if figures.meta(conn) is None:
        return
    wrong = _unequal(conn, profile_rows(), enterprise_profile, sa.true())
    if wrong:
        yield Finding("profile_wrong", "error", {"count": len(wrong), "example": wrong[0][0]})


def districts(conn: sa.Connection, now: datetime) -> Iterator[Finding]:
    """Σ grids + unplaced = district: each place's rows stand under the district of its grid."""
    astray = nowhere = 0
    for table in (coverage_count, coverage_place):
        counted = table.c
        elsewhere = grid.c.district_code.is_distinct_from(counted.district_code)
        astray += count(
            conn,
            table.join(grid, grid.c.id == counted.grid_id),
            sa.or_(elsewhere, counted.unplaced_reason.is_not(None)),
        )
        nowhere += count(conn, table, counted.grid_id.is_(None), counted.unplaced_reason.is_(None))
    if astray:
        yield Finding("district_sum_wrong", "error", {"count": astray})
    if nowhere:
        yield Finding("unplaced_without_reason", "error", {"count": nowhere})


def _current(conn: sa.Connection) -> tuple[date, Current] | None:
    """Return the figures' day and the plans that have a period on it; None without figures."""
    known = figures.meta(conn)
    if known is None:
        return None
    periods = [(one, period_at(one, known.as_of)) for one in all_plans(conn)]
    return known.as_of, [(one, period) for one, period in periods if period is not None]


def _unequal(
    conn: sa.Connection, right: sa.Select[Any], stored: sa.Table, of_plan: sa.ColumnElement[bool]
) -> list[Sequence[Any]]:
    """Return the keys of rows that lack, differ or are too many in `stored`."""
    keys = [column.name for column in stored.primary_key]
    names = [column.name for column in stored.c]
    # looked at from both sides, made once
    wanted, own = right.cte("wanted"), sa.select(stored).where(of_plan).cte("own")
    same = sa.and_(*(wanted.c[key] == own.c[key] for key in keys))
    differs = sa.or_(
        own.c[keys[0]].is_(None), *(wanted.c[n].is_distinct_from(own.c[n]) for n in names if n not in keys)
    )
    lacking = sa.select(*(wanted.c[key] for key in keys)).select_from(wanted.outerjoin(own, same))
    surplus = sa.select(*(own.c[key] for key in keys)).select_from(own.outerjoin(wanted, same))
    both = sa.union_all(lacking.where(differs), surplus.where(wanted.c[keys[0]].is_(None)))
    return sorted((tuple(row) for row in conn.execute(both)), key=str)


def _left_over(
    conn: sa.Connection, current: Current, stored: sa.Table, code: str, **more: str
) -> Iterator[Finding]:
    """Find figures of plans that are retired or have no period on that day."""
    ids = [one.id for one, _ in current]
    rows = (
        sa.select(stored.c.plan_id, sa.func.max(plan.c.code), sa.func.count())
        .select_from(stored.outerjoin(plan, plan.c.id == stored.c.plan_id))
        .where(stored.c.plan_id.not_in(ids))
        .group_by(stored.c.plan_id)
    )
    for plan_id, name, number in conn.execute(rows):
        yield Finding(code, "error", {"plan": name or str(plan_id), "count": number, **more})


def _place_name(conn: sa.Connection, place: str) -> str:
    """Return the code of a grid, or "district/reason" for the unplaced."""
    number, district, reason = place.split("/", 2)
    if not number.isdigit():
        return f"{district or '—'}/{reason}"
    found = conn.execute(sa.select(grid.c.code).where(grid.c.id == int(number))).scalar_one_or_none()
    return str(found or number)
