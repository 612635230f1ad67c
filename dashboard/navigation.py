"""The links of the rail and the bar, with how many messages are unread."""

from __future__ import annotations

from typing import Any

import dash
from dash import Input, Output, State, dcc, html
from dash.exceptions import PreventUpdate

from dashboard.routes import Routes
from dashboard.services import Page, Services, View
from data.access import Role
from data.reads.messages import unread

UNREAD_MS = 60_000
"""How often an open page asks whether there are new messages; asking writes nothing."""


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
    def count(_n: int | None, before: int | None, path: str) -> tuple[Any, ...]:
        view = services.view()
        with services.reading() as conn:
            new = unread(conn, view.viewer)
        if new == before:
            raise PreventUpdate
        found = routes.match(path or "/")
        links = navigation(view, routes, found[0] if found else None, new)
        return links, links, new


def navigation(view: View, routes: Routes, current: Page | None, new: int) -> list[Any]:
    """Return the links that the viewer's role may follow, the present one marked; `new` are unread."""
    shown = sorted((p for p in routes.pages if p.nav and view.viewer.may(p.right)), key=lambda p: p.nav.order)
    entries: list[tuple[str, str, str, bool]] = [
        (p.path, p.nav.icon, view.text(p.nav.label or p.title), p is current) for p in shown if p.nav
    ]
    links: list[Any] = [
        dcc.Link(
            [
                html.Span(className=f"gw-icon gw-icon-{icon}"),
                html.Span(label),
                *(_unread(view, new) if icon == "inbox" and new else []),
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


def _unread(view: View, new: int) -> list[Any]:
    """Return the badge of the inbox: a number for the eye, a sentence for who listens."""
    said = view.text("inbox.nav_unread", n=new)
    shown = html.Span("99+" if new > 99 else str(new), className="gw-unread", **{"aria-hidden": "true"})
    return [shown, html.Span(said, className="gw-sr")]
