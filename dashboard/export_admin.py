"""The tables of ``/admin`` as files: accounts, officers' grids, tokens; a secret is in none of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import flask

from dashboard.answers import only
from dashboard.export import table_file
from dashboard.pages.admin_grids import grid_rows
from dashboard.pages.admin_tokens import token_rows
from dashboard.pages.admin_users import user_rows
from dashboard.services import Services, View
from data.errors import NotFound

Read = Callable[[View, Services], list[dict[str, Any]]]
TABLES: dict[str, tuple[Read, dict[str, str]]] = {
    "users": (
        user_rows,
        {"username": "admin.username", "name": "admin.name", "role_name": "admin.role",
         "org": "admin.org", "state": "admin.state"},
    ),
    "grids": (
        grid_rows,
        {"code": "api.column_grid_code", "name": "admin.grid", "district": "admin.district",
         "A": "admin.duty_a", "B": "admin.duty_b"},
    ),
    "walls": (
        partial(token_rows, name="walls"),
        {"name": "admin.token_name", "org": "admin.org", "made": "admin.created_at", "state": "admin.state"},
    ),
    "apis": (
        partial(token_rows, name="apis"),
        {"name": "admin.token_name", "username": "admin.account", "made": "admin.created_at",
         "state": "admin.state"},
    ),
}  # fmt: skip
"""Table → its rows, as the page shows them, and its columns with their words."""


def install(server: flask.Flask, services: Services) -> None:
    """Add ``/export/admin-<table>.csv|xlsx`` for each of `TABLES`."""

    @server.get("/export/admin-<table>.<kind>")
    def export_admin(table: str, kind: str) -> flask.Response:
        only()
        if table not in TABLES:
            raise NotFound("http_404")
        view = services.view()
        read, columns = TABLES[table]
        rows = [[row[name] for name in columns] for row in read(view, services)]
        header = [view.text(key) for key in columns.values()]
        return table_file(services, view, f"admin-{table}", kind, header, rows, len(rows))
