"""Answers of data routes: compact JSON with an ETag, and arguments read with sentences for what is wrong."""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import flask
import orjson

from data.errors import Refused

GEOJSON = "application/geo+json"


def tagged(body: bytes, etag: str | None = None, mimetype: str = "application/json") -> flask.Response:
    """Return `body` with an ETag, or 304 if the client has it already."""
    response = flask.Response(body, mimetype=mimetype)
    response.set_etag(etag or hashlib.sha256(body).hexdigest()[:20])
    response.headers["Cache-Control"] = "private, no-cache"
    response.vary.add("Cookie")
    response.vary.add("Authorization")
    return response.make_conditional(flask.request)


def json_of(value: Any, etag: str | None = None, mimetype: str = "application/json") -> flask.Response:
    """Return any rows (dates, named tuples, dataclasses) as JSON."""
    return tagged(orjson.dumps(value, default=_plain, option=orjson.OPT_NON_STR_KEYS), etag, mimetype)


def _plain(value: Any) -> Any:
    if hasattr(value, "_asdict"):
        return value._asdict()
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    return str(value)


def day(name: str, default: date) -> date:
    """Read a day from the query, ``YYYY-MM-DD``."""
    found = flask.request.args.get(name)
    if not found:
        return default
    try:
        return date.fromisoformat(found)
    except ValueError:
        raise Refused("day_bad", field=name, found=found[:40]) from None


def instant(name: str, default: datetime, zone: str) -> datetime:
    """Read an instant from the query, ISO 8601; one without zone is in the bureau's."""
    found = flask.request.args.get(name)
    if not found:
        return default
    try:
        read = datetime.fromisoformat(found.replace(" ", "+"))
        # in UTC at once: the first day of the calendar has no neighbour to be moved to
        return (read if read.tzinfo else read.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Refused("instant_bad", field=name, found=found[:40]) from None


def number(name: str, default: int, least: int, most: int) -> int:
    """Read a whole number from the query."""
    found = flask.request.args.get(name)
    if found is None or found == "":
        return default
    plain = found.isascii() and found.isdigit() and len(found) < 20  # Python reads no number of any length
    if not plain or not least <= int(found) <= most:
        raise Refused("number_bad", field=name, found=found[:40], least=least, most=most)
    return int(found)


def choice(name: str, default: str, known: tuple[str, ...]) -> str:
    """Read one of some words from the query."""
    found = flask.request.args.get(name) or default
    if found not in known:
        raise Refused("choice_bad", field=name, found=found[:40], known=", ".join(known))
    return found


def only(*known: str) -> None:
    """Refuse a query with names that mean nothing here: a misspelt filter must not show everything."""
    for name in flask.request.args:
        if name not in known:
            raise Refused("argument_unknown", field=name, found=name[:40], known=", ".join(known))
