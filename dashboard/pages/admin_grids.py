"""The tab of officers' grids: who answers for a grid from which day on."""

from __future__ import annotations

from datetime import date
from typing import Any

import dash
import dash_mantine_components as dmc
from dash import Input, Output, State, html

from dashboard.components.table import table, text_column
from dashboard.pages.admin_users import officer_options
from dashboard.services import Services, View
from data.errors import Refused
from data.reads.officers import grid_bindings, list_officers
from data.writes.officers import bind_officer


def layout(view: View, services: Services, _name: str) -> Any:
    """Return the grids with their officers and the form that binds one."""
    with services.reading() as conn:
        officers = list_officers(conn, view.viewer)
    rows = grid_rows(view, services)
    return html.Div(
        [
            html.Div(
                table(
                    view,
                    "admin-grids",
                    [
                        text_column("code", view.text("api.column_grid_code"), 130),
                        text_column("name", view.text("admin.grid"), 160, flex=1),
                        text_column("district", view.text("admin.district"), 120),
                        text_column("A", view.text("admin.duty_a"), 120),
                        text_column("B", view.text("admin.duty_b"), 120),
                    ],
                    rows,
                    label=view.text("admin.grids"),
                    row_id="code",
                    select=True,
                ),
                className="gw-panel gw-admin-table",
            ),
            html.Section(
                [
                    dmc.Select(
                        id="admin-grid-code",
                        label=view.text("admin.grid"),
                        searchable=True,
                        limit=50,
                        data=[{"value": r["code"], "label": f"{r['code']} {r['name']}"} for r in rows],
                    ),
                    dmc.SegmentedControl(
                        id="admin-grid-duty",
                        value="A",
                        data=[{"value": d, "label": view.text(f"admin.duty_{d.lower()}")} for d in "AB"],
                    ),
                    dmc.Select(
                        id="admin-grid-officer",
                        label=view.text("admin.officer"),
                        placeholder=view.text("admin.nobody"),
                        clearable=True,
                        searchable=True,
                        limit=50,
                        data=officer_options(officers),
                    ),
                    dmc.TextInput(
                        id="admin-grid-from",
                        label=view.text("admin.from"),
                        value=view.today.isoformat(),
                        inputProps={"type": "date"},
                    ),
                    dmc.Button(
                        view.text("admin.bind"),
                        id="admin-grid-bind",
                        h=44,
                    ),
                ],
                className="gw-panel gw-admin-form",
            ),
        ],
        className="gw-admin",
    )


def grid_rows(view: View, services: Services) -> list[dict[str, Any]]:
    """Return the grids with the officers in force today."""
    with services.reading() as conn:
        return grid_bindings(conn, view.viewer, as_of=view.today)


def register(app: dash.Dash, services: Services) -> None:
    """Bind the callbacks."""

    @app.callback(
        Output("admin-grid-code", "value"),
        Input("admin-grids", "selectedRows"),
        prevent_initial_call=True,
    )
    def choose(rows: list[dict[str, Any]] | None) -> Any:
        services.view()
        return rows[0]["code"] if rows else dash.no_update

    @app.callback(
        Output("admin-grids", "rowData"),
        Input("admin-grid-bind", "n_clicks"),
        State("admin-grid-code", "value"),
        State("admin-grid-duty", "value"),
        State("admin-grid-officer", "value"),
        State("admin-grid-from", "value"),
        prevent_initial_call=True,
    )
    def bind(_: int, code: str | None, duty: str, officer: str | None, since: str | None) -> Any:
        view = services.view()
        try:
            day = date.fromisoformat(since or "")
        except ValueError:
            raise Refused("day_bad", field="from", found=since or "") from None
        with services.writing() as conn:
            written = bind_officer(
                conn, view.viewer, code or "", duty, int(officer) if officer else None, day, now=view.now
            )
        word = view.text("admin.bound", day=day.isoformat()) if written else view.text("admin.bound_same")
        services.notify(word, "success")
        return grid_rows(view, services)
