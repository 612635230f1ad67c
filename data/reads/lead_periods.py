"""Periods of leads: the locked ones, and what keeps one from being locked (件件有结果)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa

from data.access import Right, Viewer
from data.errors import Denied
from data.reads.masks import mask_text
from data.schema import lead, period_lock

NAMED = 50
"""Leads without outcome that are named; of the rest the number is told."""


class Waiting(NamedTuple):
    """A lead that keeps its period open."""

    id: int
    title: str | None
    state: str
    received_on: date


class PeriodOutlook(NamedTuple):
    """What a period holds: how many leads, how many without outcome, and the oldest of these."""

    total: int
    waiting: int
    named: list[Waiting]


def without_outcome() -> sa.ColumnElement[bool]:
    """Return the condition for leads that nobody has concluded; a merged one has its target's outcome."""
    target = lead.alias("target")
    theirs = sa.select(target.c.outcome).where(target.c.id == lead.c.merged_into_id).scalar_subquery()
    return sa.func.coalesce(lead.c.outcome, theirs).is_(None)


def locked_days(conn: sa.Connection, days: Collection[date]) -> list[date]:
    """Return which of some days of receipt lie in a locked period, in order."""
    if not days:
        return []
    within = sa.select(period_lock.c.from_on, period_lock.c.to_on).where(
        period_lock.c.from_on <= max(days), period_lock.c.to_on >= min(days)
    )
    locks = conn.execute(within).all()
    return sorted({day for day in days if any(start <= day <= end for start, end in locks)})


def days_of_outcome(conn: sa.Connection, lead_id: int) -> Sequence[date]:
    """Return the days of receipt that an outcome counts for: the lead's, and those merged into it."""
    family = sa.or_(lead.c.id == lead_id, lead.c.merged_into_id == lead_id)
    return conn.execute(sa.select(lead.c.received_on).where(family)).scalars().all()


def period_outlook(conn: sa.Connection, viewer: Viewer, start: date, end_on: date) -> PeriodOutlook:
    """Return what stands in the way of locking a period.

    Raises
    ------
    Denied
        Without `Right.APPROVE` over the whole city.
    """
    viewer.require(Right.APPROVE)
    if not viewer.scope.everything:
        raise Denied("denied_scope", role=str(viewer.role))
    received = lead.c.received_on.between(start, end_on)
    total = conn.execute(sa.select(sa.func.count()).select_from(lead).where(received)).scalar_one()
    query = sa.select(lead.c.id, lead.c.title, lead.c.state, lead.c.received_on).where(
        received, without_outcome()
    )
    left = conn.execute(sa.select(sa.func.count()).select_from(query.subquery())).scalar_one()
    rows = conn.execute(query.order_by(lead.c.received_on, lead.c.id).limit(NAMED))
    named = [Waiting(row.id, mask_text(row.title), row.state, row.received_on) for row in rows]
    return PeriodOutlook(int(total), int(left), named)


def locked_periods(conn: sa.Connection, viewer: Viewer) -> Sequence[Any]:
    """Return the locked periods ``from_on, to_on, leads``, the latest first."""
    viewer.require(Right.WORK)
    p = period_lock.c
    return conn.execute(sa.select(p.from_on, p.to_on, p.leads).order_by(p.from_on.desc()).limit(24)).all()
