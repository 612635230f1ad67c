"""The way to the page of grids and officers, for those who assign."""

from __future__ import annotations

from dash import dcc

from dashboard.services import View
from data.access import Right


def officer_link(view: View) -> list[dcc.Link]:
    """Return the link where the viewer may follow it, else nothing."""
    if not view.viewer.may(Right.ASSIGN):
        return []
    return [dcc.Link(view.text("officers.title"), href="/officers", className="gw-link")]
