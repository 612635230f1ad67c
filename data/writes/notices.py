"""Notices (责令改正通知书): one orders whatever was found at one enterprise to be put right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from data.errors import Refused
from data.writes.notice_numbers import check_number
from data.writes.problem_days import by_rule, deadline, done_on, not_before, on_another_day
from data.writes.problem_moves import Changed, Taken, Told, accounts, change, handler, write_round
from data.writes.written import MOST_LINE, noted

ORDERS = ("immediate", "term")
"""Kinds of orders: 立即整改, 限期整改; where nobody names a day, the rule ``rectify_<kind>`` does."""


def issue(
    conn: sa.Connection, taken: Sequence[Taken], *, kind: str, day: date | None = None, due_on: date | None,
    clauses: Mapping[int, str | None], number: str | None,
) -> list[Changed]:  # fmt: skip
    """Write one notice that orders the problems of one enterprise, but for figures and audit.

    Parameters
    ----------
    taken
        For ``order``, by number: the first one's round heads the notice.
    day : date, optional
        On which it was handed over, by default today.
    number
        Of the notice, whose givers were lined up before anything was locked (`lock_numbers`).
    clauses : mapping
        Problem id → the clause that was broken.

    Raises
    ------
    Refused
        ``day_past``: handed over before it was found, or due before it was handed over; ``day_ahead``,
        ``text_long``, ``paper_number_taken``, and what `term_of` raises.
    """
    first = taken[0]
    on = done_on(day, max(one.row.opened_on for one in taken), first.today, "day")
    term = term_of(conn, first, kind, on, due_on)
    number = noted(number, "number", MOST_LINE)
    if number:
        check_number(conn, number)
    rounds = {one.row.id: one.row.round for one in taken}
    head = draw_up(conn, taken, rounds, kind=kind, number=number, ordered_on=on, due_on=term["due_on"])
    apart = on_another_day(first, on)
    params = {"due_on": term["due_on"].isoformat(), **apart}
    told = to_tell([one for one in taken if handler(one) != one.viewer.officer_id], rounds, head, params)
    return [
        change(
            conn, one, details={"kind": kind, "due_on": term["due_on"], **apart},
            kept={"clause": noted(clauses.get(one.row.id), "clause", MOST_LINE), "number": number},
            tell=told.get(one.row.id, ()), **term,
        )
        for one in taken
    ]  # fmt: skip


def term_of(conn: sa.Connection, taken: Taken, kind: str, day: date, due_on: date | None) -> dict[str, Any]:
    """Return the columns of the term of an order that was handed over on `day`.

    Raises
    ------
    Refused
        ``order_kind``, ``day_past``, ``day_far``; ``order_at_once``: what is to be put right at once has no
        longer than its rule.
    """
    if kind not in ORDERS:
        raise Refused("order_kind", field="kind", found=kind)
    rule = by_rule(conn, taken.desk.calendar, f"rectify_{kind}", day)
    if due_on is None:
        return rule
    if kind == "immediate" and due_on > rule["due_on"]:
        raise Refused("order_at_once", field="due_on", found=due_on, most=rule["due_on"])
    return deadline(taken, not_before(due_on, day, "due_on"))


def draw_up(
    conn: sa.Connection, taken: Sequence[Taken], rounds: Mapping[int, int], **values: Any
) -> int | None:
    """Write the rounds of one notice; return the id of that which heads it, the first.

    Parameters
    ----------
    rounds : mapping
        Problem id → number of the round.
    """
    head: int | None = None
    for one in taken:
        own = write_round(conn, one, rounds[one.row.id], notice_of=head, **values)
        head = head or own
    return head


def to_tell(
    taken: Sequence[Taken], rounds: Mapping[int, int], head: int | None, params: Mapping[str, Any],
    reasons: Mapping[int, str] | None = None,
) -> dict[int, list[Told]]:  # fmt: skip
    """Return what each hand is told of a notice, once, at the first of its problems there.

    Parameters
    ----------
    reasons : mapping, optional
        Problem id → why it is ordered again.
    """
    hands: dict[int | None, list[Taken]] = {}
    for one in taken:
        hands.setdefault(handler(one), []).append(one)
    found = {}
    for own, theirs in hands.items():
        first = theirs[0]
        why = "；".join(reasons[one.row.id] for one in theirs) if reasons else None
        said = {**params, "reason": why} if why else dict(params)
        cause = f"order:{rounds[first.row.id]}"
        if len(rounds) > 1:  # moves on to the next of them when this one is done (`notice_told`)
            cause, said["n"] = f"notice:{head}", len(rounds)
        found[first.row.id] = [Told(accounts(first, own), "assigned", cause, said)]
    return found
