"""Periods of leads that are locked, once every one of them has its outcome (件件有结果)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from data import audit
from data.access import Right, Viewer
from data.errors import Denied, Refused
from data.reads.lead_periods import days_of_outcome, locked_days, without_outcome
from data.schema import lead, period_lock

PERIODS_LOCK = 0x706572696F64  # any number that nothing else locks


def lock_period(conn: sa.Connection, viewer: Viewer, start: date, end_on: date, *, now: datetime) -> int:
    """Lock the leads received in a period: every one of them must have its outcome.

    Returns
    -------
    int
        How many leads the period has.

    Raises
    ------
    Denied
        Without `Right.APPROVE` over the whole city.
    Refused
        ``period_bad``: its end lies before its start, or is not over yet; ``period_taken``: part of it is
        locked; ``period_open``: so many leads have no outcome.
    """
    viewer.require(Right.APPROVE)
    if not viewer.scope.everything:
        raise Denied("denied_scope", role=str(viewer.role))
    if end_on < start or end_on >= now.date():
        raise Refused("period_bad", field="to_on", start=start.isoformat(), end=end_on.isoformat())
    _hold(conn, sa.func.pg_advisory_xact_lock)
    overlap = sa.select(period_lock).where(period_lock.c.from_on <= end_on, period_lock.c.to_on >= start)
    taken = conn.execute(overlap.limit(1)).first()
    if taken is not None:
        raise Refused(
            "period_taken", field="from_on", start=taken.from_on.isoformat(), end=taken.to_on.isoformat()
        )
    received = lead.c.received_on.between(start, end_on)
    total = conn.execute(sa.select(sa.func.count()).select_from(lead).where(received)).scalar_one()
    left = conn.execute(sa.select(sa.func.count()).select_from(lead).where(received, without_outcome()))
    if n := left.scalar_one():
        raise Refused("period_open", field="to_on", n=n, total=total)
    own = {"user_id": viewer.user_id, "recorded_at": now}
    made = conn.execute(
        sa.insert(period_lock).returning(period_lock.c.id),
        {"from_on": start, "to_on": end_on, "leads": total, **own},
    ).scalar_one()
    audit.append(
        conn, viewer, "lead.lock_period", "period_lock", made, now=now, start=start, end=end_on, leads=total
    )
    return int(total)


def require_unlocked(conn: sa.Connection, days: Iterable[date]) -> None:
    """Raise `Refused` (``lead_period_locked``) for a day of receipt whose period is locked.

    None is locked before this transaction ends: what it writes is counted, or it is refused.
    """
    _hold(conn, sa.func.pg_advisory_xact_lock_shared)
    for day in locked_days(conn, list(days)):
        raise Refused("lead_period_locked", field="received_on", found=day.isoformat())


def require_open_outcome(conn: sa.Connection, lead_id: int) -> None:
    """Raise `Refused` (``lead_period_locked``) for a lead whose outcome a locked period counts.

    Those merged into it count with its outcome.
    """
    require_unlocked(conn, days_of_outcome(conn, lead_id))


def _hold(conn: sa.Connection, lock: Any) -> None:
    """Let those who lock a period and those who write into one wait for each other on PostgreSQL.

    SQLite has one writer anyway.
    """
    if conn.dialect.name == "postgresql":
        conn.execute(sa.select(lock(PERIODS_LOCK)))
