"""``/my``: an officer's day – my grids in one look, today's round, everything that waits and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dash
import sqlalchemy as sa
from dash import ALL, Input, Output, State, dcc, html, no_update

from dashboard import export_my
from dashboard.components import address, daymap, dayparts
from dashboard.components.exports import export_links
from dashboard.components.filters import choice
from dashboard.components.frame import page, panel
from dashboard.components.overview import plan_to_ask
from dashboard.components.states import empty
from dashboard.components.words import day as day_words
from dashboard.services import Nav, Page, Services, View
from data.access import Right
from data.caps import cap_states
from data.plans import all_plans
from data.reads.duties import FILTERS
from data.reads.my_day import MyDay, Proposal, my_day, proposal, usual_number
from data.round import MOST_STOPS, Position

PATH = "/my"
KNOWN = ("show", "all", "n", "plan")
USUAL = "usual"
NUMBERS = (3, 4, 5, 6, 8, 10, 12, 15, MOST_STOPS)

HERE = """
function(n) {
    if (!n) { return window.dash_clientside.no_update; }
    if (!window.isSecureContext || !navigator.geolocation) { return {failed: "insecure"}; }
    return new Promise((tell) => navigator.geolocation.getCurrentPosition(
        (at) => tell({lon: at.coords.longitude, lat: at.coords.latitude}),
        (error) => tell({failed: error.code === 1 ? "denied" : "failed"}),
        {enableHighAccuracy: true, timeout: 10000, maximumAge: 60000}));
}
"""
TO_LIST = """
function(children) {
    const on = document.querySelector(".gw-pick-on");
    if (on) {  // sideways alone: the page itself stays where it is
        const row = on.parentElement;
        row.scrollLeft = on.offsetLeft - row.offsetLeft - (row.clientWidth - on.offsetWidth) / 2;
    }
    if (window.location.hash === "#my-list") {
        window.requestAnimationFrame(() => document.getElementById("my-list").scrollIntoView());
    }
    return "";
}
"""


def filters_of(search: str | None) -> dict[str, str | None]:
    """Return what an address asks for; what is no filter of ours is left out."""
    found: dict[str, str | None] = dict(address.read(search, KNOWN))
    if found.get("show") not in FILTERS:
        found.pop("show", None)
    if found.get("n") not in {str(n) for n in NUMBERS}:
        found.pop("n", None)
    return found


def layout(view: View, services: Services, search: str = "", **_: str) -> Any:
    """Return the page of the viewer's day."""
    filters = filters_of(search)
    with services.reading() as conn:
        day = my_day(conn, view.viewer, view.today, filters.get("plan"))
        plans = [(plan.code, plan.name(view.language)) for plan in all_plans(conn)]
        if not view.viewer.scope.grids and not day.duties.rows:
            nothing = empty(view.text("my.no_grids_title"), view.text("my.no_grids_hint"))
            return page(view.text("my.title"), [html.Div(nothing, className="gw-panel")])
        found = _proposal(conn, view, day, filters, None)
        rows = _list(conn, view, services, day, filters)
    today = [_round_panel(view, services, day, found, filters), daymap.map_panel(view, services, day, found)]
    # one plan is none to choose from; the box stands anyway: what it says is in the address
    box = choice("my-plan", view.text("ui.plan"), plans, _plan_of(day), width=240)
    box.style = None if len(plans) > 1 else {"display": "none"}
    papers = dcc.Link(view.text("papers.my"), href="/papers", className="gw-tap")
    aside = [box, papers, _drafts(view)]
    return page(
        view.text("my.title"),
        [
            html.Div(dayparts.look(view, day, filters), id="my-look"),
            html.Div(today, className="gw-two gw-top gw-my-round"),
            panel(
                view.text("my.list"), html.Div(rows, id="my-rows"), anchor=dayparts.LIST,
                aside=html.Div(_exports(view, filters), id="my-exports", className="gw-exports"),
            ),
            dcc.Store(id={"type": "my-position", "of": "phone"}),
            html.Div(id="my-spoken", className="gw-hidden"),
        ],
        aside=html.Div(aside, className="gw-my-aside"),
        note=[
            html.Span(day_words(view.today, view.language)),
            html.Div(dayparts.grids(view, day), id="my-grids"),
        ],
    )  # fmt: skip


def _plan_of(day: MyDay) -> str | None:
    return day.city.plan.code if day.city else None


def _exports(view: View, filters: Mapping[str, str | None]) -> list[Any]:
    return export_links(view, "my", address.write({name: filters.get(name) for name in ("show", "plan")}))


def _drafts(view: View) -> Any:
    """Return the way to the drafts; `assets/waiting.js` writes into it how many wait to be sent."""
    own = {"data-waits": view.text("my.drafts_waiting", n="{n}"), "data-user": view.viewer.user_id}
    return html.A(view.text("my.drafts"), href="/visits", className="gw-tap", **own)


def _round_panel(
    view: View, services: Services, day: MyDay, found: Proposal, filters: Mapping[str, str | None]
) -> Any:
    numbers = [(USUAL, view.text("my.number_usual")), *((str(n), str(n)) for n in NUMBERS)]
    here = html.Button(
        view.text("my.here"), id="my-here", type="button", className="gw-tap",
        title=view.text("my.here_private"),
    )  # fmt: skip
    aside = [
        choice("my-n", view.text("my.number"), numbers, filters.get("n") or USUAL, width=128),
        here,
    ]
    return panel(
        view.text("my.round"),
        [
            html.P(id="my-trouble", className="gw-pad gw-loud gw-hidden", role="alert"),
            html.Div(_round(view, services, day, found, here=False), id="my-round"),
            html.P(view.text("my.round_rule"), className="gw-pad gw-since"),
        ],
        aside=html.Div(aside, className="gw-my-aside"),
    )


def _proposal(
    conn: sa.Connection, view: View, day: MyDay, filters: Mapping[str, str | None], here: Position | None
) -> Proposal:
    return proposal(conn, day, view.today, int(filters.get("n") or usual_number(day)), here)


def _round(view: View, services: Services, day: MyDay, found: Proposal, *, here: bool) -> Any:
    return dayparts.round_list(view, day, found, services.settings.map_app, here=here)


def _list(
    conn: sa.Connection, view: View, services: Services, day: MyDay, filters: Mapping[str, str | None]
) -> Any:
    ids = [row.enterprise.id for row in day.duties.rows if row.enterprise]
    caps = cap_states(conn, ids, view.today)
    return dayparts.working_list(view, day, caps, services.settings.map_app, filters)


def _position(found: Any) -> Position | None:
    """Return the position that a browser told, if it is one."""
    if not isinstance(found, dict):
        return None
    lon, lat = found.get("lon"), found.get("lat")
    numbers = all(isinstance(value, int | float) for value in (lon, lat))
    return (float(lon), float(lat)) if numbers and abs(lon) <= 180 and abs(lat) <= 90 else None


def register(app: dash.Dash, services: Services) -> Page:
    """Bind the page."""
    export_my.install(app.server, services)
    # by patterns: a changed search also asks where this page is not, and a plain id would be missed there
    position = {"type": "my-position", "of": "phone"}
    app.clientside_callback(HERE, Output(position, "data"), Input("my-here", "n_clicks"))
    app.clientside_callback(TO_LIST, Output("my-spoken", "children"), Input("my-rows", "children"))

    @app.callback(
        Output("url", "search", allow_duplicate=True),
        Input("my-n", "value"),
        Input("my-plan", "value"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def to_address(n: str | None, plan: str | None, search: str | None) -> Any:
        before = filters_of(search)
        with services.reading() as conn:
            asked = plan_to_ask(conn, plan, before.get("plan"))
        after = address.write({**before, "plan": asked, "n": None if n == USUAL else n})
        return no_update if after == address.write(before) else after

    @app.callback(
        Output("my-round", "children"),
        Output("my-map-points", "data"),
        Output("my-map", "viewport"),
        Output("my-rows", "children"),
        Output("my-trouble", "children"),
        Output("my-trouble", "className"),
        Output("my-look", "children"),
        Output("my-grids", "children"),
        Output("my-exports", "children"),
        Output("my-map-grids", "hideout"),
        Output("my-plan", "value"),
        Output("my-n", "value"),
        Input("url", "search"),
        Input({"type": "my-position", "of": ALL}, "data"),
        State("url", "pathname"),
        prevent_initial_call=True,
    )
    def show(search: str | None, positions: list[Any] | None, path: str) -> tuple[Any, ...]:
        if path.rstrip("/") != PATH:
            raise dash.exceptions.PreventUpdate
        told = positions[0] if positions else None
        view, filters, here = services.view(), filters_of(search), _position(told)
        with services.reading() as conn:
            day = my_day(conn, view.viewer, view.today, filters.get("plan"))
            found = _proposal(conn, view, day, filters, here)
            rows = _list(conn, view, services, day, filters)
        failed = told.get("failed") if isinstance(told, dict) else None
        trouble = ""
        if failed in ("insecure", "denied", "failed"):
            begun = dayparts.start_words(view, day, here=False)
            trouble = view.text(f"my.here_{failed}", **({"start": begun} if failed == "insecure" else {}))
        stops = daymap.points(view, day, found, here)
        return (
            _round(view, services, day, found, here=here is not None),
            {"type": "FeatureCollection", "features": stops},
            daymap.viewport([one["geometry"]["coordinates"] for one in stops], day),
            rows,
            trouble,
            "gw-pad gw-loud" if trouble else "gw-hidden",
            dayparts.look(view, day, filters),
            dayparts.grids(view, day),
            _exports(view, filters),
            daymap.drawing(view, day),
            _plan_of(day),
            filters.get("n") or USUAL,
        )

    return Page(PATH, "my.title", layout, Right.RECORD, Nav("my", 5, "my.nav"))
