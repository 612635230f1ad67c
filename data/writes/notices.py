"""Notices (责令改正通知书): one orders whatever was found at one enterprise to be put right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from data.errors import Refused
from data.writes.problem_days import by_rule, deadline, not_before
from data.writes.problem_moves import Changed, Taken, Told, accounts, change, handler, write_round
from data.writes.written import MOST_LINE, noted

ORDERS = ("immediate", "term")
"""Kinds of orders: 立即整改, 限期整改; where nobody names a day, the rule ``rectify_<kind>`` does."""


def issue(
    conn: sa.Connection, taken: Sequence[Taken], *, kind: str, due_on: date | None,
    clauses: Mapping[int, str | None], number: str | None,
) -> list[Changed]:  # fmt: skip
    """Write one notice that orders the problems of one enterprise, but for figures and audit.

    Parameters
    ----------
    taken
        For ``order``, by number: the first one's round heads the notice.
    clauses : mapping
        Problem id → the clause that was broken.

    Raises
    ------
    Refused
        ``order_kind``, ``day_past``, ``day_far``, ``text_long``.
    """
    first = taken[0]
    if kind not in ORDERS:
        raise Refused("order_kind", field="kind", found=kind)
    if due_on is not None:
        term = deadline(first, not_before(due_on, first.today, "due_on"))
    else:
        term = by_rule(conn, first.desk.calendar, f"rectify_{kind}", first.today)
    number = noted(number, "number", MOST_LINE)
    rounds = {one.row.id: one.row.round for one in taken}
    head = draw_up(conn, taken, rounds, kind=kind, number=number, due_on=term["due_on"])
    params = {"due_on": term["due_on"].isoformat()}
    told = to_tell([one for one in taken if handler(one) != one.viewer.officer_id], rounds, head, params)
    return [
        change(
            conn, one, details={"kind": kind, "due_on": term["due_on"]},
            kept={"clause": noted(clauses.get(one.row.id), "clause", MOST_LINE), "number": number},
            tell=told.get(one.row.id, ()), **term,
        )
        for one in taken
    ]  # fmt: skip


def draw_up(
    conn: sa.Connection, taken: Sequence[Taken], rounds: Mapping[int, int], **values: Any
) -> int | None:
    """Write the rounds of one notice, ordered today; return the id of that which heads it, the first.

    Parameters
    ----------
    rounds : mapping
        Problem id → number of the round.
    """
    head: int | None = None
    for one in taken:
        own = write_round(conn, one, rounds[one.row.id], ordered_on=one.today, notice_of=head, **values)
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
