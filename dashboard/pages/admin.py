"""Administration: accounts, officers' grids, tokens of walls and API clients, the system's state.

The administrator sees no enterprise: nothing here reads one.
"""

from __future__ import annotations

from typing import Any

import dash
import dash_mantine_components as dmc
from dash import html

from dashboard import export_admin
from dashboard.components.exports import export_links
from dashboard.components.frame import page
from dashboard.pages import admin_grids, admin_tokens, admin_users
from dashboard.services import Nav, Page, Services, View
from data.access import Right
from data.reads.system import system_state

PARTS = (("users", admin_users), ("grids", admin_grids), ("walls", admin_tokens), ("apis", admin_tokens))


def register(app: dash.Dash, services: Services) -> Page:
    """Bind the callbacks of all tabs."""
    admin_users.register(app, services)
    admin_grids.register(app, services)
    admin_tokens.register(app, services)
    export_admin.install(app.server, services)
    return Page(
        path="/admin", title="admin.title", layout=layout, right=Right.USERS, nav=Nav(icon="admin", order=90)
    )


def layout(view: View, services: Services, search: str = "") -> Any:
    """Return the page with its tabs."""
    tabs = [*(name for name, _ in PARTS), "system"]
    bodies = {name: part.layout(view, services, name) for name, part in PARTS}
    bodies["system"] = _system(view, services)
    return page(
        view.text("admin.title"),
        [
            dmc.Tabs(
                [
                    dmc.TabsList([dmc.TabsTab(view.text(f"admin.{name}"), value=name) for name in tabs]),
                    *(
                        dmc.TabsPanel([_head(view, name), body], value=name, pt="md")
                        for name, body in bodies.items()
                    ),
                ],
                value="users",
                keepMounted=True,
            )
        ],
    )


def _head(view: View, name: str) -> Any:
    note = html.P(view.text(f"admin.{name}_note"), className="gw-note")
    if name == "system":
        return note
    return html.Div(
        [note, html.Div(export_links(view, f"admin-{name}"), className="gw-exports")], className="gw-head"
    )


def _system(view: View, services: Services) -> Any:
    with services.reading() as conn:
        state = system_state(conn, view.viewer, now=services.machine_now())
    jobs = "，".join(f"{view.text(f'admin.job_{name}')} {n}" for name, n in sorted(state["jobs"].items()))
    shown = {
        "database": state["database"],
        "figures_as_of": state["figures_as_of"],
        "figures_built_at": _local(view, state["figures_built_at"]),
        "version": state["version"],
        "users_count": state["users"],
        "locked": state["locked"],
        "jobs": jobs,
        "last_batch_at": _local(view, state["last_batch_at"]),
    }
    rows: list[Any] = []
    for name, value in shown.items():
        word = view.text("admin.none") if value in (None, "") else str(value)
        rows += [html.Dt(view.text(f"admin.{name}")), html.Dd(word)]
    facts = html.Div(html.Dl(rows, className="gw-facts"), className="gw-panel gw-admin-form")
    return html.Div(facts, className="gw-admin")


def _local(view: View, moment: Any) -> str | None:
    return None if moment is None else moment.astimezone(view.now.tzinfo).strftime("%Y-%m-%d %H:%M")
