"""The way of a lead, step by step: 交办 → 签收 → 核查 → 核查完毕 → 处置 → 审核 → 销号, and back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from data.access import Viewer
from data.errors import Denied, Refused
from data.reads.lead_clocks import telling_of
from data.reads.lead_row import evidence_visit, own_work, read_lead
from data.reads.recipients import Recipients
from data.schema import lead, lead_event
from data.writes.attachments import take
from data.writes.leads_act import SHORT, begin, finish, term_of, within
from data.writes.leads_periods import require_open_outcome
from data.writes.leads_whole import HANDED, OUTCOMES, require_whole, result_of, visit_of
from data.writes.messages import end
from data.writes.problem_moves import Told, known_officer
from data.writes.written import need, noted

DISPOSALS = ("filed", "correction_order", "guidance", "transfer_police", "hand_over", "not_filed")
NEED_TRUTH = ("filed", "correction_order", "transfer_police")
"""Disposals that a report found to be untrue cannot have."""
ANEW = {"outcome": None, "result": None, "disposal": None, "receiver": None, "receipt": None}
"""What a lead that is looked into anew has not any more; its events keep what it was."""


def assign(
    conn: sa.Connection, viewer: Viewer, lead_id: int, officer_id: int, *, version: int, now: datetime,
    note: str | None = None,
) -> int:  # fmt: skip
    """Give a registered lead to an officer (交办); they are told.

    Raises
    ------
    Refused
        ``officer_unknown``; and as every act, see `data.writes.leads_act.begin`.
    """
    return _give(conn, viewer, lead_id, officer_id, "assign", version, note, now)


def reassign(
    conn: sa.Connection, viewer: Viewer, lead_id: int, officer_id: int, *, reason: str, version: int,
    now: datetime,
) -> int:  # fmt: skip
    """Give a lead to another officer (改派), who signs for it anew.

    Raises
    ------
    Refused
        ``reason_missing``; ``officer_unknown``; ``officer_same``; ``lead_period_locked``: its outcome counts.
    """
    return _give(conn, viewer, lead_id, officer_id, "reassign", version, need(reason, "reason"), now)


def acknowledge(conn: sa.Connection, viewer: Viewer, lead_id: int, *, version: int, now: datetime) -> int:
    """Sign for a lead (签收)."""
    row = begin(conn, viewer, lead_id, "acknowledge", version, now)
    return finish(conn, viewer, row, "acknowledge", now=now)


def give_back(
    conn: sa.Connection, viewer: Viewer, lead_id: int, *, reason: str, version: int, now: datetime
) -> int:
    """Return a lead to who assigned it (退回), before it is looked into; nobody passes it on by themselves.

    Order 121 art. 41: a unit without power returns it.
    """
    row = begin(conn, viewer, lead_id, "return", version, now)
    said = need(reason, "reason")
    # nobody could decide on what its former handler asked for, and who is watched for it is nobody now
    end(conn, "lead", row.id, kinds=("asked", "supervised"), now=now)
    gone = {"officer_id": None, "returned": said, "asked_until": None}
    to = Recipients(conn, now.date()).supervisors(row.grid, row.district)
    told = [Told(to, "returned", f"v{row.version + 1}", {"reason": said})]
    return finish(
        conn,
        viewer,
        row,
        "return",
        now=now,
        values=gone,
        note=said,
        tell=told,
        officer=[row.officer_id, None],
    )


def investigate(conn: sa.Connection, viewer: Viewer, lead_id: int, *, version: int, now: datetime) -> int:
    """Begin to look into a lead (核查中); a complaint is accepted by it, and its mediation term begins."""
    row = begin(conn, viewer, lead_id, "investigate", version, now)
    values: dict[str, Any] = {"returned": None}
    if row.rule == "complaint_accept":
        rule, last = term_of(conn, "mediation", row.received_on, now.date())
        values |= {"rule": rule.code, "due_on": last.day, "due_provisional": last.provisional}
    due = {"until": values["due_on"].isoformat()} if "due_on" in values else {}
    return finish(conn, viewer, row, "investigate", now=now, values=values, **due)


def conclude(
    conn: sa.Connection, viewer: Viewer, lead_id: int, *, outcome: str, result: str,
    inspection_id: int | None = None, attachments: Sequence[str] = (), version: int, now: datetime,
) -> int:  # fmt: skip
    """Say what was found out (核查完毕), by which visit, with which papers.

    Parameters
    ----------
    inspection_id : int, optional
        Left out: the latest visit that looked into the lead, if there was one.
    attachments : sequence of str
        Client ids of pictures that the handler has sent.

    Raises
    ------
    Refused
        ``lead_outcome``; what `data.writes.leads_whole` says of the result and the visit.
    """
    row = begin(conn, viewer, lead_id, "conclude", version, now)
    if outcome not in OUTCOMES:
        raise Refused("lead_outcome", field="outcome", got=outcome, known=", ".join(OUTCOMES))
    words = result_of(result)
    visited = evidence_visit(conn, row) if inspection_id is None else visit_of(conn, row, inspection_id)
    take(conn, viewer, attachments, "lead", row.id)
    values = {"outcome": outcome, "result": words, "inspection_id": visited, "returned": None}
    return finish(
        conn, viewer, row, "conclude", now=now, values=values, note=words, outcome=outcome,
        inspection=visited, attachments=len(attachments),
    )  # fmt: skip


def dispose(
    conn: sa.Connection, viewer: Viewer, lead_id: int, *, disposal: str, receiver: str | None = None,
    note: str | None = None, version: int, now: datetime,
) -> int:  # fmt: skip
    """Say what follows from it (处置); what is handed to others names the receiver.

    Raises
    ------
    Refused
        ``lead_disposal``; ``lead_disposal_outcome``: the report was untrue; ``lead_receiver``.
    """
    row = begin(conn, viewer, lead_id, "dispose", version, now)
    if disposal not in DISPOSALS:
        raise Refused("lead_disposal", field="disposal", got=disposal, known=", ".join(DISPOSALS))
    if row.outcome == "false" and disposal in NEED_TRUTH:
        raise Refused("lead_disposal_outcome", field="disposal")
    to = within("receiver", (receiver or "").strip(), SHORT) or None
    if disposal in HANDED and to is None:
        raise Refused("lead_receiver", field="receiver")
    values = {
        "disposal": disposal, "receiver": to if disposal in HANDED else None, "receipt": None,
        "returned": None,
    }  # fmt: skip
    return finish(
        conn, viewer, row, "dispose", now=now, values=values, note=noted(note, "note"), disposal=disposal,
        kept={"receiver": values["receiver"]},
    )  # fmt: skip


def submit(
    conn: sa.Connection, viewer: Viewer, lead_id: int, *, result: str | None = None,
    inspection_id: int | None = None, attachments: Sequence[str] = (), version: int, now: datetime,
) -> int:  # fmt: skip
    """Hand a lead in for review (送审); everything that closing asks for must be there.

    Parameters
    ----------
    result, inspection_id, attachments
        What is still missing or better said now; left out, what is there stays.

    Raises
    ------
    Refused
        ``lead_result``, ``lead_number_missing``, ``lead_receipt_missing``, ``lead_evidence``;
        ``lead_inspection``, ``lead_inspection_before``.
    """
    row = begin(conn, viewer, lead_id, "submit", version, now)
    take(conn, viewer, attachments, "lead", row.id)
    values: dict[str, Any] = {"returned": None, "asked_until": None}
    if (result or "").strip():
        values["result"] = result_of(result)
    if inspection_id is not None:
        values["inspection_id"] = visit_of(conn, row, inspection_id)
    conn.execute(sa.update(lead).where(lead.c.id == row.id).values(values))
    require_whole(conn, read_lead(conn, row.id))
    end(conn, "lead", row.id, kinds=("asked",), now=now)  # an extension has nothing to extend any more
    changed = values.get("result") not in (None, row.result)
    to = Recipients(conn, now.date()).supervisors(row.grid, row.district)
    return finish(
        conn, viewer, row, "submit", now=now, values=values, note=values["result"] if changed else None,
        tell=[Told(to, "asked", f"review v{row.version + 1}", {})], attachments=len(attachments),
    )  # fmt: skip


def close_out(
    conn: sa.Connection, viewer: Viewer, lead_id: int, *, note: str | None = None, version: int, now: datetime
) -> int:
    """Close a reviewed lead (销号); never by whoever had a hand in its handling.

    Raises
    ------
    Denied
        ``own_work``.
    Refused
        What `submit` refuses; ``lead_untold``: somebody must still be told of the decision; ``lead_crime``:
        suspected of a crime, neither transferred nor a reason given.
    """
    row = begin(conn, viewer, lead_id, "close_out", version, now)
    if own_work(conn, viewer, row):
        raise Denied("own_work")
    require_whole(conn, row)
    if (term := telling_of(conn, row, now.tzinfo or UTC)) is not None and term.left:
        raise Refused("lead_untold")
    said = noted(note, "note")
    if row.crime and row.disposal != "transfer_police" and said is None:
        raise Refused("lead_crime", field="note")
    told = [
        Told(Recipients(conn, now.date()).of_officer(row.officer_id), "closed", f"v{row.version + 1}", {})
    ]
    return finish(
        conn, viewer, row, "close_out", now=now, values={"closed_on": now.date()}, note=said, tell=told
    )


def send_back(
    conn: sa.Connection, viewer: Viewer, lead_id: int, *, reason: str, again: bool = False, version: int,
    now: datetime,
) -> int:  # fmt: skip
    """Give a lead under review back to its handler (审核退回); the reason shows until it is done again.

    Parameters
    ----------
    again : bool
        True: it is to be looked into once more; False: its disposal alone.

    Raises
    ------
    Refused
        ``reason_missing``; ``lead_period_locked``: its outcome counts, it cannot be looked into once more.
    """
    verb = "reinvestigate" if again else "send_back"
    row = begin(conn, viewer, lead_id, verb, version, now)
    said = need(reason, "reason")
    values: dict[str, Any] = {"returned": said}
    if again:
        require_open_outcome(conn, row.id)
        values |= ANEW
    end(conn, "lead", row.id, kinds=("asked",), now=now)
    to = Recipients(conn, now.date()).of_officer(row.officer_id)
    told = [Told(to, "returned", f"v{row.version + 1}", {"reason": said})]
    return finish(conn, viewer, row, verb, now=now, values=values, note=said, tell=told)


def _give(
    conn: sa.Connection, viewer: Viewer, lead_id: int, officer_id: int, verb: str, version: int,
    note: str | None, now: datetime,
) -> int:  # fmt: skip
    row = begin(conn, viewer, lead_id, verb, version, now)
    chosen = known_officer(conn, officer_id, "officer_id")
    values = {"officer_id": chosen, "returned": None, "escalated_on": None, "asked_until": None}
    if verb == "reassign":
        if chosen == row.officer_id:
            raise Refused("officer_same", field="officer_id")
        require_open_outcome(conn, row.id)
        values |= ANEW
    to, cause = Recipients(conn, now.date()).of_officer(chosen), f"v{row.version + 1}"
    told = [Told(to, "assigned", cause, {"due_on": row.due_on.isoformat()} if row.due_on else {})]
    if row.supervised:  # it stays so, in other hands
        told.append(Told(to, "supervised", cause, {"reason": _why_supervised(conn, row.id)}))
    end(conn, "lead", row.id, kinds=("assigned", "returned", "asked", "supervised"), now=now)
    return finish(
        conn, viewer, row, verb, now=now, values=values, note=noted(note, "note"), tell=told,
        officer=[row.officer_id, chosen],
    )  # fmt: skip


def _why_supervised(conn: sa.Connection, lead_id: int) -> str:
    said = sa.select(lead_event.c.note).where(
        lead_event.c.lead_id == lead_id, lead_event.c.verb == "supervise"
    )
    return conn.execute(said.order_by(lead_event.c.id.desc()).limit(1)).scalar() or ""
