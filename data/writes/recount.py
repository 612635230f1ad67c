"""Terms that stood on days not announced yet (暂定), computed again once the calendar says more."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from data import figures
from data.deadlines import due, extended, rule_at
from data.schema import lead, lead_event, problem
from data.workdays import ONE_DAY, WorkCalendar, load_calendar
from data.workflow import LEAD_OPEN, PROBLEM_OPEN, RECOUNT


def recount(conn: sa.Connection, *, now: datetime) -> int:
    """Compute the provisional terms of open leads again; return how many days have moved.

    A lead whose day moves says so in its own story; nobody's hand moved it, so its version stays. Days of
    problems were named to somebody, in a notice or a task: they stay, and only lose their mark when all days
    up to them are announced. Part of setting the calendar: rights and the audit row are the caller's.
    """
    calendar = load_calendar(conn)
    moved = {row.id: row.enterprise_id for row in _leads(conn) if _put(conn, calendar, row, now)}
    _problems(conn, calendar)
    if touched := set(moved.values()) - {None}:
        figures.refresh(conn, touched, now=now)
    return len(moved)


def _leads(conn: sa.Connection) -> list[Any]:
    open_ones = sa.select(lead).where(lead.c.state.in_(LEAD_OPEN), lead.c.due_provisional)
    return list(conn.execute(open_ones.order_by(lead.c.id).with_for_update()))


def _put(conn: sa.Connection, calendar: WorkCalendar, row: Any, now: datetime) -> bool:
    """Write the term of one lead anew, if it can be computed; return whether its day has moved."""
    code = row.rule or "lead_verify"
    received = (row.last_received_on or row.received_on) if code == "lead_verify" else row.received_on
    start = _accepted(conn, row.id, now) if code == "mediation" else received
    if start is None:  # accepted elsewhere: who told the day must tell it again
        return False
    rule = rule_at(conn, code, received)
    first = due(calendar, rule, start)
    longer = extended(calendar, rule, first)
    last = longer if row.extended else first
    asked = longer.day if row.asked_until is not None else None
    new = {"due_on": last.day, "due_provisional": last.provisional, "asked_until": asked}
    conn.execute(sa.update(lead).where(lead.c.id == row.id).values(new))
    if last.day == row.due_on:
        return False
    days = {"before": {"due_on": row.due_on.isoformat()}, "after": {"due_on": last.day.isoformat()}}
    event = {
        "lead_id": row.id, "at": now, "from_state": row.state, "to_state": row.state, "verb": RECOUNT,
        "details": days, "recorded_at": now,
    }  # fmt: skip
    conn.execute(sa.insert(lead_event), event)
    return True


def _accepted(conn: sa.Connection, lead_id: int, now: datetime) -> Any:
    """Return the local day on which a complaint was accepted, by which its mediation began."""
    begun = sa.select(sa.func.max(lead_event.c.at)).where(
        lead_event.c.lead_id == lead_id, lead_event.c.verb == "investigate"
    )
    at = conn.execute(begun).scalar()
    return at.astimezone(now.tzinfo or UTC).date() if at is not None else None


def _problems(conn: sa.Connection, calendar: WorkCalendar) -> None:
    p = problem.c
    loose = sa.select(p.id, p.opened_on, p.due_on).where(p.state.in_(PROBLEM_OPEN), p.due_provisional)
    rows = conn.execute(loose.order_by(p.id).with_for_update()).all()
    firm = [row.id for row in rows if not calendar.any_provisional(row.opened_on, row.due_on + ONE_DAY)]
    if firm:
        conn.execute(sa.update(problem).where(p.id.in_(firm)).values(due_provisional=False))
