"""What can be done to a lead: the inputs of each verb, and which form opens by itself."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from dashboard.components.actforms import Field, Form, Forms
from dashboard.services import View
from data.deadlines import extended, rule_at
from data.errors import NotFound, Refused
from data.reads.lead import LeadFile
from data.workdays import Due, load_calendar
from data.writes import leads, leads_side, leads_steps, leads_tell
from data.writes.leads_side import Part

_REASON = Field("reason", "area")
_NOTE = Field("note", "area", required=False)
_EVIDENCE = (Field("inspection_id", "visit", False), Field("attachments", "photos", False))
PARTS = 5
"""Matters that one form takes out of a lead."""


def _amend(conn: Any, viewer: Any, lead_id: int, *, version: int, now: Any, **changes: Any) -> int:
    return leads.amend(conn, viewer, lead_id, changes, version=version, now=now)


def _merge(
    conn: Any, viewer: Any, lead_id: int, *, version: int, now: Any, into_id: int, new_facts: str
) -> int:
    told = {"new": True, "same": False}.get(new_facts)
    try:
        return leads_side.merge(conn, viewer, lead_id, into_id, new_facts=told, version=version, now=now)
    except NotFound as unknown:
        raise Refused(unknown.code, field="into_id", **unknown.params) from unknown


def _split(conn: Any, viewer: Any, lead_id: int, *, version: int, now: Any, **told: str) -> list[int]:
    rows = [(n, *(told[f"{name}_{n}"] for name in ("title", "text", "subject"))) for n in range(1, PARTS + 1)]
    named = [row for row in rows if any(row[1:])]
    for n, title, *_ in named:
        if not title:  # said beside its own line, before the verb says it of all
            raise Refused("lead_title", field=f"title_{n}")
    parts = [Part(title, text, subject) for _, title, text, subject in named]
    return leads_side.split(conn, viewer, lead_id, parts, version=version, now=now)


FORMS = Forms(
    "lead",
    {
        "assign": Form(leads_steps.assign, (Field("officer_id", "officer"), _NOTE)),
        "acknowledge": Form(leads_steps.acknowledge),
        "investigate": Form(leads_steps.investigate),
        "conclude": Form(
            leads_steps.conclude, (Field("outcome", "word"), Field("result", "area"), *_EVIDENCE)
        ),
        "dispose": Form(
            leads_steps.dispose, (Field("disposal", "word"), Field("receiver", "text", False), _NOTE)
        ),
        "submit": Form(leads_steps.submit, (Field("result", "area"), *_EVIDENCE)),
        "close_out": Form(leads_steps.close_out, (_NOTE,)),
        "return": Form(leads_steps.give_back, (_REASON,)),
        "send_back": Form(leads_steps.send_back, (_REASON,)),
        "reinvestigate": Form(leads_steps.send_back, (_REASON,), {"again": True}),
        "reassign": Form(leads_steps.reassign, (Field("officer_id", "officer"), _REASON)),
        "amend": Form(
            _amend,
            (
                Field("title", "text"), Field("number_12315", "text", False), Field("subject", "text", False),
                Field("address", "text", False), Field("text", "area", False), Field("crime", "flag", False),
            ),
        ),
        "merge": Form(_merge, (Field("into_id", "number"), Field("new_facts", "word", False))),
        "split": Form(
            _split,
            tuple(
                Field(name, kind, n == 1 and name == "title", n)
                for n in range(1, PARTS + 1)
                for name, kind in (("title", "text"), ("subject", "text"), ("text", "area"))
            ),
        ),
        "supervise": Form(
            leads_side.supervise, (_REASON, Field("until", "day", False), Field("demand", "area", False)),
            {"on": True},
        ),
        "unsupervise": Form(leads_side.supervise, (_REASON,), {"on": False}),
        "receipt": Form(leads_side.receipt, (Field("text", "area"),)),
        "tell": Form(
            leads_tell.tell,
            (Field("whom", "word"), Field("how", "word"), Field("day", "day"), Field("note", "area", False)),
        ),
        "ask_extension": Form(leads_side.ask_extension, (_REASON,)),
        "decide_extension": Form(
            leads_side.decide_extension, (Field("approve", "yes"), Field("reason", "area", False))
        ),
    },
    ("assign", "acknowledge", "investigate", "conclude", "dispose", "submit", "close_out"),
    {
        "outcome": ("lead_outcome", leads_steps.OUTCOMES),
        "disposal": ("lead_disposal", leads_steps.DISPOSALS),
        "new_facts": ("lead_facts", ("new", "same")),
        "whom": ("lead_party", tuple(leads_tell.WHOM)),
        "how": ("lead_told_by", leads_tell.HOW),
    },
)  # fmt: skip
"""Verb → its form; matching has a panel of its own."""


def chosen(found: LeadFile, asked: str | None) -> str | None:
    """Return the verb whose form is shown: the one asked for, else the next step of the way."""
    if asked in found.moves and asked in FORMS.by_verb:
        return asked
    waits = next((one for one in ("decide_extension", "receipt") if one in found.moves), None)
    if waits == "receipt" and "submit" not in found.moves:
        waits = None
    waits = waits or next((verb for verb in FORMS.way if verb in found.moves), None)
    return waits or ("tell" if "tell" in found.moves else None)


def hints(view: View, conn: sa.Connection, found: LeadFile, verb: str) -> dict[str, str]:
    """Return what is to be known beside a field: to which day an extension leads."""
    row = found.facts
    if verb != "ask_extension" or row["due_on"] is None:
        return {}
    rule = rule_at(conn, row["rule"] or "lead_verify", row["last_received_on"] or row["received_on"])
    until = extended(load_calendar(conn), rule, Due(row["due_on"], row["due_provisional"]))
    return {"reason": view.text("leads.until_by_rule", day=until.day.isoformat())}


def narrowed(found: LeadFile, verb: str) -> dict[str, tuple[str, ...]]:
    """Return the words of a form where fewer fit than there are: who is still to be told."""
    if verb != "tell" or found.telling is None:
        return {}
    left = set(found.telling.term.left)
    return {"whom": tuple(word for word, people in leads_tell.WHOM.items() if set(people) <= left)}


def first(view: View, found: LeadFile, verb: str) -> dict[str, Any]:
    """Return what a form holds before anybody has typed."""
    if verb == "tell":
        return {"whom": narrowed(found, verb)["whom"][0], "day": view.today.isoformat()}
    kept = FORMS.by_verb[verb].fields if verb in ("amend", "submit") else ()
    return {one.name: found.facts.get(one.name) for one in kept} | {
        "inspection_id": found.facts["inspection_id"]
    }
