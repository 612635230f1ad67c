"""What an officer says of a visit, and the rules it must keep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from pyproj import Geod

from data.checklists import check_results, checklists
from data.errors import Refused
from data.reads.labels import METHODS, kind_names

CONCLUSIONS = ("pass", "rectify", "fail", "other")
UNABLE = ("closed", "moved", "not_found", "refused")
SEVERITIES = ("critical", "major", "minor", "unknown")
CLOCKS_DIFFER = timedelta(minutes=5)
"""How far a phone's clock may be ahead of ours."""
NEAR_M = 200
"""Metres from the registered point within which a visit proves its place; beyond it must say why."""
LONG = 2_000
"""Characters of one text."""
MOST_CODE = 100
"""Characters of a client's id, of an item's code."""

_WGS84 = Geod(ellps="WGS84")


@dataclass(frozen=True)
class Finding:
    """A failed checklist item, or something else that is wrong."""

    severity: str
    text: str
    item_code: str | None = None
    clause: str | None = None


@dataclass(frozen=True)
class Visit:
    """What an officer says of one visit.

    Either `conclusion`, or `unable_reason` (无法检查: it never counts as coverage, the enterprise
    stays due). `lon`, `lat` in WGS 84 as the phone took them.

    Attributes
    ----------
    checklist : str or None
        Code of the list; then `results` has each of its items (`data.checklists.RESULTS`), and each
        failed one a finding. `notes` are by item code.
    over_cap_reason, far_reason : str or None
        Why the enterprise is visited more often than the caps allow, why the phone was far from the
        registered point; they stay on the record.
    attachments : sequence of str
        Client ids of what the same account has uploaded before.
    rechecks : mapping
        Problem id → what was found of it (a recheck).
    leads : sequence of int
        Leads of this enterprise that the visit looked into.
    pressed_at : datetime or None
        When it was sent off at the phone, which may have had no network then; None: now.
    late_reason : str or None
        Why it is entered on a later day than its own (补录原因).
    point : tuple of float or None
        Where the enterprise really is, WGS 84: a question to the steward, with `point_note` to it.
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
    details: dict[str, Any] | None = None
    findings: Sequence[Finding] = field(default=())
    opinion: str | None = None
    arrived_at: datetime | None = None
    no_notice: bool = False  # 四不两直
    checklist: str | None = None
    results: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    note: str | None = None  # what was seen of one that could not be inspected
    over_cap_reason: str | None = None
    far_reason: str | None = None
    attachments: Sequence[str] = field(default=())
    rechecks: Mapping[int, Any] = field(default_factory=dict)
    leads: Sequence[int] = field(default=())
    point: tuple[float, float] | None = None
    point_note: str | None = None
    pressed_at: datetime | None = None
    late_reason: str | None = None


def check(visit: Visit, client_id: str, now: datetime) -> None:
    """Raise `Refused` (``visit_…``) for the first thing that is wrong with a visit."""
    kinds = kind_names("en")
    # a stroke parts what is numbered here by itself: the findings of a visit, the row that withdraws it
    if not client_id.strip() or len(client_id) > MOST_CODE or "/" in client_id:
        raise Refused("visit_client_id", field="client_id")
    if visit.kind not in kinds:
        raise Refused("visit_kind", field="kind", got=visit.kind, known=", ".join(kinds))
    if visit.method not in METHODS:
        raise Refused("visit_method", field="method", got=visit.method, known=", ".join(METHODS))
    at = visit.finished_at
    if at.tzinfo is None or at > now + CLOCKS_DIFFER:
        raise Refused("visit_future", field="finished_at", got=at.isoformat(timespec="minutes"))
    if visit.arrived_at is not None and (visit.arrived_at.tzinfo is None or visit.arrived_at > at):
        raise Refused("visit_arrived", field="arrived_at")
    if (visit.conclusion is None) == (visit.unable_reason is None):
        raise Refused("visit_conclusion", field="conclusion")
    if visit.conclusion is not None and visit.conclusion not in CONCLUSIONS:
        raise Refused("visit_word", field="conclusion", got=visit.conclusion, known=", ".join(CONCLUSIONS))
    if visit.unable_reason is not None and visit.unable_reason not in UNABLE:
        raise Refused("visit_word", field="unable_reason", got=visit.unable_reason, known=", ".join(UNABLE))
    if visit.unable_reason is not None and visit.findings:
        raise Refused("visit_unable_findings", field="unable_reason")
    # who saw nothing can say of nothing that it has been put right
    if visit.unable_reason is not None and visit.rechecks:
        raise Refused("visit_unable_rechecks", field="unable_reason")
    if (visit.lon is None) != (visit.lat is None):
        raise Refused("visit_malformed", field="arrived_at", found="lon, lat")
    if visit.officer2_id is not None and visit.officer2_id == visit.officer_id:
        raise Refused("visit_same_officer", field="officer2_id")
    for n, one in enumerate(visit.findings):
        place = f"item:{one.item_code}" if one.item_code else f"finding:{n}"
        if len(place) > MOST_CODE:
            raise Refused("visit_text_long", field="checklist", most=MOST_CODE, found=len(place))
        if one.severity not in SEVERITIES:
            raise Refused("visit_word", field=place, got=one.severity, known=", ".join(SEVERITIES))
        if not one.text.strip():
            raise Refused("visit_finding_text", field=place)
    _check_lengths(visit)


def check_whole(visit: Visit, distance_m: float | None) -> None:
    """Raise `Refused` unless a visit that was made now has what the file of an inspection needs.

    Imported visits and corrections of old ones may lack it: they stay with a lower grade.
    """
    # at least two officers: 行政处罚法 art. 42; who found nobody has inspected nothing
    if visit.conclusion is not None and visit.officer2_id is None:
        raise Refused("visit_second_officer", field="officer2_id")
    _check_list(visit)
    # 符合要求 is said of what has no defect (药品检查管理办法: 符合要求, 待整改后评定, 不符合要求)
    if visit.conclusion == "pass" and visit.findings:
        raise Refused("visit_pass_findings", field="conclusion", n=len(visit.findings))
    far = visit.method == "on_site" and distance_m is not None and distance_m > NEAR_M
    if far and not (visit.far_reason or "").strip():
        raise Refused("visit_far", field="far_reason", distance=round(distance_m or 0), near=NEAR_M)


def _check_list(visit: Visit) -> None:
    if visit.checklist is None:
        if visit.results:
            raise Refused("visit_word", field="checklist", got="—", known=", ".join(checklists("en")))
    elif visit.conclusion is not None:
        found = {one.item_code for one in visit.findings if one.item_code}
        check_results(visit.checklist, visit.results, found, visit.notes)
        strange = found - set(visit.results)
        if strange:
            raise Refused("visit_word", field="checklist", got=min(strange), known=", ".join(visit.results))


def distance(visit: Visit, lon: float | None, lat: float | None) -> float | None:
    """Return the metres between the phone and the registered point; None where either is not known."""
    if visit.lon is None or visit.lat is None or lon is None or lat is None:
        return None
    return float(_WGS84.inv(visit.lon, visit.lat, lon, lat)[2])


def row_of(visit: Visit, lon: float | None, lat: float | None, zone: str) -> dict[str, Any]:
    """Return the columns of a visit, with its local date, distance from the registered point and grade."""
    names = (
        "kind", "finished_at", "conclusion", "unable_reason", "method", "officer_id", "officer2_id", "lon",
        "lat", "score", "opinion",
    )  # fmt: skip
    metres = distance(visit, lon, lat)
    local: date = visit.finished_at.astimezone(ZoneInfo(zone)).date()
    return {
        **{name: getattr(visit, name) for name in names},
        "details": _details(visit), "finished_on": local, "distance_m": metres, "grade": grade(visit, metres),
    }  # fmt: skip


def grade(visit: Visit, distance_m: float | None) -> int:
    """Return the evidence grade: 0 claimed, 1 recorded, 2 evidenced.

    Two officers, a conclusion and a checklist make a record; with an attachment and, on the spot, a
    position within `NEAR_M` of the registered point it is evidence.
    """
    checked = bool((visit.checklist and visit.results) or (visit.details or {}).get("checklist"))
    if not (visit.officer_id and visit.officer2_id and visit.conclusion and checked):
        return 0
    near = visit.method == "online" or (distance_m is not None and distance_m <= NEAR_M)
    return 2 if visit.attachments and near else 1


def _details(visit: Visit) -> dict[str, Any] | None:
    answered = visit.unable_reason is None  # else there was nobody to ask
    said = {
        "list": answered and visit.checklist, "checklist": answered and dict(visit.results),
        "notes": answered and dict(visit.notes),
        "arrived_at": _iso(visit.arrived_at), "pressed_at": _iso(visit.pressed_at),
        "no_notice": visit.no_notice, "note": visit.note, "over_cap_reason": visit.over_cap_reason,
        "far_reason": visit.far_reason, "late_reason": visit.late_reason, "leads": list(visit.leads),
        "attachments": len(visit.attachments),
        # the steward is asked once: what a second officer saw is kept with the visit
        "point": list(visit.point or ()), "point_note": visit.point_note if visit.point else None,
    }  # fmt: skip
    found = {**(visit.details or {}), **{name: value for name, value in said.items() if value}}
    return found or None


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None


def _check_lengths(visit: Visit) -> None:
    names = ("opinion", "note", "point_note", "over_cap_reason", "far_reason", "late_reason")
    texts = {name: getattr(visit, name) for name in names}
    texts |= {f"item:{code}": text for code, text in visit.notes.items()}
    for n, one in enumerate(visit.findings):
        texts[f"finding:{n}"] = one.text + (one.clause or "")
    for name, text in texts.items():
        if len(text or "") > LONG:
            raise Refused("visit_text_long", field=name, most=LONG, found=len(text or ""))
