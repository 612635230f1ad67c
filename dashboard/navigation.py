"""The links of the rail and the bar, with how many messages are unread and how many papers wait."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dash
import sqlalchemy as sa
from dash import Input, Output, State, dcc, html
from dash.exceptions import PreventUpdate

from dashboard.routes import Routes
from dashboard.services import Page, Services, View
from data.access import Role
from data.reads.messages import unread
from data.reads.paper_list import papers_to_approve

UNREAD_MS = 60_000
"""How often an open page asks whether there are new messages; asking writes nothing."""
SAID = {"inbox": "inbox.nav_unread", "papers": "papers.nav_waiting"}
"""Icon of an entry that has a number → what the number says to who listens."""


def counts(conn: sa.Connection, view: View) -> dict[str, int]:
    """Return icon → the number beside the entry."""
    return {"inbox": unread(conn, view.viewer), "papers": papers_to_approve(conn, view.viewer)}


def count_again() -> None:
    """Let the open page count anew after an act of its own, from inside a callback."""
    dash.set_props("unread-timer", {"n_intervals": 0})


def count_unread(app: dash.Dash, services: Services, routes: Routes) -> None:
    """Let open pages count what is unread anew."""

    @app.callback(
        Output("nav", "children", allow_duplicate=True),
        Output("nav-bar", "children", allow_duplicate=True),
        Output("unread", "data"),
        Input("unread-timer", "n_intervals"),
        State("unread", "data"),
        State("url", "pathname"),
        prevent_initial_call=True,
    )
    def count(_n: int | None, before: dict[str, int] | None, path: str) -> tuple[Any, ...]:
        view = services.view()
        with services.reading() as conn:
            new = counts(conn, view)
        if new == before:
            raise PreventUpdate
        found = routes.match(path or "/")
        links = navigation(view, routes, found[0] if found else None, new)
        return links, links, new


def navigation(view: View, routes: Routes, current: Page | None, new: Mapping[str, int]) -> list[Any]:
    """Return the links that the viewer's role may follow, the present one marked; `new` as `counts`."""
    shown = sorted(
        (p for p in routes.pages if p.in_navigation(view.viewer)), key=lambda p: p.nav.order if p.nav else 0
    )
    entries: list[tuple[str, str, str, bool]] = [
        (p.path, p.nav.icon, view.text(p.nav.label or p.title), p is current) for p in shown if p.nav
    ]
    links: list[Any] = [
        dcc.Link(
            [
                html.Span(className=f"gw-icon gw-icon-{icon}"),
                html.Span(label),
                *(_number(view, icon, new[icon]) if new.get(icon) else []),
            ],
            href=path,
            className="gw-nav gw-nav-on" if on else "gw-nav",
        )
        for path, icon, label, on in entries
    ]
    if view.viewer.role is not Role.ADMIN:
        links.insert(
            1,
            html.A(
                [html.Span(className="gw-icon gw-icon-wall"), html.Span(view.text("shell.wall"))],
                href="/wall/",
                target="_blank",
                className="gw-nav gw-nav-wall",
            ),
        )
    return links


def _number(view: View, icon: str, new: int) -> list[Any]:
    """Return the badge of an entry: a number for the eye, a sentence for who listens."""
    said = view.text(SAID[icon], n=new)
    shown = html.Span("99+" if new > 99 else str(new), className="gw-unread", **{"aria-hidden": "true"})
    return [shown, html.Span(said, className="gw-sr")]
