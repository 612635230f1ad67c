"""The canonical columns: one language that profiles, the loader and the demo city speak.

Types of the columns: text and codes are Python strings or None (object); dates ``datetime64[s]`` at midnight
or NaT; instants ``datetime64[us, UTC]`` or NaT; numbers ``float64`` or NaN; whole numbers ``Int64``; truths
``boolean``; token lists are tuples (never None); details are dicts (never None); shapes are shapely or None.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

Type = Literal["text", "date", "instant", "number", "whole", "truth", "tokens", "details", "shape"]
"""What a column holds."""

LINE = "line"
"""Row number in the source file, 1-based and counting the header; <NA> where there is no file."""

_SHORT, _LONG = 200, 4000


@dataclass(frozen=True)
class Column:
    """One canonical column.

    Attributes
    ----------
    name : str
    type : Type
    required : bool
        A row without it cannot be taken.
    vocabulary : str or None
        Name of the closed list its codes come from, see `VOCABULARIES` and `etl.reference`.
    limit : int
        Longest text, in characters.
    """

    name: str
    type: Type = "text"
    required: bool = False
    vocabulary: str | None = None
    limit: int = _SHORT


VOCABULARIES: dict[str, tuple[str, ...]] = {
    "org_kind": ("bureau", "district", "station"),
    "duty": ("A", "B"),
    "conclusion": ("pass", "rectify", "fail", "other"),
    "method": ("on_site", "online"),
    "unable_reason": ("closed", "moved", "not_found", "refused", "other"),
    "severity": ("critical", "major", "minor", "unknown"),
    "geo_source": ("surveyed", "geocoded", "imported"),
    "problem_state": (
        "found", "ordered", "replied", "awaiting_recheck", "recheck_passed", "closed_out",
        "filed", "transferred", "revoked", "ended",
    ),
    "channel": (
        "inspection", "sampling", "adverse_event", "online_monitoring", "public_opinion", "complaint",
        "assigned", "transferred",
    ),
    "lead_state": (
        "registered", "assigned", "acknowledged", "investigating", "investigated", "disposed",
        "reviewing", "closed_out",
    ),
    "outcome": ("true", "partly", "false", "unverifiable"),
    "disposal": ("filed", "correction_order", "guidance", "transfer_police", "hand_over", "not_filed"),
    "lead_rule": ("lead_verify", "complaint_accept"),
    "risk_level": ("1", "2", "3", "4"),
    "grade": ("0", "1", "2"),
    "licence_kind": ("drug", "device", "vaccination", "online"),
    "cycle": ("half_year", "year", "three_years"),
}  # fmt: skip
"""Closed lists that no table holds; the rest (category, kind, district, …) comes from `etl.reference`."""


def _columns(required: str, *optional: Column, **vocabularies: str) -> tuple[Column, ...]:
    head = (Column(n, required=True, vocabulary=vocabularies.get(n)) for n in required.split())
    return (*head, *optional)


def _text(names: str, **vocabularies: str) -> tuple[Column, ...]:
    return tuple(Column(n, vocabulary=vocabularies.get(n)) for n in names.split())


def _dates(names: str) -> tuple[Column, ...]:
    return tuple(Column(n, "date") for n in names.split())


def _numbers(names: str) -> tuple[Column, ...]:
    return tuple(Column(n, "number") for n in names.split())


KINDS: dict[str, tuple[Column, ...]] = {
    "districts": (*_columns("code name"), Column("geometry", "shape")),
    "orgs": (
        *_columns("code name kind", kind="org_kind"),
        *_text("parent district", district="district"),
    ),
    "grids": (
        *_columns("code name"),
        *_text("district org", district="district", org="org"),
        Column("geometry", "shape", required=True),
    ),
    "officers": (*_columns("source_id name"), *_text("badge phone org", org="org")),
    "officer_grids": (
        *_columns("officer grid duty", grid="grid", duty="duty"),
        Column("valid_from", "date"),
    ),
    "enterprises": (
        *_columns("source_id name category", category="category"),
        *_text("uscc district address status", district="district", status="status"),
        *_dates("opened_on status_since"),
        Column("scopes", "tokens", vocabulary="scope"),
        Column("tags", "tokens"),
        Column("risk_level", "whole", vocabulary="risk_level"),
        *_numbers("lon lat"),
        *_text("datum geo_source grid", geo_source="geo_source", grid="grid"),
        *_text("licence_kind licence_number", licence_kind="licence_kind"),
        *_dates("licence_from licence_to valid_from"),
        Column("details", "details"),
    ),
    "inspections": (
        *_columns("source_id enterprise kind", kind="kind"),
        Column("finished_on", "date", required=True),
        *_text("source_kind method", method="method"),
        Column("finished_at", "instant"),
        *_text("conclusion source_result", conclusion="conclusion"),
        Column("score", "number"),
        *_text("unable_reason officer officer2", unable_reason="unable_reason"),
        *_numbers("lon lat"),
        Column("entered_at", "instant"),
        Column("grade", "whole", vocabulary="grade"),
        Column("details", "details"),
    ),
    "findings": (
        *_columns("source_id enterprise severity", severity="severity"),
        Column("found_on", "date", required=True),
        *_text("inspection item_code"),
        Column("text", limit=_LONG),
        *_text("problem_state", problem_state="problem_state"),
        *_dates("due_on closed_on"),
    ),
    "leads": (
        *_columns("source_id channel title state", channel="channel", state="lead_state"),
        Column("received_on", "date", required=True),
        *_text("enterprise subject district", district="district"),
        *_dates("state_since due_on closed_on"),
        *_text("outcome disposal", outcome="outcome", disposal="disposal"),
        Column("text", limit=_LONG),
        Column("result", limit=_LONG),
        *_text("address uscc licence number_12315 rule officer inspection", rule="lead_rule"),
        *_text("reporter_name reporter_phone reporter_address"),
    ),
    "plans": (
        *_columns("code name_zh name_en cycle", cycle="cycle"),
        Column("categories", "tokens", vocabulary="category"),
        Column("scopes", "tokens", vocabulary="scope"),
        Column("tags", "tokens"),
        Column("kinds", "tokens", required=True, vocabulary="kind"),
        Column("visits", "whole", required=True),
        Column("first_year", "whole", required=True),
        Column("deadline_month", "whole"),
        Column("deadline_day", "whole"),
        *_text("opened_by"),
        Column("headline", "truth"),
        Column("sort", "whole"),
        Column("legal_source", limit=_LONG),
        *_text("evidence"),
    ),
    "calendar": (
        Column("day", "date", required=True),
        Column("is_workday", "truth", required=True),
        *_text("name"),
    ),
}
"""Kind of file → its canonical columns, in order; `LINE` comes last in every frame."""

KEYS: dict[str, tuple[str, ...]] = {
    "districts": ("code",), "orgs": ("code",), "grids": ("code",), "plans": ("code",),
    "officers": ("source_id",), "enterprises": ("source_id",), "inspections": ("source_id",),
    "findings": ("source_id",), "leads": ("source_id",),
    "officer_grids": ("grid", "duty", "officer", "valid_from"), "calendar": ("day",),
}  # fmt: skip
"""What names a row of a kind: a second row of the same key is a repetition."""

DEFAULTS: dict[str, dict[str, Any]] = {
    "enterprises": {"status": "operating"},
    "inspections": {"grade": 0},
    "officer_grids": {"duty": "A"},
    "findings": {"severity": "unknown"},
    "leads": {"state": "registered"},
    "plans": {"visits": 1, "headline": False, "sort": 0},
}
"""What an empty cell of a column means, where it means something."""


def columns(kind: str) -> dict[str, Column]:
    """Return the columns of a kind by name.

    Raises
    ------
    ValueError
        No such kind.
    """
    if kind not in KINDS:
        raise ValueError(f"Expected a kind of file ({', '.join(KINDS)}), got {kind!r}.")
    return {c.name: c for c in KINDS[kind]}
