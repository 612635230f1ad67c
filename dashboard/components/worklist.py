"""A list of work (problems, leads): filters and order in the address, rows page by page, and as a file."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

import dash
import flask
from dash import Input, Output, State, dcc, html, no_update

from dashboard.answers import only
from dashboard.components import address, words
from dashboard.components.exports import export_links
from dashboard.components.figure import figure
from dashboard.components.filters import choice, filter_bar, filter_button, search_box
from dashboard.components.table import Column, table
from dashboard.export import table_file
from dashboard.services import Services, View
from data.duty import Measure, measure

MOST = 1_000_000
"""Rows of a file."""


@dataclass(frozen=True)
class WorkList:
    """One list.

    Parameters
    ----------
    name : str
        ``problems`` or ``leads``: its address, the start of its ids, its catalogue.
    asked : type
        A frozen dataclass of what an address can ask for, ``q``, ``only`` and ``sort`` among it; its blank
        is what the list shows by itself.
    words : mapping
        Field of `asked` → what it may say; others may say anything.
    boxes : sequence of str
        Those that have a box, after the search.
    read : callable
        Connection, view, what is asked for, offset and limit → rows and how many there are in all.
    row : callable
        View, row and calendar → the cells by column, with ``id`` and ``href``.
    columns : callable
        View → the columns.
    sorts : mapping
        Column → what it is sorted by; ``-`` before it: upwards in the column is downwards in that.
    exported : sequence of str
        The columns of a file.
    """

    name: str
    asked: Callable[..., Any]
    words: Mapping[str, Sequence[str]]
    boxes: Sequence[str]
    read: Callable[[Any, View, Any, int, int], tuple[Sequence[Any], int]]
    row: Callable[[View, Any, Measure], dict[str, Any]]
    columns: Callable[[View], list[Column]]
    sorts: Mapping[str, str]
    exported: Sequence[str]

    @property
    def known(self) -> tuple[str, ...]:
        """The filters of its address."""
        return tuple(field.name for field in fields(self.asked()))

    def asked_of(self, search: str | None) -> Any:
        """Return what an address asks for; words that mean nothing are left out."""
        orders = {*self.sorts.values(), *map(_turned, self.sorts.values())}
        allowed = {**self.words, "sort": orders}
        found = address.read(search, self.known)
        return self.asked(
            **{name: said for name, said in found.items() if said in allowed.get(name, (said,))}
        )

    def address_of(self, asked: Any) -> str:
        """Return the query string; `asked_of` reads it back."""
        blank = self.asked()
        said = {name: getattr(asked, name) for name in self.known}
        return address.write({name: None if v == getattr(blank, name) else v for name, v in said.items()})

    def order(self, sort: str) -> tuple[str, str]:
        """Return the column that is sorted by, and ``asc`` or ``desc``."""
        back = {word: (column, "asc") for column, word in self.sorts.items()}
        return back.get(sort) or (back[_turned(sort)][0], "desc")

    def sort_of(self, model: Sequence[Mapping[str, str]] | None) -> str:
        """Return the order that the table asks for by its column."""
        for part in model or ():
            word = self.sorts.get(part["colId"])
            if word:
                return _turned(word) if part.get("sort") == "desc" else word
        return str(self.asked().sort)

    def narrowed(self, asked: Any) -> int:
        """Return how many filters are set beside the usual."""
        blank = self.asked()
        return sum(getattr(asked, name) != getattr(blank, name) for name in self.known if name != "sort")

    def store(self, asked: Any) -> dict[str, Any]:
        """Return what the browser needs to ask for the rows anew."""
        column, way = self.order(asked.sort)
        query = self.address_of(replace(asked, sort=self.asked().sort))
        return {"table": f"{self.name}-table", "query": query, "column": column, "way": way}

    def columns_shown(self, view: View, sort: str) -> list[Column]:
        """Return the columns, those that can be sorted by marked."""
        column, way = self.order(sort)
        return [
            {**one, "sortable": one["field"] in self.sorts, "sortingOrder": ["asc", "desc"]}
            | ({"sort": way} if one["field"] == column else {})
            for one in self.columns(view)
        ]

    def count(self, view: View, total: int) -> list[Any]:
        """Return how many there are, as the head of the page says it."""
        before, _, after = view.text(f"{self.name}.count", n="\0").partition("\0")
        return [before, figure(view, words.count(total), f"{self.name}_rows"), after]

    def exports(self, view: View, asked: Any) -> list[Any]:
        """Return the ways to take the list along."""
        return export_links(view, self.name, self.address_of(asked))


def _turned(sort: str) -> str:
    return sort[1:] if sort.startswith("-") else f"-{sort}"


def section(
    view: View, work: WorkList, asked: Any, boxes: Sequence[Any], between: Sequence[Any] = (), **options: Any
) -> html.Div:
    """Return the filters and the table; `boxes` are the page's own, `between` stands above the table."""
    name = work.name
    heads = {one["field"]: one["headerName"] for one in work.columns(view)}
    orders = [
        (work.sort_of([{"colId": column, "sort": way}]), f"{heads[column]} {arrow}")
        for column in work.sorts
        for way, arrow in (("asc", "↑"), ("desc", "↓"))
    ]
    inputs = [
        search_box(f"{name}-q", view.text("ui.search"), view.text(f"{name}.search"), asked.q),
        *boxes,
        choice(f"{name}-sort", view.text("ui.sort"), orders, asked.sort, width=160),
    ]
    return html.Div(
        [
            filter_bar(view, f"{name}-filters", inputs, work.narrowed(asked)),
            *between,
            html.Div(
                table(
                    view, f"{name}-table", work.columns_shown(view, asked.sort),
                    label=view.text(f"{name}.title"), endless=True,
                    nothing=view.text(f"{name}.none_filtered"), **options,
                ),
                className="gw-panel gw-list",
            ),
            dcc.Store(id=f"{name}-filter", data=work.store(asked)),
            html.Div(id=f"{name}-purged", hidden=True),
        ],
        id=f"{name}-list",
        className="gw-stack gw-anchor",
    )  # fmt: skip


def head(view: View, work: WorkList, asked: Any, total: int) -> dict[str, Any]:
    """Return ``note`` and ``aside`` of the page: how many, and the files."""
    return {
        "note": html.Div(work.count(view, total), id=f"{work.name}-count", **{"aria-live": "polite"}),
        "aside": html.Div(
            work.exports(view, asked), id=f"{work.name}-exports", className="gw-exports"
        ),
    }  # fmt: skip


def bind(app: dash.Dash, services: Services, work: WorkList) -> None:
    """Bind a list: boxes write the address, the address decides which rows come, and in which order."""
    name, boxes = work.name, ("q", *work.boxes, "sort")

    @app.callback(
        Output("url", "search", allow_duplicate=True),
        *(Input(f"{name}-{box}", "value") for box in boxes),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def to_address(*values: Any) -> Any:
        *chosen, search = values
        before, blank = work.asked_of(search), work.asked()
        given = dict(zip(boxes, chosen, strict=True))
        given["q"] = (given["q"] or "").strip()
        after = replace(before, **{box: given[box] or getattr(blank, box) for box in boxes})
        return no_update if after == before else work.address_of(after)

    @app.callback(
        Output(f"{name}-filter", "data"),
        Output(f"{name}-count", "children"),
        Output(f"{name}-exports", "children"),
        Output(f"{name}-filters-button", "children"),
        *(Output(f"{name}-{box}", "value") for box in boxes),
        Input("url", "search"),
        State("url", "pathname"),
        prevent_initial_call=True,
    )
    def show(search: str | None, path: str) -> Any:
        if path != f"/{name}":
            raise dash.exceptions.PreventUpdate
        view, asked = services.view(), work.asked_of(search)
        with services.reading() as conn:
            total = work.read(conn, view, asked, 0, 0)[1]
        return (
            work.store(asked),
            work.count(view, total),
            work.exports(view, asked),
            filter_button(view, work.narrowed(asked)),
            *(getattr(asked, box) for box in boxes),
        )

    app.clientside_callback(
        "function(wanted, purged) { return window.gridward.again(wanted, purged); }",
        Output(f"{name}-count", "title"),
        Input(f"{name}-filter", "data"),
        Input(f"{name}-purged", "children"),
        prevent_initial_call=True,
    )

    @app.callback(
        Output(f"{name}-table", "getRowsResponse"),
        Output("url", "search", allow_duplicate=True),
        Input(f"{name}-table", "getRowsRequest"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def rows(request: Any, search: str | None) -> Any:
        if not request:
            raise dash.exceptions.PreventUpdate
        view, before = services.view(), work.asked_of(search)
        asked = replace(before, sort=work.sort_of(request.get("sortModel")))
        start, end = int(request["startRow"]), int(request["endRow"])
        with services.reading() as conn:
            found, total = work.read(conn, view, asked, start, end - start)
            here = measure(conn, view.today)
        answer = {"rowData": [work.row(view, row, here) for row in found], "rowCount": total}
        return answer, no_update if asked == before else work.address_of(asked)

    def export(kind: str) -> flask.Response:
        only(*work.known)
        view, asked = services.view(), work.asked_of(flask.request.query_string.decode())
        with services.reading() as conn:
            found, total = work.read(conn, view, asked, 0, MOST)
            here = measure(conn, view.today)
        made = (work.row(view, row, here) for row in found)
        cells = ([row[column] for column in work.exported] for row in made)
        header = [view.text(f"{name}.column_{column}") for column in work.exported]
        return table_file(services, view, name, kind, header, cells, total)

    app.server.add_url_rule(f"/export/{name}.<kind>", f"export_{name}", export)
