"""One act on a lead: what every verb checks before it writes, and what it leaves behind."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from data import audit, figures
from data.access import Right, Viewer
from data.deadlines import Rule, due, rule_at
from data.errors import Conflict, Denied, Refused
from data.reads.lead_row import Row, is_handler, read_lead, require_lead
from data.schema import enterprise, lead, lead_event, officer, user
from data.workdays import Due, load_calendar
from data.workflow import BY_NOBODY, LEAD_CLOSED, LEAD_MOVES
from data.writes import messages
from data.writes.problem_moves import Told

SHORT, LONG = 200, 4000
"""Characters that a line and a text of a lead hold."""

LEAD_RULES = ("lead_verify", "complaint_accept")
"""Terms that a new lead can run under: a report is verified, a complaint accepted or refused."""


def begin(
    conn: sa.Connection, viewer: Viewer, lead_id: int, verb: str, version: int, now: datetime,
    more: Collection[int] = (),
) -> Row:  # fmt: skip
    """Check right, place, handler, version and state, in this order; return the lead, locked.

    Enterprises are locked before the lead, as a visit does it, so that the two never wait for each other
    in a ring: the lead's own, and `more`.

    Raises
    ------
    NotFound
        ``lead_unknown``.
    Denied
        Without the move's right, outside the scope; ``lead_not_yours``: somebody else handles it.
    Conflict
        ``lead_changed``: `theirs` tells state, version, who and when.
    Refused
        ``lead_is_<state>``: the state, and what can be done in it.
    """
    move = LEAD_MOVES[verb]
    viewer.require(Right(move.right))
    about = read_lead(conn, lead_id).enterprise_id
    lock_enterprises(conn, {about, *more} - {None})
    row = read_lead(conn, lead_id, lock=True)
    require_lead(viewer, row)
    if move.right == Right.HANDLE and not is_handler(viewer, row):
        raise Denied("lead_not_yours")
    if row.version != version:
        raise _changed(conn, row, version, now)
    if row.state not in move.sources:
        raise Refused(f"lead_is_{row.state}", id=lead_id)
    return row


def lock_enterprises(conn: sa.Connection, enterprise_ids: Collection[int]) -> None:
    """Lock the enterprises that an act touches, in one order; SQLite's writer is alone anyway."""
    if enterprise_ids and conn.dialect.name == "postgresql":
        conn.execute(
            sa.select(enterprise.c.id)
            .where(enterprise.c.id.in_(sorted(enterprise_ids)))
            .order_by(enterprise.c.id)
            .with_for_update(key_share=True)
        )


def finish(
    conn: sa.Connection, viewer: Viewer, row: Row, verb: str, *, now: datetime,
    values: Mapping[str, Any] | None = None, note: str | None = None, tell: Iterable[Told] = (),
    kept: Mapping[str, Any] | None = None, **details: Any,
) -> int:  # fmt: skip
    """Write what changed, its event, its messages, the figures it touches and, last, the audit row.

    Parameters
    ----------
    note, kept
        What people wrote stays with the event: it may name who reported, and the log can never forget.
    **details
        Codes, ids and days: the event and the log keep them.

    Returns
    -------
    int
        The lead's new version.
    """
    target = LEAD_MOVES[verb].target or row.state
    moved = target != row.state
    new = dict(values or {})
    if LEAD_MOVES[verb].right == Right.HANDLE and row.officer_id is None and verb != "return":
        new["officer_id"] = viewer.officer_id  # who takes the first step of a lead without a name has it
    if moved:
        new |= {"state": target, "state_since": now.date()}
        over = None if target in LEAD_CLOSED else ("assigned", "returned")
        messages.end(conn, "lead", row.id, kinds=over, now=now)
    write(conn, viewer, row, verb, new, target, note, {**details, **(kept or {})}, now)
    for one in tell:
        messages.tell(conn, one.to, one.kind, "lead", row.id, one.cause, one.params, now=now)
    touched = {row.enterprise_id, new.get("enterprise_id", row.enterprise_id)} - {None}
    refresh(conn, touched, now)
    tell_audit(conn, viewer, row, verb, target, details, now)
    return int(row.version) + 1


def write(
    conn: sa.Connection, viewer: Viewer, row: Row, verb: str, values: Mapping[str, Any], target: str,
    note: str | None, details: Mapping[str, Any], now: datetime,
) -> None:  # fmt: skip
    """Write the row and its event alone; `finish` does the rest."""
    conn.execute(sa.update(lead).where(lead.c.id == row.id).values({**values, "version": row.version + 1}))
    add_event(conn, viewer, row.id, row.state, target, verb, note, details, now)


def add_event(
    conn: sa.Connection, viewer: Viewer, lead_id: int, before: str | None, after: str, verb: str,
    note: str | None, details: Mapping[str, Any], now: datetime,
) -> None:  # fmt: skip
    """Keep that something was done to a lead."""
    event = {
        "lead_id": lead_id, "at": now, "from_state": before, "to_state": after, "verb": verb,
        "officer_id": viewer.officer_id, "note": note, "details": dict(details) or None,
        "user_id": viewer.user_id, "recorded_at": now,
    }  # fmt: skip
    conn.execute(sa.insert(lead_event), event)


def refresh(conn: sa.Connection, enterprise_ids: set[int], now: datetime) -> None:
    """Bring the figures of the lead's enterprises up to date; without one, say that something changed."""
    if enterprise_ids:
        figures.refresh(conn, enterprise_ids, now=now)
    else:
        figures.touch(conn, now)


def tell_audit(
    conn: sa.Connection, viewer: Viewer, row: Row, verb: str, target: str, details: Mapping[str, Any],
    now: datetime,
) -> None:  # fmt: skip
    """Write the audit row; the last thing that a verb does."""
    told: dict[str, Any] = dict(details)
    if target != row.state:
        told["state"] = [row.state, target]
    audit.append(conn, viewer, f"lead.{verb}", "lead", row.id, now=now, **told)


def within(field: str, text: str, most: int) -> str:
    """Return a text of a lead, or raise `Refused` (``lead_long``)."""
    if len(text) > most:
        raise Refused("lead_long", field=field, most=most, found=len(text))
    return text


def term_of(conn: sa.Connection, code: str, received_on: date, start: date) -> tuple[Rule, Due]:
    """Return the rule that a day of receipt chooses, and the last day of its term from `start`."""
    rule = rule_at(conn, code, received_on)
    return rule, due(load_calendar(conn), rule, start)


def _changed(conn: sa.Connection, row: Row, mine: int, now: datetime) -> Conflict:
    latest = conn.execute(
        sa.select(lead_event.c.at, sa.func.coalesce(user.c.name, officer.c.name).label("by"))
        .outerjoin(user, user.c.id == lead_event.c.user_id)
        .outerjoin(officer, officer.c.id == lead_event.c.officer_id)
        .where(
            lead_event.c.lead_id == row.id,
            sa.or_(lead_event.c.verb.is_(None), lead_event.c.verb.not_in(BY_NOBODY)),
        )
        .order_by(lead_event.c.id.desc())
        .limit(1)
    ).first()
    by = (latest.by if latest is not None else None) or "—"
    at = latest.at.astimezone(now.tzinfo).strftime("%m-%d %H:%M") if latest is not None else "—"
    theirs = {"state": row.state, "version": row.version, "by": by, "at": at}
    return Conflict("lead_changed", id=row.id, mine=mine, theirs=theirs, by=by, at=at)
