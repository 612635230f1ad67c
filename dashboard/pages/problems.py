"""``/problems``: every problem until it is closed out, those due first; many can be given away at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import dash
from dash import Input, Output, State, dcc, html, no_update

from dashboard import export_problems
from dashboard.components import lending, problemmany
from dashboard.components.exports import export_links
from dashboard.components.filters import choice, filter_bar, filter_button
from dashboard.components.frame import page
from dashboard.components.problemlist import (
    MINE,
    ONLY,
    Asked,
    address_of,
    asked_of,
    count,
    problem_columns,
    problem_row,
)
from dashboard.components.states import empty
from dashboard.components.table import table
from dashboard.services import Nav, Page, Services, View
from data.access import Right
from data.reads.city import city
from data.reads.labels import term
from data.reads.places import UNKNOWN_DISTRICT
from data.reads.work import WorkFilter, problems
from data.workdays import load_calendar
from data.workflow import PROBLEM_STATES

PATH = "/problems"
BOXES = ("only", "state", "district", "grid", "mine")
LATER_IDS = (
    "problems-chosen", "problems-reassign", "problems-assign_recheck", "problems-box", "problems-verb",
    "problems-officer", "problems-day", "problems-preview", "problems-cancel", "problems-confirm",
    "problems-mine", *lending.LATER_IDS,
)  # fmt: skip


def layout(view: View, services: Services, search: str = "") -> Any:
    """Return the list as its address asks for it."""
    asked = asked_of(search)
    with services.reading() as conn:
        total = problems(conn, view.viewer, view.today, asked.filter(view), limit=0).total
        any_ = total or problems(conn, view.viewer, view.today, WorkFilter(), limit=0).total
        boxes = _boxes(view, conn, asked)
    if not any_:
        nothing = empty(view.text("problems.none_title"), view.text("problems.none_hint"))
        return page(view.text("problems.title"), [html.Div(nothing, className="gw-panel")])
    ticks: dict[str, Any] = {}
    if view.viewer.may(Right.ASSIGN):
        ticks = {
            "rowSelection": {"mode": "multiRow", "checkboxes": True, "headerCheckbox": False},
            "selectionColumnDef": {"headerName": view.text("problems.column_tick"), "width": 64},
        }
    return page(
        view.text("problems.title"),
        [
            filter_bar(view, "problems-filters", boxes, asked.narrowed),
            *problemmany.bar(view, services),
            html.Div(
                table(
                    view,
                    "problems-table",
                    problem_columns(view),
                    label=view.text("problems.title"),
                    endless=True,
                    nothing=view.text("problems.none_filtered"),
                    **ticks,
                ),
                className="gw-panel gw-list",
            ),
            dcc.Store(id="problems-filter", data=address_of(asked)),
            html.Div(id="problems-purged", hidden=True),
            *lending.section(view, services),
        ],
        note=html.Div(count(view, total), id="problems-count", **{"aria-live": "polite"}),
        aside=html.Div(_exports(view, asked), id="problems-exports", className="gw-exports"),
    )


def _exports(view: View, asked: Asked) -> list[Any]:
    return export_links(view, "problems", address_of(asked))


def _boxes(view: View, conn: Any, asked: Asked) -> list[Any]:
    found = city(conn, view.viewer)
    everything = view.text("ui.all")
    options: dict[str, list[tuple[str, str]]] = {
        "only": [(one, view.text(f"problems.only_{one}")) for one in ONLY],
        "state": [(one, term("problem_state", one, view.language)) for one in PROBLEM_STATES],
        "district": [
            (row.code or UNKNOWN_DISTRICT, row.name or view.text("ui.unknown_district"))
            for row in found.districts
        ],
        "grid": [(row.code, row.name) for row in found.grids],
        "mine": [(one, view.text(f"problems.mine_{one}")) for one in MINE],
    }
    labels = {
        "only": view.text("problems.only"),
        "state": view.text("problems.state"),
        "district": view.text("enterprises.district"),
        "grid": view.text("problems.grid"),
        "mine": view.text("problems.mine_label"),
    }
    return [
        choice(
            f"problems-{name}",
            labels[name],
            options[name],
            getattr(asked, name),
            anything=None
            if name == "only"
            else view.text("problems.everybody")
            if name == "mine"
            else everything,
            width=144,
            searchable=name in ("grid", "district"),
        )
        for name in BOXES
        if name != "mine" or view.viewer.officer_id is not None
    ]


def register(app: dash.Dash, services: Services) -> Page:
    """Bind the page: boxes write the address, the address decides which rows come."""
    problemmany.register(app, services)
    lending.register(app, services)
    export_problems.install(app.server, services)
    always = [name for name in BOXES if name != "mine"]

    def write(search: str | None, **chosen: Any) -> Any:
        before = asked_of(search)
        after = replace(before, **chosen)
        return no_update if after == before else address_of(after)

    @app.callback(
        Output("url", "search", allow_duplicate=True),
        *(Input(f"problems-{name}", "value") for name in always),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def to_address(*values: Any) -> Any:
        *chosen, search = values
        boxes = dict(zip(always, chosen, strict=True))
        return write(search, **{**boxes, "only": boxes["only"] or "open"})

    @app.callback(  # who is no officer has no box for their own
        Output("url", "search", allow_duplicate=True),
        Input("problems-mine", "value"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def mine_to_address(mine: str | None, search: str | None) -> Any:
        return write(search, mine=mine)

    @app.callback(
        Output("problems-filter", "data"),
        Output("problems-count", "children"),
        Output("problems-exports", "children"),
        Output("problems-filters-button", "children"),
        *(Output(f"problems-{name}", "value") for name in always),
        Input("url", "search"),
        State("url", "pathname"),
        prevent_initial_call=True,
    )
    def show(search: str | None, path: str) -> Any:
        if path != PATH:
            raise dash.exceptions.PreventUpdate
        view, asked = services.view(), asked_of(search)
        with services.reading() as conn:
            total = problems(conn, view.viewer, view.today, asked.filter(view), limit=0).total
        return (
            address_of(asked),
            count(view, total),
            _exports(view, asked),
            filter_button(view, asked.narrowed),
            *(getattr(asked, name) for name in always),
        )

    # a new filter empties what the table holds; it then asks for its first rows again
    app.clientside_callback(
        """async function(_) {
            const api = await dash_ag_grid.getApiAsync("problems-table");
            api.deselectAll();
            api.purgeInfiniteCache();
            api.ensureIndexVisible(0);
            return "";
        }""",
        Output("problems-count", "title"),
        Input("problems-filter", "data"),
        Input("problems-purged", "children"),
        prevent_initial_call=True,
    )

    @app.callback(
        Output("problems-table", "getRowsResponse"),
        Input("problems-table", "getRowsRequest"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def rows(request: Any, search: str | None) -> Any:
        if not request:
            raise dash.exceptions.PreventUpdate
        view, asked = services.view(), asked_of(search)
        start, end = int(request["startRow"]), int(request["endRow"])
        with services.reading() as conn:
            found = problems(conn, view.viewer, view.today, asked.filter(view), start, end - start)
            calendar = load_calendar(conn)
        return {"rowData": [problem_row(view, row, calendar) for row in found.rows], "rowCount": found.total}

    return Page(PATH, "problems.title", layout, Right.WORK, Nav("problems", 30, "problems.nav"), LATER_IDS)
