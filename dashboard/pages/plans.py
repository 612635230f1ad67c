"""``/plans``: what everything else is counted by – plans, workdays, organisations; the steward edits them."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import dash
from dash import Input, Output, State, dcc, html

from dashboard import export_plans
from dashboard.components import address
from dashboard.components.frame import page
from dashboard.pages import plans_calendar, plans_organisations, plans_plans
from dashboard.services import Nav, Page, Services, View
from data.access import Right

PATH = "/plans"
KNOWN = ("tab", "plan", "year", "day", "org")
TABS: dict[str, ModuleType] = {
    "plans": plans_plans,
    "calendar": plans_calendar,
    "organisations": plans_organisations,
}


def layout(view: View, services: Services, search: str = "") -> Any:
    """Return the page with the tab that the address names."""
    view.viewer.require(Right.MASTER)
    return page(
        view.text("plans.title"),
        [
            html.Div(_body(view, services, search), id="plans-body", className="gw-stack"),
            dcc.Store(id="plans-changed"),
        ],
    )


def _body(view: View, services: Services, search: str | None) -> list[Any]:
    asked = address.read(search, KNOWN)
    chosen = asked.get("tab", "") if asked.get("tab") in TABS else "plans"
    links = [
        dcc.Link(
            view.text(f"plans.tab_{name}"),
            href=address.link(PATH, tab=None if name == "plans" else name),
            className="gw-tab gw-tab-on" if name == chosen else "gw-tab",
            **({"aria-current": "page"} if name == chosen else {}),
        )
        if name != chosen
        else html.Span(
            view.text(f"plans.tab_{name}"), className="gw-tab gw-tab-on", **{"aria-current": "page"}
        )
        for name in TABS
    ]
    with services.reading() as conn:
        inside = TABS[chosen].body(view, conn, asked)
    return [html.Nav(links, className="gw-tabs", **{"aria-label": view.text("plans.tabs")}), *inside]


def register(app: dash.Dash, services: Services) -> Page:
    """Bind the page and its tabs."""

    @app.callback(
        Output("plans-body", "children"),
        Input("url", "search"),
        Input("plans-changed", "data"),
        State("url", "pathname"),
        prevent_initial_call=True,
    )
    def show(search: str | None, _changed: Any, path: str) -> Any:
        if path != PATH:
            raise dash.exceptions.PreventUpdate
        view = services.view()
        view.viewer.require(Right.MASTER)
        return _body(view, services, search)

    export_plans.install(app.server, services)
    later: tuple[str, ...] = ()
    for part in TABS.values():
        part.register(app, services)
        later += part.LATER_IDS
    return Page(PATH, "plans.title", layout, Right.MASTER, Nav("plans", 25), later_ids=later)
