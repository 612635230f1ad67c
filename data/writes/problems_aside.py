"""Side ways of a problem: more time, another officer, another authority, the end without rectification."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from data.access import Viewer
from data.errors import Denied, Refused
from data.reads.supervised import may_lift, supervision_of
from data.schema import enterprise, problem, problem_event, status
from data.writes import messages
from data.writes.notice_told import pass_on
from data.writes.problem_days import deadline, not_before
from data.writes.problem_moves import (
    Changed,
    Taken,
    Told,
    accounts,
    change,
    handler,
    known_officer,
    put,
    settle,
    supervisors,
    take,
    write_round,
)
from data.writes.reminders import KINDS as REMINDERS
from data.writes.written import MOST_LINE, need, noted

RECEIVERS = ("police", "department")
"""Whom a problem can be handed to: 公安机关, 其他部门."""


def ask_extension(
    conn: sa.Connection, viewer: Viewer, problem_id: int, *, until: date, reason: str, version: int,
    now: datetime,
) -> None:  # fmt: skip
    """Ask for more time (申请延期); it waits for a supervisor.

    Raises
    ------
    Refused
        ``extension_waits``: one is asked for already; ``extension_late``: the term is over, and what is
        overdue stays so; ``extension_short``: not after the deadline.
    """
    taken = take(conn, viewer, problem_id, "ask_extension", version=version, now=now)
    row = taken.row
    if row.asked_until is not None:
        raise Refused("extension_waits", field="until", found=row.asked_until)
    if row.due_on is not None and row.due_on < taken.today:
        raise Refused("extension_late", field="until", due=row.due_on)
    reason = need(reason, "reason")
    not_before(until, taken.today, "until")
    if row.due_on is not None and until <= row.due_on:
        raise Refused("extension_short", field="until", found=until, due=row.due_on)
    params = {"until": until.isoformat(), "reason": reason}
    told = [Told(supervisors(taken), "asked", f"extension:{row.version}", params)]
    put(conn, taken, note=reason, details={"until": until}, tell=told, asked_until=until)


def decide_extension(
    conn: sa.Connection, viewer: Viewer, problem_id: int, *, approved: bool, reason: str = "", version: int,
    now: datetime,
) -> None:  # fmt: skip
    """Grant or refuse more time (延期审批); a refusal says why, and nobody grants their own.

    Raises
    ------
    Refused
        ``extension_none``: none is asked for; ``reason_missing``.
    Denied
        ``own_work``.
    """
    taken = take(conn, viewer, problem_id, "decide_extension", version=version, now=now)
    row = taken.row
    if row.asked_until is None:
        raise Refused("extension_none", id=problem_id)
    asked_by = conn.execute(
        sa.select(problem_event.c.user_id)
        .where(problem_event.c.problem_id == row.id, problem_event.c.verb == "ask_extension")
        .order_by(problem_event.c.id.desc())
        .limit(1)
    ).scalar()
    if viewer.user_id is not None and asked_by == viewer.user_id:
        raise Denied("own_work", role=str(viewer.role))
    note = (noted(reason, "reason") or "") if approved else need(reason, "reason")
    due = deadline(taken, row.asked_until) if approved else {}
    if approved:
        write_round(conn, taken, row.round, due_on=row.asked_until)
    kind = "approved" if approved else "refused"
    params = {"until": row.asked_until.isoformat(), "reason": note}
    told = [Told(accounts(taken, handler(taken)), kind, f"extension:{row.version}", params)]
    details = {"approved": approved, "until": row.asked_until}
    put(conn, taken, note=note or None, details=details, tell=told, asked_until=None, **due)


def reassign(
    conn: sa.Connection, viewer: Viewer, problem_id: int, *, officer_id: int, reason: str = "", version: int,
    now: datetime,
) -> None:  # fmt: skip
    """Let another officer see a problem through (改派)."""
    taken = take(conn, viewer, problem_id, "reassign", version=version, now=now)
    settle(conn, viewer, [give_to(conn, taken, officer_id, reason)], now=now)


def give_to(conn: sa.Connection, taken: Taken, officer_id: int, reason: str = "") -> Changed:
    """Write who sees a problem through that is taken for it, but for figures and audit."""
    chosen = known_officer(conn, officer_id, "officer_id")
    if chosen == taken.row.officer_id:
        raise Refused("officer_same", field="officer_id")
    due = taken.row.due_on
    params = {"due_on": due.isoformat()} if due else {}
    cause, to = f"handler:{taken.row.version}", accounts(taken, chosen)
    told = [Told(to, "assigned", cause, params)]
    if taken.row.supervised:
        told.append(Told(to, "supervised", cause, _supervised(conn, taken)))
    details = {"before": taken.row.officer_id, "officer": chosen}
    _end_of_former(conn, taken, chosen)
    return change(conn, taken, note=noted(reason, "reason"), details=details, tell=told, officer_id=chosen)


def _end_of_former(conn: sa.Connection, taken: Taken, chosen: int) -> None:
    """End what whoever had the problem was told; the recheck and what is asked stay with who has them."""
    row, former = taken.row, handler(taken)
    kinds = {"supervised"}
    pass_on(conn, row, former, taken.desk.people.officer_of_grid(taken.grid_id))
    if row.state != "awaiting_recheck" or former != row.recheck_officer_id:
        kinds |= {"assigned", *(REMINDERS if former != chosen else ())}
    messages.end(conn, "problem", row.id, kinds=kinds, to=accounts(taken, former), now=taken.now)


def _supervised(conn: sa.Connection, taken: Taken) -> dict[str, Any]:
    known = supervision_of(conn, problem, taken.row.id)
    return known.said if known is not None else {}


def supervise(
    conn: sa.Connection, viewer: Viewer, problem_id: int, *, on: bool, reason: str, until: date | None = None,
    demand: str = "", version: int, now: datetime,
) -> None:  # fmt: skip
    """Put a problem under supervision by name (挂牌督办), or take it off again, with a reason.

    Parameters
    ----------
    until, demand : optional
        By when it is to be settled (督办期限), and what is asked (督办要求).

    Raises
    ------
    Refused
        ``supervised_already``, ``supervised_not``, ``reason_missing``, ``day_past``, ``day_far``.
    Denied
        ``supervised_above``: somebody above has set it (`data.reads.supervised.may_lift`).
    """
    verb = "supervise" if on else "unsupervise"
    taken = take(conn, viewer, problem_id, verb, version=version, now=now)
    if taken.row.supervised == on:
        raise Refused("supervised_already" if on else "supervised_not", id=problem_id)
    if not on and not may_lift(conn, viewer, supervision_of(conn, problem, problem_id)):
        raise Denied("supervised_above", role=str(viewer.role))
    note = need(reason, "reason")
    if not on:
        put(conn, taken, note=note, supervised=False)
        return
    day = not_before(until, taken.today, "until") if until else None
    asked = noted(demand, "demand")
    params = {"reason": note, "until": day.isoformat() if day else None, "demand": asked}
    said = {name: value for name, value in params.items() if value}
    told = [Told(accounts(taken, handler(taken)), "supervised", f"{taken.row.version}", said)]
    kept = {"demand": asked}
    put(conn, taken, note=note, details={"until": day}, kept=kept, tell=told, supervised=True)


def file(
    conn: sa.Connection, viewer: Viewer, problem_id: int, *, note: str, number: str | None = None,
    version: int, now: datetime,
) -> None:  # fmt: skip
    """Hand a problem to a case (转立案), with the case's number where it has one."""
    taken = take(conn, viewer, problem_id, "file", version=version, now=now)
    put(conn, taken, note=need(note, "note"), kept={"number": noted(number, "number", MOST_LINE)})


def transfer(
    conn: sa.Connection, viewer: Viewer, problem_id: int, *, receiver_kind: str, receiver: str, note: str,
    version: int, now: datetime,
) -> None:  # fmt: skip
    """Hand a problem to another authority (转移送); it stays to be watched until the receipt comes.

    Parameters
    ----------
    receiver_kind : str
        One of `RECEIVERS`.

    Raises
    ------
    Refused
        ``receiver_kind``, ``text_missing``.
    """
    taken = take(conn, viewer, problem_id, "transfer", version=version, now=now)
    if receiver_kind not in RECEIVERS:
        raise Refused("receiver_kind", field="receiver_kind", found=receiver_kind)
    kept = {"receiver": need(receiver, "receiver")}
    put(conn, taken, note=need(note, "note"), details={"receiver_kind": receiver_kind}, kept=kept)


def acknowledge_transfer(
    conn: sa.Connection, viewer: Viewer, problem_id: int, *, receipt: str, version: int, now: datetime
) -> None:
    """Enter the receipt of whom a problem was handed to (回执).

    Raises
    ------
    Refused
        ``receipt_there``: it has come already.
    """
    taken = take(conn, viewer, problem_id, "acknowledge_transfer", version=version, now=now)
    there = sa.select(problem_event.c.id).where(
        problem_event.c.problem_id == problem_id, problem_event.c.verb == "acknowledge_transfer"
    )
    if conn.execute(there).first() is not None:
        raise Refused("receipt_there", field="receipt")
    put(conn, taken, note=need(receipt, "receipt"))


def revoke(
    conn: sa.Connection, viewer: Viewer, problem_id: int, *, reason: str, version: int, now: datetime
) -> None:
    """Take a problem back that was none (撤销), with the reason."""
    taken = take(conn, viewer, problem_id, "revoke", version=version, now=now)
    put(conn, taken, note=need(reason, "reason"))


def end(
    conn: sa.Connection, viewer: Viewer, problem_id: int, *, reason: str, version: int, now: datetime
) -> None:
    """End a problem whose enterprise has closed (终止).

    Raises
    ------
    Refused
        ``enterprise_operates``: it counts as operating; its status is to be put right first.
    """
    taken = take(conn, viewer, problem_id, "end", version=version, now=now)
    operating = conn.execute(
        sa.select(status.c.operating)
        .join(enterprise, enterprise.c.status == status.c.code)
        .where(enterprise.c.id == taken.row.enterprise_id)
    ).scalar()
    if operating:
        raise Refused("enterprise_operates", id=problem_id)
    put(conn, taken, note=need(reason, "reason"))
