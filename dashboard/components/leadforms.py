"""The forms of what can be done to a lead, as data: one small form a verb."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from dashboard.components import address
from dashboard.components.acting import photo_box
from dashboard.components.problemforms import Field, officer_box
from dashboard.services import View
from data.reads.labels import kind_names, term
from data.reads.lead import LeadFile
from data.reads.officers import OfficerChoice
from data.writes import leads, leads_side, leads_steps
from data.writes.leads_side import Part

WAY = ("assign", "acknowledge", "investigate", "conclude", "dispose", "submit", "close_out")
"""Verbs of the way itself: one of them is opened by itself, the side ways wait behind a word."""

_WORDS = {
    "outcome": ("lead_outcome", leads_steps.OUTCOMES),
    "disposal": ("lead_disposal", leads_steps.DISPOSALS),
}
"""Field → the group of its words and the codes that are offered."""


@dataclass(frozen=True)
class Form:
    """The inputs of a verb, and what it calls with what they hold."""

    act: Callable[..., Any]
    fields: tuple[Field, ...] = ()
    fixed: Mapping[str, Any] = field(default_factory=dict)


_REASON = Field("reason", "area")
_NOTE = Field("note", "area", required=False)


def _amend(conn: Any, viewer: Any, lead_id: int, *, version: int, now: Any, **changes: Any) -> int:
    return leads.amend(conn, viewer, lead_id, changes, version=version, now=now)


def _split(conn: Any, viewer: Any, lead_id: int, *, version: int, now: Any, **told: str) -> list[int]:
    part = Part(told["title"], told["text"], told["subject"])
    return leads_side.split(conn, viewer, lead_id, [part], version=version, now=now)


FORMS: dict[str, Form] = {
    "assign": Form(leads_steps.assign, (Field("officer_id", "officer"), _NOTE)),
    "acknowledge": Form(leads_steps.acknowledge),
    "investigate": Form(leads_steps.investigate),
    "conclude": Form(
        leads_steps.conclude,
        (
            Field("outcome", "word"), Field("result", "area"), Field("inspection_id", "visit", False),
            Field("attachments", "photos", False),
        ),
    ),
    "dispose": Form(
        leads_steps.dispose, (Field("disposal", "word"), Field("receiver", "text", False), _NOTE)
    ),
    "submit": Form(
        leads_steps.submit,
        (
            Field("result", "area"), Field("inspection_id", "visit", False),
            Field("attachments", "photos", False),
        ),
    ),
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
    "merge": Form(leads_side.merge, (Field("into_id", "number"),)),
    "split": Form(
        _split, (Field("title", "text"), Field("subject", "text", False), Field("text", "area", False))
    ),
    "supervise": Form(leads_side.supervise, (_REASON,), {"on": True}),
    "unsupervise": Form(leads_side.supervise, (_REASON,), {"on": False}),
    "receipt": Form(leads_side.receipt, (Field("text", "area"),)),
    "ask_extension": Form(leads_side.ask_extension, (_REASON,)),
    "decide_extension": Form(
        leads_side.decide_extension, (Field("approve", "yes"), Field("reason", "area", False))
    ),
}  # fmt: skip
"""Verb → its form; matching has a panel of its own."""


def chosen(found: LeadFile, asked: str | None) -> str | None:
    """Return the verb whose form is shown: the one asked for, else the next step of the way."""
    if asked in found.moves and asked in FORMS:
        return asked
    waits = next((one for one in ("decide_extension", "receipt") if one in found.moves), None)
    if waits == "receipt" and "submit" not in found.moves:
        waits = None
    return waits or next((verb for verb in WAY if verb in found.moves), None)


def choices(view: View, found: LeadFile, verb: str | None) -> Any:
    """Return the links to the forms of everything that the viewer may do now."""
    offered = [one for one in found.moves if one in FORMS]
    links = [
        html.Span(
            dcc.Link(
                view.text(f"leads.verb_{one}"),
                href=address.link(f"/leads/{found.id}", act=one),
                className="gw-tab gw-tab-on" if one == verb else "gw-tab",
            ),
            **({"aria-current": "step"} if one == verb else {}),
        )
        for one in sorted(offered, key=lambda one: (one not in WAY, list(FORMS).index(one)))
    ]
    return html.Nav(links, className="gw-verbs", **{"aria-label": view.text("leads.what_now")})


def form(
    view: View, found: LeadFile, verb: str, officers: Sequence[OfficerChoice], visits: Sequence[Any],
    entered: Mapping[str, Any] | None = None,
) -> Any:  # fmt: skip
    """Return the form of one verb.

    Parameters
    ----------
    visits : sequence
        Visits to the lead's enterprise: ``id, kind, finished_on``.
    entered : mapping, optional
        What somebody had entered when another was first: it stands there again.
    """
    held = found.facts if verb in ("amend", "submit") else {}
    before = {one.name: held.get(one.name) for one in FORMS[verb].fields} | dict(entered or {})
    inside = [
        _input(view, found, verb, one, officers, visits, before.get(one.name)) for one in FORMS[verb].fields
    ]
    said = view.text(f"leads.verb_{verb}")
    return html.Div(
        [
            html.P(view.text(f"leads.hint_{verb}"), className="gw-note"),
            *inside,
            html.Div(dmc.Button(said, id={"type": "lead-save", "verb": verb}, h=44), className="gw-acts"),
        ],
        className="gw-stack",
        role="form",
        **{"aria-label": said},
    )


def _input(
    view: View, found: LeadFile, verb: str, one: Field, officers: Sequence[OfficerChoice],
    visits: Sequence[Any], before: Any,
) -> Any:  # fmt: skip
    own = {"type": "lead-field", "name": one.name}
    key = f"leads.field_{verb}_{one.name}" if verb in ("receipt",) else f"leads.field_{one.name}"
    label = view.text(key) if one.required else view.text("leads.optional", name=view.text(key))
    if one.kind == "photos":
        return photo_box(view, "lead")
    if one.kind == "area":
        return dmc.Textarea(
            id=own,
            label=label,
            required=one.required,
            autosize=True,
            minRows=2,
            inputProps={"maxLength": 4000},
            value=before or "",
        )
    if one.kind == "officer":
        box = officer_box(view, own, officers)
        box.value = before
        return box
    if one.kind == "flag":
        return dmc.Checkbox(id=own, label=view.text(key), checked=bool(before), radius="sm", my=6)
    if one.kind == "visit":
        return _visits(view, found, own, label, visits, before)
    if one.kind in ("word", "yes"):
        offered = (
            [("yes", view.text("problems.approve")), ("no", view.text("problems.refuse"))]
            if one.kind == "yes"
            else [(code, term(_WORDS[one.name][0], code, view.language)) for code in _WORDS[one.name][1]]
        )
        radios = [dmc.Radio(label=said, value=code) for code, said in offered]
        value = before or ("yes" if one.kind == "yes" else None)
        return dmc.RadioGroup(
            dmc.Group(radios, my=6), id=own, label=label, required=one.required, value=value
        )
    number: dict[str, Any] = {"maxLength": 200} | ({"inputMode": "numeric"} if one.kind == "number" else {})
    return dmc.TextInput(id=own, label=label, required=one.required, value=before or "", inputProps=number)


def _visits(view: View, found: LeadFile, own: Any, label: str, visits: Sequence[Any], before: Any) -> Any:
    kinds = kind_names(view.language)
    data = [
        {
            "value": str(one.id),
            "label": f"{one.finished_on.isoformat()} {kinds.get(one.kind, one.kind)}",
        }
        for one in visits
    ]
    had = before or found.facts["inspection_id"]
    return dmc.Select(
        id=own, label=label, data=data, value=str(had) if had else None, clearable=True, limit=50,
        placeholder=view.text("leads.choose_visit"), nothingFoundMessage=view.text("leads.no_visit"),
        comboboxProps={"zIndex": 3000},
    )  # fmt: skip


def values(verb: str, entered: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a form holds as the verb's parameters."""
    form_ = FORMS[verb]
    found: dict[str, Any] = dict(form_.fixed)
    for one in form_.fields:
        value = entered.get(one.name)
        if one.kind in ("officer", "visit", "number"):
            found[one.name] = whole_number(value)
        elif one.kind == "yes":
            found[one.name] = value == "yes"
        elif one.kind == "flag":
            found[one.name] = bool(value)
        elif one.kind == "photos":
            found[one.name] = list(value or ())
        else:
            found[one.name] = value or ""
    return found


def whole_number(value: Any) -> int | None:
    """Return the number that a field of digits holds; None where it holds none."""
    digits = str(value or "").strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 18 else None


def day_of(value: Any) -> date | None:
    """Return the day that a field of days holds; None where it holds none."""
    try:
        return date.fromisoformat(str(value)) if value else None
    except ValueError:
        return None
