"""Reminders: before a deadline, on its last workday, and when it is over; then the supervisor is told too."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from data.duty import bites_on, leads_with_officers, measure, problems_with_officers
from data.reads.lead_clocks import tellings
from data.reads.notices import HEAD
from data.reads.places import DISTRICT, LEAD_DISTRICT, LEAD_GRID, leads_with_place, with_place
from data.reads.receipts import awaits_receipt
from data.reads.recipients import Recipients
from data.schema import (
    enterprise,
    lead,
    lead_event,
    loan,
    message,
    problem,
    problem_event,
    question,
    rectification,
)
from data.workdays import WorkCalendar
from data.workflow import ESCALATE, LEAD_OPEN, PROBLEM_OPEN
from data.writes.messages import tell_all
from data.writes.platforms import neglected
from data.writes.receipts import unreceipted

KINDS = ("due_soon", "last_day", "overdue", "escalated")
"""What is told here; each term of a thing has at most one of the first three in an inbox."""

NEWS = ("approved", "refused", "answered", "closed", "merged", "handed_on", "corrected", "withdrawn")
"""Kinds without a cause that could end: they stay for `NEWS_STAY`."""

NEWS_STAY = timedelta(days=30)
_CHUNK = 500


class _Work(NamedTuple):
    """A problem or a lead with a deadline that is near or over."""

    object: str
    id: int
    with_officer: bool  # else it waits for a supervisor
    officer_id: int | None
    grid_id: int | None
    district_code: str | None
    bites_on: date
    due_on: date | None
    rule: str | None = None  # of a clock beside its own term


def daily(conn: sa.Connection, today: date, *, now: datetime) -> None:
    """Tell what is near its deadline or over it, and end what was told for a cause that is over.

    Work in an officer's hands is told to that officer (else to who answers for the grid), other work to
    the supervisors of the place; what is over is told to these in any case, and its own history says so.
    Run again it changes nothing; whoever got the work meanwhile is told, whoever had it no longer.

    Parameters
    ----------
    today : date
        The local day: work bites by days, not by hours.
    """
    here = measure(conn, today)
    calendar = here.calendar
    edge = here.near
    _hold(conn, edge)
    work = [*_problems(conn, edge), *_leads(conn, edge), *_clocks(conn, calendar, edge, now)]
    who = Recipients(conn, today)
    wanted: dict[tuple[Any, ...], dict[str, Any]] = {}
    told_above: dict[str, list[int]] = {"problem": [], "lead": []}
    for one in work:
        above = who.supervisors(one.grid_id, one.district_code)
        hands = _hands(who, one) if one.with_officer else above
        over = one.due_on is not None and one.due_on < today
        for user_id, kind in [
            *((user_id, _kind(calendar, one.bites_on, today)) for user_id in hands),
            *((user_id, "escalated") for user_id in above if over and one.with_officer),
        ]:
            day = (one.due_on if kind == "escalated" else one.bites_on) or one.bites_on
            beside = {"rule": one.rule} if one.rule is not None else {}
            row = {
                "to_user_id": user_id, "kind": kind, "object": one.object, "object_id": one.id,
                "cause": ":".join([*beside.values(), day.isoformat()]),
                "params": {"due_on": day.isoformat(), **beside}, "at": now,
            }  # fmt: skip
            wanted[_key(row)] = row
        if over and above:
            told_above[one.object].append(one.id)
    for row in neglected(conn, who, today, now=now):
        wanted[_key(row)] = row
    for row in unreceipted(conn, who, calendar, today, now=now):
        wanted[_key(row)] = row
    _settle(conn, wanted, now)
    _escalate(conn, problem, problem_event, told_above["problem"], today, now)
    _escalate(conn, lead, lead_event, told_above["lead"], today, now)
    _end_closed(conn, today, now)


def _hold(conn: sa.Connection, edge: date) -> None:
    """Lock what is told of, before it is read and before its messages, in the order in which verbs do it.

    A verb locks its problem or lead and then writes its messages: whoever began with the messages would
    wait for the verb while the verb waits for them.
    """
    bites = {
        problem: sa.or_(problem.c.due_on <= edge, problem.c.recheck_on <= edge),
        lead: lead.c.due_on <= edge,
    }
    for table, order in ((problem, [problem.c.enterprise_id, problem.c.id]), (lead, [lead.c.id])):
        live = (message.c.object == table.name, message.c.ended_at.is_(None))
        near_or_told = sa.or_(
            sa.and_(table.c.closed_on.is_(None), bites[table]),
            table.c.id.in_(sa.select(message.c.object_id).where(*live)),
        )
        conn.execute(sa.select(table.c.id).where(near_or_told).order_by(*order).with_for_update()).all()


def _kind(calendar: WorkCalendar, day: date, today: date) -> str:
    if day < today:
        return "overdue"
    last = day if calendar.is_workday(day) else calendar.previous_workday(day)
    return "last_day" if last <= today else "due_soon"


def _hands(who: Recipients, one: _Work) -> Sequence[int]:
    officer_id = one.officer_id if one.officer_id is not None else who.officer_of_grid(one.grid_id)
    return who.of_officer(officer_id)


def _problems(conn: sa.Connection, edge: date) -> Iterator[_Work]:
    rechecks = problem.c.state == "awaiting_recheck"
    query = (
        sa.select(
            problem.c.id, problem.c.state, problem.c.officer_id, problem.c.recheck_officer_id,
            enterprise.c.grid_id, DISTRICT, problem.c.due_on, problem.c.recheck_on,
        )
        .select_from(with_place(problem.join(enterprise, enterprise.c.id == problem.c.enterprise_id)))
        .where(
            problem.c.state.in_(PROBLEM_OPEN),
            sa.or_(problem.c.due_on <= edge, sa.and_(rechecks, problem.c.recheck_on <= edge)),
        )
    )  # fmt: skip
    mine = problems_with_officers()
    for one, state, officer, rechecker, grid_id, district, due_on, recheck_on in conn.execute(query):
        hands = (rechecker or officer) if state == "awaiting_recheck" else officer
        day = bites_on(state, due_on, recheck_on)
        if day is not None and day <= edge:
            yield _Work("problem", one, state in mine, hands, grid_id, district, day, due_on)


def _leads(conn: sa.Connection, edge: date) -> Iterator[_Work]:
    query = (
        sa.select(lead.c.id, lead.c.state, lead.c.officer_id, LEAD_GRID, LEAD_DISTRICT, lead.c.due_on)
        .select_from(leads_with_place())
        .where(lead.c.state.in_(LEAD_OPEN), lead.c.due_on <= edge)
    )
    mine = leads_with_officers()
    for one, state, officer, grid_id, district, due_on in conn.execute(query):
        yield _Work("lead", one, state in mine, officer, grid_id, district, due_on, due_on)


def _clocks(conn: sa.Connection, calendar: WorkCalendar, edge: date, now: datetime) -> Iterator[_Work]:
    for one in tellings(conn, now.tzinfo or UTC, lead.c.state.in_(LEAD_OPEN)):
        day = one.due(calendar).day
        if one.left and day <= edge:
            # telling people is its officer's, also while the lead lies with who reviews it
            place = (one.officer_id, one.grid_id, one.district_code)
            yield _Work("lead", one.lead_id, True, *place, day, None, one.rule.code)


def _key(row: Any) -> tuple[Any, ...]:
    return tuple(row[name] for name in ("to_user_id", "object", "object_id", "kind", "cause"))


def _settle(conn: sa.Connection, wanted: dict[tuple[Any, ...], dict[str, Any]], now: datetime) -> None:
    """Write the reminders that are missing, end those that are no longer wanted."""
    live = sa.select(message).where(message.c.kind.in_(KINDS), message.c.ended_at.is_(None))
    told = conn.execute(live).mappings().all()
    over = [row["id"] for row in told if wanted.pop(_key(row), None) is None]
    for chunk in _chunks(over):
        conn.execute(sa.update(message).where(message.c.id.in_(chunk)).values(ended_at=now))
    tell_all(conn, list(wanted.values()))


def _escalate(
    conn: sa.Connection, table: sa.Table, event: sa.Table, ids: Sequence[int], today: date, now: datetime
) -> None:
    """Note the day of telling, and in the thing's own history that it was told: once for each deadline.

    A day of telling at or before the present deadline belonged to an earlier one. Nobody's hand moved
    anything, so the version stays: who has the thing open is not told of a conflict.
    """
    again = (
        sa.or_(table.c.escalated_on.is_(None), table.c.escalated_on <= table.c.due_on),
        # somebody may have closed or extended it since it was read
        table.c.due_on < today, table.c.closed_on.is_(None),
    )  # fmt: skip
    rounds = [table.c.round] if "round" in table.c else []
    for chunk in _chunks(ids):
        noted = sa.update(table).where(table.c.id.in_(chunk), *again).values(escalated_on=today)
        told = conn.execute(noted.returning(table.c.id, table.c.state, table.c.due_on, *rounds)).all()
        rows = [
            {
                f"{table.name}_id": row.id, "at": now, "from_state": row.state, "to_state": row.state,
                "verb": ESCALATE, "details": {"due_on": row.due_on.isoformat()}, "recorded_at": now,
                **{column.name: row.round for column in rounds},
            }
            for row in told
        ]  # fmt: skip
        if rows:
            conn.execute(sa.insert(event), rows)


def _end_closed(conn: sa.Connection, today: date, now: datetime) -> None:
    """End what was told of things that are closed, answered or given back; news go after a while."""
    closed = {
        "problem": sa.select(problem.c.id).where(problem.c.state.not_in(PROBLEM_OPEN), ~awaits_receipt()),
        "lead": sa.select(lead.c.id).where(lead.c.state.not_in(LEAD_OPEN)),
        "order": sa.select(HEAD)
        .join(problem, problem.c.id == rectification.c.problem_id)
        .group_by(HEAD)
        .having(sa.func.max(sa.case((problem.c.state.in_(PROBLEM_OPEN), 1), else_=0)) == 0),
        "question": sa.select(question.c.id).where(question.c.state != "open"),
        "loan": sa.select(loan.c.id).where(sa.or_(loan.c.to_on < today, loan.c.ended_on <= today)),
    }
    live = sa.update(message).where(message.c.ended_at.is_(None)).values(ended_at=now)
    for name, ids in closed.items():
        about = (message.c.object == name, message.c.object_id.in_(ids))
        conn.execute(live.where(*about, message.c.kind.not_in(NEWS)))
    conn.execute(live.where(message.c.kind.in_(NEWS), message.c.at < now - NEWS_STAY))


def _chunks(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(ids), _CHUNK):
        yield ids[start : start + _CHUNK]
