"""The form of one plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from dashboard.components import address
from dashboard.components.forms import whole
from dashboard.services import View
from data.plans import CYCLES
from data.reads.labels import term
from data.reads.plans import PlanRow
from data.writes.plan_rules import EVIDENCE, LISTS, PLAN_FIELDS

FIELDS = ("code", *PLAN_FIELDS)
NUMBERS = ("visits", "first_year", "deadline_month", "deadline_day", "sort")
_PARTS = (
    ("part_name", ("code", "name_zh", "name_en", "legal_source", "evidence")),
    ("part_scope", ("categories", "scopes", "tags")),
    ("part_visit", ("kinds", "visits")),
    ("part_period", ("cycle", "first_year", "deadline_month", "deadline_day", "opened_by")),
    (None, ("headline", "sort")),
)
BOX = {"zIndex": 1000}


def form(
    view: View, row: PlanRow | None, names: Mapping[str, Mapping[str, str]], tags: list[str]
) -> html.Section:
    """Return the form of a plan, or of a new one; a retired plan can only be reinstated."""
    plan = row.plan if row else None
    key = "retired_plan_title" if row and not row.active else "edit_plan_title" if plan else "new_plan_title"
    title = view.text(f"plans.{key}", **({"name": plan.name(view.language)} if plan else {}))
    values = {name: getattr(plan, name, None) for name in FIELDS}
    values["sort"] = row.sort if row else 0
    if plan is None:
        values |= {"visits": 1, "cycle": "year", "first_year": view.today.year, "kinds": ("routine",)}
    fields = {name: _field(view, name, values[name], names, tags) for name in FIELDS}
    if plan is not None:
        fields["code"] = html.Div(fields["code"], hidden=True)
    parts = []
    for heading, inside in _PARTS:
        group: list[Any] = [fields[name] for name in inside]
        legend = html.Legend(view.text(f"plans.{heading}")) if heading else None
        parts.append(html.Fieldset([legend, html.Div(group, className="gw-form-grid")], className="gw-part"))
    if row is not None and not row.active:
        parts = [html.Div(parts, hidden=True), html.P(view.text("plans.retired_note"), className="gw-note")]
    head = [
        html.H2(title, className="gw-panel-title"),
        dcc.Link(view.text("plans.close"), href=address.link("/plans"), className="gw-act"),
    ]
    return html.Section(
        [
            html.Div(head, className="gw-panel-head"),
            html.Div(
                [
                    dcc.Store(id="plans-seen", data={"code": plan.code if plan else "",
                                                     "version": row.version if row else None}),
                    *parts,
                    html.Div(id="plans-conflict"),
                    _acts(view, row),
                ],
                className="gw-pad gw-stack",
            ),
        ],
        className="gw-panel gw-edit-form",
    )  # fmt: skip


def _acts(view: View, row: PlanRow | None) -> html.Div:
    active = row is None or row.active
    name = row.plan.name(view.language) if row else ""
    save = view.text("plans.save_rebuild" if row else "plans.add")

    def asking(what: str, visible: bool, **more: Any) -> dcc.ConfirmDialogProvider:
        button = dmc.Button(view.text(f"plans.{what}"), h=44, style=None if visible else {"display": "none"},
                            id=f"plans-{what}-button", **more)  # fmt: skip
        return dcc.ConfirmDialogProvider(
            button, id=f"plans-{what}", message=view.text(f"plans.{what}_ask", name=name)
        )

    return html.Div(
        [
            asking("retire", row is not None and active, variant="default"),
            asking("reinstate", not active),
            dmc.Button(save, id="plans-save", h=44, style=None if active else {"display": "none"}),
        ],
        className="gw-acts",
    )


def _field(view: View, name: str, value: Any, names: Mapping[str, Mapping[str, str]], tags: list[str]) -> Any:
    given: dict[str, Any] = {"id": f"plans-f-{name}", "label": view.text(f"plans.f_{name}")}
    if name == "headline":
        return dmc.Switch(**given, checked=bool(value), className="gw-wide")
    if name == "tags":
        return dmc.TagsInput(
            **given,
            data=tags,
            value=list(value or ()),
            comboboxProps=BOX,
            className="gw-wide",
            placeholder=None if value else view.text("plans.f_all"),
        )
    if name in LISTS:
        data = [{"value": code, "label": word} for code, word in names[name].items()]
        hint = None if value or name == "kinds" else view.text("plans.f_all")
        ordered = [code for code in names[name] if code in (value or ())]
        return dmc.MultiSelect(**given, data=data, value=ordered, searchable=True, placeholder=hint,
                               comboboxProps=BOX, className="gw-wide", required=name == "kinds")  # fmt: skip
    if name == "cycle":
        data = [{"value": code, "label": term("cycle", code, view.language)} for code in CYCLES]
        return dmc.Select(**given, data=data, value=value, allowDeselect=False, comboboxProps=BOX)
    if name == "evidence":
        data = [
            {"value": code, "label": f"{code} · {term('evidence', code, view.language)}"} for code in EVIDENCE
        ]
        return dmc.Select(
            **given, data=data, value=value, clearable=True, comboboxProps=BOX, className="gw-wide"
        )
    if name in NUMBERS:
        hint = view.text("plans.f_deadline_hint") if name.startswith("deadline") else None
        return dmc.NumberInput(**given, value=value if value is not None else "", allowDecimal=False,
                               allowNegative=False, placeholder=hint)  # fmt: skip
    if name == "legal_source":
        return dmc.Textarea(**given, value=value or "", autosize=True, minRows=2, className="gw-wide")
    hints = {
        "code": view.text("plans.f_code_hint"),
        "opened_by": view.text("plans.f_opened_by_hint"),
    }
    return dmc.TextInput(
        **given, value=value or "", description=hints.get(name), required=name != "opened_by",
        className="gw-wide", withAsterisk=name != "opened_by",
    )  # fmt: skip


def values_of(entered: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a form holds as the verb takes it."""
    made: dict[str, Any] = {}
    for name, value in entered.items():
        if name in NUMBERS:
            value = whole(value)
        elif name in LISTS:
            value = sorted(value or ())
        elif name == "headline":
            value = bool(value)
        else:
            value = (value or "").strip() or None
        made[name] = value
    return made
