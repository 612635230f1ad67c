"""What the form of a visit sends, read with care: anything may arrive under its address."""

from __future__ import annotations

import math
import re
from datetime import datetime
from typing import Any

from data.errors import Refused
from data.writes.rechecks import Recheck
from data.writes.visit import Finding, Visit

MANY = 200
MISSING = object()
CONTROL = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]")
"""What a phone's clipboard may bring along and no paper can print."""


def read_visit(body: Any) -> tuple[Visit, str]:
    """Return the visit and its client id.

    Raises
    ------
    Refused
        ``visit_malformed`` with the name of what cannot be read. What is readable and wrong is left to
        `data.writes.visit`.
    """
    get = _Reader(body)
    point = get.value("point", dict, None)
    arrived, pressed = get.value("arrived_at", str, None), get.value("pressed_at", str, None)
    visit = Visit(
        kind=get.value("kind", str),
        finished_at=read_instant("finished_at", get.value("finished_at", str)),
        conclusion=get.value("conclusion", str, None),
        unable_reason=get.value("unable_reason", str, None),
        method=get.value("method", str),
        officer2_id=get.number("officer2_id"),
        lon=get.degrees("lon", 180),
        lat=get.degrees("lat", 90),
        findings=[_finding(one) for one in get.rows("findings", dict)],
        opinion=get.value("opinion", str, None),
        arrived_at=read_instant("arrived_at", arrived) if arrived is not None else None,
        no_notice=get.value("no_notice", bool, False),
        checklist=get.value("checklist", str, None),
        results=get.words("results"),
        notes=get.words("notes"),
        note=get.value("note", str, None),
        over_cap_reason=get.value("over_cap_reason", str, None),
        far_reason=get.value("far_reason", str, None),
        attachments=get.rows("attachments", str),
        rechecks={_id("rechecks", k): _recheck(v) for k, v in get.value("rechecks", dict, {}).items()},
        leads=[_id("leads", one) for one in get.rows("leads", int)],
        pressed_at=read_instant("pressed_at", pressed) if pressed is not None else None,
        late_reason=get.value("late_reason", str, None),
        point=_point(point) if point is not None else None,
        point_note=_Reader(point, "point").value("note", str, None) if point is not None else None,
    )
    return visit, get.value("client_id", str)


def read_correction(body: Any) -> tuple[int, str] | None:
    """Return the visit that is corrected and why; None where what is sent is a visit of its own.

    Raises
    ------
    Refused
        ``visit_malformed``.
    """
    get = _Reader(body)
    old = get.number("corrects")
    return None if old is None else (old, get.value("correct_reason", str, ""))


class _Reader:
    """Takes values of a JSON object by their type; null and absent are the same."""

    def __init__(self, body: Any, name: str = "body") -> None:
        if not isinstance(body, dict):
            raise Refused("visit_malformed", found=name)
        self.body = body

    def value(self, name: str, kind: type, default: Any = MISSING) -> Any:
        found = self.body.get(name)
        if found is None and default is not MISSING:
            return default
        if not isinstance(found, kind) or (kind is int and isinstance(found, bool)):
            raise Refused("visit_malformed", field=name, found=name)
        return plain(name, found) if isinstance(found, str) else found

    def rows(self, name: str, kind: type) -> list[Any]:
        found = self.value(name, list, [])
        if len(found) > MANY or not all(isinstance(one, kind) for one in found):
            raise Refused("visit_malformed", field=name, found=name)
        return [plain(name, one) if isinstance(one, str) else one for one in found]

    def words(self, name: str) -> dict[str, str]:
        found = self.value(name, dict, {})
        if len(found) > MANY or not all(isinstance(one, str) for one in found.values()):
            raise Refused("visit_malformed", field=name, found=name)
        return {plain(name, key): plain(name, one) for key, one in found.items()}

    def number(self, name: str) -> int | None:
        found = self.value(name, int, None)
        return None if found is None else _id(name, found)

    def degrees(self, name: str, most: int) -> float | None:
        found = self.body.get(name)
        if found is None:
            return None
        if isinstance(found, bool) or not isinstance(found, (int, float)):
            raise Refused("visit_malformed", field=name, found=name)
        # an integer may be too long for a float
        if abs(found) > most or math.isnan(found):
            raise Refused("visit_malformed", field=name, found=name)
        return float(found)


def _finding(one: Any) -> Finding:
    get = _Reader(one, "findings")
    return Finding(
        get.value("severity", str),
        get.value("text", str),
        get.value("item_code", str, None),
        get.value("clause", str, None),
    )


def _recheck(one: Any) -> Recheck:
    get = _Reader(one, "rechecks")
    return Recheck(get.value("passed", bool), get.value("reason", str, None))


def _point(one: Any) -> tuple[float, float]:
    get = _Reader(one, "point")
    lon, lat = get.degrees("lon", 180), get.degrees("lat", 90)
    if lon is None or lat is None:
        raise Refused("visit_malformed", field="point", found="point")
    return lon, lat


def _id(name: str, found: Any) -> int:
    text = str(found)
    if not text.isascii() or not text.isdigit() or len(text) > 19 or not 0 < int(text) < 2**63:
        raise Refused("visit_malformed", field=name, found=name)
    return int(text)


def plain(name: str, found: str) -> str:
    """Return a text without control characters; refuse what no database can store."""
    try:
        found.encode()
    except UnicodeEncodeError:  # half a character
        raise Refused("visit_malformed", field=name, found=name) from None
    if "\x00" in found:
        raise Refused("visit_malformed", field=name, found=name)
    return CONTROL.sub("", found)


def read_instant(name: str, found: str) -> datetime:
    """Return a moment with its zone, of our century or the next."""
    try:
        read = datetime.fromisoformat(found)
    except ValueError:
        raise Refused("visit_malformed", field=name, found=name) from None
    if read.tzinfo is None or not 2000 <= read.year <= 2200:
        raise Refused("visit_malformed", field=name, found=name)
    return read
