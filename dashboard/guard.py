"""The door: every request is refused unless somebody known may make it.

It stands before Dash is made, so that it also covers Dash's own routes. Whom it found is in
``flask.g.view``; reads and writes ask the viewer again, for a guard that looks at paths knows no rows.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import flask
from flask_login import current_user, logout_user
from werkzeug.exceptions import BadRequest, NotFound, SecurityError, Unauthorized
from werkzeug.sansio.utils import host_is_trusted
from werkzeug.wrappers import Response

from dashboard.given import is_kept, is_text
from dashboard.language import language_of, theme_of
from dashboard.routes import Routes
from dashboard.services import Services, View
from dashboard.uploads import MAX_BODY
from data.access import Right, Role, Viewer, viewer_of_user
from data.errors import Denied
from data.reads.tokens import api_viewer, wall_viewer

WALL_COOKIE = "gw_wall"
IDLE_S = {Role.ADMIN: 15 * 60}
IDLE_DEFAULT_S = 30 * 60
ANYBODY = frozenset({"healthz", "static", "visit_app.worker", "visit_app.manifest"})
PUBLIC = frozenset({"login", "log_in", "preferences", "enter_wall"})
API = ("/api/", "/geo/", "/export/", "/wall/geo/", "/wall/data.json")
WALL = "/wall/"
PLAIN = {
    "visit": Right.RECORD, "attachments": Right.WORK, "documents": Right.WORK, "withdraw": Right.WORK,
}  # fmt: skip
"""Pages that are not Dash's, by blueprint; their forms and what they send to alike."""


@dataclass
class Guard:
    """Finds who asks, and lets nobody else in."""

    services: Services
    main: Routes
    wall: Routes

    def __call__(self) -> Response | None:
        """Run before each request: None lets it pass."""
        request = flask.request
        flask.g.view = None
        flask.g.page = None  # the pattern of the page that is asked for
        flask.g.language, flask.g.theme = language_of(None), theme_of(None)
        if request.endpoint in ANYBODY or _is_look(request.path):
            return None
        if not known_host(request.host, self.services.settings.names):
            raise SecurityError(request.host)
        said = [request.path, *(part for pair in request.args.items(multi=True) for part in pair)]
        if not all(map(is_text, said)):
            raise BadRequest  # nothing is called so, and the log could not keep who asked for it
        viewer, account = self._who()
        language = language_of(account)
        flask.g.language, flask.g.theme = language, theme_of(account, dark=request.path.startswith("/wall"))
        if viewer is not None:
            flask.g.view = View(viewer, self.services.clock.now(), language, flask.g.theme)
        if request.endpoint in PUBLIC:
            return None
        if viewer is None:
            return self._ask_to_log_in()
        if account is not None and account.must_change and request.endpoint not in ("password", "logout"):
            if _wants_page():
                return flask.redirect(flask.url_for("password"))
            raise Denied("password_first")
        return self._check_place(viewer)

    def _who(self) -> tuple[Viewer | None, object | None]:
        request, now = flask.request, self.services.clock.now()
        bearer = request.headers.get("Authorization", "")
        if bearer and request.path.startswith(API):
            with self.services.reading() as conn:
                found = api_viewer(conn, bearer.removeprefix("Bearer ").strip(), now.date())
            return found, None
        if current_user.is_authenticated and not self._over():
            with self.services.reading() as conn:
                found = viewer_of_user(conn, current_user.id, now.date())
            on_wall = request.path.startswith("/wall/") and WALL_COOKIE in request.cookies
            if found is not None and (found.may(Right.FIGURES) or not on_wall):
                return found, current_user
        token = request.cookies.get(WALL_COOKIE)
        if token and request.path.startswith(WALL):
            with self.services.reading() as conn:
                return wall_viewer(conn, token), None
        return None, None

    def _over(self) -> bool:
        """End a session that nobody used for too long, or that is too old; note a use once a minute."""
        session, now = flask.session, int(self.services.machine_now().timestamp())
        idle = now - int(session.get("seen", 0))
        age = now - int(session.get("since", 0))
        limit = IDLE_S.get(current_user.role, IDLE_DEFAULT_S)
        if idle > limit or age > self.services.settings.session_hours * 3600:
            logout_user()
            session.clear()
            return True
        if not _is_poll() and idle >= 60:
            session["seen"] = now
        return False

    def _ask_to_log_in(self) -> Response:
        if flask.request.endpoint == "logout" and flask.request.form:
            # a button that was pressed after its session was over
            return signed_out()
        if _wants_page():
            path = flask.request.full_path.rstrip("?")
            if flask.request.path.startswith("/wall"):
                flask.abort(flask.make_response(flask.render_template("wall_closed.html"), 401))
            return flask.redirect(flask.url_for("login", next=None if path == "/" else path))
        raise Unauthorized

    def _check_place(self, viewer: Viewer) -> Response | None:
        path = flask.request.path
        on_wall = path.startswith("/wall/")
        if viewer.role is Role.WALL and not path.startswith(WALL):
            raise Denied("denied_right")
        routes = self.wall if on_wall else self.main
        inner = "/" + path.removeprefix(routes.prefix) if on_wall else path
        plain = PLAIN.get(flask.request.blueprint or "")
        if plain is not None:
            viewer.require(plain)
        elif inner == "/_dash-update-component":
            self._check_callback(viewer, routes)
        elif _wants_page() and not inner.startswith(("/_dash", "/assets/", "/_favicon", *API)):
            if flask.request.endpoint in ("password", "logout"):
                return None
            found = routes.match(inner)
            if found is None:
                raise NotFound
            flask.g.page = routes.prefix.rstrip("/") + found[0].path
            if inner == "/" and not viewer.may(found[0].right) and (own := routes.first(viewer)):
                return flask.redirect(own.path)
            viewer.require(found[0].right)
        elif path.startswith("/api/") and "<path:path>" in str(flask.request.url_rule):
            raise NotFound
        return None

    def _check_callback(self, viewer: Viewer, routes: Routes) -> None:
        body = flask.request.get_json(silent=True)
        if not isinstance(body, dict) or not isinstance(body.get("output"), str) or not is_kept(body):
            raise BadRequest
        page = routes.owners.get(body["output"])
        flask.g.callback = f"{page.path if page else 'shell'} {body['output'][:80]}"
        if page is not None:
            viewer.require(page.right)


def signed_out() -> Response:
    """Return the way to the login: as whom the form of the log-out names, and then back to its page."""
    form = flask.request.form
    wanted = {name: form.get(name) for name in ("username", "next")} if form.get("username") else {}
    return flask.redirect(flask.url_for("login", **wanted))


def known_host(host: str, names: Collection[str]) -> bool:
    """Whether a request's ``Host`` is one of our names.

    A page of another site that has its own name point to our address (DNS rebinding) asks under that name.
    """
    host = host.lower()
    # the library's own list of names cannot hold an IPv6 address
    bare = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
    return host_is_trusted(host) and bare in names


def _wants_page() -> bool:
    """Whether a browser asks for a page, not a script for data."""
    request = flask.request
    return request.method == "GET" and not request.path.startswith(
        (*API, "/_dash", "/wall/_dash", "/assets/", "/wall/assets/")
    )


def _is_look(path: str) -> bool:
    """Whether it is a font or style sheet that the login page needs too."""
    return path.startswith(("/assets/", "/wall/assets/")) and path.endswith((".woff2", ".css"))


def _is_poll() -> bool:
    """Whether a timer alone asks: a screen left open is not a person at work."""
    if flask.request.path == "/wall/data.json":
        return True
    large = (flask.request.content_length or 0) > MAX_BODY  # reading it would refuse it before we know whom
    if large or not flask.request.path.endswith("/_dash-update-component"):
        return False
    body = flask.request.get_json(silent=True)
    changed = body.get("changedPropIds") if isinstance(body, dict) else None
    if not isinstance(changed, list):
        return False
    return bool(changed) and all(str(name).endswith(".n_intervals") for name in changed)
