"""Refusals and failures in the reader's language: pages for browsers, JSON for scripts."""

from __future__ import annotations

import logging
from typing import Any

import flask
from dash.exceptions import CallbackException, DependencyException, InvalidResourceError
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, SecurityError

from dashboard.services import Services
from dashboard.uploads import MAX_BODY, MAX_MB
from data import audit
from data.access import Right, Role, Viewer
from data.errors import Conflict, Denied, NotFound, Refused
from data.text import DEFAULT_LANGUAGE, catalogue, text
from data.writes import attachments

log = logging.getLogger("gridward")


def sentence(refused: Refused, language: str) -> str:
    """Return a refusal's sentence; one that has none yet becomes a neutral one."""
    key = f"errors.{refused.code}"
    return text(key if key in catalogue(language) else "errors.refused", language, **refused.params)


def status_of(refused: Refused) -> int:
    """Return the HTTP status that says what kind of refusal it is."""
    kinds = ((Denied, 403), (NotFound, 404), (Conflict, 409))
    return next((status for kind, status in kinds if isinstance(refused, kind)), 422)


def install(server: flask.Flask, services: Services) -> None:
    """Answer every refusal and failure of `server`."""

    @server.errorhandler(Denied)
    def denied(refused: Denied) -> Any:
        note_denial(services, refused)
        return _answer(403, refused.code, sentence(refused, _language()), refused.field)

    @server.errorhandler(Refused)
    def refused(refused: Refused) -> Any:
        return _answer(status_of(refused), refused.code, sentence(refused, _language()), refused.field)

    @server.errorhandler(CSRFError)
    def forged(_: CSRFError) -> Any:
        return _answer(400, "csrf", text("errors.csrf", _language()))

    @server.errorhandler(SecurityError)
    def misnamed(_: SecurityError) -> Any:
        host = flask.request.headers.get("Host", "")[:100]
        return _answer(400, "host_unknown", text("auth.host_unknown", _language(), found=host))

    @server.errorhandler(HTTPException)
    def http(error: HTTPException) -> Any:
        if error.code is None or error.code < 400:
            return error.get_response()
        if error.code == 413:
            return _answer(413, "too_large", too_large(flask.request), "file")
        key = f"errors.http_{error.code}"
        if key not in catalogue(_language()):
            key = "errors.http_400"
        return _answer(error.code, error.name.lower().replace(" ", "_"), text(key, _language()))

    @server.errorhandler(DependencyException)
    @server.errorhandler(InvalidResourceError)
    def no_script(_: Exception) -> Any:
        return _answer(404, "not_found", text("errors.http_404", _language()))

    @server.errorhandler(CallbackException)
    @server.errorhandler(AttributeError)
    @server.errorhandler(LookupError)
    @server.errorhandler(TypeError)
    @server.errorhandler(ValueError)
    def malformed(error: Exception) -> Any:
        # a callback that does not exist or runs in browsers alone, or a body that is not Dash's; errors
        # inside our callbacks do not come here, the hook below takes them
        if flask.request.path.endswith("/_dash-update-component"):
            log.warning("callback that Dash cannot read", exc_info=error)
            return _answer(400, "bad_request", text("errors.http_400", _language()))
        return failed(error)

    @server.errorhandler(RecursionError)
    def too_deep(error: RecursionError) -> Any:
        # JSON in JSON in JSON …, deeper than anything that is asked here
        log.warning("%s %r", flask.request.method, flask.request.path, exc_info=error)
        return _answer(400, "bad_request", text("errors.http_400", _language()))

    @server.errorhandler(Exception)
    def failed(error: Exception) -> Any:
        # an address may hold a line's end: quoted, it writes no line of its own into the log
        log.exception("%s %r", flask.request.method, flask.request.path, exc_info=error)
        return _answer(500, "failed", text("errors.http_500", _language()))


def too_large(request: flask.Request) -> str:
    """Return what of a request was too large, the limit, and what to do; its body has not been read."""
    view = flask.g.get("view")
    whole, language = MAX_BODY // 1024**2, _language()
    if request.path.endswith("/_dash-update-component"):
        # pages send files as text: the files of an import, or photos, several at once
        if view is not None and view.viewer.may(Right.IMPORT):
            return text("errors.large_import", language, mb=MAX_MB)
        return text("errors.large_photos", language, mb=MAX_MB, each=attachments.MAX_MB)
    if request.endpoint == "visit.upload":
        return text("errors.attachment_large", language, mb=attachments.MAX_MB)
    if request.endpoint == "visit.send":
        return text("errors.large_visit", language, mb=whole)
    if request.endpoint == "api.post_lead":
        return text("errors.large_lead", language, mb=whole)
    return text("errors.http_413", language, mb=whole)


def on_callback_error(services: Services) -> Any:
    """Return Dash's error hook: a refusal becomes a notice, a denial 403, anything else a neutral line."""

    def handle(error: Exception) -> None:
        if isinstance(error, Denied) or not flask.has_request_context():
            raise error
        language = _language()
        if isinstance(error, Refused):
            services.notify(sentence(error, language), "error")
            return
        log.exception("callback %s", flask.g.get("callback", "?"), exc_info=error)
        services.notify(text("errors.http_500", language), "error")

    return handle


def note_denial(services: Services, refused: Denied) -> None:
    """Write the denial's audit row in a transaction of its own; what was refused has none."""
    view = flask.g.get("view")
    viewer = view.viewer if view is not None else Viewer("anonymous", Role.WALL)
    # patterns, not addresses: who walks through a thousand ids must not write a thousand rows
    route = flask.g.get("callback") or flask.g.get("page") or str(flask.request.url_rule or "")
    with services.writing() as conn:
        audit.record_denial(
            conn, viewer, f"{flask.request.method} {route}"[:200], refused.code,
            now=services.clock.now(), path=flask.request.path[:200],
        )  # fmt: skip


def _language() -> str:
    return str(flask.g.get("language") or DEFAULT_LANGUAGE)


def _answer(status: int, code: str, message: str, field: str | None = None) -> Any:
    path = flask.request.path
    if flask.request.method == "GET" and not path.startswith(
        ("/api/", "/geo/", "/export/", "/_dash", "/wall/_")
    ):
        title = f"shell.error_title_{status}"
        title = text(title if title in catalogue(_language()) else "shell.error_title", _language())
        return flask.render_template("error.html", status=status, title=title, message=message), status
    return flask.jsonify({"error": {"code": code, "message": message, "field": field}}), status
