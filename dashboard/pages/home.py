"""``/``: where each grid stands, on a map and in a table that speak one language of colour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash
from dash import Input, Output, State, ctx, dcc, html, no_update

from dashboard.components import address, homeparts
from dashboard.components.chips import light_word
from dashboard.components.filters import choice, filter_bar, filter_button, search_box
from dashboard.components.frame import crumbs, page
from dashboard.components.grids import FIRST_SORT, grid_row, shown_grids
from dashboard.components.kpi import strip
from dashboard.components.map import hideout, legend
from dashboard.components.officerlink import officer_link
from dashboard.components.overview import city_name, deadline_note, figures_of, plan_to_ask
from dashboard.components.states import empty
from dashboard.services import Nav, Page, Services, View
from data.access import Right
from data.plans import all_plans
from data.reads.city import City, city
from data.reads.extent import district_extent
from data.reads.places import UNKNOWN_DISTRICT
from data.reads.progress import recent_pace

PATH = "/"
KNOWN = ("plan", "district", "light", "q", "sort", "grid")
FILTERS = ("plan", "district", "light", "q")


def layout(view: View, services: Services, search: str = "") -> Any:
    """Return the page as its address asks for it."""
    filters = address.read(search, KNOWN)
    with services.reading() as conn:
        found = city(conn, view.viewer, filters.get("plan"))
        plans = [(plan.code, plan.name(view.language)) for plan in all_plans(conn)]
        recent = recent_pace(conn, view.viewer, found, filters.get("district"))
        name = city_name(conn, view)
        district = filters.get("district")
        extent = district_extent(conn, view.viewer, district) if district else None
    if found.meta is None:
        return page(view.text("home.title"), [_nothing_yet(view)])
    filters.setdefault("plan", found.plan.code)
    parts = _parts(view, found, filters, recent)
    return page(
        view.text("home.title"),
        [
            html.Div(parts["figures"], id="home-figures"),
            html.Div(
                [
                    homeparts.map_panel(view, services, extent, parts),
                    homeparts.table_panel(view, filters, parts),
                ],
                className="gw-home",
            ),
            html.Div(parts["unplaced"], id="home-unplaced"),
            html.Div(officer_link(view), className="gw-note"),
            dcc.Store(id="home-city", data=name),
            dcc.Store(id="home-around", data=district or ""),
        ],
        above=html.Div(_steps(view, name, found, filters), id="home-crumbs"),
        note=html.Div(deadline_note(view, found), id="home-note", className="gw-note"),
        aside=_filters(view, found, filters, plans),
    )


def _nothing_yet(view: View) -> Any:
    way = (view.text("ui.to_imports"), "/imports") if view.viewer.may(Right.IMPORT) else None
    return html.Div(
        empty(view.text("ui.no_figures_title"), view.text("ui.no_figures_hint"), way), className="gw-panel"
    )


def _steps(view: View, name: str, found: City, filters: dict[str, str]) -> Any:
    district = filters.get("district")
    if district is None:
        return None
    plan = address.link("/", plan=filters["plan"])
    return crumbs(view, [(name, plan), (_district_name(view, found, district), None)])


def _district_name(view: View, found: City, code: str) -> str:
    names = {row.code or UNKNOWN_DISTRICT: row.name for row in found.districts}
    return names.get(code) or view.text("ui.unknown_district")


def _filters(view: View, found: City, filters: dict[str, str], plans: Sequence[tuple[str, str]]) -> Any:
    districts = [
        (row.code or UNKNOWN_DISTRICT, row.name or view.text("ui.unknown_district"))
        for row in found.districts
    ]
    lights = [(light, light_word(view, light)) for light in ("red", "yellow", "green", "grey")]
    value = filters.get
    return filter_bar(
        view,
        "home-filters",
        [
            choice("home-plan", view.text("ui.plan"), plans, value("plan"), width=190),
            choice("home-district", view.text("ui.district"), districts, value("district"),
                   anything=view.text("ui.all_districts"), width=132),
            choice("home-light", view.text("home.light"), lights, value("light"),
                   anything=view.text("home.all_lights"), width=124),
            search_box("home-q", view.text("ui.search"), view.text("home.search"), value("q")),
        ],
        _set(filters),
    )  # fmt: skip


def _set(filters: dict[str, str]) -> int:
    """Return how many filters narrow what is shown."""
    return sum(name in filters for name in FILTERS[1:])


def _parts(view: View, found: City, filters: dict[str, str], recent: Any) -> dict[str, Any]:
    """Return what depends on the filters, for the first drawing and for every later one."""
    rows = shown_grids(found, filters)
    scope = view.viewer.scope
    lights: dict[str, int] = {}
    for row in rows:
        lights[str(row.light)] = lights.get(str(row.light), 0) + 1
    return {
        "figures": strip(view, figures_of(view, found, filters.get("district"), recent)),
        "rows": [grid_row(view, row, found.plan.code) for row in rows],
        "drawing": hideout(
            view.theme,
            {row.code: [str(row.light), row.counts.done, row.counts.due] for row in rows},
            selected=filters.get("grid"),
            # of a part of a district alone its name is said
            districts={
                row.code: [str(row.light), row.counts.done, row.counts.due]
                for row in found.districts
                if row.code and (scope.everything or row.code in scope.districts)
            },
        ),
        "legend": legend(view.theme, view.language, lights),
        "count": view.text("home.grids_count", n=len(rows)),
        "unplaced": homeparts.unplaced_panel(view, found, filters),
        "selection": homeparts.selection(view, found, filters.get("grid")),
        "exports": homeparts.exports(view, filters),
    }


def register(app: dash.Dash, services: Services) -> Page:
    """Bind the page: filters go into the address, the address decides what is shown."""

    @app.callback(
        Output("url", "search", allow_duplicate=True),
        Input("home-plan", "value"),
        Input("home-district", "value"),
        Input("home-light", "value"),
        Input("home-q", "value"),
        Input("home-table", "columnState"),
        Input("home-table", "selectedRows"),
        Input("home-map-grids", "n_clicks"),
        State("home-map-grids", "clickData"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def to_address(plan, district, light, q, columns, selected, _clicks, clicked, search):
        before = address.read(search, KNOWN)
        with services.reading() as conn:
            plan = plan_to_ask(conn, plan, before.get("plan"))
        filters = {"plan": plan, "district": district, "light": light, "q": q}
        filters |= {"sort": before.get("sort"), "grid": before.get("grid")}
        if ctx.triggered_id == "home-table" and "home-table.columnState" in ctx.triggered_prop_ids:
            order = next((c for c in columns or () if c.get("sort")), None)
            wanted = f"{'-' if order['sort'] == 'desc' else ''}{order['colId']}" if order else None
            filters["sort"] = None if wanted == FIRST_SORT else wanted
        elif ctx.triggered_id == "home-table" and selected:
            filters["grid"] = selected[0]["code"]
        elif ctx.triggered_id == "home-map-grids" and clicked:
            filters["grid"] = clicked["properties"]["code"]
        after = address.write(filters)
        return no_update if address.read(after, KNOWN) == before else after

    @app.callback(
        Output("home-figures", "children"),
        Output("home-table", "rowData"),
        Output("home-map-grids", "hideout"),
        Output("home-legend", "children"),
        Output("home-count", "children"),
        Output("home-unplaced", "children"),
        Output("home-selection", "children"),
        Output("home-exports", "children"),
        Output("home-crumbs", "children"),
        Output("home-note", "children"),
        Output("home-filters-button", "children"),
        *(Output(f"home-{name}", "value") for name in FILTERS),
        Input("url", "search"),
        State("url", "pathname"),
        State("home-city", "data"),
        prevent_initial_call=True,
    )
    def show(search, path, name):
        if path != PATH:
            raise dash.exceptions.PreventUpdate
        view = services.view()
        filters = address.read(search, KNOWN)
        with services.reading() as conn:
            found = city(conn, view.viewer, filters.get("plan"))
            recent = recent_pace(conn, view.viewer, found, filters.get("district"))
        filters.setdefault("plan", found.plan.code)
        parts = _parts(view, found, filters, recent)
        order = ("figures", "rows", "drawing", "legend", "count", "unplaced", "selection", "exports")
        return (
            *(parts[name] for name in order),
            _steps(view, name, found, filters),
            deadline_note(view, found),
            filter_button(view, _set(filters)),
            *(filters.get(name, "" if name == "q" else None) for name in FILTERS),
        )

    @app.callback(
        Output("home-map", "viewport"),
        Output("home-around", "data"),
        Input("url", "search"),
        State("url", "pathname"),
        State("home-around", "data"),
        prevent_initial_call=True,
    )
    def go_to_district(search, path, around):
        """Move the map when another district is chosen, and leave it alone otherwise."""
        district = address.read(search, KNOWN).get("district")
        if path != PATH or (district or "") == around:
            raise dash.exceptions.PreventUpdate
        with services.reading() as conn:
            extent = district_extent(conn, services.view().viewer, district)
        if extent is None:
            return no_update, district or ""
        west, south, east, north = extent
        bounds = [[south, west], [north, east]]
        return {"bounds": bounds, "transition": "fitBounds", "options": {"animate": False}}, district or ""

    return Page(PATH, "home.title", layout, Right.FIGURES, Nav("map", 10, "home.nav"))
