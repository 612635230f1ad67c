"""The frame around every page: rail on a desk, bar on a phone, header with what is true everywhere."""

from __future__ import annotations

from typing import Any

import dash
import dash_mantine_components as dmc
import flask
from dash import Input, Output, State, dcc, html
from flask_wtf.csrf import generate_csrf

from dashboard import tokens
from dashboard.components import states
from dashboard.components.frame import title_of
from dashboard.failures import note_denial, sentence, status_of
from dashboard.icons import HEAD
from dashboard.navigation import UNREAD_MS, count_unread, counts, navigation
from dashboard.routes import Routes
from dashboard.services import Services, View
from data.access import Role, Viewer
from data.clock import Clock
from data.errors import Denied, NotFound, Refused
from data.reads.labels import setting
from data.text import DEFAULT_LANGUAGE, text


def provider(children: Any, theme: str) -> dmc.MantineProvider:
    """Wrap the desk's layout in our Mantine theme."""
    return dmc.MantineProvider(children, theme=tokens.mantine_theme(), forceColorScheme=theme)


def install(app: dash.Dash, services: Services, routes: Routes) -> None:
    """Give the desk app its layout and the callbacks of the frame."""
    app.layout = lambda: frame(_view(services), services, routes)

    @app.callback(
        Output("page", "children"),
        Output("title", "data"),
        Output("nav", "children"),
        Output("nav-bar", "children"),
        Input("url", "pathname"),
        State("url", "search"),
    )
    def route(path: str, search: str | None) -> tuple[Any, ...]:
        view = services.view()
        found = routes.match(path or "/")
        if found is not None:
            view.viewer.require(found[0].right)
        page = found[0] if found else None
        try:
            if found is None:
                raise NotFound("http_404")
            content = found[0].layout(view, services, search=search or "", **found[1])
            title = title_of(content) or view.text(found[0].title)
        except Refused as refused:
            if isinstance(refused, Denied):
                note_denial(services, refused)
            home = routes.first(view.viewer)
            back = home.path if home else "/"
            content = states.refused(view, status_of(refused), sentence(refused, view.language), back)
            title = view.text(page.title if page else "shell.error_title_404")
        with services.reading() as conn:
            links = navigation(view, routes, page, counts(conn, view))
        return content, f"{title} · {view.text('shell.product')}", links, links

    count_unread(app, services, routes)

    app.clientside_callback(
        "function(t) { return window.gridward.arrived(t); }",
        Output("spoken", "children"),
        Input("title", "data"),
    )
    app.clientside_callback(
        "function(n) { return n ? [n.message] : []; }",
        Output("notice-text", "children"),
        Input("notice", "data"),
    )
    app.clientside_callback(
        "function(n) { return 'gw-notice' + (n ? ' gw-notice-' + n.kind : ' gw-hidden'); }",
        Output("notice-box", "className"),
        Input("notice", "data"),
    )
    app.clientside_callback(
        "function(n) { return n ? null : window.dash_clientside.no_update; }",
        Output("notice", "data"),
        Input("notice-close", "n_clicks"),
        prevent_initial_call=True,
    )


def install_wall(app: dash.Dash, services: Services, routes: Routes) -> None:
    """Give the wall app its one page as layout."""

    def layout() -> Any:
        view = _view(services, theme="dark")
        if not routes.pages:
            return html.Div("wall")
        page = routes.pages[0]
        search = flask.request.args.get("search", "") if flask.has_request_context() else ""
        return page.layout(view, services, search=search)  # no Mantine: its scripts are not sent to a wall

    app.layout = layout


def frame(view: View, services: Services, routes: Routes) -> Any:
    """Return the whole frame for a reader; the page comes by the routing callback."""
    with services.reading() as conn:
        city, demo = setting(conn, "city") or {}, setting(conn, "demo")
    links = navigation(view, routes, None, {})  # the routing callback counts what is unread
    return provider(
        html.Div(
            [
                dcc.Location(id="url", refresh="callback-nav"),
                dcc.Store(id="title"),
                dcc.Store(id="notice"),
                dcc.Store(id="unread"),
                dcc.Interval(id="unread-timer", interval=UNREAD_MS),
                html.A(view.text("shell.skip"), href="#page", className="gw-skip"),
                _header(view, services, city, demo),
                html.Nav(links, id="nav", className="gw-rail", **{"aria-label": view.text("shell.nav")}),
                html.Main(id="page", className="gw-page", tabIndex=-1),
                html.Nav(links, id="nav-bar", className="gw-bar", **{"aria-label": view.text("shell.nav")}),
                html.Div(id="spoken", className="gw-sr"),
                # assets/connection.js says there that the server is gone
                html.Div(
                    id="connection",
                    className="gw-connection",
                    role="alert",
                    **{"data-said": view.text("shell.gone"), "data-undone": view.text("shell.undone")},
                ),
                html.Div(
                    [
                        html.Span(id="notice-text"),
                        html.Button("×", id="notice-close", **{"aria-label": view.text("shell.close")}),
                    ],
                    id="notice-box",
                    className="gw-notice gw-hidden",
                    role="status",
                ),
            ],
            className="gw-shell",
        ),
        view.theme,
    )


def _header(view: View, services: Services, city: dict[str, Any], demo: Any) -> html.Header:
    name = city.get("name_en" if view.language == "en" else "name") or view.text("shell.city_unknown")
    marks = []
    if demo:
        marks = [
            html.Span(view.text("shell.demo"), className="gw-mark"),
            html.Span(
                [
                    html.Span(view.text("shell.demo_day_word"), className="gw-desk"),
                    html.Time(view.today.isoformat(), dateTime=view.today.isoformat()),
                ],
                className="gw-mark gw-mark-quiet",
                title=view.text("shell.demo_day", day=view.today.isoformat()),
            ),
        ]
    other = "en" if view.language != "en" else "zh-CN"
    other_theme = "light" if view.theme == "dark" else "dark"
    return html.Header(
        [
            html.Div(
                [
                    html.Span(className="gw-logo"),
                    html.Strong(view.text("shell.product")),
                    html.Span(name, className="gw-city"),
                    *marks,
                ],
                className="gw-brand",
            ),
            html.Div(
                [
                    _post("/preferences", view.text("shell.other_language"), language=other),
                    html.Div(
                        _post("/preferences", view.text(f"shell.theme_{other_theme}"), theme=other_theme),
                        className="gw-desk",
                    ),
                    # a disclosure, not a menu: it holds forms and a link; session.js closes it by Escape
                    html.Details(
                        [
                            html.Summary(view.viewer.actor.partition(":")[2], className="gw-link"),
                            html.Div(
                                [
                                    html.Span(
                                        view.text(f"auth.role_{view.viewer.role}"), className="gw-user-role"
                                    ),
                                    html.Div(
                                        _post(
                                            "/preferences",
                                            view.text(f"shell.theme_{other_theme}"),
                                            theme=other_theme,
                                        ),
                                        className="gw-phone",
                                    ),
                                    html.A(
                                        view.text("shell.password"), href="/password", className="gw-menu"
                                    ),
                                    _post("/logout", view.text("shell.log_out")),
                                ],
                                className="gw-user-box",
                            ),
                        ],
                        className="gw-user",
                    ),
                ],
                className="gw-tools",
            ),
        ],
        className="gw-header",
    )


def _post(path: str, label: str, **values: str) -> html.Form:
    """Return a one-button form; `assets/session.js` fills in the token and the present address."""
    hidden = [dcc.Input(type="hidden", name=key, value=value) for key, value in values.items()]
    return html.Form(
        [*hidden, html.Button(label, type="submit", className="gw-link")],
        action=path,
        method="POST",
        className="gw-post",
    )


def _view(services: Services, theme: str = "light") -> View:
    """Return the request's view; without a request (tests, Dash's own checks) nobody's."""
    if flask.has_request_context() and flask.g.get("view") is not None:
        return services.view()
    return View(Viewer("nobody", Role.WALL), services.clock.now(), DEFAULT_LANGUAGE, theme)


def template_globals(services: Services) -> dict[str, Any]:
    """Return what the plain pages (login, password, errors) use: texts, token, clock, icons."""

    def t(key: str, **params: Any) -> str:
        return text(key, flask.g.get("language", DEFAULT_LANGUAGE), **params)

    def clock() -> Clock:
        return services.clock

    return {"t": t, "csrf": generate_csrf, "clock": clock, "icons": HEAD}
