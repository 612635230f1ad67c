"""The ways to take a table along: the same rows as on the screen, as CSV and as a workbook."""

from __future__ import annotations

from typing import Any

from dash import html

from dashboard.services import View


def export_links(view: View, name: str, query: str = "") -> list[Any]:
    """Return the links to ``/export/<name>.csv`` and ``.xlsx`` with a query string."""
    return [
        html.A(
            view.text(f"ui.export_{kind}"),
            href=f"/export/{name}.{kind}{query}",
            className="gw-act",
            **{"download": ""},
        )
        for kind in ("csv", "xlsx")
    ]
