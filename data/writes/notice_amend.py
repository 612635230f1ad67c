"""A notice that was written wrong is put right (更正通知), until the enterprise has answered to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from data.access import Viewer
from data.errors import Denied, Refused
from data.reads.notices import amend_bar, clause_of, in_notice, rounds_of
from data.schema import problem, problem_event, rectification
from data.workflow import PROBLEM_OPEN
from data.writes import messages
from data.writes.notice_numbers import check_number, lock_numbers
from data.writes.notices import term_of, to_tell
from data.writes.problem_days import done_on
from data.writes.problem_moves import Taken, Told, change, handler, settle, take
from data.writes.reminders import KINDS as REMINDERS
from data.writes.written import MOST_LINE, need, noted


def amend_order(
    conn: sa.Connection, viewer: Viewer, problem_id: int, *, kind: str, reason: str,
    day: date | None = None, due_on: date | None = None, clause: str | None = None,
    number: str | None = None, version: int, now: datetime,
) -> None:  # fmt: skip
    """Put the notice right in which a problem was ordered: all that stands in it, with the reason.

    What the notice said before stays in the story of each of its problems. Approved before, the paper is a
    draft again. What was told of the old term, and more time that was asked for, ends with it.

    Parameters
    ----------
    kind : str
        One of `data.writes.notices.ORDERS`.
    day : date, optional
        On which it was handed over; by default as it stands.
    due_on : date, optional
        By when; else by the workday rule of the kind.
    clause, number : str, optional
        The clause that this problem broke, the number of the notice; empty: as they stand.

    Raises
    ------
    Refused
        ``reason_missing``; ``amend_none``, ``order_answered`` (`data.reads.notices.amend_bar`);
        ``amend_granted``: more time was granted, and the term stays; ``amend_late``: the term is over, and
        a later one would hide it; ``amend_same``: nothing is different; ``day_past``, ``day_ahead``,
        ``text_long``, ``paper_number_taken``, and what `data.writes.notices.term_of` raises.
    Denied
        ``problem_not_yours``: something in the notice is not the viewer's.
    """
    if number:
        lock_numbers(conn)
    taken = take(conn, viewer, problem_id, "amend_order", version=version, now=now)
    row = taken.row
    why = need(reason, "reason")
    bar = amend_bar(conn, viewer, row.id, row.round, taken.grid_id)
    if bar == "problem_not_yours":
        raise Denied(bar, role=str(viewer.role))
    if bar is not None:
        raise Refused(bar, id=row.id)
    of_round = (rectification.c.problem_id == row.id, rectification.c.round == row.round)
    own = conn.execute(sa.select(rectification).where(*of_round)).one()
    rounds = rounds_of(conn, own.id)
    on = done_on(day or own.ordered_on, _since(conn, rounds), taken.today, "day")
    was = {"kind": own.kind, "due_on": own.due_on, "day": own.ordered_on}
    term: dict[str, Any] = {}
    if was != {"kind": kind, "due_on": due_on, "day": on}:
        term = term_of(conn, taken, kind, on, due_on)
        _may_change(conn, taken, rounds, own.due_on, term["due_on"])
    new = {"kind": kind, "due_on": term.get("due_on", own.due_on), "day": on}
    written = {
        "number": (own.number, noted(number, "number", MOST_LINE) or own.number),
        "clause": (clause_of(conn, row.id, row.round), noted(clause, "clause", MOST_LINE)),
    }
    changed = {name for name in new if new[name] != was[name]}
    changed |= {name for name, (before, after) in written.items() if after and after != before}
    if not changed:
        raise Refused("amend_same", id=row.id)
    head = own.notice_of or own.id
    if "number" in changed:
        check_number(conn, written["number"][1] or "", head)
    values = {"kind": kind, "due_on": new["due_on"], "ordered_on": on, "number": written["number"][1]}
    conn.execute(sa.update(rectification).where(in_notice(head)).values(values))
    told = {f"was_{name}": was[name] for name in new if name in changed}
    told |= {"on": on} if "day" in changed else {}
    kept: dict[str, Any] = {f"was_{name}": before for name, (before, _) in written.items() if name in changed}
    kept |= {name: after for name, (_, after) in written.items() if name in changed}
    beside: dict[str, Any] = {name: kept[name] for name in ("number", "was_number") if name in kept}
    opened = _open(conn, taken, rounds)
    tell = _tell_anew(conn, opened, head, new["due_on"]) if term else {}
    settle(
        conn,
        viewer,
        [
            change(
                conn, one, note=why, details={"kind": kind, "due_on": new["due_on"], **told},
                kept=kept if one is taken else beside, tell=tell.get(one.row.id, ()),
                **({"asked_until": None, **term} if term else {}),
            )
            for one in opened
        ],
        now=now,
    )  # fmt: skip


def _since(conn: sa.Connection, rounds: Sequence[Any]) -> date:
    """Return the first day on which a notice can have been handed over: all of it was found by then."""
    numbers = [one.problem_id for one in rounds]
    found: date = conn.execute(
        sa.select(sa.func.max(problem.c.opened_on)).where(problem.c.id.in_(numbers))
    ).scalar_one()
    before = sa.or_(
        *(
            sa.and_(rectification.c.problem_id == one.problem_id, rectification.c.round < one.round)
            for one in rounds
        )
    )
    checked = conn.execute(sa.select(sa.func.max(rectification.c.rechecked_on)).where(before)).scalar()
    return max(found, checked or found)


def _may_change(
    conn: sa.Connection, taken: Taken, rounds: Sequence[Any], before: date | None, after: date
) -> None:
    e = problem_event.c
    of = sa.or_(*(sa.and_(e.problem_id == one.problem_id, e.round == one.round) for one in rounds))
    decided = conn.execute(sa.select(e.details).where(e.verb == "decide_extension", of)).scalars()
    if any(one and one.get("approved") for one in decided):
        raise Refused("amend_granted", field="due_on")
    if before is not None and before < taken.today and after > before:
        raise Refused("amend_late", field="due_on", due=before)


def _open(conn: sa.Connection, taken: Taken, rounds: Sequence[Any]) -> list[Taken]:
    """Take what is still ordered in a notice; what was closed otherwise has no story to go on with."""
    numbers = [one.problem_id for one in rounds]
    still = sa.select(problem.c.id).where(problem.c.id.in_(numbers), problem.c.state.in_(PROBLEM_OPEN))
    return [
        taken
        if one == taken.row.id
        else take(
            conn, taken.viewer, one, "amend_order", version=None, now=taken.now, desk=taken.desk
        )
        for one in conn.execute(still.order_by(problem.c.id)).scalars().all()
    ]  # fmt: skip


def _tell_anew(
    conn: sa.Connection, opened: Sequence[Taken], head: int, due_on: date
) -> dict[int, list[Told]]:
    """End what was told of the old term, and tell whose work it is of the new one."""
    for one in opened:
        asked = ("asked",) if one.row.asked_until is not None else ()
        messages.end(conn, "problem", one.row.id, kinds=("assigned", *asked, *REMINDERS), now=one.now)
    others = [one for one in opened if handler(one) != one.viewer.officer_id]
    rounds = {one.row.id: one.row.round for one in opened}
    return to_tell(others, rounds, head, {"due_on": due_on.isoformat()})
