"""Logging in and out, passwords, preferences, and the exchange of a wall's token for a cookie."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import flask
from flask_login import LoginManager, UserMixin, current_user, login_user, logout_user
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from dashboard.given import is_text
from dashboard.guard import WALL_COOKIE, signed_out
from dashboard.language import LANGUAGE_COOKIE, THEME_COOKIE, THEMES
from dashboard.services import Services
from data.access import Role
from data.errors import Refused
from data.reads.labels import setting
from data.reads.tokens import wall_viewer
from data.reads.users import account, demo_logins
from data.text import LANGUAGES, text
from data.writes import logins

YEAR_S = 365 * 24 * 3600


class Account(UserMixin):
    """A row of ``user`` as Flask-Login wants it; the id in the session carries the epoch."""

    def __init__(self, row: Any) -> None:
        self.id: int = row.id
        self.username: str = row.username
        self.name: str = row.name
        self.role: str = row.role
        self.must_change: bool = row.must_change
        self.language: str | None = row.language
        self.theme: str | None = row.theme
        self.epoch: int = row.session_epoch

    def get_id(self) -> str:
        """Return what the session keeps: another epoch in the database ends it."""
        return f"{self.id}.{self.epoch}"


def install(server: flask.Flask, services: Services) -> None:
    """Add the routes and the login manager to `server`."""
    manager = LoginManager()
    # error pages must stand when the database does not: they do not ask who reads them
    manager.init_app(server, add_context_processor=False)
    manager.session_protection = None  # addresses of phones change; the epoch ends sessions

    @manager.user_loader
    def load(kept: str) -> Account | None:
        number, _, epoch = kept.partition(".")
        with services.reading() as conn:
            row = account(conn, int(number)) if number.isdigit() else None
        return Account(row) if row is not None and str(row.session_epoch) == epoch else None

    def door(**values: Any) -> str:
        with services.reading() as conn:
            values.setdefault("city", setting(conn, "city") or {})
            values.setdefault("demo", setting(conn, "demo"))
            values.setdefault("logins", demo_logins(conn))
        values.setdefault("next", safe_next(flask.request.values.get("next")))
        return flask.render_template("login.html", **values)

    @server.get("/login")
    def login() -> str | Response:
        asked = flask.request.args
        known = flask.g.view is not None and flask.g.view.viewer.user_id is not None
        wanted = asked.get("username", "")
        if known and wanted in ("", current_user.username):
            return flask.redirect(safe_next(asked.get("next")))
        # a link ends nobody's session: who is signed in as somebody else is asked to
        return door(username=wanted, signed_in=current_user.username if known else None)

    @server.post("/login", endpoint="log_in")
    def log_in() -> Response | tuple[str, int]:
        form = flask.request.form
        username = form.get("username", "").strip()
        if not is_text(username):
            raise BadRequest
        try:
            row = logins.log_in(
                services.engine,
                username,
                form.get("password", ""),
                flask.request.remote_addr or "?",
                now=services.machine_now(),
                logged_at=services.clock.now(),
            )
        except Refused as refused:
            error = text(f"errors.{refused.code}", flask.g.language, **refused.params)
            return door(error=error, username=username), 429
        if row is None:
            return door(error=text("auth.wrong", flask.g.language), username=username), 401
        _start(Account(row))
        return flask.redirect(landing(row.role, safe_next(form.get("next"))))

    def _start(who: Account) -> None:
        flask.session.clear()  # nothing of the anonymous session lives on: no fixation
        login_user(who)
        flask.session["since"] = flask.session["seen"] = int(services.machine_now().timestamp())

    @server.post("/logout")
    def logout() -> Response:
        view = services.view()
        if view.viewer.user_id is not None:
            with services.writing() as conn:
                logins.log_out(conn, view.viewer, now=view.now)
        logout_user()
        flask.session.clear()
        return signed_out()

    @server.route("/password", methods=["GET", "POST"])
    def password() -> str | Response | tuple[str, int]:
        view = services.view()
        form = flask.request.form
        with services.reading() as conn:
            row = account(conn, view.viewer.user_id)
        if flask.request.method == "GET":
            return flask.render_template("password.html", account=row)
        try:
            logins.change_password(
                services.engine,
                view.viewer,
                form.get("old", ""),
                form.get("new", ""),
                form.get("again", ""),
                now=services.machine_now(),
                logged_at=view.now,
            )
        except Refused as refused:
            error = text(f"errors.{refused.code}", view.language, **refused.params)
            return flask.render_template("password.html", account=row, error=error, field=refused.field), 422
        with services.reading() as conn:
            _start(Account(account(conn, view.viewer.user_id)))
        return flask.redirect(landing(view.viewer.role, "/"))

    @server.post("/preferences")
    def preferences() -> Response:
        form = flask.request.form
        language = form.get("language") if form.get("language") in LANGUAGES else None
        theme = form.get("theme") if form.get("theme") in THEMES else None
        view = flask.g.view
        if view is not None and view.viewer.user_id is not None:
            with services.writing() as conn:
                logins.prefer(conn, view.viewer, language=language, theme=theme)
        answer = flask.redirect(safe_next(form.get("next")))
        for name, value in ((LANGUAGE_COOKIE, language), (THEME_COOKIE, theme)):
            if value:
                answer.set_cookie(name, value, max_age=YEAR_S, **cookie_flags(services))
        return answer

    @server.get("/wall")
    def enter_wall() -> Response | tuple[str, int]:
        token = flask.request.args.get("token")
        language = flask.request.args.get("lang")
        answer = flask.redirect(f"/wall/?lang={language}" if language in LANGUAGES else "/wall/")
        if token is None:
            return answer
        with services.reading() as conn:
            if wall_viewer(conn, token) is None:
                return flask.render_template("wall_closed.html"), 401
        # browsers send it to the wall's own calls and nowhere else; the guard holds the same
        answer.set_cookie(WALL_COOKIE, token, max_age=YEAR_S, path="/wall", **cookie_flags(services))
        return answer


def landing(role: str, path: str) -> str:
    """Return where somebody lands who has logged in: an officer at the own day."""
    return "/my" if role == Role.OFFICER and path == "/" else path


def cookie_flags(services: Services) -> dict[str, Any]:
    """Return the flags that every cookie of ours carries."""
    return {"httponly": True, "secure": not services.settings.insecure_cookies, "samesite": "Lax"}


def safe_next(path: str | None) -> str:
    """Return a path of this site to go on to; anything that leads elsewhere becomes the start page."""
    if not path or not path.startswith("/") or path.startswith(("//", "/\\")) or "\\" in path:
        return "/"
    parts = urlsplit(path)
    if parts.scheme or parts.netloc or any(ord(c) < 32 for c in path):
        return "/"
    return path
