"""The forms of what can be done to a problem or a lead, as data: one small form a verb, drawn in one way."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from dashboard.components import address, alongside
from dashboard.components.acting import photo_box
from dashboard.services import View
from data.reads.labels import term
from data.reads.officers import OfficerChoice
from data.text import catalogue

SHORT, LONG = 200, 4000
"""Characters that a line and an area take."""


@dataclass(frozen=True)
class Field:
    """One input: `name` is the verb's parameter.

    Kinds: text, area, day, number, officer, visit, word, yes, flag, photos, along. Fields of
    the same `part` (from 1) stand together; the second part and those behind it wait behind a word.
    """

    name: str
    kind: str
    required: bool = True
    part: int = 0

    @property
    def key(self) -> str:
        """What tells the field from the same one of another part."""
        return f"{self.name}_{self.part}" if self.part else self.name


@dataclass(frozen=True)
class Form:
    """The inputs of a verb, and what it calls with what they hold."""

    act: Callable[..., Any]
    fields: tuple[Field, ...] = ()
    fixed: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Forms:
    """Everything that can be done to one noun (problem, lead).

    Parameters
    ----------
    way : tuple of str
        Verbs of the way itself: one of them is opened by itself, the side ways wait behind a word.
    words : mapping
        Field of kind ``word`` → the group of its words and the codes that are offered.
    """

    noun: str
    by_verb: Mapping[str, Form]
    way: tuple[str, ...]
    words: Mapping[str, tuple[str, Sequence[str]]]

    def label(self, view: View, verb: str, name: str) -> str:
        """Return what a field is called, in the words of its verb where it has some of its own."""
        own = f"{self.noun}s.field_{verb}_{name}"
        return view.text(own if own in catalogue(view.language) else f"{self.noun}s.field_{name}")

    def missing(self, verb: str, given: Mapping[str, Any]) -> list[str]:
        """Return the fields that must hold something and hold nothing."""
        fields = self.by_verb[verb].fields
        return [one.key for one in fields if one.required and given[one.key] in (None, "", [])]


@dataclass(frozen=True)
class Offer:
    """What a form offers and first holds: officers, visits as (id, words), field → value, → what to know.

    `codes` are the words of a field where fewer fit than its list has.
    """

    officers: Sequence[OfficerChoice] = ()
    visits: Sequence[tuple[str, str]] = ()
    along: Sequence[alongside.Along] = ()
    before: Mapping[str, Any] = field(default_factory=dict)
    hints: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, Sequence[str]] = field(default_factory=dict)


def choices(view: View, forms: Forms, number: int, moves: Sequence[str], verb: str | None) -> Any:
    """Return the links to the forms of everything that the viewer may do now."""
    order = list(forms.by_verb)
    offered = sorted(
        (one for one in moves if one in forms.by_verb),
        key=lambda one: (one not in forms.way, order.index(one)),
    )
    links = [
        html.Span(
            dcc.Link(
                view.text(f"{forms.noun}s.verb_{one}"),
                href=address.link(f"/{forms.noun}s/{number}", act=one),
                className="gw-tab gw-tab-on" if one == verb else "gw-tab",
            ),
            **({"aria-current": "step"} if one == verb else {}),
        )
        for one in offered
    ]
    return html.Nav(links, className="gw-verbs", **{"aria-label": view.text(f"{forms.noun}s.what_now")})


def form(view: View, forms: Forms, verb: str, offer: Offer) -> html.Div:
    """Return the form of one verb."""
    said = view.text(f"{forms.noun}s.verb_{verb}")
    own = {"verb": verb, "type": f"{forms.noun}-save"}
    return html.Div(
        [
            html.P(view.text(f"{forms.noun}s.hint_{verb}"), className="gw-note"),
            *_inputs(view, forms, verb, offer),
            # what is refused without being about a field is said here
            html.P(id={"type": f"{forms.noun}-trouble", "verb": verb}, role="alert", className="gw-trouble"),
            html.Div(dmc.Button(said, id=own, h=44, loading=False), className="gw-acts"),
        ],
        className="gw-stack",
        role="form",
        **{"aria-label": said},
    )


def _inputs(view: View, forms: Forms, verb: str, offer: Offer) -> list[Any]:
    made: list[Any] = []
    for part, fields in groupby(forms.by_verb[verb].fields, key=lambda one: one.part):
        inside = [_input(view, forms, verb, one, offer) for one in fields]
        if part:
            title = view.text(f"{forms.noun}s.part", n=part)
            box = html.Div(inside, className="gw-stack gw-part", role="group", **{"aria-label": title})
            inside = [html.Details([html.Summary(title), box]) if part > 1 else box]
        made += inside
    return made


def _input(view: View, forms: Forms, verb: str, one: Field, offer: Offer) -> Any:
    if one.kind == "photos":
        return photo_box(view, forms.noun, offer.before.get(one.key) or ())
    if one.kind == "along":
        return alongside.box(view, forms.noun, offer.along, offer.before)
    label = forms.label(view, verb, one.name)
    # a label that says itself when it must be filled is no plain choice
    free = not one.required and not label.endswith(("）", ")"))
    before = offer.before.get(one.key)
    if one.kind == "flag":
        own = {"type": f"{forms.noun}-field", "name": one.key}
        return dmc.Checkbox(id=own, label=label, checked=bool(before), radius="sm", my=6)
    same: dict[str, Any] = {
        "id": {"type": f"{forms.noun}-field", "name": one.key},
        "label": view.text("problems.optional", name=label) if free else label,
        "required": one.required,
        "description": offer.hints.get(one.key),
    }
    if one.kind == "area":
        limit = {"maxLength": LONG}
        return dmc.Textarea(**same, autosize=True, minRows=2, inputProps=limit, value=before or "")
    if one.kind == "officer":
        return officer_box(view, same["id"], offer.officers, label=label, value=before)
    if one.kind == "visit":
        return dmc.Select(
            **same, value=str(before) if before else None, clearable=True, limit=50,
            data=[{"value": value, "label": words} for value, words in offer.visits],
            placeholder=view.text("leads.choose_visit"), nothingFoundMessage=view.text("leads.no_visit"),
            comboboxProps={"zIndex": 3000},
        )  # fmt: skip
    if one.kind in ("word", "yes"):
        offered = [("yes", view.text("problems.approve")), ("no", view.text("problems.refuse"))]
        if one.kind == "word":
            group, codes = forms.words[one.name]
            offered = [(code, term(group, code, view.language)) for code in offer.codes.get(one.key, codes)]
        radios = dmc.Group([dmc.Radio(label=words, value=code) for code, words in offered], my=6)
        return dmc.RadioGroup(radios, **same, value=before or ("yes" if one.kind == "yes" else None))
    how = {"number": {"inputMode": "numeric"}, "day": {"type": "date"}}.get(one.kind, {})
    return dmc.TextInput(**same, value=before or "", inputProps={"maxLength": SHORT, **how})


def officer_box(
    view: View, own: Any, officers: Sequence[OfficerChoice], *, label: str = "", value: Any = None,
    autofocus: bool = False,
) -> dmc.Select:  # fmt: skip
    """Return the select box of officers, by name and organisation."""
    data = [{"value": str(one.id), "label": officer_words(one)} for one in officers]
    return dmc.Select(
        id=own, label=label or view.text("problems.field_officer_id"), data=data, searchable=True,
        required=True, placeholder=view.text("problems.choose_officer"), limit=50, value=value,
        nothingFoundMessage=view.text("problems.no_officer"), comboboxProps={"zIndex": 3000},
        **({"data-autofocus": True} if autofocus else {}),  # a dialog opens with the keyboard here
    )  # fmt: skip


def officer_words(one: OfficerChoice) -> str:
    """Return an officer as a form names them."""
    return " · ".join(part for part in (one.name, one.org, one.badge) if part)


def told(view: View, forms: Forms, verb: str, offer: Offer, entered: Mapping[str, Any]) -> list[str]:
    """Return what was put into a form in words, a line for each field that holds something."""
    said = []
    for one in forms.by_verb[verb].fields:
        if one.kind == "along":
            said += alongside.told(view, forms.noun, entered)
            continue
        value = entered.get(one.key)
        if value in (None, "", [], False):
            continue
        label = forms.label(view, verb, one.name)
        if one.kind == "photos":
            words = view.text("problems.photos_there", n=len(value))
        elif one.kind == "flag":
            words = ""
        elif one.kind == "yes":
            words = view.text("problems.approve" if value == "yes" else "problems.refuse")
        elif one.kind == "word":
            words = term(forms.words[one.name][0], str(value), view.language)
        else:
            offered = {str(who.id): officer_words(who) for who in offer.officers} | dict(offer.visits)
            words = offered.get(str(value), str(value)) if one.kind in ("officer", "visit") else str(value)
        said.append(f"{label} {words}".strip() if one.kind != "photos" else words)
    return said


def values(form_: Form, entered: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a form holds as its verb's parameters; a day or number that is none becomes None."""
    found: dict[str, Any] = dict(form_.fixed)
    for one in form_.fields:
        value = entered.get(one.key)
        if one.kind == "day":
            found[one.key] = day_of(value)
        elif one.kind in ("officer", "visit", "number"):
            found[one.key] = whole_number(value)
        elif one.kind == "yes":
            found[one.key] = value == "yes"
        elif one.kind == "flag":
            found[one.key] = bool(value)
        elif one.kind == "along":
            found[one.key] = alongside.chosen(entered)
        elif one.kind == "photos":
            found[one.key] = [sent["id"] for sent in value or ()]
        else:
            found[one.key] = str(value or "").strip()
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
