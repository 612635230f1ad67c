"""A steward's decision where an enterprise belongs (落格/调整网格): the form, and what it does."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import dash
import dash_mantine_components as dmc
from dash import Input, Output, State, ctx, dcc, html, no_update

from dashboard.components import words
from dashboard.components.forms import beside, conflict
from dashboard.components.frame import facts
from dashboard.services import Services, View
from data.access import Right
from data.errors import Conflict, Refused
from data.reads.enterprise import EnterpriseFile, current_facts
from data.reads.grid_choices import grid_choices
from data.reads.labels import term
from data.writes.placements import place_enterprise

SHOWN = 100
"""Grids that the box lists before something is typed."""


def reason_of(found: EnterpriseFile) -> str | None:
    """Return why the enterprise lies where it does, where somebody has said so."""
    now = next((one for one in found.history.get("placement", []) if one.in_force), None)
    return now.reason if now and now.reason and now.reason != "import" else None


def button(view: View, found: EnterpriseFile) -> Any:
    """Return the way to the form; nothing for those who do not decide."""
    if not view.viewer.may(Right.IMPORT):
        return None
    word = "enterprise.place_change" if found.facts["grid_code"] else "enterprise.place"
    return html.Button(view.text(word), id="enterprise-place", type="button", className="gw-ask")


def form(view: View, services: Services, found: EnterpriseFile, *, opened: bool) -> list[Any]:
    """Return the form; its grids come when it opens."""
    if not view.viewer.may(Right.IMPORT):
        return []
    own = found.facts
    hint = "enterprise.place_near" if own["lon"] is not None else "enterprise.place_far"
    now = _grid(view, own)
    present = [(view.text("enterprise.place_now"), now), (view.text("enterprise.basis"), _basis(view, own))]
    if (reason := reason_of(found)) is not None:
        present.append((view.text("enterprise.place_reason"), reason))
    inside = [
        facts(present),
        dmc.Select(
            id="enterprise-place-grid", label=view.text("enterprise.place_grid"), searchable=True,
            data=_options(view, services, found.id) if opened else [], description=view.text(hint),
            limit=SHOWN, required=True, comboboxProps={"zIndex": 3000},
            nothingFoundMessage=view.text("enterprise.place_no_grid"),
        ),
        dmc.Textarea(
            id="enterprise-place-why", label=view.text("enterprise.place_reason"), autosize=True, minRows=2,
            placeholder=view.text("enterprise.place_hint"), required=True,
        ),
        html.Div(id="enterprise-place-conflict"),
        html.Div(
            [
                dmc.Button(view.text("enterprise.cancel"), id="enterprise-place-cancel", variant="default",
                           h=44),
                dmc.Button(view.text("enterprise.place_save"), id="enterprise-place-save", h=44),
            ],
            className="gw-acts",
        ),
    ]  # fmt: skip
    return [
        dcc.Store(id="enterprise-place-seen", data=own["version"]),
        dmc.Modal(
            html.Div(inside, className="gw-stack"),
            id="enterprise-place-box",
            title=view.text("enterprise.place_change" if own["grid_code"] else "enterprise.place"),
            opened=opened,
            centered=True,
            size="lg",
            zIndex=2000,
            closeButtonProps={"aria-label": view.text("shell.close")},
        ),
    ]


def _grid(view: View, own: dict[str, Any]) -> str:
    if own["grid_code"]:
        return f"{own['grid_name']} {own['grid_code']}"
    reason = term("unplaced", own["unplaced_reason"] or "no_point", view.language)
    return view.text("enterprise.unplaced", reason=reason)


def _basis(view: View, own: dict[str, Any]) -> str:
    return term("basis", own["basis"], view.language)


def _options(view: View, services: Services, number: int) -> list[dict[str, str]]:
    with services.reading() as conn:
        found = grid_choices(conn, view.viewer, number)
    made = []
    for one in found:
        parts = [f"{one.name} {one.code}", one.district]
        if one.distance_m is not None:
            away = words.way(one.distance_m, view.language)
            inside = one.distance_m == 0
            parts.append(
                view.text("enterprise.place_inside")
                if inside
                else view.text("enterprise.place_metres", way=away)
            )
        made.append({"value": one.code, "label": " · ".join(part for part in parts if part)})
    return made


def register(app: dash.Dash, services: Services, again: Callable[[View, int], Any]) -> None:
    """Bind the form.

    Parameters
    ----------
    again : callable
        Draws the file of an enterprise anew.
    """

    @app.callback(
        Output("enterprise-place-box", "opened"),
        Output("enterprise-place-grid", "data"),
        Input("enterprise-place", "n_clicks"),
        Input("enterprise-place-cancel", "n_clicks"),
        State("enterprise-id", "data"),
        prevent_initial_call=True,
    )
    def ask(asked: int | None, _cancelled: int | None, number: int) -> Any:
        if ctx.triggered_id != "enterprise-place":
            return False, no_update
        if not asked:
            raise dash.exceptions.PreventUpdate
        return True, _options(services.view(), services, number)

    @app.callback(
        Output("url", "search", allow_duplicate=True),
        Output("enterprise-place-seen", "data"),
        Output("enterprise-place-conflict", "children"),
        Output("enterprise-place-grid", "error"),
        Output("enterprise-place-why", "error"),
        Input("enterprise-place-save", "n_clicks"),
        State("enterprise-id", "data"),
        State("enterprise-place-grid", "value"),
        State("enterprise-place-why", "value"),
        State("enterprise-place-seen", "data"),
        prevent_initial_call=True,
        running=[(Output("enterprise-place-save", "loading"), True, False)],
    )
    def decide(clicks: int | None, number: int, code: str | None, why: str | None, seen: int) -> Any:
        if not clicks:
            raise dash.exceptions.PreventUpdate
        view = services.view()
        try:
            with services.writing() as conn:
                place_enterprise(conn, view.viewer, number, code or "", why or "", version=seen, now=view.now)
        except Conflict:
            return no_update, *_told(view, services, number, code, why)
        except Refused as refused:
            if type(refused) is Refused or refused.field == "grid":
                errors = beside(view, refused, ("grid", "reason"))
                if any(errors):
                    return no_update, no_update, None, *errors
            raise
        services.notify(view.text("enterprise.place_done"), "success")
        dash.set_props("page", {"children": again(view, number)})
        return "", no_update, None, None, None


def _told(view: View, services: Services, number: int, code: str | None, why: str | None) -> Any:
    """Show what somebody else has made of it meanwhile; who saves again, saves on purpose."""
    with services.reading() as conn:
        own = current_facts(conn, view.viewer, number)
        names = {one.code: one.name for one in grid_choices(conn, view.viewer, number)}
    labels = {"grid": view.text("enterprise.place_grid"), "basis": view.text("enterprise.basis")}
    theirs = {"grid": _grid(view, own), "basis": _basis(view, own)}
    mine = {"grid": f"{names.get(code or '', '')} {code}", "basis": term("basis", "steward", view.language)}
    box = conflict(view, theirs, mine, labels.__getitem__, lambda _, value: str(value))
    return own["version"], box, None, None
