"""The tabs of tokens: for walls and for API clients; shown once, revocable."""

from __future__ import annotations

from typing import Any

import dash
import dash_mantine_components as dmc
import flask
from dash import Input, Output, State, dcc, html

from dashboard.components.table import table, text_column
from dashboard.pages.admin_users import once
from dashboard.services import Services, View
from data.access import Role
from data.errors import Refused
from data.reads.officers import list_orgs
from data.reads.tokens import list_api_tokens, list_wall_tokens
from data.reads.users import list_users
from data.schema import api_token, wall_token
from data.writes.tokens import create_api_token, create_wall_token, revoke_token

LISTS = {"walls": list_wall_tokens, "apis": list_api_tokens}
TABLES = {"walls": wall_token, "apis": api_token}


def layout(view: View, services: Services, name: str) -> Any:
    """Return one tab: ``walls`` or ``apis``."""
    with services.reading() as conn:
        if name == "walls":
            whom = dmc.Select(
                id="admin-walls-whom",
                label=view.text("admin.org"),
                placeholder=view.text("admin.whole_city"),
                clearable=True,
                searchable=True,
                data=[{"value": str(o["id"]), "label": o["name"]} for o in list_orgs(conn, view.viewer)],
            )
        else:
            users = [u for u in list_users(conn, view.viewer) if u["active"] and u["role"] != Role.ADMIN]
            whom = dmc.Select(
                id="admin-apis-whom",
                label=view.text("admin.account"),
                searchable=True,
                data=[
                    {
                        "value": str(u["id"]),
                        "label": " · ".join((u["username"], view.text(f"auth.role_{u['role']}"))),
                    }
                    for u in users
                ],
            )
    second = ("org", "admin.org") if name == "walls" else ("username", "admin.account")
    columns = [
        text_column("name", view.text("admin.token_name"), 200, flex=1),
        text_column(second[0], view.text(second[1]), 180),
        text_column("made", view.text("admin.created_at"), 160),
        text_column("state", view.text("admin.state"), 110),
    ]
    return html.Div(
        [
            html.Div(
                table(
                    view,
                    f"admin-{name}",
                    columns,
                    token_rows(view, services, name),
                    label=view.text(f"admin.{name}"),
                    select=True,
                    nothing=view.text(f"admin.{name}_none"),
                ),
                className="gw-panel gw-admin-table",
            ),
            html.Section(
                [
                    dmc.TextInput(
                        id=f"admin-{name}-name",
                        label=view.text("admin.token_name"),
                        placeholder=view.text("admin.token_name_hint"),
                    ),
                    whom,
                    html.Div(
                        [
                            dmc.Button(
                                view.text("admin.revoke"),
                                id=f"admin-{name}-revoke",
                                variant="default",
                                h=44,
                            ),
                            dmc.Button(
                                view.text("admin.create"),
                                id=f"admin-{name}-create",
                                h=44,
                            ),
                        ],
                        className="gw-acts",
                    ),
                    dcc.ConfirmDialog(id=f"admin-{name}-sure", message=view.text("admin.revoke_sure")),
                    html.Div(id=f"admin-{name}-secret", **{"aria-live": "polite"}),
                ],
                className="gw-panel gw-admin-form",
            ),
        ],
        className="gw-admin",
    )


def token_rows(view: View, services: Services, name: str) -> list[dict[str, Any]]:
    """Return the tokens as the table shows them."""
    with services.reading() as conn:
        found = LISTS[name](conn, view.viewer)
    return [
        {
            "id": str(row["id"]),
            "name": row["name"],
            "org": row.get("org") or view.text("admin.whole_city"),
            "username": row.get("username"),
            "made": row["created_at"].astimezone(view.now.tzinfo).strftime("%Y-%m-%d %H:%M"),
            "state": view.text("admin.revoked" if row["revoked_at"] else "admin.in_use"),
        }
        for row in found
    ]


def register(app: dash.Dash, services: Services) -> None:
    """Bind the callbacks of both tabs."""
    for name in LISTS:
        _register_one(app, services, name)


def _register_one(app: dash.Dash, services: Services, name: str) -> None:
    @app.callback(
        Output(f"admin-{name}", "rowData"),
        Output(f"admin-{name}-secret", "children"),
        Input(f"admin-{name}-create", "n_clicks"),
        State(f"admin-{name}-name", "value"),
        State(f"admin-{name}-whom", "value"),
        prevent_initial_call=True,
    )
    def create(_: int, title: str | None, whom: str | None) -> tuple[Any, ...]:
        view = services.view()
        with services.writing() as conn:
            if name == "walls":
                target = int(whom) if whom else None
                _id, token = create_wall_token(conn, view.viewer, title or "", target, now=view.now)
            else:
                _id, token = create_api_token(conn, view.viewer, title or "", int(whom or 0), now=view.now)
        secret = f"{flask.request.host_url}wall?token={token}" if name == "walls" else token
        label = view.text("admin.wall_link" if name == "walls" else "admin.api_token")
        return token_rows(view, services, name), once(label, secret, view.text(f"admin.{name}_note"))

    @app.callback(
        Output(f"admin-{name}-sure", "displayed"),
        Input(f"admin-{name}-revoke", "n_clicks"),
        State(f"admin-{name}", "selectedRows"),
        prevent_initial_call=True,
    )
    def ask(_: int, rows: list[dict[str, Any]] | None) -> bool:
        view = services.view()
        if not rows:
            services.notify(view.text("admin.pick_token"), "error")
        return bool(rows)

    @app.callback(
        Output(f"admin-{name}", "rowData", allow_duplicate=True),
        Input(f"admin-{name}-sure", "submit_n_clicks"),
        State(f"admin-{name}", "selectedRows"),
        prevent_initial_call=True,
    )
    def revoke(_: int, rows: list[dict[str, Any]] | None) -> list[dict[str, Any]]:
        view = services.view()
        if not rows:
            raise Refused("token_unknown")
        with services.writing() as conn:
            revoke_token(conn, view.viewer, TABLES[name], int(rows[0]["id"]), now=view.now)
        services.notify(view.text("admin.revoked_done"), "success")
        return token_rows(view, services, name)
