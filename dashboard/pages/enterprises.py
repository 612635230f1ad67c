"""``/enterprises``: the rows behind every number, paged, sorted and filtered by the server."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import dash
from dash import Input, Output, State, dcc, html, no_update

from dashboard.components import address, words
from dashboard.components.exports import export_links
from dashboard.components.figure import figure
from dashboard.components.filters import choice, filter_bar, filter_button, search_box
from dashboard.components.frame import page
from dashboard.components.overview import plan_shown, plan_to_ask
from dashboard.components.rows import (
    FILTERS,
    FIRST_SORT,
    SORT_OF,
    Names,
    address_of,
    enterprise_columns,
    enterprise_row,
    filter_of,
)
from dashboard.components.states import empty
from dashboard.components.table import table
from dashboard.services import Nav, Page, Services, View
from data.access import Right
from data.plans import all_plans
from data.reads.city import city
from data.reads.enterprises import enterprises
from data.reads.filters import STATES, EnterpriseFilter
from data.reads.labels import category_names, status_names, term
from data.reads.places import UNKNOWN_DISTRICT

PATH = "/enterprises"
BOXES = ("plan", "state", "district", "grid", "category", "status")


def layout(view: View, services: Services, search: str = "") -> Any:
    """Return the list as its address asks for it."""
    wanted, sort = filter_of(search)
    with services.reading() as conn:
        boxes = _boxes(view, conn, wanted)
        total = enterprises(conn, view.viewer, wanted, sort, 0, 0).total
        due = _due(conn, view, wanted)
    if not total and not _set(wanted):
        return page(view.text("enterprises.title"), [_nothing_yet(view)])
    return page(
        view.text("enterprises.title"),
        [
            filter_bar(
                view,
                "enterprises-filters",
                [
                    search_box(
                        "enterprises-q", view.text("ui.search"), view.text("enterprises.search"), wanted.q
                    ),
                    *boxes,
                ],
                _set(wanted),
            ),
            html.Div(_chips(view, wanted), id="enterprises-chips", className="gw-note"),
            html.Div(
                table(
                    view,
                    "enterprises-table",
                    enterprise_columns(view, sort),
                    label=view.text("enterprises.title"),
                    endless=True,
                ),
                className="gw-panel gw-list",
            ),
            dcc.Store(id="enterprises-filter", data=address_of(wanted)),
            html.Div(id="enterprises-purged", hidden=True),
        ],
        note=html.Div(_count(view, total, due), id="enterprises-count", **{"aria-live": "polite"}),
        aside=html.Div(_exports(view, wanted, sort), id="enterprises-exports", className="gw-exports"),
    )


def _nothing_yet(view: View) -> Any:
    way = (view.text("ui.to_imports"), "/imports") if view.viewer.may(Right.IMPORT) else None
    nothing = empty(view.text("enterprises.nothing_title"), view.text("enterprises.nothing_hint"), way)
    return html.Div(nothing, className="gw-panel")


def _set(wanted: EnterpriseFilter) -> int:
    """Return how many filters narrow the list; a plan alone does not."""
    blank = EnterpriseFilter()
    return sum(getattr(wanted, name) != getattr(blank, name) for name in FILTERS if name != "plan")


def _due(conn: Any, view: View, wanted: EnterpriseFilter) -> int | None:
    """Return how many of the rows the plan asks for; None where the filter says that by itself."""
    if wanted.state is not None:
        return None
    return enterprises(conn, view.viewer, replace(wanted, state="due"), FIRST_SORT, 0, 0).total


def _count(view: View, total: int, due: int | None) -> Any:
    shown = words.count(total)
    before, _, after = view.text("enterprises.count", n="\0").partition("\0")
    told = [before, figure(view, shown, "rows"), after]
    if due is not None and due != total:
        told.append(view.text("enterprises.count_due", n=words.count(due)))
    return told


def _exports(view: View, wanted: EnterpriseFilter, sort: str) -> list[Any]:
    return export_links(view, "enterprises", address_of(wanted, sort))


def _boxes(view: View, conn: Any, wanted: EnterpriseFilter) -> list[Any]:
    language = view.language
    plans = [(plan.code, plan.name(language)) for plan in all_plans(conn)]
    found = city(conn, view.viewer, wanted.plan)
    districts = [
        (row.code or UNKNOWN_DISTRICT, row.name or view.text("ui.unknown_district"))
        for row in found.districts
    ]
    grids = [(row.code, row.name) for row in found.grids]
    options: dict[str, list[tuple[str, str]]] = {
        "plan": plans,
        "state": [(code, term("state", code, language)) for code in STATES],
        "district": districts,
        "grid": grids,
        "category": list(category_names(conn, language).items()),
        "status": list(status_names(conn, language).items()),
    }
    shown: Mapping[str, str | None] = {
        **{name: getattr(wanted, name) for name in BOXES},
        "plan": plan_shown(conn, wanted.plan),
    }
    everything = view.text("ui.all")
    return [
        choice(
            f"enterprises-{name}",
            view.text("ui.plan" if name == "plan" else f"enterprises.{name}"),
            options[name],
            shown[name],
            anything=None if name == "plan" else everything,
            width=176 if name == "plan" else 128,
            searchable=name in ("grid", "district"),
        )
        for name in BOXES
    ]


def _chips(view: View, wanted: EnterpriseFilter) -> list[Any]:
    """Return the filters that have no box of their own, each with a way to drop it."""
    language = view.language
    told: list[tuple[str, str]] = []
    if wanted.unplaced_reason:
        reason = term("unplaced", wanted.unplaced_reason, language) if wanted.unplaced_reason != "any" else ""
        told.append(("unplaced_reason", f"{term('state', 'unplaced', language)} {reason}".strip()))
    for name in ("problems", "leads"):
        value = getattr(wanted, name)
        if value:
            told.append((name, view.text(f"enterprises.{value}_{name}")))
    if wanted.scope:
        told.append(("scope", wanted.scope))
    if wanted.tag:
        told.append(("tag", wanted.tag))
    if wanted.risk is not None:
        told.append(
            ("risk", f"{view.text('enterprise.risk')} {term('risk_level', str(wanted.risk), language)}")
        )
    if wanted.batch is not None:
        told.append(("batch", view.text("imports.batch", id=wanted.batch)))
    blank = EnterpriseFilter()
    chips: list[Any] = [
        dcc.Link(
            [words_, html.Span(" ×", **{"aria-hidden": "true"})],
            href=PATH + address_of(replace(wanted, **{name: getattr(blank, name)})),
            className="gw-tag",
            title=view.text("ui.clear_filters"),
        )
        for name, words_ in told
    ]
    if wanted != EnterpriseFilter(plan=wanted.plan):
        chips.append(
            dcc.Link(view.text("ui.clear_filters"), href=PATH + address.write({"plan": wanted.plan}),
                     className="gw-act")
        )  # fmt: skip
    return chips


def register(app: dash.Dash, services: Services) -> Page:
    """Bind the page: boxes write the address, the address decides which rows come."""

    @app.callback(
        Output("url", "search", allow_duplicate=True),
        Input("enterprises-q", "value"),
        *(Input(f"enterprises-{name}", "value") for name in BOXES),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def to_address(q, *values):
        *chosen, search = values
        before, sort = filter_of(search)
        boxes = dict(zip(BOXES, chosen, strict=True))
        with services.reading() as conn:
            boxes["plan"] = plan_to_ask(conn, boxes["plan"], before.plan)
        after = replace(before, q=(q or "").strip(), **boxes)
        return no_update if after == before else address_of(after, sort)

    @app.callback(
        Output("enterprises-filter", "data"),
        Output("enterprises-count", "children"),
        Output("enterprises-exports", "children"),
        Output("enterprises-chips", "children"),
        Output("enterprises-filters-button", "children"),
        Output("enterprises-q", "value"),
        *(Output(f"enterprises-{name}", "value") for name in BOXES),
        Input("url", "search"),
        State("url", "pathname"),
        prevent_initial_call=True,
    )
    def show(search, path):
        if path != PATH:
            raise dash.exceptions.PreventUpdate
        view = services.view()
        wanted, sort = filter_of(search)
        with services.reading() as conn:
            total = enterprises(conn, view.viewer, wanted, sort, 0, 0).total
            due = _due(conn, view, wanted)
            shown = plan_shown(conn, wanted.plan)
        values = {name: getattr(wanted, name) for name in BOXES} | {"plan": shown}
        return (
            address_of(wanted),
            _count(view, total, due),
            _exports(view, wanted, sort),
            _chips(view, wanted),
            filter_button(view, _set(wanted)),
            wanted.q,
            *(values[name] for name in BOXES),
        )

    # a new filter empties what the table holds; it then asks for its first rows again
    app.clientside_callback(
        """async function(_) {
            const api = await dash_ag_grid.getApiAsync("enterprises-table");
            api.purgeInfiniteCache();
            api.ensureIndexVisible(0);
            return "";
        }""",
        Output("enterprises-purged", "children"),
        Input("enterprises-filter", "data"),
        prevent_initial_call=True,
    )

    @app.callback(
        Output("enterprises-table", "getRowsResponse"),
        Output("url", "search", allow_duplicate=True),
        Input("enterprises-table", "getRowsRequest"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def rows(request, search):
        if not request:
            raise dash.exceptions.PreventUpdate
        view = services.view()
        wanted, before = filter_of(search)
        sort = _sort_of(request.get("sortModel"))
        start, end = int(request["startRow"]), int(request["endRow"])
        with services.reading() as conn:
            found = enterprises(conn, view.viewer, wanted, sort, start, end - start)
            names = Names.read(conn, view.language)
        response = {
            "rowData": [enterprise_row(view, row, names) for row in found.rows],
            "rowCount": found.total,
        }
        return response, no_update if sort == before else address_of(wanted, sort)

    nav = Nav("enterprises", 20, "enterprises.nav")
    return Page(PATH, "enterprises.title", layout, Right.ENTERPRISES, nav)


def _sort_of(model: list[dict[str, str]] | None) -> str:
    for part in model or ():
        key = SORT_OF.get(part["colId"])
        if key:
            return f"-{key}" if part.get("sort") == "desc" else key
    return FIRST_SORT
