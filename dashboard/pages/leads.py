"""``/leads``: the board by stage and age, what is matched to nobody, and every lead as a list."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import dash
from dash import Input, Output, State, dcc, html, no_update

from dashboard import export_leads
from dashboard.components import leadlock, words
from dashboard.components.chips import chip
from dashboard.components.exports import export_links
from dashboard.components.figure import figure
from dashboard.components.filters import choice, filter_bar, filter_button, search_box
from dashboard.components.frame import page, panel
from dashboard.components.leadlist import address_of, asked_of, lead_columns, lead_row, narrowed
from dashboard.components.lines import lines
from dashboard.components.states import empty
from dashboard.components.table import table
from dashboard.services import Nav, Page, Services, View
from data.access import Right
from data.reads.city import city
from data.reads.labels import term
from data.reads.leads import ONLY, Board, LeadFilter, board, lead_list
from data.reads.places import UNKNOWN_DISTRICT
from data.reads.wall_work import STAGES
from data.workdays import load_calendar
from data.workflow import LEAD_CHANNELS

PATH = "/leads"
BOXES = ("only", "stage", "age", "channel", "district", "grid")


def layout(view: View, services: Services, search: str = "") -> Any:
    """Return the board and the list as the address asks for it."""
    asked = asked_of(search)
    with services.reading() as conn:
        found = board(conn, view.viewer, view.today)
        total = lead_list(conn, view.viewer, view.today, asked, limit=0)[1]
        any_ = total or lead_list(conn, view.viewer, view.today, LeadFilter(only="all"), limit=0)[1]
        boxes = _boxes(view, conn, asked)
    acts = _exports(view, asked)
    if view.viewer.may(Right.INTAKE):
        acts = [dcc.Link(view.text("leads.register"), href="/leads/new", className="gw-button-link"), *acts]
    if not any_:
        nothing = empty(view.text("leads.none_title"), view.text("leads.none_hint"))
        return page(view.text("leads.title"), [html.Div(nothing, className="gw-panel")], aside=acts)
    return page(
        view.text("leads.title"),
        [
            _board(view, found),
            filter_bar(
                view,
                "leads-filters",
                [search_box("leads-q", view.text("ui.search"), view.text("leads.search"), asked.q), *boxes],
                narrowed(asked),
            ),
            html.Div(
                table(
                    view,
                    "leads-table",
                    lead_columns(view),
                    label=view.text("leads.title"),
                    endless=True,
                    nothing=view.text("leads.none_filtered"),
                ),
                className="gw-panel gw-list",
            ),
            *leadlock.panels(view, services),
            dcc.Store(id="leads-filter", data=address_of(asked)),
        ],
        note=html.Div(_count(view, total), id="leads-count", **{"aria-live": "polite"}),
        aside=html.Div(acts, id="leads-exports", className="gw-exports"),
    )


def _board(view: View, found: Board) -> Any:
    """Return open leads by stage and age, each number with its rows behind it, the stuck stage named."""

    def cell(n: int, **asked: Any) -> Any:
        return dcc.Link(words.count(n), href=PATH + address_of(LeadFilter(**asked))) if n else words.count(0)

    rows = []
    for stage in found.stages:
        name: Any = view.text(f"wall.stage.{stage['stage']}")
        if stage["stage"] == found.stuck:
            name = [name, " ", chip("red", view.text("leads.stuck"))]
        ages = [cell(n, stage=stage["stage"], age=str(at)) for at, n in enumerate(stage["ages"])]
        late = cell(stage["overdue"], stage=stage["stage"], only="overdue")
        waiting = view.text("leads.days", n=stage["waiting"]) if stage["n"] else words.NONE
        rows.append([name, cell(stage["n"], stage=stage["stage"]), *ages, late, waiting])
    heads = [
        view.text(f"leads.board_{n}") for n in ("stage", "n", "age0", "age1", "age2", "overdue", "waiting")
    ]
    said = view.text("leads.board_open", n=found.open, overdue=found.overdue)
    if found.stuck:
        said += view.text("leads.board_stuck", stage=view.text(f"wall.stage.{found.stuck}"))
    unmatched = dcc.Link(
        view.text("leads.board_unmatched", n=found.unmatched),
        href=PATH + address_of(LeadFilter(only="unmatched")),
        className="gw-act",
    )
    note = html.P(said, className="gw-note gw-pad")
    return panel(
        view.text("leads.board"), [note, lines(heads, rows, numbers={1, 2, 3, 4, 5, 6})], aside=unmatched,
        name="gw-board",
    )  # fmt: skip


def _count(view: View, total: int) -> Any:
    before, _, after = view.text("leads.count", n="\0").partition("\0")
    return [before, figure(view, words.count(total), "rows"), after]


def _exports(view: View, asked: LeadFilter) -> list[Any]:
    return export_links(view, "leads", address_of(asked))


def _boxes(view: View, conn: Any, asked: LeadFilter) -> list[Any]:
    language, found = view.language, city(conn, view.viewer)
    only = [one for one in ONLY if one != "mine" or view.viewer.may(Right.HANDLE)]
    options: dict[str, list[tuple[str, str]]] = {
        "only": [(one, view.text(f"leads.only_{one}")) for one in only],
        "stage": [(one, view.text(f"wall.stage.{one}")) for one in STAGES],
        "age": [(one, view.text(f"leads.board_age{one}")) for one in ("0", "1", "2")],
        "channel": [(one, term("lead_channel", one, language)) for one in LEAD_CHANNELS],
        "district": [
            (row.code or UNKNOWN_DISTRICT, row.name or view.text("ui.unknown_district"))
            for row in found.districts
        ],
        "grid": [(row.code, row.name) for row in found.grids],
    }
    return [
        choice(
            f"leads-{name}",
            view.text(f"leads.filter_{name}"),
            options[name],
            getattr(asked, name),
            anything=None if name == "only" else view.text("ui.all"),
            width=128,
            searchable=name in ("grid", "district"),
        )
        for name in BOXES
    ]


def register(app: dash.Dash, services: Services) -> Page:
    """Bind the page: boxes write the address, the address decides which rows come."""
    export_leads.install(app.server, services)
    leadlock.register(app, services)

    @app.callback(
        Output("url", "search", allow_duplicate=True),
        Input("leads-q", "value"),
        *(Input(f"leads-{name}", "value") for name in BOXES),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def to_address(q: str | None, *values: Any) -> Any:
        *chosen, search = values
        boxes = dict(zip(BOXES, chosen, strict=True))
        before = asked_of(search)
        after = replace(before, q=(q or "").strip(), **{**boxes, "only": boxes["only"] or "open"})
        return no_update if after == before else address_of(after)

    @app.callback(
        Output("leads-filter", "data"),
        Output("leads-count", "children"),
        Output("leads-exports", "children"),
        Output("leads-filters-button", "children"),
        Output("leads-q", "value"),
        *(Output(f"leads-{name}", "value") for name in BOXES),
        Input("url", "search"),
        State("url", "pathname"),
        prevent_initial_call=True,
    )
    def show(search: str | None, path: str) -> Any:
        if path != PATH:
            raise dash.exceptions.PreventUpdate
        view, asked = services.view(), asked_of(search)
        with services.reading() as conn:
            total = lead_list(conn, view.viewer, view.today, asked, limit=0)[1]
        acts = _exports(view, asked)
        if view.viewer.may(Right.INTAKE):
            new = dcc.Link(view.text("leads.register"), href="/leads/new", className="gw-button-link")
            acts = [new, *acts]
        return (
            address_of(asked),
            _count(view, total),
            acts,
            filter_button(view, narrowed(asked)),
            asked.q,
            *(getattr(asked, name) for name in BOXES),
        )

    # a new filter empties what the table holds; it then asks for its first rows again
    app.clientside_callback(
        """async function(_) {
            const api = await dash_ag_grid.getApiAsync("leads-table");
            api.purgeInfiniteCache();
            api.ensureIndexVisible(0);
            return "";
        }""",
        Output("leads-count", "title"),
        Input("leads-filter", "data"),
        prevent_initial_call=True,
    )

    @app.callback(
        Output("leads-table", "getRowsResponse"),
        Input("leads-table", "getRowsRequest"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def rows(request: Any, search: str | None) -> Any:
        if not request:
            raise dash.exceptions.PreventUpdate
        view, asked = services.view(), asked_of(search)
        start, end = int(request["startRow"]), int(request["endRow"])
        with services.reading() as conn:
            found, total = lead_list(conn, view.viewer, view.today, asked, offset=start, limit=end - start)
            calendar = load_calendar(conn)
        return {"rowData": [lead_row(view, row, calendar) for row in found], "rowCount": total}

    return Page(PATH, "leads.title", layout, Right.WORK, Nav("leads", 32, "leads.nav"))
