"""What a lead says when it comes in, and what can be wrong with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from data.errors import Refused
from data.schema import district, lead
from data.workflow import LEAD_CHANNELS
from data.writes.leads_act import LEAD_RULES, LONG, SHORT, within
from data.writes.leads_periods import require_unlocked

_NUMBER = re.compile(r"[0-9A-Za-z-]{6,40}")
NUMBERS_LOCK = 12315  # tells the locks of these numbers from those of other things


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


def check_new(conn: sa.Connection, new: NewLead, today: date) -> None:
    """Raise `Refused` for the first thing that is wrong with a new lead (``lead_…``)."""
    if new.channel not in LEAD_CHANNELS:
        raise Refused("lead_channel", field="channel", got=new.channel, known=", ".join(LEAD_CHANNELS))
    if not new.title.strip():
        raise Refused("lead_title", field="title")
    said = ("title", "subject", "address", "text", "uscc", "licence")
    check_lengths({name: getattr(new, name) for name in said})
    for name, value in (known_of(new.reporter) or {}).items():
        within(f"reporter_{name}", value or "", SHORT)
    if not date(2000, 1, 1) <= new.received_on <= today:
        raise Refused("lead_received", field="received_on", found=new.received_on.isoformat())
    if new.rule not in LEAD_RULES or (new.rule == "complaint_accept" and new.channel != "complaint"):
        raise Refused("lead_rule", field="rule", got=new.rule, known=", ".join(LEAD_RULES))
    if new.district is not None:
        known = sa.select(district.c.code).where(district.c.code == new.district)
        if conn.execute(known).first() is None:
            raise Refused("district_unknown", field="district", found=new.district)
    require_unlocked(conn, [new.received_on])


def check_number(conn: sa.Connection, number: str | None) -> None:
    """Raise `Refused` for a 12315 number that is none, or that another lead has.

    Two who give one number at once wait for each other: no index can hold it, for split parts share theirs.
    """
    if not number:
        return
    if not _NUMBER.fullmatch(number.strip()):
        raise Refused("lead_number", field="number_12315", found=number)
    if conn.dialect.name == "postgresql":  # SQLite has one writer anyway
        key = sa.func.hashtextextended(number.strip(), NUMBERS_LOCK)
        conn.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))
    taken = sa.select(lead.c.id).where(lead.c.number_12315 == number.strip())
    first = conn.execute(taken.limit(1)).scalar()
    if first is not None:
        raise Refused("lead_number_taken", field="number_12315", found=number.strip(), lead=first)


def check_lengths(words: Mapping[str, Any]) -> None:
    """Raise `Refused` (``lead_long``) for what is longer than its field: `LONG` texts, `SHORT` lines."""
    for name, value in words.items():
        if isinstance(value, str):
            within(name, value, LONG if name in ("text", "result") else SHORT)


def known_of(who: Reporter | None) -> dict[str, str | None] | None:
    """Return what is known of a reporter; None: nothing, and no row."""
    told = {name: text_of(value) for name, value in asdict(who).items()} if who is not None else {}
    return told if any(told.values()) else None


def text_of(value: str | None) -> str | None:
    """Return a text, trimmed; None where there is none."""
    return (value or "").strip() or None
