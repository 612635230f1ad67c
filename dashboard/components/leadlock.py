"""Locking a period of leads (件件有结果): for who answers for the whole city."""

from __future__ import annotations

from typing import Any

import dash
import dash_mantine_components as dmc
from dash import Input, Output, State, html, no_update

from dashboard.components.actforms import day_of
from dashboard.failures import sentence
from dashboard.services import Services, View
from data.access import Right
from data.errors import Refused
from data.reads.leads import locked_periods
from data.writes.leads_periods import lock_period


def panels(view: View, services: Services) -> list[Any]:
    """Return the form and the locked periods, behind one word; nothing for others."""
    if not (view.viewer.may(Right.APPROVE) and view.viewer.scope.everything):
        return []
    with services.reading() as conn:
        held = locked_periods(conn, view.viewer)
    shown = [
        html.Li(view.text("leads.locked", start=one.from_on, end=one.to_on, n=one.leads)) for one in held
    ]
    days = [
        dmc.TextInput(
            id=f"leads-lock-{name}", label=view.text(f"leads.lock_{name}"), inputProps={"type": "date"}, w=176
        )
        for name in ("from", "to")
    ]
    save = dmc.Button(view.text("leads.lock"), id="leads-lock-save", h=44)
    return [
        html.Details(
            [
                html.Summary(view.text("leads.lock_title")),
                html.P(view.text("leads.lock_hint"), className="gw-note"),
                html.Div([*days, save], className="gw-acts gw-acts-low"),
                html.Div(id="leads-lock-said", role="status", className="gw-small"),
                html.Ul(shown, id="leads-lock-list"),
            ],
            className="gw-panel gw-more-panel gw-formed",
        )
    ]


def register(app: dash.Dash, services: Services) -> None:
    """Bind the form."""

    @app.callback(
        Output("leads-lock-said", "children"),
        Output("leads-lock-list", "children"),
        Input("leads-lock-save", "n_clicks"),
        State("leads-lock-from", "value"),
        State("leads-lock-to", "value"),
        prevent_initial_call=True,
    )
    def lock(clicks: int | None, start: str | None, end: str | None) -> Any:
        if not clicks:
            raise dash.exceptions.PreventUpdate
        view, first, last = services.view(), day_of(start), day_of(end)
        if first is None or last is None:
            return view.text("leads.lock_days"), no_update
        try:
            with services.writing() as conn:
                lock_period(conn, view.viewer, first, last, now=view.now)
        except Refused as refused:
            if type(refused) is not Refused:
                raise
            return html.Span(sentence(refused, view.language), className="gw-loud"), no_update
        with services.reading() as conn:
            held = locked_periods(conn, view.viewer)
        shown = [
            html.Li(view.text("leads.locked", start=one.from_on, end=one.to_on, n=one.leads)) for one in held
        ]
        return view.text("leads.lock_done"), shown
