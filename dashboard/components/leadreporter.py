"""Who reported a lead: masked, and in clear only for a reason that is written down."""

from __future__ import annotations

from typing import Any

import dash
import dash_mantine_components as dmc
from dash import Input, Output, State, ctx, html, no_update

from dashboard.components.frame import facts, panel
from dashboard.components.reasonbox import reason_box
from dashboard.failures import sentence
from dashboard.services import Services, View
from data.access import Right
from data.errors import Denied, Refused
from data.reads.lead import LeadFile
from data.writes.unmask import unmask_reporter

LATER_IDS = (
    "lead-reporter", "lead-unmask", "lead-modal", "lead-reason", "lead-cancel", "lead-confirm",
)  # fmt: skip


def panels(view: View, found: LeadFile) -> list[Any]:
    """Return the panel of the reporter, if anybody is known."""
    if found.reporter is None:
        return []
    ask = (
        dmc.Button(view.text("leads.unmask"), id="lead-unmask", variant="default", h=44)
        if found.unmasks
        else None
    )
    note = html.P(view.text("leads.reporter_note"), className="gw-note")
    told = html.Div(_facts(view, found.reporter), id="lead-reporter", **{"aria-live": "polite"})
    inside = html.Div([told, note], className="gw-pad gw-stack")
    return [panel(view.text("leads.reporter"), inside, aside=ask)]


def _facts(view: View, who: dict[str, Any]) -> Any:
    return facts([(view.text(f"leads.reporter_{name}"), who[name]) for name in ("name", "phone", "address")])


def box(view: View, found: LeadFile) -> list[Any]:
    """Return the dialogue that asks for the reason; it stands outside what is drawn anew."""
    # who takes a lead without a name by a step of its way becomes its handler while the page stands
    if found.reporter is None or not (found.unmasks or view.viewer.may(Right.HANDLE)):
        return []
    return [reason_box(view, "lead", view.text("leads.unmask"), view.text("leads.unmask_why"))]


def register(app: dash.Dash, services: Services) -> None:
    """Bind the asking: a reason, then the reporter in clear, for this look alone."""

    @app.callback(
        Output("lead-modal", "opened"),
        Output("lead-reason", "value"),
        Output("lead-reason", "error"),
        Output("lead-reporter", "children"),
        Input("lead-unmask", "n_clicks"),
        Input("lead-cancel", "n_clicks"),
        Input("lead-confirm", "n_clicks"),
        State("lead-reason", "value"),
        State("lead-id", "data"),
        prevent_initial_call=True,
    )
    def ask(_asked: Any, _cancelled: Any, _confirmed: Any, reason: str | None, number: int) -> Any:
        if not ctx.triggered or not ctx.triggered[0]["value"]:
            raise dash.exceptions.PreventUpdate
        if ctx.triggered_id == "lead-unmask":
            return True, "", None, no_update
        if ctx.triggered_id == "lead-cancel":
            return False, "", None, no_update
        view = services.view()
        try:
            with services.writing() as conn:
                clear = unmask_reporter(conn, view.viewer, number, reason or "", now=view.now)
        except Denied:
            raise
        except Refused as refused:
            return True, reason, sentence(refused, view.language), no_update
        return False, "", None, _facts(view, clear)
