"""Leads as they come in: registered by hand, from a visit or through the API; matched, and amended."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from data import audit
from data.access import Right, Viewer
from data.errors import Conflict, Denied, NotFound, Refused
from data.reads.lead_row import is_handler
from data.reads.matching import candidate
from data.schema import enterprise, inspection, lead, lead_event, reporter
from data.writes.inspections import ENTERED
from data.writes.leads_act import SHORT, add_event, begin, finish, refresh, term_of
from data.writes.leads_given import NewLead, check_lengths, check_new, check_number, known_of, text_of

AMENDED = ("title", "text", "subject", "address", "number_12315", "crime", "result")
"""What can be set right while a lead is open."""


def register(conn: sa.Connection, viewer: Viewer, new: NewLead, *, client_id: str, now: datetime) -> int:
    """Register a lead; its deadline is that of the rule of its day of receipt.

    Parameters
    ----------
    client_id : str
        Made by the client before it sends: the same lead sent again is the same row, also after it was
        set right here, and after its period was locked.

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
    if not client_id.strip() or len(client_id) > SHORT or "/" in client_id:  # a split part's has one
        raise Refused("lead_client_id", field="client_id")
    if (sent := _sent(conn, viewer, new, client_id)) is not None:
        return sent
    check_new(conn, new, now.date())
    check_number(conn, new.number_12315)
    place = _place(conn, viewer, new)
    try:
        with conn.begin_nested():
            made = insert_lead(conn, viewer, new, place, client_id, now)
    except sa.exc.IntegrityError:  # sent twice at once, and the other was first
        if (sent := _sent(conn, viewer, new, client_id)) is None:
            raise
        return sent
    known = {"uscc": new.uscc, "licence": new.licence, "inspection": new.inspection_id}
    details = {key: value for key, value in known.items() if value}
    add_event(conn, viewer, made, None, "registered", "register", None, details, now)
    refresh(conn, {place["enterprise_id"]} - {None}, now)
    audit.append(
        conn, viewer, "lead.register", "lead", made, now=now, channel=new.channel,
        received_on=new.received_on, enterprise=place["enterprise_id"], inspection=new.inspection_id,
        reporter=known_of(new.reporter) is not None,
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
        "received_on": new.received_on, "subject": text_of(new.subject), "text": text_of(new.text),
        "address": text_of(new.address), "number_12315": text_of(new.number_12315), "crime": new.crime,
        "rule": rule.code, "due_on": last.day, "due_provisional": last.provisional, "state": "registered",
        "state_since": now.date(), **place, **own, **more,
    }  # fmt: skip
    made = int(conn.execute(sa.insert(lead).returning(lead.c.id), values).scalar_one())
    if (told := known_of(new.reporter)) is not None:
        conn.execute(sa.insert(reporter), {**told, **own, "lead_id": made})
    return made


def match(
    conn: sa.Connection, viewer: Viewer, lead_id: int, enterprise_id: int | None, *, version: int,
    now: datetime,
) -> int:  # fmt: skip
    """Say which enterprise a lead is about; None: none that we know (未匹配). A person decides.

    What speaks for it is kept with it: its basis (``uscc``, ``licence``, ``name``, ``address`` or ``place``)
    and score as they are computed here, of it alone; where too little does, ``person``.

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
    told: dict[str, Any] = {"enterprise": [row.enterprise_id, enterprise_id], "basis": "person"}
    if enterprise_id is not None and (one := candidate(conn, viewer, lead_id, enterprise_id)) is not None:
        told |= {"basis": one.basis, "score": round(one.score, 1)}
    return finish(conn, viewer, row, "match", now=now, values=values, **told)


def amend(
    conn: sa.Connection, viewer: Viewer, lead_id: int, changes: dict[str, Any], *, version: int, now: datetime
) -> int:
    """Set right or complete what a lead says (`AMENDED`), before and after kept with its event.

    Its result is the handler's alone to change.

    Raises
    ------
    Refused
        ``lead_field``; ``lead_number``, ``lead_number_taken``, ``lead_title``, ``lead_long``; ``lead_is_…``.
    """
    row = begin(conn, viewer, lead_id, "amend", version, now)
    unknown = [name for name in changes if name not in AMENDED]
    if unknown:
        raise Refused("lead_field", field=unknown[0], got=unknown[0], known=", ".join(AMENDED))
    if "result" in changes and not is_handler(viewer, row):
        raise Denied("lead_not_yours", field="result")
    new = {name: value if name == "crime" else text_of(value) for name, value in changes.items()}
    if "title" in new and not new["title"]:
        raise Refused("lead_title", field="title")
    check_lengths(new)
    if new.get("number_12315") and new["number_12315"] != row.number_12315:
        check_number(conn, new["number_12315"])
    changed = {name: value for name, value in new.items() if value != getattr(row, name)}
    if not changed:
        return int(row.version)
    # what people wrote may name persons: the log keeps which fields, the event the words
    words = {"before": {name: getattr(row, name) for name in changed}, "after": changed}
    return finish(conn, viewer, row, "amend", now=now, values=changed, kept=words, fields=sorted(changed))


def _sent(conn: sa.Connection, viewer: Viewer, new: NewLead, client_id: str) -> int | None:
    """Return the lead that was sent under a client's id before; it may have been set right since."""
    sent = conn.execute(
        sa.select(lead).where(lead.c.source == ENTERED, lead.c.source_id == client_id)
    ).one_or_none()
    if sent is None:
        return None
    amended = sa.select(lead_event.c.details).where(
        lead_event.c.lead_id == sent.id, lead_event.c.verb == "amend"
    )
    titles = {one.get("before", {}).get("title") for one in conn.execute(amended).scalars()} | {sent.title}
    same = (sent.user_id, sent.channel, sent.received_on) == (viewer.user_id, new.channel, new.received_on)
    if not same or new.title.strip() not in titles:
        raise Conflict("lead_resent", field="client_id")
    return int(sent.id)


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
