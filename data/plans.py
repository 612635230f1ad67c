"""Inspection plans and the periods they expand into."""

from __future__ import annotations

import calendar
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from data.clock import EVERYTHING
from data.errors import NotFound, Refused
from data.schema import plan as plan_table
from data.schema import plan_version
from data.schema.plans import DEFINITION

CYCLES = ("half_year", "year", "three_years")


@dataclass(frozen=True)
class Period:
    """One period of a plan.

    Parameters
    ----------
    code : str
        ``2026``, ``2026H1`` or ``2024-2026``.
    start, deadline, end : date
        First day; last day on which a visit is on time; last day on which it counts at all.
    """

    code: str
    start: date
    deadline: date
    end: date


@dataclass(frozen=True)
class Plan:
    """A duty to inspect: whom, by which kinds of visit, how often, until when, and says who."""

    id: int
    code: str
    name_zh: str
    name_en: str
    categories: tuple[str, ...]
    scopes: tuple[str, ...]
    tags: tuple[str, ...]
    kinds: tuple[str, ...]
    visits: int
    cycle: str
    first_year: int
    deadline_month: int | None
    deadline_day: int | None
    opened_by: str | None
    headline: bool
    legal_source: str | None
    evidence: str | None

    def name(self, language: str) -> str:
        """Return the plan's name in a language."""
        return self.name_en if language == "en" else self.name_zh

    def opened_by_day(self, period: Period) -> date | None:
        """Return the day until which an enterprise must have opened to be due in `period`."""
        if self.opened_by is None:
            return None
        month, day = (int(part) for part in self.opened_by.split("-"))
        return date(period.end.year, month, day)


def all_plans(conn: sa.Connection, known_at: datetime = EVERYTHING, *, retired: bool = False) -> list[Plan]:
    """Return the active plans in their order; with `retired` those no longer followed behind them.

    Parameters
    ----------
    known_at : datetime
        Each plan is as it was recorded last by then, so that a figure of then can be computed again. One
        that was recorded later is as it was at first: no figure of it had been shown yet.
    """
    source: sa.FromClause = plan_table if known_at >= EVERYTHING else _versions(known_at)
    query = sa.select(*(source.c[name] for name in Plan.__dataclass_fields__)).order_by(
        source.c.active.desc(), source.c.sort, source.c.code
    )
    if not retired:
        query = query.where(source.c.active)
    return [Plan(**row._mapping) for row in conn.execute(query)]


def _versions(known_at: datetime) -> sa.Subquery:
    version = plan_version.c
    # versions are only added, so ids tell their order
    known = version.recorded_at <= known_at
    order = (sa.case((known, 0), else_=1), sa.case((known, -version.id), else_=version.id))
    rank = sa.func.row_number().over(partition_by=version.plan_id, order_by=order).label("rank")
    ranked = sa.select(plan_version, rank).subquery()
    return (
        sa.select(plan_table.c.id, plan_table.c.code, *(ranked.c[name] for name in DEFINITION))
        .join(ranked, ranked.c.plan_id == plan_table.c.id)
        .where(ranked.c.rank == 1)
        .subquery()
    )


def plan_by_code(
    conn: sa.Connection, code: str, known_at: datetime = EVERYTHING, *, retired: bool = False
) -> Plan:
    """Return one active plan, with `retired` also one that is no longer followed, as `all_plans` does.

    Raises
    ------
    NotFound
        ``plan_unknown``, with the codes that exist.
    """
    plans = all_plans(conn, known_at, retired=retired)
    for found in plans:
        if found.code == code:
            return found
    raise NotFound("plan_unknown", field="plan", got=code, known=", ".join(p.code for p in plans))


def headline(conn: sa.Connection, known_at: datetime = EVERYTHING) -> Plan | None:
    """Return the plan that the wall opens with: the one marked so, else the first, else None."""
    plans = all_plans(conn, known_at)
    return next((p for p in plans if p.headline), plans[0] if plans else None)


def period_at(plan: Plan, day: date) -> Period | None:
    """Return the period of `plan` that contains `day`; None before the plan's first year."""
    if day.year < plan.first_year:
        return None
    if plan.cycle == "half_year":
        half = 1 if day.month <= 6 else 2
        return _period(plan, f"{day.year}H{half}", day.year, day.year, 1 if half == 1 else 7, 6 * half)
    if plan.cycle == "year":
        return _period(plan, str(day.year), day.year, day.year, 1, 12)
    if plan.cycle == "three_years":
        first = day.year - (day.year - plan.first_year) % 3
        return _period(plan, f"{first}-{first + 2}", first, first + 2, 1, 12)
    raise Refused("plan_cycle_unknown", field="cycle", got=plan.cycle, known=", ".join(CYCLES))


def _period(plan: Plan, code: str, first: int, last: int, from_month: int, to_month: int) -> Period:
    start = date(first, from_month, 1)
    end = date(last, to_month, calendar.monthrange(last, to_month)[1])
    deadline = end
    if plan.deadline_month and plan.deadline_day:
        # 29 February asked for in a common year means the month's last day
        last_day = calendar.monthrange(last, plan.deadline_month)[1]
        deadline = date(last, plan.deadline_month, min(plan.deadline_day, last_day))
    if not start <= deadline <= end:
        raise Refused(
            "plan_deadline_outside", field="deadline", plan=plan.code, deadline=deadline, start=start, end=end
        )
    return Period(code, start, deadline, end)


def periods(plan: Plan, until: date) -> Iterator[Period]:
    """Yield the plan's periods from its first year to the one that contains `until`."""
    day = date(plan.first_year, 1, 1)
    while day <= until and (period := period_at(plan, day)) is not None:
        yield period
        day = date.fromordinal(period.end.toordinal() + 1)


def period_by_code(plan: Plan, code: str) -> Period:
    """Return the period with this code.

    Raises
    ------
    NotFound
        ``period_unknown``, with an example of the plan's codes.
    """
    year = code[:4]
    if year.isascii() and year.isdigit() and 1 <= int(year) <= 9998:  # ² is a digit too
        month = 7 if code.endswith("H2") else 1
        found = period_at(plan, date(int(year), month, 1))
        if found is not None and found.code == code:
            return found
    example = period_at(plan, date(plan.first_year, 1, 1))
    raise NotFound(
        "period_unknown", field="period", got=code, plan=plan.code, example=example.code if example else "—"
    )
