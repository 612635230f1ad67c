"""The forms of what can be done to a problem, as data: one small form a verb."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from dashboard.components import address
from dashboard.components.acting import photo_box
from dashboard.services import View
from data.reads.labels import term
from data.reads.officers import OfficerChoice
from data.reads.problems import ProblemFile
from data.writes import problems, problems_aside

WAY = ("order", "reply", "assign_recheck", "close_out")
"""Verbs of the way itself: one of them is opened by itself, the side ways wait behind a word."""


@dataclass(frozen=True)
class Field:
    """One input: `name` is the verb's parameter; kinds: text, area, day, officer, order, yes, photos."""

    name: str
    kind: str
    required: bool = True


@dataclass(frozen=True)
class Form:
    """The inputs of a verb, and what it calls with what they hold."""

    fields: tuple[Field, ...]
    act: Callable[..., Any]
    fixed: Mapping[str, Any] | None = None


_REASON = Field("reason", "area")
_WHY = Field("reason", "area", required=False)
_PHOTOS = Field("attachments", "photos", required=False)

FORMS: dict[str, Form] = {
    "order": Form(
        (
            Field("kind", "order"), Field("due_on", "day", False), Field("clause", "text", False),
            Field("number", "text", False),
        ),
        problems.order,
    ),
    "fix_on_spot": Form((Field("note", "area", False), _PHOTOS), problems.fix_on_spot),
    "reply": Form((Field("text", "area"), _PHOTOS), problems.reply),
    "assign_recheck": Form((Field("officer_id", "officer"), Field("day", "day")), problems.assign_recheck),
    "close_out": Form((Field("result", "area"),), problems.close_out),
    "send_back": Form((_REASON,), problems.send_back),
    "ask_extension": Form((Field("until", "day"), _REASON), problems_aside.ask_extension),
    "decide_extension": Form((Field("approved", "yes"), _WHY), problems_aside.decide_extension),
    "reassign": Form((Field("officer_id", "officer"), _WHY), problems_aside.reassign),
    "supervise": Form((_REASON,), problems_aside.supervise, {"on": True}),
    "unsupervise": Form((_WHY,), problems_aside.supervise, {"on": False}),
    "file": Form((Field("number", "text", False), Field("note", "area")), problems_aside.file),
    "transfer": Form((Field("receiver", "text"), Field("note", "area")), problems_aside.transfer),
    "acknowledge_transfer": Form((Field("receipt", "area"),), problems_aside.acknowledge_transfer),
    "revoke": Form((_REASON,), problems_aside.revoke),
    "end": Form((_REASON,), problems_aside.end),
}  # fmt: skip


def chosen(found: ProblemFile, asked: str | None) -> str | None:
    """Return the verb whose form is shown: the one asked for, else the next step of the way."""
    if asked in found.moves:
        return asked
    waits = "decide_extension" if "decide_extension" in found.moves else None
    return waits or next((verb for verb in WAY if verb in found.moves and verb != _again(found)), None)


def _again(found: ProblemFile) -> str | None:
    return "assign_recheck" if found.row["state"] == "awaiting_recheck" else None


def choices(view: View, found: ProblemFile, verb: str | None) -> Any:
    """Return the links to the forms of everything that the viewer may do now."""
    links = [
        html.Span(
            dcc.Link(
                view.text(f"problems.verb_{one}"),
                href=address.link(f"/problems/{found.row['id']}", act=one),
                className="gw-tab gw-tab-on" if one == verb else "gw-tab",
            ),
            **({"aria-current": "step"} if one == verb else {}),
        )
        for one in sorted(found.moves, key=lambda one: (one not in WAY, list(FORMS).index(one)))
    ]
    return html.Nav(links, className="gw-verbs", **{"aria-label": view.text("problems.what_now")})


def form(
    view: View, found: ProblemFile, verb: str, officers: Sequence[OfficerChoice],
    typed: Mapping[str, Any] | None = None,
) -> Any:  # fmt: skip
    """Return the form of one verb; `typed` is what stood in it when somebody else was first."""
    asked = FORMS[verb]
    inside = [_input(view, found, verb, one, officers) for one in asked.fields]
    for one, made in zip(asked.fields, inside, strict=True):
        if typed and one.kind != "photos" and typed.get(one.name):
            made.value = typed[one.name]
    hint = view.text(f"problems.hint_{verb}")
    save = dmc.Button(
        view.text(f"problems.verb_{verb}"), id={"type": "problem-save", "verb": verb}, h=44, loading=False
    )
    return html.Div(
        [
            html.P(hint, className="gw-note"),
            *inside,
            html.Div(save, className="gw-acts"),
        ],
        className="gw-stack",
        role="form",
        **{"aria-label": view.text(f"problems.verb_{verb}")},
    )


def _input(view: View, found: ProblemFile, verb: str, one: Field, officers: Sequence[OfficerChoice]) -> Any:
    own = {"type": "problem-field", "name": one.name}
    if one.kind == "photos":
        return photo_box(view, "problem")
    label = _label(view, one)
    if one.kind == "area":
        return dmc.Textarea(id=own, label=label, required=one.required, autosize=True, minRows=2)
    if one.kind == "text":
        return dmc.TextInput(id=own, label=label, required=one.required)
    if one.kind == "day":
        return dmc.TextInput(
            id=own, label=label, required=one.required, inputProps={"type": "date"},
            value=_first_day(found, verb, view.today),
        )  # fmt: skip
    if one.kind == "officer":
        return officer_box(view, own, officers)
    words = (
        [(code, term("order_kind", code, view.language)) for code in problems.ORDERS]
        if one.kind == "order"
        else [("yes", view.text("problems.approve")), ("no", view.text("problems.refuse"))]
    )
    return dmc.RadioGroup(
        dmc.Group([dmc.Radio(label=said, value=code) for code, said in words], my=6),
        id=own,
        label=label,
        required=one.required,
        value="term" if one.kind == "order" else "yes",
    )


def officer_box(view: View, own: Any, officers: Sequence[OfficerChoice]) -> Any:
    """Return the select box of officers, by name and organisation."""
    data = [
        {"value": str(one.id), "label": " · ".join(part for part in (one.name, one.org, one.badge) if part)}
        for one in officers
    ]
    return dmc.Select(
        id=own, label=view.text("problems.field_officer_id"), data=data, searchable=True, required=True,
        placeholder=view.text("problems.choose_officer"), limit=50,
        nothingFoundMessage=view.text("problems.no_officer"), comboboxProps={"zIndex": 3000},
    )  # fmt: skip


def _label(view: View, one: Field) -> str:
    key = f"problems.field_{one.name}"
    if one.name == "day":
        key = "problems.field_day_recheck"
    said = view.text(key)
    return said if one.required else view.text("problems.optional", name=said)


def _first_day(found: ProblemFile, verb: str, today: date) -> str:
    due = found.row["recheck_on"] or found.row["due_on"]
    return due.isoformat() if verb == "assign_recheck" and due and due >= today else ""


def values(verb: str, entered: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a form holds as the verb's parameters; a day that is none becomes None."""
    form_ = FORMS[verb]
    found: dict[str, Any] = dict(form_.fixed or {})
    for one in form_.fields:
        value = entered.get(one.name)
        if one.kind == "day":
            found[one.name] = _day(value)
        elif one.kind == "officer":
            found[one.name] = int(value) if value and str(value).isdigit() else None
        elif one.kind == "yes":
            found[one.name] = value == "yes"
        elif one.kind == "photos":
            found[one.name] = list(value or ())
        else:
            found[one.name] = value or ""
    return found


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(str(value)) if value else None
    except ValueError:
        return None
