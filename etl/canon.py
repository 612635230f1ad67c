"""The canonical frames: one column language that profiles, the loader and the demo city speak.

Types of the columns: text and codes are Python strings or None (object); dates ``datetime64[s]`` at midnight
or NaT; instants ``datetime64[us, UTC]`` or NaT; numbers ``float64`` or NaN; whole numbers ``Int64``; truths
``boolean``; token lists are tuples (never None); details are dicts (never None); shapes are shapely or None.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

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
    "risk_level": ("1", "2", "3", "4"),
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
        Column("grade", "whole"),
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


def empty(kind: str) -> pd.DataFrame:
    """Return a frame of `kind` without rows, with every column in its type."""
    return complete(kind, pd.DataFrame())


def frame(kind: str, rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return a canonical frame of records given as mappings; absent keys are empty."""
    return complete(kind, pd.DataFrame.from_records(list(rows)))


def complete(kind: str, df: pd.DataFrame) -> pd.DataFrame:
    """Return `df` as a canonical frame: every column present, in order, in its type, defaults filled in.

    Raises
    ------
    ValueError
        A column that the kind does not have: a misspelt name would otherwise lose data silently.
    """
    known = columns(kind)
    strange = [name for name in df.columns if name not in known and name != LINE]
    if strange:
        raise ValueError(
            f"Expected columns of {kind} ({', '.join(known)}, {LINE}), got {', '.join(map(str, strange))}."
        )
    made: dict[str, Any] = {}
    for name, column in known.items():
        values = df[name] if name in df else pd.Series([None] * len(df), index=df.index, dtype=object)
        default = DEFAULTS.get(kind, {}).get(name)
        made[name] = _cast(values if default is None else _filled(values, default), column.type)
    made[LINE] = df[LINE].astype("Int64") if LINE in df else pd.Series(pd.NA, df.index, dtype="Int64")
    return pd.DataFrame(made, index=df.index).reset_index(drop=True)


def _filled(values: pd.Series, default: Any) -> pd.Series:
    values = values.astype(object)
    return values.where(values.notna(), default)


def _cast(values: pd.Series, type_: Type) -> pd.Series:
    if type_ == "date":
        if isinstance(values.dtype, np.dtype) and values.dtype.kind == "M":
            return values.astype("datetime64[s]")
        return pd.to_datetime(values).astype("datetime64[s]")
    if type_ == "instant":
        return pd.to_datetime(values, utc=True).astype("datetime64[us, UTC]")
    if type_ == "number":
        return pd.to_numeric(values).astype("float64")
    if type_ == "whole":
        return pd.to_numeric(values).astype("Int64")
    if type_ == "truth":
        return values.astype("boolean")
    if type_ in ("tokens", "details"):
        blank: Any = () if type_ == "tokens" else {}
        kind = tuple if type_ == "tokens" else dict
        made = np.empty(len(values), dtype=object)
        made[:] = [v if isinstance(v, kind) else (kind(v) if isinstance(v, list | set) else blank)
                   for v in values]  # fmt: skip
        return pd.Series(made, index=values.index)
    values = values.astype(object)
    return values.where(values.notna(), None)


def records(df: pd.DataFrame, chunk: int = 20_000) -> Iterator[list[dict[str, Any]]]:
    """Yield the rows of a canonical frame as plain Python values, None where empty, for a database.

    Dates become `datetime.date`, instants aware `datetime.datetime`, whole numbers `int`.
    """
    for start in range(0, len(df), chunk):
        part = df.iloc[start : start + chunk]
        lists = {name: plain(part[name]) for name in part.columns}
        yield [dict(zip(lists, values, strict=True)) for values in zip(*lists.values(), strict=True)]


def plain(values: pd.Series) -> list[Any]:
    """Return a canonical column as plain Python values, None where empty."""
    dtype = values.dtype
    if dtype.kind == "O" and isinstance(dtype, np.dtype):
        return values.tolist()
    present = values.notna().to_numpy()
    if isinstance(dtype, np.dtype) and dtype.kind == "M":
        found: list[Any] = values.to_numpy().astype("datetime64[D]").tolist()
    elif isinstance(dtype, pd.DatetimeTZDtype):
        found = [v.to_pydatetime() if ok else None for v, ok in zip(values, present, strict=True)]
    else:
        found = values.tolist()
    return found if present.all() else [v if ok else None for v, ok in zip(found, present, strict=True)]
