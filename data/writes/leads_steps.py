"""The way of a lead, step by step: 交办 → 签收 → 核查 → 核查完毕 → 处置 → 审核 → 销号, and back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from data.access import Viewer
from data.errors import Denied, Refused
from data.reads.lead_row import Row, evidence_visit, is_evidence, own_work, read_lead
from data.reads.recipients import Recipients
from data.schema import attachment, inspection, lead, officer
from data.writes.attachments import take
from data.writes.leads_act import begin, finish, reason_of, term_of
from data.writes.messages import end, tell

OUTCOMES = ("true", "partly", "false", "unverifiable")
DISPOSALS = ("filed", "correction_order", "guidance", "transfer_police", "hand_over", "not_filed")
HANDED = ("transfer_police", "hand_over")
"""Disposals by which somebody else goes on: a receiver is named, and the receipt awaited."""
NEED_TRUTH = ("filed", "correction_order", "transfer_police")
"""Disposals that a report found to be untrue cannot have."""


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
        ``reason_missing``; ``officer_unknown``; ``officer_same``.
    """
    return _give(conn, viewer, lead_id, officer_id, "reassign", version, reason_of(reason), now)


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
    said = reason_of(reason)
    gone = {"officer_id": None, "returned": said}
    new = finish(conn, viewer, row, "return", now=now, values=gone, note=said, officer=[row.officer_id, None])
    to = Recipients(conn, now.date()).supervisors(row.grid, row.district)
    tell(conn, to, "returned", "lead", row.id, f"v{new}", {"reason": said}, now=now)
    return new


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
        ``lead_outcome``; ``lead_result``: no words; ``lead_inspection``: no visit to this enterprise;
        ``lead_inspection_before``: a visit made before the lead was reported.
    """
    row = begin(conn, viewer, lead_id, "conclude", version, now)
    if outcome not in OUTCOMES:
        raise Refused("lead_outcome", field="outcome", got=outcome, known=", ".join(OUTCOMES))
    words = _result(result)
    visited = evidence_visit(conn, row) if inspection_id is None else _visit_of(conn, row, inspection_id)
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
    to = (receiver or "").strip() or None
    if disposal in HANDED and to is None:
        raise Refused("lead_receiver", field="receiver")
    values = {
        "disposal": disposal, "receiver": to if disposal in HANDED else None, "receipt": None,
        "returned": None,
    }  # fmt: skip
    return finish(
        conn, viewer, row, "dispose", now=now, values=values, note=(note or "").strip() or None,
        disposal=disposal, receiver=values["receiver"],
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
        values["result"] = str(result).strip()
    if inspection_id is not None:
        values["inspection_id"] = _visit_of(conn, row, inspection_id)
    conn.execute(sa.update(lead).where(lead.c.id == row.id).values(values))
    _require_whole(conn, read_lead(conn, row.id))
    end(conn, "lead", row.id, kinds=("asked",), now=now)  # an extension has nothing to extend any more
    changed = values.get("result") not in (None, row.result)
    new = finish(
        conn, viewer, row, "submit", now=now, values=values, note=values["result"] if changed else None,
        attachments=len(attachments),
    )  # fmt: skip
    to = Recipients(conn, now.date()).supervisors(row.grid, row.district)
    tell(conn, to, "asked", "lead", row.id, f"review v{new}", {}, now=now)
    return new


def close_out(
    conn: sa.Connection, viewer: Viewer, lead_id: int, *, note: str | None = None, version: int, now: datetime
) -> int:
    """Close a reviewed lead (销号); never by whoever had a hand in its handling.

    Raises
    ------
    Denied
        ``own_work``.
    Refused
        What `submit` refuses; ``lead_crime``: suspected of a crime, neither transferred nor a reason given.
    """
    row = begin(conn, viewer, lead_id, "close_out", version, now)
    if own_work(conn, viewer, row):
        raise Denied("own_work")
    _require_whole(conn, row)
    said = (note or "").strip() or None
    if row.crime and row.disposal != "transfer_police" and said is None:
        raise Refused("lead_crime", field="note")
    new = finish(conn, viewer, row, "close_out", now=now, values={"closed_on": now.date()}, note=said)
    to = Recipients(conn, now.date()).of_officer(row.officer_id)
    tell(conn, to, "closed", "lead", row.id, f"v{new}", {}, now=now)
    return new


def send_back(
    conn: sa.Connection, viewer: Viewer, lead_id: int, *, reason: str, again: bool = False, version: int,
    now: datetime,
) -> int:  # fmt: skip
    """Give a lead under review back to its handler (审核退回); the reason shows until it is done again.

    Parameters
    ----------
    again : bool
        True: it is to be looked into once more; False: its disposal alone.
    """
    verb = "reinvestigate" if again else "send_back"
    row = begin(conn, viewer, lead_id, verb, version, now)
    said = reason_of(reason)
    end(conn, "lead", row.id, kinds=("asked",), now=now)
    new = finish(conn, viewer, row, verb, now=now, values={"returned": said}, note=said)
    to = Recipients(conn, now.date()).of_officer(row.officer_id)
    tell(conn, to, "returned", "lead", row.id, f"v{new}", {"reason": said}, now=now)
    return new


def _give(
    conn: sa.Connection, viewer: Viewer, lead_id: int, officer_id: int, verb: str, version: int,
    note: str | None, now: datetime,
) -> int:  # fmt: skip
    row = begin(conn, viewer, lead_id, verb, version, now)
    known = sa.select(officer.c.id).where(officer.c.id == officer_id, officer.c.active)
    if conn.execute(known).first() is None:
        raise Refused("officer_unknown", field="officer_id", got=officer_id)
    if verb == "reassign" and officer_id == row.officer_id:
        raise Refused("officer_same", field="officer_id")
    end(conn, "lead", row.id, kinds=("assigned", "returned"), now=now)
    values = {"officer_id": officer_id, "returned": None, "escalated_on": None}
    new = finish(
        conn, viewer, row, verb, now=now, values=values, note=(note or "").strip() or None,
        officer=[row.officer_id, officer_id],
    )  # fmt: skip
    due = {"due_on": row.due_on.isoformat()} if row.due_on else {}
    to = Recipients(conn, now.date()).of_officer(officer_id)
    tell(conn, to, "assigned", "lead", row.id, f"v{new}", due, now=now)
    return new


def _visit_of(conn: sa.Connection, row: Row, inspection_id: int) -> int:
    if is_evidence(conn, row, inspection_id):
        return inspection_id
    visit = sa.select(inspection.c.enterprise_id, inspection.c.finished_on).where(
        inspection.c.id == inspection_id
    )
    found = conn.execute(visit).one_or_none()
    if found is None or row.enterprise_id is None or found.enterprise_id != row.enterprise_id:
        raise Refused("lead_inspection", field="inspection_id", got=inspection_id)
    raise Refused(
        "lead_inspection_before", field="inspection_id", found=found.finished_on.isoformat(),
        received=row.received_on.isoformat(),
    )  # fmt: skip


def _result(words: str) -> str:
    if not words.strip():
        raise Refused("lead_result", field="result")
    return words.strip()


def _require_whole(conn: sa.Connection, row: Row) -> None:
    """Raise `Refused` for the first thing that closing asks for and that is not there."""
    _result(row.result or "")
    if row.outcome is None:
        raise Refused("lead_outcome", field="outcome", got="", known=", ".join(OUTCOMES))
    if row.channel == "complaint" and not row.number_12315:
        raise Refused("lead_number_missing", field="number_12315")
    if row.disposal in HANDED and not row.receipt:
        raise Refused("lead_receipt_missing", field="receipt", receiver=row.receiver or "")
    if row.inspection_id is None or not is_evidence(conn, row, row.inspection_id):
        papers = sa.select(attachment.c.id).where(
            attachment.c.object == "lead", attachment.c.object_id == row.id
        )
        if conn.execute(papers.limit(1)).first() is None:
            raise Refused("lead_evidence", field="inspection_id")
