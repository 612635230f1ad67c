"""``/``: where each grid stands, on a map and in a table that speak one language of colour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash
from dash import Input, Output, State, ctx, dcc, html, no_update

from dashboard.components import address, words
from dashboard.components.chips import light_chip, light_word
from dashboard.components.figure import figure
from dashboard.components.filters import choice, search_box
from dashboard.components.frame import crumbs, page, panel
from dashboard.components.grids import grid_columns, grid_row, shown_grids
from dashboard.components.kpi import strip
from dashboard.components.lines import lines
from dashboard.components.map import grid_map, hideout, legend
from dashboard.components.overview import city_name, deadline_note, figures_of
from dashboard.components.states import empty
from dashboard.components.table import table
from dashboard.services import Nav, Page, Services, View
from data.access import Right
from data.plans import all_plans
from data.reads.city import City, UnplacedRow, city
from data.reads.labels import term
from data.reads.places import UNKNOWN_DISTRICT
from data.reads.progress import recent_pace

PATH = "/"
KNOWN = ("plan", "district", "light", "q", "sort", "grid")
FILTERS = ("plan", "district", "light", "q")
FIRST_SORT = "-behind"


def layout(view: View, services: Services, search: str = "") -> Any:
    """Return the page as its address asks for it."""
    filters = address.read(search, KNOWN)
    with services.reading() as conn:
        found = city(conn, view.viewer, filters.get("plan"))
        plans = [(plan.code, plan.name(view.language)) for plan in all_plans(conn)]
        recent = recent_pace(conn, view.viewer, found, filters.get("district"))
        name = city_name(conn, view)
    if found.meta is None:
        return page(view.text("home.title"), [_nothing_yet(view)])
    filters.setdefault("plan", found.plan.code)
    parts = _parts(view, found, filters, recent)
    return page(
        view.text("home.title"),
        [
            html.Div(parts["figures"], id="home-figures"),
            html.Div(
                [_map_panel(view, services, found, filters, parts), _table_panel(view, filters, parts)],
                className="gw-home",
            ),
            html.Div(parts["unplaced"], id="home-unplaced"),
            dcc.Store(id="home-city", data=name),
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
    return html.Div(
        [
            choice("home-plan", view.text("ui.plan"), plans, value("plan"), width=190),
            choice("home-district", view.text("ui.district"), districts, value("district"),
                   anything=view.text("ui.all_districts"), width=132),
            choice("home-light", view.text("home.light"), lights, value("light"),
                   anything=view.text("home.all_lights"), width=124),
            search_box("home-q", view.text("ui.search"), view.text("home.search"), value("q")),
        ],
        className="gw-filters",
        role="search",
        **{"aria-label": view.text("ui.filters")},
    )  # fmt: skip


def _parts(view: View, found: City, filters: dict[str, str], recent: Any) -> dict[str, Any]:
    """Return what depends on the filters, for the first drawing and for every later one."""
    rows = shown_grids(found, filters)
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
        ),
        "legend": legend(view.theme, view.language, lights),
        "count": view.text("home.grids_count", n=len(rows)),
        "unplaced": _unplaced_panel(view, found, filters),
        "selection": _selection(view, found, filters.get("grid")),
        "exports": _exports(view, filters),
    }


def _map_panel(view: View, services: Services, found: City, filters: dict[str, str], parts: Any) -> Any:
    tiles = services.settings.tiles
    return panel(
        view.text("home.map"),
        html.Div(
            [
                grid_map(
                    "home-map",
                    theme=view.theme,
                    lang=view.language,
                    drawing=parts["drawing"],
                    tiles={"url": tiles.url, "attribution": tiles.attribution} if tiles else None,
                ),
                html.Div(parts["selection"], id="home-selection", className="gw-selection",
                         **{"aria-live": "polite"}),
            ],
            className="gw-map-box",
        ),
        aside=html.Div(parts["legend"], id="home-legend"),
        name="gw-map-panel",
    )  # fmt: skip


def _table_panel(view: View, filters: dict[str, str], parts: dict[str, Any]) -> Any:
    return panel(
        view.text("home.grids"),
        table(
            view,
            "home-table",
            grid_columns(view, filters.get("sort", FIRST_SORT)),
            parts["rows"],
            label=view.text("home.grids"),
            select=True,
        ),
        aside=[html.Span(parts["count"], id="home-count"), html.Span(parts["exports"], id="home-exports")],
    )


def _exports(view: View, filters: dict[str, str]) -> list[Any]:
    return [
        html.A(view.text(f"ui.export_{kind}"), href=address.link(f"/export/grids.{kind}", **filters),
               className="gw-act", **{"download": ""})
        for kind in ("csv", "xlsx")
    ]  # fmt: skip


def _selection(view: View, found: City, code: str | None) -> list[Any]:
    row = next((row for row in found.grids if row.code == code), None)
    if row is None:
        return []
    counts, plan = row.counts, found.plan.code
    return [
        html.B(row.name),
        light_chip(view, str(row.light)),
        figure(
            view,
            f"{words.rate(counts.done, counts.due)}  {counts.done} / {counts.due}",
            "coverage",
            address.link("/enterprises", plan=plan, grid=row.code, state="due"),
            done=counts.done,
            due=counts.due,
        ),
        html.Span(row.officer or view.text("home.no_officer"), className="gw-muted")
        if view.viewer.may(Right.NAMES)
        else None,
        dcc.Link(
            view.text("home.open_grid"),
            href=address.link(f"/grids/{row.code}", plan=plan),
            className="gw-act",
        ),
    ]


def _unplaced_panel(view: View, found: City, filters: dict[str, str]) -> Any:
    district = filters.get("district")
    rows = [
        row
        for row in found.unplaced
        if row.counts.due and (district is None or (row.district_code or UNKNOWN_DISTRICT) == district)
    ]
    if not rows:
        body: Any = html.P(view.text("home.unplaced_none"), className="gw-pad gw-muted")
    else:
        heads = ("home.column_district", "home.reason", "home.due", "home.done", "home.remaining")
        cells = [_unplaced_line(view, found, row) for row in rows]
        body = lines([view.text(head) for head in heads], cells, numbers=(2, 3, 4))
    return panel(view.text("home.unplaced_panel"), body, aside=view.text("home.unplaced_target"))


def _unplaced_line(view: View, found: City, row: UnplacedRow) -> list[Any]:
    def number(state: str, value: int) -> Any:
        href = address.link(
            "/enterprises",
            plan=found.plan.code,
            district=row.district_code or UNKNOWN_DISTRICT,
            unplaced_reason=row.reason,
            state=state,
        )
        return figure(view, words.count(value), state, href)

    counts = row.counts
    return [
        row.district or view.text("ui.unknown_district"),
        term("unplaced", row.reason, view.language),
        number("due", counts.due),
        number("done", counts.done),
        number("remaining", counts.remaining),
    ]


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
        if ctx.triggered_id is None:  # the page has just been drawn
            return no_update
        filters = {"plan": plan, "district": district, "light": light, "q": q}
        before = address.read(search, KNOWN)
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
            *(filters.get(name, "" if name == "q" else None) for name in FILTERS),
        )

    return Page(PATH, "home.title", layout, Right.FIGURES, Nav("map", 10, "home.nav"))
