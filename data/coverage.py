"""Coverage: the one definition, computed from the kept facts alone.

Every figure that is shown anywhere is a sum over `enterprise_rows`, so any figure ever shown can be
computed again, for any day (`as_of`) and any state of knowledge (`known_at`). It reads from top to bottom:
the visits that qualify, the enterprises that are due and done, their counts, coverage.
What is known of an enterprise on a day is in `data.in_force`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from data.access import Right, Viewer
from data.in_force import Day, Enterprises, Instant, facts_in_force, operated_between
from data.plans import Period, Plan, period_at, period_by_code
from data.schema import category, has_any_token, inspection
from data.standing import standing
from data.store import prepare_bulk

RECORDED, EVIDENCED = 1, 2
"""Grades of evidence, cumulative: 有记录 ≥ 1, 有证据 ≥ 2."""


@dataclass(frozen=True)
class CoverageRow:
    """Counts of one place and category; places are grids, or the unplaced of a district by reason."""

    grid_id: int | None
    district_code: str | None
    unplaced_reason: str | None
    category: str | None
    due: int
    done: int
    on_time: int
    late: int
    closed_visited: int
    closed_unvisited: int
    recorded: int
    evidenced: int


def qualifying_visits(
    plan: Plan, start: Day, until: Day, known_at: Instant, enterprise_ids: Enterprises = None
) -> sa.Subquery:
    """Select ``enterprise_id, done_on, grade`` of enterprises with enough qualifying visits.

    A visit qualifies when its kind is one of the plan's, it was possible to inspect, it was finished
    in [start, until], and no correction known at `known_at` supersedes it. ``done_on`` is the date of
    the n-th distinct local day with a visit, ``grade`` the n-th best day's grade.
    """
    visits = sa.select(inspection.c.enterprise_id, inspection.c.finished_on, inspection.c.grade).where(
        inspection.c.finished_on.between(start, until),
        inspection.c.kind.in_(list(plan.kinds)),
        inspection.c.unable_reason.is_(None),
        inspection.c.recorded_at <= known_at,
        standing(inspection, known_at),
    )
    if enterprise_ids is not None:
        visits = visits.where(inspection.c.enterprise_id.in_(enterprise_ids))
    one = visits.subquery()
    if plan.visits == 1:
        return (
            sa.select(
                one.c.enterprise_id,
                sa.func.min(one.c.finished_on).label("done_on"),
                sa.func.max(one.c.grade).label("grade"),
            )
            .group_by(one.c.enterprise_id)
            .subquery()
        )
    days = (
        sa.select(one.c.enterprise_id, one.c.finished_on, sa.func.max(one.c.grade).label("grade"))
        .group_by(one.c.enterprise_id, one.c.finished_on)
        .subquery()
    )
    own = days.c.enterprise_id
    by_day = sa.func.row_number().over(partition_by=own, order_by=days.c.finished_on)
    by_grade = sa.func.row_number().over(partition_by=own, order_by=(days.c.grade.desc(), days.c.finished_on))
    ranked = sa.select(days, by_day.label("by_day"), by_grade.label("by_grade")).subquery()
    return (
        sa.select(
            ranked.c.enterprise_id,
            sa.func.max(sa.case((ranked.c.by_day == plan.visits, ranked.c.finished_on))).label("done_on"),
            sa.func.max(sa.case((ranked.c.by_grade == plan.visits, ranked.c.grade))).label("grade"),
        )
        .group_by(ranked.c.enterprise_id)
        .having(sa.func.count() >= plan.visits)
        .subquery()
    )


def enterprise_rows(
    plan: Plan,
    period: Period,
    as_of: date,
    known_at: datetime,
    enterprise_ids: Enterprises = None,
    facts: sa.FromClause | None = None,
) -> sa.Select[Any]:
    """Select one row for each enterprise that counts under the plan: the rows behind every figure.

    Those in its scope count that operate on D, and those that closed inside the period (before D). One
    that opens after D, one that opened inside the period but after the plan's ``opened_by``, and one that
    was closed all the time have no row: they are not due, and nobody had to visit them.

    Parameters
    ----------
    plan, period, as_of, known_at
        What is asked, for which day, with which knowledge. Scope, status and place are those in
        force on D = min(as_of, deadline).
    enterprise_ids : collection of int, optional
        Only these enterprises.
    facts : FromClause, optional
        `facts_in_force` for D, already materialised.

    Returns
    -------
    Select
        enterprise_id, grid_id, district_code, unplaced_reason, category, due, done_on, grade.
        ``due`` is false for those that closed; `done_on` is null where there were not enough visits.
    """
    return rows_between(
        plan,
        day=min(as_of, period.deadline),
        start=period.start,
        until=min(as_of, period.end),
        opened_by=plan.opened_by_day(period),
        known_at=known_at,
        enterprise_ids=enterprise_ids,
        facts=facts,
    )


def rows_between(
    plan: Plan,
    *,
    day: Day,
    start: Day,
    until: Day,
    opened_by: Day | None,
    known_at: Instant,
    enterprise_ids: Enterprises = None,
    facts: sa.FromClause | None = None,
) -> sa.Select[Any]:
    """Select `enterprise_rows` for facts on `day` and visits in [start, until].

    Each argument may be a bind parameter, so that a statement that runs for every visit recorded is
    put together once.
    """
    if facts is None:
        facts = facts_in_force(day, known_at, enterprise_ids).subquery()
    done = qualifying_visits(plan, start, until, known_at, enterprise_ids)
    opened = facts.c.opened_on
    in_time = opened <= day
    if opened_by is not None:
        in_time = sa.and_(in_time, sa.or_(opened < start, opened <= opened_by))
    rows = sa.select(
        facts.c.enterprise_id,
        facts.c.grid_id,
        facts.c.district_code,
        facts.c.unplaced_reason,
        facts.c.category,
        facts.c.operating.label("due"),
        done.c.done_on,
        done.c.grade,
    ).select_from(facts.outerjoin(done, done.c.enterprise_id == facts.c.enterprise_id))
    rows = rows.where(
        sa.or_(opened.is_(None), in_time),
        sa.or_(facts.c.operating, operated_between(facts.c.enterprise_id, start, day, known_at)),
    )
    if plan.categories:
        # a category names itself and those right below it
        wanted = sa.select(category.c.code).where(
            sa.or_(category.c.code.in_(plan.categories), category.c.parent.in_(plan.categories))
        )
        rows = rows.where(facts.c.category.in_(wanted))
    if plan.scopes:
        rows = rows.where(has_any_token(facts.c.scopes, plan.scopes))
    if plan.tags:
        rows = rows.where(has_any_token(facts.c.tags, plan.tags))
    return rows


def counts(rows: sa.FromClause, deadline: date) -> list[sa.ColumnElement[Any]]:
    """Return the additive counts over `enterprise_rows`; ratios are made at the edge, never stored."""
    done = sa.and_(rows.c.due, rows.c.done_on.is_not(None))

    def count(condition: sa.ColumnElement[bool], name: str) -> sa.ColumnElement[Any]:
        return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0).label(name)

    return [
        count(rows.c.due, "due"),
        count(done, "done"),
        count(sa.and_(done, rows.c.done_on <= deadline), "on_time"),
        count(sa.and_(done, rows.c.done_on > deadline), "late"),
        count(sa.and_(sa.not_(rows.c.due), rows.c.done_on.is_not(None)), "closed_visited"),
        count(sa.and_(sa.not_(rows.c.due), rows.c.done_on.is_(None)), "closed_unvisited"),
        count(sa.and_(done, rows.c.grade >= RECORDED), "recorded"),
        count(sa.and_(done, rows.c.grade >= EVIDENCED), "evidenced"),
    ]


def coverage(
    conn: sa.Connection,
    plan: Plan,
    as_of: date,
    known_at: datetime,
    *,
    viewer: Viewer,
    period: str | None = None,
) -> list[CoverageRow]:
    """Compute coverage from the facts, within the viewer's scope.

    Parameters
    ----------
    period : str, optional
        Code of a period; by default the one that contains `as_of`.

    Returns
    -------
    list of CoverageRow
        One per place and category that has enterprises in scope of the plan; empty before the
        plan's first year. Sums over any of them are again coverage.
    """
    viewer.require(Right.FIGURES)
    chosen = period_at(plan, as_of) if period is None else period_by_code(plan, period)
    if chosen is None:
        return []
    rows = enterprise_rows(plan, chosen, as_of, known_at).subquery()
    place = (rows.c.grid_id, rows.c.district_code, rows.c.unplaced_reason, rows.c.category)
    query = (
        sa.select(*place, *counts(rows, chosen.deadline))
        .where(viewer.scope.clause(rows.c.grid_id, rows.c.district_code))
        .group_by(*place)
    )
    prepare_bulk(conn)
    return [CoverageRow(*row) for row in conn.execute(query)]
