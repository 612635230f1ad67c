"""How every verb on a problem goes: what must hold before it, and what it leaves behind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

import sqlalchemy as sa

from data import audit, figures
from data.access import Right, Viewer
from data.errors import Conflict, Denied, NotFound, Refused
from data.reads.hands import is_theirs
from data.reads.recipients import Recipients
from data.schema import enterprise, officer, problem, problem_event, rectification, user
from data.workdays import WorkCalendar, load_calendar
from data.workflow import ESCALATE, PROBLEM_CLOSED, PROBLEM_MOVES, Move
from data.writes import attachments, messages
from data.writes.notice_told import pass_on


@dataclass(frozen=True)
class Desk:
    """What moves look up that does not depend on the problem: a batch has one of it."""

    conn: sa.Connection
    today: date

    @cached_property
    def people(self) -> Recipients:
        """Who is to be told."""
        return Recipients(self.conn, self.today)

    @cached_property
    def calendar(self) -> WorkCalendar:
        """The workdays."""
        return load_calendar(self.conn)


@dataclass(frozen=True)
class Taken:
    """A problem that the viewer may move now, locked until the end of the transaction."""

    row: Any  # of the table problem, as it is before the move
    grid_id: int | None
    district_code: str | None
    move: Move
    viewer: Viewer
    now: datetime
    desk: Desk

    @property
    def today(self) -> date:
        """The viewer's local day."""
        return self.now.date()


@dataclass(frozen=True)
class Told:
    """A message that a move sends; `cause` tells it from an earlier one of the same kind."""

    to: Sequence[int]
    kind: str
    cause: str
    params: Mapping[str, Any]


def take(
    conn: sa.Connection, viewer: Viewer, problem_id: int, verb: str, *, version: int | None, now: datetime,
    desk: Desk | None = None,
) -> Taken:  # fmt: skip
    """Lock a problem for a move, and ask whether this viewer may do it now.

    Right first, then place, then version, then state. The enterprise is locked before the problem, as
    a visit does it, so that the two never wait for each other in a ring.

    Parameters
    ----------
    version : int or None
        As the viewer saw it; None where the state alone decides (a recheck that was recorded offline).
    desk : Desk, optional
        Of the batch that this problem is one of.

    Raises
    ------
    Denied
        Without the right or outside the scope; ``problem_not_yours``: another officer's, at an enterprise
        that one task has opened.
    NotFound
        ``problem_unknown``.
    Conflict
        ``problem_changed``: somebody else was first.
    Refused
        ``problem_is_<state>``: the state, and what can be done in it.
    """
    move = PROBLEM_MOVES[verb]
    viewer.require(Right(move.right))
    known = sa.select(problem.c.enterprise_id).where(problem.c.id == problem_id)
    owner = conn.execute(known).scalar() if 0 < problem_id < 2**63 else None  # no database has another number
    if owner is None:
        raise NotFound("problem_unknown", found=problem_id)
    place = conn.execute(
        sa.select(enterprise.c.grid_id, enterprise.c.district_code)
        .where(enterprise.c.id == owner)
        .with_for_update(key_share=True)
    ).one()
    viewer.require_place(place.grid_id, place.district_code, owner)
    row = conn.execute(sa.select(problem).where(problem.c.id == problem_id).with_for_update()).one()
    own = (place.grid_id, row.officer_id, row.finding_id)
    if move.right == Right.HANDLE and not is_theirs(conn, viewer, *own):
        raise Denied("problem_not_yours", role=str(viewer.role))
    if version is not None and row.version != version:
        raise _conflict(conn, row, version, now)
    if row.state not in move.sources:
        raise Refused(f"problem_is_{row.state}", id=problem_id)
    at_hand = desk or Desk(conn, now.date())
    return Taken(row, place.grid_id, place.district_code, move, viewer, now, at_hand)


@dataclass(frozen=True)
class Changed:
    """A move that is written, but for the figures and its audit row."""

    problem_id: int
    enterprise_id: int
    counted: bool  # whether figures depend on it
    action: str
    detail: dict[str, Any]


def put(conn: sa.Connection, taken: Taken, **said: Any) -> None:
    """Write one move whole; the parameters are those of `change`."""
    settle(conn, taken.viewer, [change(conn, taken, **said)], now=taken.now)


def change(
    conn: sa.Connection, taken: Taken, *, note: str | None = None, details: Mapping[str, Any] | None = None,
    kept: Mapping[str, Any] | None = None, tell: Iterable[Told] = (), **changes: Any,
) -> Changed:  # fmt: skip
    """Write the row with its next version, the event and the messages of a move; `settle` does the rest.

    Work that was given back counts as done again with the next state.

    Parameters
    ----------
    note, kept
        What people wrote stays with the event: it may name somebody, and the log can never forget.
    details
        Codes, ids and days: the event and the log keep them.
    """
    row, move, now = taken.row, taken.move, taken.now
    target = move.target or row.state
    moved = target != row.state
    values = {"state": target, "version": row.version + 1, **changes}
    if moved:
        values.setdefault("returned", None)
    if moved and target in PROBLEM_CLOSED:
        values |= {"closed_on": taken.today, "asked_until": None}
    conn.execute(sa.update(problem).where(problem.c.id == row.id).values(values))
    told = _plain(details)
    event = {
        "problem_id": row.id, "at": now, "from_state": row.state, "to_state": target, "verb": move.verb,
        "round": values.get("round", row.round), "officer_id": taken.viewer.officer_id, "note": note,
        "details": {**told, **_plain(kept)} or None, "user_id": taken.viewer.user_id, "recorded_at": now,
    }  # fmt: skip
    conn.execute(sa.insert(problem_event), event)
    _messages(conn, taken, target, tell)
    detail = {"before": row.state, "after": target, "version": values["version"], "details": told}
    return Changed(row.id, row.enterprise_id, moved or "due_on" in changes, f"problem.{move.verb}", detail)


def settle(conn: sa.Connection, viewer: Viewer, changed: Sequence[Changed], *, now: datetime) -> None:
    """Bring the figures up to date, once, and write the audit rows, last: they hold the chain's head."""
    counted = {one.enterprise_id for one in changed if one.counted}
    if counted:
        figures.refresh(conn, counted, now=now)
    elif changed:
        figures.touch(conn, now)
    note_all(conn, viewer, changed, now=now)


def note_all(conn: sa.Connection, viewer: Viewer, changed: Sequence[Changed], *, now: datetime) -> None:
    """Write the audit rows of moves whose figures are up to date."""
    for one in changed:
        audit.append(
            conn, viewer, one.action, "problem", one.problem_id, now=now, enterprise=one.enterprise_id,
            **one.detail,
        )  # fmt: skip


def _messages(conn: sa.Connection, taken: Taken, target: str, tell: Iterable[Told]) -> None:
    row, now = taken.row, taken.now
    if target != row.state or taken.move.verb == "decide_extension":
        pass_on(conn, row, handler(taken), taken.desk.people.officer_of_grid(taken.grid_id))
    if target in PROBLEM_CLOSED and target != row.state:
        messages.end(conn, "problem", row.id, now=now)
    elif target != row.state or taken.move.verb in ("decide_extension", "assign_recheck"):
        kinds = [kind for kind in messages.KINDS if kind != "supervised"]
        messages.end(conn, "problem", row.id, kinds=kinds, now=now)
    elif taken.move.verb == "acknowledge_transfer":
        messages.end(conn, "problem", row.id, about="receipt", now=now)
    elif taken.move.verb == "unsupervise":
        messages.end(conn, "problem", row.id, kinds=["supervised"], now=now)
    for one in tell:
        messages.tell(conn, one.to, one.kind, "problem", row.id, one.cause, one.params, now=now)


def _conflict(conn: sa.Connection, row: Any, mine: int, now: datetime) -> Conflict:
    latest = conn.execute(
        sa.select(problem_event.c.at, problem_event.c.verb, user.c.name)
        .outerjoin(user, user.c.id == problem_event.c.user_id)
        .where(problem_event.c.problem_id == row.id, problem_event.c.verb.is_distinct_from(ESCALATE))
        .order_by(problem_event.c.id.desc())
        .limit(1)
    ).first()
    by = (latest.name if latest is not None else None) or "—"
    at = latest.at.astimezone(now.tzinfo).strftime("%m-%d %H:%M") if latest is not None else "—"
    theirs = {"state": row.state, "version": row.version, "by": by, "at": at}
    return Conflict("problem_changed", id=row.id, mine=mine, theirs=theirs, by=by, at=at)


def handler(taken: Taken) -> int | None:
    """Return the officer who sees a problem through: the one it was given to, else the grid's."""
    officer_id: int | None = taken.row.officer_id
    return officer_id or taken.desk.people.officer_of_grid(taken.grid_id)


def accounts(taken: Taken, officer_id: int | None) -> list[int]:
    """Return the accounts of an officer."""
    return taken.desk.people.of_officer(officer_id)


def supervisors(taken: Taken) -> list[int]:
    """Return the accounts that answer for the problem's place."""
    return taken.desk.people.supervisors(taken.grid_id, taken.district_code)


def write_round(conn: sa.Connection, taken: Taken, nth: int, **values: Any) -> int:
    """Write what is known of one rectification round; imported problems have no row of theirs yet."""
    own = sa.and_(rectification.c.problem_id == taken.row.id, rectification.c.round == nth)
    known = conn.execute(sa.select(rectification.c.id).where(own)).scalar()
    if known is not None:
        conn.execute(sa.update(rectification).where(own).values(values))
        return int(known)
    origin = {"user_id": taken.viewer.user_id, "recorded_at": taken.now}
    blank = {"problem_id": taken.row.id, "round": nth, "kind": "term", "due_on": taken.row.due_on}
    new = sa.insert(rectification).returning(rectification.c.id)
    return int(conn.execute(new, {**blank, **origin, **values}).scalar_one())


def attach(conn: sa.Connection, taken: Taken, client_ids: Sequence[str]) -> None:
    """Bind pictures that this account has sent before to the problem (`data.writes.attachments.take`)."""
    attachments.take(conn, taken.viewer, client_ids, "problem", taken.row.id)


def known_officer(conn: sa.Connection, officer_id: int | None, field: str) -> int:
    """Return an officer who can be given work, or raise `Refused` (``officer_unknown``)."""
    known = sa.select(officer.c.id).where(officer.c.id == officer_id, officer.c.active)
    found = conn.execute(known).scalar() if officer_id is not None else None
    if found is None:
        raise Refused("officer_unknown", field=field)
    return int(found)


def _plain(details: Mapping[str, Any] | None) -> dict[str, Any]:
    kept = {key: value for key, value in (details or {}).items() if value is not None}
    return {key: value.isoformat() if isinstance(value, date) else value for key, value in kept.items()}
