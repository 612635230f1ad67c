"""The tab of accounts: made, changed, ended, given a new first password."""

from __future__ import annotations

from typing import Any

import dash
import dash_mantine_components as dmc
from dash import Input, Output, State, dcc, html

from dashboard.components.table import from_width, table, text_column
from dashboard.services import Services, View
from data.passwords import one_time_password
from data.reads.officers import list_officers, list_orgs
from data.reads.users import list_users
from data.writes.users import ROLES, change_user, create_user, reset_password

FIELDS = ("username", "name", "role", "org", "officer", "active")


def layout(view: View, services: Services, _name: str) -> Any:
    """Return the table and, beside it, the form of the chosen or a new account."""
    with services.reading() as conn:
        orgs, officers = list_orgs(conn, view.viewer), list_officers(conn, view.viewer)
    return html.Div(
        [
            html.Div(
                table(
                    view,
                    "admin-users",
                    [
                        text_column("username", view.text("admin.username"), 140),
                        text_column("name", view.text("admin.name"), 150),
                        text_column("role_name", view.text("admin.role"), 120),
                        from_width(520, text_column("org", view.text("admin.org"), 180, flex=1)),
                        text_column("state", view.text("admin.state"), 110),
                    ],
                    user_rows(view, services),
                    label=view.text("admin.users"),
                    select=True,
                ),
                className="gw-panel gw-admin-table",
            ),
            html.Section(_form(view, orgs, officers), className="gw-panel gw-admin-form"),
        ],
        className="gw-admin",
    )


def _form(view: View, orgs: list[dict[str, Any]], officers: list[dict[str, Any]]) -> list[Any]:
    roles = [{"value": str(role), "label": view.text(f"auth.role_{role}")} for role in ROLES]
    return [
        dcc.Store(id="admin-user-chosen"),
        html.P(view.text("admin.pick_user"), id="admin-user-heading", className="gw-note"),
        dmc.TextInput(id="admin-user-username", label=view.text("admin.username")),
        dmc.TextInput(id="admin-user-name", label=view.text("admin.name")),
        dmc.Select(id="admin-user-role", label=view.text("admin.role"), data=roles, value="officer"),
        dmc.Select(
            id="admin-user-org",
            label=view.text("admin.org"),
            clearable=True,
            searchable=True,
            data=[{"value": str(o["id"]), "label": o["name"]} for o in orgs],
        ),
        dmc.Select(
            id="admin-user-officer",
            label=view.text("admin.officer"),
            clearable=True,
            searchable=True,
            limit=50,
            data=officer_options(officers),
        ),
        dmc.Switch(id="admin-user-active", label=view.text("admin.active"), checked=True),
        html.Div(
            [
                dmc.Button(
                    view.text("admin.reset"), id="admin-user-reset", variant="default", h=44, disabled=True
                ),
                dmc.Button(
                    view.text("admin.save"), id="admin-user-save", variant="default", h=44, disabled=True
                ),
                dmc.Button(view.text("admin.create_user"), id="admin-user-create", h=44),
            ],
            className="gw-acts",
        ),
        dcc.ConfirmDialog(id="admin-user-sure"),
        html.Div(id="admin-user-password", **{"aria-live": "polite"}),
    ]


def officer_options(officers: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Return officers as options; the badge or organisation tells namesakes apart."""
    return [
        {"value": str(o["id"]), "label": " · ".join(p for p in (o["name"], o["badge"], o["org"]) if p)}
        for o in officers
    ]


def user_rows(view: View, services: Services) -> list[dict[str, Any]]:
    """Return the accounts as the table shows them."""
    with services.reading() as conn:
        rows = list_users(conn, view.viewer)
    for row in rows:
        row["id"] = str(row["id"])
        row["role_name"] = view.text(f"auth.role_{row['role']}")
        state = "inactive" if not row["active"] else "must_change" if row["must_change"] else "active"
        row["state"] = view.text(f"admin.{state}")
    return rows


def once(label: str, secret: str, note: str) -> html.Div:
    """Return a secret that is shown this one time."""
    return html.Div(
        [
            html.P(label),
            html.Code(secret, className="gw-secret"),
            dcc.Clipboard(content=secret, className="gw-copy"),
            html.P(note, className="gw-note"),
        ],
        className="gw-once",
    )


def _number(value: str | None) -> int | None:
    return int(value) if value else None


def register(app: dash.Dash, services: Services) -> None:
    """Bind the callbacks."""
    form = [State(f"admin-user-{name}", "value") for name in ("username", "name", "role", "org", "officer")]

    @app.callback(
        Output("admin-user-chosen", "data"),
        Output("admin-user-username", "value"),
        Output("admin-user-username", "disabled"),
        Output("admin-user-name", "value"),
        Output("admin-user-role", "value"),
        Output("admin-user-org", "value"),
        Output("admin-user-officer", "value"),
        Output("admin-user-active", "checked"),
        Output("admin-user-save", "disabled"),
        Output("admin-user-reset", "disabled"),
        Input("admin-users", "selectedRows"),
        prevent_initial_call=True,
    )
    def choose(rows: list[dict[str, Any]] | None) -> tuple[Any, ...]:
        services.view()
        if not rows:
            return None, "", False, "", "officer", None, None, True, True, True
        row = rows[0]
        org, officer = (str(row[k]) if row.get(k) else None for k in ("org_id", "officer_id"))
        chosen = {key: row[key] for key in ("id", "version", "username")}
        return (
            chosen,
            row["username"],
            True,
            row["name"],
            row["role"],
            org,
            officer,
            row["active"],
            False,
            False,
        )

    @app.callback(
        Output("admin-users", "rowData"),
        Output("admin-users", "selectedRows"),
        Output("admin-user-password", "children"),
        Input("admin-user-create", "n_clicks"),
        *form,
        prevent_initial_call=True,
    )
    def create(_: int, username: str, name: str, role: str, org: str, officer: str) -> tuple[Any, ...]:
        view = services.view()
        first = one_time_password()
        with services.writing() as conn:
            create_user(
                conn,
                view.viewer,
                username or "",
                name or "",
                role or "",
                first,
                org_id=_number(org),
                officer_id=_number(officer),
                now=view.now,
            )
        services.notify(view.text("admin.created", name=username.strip().lower()), "success")
        shown = once(view.text("admin.one_time"), first.shown, view.text("admin.one_time_note"))
        return user_rows(view, services), [], shown

    @app.callback(
        Output("admin-users", "rowData", allow_duplicate=True),
        Output("admin-users", "selectedRows", allow_duplicate=True),
        Input("admin-user-save", "n_clicks"),
        State("admin-user-chosen", "data"),
        *form,
        State("admin-user-active", "checked"),
        prevent_initial_call=True,
    )
    def save(
        _: int, chosen: dict[str, Any], _u: str, name: str, role: str, org: str, officer: str, active: bool
    ) -> tuple[Any, ...]:
        view = services.view()
        with services.writing() as conn:
            change_user(
                conn,
                view.viewer,
                int(chosen["id"]),
                int(chosen["version"]),
                name=name or "",
                role=role or "",
                org_id=_number(org),
                officer_id=_number(officer),
                active=bool(active),
                now=view.now,
            )
        services.notify(view.text("admin.changed"), "success")
        return user_rows(view, services), []

    @app.callback(
        Output("admin-user-sure", "message"),
        Output("admin-user-sure", "displayed"),
        Input("admin-user-reset", "n_clicks"),
        State("admin-user-chosen", "data"),
        prevent_initial_call=True,
    )
    def ask(_: int, chosen: dict[str, Any]) -> tuple[str, bool]:
        return services.view().text("admin.reset_sure", name=chosen["username"]), True

    @app.callback(
        Output("admin-user-password", "children", allow_duplicate=True),
        Output("admin-users", "rowData", allow_duplicate=True),
        Input("admin-user-sure", "submit_n_clicks"),
        State("admin-user-chosen", "data"),
        prevent_initial_call=True,
    )
    def reset(_: int, chosen: dict[str, Any]) -> tuple[Any, ...]:
        view = services.view()
        first = one_time_password()
        with services.writing() as conn:
            reset_password(conn, view.viewer, int(chosen["id"]), first, now=view.now)
        shown = once(view.text("admin.one_time"), first.shown, view.text("admin.one_time_note"))
        return shown, user_rows(view, services)
