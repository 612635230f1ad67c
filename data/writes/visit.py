"""What an officer says of a visit, and the rules it must keep."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pyproj import Geod

from data.errors import Refused
from data.reads.labels import kind_names

CONCLUSIONS = ("pass", "rectify", "fail", "other")
UNABLE = ("closed", "moved", "not_found", "refused")
SEVERITIES = ("critical", "major", "minor", "unknown")
METHODS = ("on_site", "online")
CLOCKS_DIFFER = timedelta(minutes=5)
"""How far a phone's clock may be ahead of ours."""

_WGS84 = Geod(ellps="WGS84")


@dataclass(frozen=True)
class Finding:
    """A failed checklist item."""

    severity: str
    text: str
    item_code: str | None = None


@dataclass(frozen=True)
class Visit:
    """What an officer says of one visit.

    Either `conclusion`, or `unable_reason` (无法检查: it never counts as coverage, the enterprise
    stays due). `lon`, `lat` in WGS 84 as the phone took them.
    """

    kind: str
    finished_at: datetime
    conclusion: str | None = None
    unable_reason: str | None = None
    method: str = "on_site"
    officer_id: int | None = None
    officer2_id: int | None = None
    lon: float | None = None
    lat: float | None = None
    score: float | None = None
    details: dict[str, Any] | None = None  # "checklist": {item code: result}, …
    findings: Sequence[Finding] = field(default=())


def check(visit: Visit, client_id: str, now: datetime) -> None:
    """Raise `Refused` (``visit_…``) for the first thing that is wrong with a visit."""
    kinds = kind_names("en")
    if not client_id.strip():
        raise Refused("visit_client_id", field="client_id")
    if visit.kind not in kinds:
        raise Refused("visit_kind", field="kind", got=visit.kind, known=", ".join(kinds))
    if visit.method not in METHODS:
        raise Refused("visit_method", field="method", got=visit.method, known=", ".join(METHODS))
    at = visit.finished_at
    if at.tzinfo is None or at > now + CLOCKS_DIFFER:
        raise Refused("visit_future", field="finished_at", got=at.isoformat(timespec="minutes"))
    if (visit.conclusion is None) == (visit.unable_reason is None):
        raise Refused("visit_conclusion", field="conclusion")
    if visit.conclusion is not None and visit.conclusion not in CONCLUSIONS:
        raise Refused("visit_word", field="conclusion", got=visit.conclusion, known=", ".join(CONCLUSIONS))
    if visit.unable_reason is not None and visit.unable_reason not in UNABLE:
        raise Refused("visit_word", field="unable_reason", got=visit.unable_reason, known=", ".join(UNABLE))
    if visit.officer2_id is not None and visit.officer2_id == visit.officer_id:
        raise Refused("visit_same_officer", field="officer2_id")
    for one in visit.findings:
        if one.severity not in SEVERITIES:
            raise Refused("visit_word", field="severity", got=one.severity, known=", ".join(SEVERITIES))
        if not one.text.strip():
            raise Refused("visit_finding_text", field="findings")


def row_of(visit: Visit, lon: float | None, lat: float | None, zone: str) -> dict[str, Any]:
    """Return the columns of a visit, with its local date, distance from the registered point and grade."""
    row = {key: value for key, value in asdict(visit).items() if key != "findings"}
    distance = None
    if None not in (visit.lon, visit.lat, lon, lat):
        distance = float(_WGS84.inv(visit.lon, visit.lat, lon, lat)[2])
    # two officers, a conclusion and a checklist make a record; evidence asks for attachments too
    checked = bool((visit.details or {}).get("checklist"))
    recorded = visit.officer_id and visit.officer2_id and visit.conclusion and checked
    local: date = visit.finished_at.astimezone(ZoneInfo(zone)).date()
    return {**row, "finished_on": local, "distance_m": distance, "grade": 1 if recorded else 0}
