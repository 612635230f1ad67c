"""Leads as they come in: registered by hand, from a visit or through the API; matched, and amended."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from data import audit
from data.access import Right, Viewer
from data.errors import Conflict, Denied, NotFound, Refused
from data.reads.lead_row import is_handler
from data.schema import district, enterprise, inspection, lead, reporter
from data.workflow import LEAD_CHANNELS
from data.writes.inspections import ENTERED
from data.writes.leads_act import LEAD_RULES, add_event, begin, finish, refresh, term_of
from data.writes.leads_periods import is_locked

SHORT, LONG = 200, 4000
AMENDED = ("title", "text", "subject", "address", "number_12315", "crime", "result")
"""What can be set right while a lead is open."""

_NUMBER = re.compile(r"[0-9A-Za-z-]{6,40}")


@dataclass(frozen=True)
class Reporter:
    """Who reported a lead: personal and confidential, kept apart from it."""

    name: str | None = None
    phone: str | None = None
    address: str | None = None


@dataclass(frozen=True)
class NewLead:
    """What is known of a lead when it comes in.

    Parameters
    ----------
    channel : str
        One of `data.workflow.LEAD_CHANNELS`.
    received_on : date
        Its day of receipt chooses the deadline rule.
    uscc, licence : str, optional
        As the source gives them, for the matching; they link nothing by themselves.
    enterprise_id : int, optional
        Whom a person has recognised already; null stays 未匹配.
    inspection_id : int, optional
        The visit at which it came to light.
    rule : str
        Of `LEAD_RULES`: ``complaint_accept`` for a consumer's complaint (投诉), else a report (举报).
    """

    channel: str
    title: str
    received_on: date
    text: str | None = None
    subject: str | None = None
    address: str | None = None
    uscc: str | None = None
    licence: str | None = None
    district: str | None = None
    enterprise_id: int | None = None
    inspection_id: int | None = None
    number_12315: str | None = None
    rule: str = "lead_verify"
    crime: bool = False
    reporter: Reporter | None = None


def register(conn: sa.Connection, viewer: Viewer, new: NewLead, *, client_id: str, now: datetime) -> int:
    """Register a lead; its deadline is that of the rule of its day of receipt.

    Parameters
    ----------
    client_id : str
        Made by the client before it sends: the same lead sent again is the same row.

    Raises
    ------
    Denied
        Without `Right.INTAKE`; for an enterprise outside the scope.
    NotFound
        ``enterprise_unknown``; ``inspection_unknown``.
    Refused
        ``lead_…``: what is wrong with it; ``lead_number_taken``; ``lead_period_locked``.
    Conflict
        ``lead_resent``: `client_id` stands for another lead already.
    """
    viewer.require(Right.INTAKE)
    _check(conn, new, client_id, now.date())
    sent = conn.execute(
        sa.select(lead).where(lead.c.source == ENTERED, lead.c.source_id == client_id)
    ).one_or_none()
    if sent is not None:
        if sent.user_id == viewer.user_id and all(
            getattr(sent, name) == getattr(new, name) for name in ("channel", "title", "received_on")
        ):
            return int(sent.id)
        raise Conflict("lead_resent", field="client_id")
    _check_number(conn, new.number_12315)
    place = _place(conn, viewer, new)
    made = insert_lead(conn, viewer, new, place, client_id, now)
    known = {"uscc": new.uscc, "licence": new.licence, "inspection": new.inspection_id}
    details = {key: value for key, value in known.items() if value}
    add_event(conn, viewer, made, None, "registered", "register", None, details, now)
    refresh(conn, {place["enterprise_id"]} - {None}, now)
    audit.append(
        conn, viewer, "lead.register", "lead", made, now=now, channel=new.channel,
        received_on=new.received_on, enterprise=place["enterprise_id"], inspection=new.inspection_id,
        reporter=new.reporter is not None,
    )  # fmt: skip
    return made


def insert_lead(
    conn: sa.Connection, viewer: Viewer, new: NewLead, place: dict[str, Any], source_id: str, now: datetime,
    **more: Any,
) -> int:  # fmt: skip
    """Write the rows of a lead and its reporter, with its deadline; checks and event are the caller's."""
    rule, last = term_of(conn, new.rule, new.received_on, new.received_on)
    own = {"user_id": viewer.user_id, "recorded_at": now}
    values = {
        "source": ENTERED, "source_id": source_id, "channel": new.channel, "title": new.title.strip(),
        "received_on": new.received_on, "subject": _text(new.subject), "text": _text(new.text),
        "address": _text(new.address), "number_12315": _text(new.number_12315), "crime": new.crime,
        "rule": rule.code, "due_on": last.day, "due_provisional": last.provisional, "state": "registered",
        "state_since": now.date(), **place, **own, **more,
    }  # fmt: skip
    made = int(conn.execute(sa.insert(lead).returning(lead.c.id), values).scalar_one())
    told = new.reporter and {
        name: _text(getattr(new.reporter, name)) for name in ("name", "phone", "address")
    }
    if told and any(told.values()):
        conn.execute(sa.insert(reporter), {**told, **own, "lead_id": made})
    return made


def match(
    conn: sa.Connection, viewer: Viewer, lead_id: int, enterprise_id: int | None, *, version: int,
    now: datetime, basis: str = "person", score: float | None = None,
) -> int:  # fmt: skip
    """Say which enterprise a lead is about; None: none that we know (未匹配). A person decides.

    Parameters
    ----------
    basis : str
        What spoke for it: ``uscc``, ``licence``, ``name``, ``address``, ``place`` or ``person``.

    Raises
    ------
    Denied
        Without `Right.INTAKE`; lead or enterprise outside the scope.
    NotFound
        ``lead_unknown``; ``enterprise_unknown``.
    Refused
        ``lead_is_…``; ``lead_match_same``: it is matched so already.
    Conflict
        ``lead_changed``.
    """
    more = () if enterprise_id is None else (enterprise_id,)
    row = begin(conn, viewer, lead_id, "match", version, now, more)
    if enterprise_id == row.enterprise_id:
        raise Refused("lead_match_same", field="enterprise_id")
    # its district is kept; a visit to somebody else is no evidence any more, and stays in the story
    values: dict[str, Any] = {"enterprise_id": enterprise_id, "grid_id": None, "inspection_id": None}
    if enterprise_id is not None:
        own = _enterprise(conn, viewer, enterprise_id)
        values |= {"grid_id": own.grid_id, "district_code": own.district_code}
    told: dict[str, Any] = {"enterprise": [row.enterprise_id, enterprise_id], "basis": basis}
    if score is not None:
        told["score"] = round(score, 1)
    return finish(conn, viewer, row, "match", now=now, values=values, **told)


def amend(
    conn: sa.Connection, viewer: Viewer, lead_id: int, changes: dict[str, Any], *, version: int, now: datetime
) -> int:
    """Set right or complete what a lead says (`AMENDED`), before and after kept in its history.

    Its result is the handler's alone to change.

    Raises
    ------
    Refused
        ``lead_field``; ``lead_number``, ``lead_number_taken``, ``lead_title``; ``lead_is_…``.
    """
    row = begin(conn, viewer, lead_id, "amend", version, now)
    unknown = [name for name in changes if name not in AMENDED]
    if unknown:
        raise Refused("lead_field", field=unknown[0], got=unknown[0], known=", ".join(AMENDED))
    if "result" in changes and not is_handler(viewer, row):
        raise Denied("lead_not_yours", field="result")
    new = {name: value if name == "crime" else _text(value) for name, value in changes.items()}
    if "title" in new and not new["title"]:
        raise Refused("lead_title", field="title")
    if new.get("number_12315") and new["number_12315"] != row.number_12315:
        _check_number(conn, new["number_12315"])
    changed = {name: value for name, value in new.items() if value != getattr(row, name)}
    if not changed:
        return int(row.version)
    # what people wrote may name persons: the log keeps which fields, the row and its event the words
    return finish(conn, viewer, row, "amend", now=now, values=changed, fields=sorted(changed))


def _check(conn: sa.Connection, new: NewLead, client_id: str, today: date) -> None:
    if not client_id.strip() or len(client_id) > SHORT:
        raise Refused("lead_client_id", field="client_id")
    if new.channel not in LEAD_CHANNELS:
        raise Refused("lead_channel", field="channel", got=new.channel, known=", ".join(LEAD_CHANNELS))
    if not new.title.strip():
        raise Refused("lead_title", field="title")
    for name, most in (("title", SHORT), ("subject", SHORT), ("address", SHORT), ("text", LONG)):
        if len(getattr(new, name) or "") > most:
            raise Refused("lead_long", field=name, most=most, found=len(getattr(new, name)))
    if not date(2000, 1, 1) <= new.received_on <= today:
        raise Refused("lead_received", field="received_on", found=new.received_on.isoformat())
    if new.rule not in LEAD_RULES or (new.rule == "complaint_accept" and new.channel != "complaint"):
        raise Refused("lead_rule", field="rule", got=new.rule, known=", ".join(LEAD_RULES))
    if new.district is not None:
        known = sa.select(district.c.code).where(district.c.code == new.district)
        if conn.execute(known).first() is None:
            raise Refused("district_unknown", field="district", found=new.district)
    if is_locked(conn, new.received_on):
        raise Refused("lead_period_locked", field="received_on", found=new.received_on.isoformat())


def _check_number(conn: sa.Connection, number: str | None) -> None:
    if not number:
        return
    if not _NUMBER.fullmatch(number.strip()):
        raise Refused("lead_number", field="number_12315", found=number)
    taken = sa.select(lead.c.id).where(lead.c.number_12315 == number.strip())
    first = conn.execute(taken.limit(1)).scalar()
    if first is not None:
        raise Refused("lead_number_taken", field="number_12315", found=number.strip(), lead=first)


def _place(conn: sa.Connection, viewer: Viewer, new: NewLead) -> dict[str, Any]:
    """Return whom a new lead is about, and where that lies."""
    enterprise_id = new.enterprise_id
    if new.inspection_id is not None:
        visited = conn.execute(
            sa.select(inspection.c.enterprise_id).where(inspection.c.id == new.inspection_id)
        ).scalar()
        if visited is None:
            raise NotFound("inspection_unknown", field="inspection_id", got=new.inspection_id)
        if enterprise_id not in (None, visited):
            raise Refused("lead_inspection", field="inspection_id", got=new.inspection_id)
        enterprise_id = visited
    if enterprise_id is None:
        return {"enterprise_id": None, "grid_id": None, "district_code": new.district}
    own = _enterprise(conn, viewer, enterprise_id)
    return {"enterprise_id": enterprise_id, "grid_id": own.grid_id, "district_code": own.district_code}


def _enterprise(conn: sa.Connection, viewer: Viewer, enterprise_id: int) -> Any:
    row = conn.execute(
        sa.select(enterprise.c.grid_id, enterprise.c.district_code).where(enterprise.c.id == enterprise_id)
    ).one_or_none()
    if row is None:
        raise NotFound("enterprise_unknown", field="enterprise_id", got=enterprise_id)
    viewer.require_place(row.grid_id, row.district_code, enterprise_id)
    return row


def _text(value: str | None) -> str | None:
    return (value or "").strip() or None
