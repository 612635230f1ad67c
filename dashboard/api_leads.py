"""``POST /api/v1/leads``: other systems hand a lead in; sent twice with one ``client_id`` it is one lead."""

from __future__ import annotations

from dataclasses import fields
from datetime import date
from typing import Any

import flask
import orjson

from dashboard.answers import only
from dashboard.given import is_id, is_text
from dashboard.services import Services
from data.errors import Refused
from data.reads.lead_row import read_lead
from data.writes.leads import register
from data.writes.leads_given import NewLead, Reporter

TEXTS = tuple(
    field.name
    for field in fields(NewLead)
    if field.name not in ("received_on", "enterprise_id", "inspection_id", "crime", "reporter")
)
NUMBERS = ("enterprise_id", "inspection_id")
KNOWN = (*TEXTS, *NUMBERS, "received_on", "crime", "reporter", "client_id")
PERSON = tuple(field.name for field in fields(Reporter))


def install(api: flask.Blueprint, services: Services) -> None:
    """Add the route.

    A program shows its token in a header, which no page of another site can make a browser send, and the
    guard takes no session beside it; who comes with a session needs its CSRF token.
    """

    @api.post("/leads")
    def post_lead() -> flask.Response:
        if not flask.request.headers.get("Authorization"):  # an empty one shows no token either
            flask.current_app.extensions["csrf"].protect()
        only()
        view = services.view()
        body = flask.request.get_json(silent=True)
        if not isinstance(body, dict):
            raise Refused("body_bad")
        new = _lead(body)
        client_id = _text(body, "client_id", "")
        with services.writing() as conn:
            made = register(conn, view.viewer, new, client_id=client_id, now=view.now)
            row = read_lead(conn, made)
        told = {
            "id": made, "state": row.state, "received_on": row.received_on, "due_on": row.due_on,
            "due_provisional": row.due_provisional, "enterprise_id": row.enterprise_id,
        }  # fmt: skip
        answer = flask.Response(orjson.dumps(told), status=201, mimetype="application/json")
        answer.headers["Cache-Control"] = "no-store"
        return answer


def _lead(body: dict[str, Any]) -> NewLead:
    for name in body:
        if name not in KNOWN:
            raise Refused("argument_unknown", field=_shown(name), found=_shown(name), known=", ".join(KNOWN))
    given: dict[str, Any] = {name: _text(body, name, None) for name in TEXTS if body.get(name) is not None}
    for name in ("channel", "title"):
        given.setdefault(name, "")
    for name in NUMBERS:
        value = body.get(name)
        if value is not None and not is_id(value):
            raise Refused("number_bad", field=name, found=_shown(value), least=1, most=2**63 - 1)
        given[name] = value
    crime = body.get("crime", False)
    if not isinstance(crime, bool):
        raise Refused("choice_bad", field="crime", found=_shown(crime), known="true, false")
    return NewLead(**given, received_on=_day(body), crime=crime, reporter=_reporter(body))


def _text(body: dict[str, Any], name: str, default: str | None) -> Any:
    value = body.get(name, default)
    if value is not None and not is_text(value):
        raise Refused("text_bad", field=name, found=_shown(value))
    return value


def _shown(value: Any) -> str:
    """Return what was found, short, and so that an answer can hold it."""
    return str(value)[:40].encode(errors="replace").decode()


def _day(body: dict[str, Any]) -> date:
    value = _text(body, "received_on", "")
    try:
        return date.fromisoformat(value or "")
    except ValueError:
        raise Refused("day_bad", field="received_on", found=_shown(value)) from None


def _reporter(body: dict[str, Any]) -> Reporter | None:
    told = body.get("reporter")
    if told is None:
        return None
    if not isinstance(told, dict) or any(name not in PERSON for name in told):
        raise Refused("argument_unknown", field="reporter", found="reporter", known=", ".join(PERSON))
    return Reporter(**{name: _text(told, name, None) for name in told})
