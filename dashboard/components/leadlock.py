"""Locking a period of leads (件件有结果): what it holds, what is in its way, and only then the act."""

from __future__ import annotations

from typing import Any

import dash
import dash_mantine_components as dmc
from dash import Input, Output, ctx, dcc, html, no_update

from dashboard.components import words
from dashboard.components.actforms import day_of
from dashboard.components.forms import beside
from dashboard.components.lines import lines
from dashboard.services import Services, View
from data.access import Right
from data.errors import Refused
from data.reads.labels import term
from data.reads.lead_periods import PeriodOutlook, locked_periods, period_outlook
from data.writes.leads_periods import lock_period

FIELDS = ("from_on", "to_on")


def panels(view: View, services: Services) -> list[Any]:
    """Return the form and the locked periods, behind one word; nothing for others."""
    if not (view.viewer.may(Right.APPROVE) and view.viewer.scope.everything):
        return []
    days = [
        dmc.TextInput(
            id=f"leads-lock-{name}", label=view.text(f"leads.lock_{name}"), inputProps={"type": "date"}, w=176
        )
        for name in ("from", "to")
    ]
    look = dmc.Button(view.text("leads.lock_look"), id="leads-lock-look", h=44, variant="default")
    save = dmc.Button(view.text("leads.lock"), id="leads-lock-save", h=44, disabled=True)
    return [
        html.Details(
            [
                html.Summary(view.text("leads.lock_title")),
                html.P(view.text("leads.lock_hint"), className="gw-note"),
                html.Div([*days, look], className="gw-acts gw-acts-low"),
                html.Div(id="leads-lock-said", role="status", className="gw-stack"),
                html.Div(save, className="gw-acts"),
                html.Ul(_held(view, services), id="leads-lock-list"),
            ],
            className="gw-panel gw-more-panel gw-formed",
        )
    ]


def _held(view: View, services: Services) -> list[html.Li]:
    with services.reading() as conn:
        found = locked_periods(conn, view.viewer)
    return [
        html.Li(view.text("leads.locked", start=one.from_on, end=one.to_on, n=one.leads)) for one in found
    ]


def _told(view: View, found: PeriodOutlook) -> Any:
    """Return what the period holds; the leads that are in its way by name, each a way to it."""
    if not found.waiting:
        return html.P(view.text("leads.lock_ready", n=found.total))
    heads = [view.text(f"leads.lock_{name}") for name in ("lead", "state", "received")]
    rows = [
        [
            dcc.Link(one.title or str(one.id), href=f"/leads/{one.id}"),
            term("lead_state", one.state, view.language),
            words.day(one.received_on, view.language, year=True),
        ]
        for one in found.named
    ]
    more = found.waiting - len(found.named)
    return [
        html.P(view.text("leads.lock_open", n=found.waiting, total=found.total), className="gw-loud"),
        html.Div(lines(heads, rows), className="gw-some"),
        html.P(view.text("leads.lock_more", n=more), className="gw-note") if more else None,
    ]


def register(app: dash.Dash, services: Services) -> None:
    """Bind the look and the act."""

    @app.callback(
        Output("leads-lock-said", "children"),
        Output("leads-lock-list", "children"),
        Output("leads-lock-save", "disabled"),
        *(Output(f"leads-lock-{name}", "error") for name in ("from", "to")),
        Input("leads-lock-look", "n_clicks"),
        Input("leads-lock-save", "n_clicks"),
        Input("leads-lock-from", "value"),
        Input("leads-lock-to", "value"),
        prevent_initial_call=True,
    )
    def lock(_look: int | None, _save: int | None, start: str | None, end: str | None) -> Any:
        view, first, last = services.view(), day_of(start), day_of(end)
        if ctx.triggered_id not in ("leads-lock-look", "leads-lock-save") or not ctx.triggered[0]["value"]:
            return None, no_update, True, None, None  # what was looked at is not what would be locked now
        if first is None or last is None:
            missing = (None if day else view.text("errors.text_missing") for day in (first, last))
            return None, no_update, True, *missing
        try:
            if ctx.triggered_id == "leads-lock-look":
                with services.reading() as conn:
                    found = period_outlook(conn, view.viewer, first, last)
                return _told(view, found), no_update, bool(found.waiting), None, None
            with services.writing() as conn:
                lock_period(conn, view.viewer, first, last, now=view.now)
        except Refused as refused:
            if refused.field not in FIELDS:
                raise
            return None, no_update, True, *beside(view, refused, FIELDS)
        return html.P(view.text("leads.lock_done")), _held(view, services), True, None, None
