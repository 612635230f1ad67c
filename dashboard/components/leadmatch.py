"""Whom a lead is about: candidates with scores and reasons, one of which a person chooses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import dash
import dash_mantine_components as dmc
from dash import ALL, Input, Output, State, ctx, dcc, html, no_update

from dashboard.components import enterprisepick
from dashboard.components.actforms import whole_number
from dashboard.components.frame import panel
from dashboard.failures import sentence
from dashboard.services import Services, View
from data.access import Right
from data.errors import Conflict
from data.reads.lead import LeadFile
from data.reads.matching import Candidate, candidates
from data.writes.leads import match

OWN = {"type": "lead-enterprise", "name": "own"}
Drawn = Callable[[View, int], tuple[Any, Any]]


def undo(view: View, found: LeadFile) -> Any:
    """Return the button that takes a match back, where there is one to take back."""
    if "match" not in found.moves or found.facts["enterprise_id"] is None:
        return None
    return _button(view, "leads.unmatch", 0)


def candidates_panel(view: View, services: Services, found: LeadFile) -> list[Any]:
    """Return the panel of candidates of a lead that is matched to nobody."""
    matched = found.facts["enterprise_id"] is not None
    if "match" not in found.moves or matched or not view.viewer.may(Right.ENTERPRISES):
        return []
    with services.reading() as conn:
        offered = candidates(conn, view.viewer, found.id)
    hint = view.text("leads.candidates_hint" if offered else "leads.candidates_none")
    own = enterprisepick.picker(view, OWN, view.text("leads.enterprise_own"), className="gw-grow-all")
    inside = [
        html.P(hint, className="gw-note"),
        html.Ul([_candidate(view, one) for one in offered], className="gw-candidates"),
        html.Div([own, _button(view, "leads.match_own", -1)], className="gw-acts gw-acts-low"),
    ]
    box = html.Div(inside, className="gw-pad gw-stack gw-acting")
    return [panel(view.text("leads.candidates"), box)]


def _candidate(view: View, one: Candidate) -> html.Li:
    reasons = [
        view.text("leads.same_district")
        if basis == "place"
        else view.text(f"leads.reason_{basis}", n=round(score))
        for basis, score in one.reasons
    ]
    score = view.text("leads.certain") if one.certain else view.text("leads.score", n=round(one.score))
    return html.Li(
        [
            html.Div(
                [
                    dcc.Link(one.name, href=f"/enterprises/{one.enterprise_id}"),
                    html.Div(one.address or "", className="gw-small"),
                    html.Div(" · ".join([score, *reasons]), className="gw-small"),
                ],
                className="gw-grow",
            ),
            _button(view, "leads.match_this", one.enterprise_id, one.name),
        ]
    )


def _button(view: View, key: str, number: int, name: str | None = None) -> Any:
    said = view.text(key)
    own = {"type": "lead-match", "enterprise": number}
    spoken = {"aria-label": f"{said} {name}"} if name else {}
    return dmc.Button(said, id=own, variant="default", h=44, **spoken)


def register(app: dash.Dash, services: Services, drawn: Drawn) -> None:
    """Bind the choice; `drawn` makes the page's body and head anew."""
    enterprisepick.register(app, services, OWN)

    @app.callback(
        Output("lead-body", "children", allow_duplicate=True),
        Output("lead-head", "children", allow_duplicate=True),
        Output({"type": "lead-enterprise", "name": ALL}, "error"),
        Input({"type": "lead-match", "enterprise": ALL}, "n_clicks"),
        State({"type": "lead-enterprise", "name": ALL}, "value"),
        State({"type": "lead-seen", "name": ALL}, "data"),
        State("lead-id", "data"),
        prevent_initial_call=True,
    )
    def choose(clicks: list[Any], own: list[Any], seen: list[int], number: int) -> Any:
        if not any(clicks) or not isinstance(ctx.triggered_id, dict):
            raise dash.exceptions.PreventUpdate
        view, asked = services.view(), ctx.triggered_id
        enterprise_id: int | None = asked["enterprise"] or None
        if enterprise_id == -1:
            enterprise_id = whole_number((own or [""])[0])
            if enterprise_id is None:
                return no_update, no_update, [view.text("leads.enterprise_none")]
        try:
            with services.writing() as conn:
                match(conn, view.viewer, number, enterprise_id, version=seen[0], now=view.now)
        except Conflict as conflict:
            services.notify(sentence(conflict, view.language), "error")
        else:
            services.notify(
                view.text("leads.match_done" if enterprise_id else "leads.unmatch_done"), "success"
            )
        return *drawn(view, number), [None] * len(own or ())
