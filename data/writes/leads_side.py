"""Side ways of leads: merged, split, supervised, received by others, extended."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from data.access import Right, Viewer
from data.deadlines import extended, rule_at
from data.errors import Denied, Refused
from data.reads.lead_row import heads_bureau, own_work, read_lead, require_lead
from data.reads.recipients import Recipients
from data.reads.supervised import may_lift, supervision_of
from data.schema import lead
from data.workdays import Due, load_calendar
from data.workflow import LEAD_MOVES
from data.writes.leads import insert_lead
from data.writes.leads_act import (
    add_event,
    begin,
    finish,
    lock_enterprises,
    refresh,
    term_of,
    write,
)
from data.writes.leads_given import NewLead, check_lengths
from data.writes.leads_periods import require_unlocked
from data.writes.messages import end, tell
from data.writes.problem_days import not_before
from data.writes.problem_moves import Told
from data.writes.reminders import KINDS as REMINDERS
from data.writes.written import need, noted


@dataclass(frozen=True)
class Part:
    """One of several matters that a lead turned out to hold."""

    title: str
    text: str | None = None
    subject: str | None = None


def merge(
    conn: sa.Connection, viewer: Viewer, lead_id: int, into_id: int, *, new_facts: bool | None = None,
    version: int, now: datetime,
) -> int:  # fmt: skip
    """Merge a repeated report into an open lead, whose clock starts again at a later report of new facts.

    Order 121 art. 35, which speaks of reports: what only repeats is not handled again and changes no term,
    the term of another rule goes on, and so does that of a lead of which nothing later was reported. The
    merged one is closed; the other tells its story on. The handlers of both are told.

    Parameters
    ----------
    new_facts : bool, optional
        Whether a later report tells of new facts; must be said of a later one.

    Raises
    ------
    Refused
        ``lead_merge_self``; ``lead_merge_state``: the other is under review or closed;
        ``lead_merge_enterprise``: they are about different enterprises; ``lead_merge_facts``: it came in
        later, and nobody said whether it tells of new facts.
    """
    if lead_id == into_id:
        raise Refused("lead_merge_self", field="into_id")
    viewer.require(Right.ASSIGN)
    both = [read_lead(conn, one) for one in (lead_id, into_id)]
    # all in one order, so that two who merge never wait for each other in a ring
    lock_enterprises(conn, {one.enterprise_id for one in both} - {None})
    conn.execute(
        sa.select(lead.c.id).where(lead.c.id.in_([lead_id, into_id])).order_by(lead.c.id).with_for_update()
    )
    row = begin(conn, viewer, lead_id, "merge", version, now)
    into = read_lead(conn, into_id)
    require_lead(viewer, into)
    if into.state not in LEAD_MOVES["merge"].sources:
        raise Refused("lead_merge_state", field="into_id", got=into_id)
    if None not in (row.enterprise_id, into.enterprise_id) and row.enterprise_id != into.enterprise_id:
        raise Refused("lead_merge_enterprise", field="into_id", got=into_id)
    before = into.last_received_on or into.received_on
    last = max(before, row.last_received_on or row.received_on)
    if last > before and new_facts is None:
        raise Refused("lead_merge_facts", field="new_facts", got=into_id)
    said: dict[str, Any] = {"new_facts": new_facts} if last > before else {}
    last = last if new_facts else before
    values: dict[str, Any] = {"last_received_on": last}
    due_on = into.due_on
    if last > before and (into.rule or "lead_verify") == "lead_verify":
        rule, term = term_of(conn, "lead_verify", last, last)
        due_on = term.day
        values |= {
            "rule": rule.code, "due_on": due_on, "due_provisional": term.provisional, "extended": False,
            "asked_until": None,
        }  # fmt: skip
        end(conn, "lead", into_id, kinds=("asked", *REMINDERS), now=now)
    conn.execute(sa.update(lead).where(lead.c.merged_into_id == lead_id).values(merged_into_id=into_id))
    due = {"due_on": due_on.isoformat()} if due_on else {}
    write(conn, viewer, into, "absorb", values, into.state, None, {"lead": lead_id, **said, **due}, now)
    people = Recipients(conn, now.date())
    own = people.of_officer(into.officer_id)
    tell(conn, own, "merged", "lead", into_id, f"v{into.version + 1}", due, now=now)
    refresh(conn, {into.enterprise_id} - {None}, now)
    gone = {"merged_into_id": into_id, "disposal": "merged", "closed_on": now.date()}
    told = [Told(people.of_officer(row.officer_id), "closed", f"v{row.version + 1}", {})]
    return finish(conn, viewer, row, "merge", now=now, values=gone, tell=told, into=into_id, **said)


def split(
    conn: sa.Connection, viewer: Viewer, lead_id: int, parts: Sequence[Part], *, version: int, now: datetime
) -> list[int]:
    """Take further matters out of a lead as leads of their own; its term is theirs.

    Raises
    ------
    Refused
        ``lead_split_none``: no part was named; ``lead_title``: one has no title; ``lead_long``;
        ``lead_period_locked``: a part would have no outcome in it.
    """
    row = begin(conn, viewer, lead_id, "split", version, now)
    require_unlocked(conn, [row.received_on])
    if not parts:
        raise Refused("lead_split_none", field="parts")
    if any(not part.title.strip() for part in parts):
        raise Refused("lead_title", field="parts")
    for part in parts:
        check_lengths({"title": part.title, "text": part.text, "subject": part.subject})
    place = {"enterprise_id": None, "grid_id": row.grid, "district_code": row.district}
    kept = ("number_12315", "rule", "due_on", "due_provisional", "extended", "last_received_on")
    same = {name: getattr(row, name) for name in kept}
    made = []
    for n, part in enumerate(parts, start=1):
        new = NewLead(
            channel=row.channel, title=part.title, text=part.text, subject=part.subject,
            received_on=row.received_on, crime=row.crime,
        )  # fmt: skip
        source_id = f"split/{row.id}/{row.version}/{n}"
        own = insert_lead(conn, viewer, new, place, source_id, now, split_from_id=row.id, **same)
        add_event(conn, viewer, own, None, "registered", "register", None, {"from": row.id}, now)
        made.append(own)
    finish(conn, viewer, row, "split", now=now, leads=made)
    return made


def supervise(
    conn: sa.Connection, viewer: Viewer, lead_id: int, on: bool, *, reason: str, until: date | None = None,
    demand: str = "", version: int, now: datetime,
) -> int:  # fmt: skip
    """Put a lead under supervision (挂牌督办), or lift it; its handler is told.

    Parameters
    ----------
    until, demand : optional
        By when it is to be settled (督办期限), and what is asked (督办要求).

    Raises
    ------
    Refused
        ``reason_missing``; ``lead_supervised``: it is so already; ``day_past``, ``day_far``.
    Denied
        ``supervised_above``: somebody above has set it (`data.reads.supervised.may_lift`).
    """
    verb = "supervise" if on else "unsupervise"
    row = begin(conn, viewer, lead_id, verb, version, now)
    said = need(reason, "reason")
    if row.supervised == on:
        raise Refused("lead_supervised")
    if not on:
        if not may_lift(conn, viewer, supervision_of(conn, lead, row.id)):
            raise Denied("supervised_above", role=str(viewer.role))
        end(conn, "lead", row.id, kinds=("supervised",), now=now)
        return finish(conn, viewer, row, verb, now=now, values={"supervised": False}, note=said)
    day = {"until": not_before(until, now.date(), "until").isoformat()} if until else {}
    asked = noted(demand, "demand")
    kept = {"demand": asked} if asked else {}
    to = Recipients(conn, now.date()).of_officer(row.officer_id)
    told = [Told(to, "supervised", f"v{row.version + 1}", {"reason": said, **day, **kept})]
    return finish(
        conn, viewer, row, verb, now=now, values={"supervised": True}, note=said, tell=told, kept=kept, **day
    )


def receipt(
    conn: sa.Connection, viewer: Viewer, lead_id: int, text: str, *, version: int, now: datetime
) -> int:
    """Record that the police or the department received what was handed to them (移送回执).

    Raises
    ------
    Refused
        ``lead_not_handed``: it was handed to nobody; ``lead_receipt_text``.
    """
    row = begin(conn, viewer, lead_id, "receipt", version, now)
    if row.receiver is None:
        raise Refused("lead_not_handed")
    if not text.strip():
        raise Refused("lead_receipt_text", field="text")
    said = need(text, "text")
    return finish(
        conn, viewer, row, "receipt", now=now, values={"receipt": said}, note=said,
        kept={"receiver": row.receiver},
    )  # fmt: skip


def ask_extension(
    conn: sa.Connection, viewer: Viewer, lead_id: int, *, reason: str, version: int, now: datetime
) -> int:
    """Ask for the one extension that the lead's rule allows; who supervises for the bureau is told.

    Raises
    ------
    Refused
        ``lead_no_extension``: its rule allows none, or it had its one; ``lead_asked``: it waits already;
        ``lead_extension_late``: the term is over, and what is overdue stays so.
    """
    row = begin(conn, viewer, lead_id, "ask_extension", version, now)
    said = need(reason, "reason")
    if row.asked_until is not None:
        raise Refused("lead_asked", until=row.asked_until.isoformat())
    rule = rule_at(conn, row.rule or "lead_verify", row.last_received_on or row.received_on)
    if row.extended or not rule.extension or row.due_on is None:
        raise Refused("lead_no_extension")
    if row.due_on < now.date():
        raise Refused("lead_extension_late", due=row.due_on.isoformat())
    until = extended(load_calendar(conn), rule, Due(row.due_on, row.due_provisional))
    to = Recipients(conn, now.date()).supervisors(row.grid, row.district, of_bureau=True)
    asked = {"reason": said, "until": until.day.isoformat()}
    return finish(
        conn, viewer, row, "ask_extension", now=now, values={"asked_until": until.day}, note=said,
        tell=[Told(to, "asked", f"v{row.version + 1}", asked)], until=until.day.isoformat(),
    )  # fmt: skip


def decide_extension(
    conn: sa.Connection, viewer: Viewer, lead_id: int, approve: bool, *, reason: str | None = None,
    version: int, now: datetime,
) -> int:  # fmt: skip
    """Approve or refuse an extension that was asked for, for the bureau; never one's own.

    Raises
    ------
    Denied
        ``own_work``; ``lead_extension_bureau``: a station does not decide it.
    Refused
        ``lead_not_asked``; ``reason_missing`` for a refusal.
    """
    row = begin(conn, viewer, lead_id, "decide_extension", version, now)
    if own_work(conn, viewer, row):
        raise Denied("own_work")
    if not heads_bureau(conn, viewer):
        raise Denied("lead_extension_bureau")
    if row.asked_until is None:
        raise Refused("lead_not_asked")
    said = noted(reason, "reason") if approve else need(reason, "reason")
    values: dict[str, Any] = {"asked_until": None}
    if approve:
        calendar = load_calendar(conn)
        loose = row.due_provisional or calendar.any_provisional(row.due_on, row.asked_until)
        values |= {"due_on": row.asked_until, "due_provisional": loose, "extended": True}
    end(conn, "lead", row.id, kinds=("asked", *REMINDERS) if approve else ("asked",), now=now)
    to = Recipients(conn, now.date()).of_officer(row.officer_id)
    until = row.asked_until.isoformat()
    params = {"until": until} | ({"reason": said} if said else {})
    told = [Told(to, "approved" if approve else "refused", f"v{row.version + 1}", params)]
    return finish(
        conn, viewer, row, "decide_extension", now=now, values=values, note=said, tell=told,
        approved=approve, until=until,
    )  # fmt: skip
