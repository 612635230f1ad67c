"""Recording a visit: plain pages with a small script, for a phone that may be without network.

`/visit/<enterprise id>` is the form, `/visits` what waits in this browser. A draft lies in the browser,
encrypted under a key that belongs to the account and comes with a page for a signed-in officer alone:
the next user of the phone finds nothing to read.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import Any

import flask
import orjson
from werkzeug.exceptions import Unauthorized

from dashboard.failures import sentence
from dashboard.icons import manifest_icons
from dashboard.services import Services, View
from dashboard.visit_parse import plain, read_correction, read_instant, read_visit
from data.checklists import checklists
from data.errors import Conflict, NotFound, Refused
from data.reads.attachments import attachment_row
from data.reads.labels import kind_names, terms
from data.reads.visit_corrected import corrected_visit
from data.reads.visit_effect import covered, effect_words, effects
from data.reads.visit_form import visit_form
from data.text import catalogue
from data.writes import attachments
from data.writes.inspections import record
from data.writes.visit import CONCLUSIONS, MOST_CODE, NEAR_M, SEVERITIES, UNABLE, Visit
from data.writes.visit_correct import correct
from data.writes.visit_late import late_days

LOCAL_ERRORS = (
    "visit_conclusion", "visit_second_officer", "visit_items_left", "visit_finding_text", "visit_far",
    "visit_over_cap", "visit_pass_findings", "reason_missing", "visit_late_reason",
)  # fmt: skip


def install(server: flask.Flask, services: Services) -> None:
    """Add the pages and what they send to."""
    pages = flask.Blueprint("visit", __name__)
    files = flask.Blueprint("attachments", __name__)

    @pages.get("/visit/<int:enterprise_id>")
    def form(enterprise_id: int) -> str:
        view, corrects = services.view(), flask.request.args.get("corrects", type=int)
        with services.reading() as conn:
            old = None
            if corrects is not None:
                old = corrected_visit(conn, view.viewer, enterprise_id, corrects, services.clock.zone)
            first = old["officer_id"] if old else None
            found = visit_form(conn, view.viewer, enterprise_id, view.today, first)
            days = {"late_days": late_days(conn)}
        return page("visit.html", {**_common(server, view), **_form(found, view), **days, "corrects": old})

    @pages.get("/visit/shell")
    def shell() -> str:
        return page("visit.html", None)

    @pages.get("/visits")
    def drafts() -> str:
        return page("visits.html", _common(server, services.view()))

    @pages.get("/visits/shell")
    def drafts_shell() -> str:
        return page("visits.html", None)

    @pages.post("/visit/<int:enterprise_id>")
    def send(enterprise_id: int) -> flask.Response:
        view, body = _sender(services), flask.request.get_json(silent=True)
        visit, client_id = read_visit(body)
        asked = read_correction(body)
        if asked is not None:
            return _correct(services, view, enterprise_id, visit, client_id, *asked)
        with services.writing() as conn:
            new = record(
                conn, view.viewer, enterprise_id, visit, client_id=client_id, now=view.now,
                zone=services.clock.zone,
            )  # fmt: skip
        return flask.jsonify({"id": new})

    @pages.post("/visit/attachments")
    def upload() -> flask.Response:
        view, request = _sender(services), flask.request
        sent, given = request.files.get("file"), request.form
        if sent is None:
            raise Refused("visit_malformed", field="file", found="file")
        item, taken = given.get("item_code", ""), given.get("taken_at", "")
        if len(item) > MOST_CODE:
            raise Refused("visit_malformed", field="file", found="item_code")
        picture = attachments.encode(sent.read(), given.get("what", ""))
        attachments.store(services.settings.data, picture)
        with services.writing() as conn:
            new = attachments.note(
                conn, view.viewer, picture, client_id=given.get("client_id", ""), what=given["what"],
                name=sent.filename or "", item_code=plain("file", item) or None,
                taken_at=read_instant("file", taken) if taken else None, now=view.now,
            )  # fmt: skip
        return flask.jsonify({"id": new})

    @files.get("/attachments/<int:attachment_id>")
    def attachment(attachment_id: int) -> flask.Response:
        with services.reading() as conn:
            row = attachment_row(conn, services.view().viewer, attachment_id)
        path = attachments.path_of(services.settings.data.absolute(), row.sha256)
        if not path.is_file():
            raise NotFound("attachment_lost", got=attachment_id)
        name = f"{row.name.rpartition('.')[0] or row.name}{attachments.SUFFIX.get(row.media, '')}"
        answer = flask.send_file(path, mimetype=row.media, as_attachment=True, download_name=name)
        answer.headers["Cache-Control"] = "private, no-store"
        return answer

    server.register_blueprint(pages)
    server.register_blueprint(files)
    install_app(server)


def install_app(server: flask.Flask) -> None:
    """Add what makes the pages an app of the phone; nothing in it is anybody's."""
    app = flask.Blueprint("visit_app", __name__)

    @app.get("/visit/worker.js")
    def worker() -> flask.Response:
        answer = flask.send_from_directory(server.static_folder or "", "visit-worker.js")
        answer.headers["Service-Worker-Allowed"] = "/visit"
        answer.headers["Cache-Control"] = "no-cache"
        return answer

    @app.get("/visit/manifest.json")
    def manifest() -> flask.Response:
        words = catalogue(flask.g.language)
        return flask.jsonify(
            {
                "name": words["visit.app_name"],
                "short_name": words["visit.app_short"],
                "lang": flask.g.language,
                "start_url": "/visits",
                "scope": "/visit",
                "display": "standalone",
                "background_color": "#F6F8FB",
                "theme_color": "#1657B0",
                "icons": manifest_icons(),
            }
        )

    server.register_blueprint(app)


def _correct(
    services: Services, view: View, enterprise_id: int, visit: Visit, client_id: str, old: int, reason: str
) -> flask.Response:
    """Correct a visit, and answer with what that changes of coverage; who was second is led to the first."""
    try:
        with services.writing() as conn:
            before = covered(conn, view.viewer, enterprise_id)
            new = correct(
                conn, view.viewer, enterprise_id, old, visit, reason=reason, client_id=client_id,
                now=view.now, zone=services.clock.zone,
            )  # fmt: skip
            changed = effects(before, covered(conn, view.viewer, enterprise_id))
            told = effect_words(conn, changed, view.language)
    except Conflict as conflict:
        if "theirs" not in conflict.params:
            raise
        error = {"code": conflict.code, "message": sentence(conflict, view.language), "field": None}
        answer = flask.jsonify({"error": {**error, "theirs": conflict.params["theirs"]}})
        answer.status_code = 409
        return answer
    return flask.jsonify({"id": new, "effects": told})


def _sender(services: Services) -> View:
    """Return the view of whoever made what is sent: the signed-in account may be another by now."""
    view = services.view()
    if flask.request.headers.get("X-Gridward-User") != str(view.viewer.user_id):
        raise Unauthorized
    return view


def page(template: str, data: dict[str, Any] | None) -> str:
    """Return a page with its data and words; without data it is the same for everybody (the shell)."""
    return flask.render_template(template, data=_json(data), words=_json(words(flask.g.language)))


def _common(server: flask.Flask, view: View) -> dict[str, Any]:
    secret = str(server.secret_key).encode()
    key = hmac.digest(secret, f"visit-drafts:{view.viewer.user_id}".encode(), hashlib.sha256)
    return {
        "user": view.viewer.user_id,
        "name": view.viewer.actor.partition(":")[2],
        "key": base64.b64encode(key).decode(),
        "now": view.now.isoformat(),
    }


def _form(found: Any, view: View) -> dict[str, Any]:
    language = view.language
    return {
        "form": found.__dict__ | {"cap": found.cap._asdict()},
        "near": NEAR_M,
        "checklists": {
            code: {"name": one.name, "sections": one.sections, "source": one.source}
            for code, one in checklists(language).items()
        },
        "kinds": kind_names(language),
        "severities": _words("severity", SEVERITIES, language),
        "conclusions": _words("conclusion", CONCLUSIONS, language),
        "unable": _words("unable_reason", UNABLE, language),
        "states": terms("problem_state", language),
    }


def _words(group: str, codes: tuple[str, ...], language: str) -> dict[str, str]:
    named = terms(group, language)
    return {code: named[code] for code in codes}


def words(language: str) -> dict[str, str]:
    """Return what the script says: the catalogue's ``visit.say_…`` and the errors it finds by itself."""
    known = catalogue(language)
    said = {
        key.removeprefix("visit.say_"): text for key, text in known.items() if key.startswith("visit.say_")
    }
    return said | {code: known[f"errors.{code}"] for code in LOCAL_ERRORS}


def _json(value: Any) -> str:
    # inside a script element: no sequence of characters may end it
    return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS).decode().replace("<", "\\u003c")
