"""Dates as bureaus write them → days; every distinct text is read once."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

Days = npt.NDArray[np.datetime64]
_EXCEL_EPOCH = date(1899, 12, 30)  # so that serials from 1900-03-01 on are right, as Excel counts
_EXCEL_RANGE = (10_000, 80_000)  # 1927 … 2119: a smaller or larger number is no serial
INSTANT_YEARS = (2, 9998)
"""First and last year of instants: in whatever time zone, they have a year that databases hold."""


def _excel(match: re.Match[str]) -> date | None:
    serial = int(float(match[1]))
    return _EXCEL_EPOCH + timedelta(serial) if _EXCEL_RANGE[0] <= serial <= _EXCEL_RANGE[1] else None


def _parts(*order: int) -> Callable[[re.Match[str]], date | None]:
    year, month, day = order
    return lambda match: _date(int(match[year]), int(match[month]), int(match[day]))


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


_YMD = _parts(1, 2, 3)
FORMATS: dict[str, tuple[re.Pattern[str], Callable[[re.Match[str]], date | None]]] = {
    "iso": (re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})"), _YMD),
    "slash": (re.compile(r"(\d{4})/(\d{1,2})/(\d{1,2})"), _YMD),
    "dot": (re.compile(r"(\d{4})\.(\d{1,2})\.(\d{1,2})"), _YMD),
    "chinese": (re.compile(r"(\d{4})年(\d{1,2})月(\d{1,2})日?"), _YMD),
    "compact": (re.compile(r"(\d{4})(\d{2})(\d{2})"), _YMD),
    "excel": (re.compile(r"(\d{5}(?:\.\d+)?)"), _excel),
    "dmy": (re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})"), _parts(3, 2, 1)),
    "mdy": (re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})"), _parts(3, 1, 2)),
}
"""Name → pattern and reader. ``dmy`` and ``mdy`` cannot be told apart: a profile names the one it means."""

DEFAULT_FORMATS = ("iso", "slash", "dot", "chinese", "compact", "excel")

_TIME = re.compile(
    r"(?:T|\s*)(?:(\d{1,2})[:时点](\d{1,2})分?(?::?(\d{1,2})(?:\.(\d{1,6}))?秒?)?)?\s*(Z|[+-]\d{2}:?\d{2})?$"
)


def read_date(
    text: str, formats: Sequence[str] = DEFAULT_FORMATS, zone: ZoneInfo | None = None
) -> date | None:
    """Read one date; None: none of the formats.

    A time of day behind it is let go. With an offset it is an instant, and the date is its day in `zone`.
    """
    found = _split(text, formats)
    if found is None:
        return None
    day, time = found
    if zone is not None and time is not None and time[1] is not None and time[5] is not None:
        instant = read_instant(text, formats, zone)
        return day if instant is None else instant.astimezone(zone).date()
    return day


def read_instant(text: str, formats: Sequence[str], zone: ZoneInfo) -> datetime | None:
    """Read date and time; without an offset the time is local in `zone`.

    None: not readable, or a date alone.
    """
    found = _split(text, formats)
    if found is None or found[1] is None or found[1][1] is None:
        return None
    day, time = found
    if not INSTANT_YEARS[0] <= day.year <= INSTANT_YEARS[1]:
        return None
    assert time is not None
    hour, minute, second = (int(time[i] or 0) for i in (1, 2, 3))
    fraction = int((time[4] or "0").ljust(6, "0"))
    try:
        local = datetime(day.year, day.month, day.day, hour, minute, second, fraction, tzinfo=zone)
    except ValueError:
        return None
    if time[5] is None:
        return local
    offset = "+00:00" if time[5] == "Z" else time[5]
    try:
        return datetime.fromisoformat(local.replace(tzinfo=None).isoformat() + offset)
    except ValueError:
        return None


def _split(text: str, formats: Sequence[str]) -> tuple[date, re.Match[str] | None] | None:
    text = unicodedata.normalize("NFKC", text).strip()
    for name in formats:
        pattern, read = FORMATS[name]
        match = pattern.match(text)
        if match is None:
            continue
        rest = text[match.end() :]
        time = _TIME.match(rest)
        if time is None or (rest[:1].isdigit() and match[0][-1].isdigit()):
            continue
        found = read(match)
        if found is not None:
            return found, time
    return None


def read_days(values: npt.NDArray[Any], formats: Sequence[str], zone: ZoneInfo | None = None) -> Days:
    """Read a column of texts as ``datetime64[s]`` days, see `read_date`; NaT where empty or unreadable."""
    codes, distinct = pd.factorize(values)
    found = np.array([_day(read_date(text, formats, zone)) for text in distinct], dtype="datetime64[s]")
    return _taken(found, codes)


def read_instants(values: npt.NDArray[Any], formats: Sequence[str], zone: ZoneInfo) -> pd.Series:
    """Read a column of texts as ``datetime64[us, UTC]``; NaT where empty, unreadable or a date alone."""
    codes, distinct = pd.factorize(values)
    fast = pd.to_datetime(pd.Series(distinct, dtype=object), format="%Y-%m-%d %H:%M:%S", errors="coerce")
    fast = fast.where(fast.dt.year.between(*INSTANT_YEARS))
    utc = fast.dt.tz_localize(zone, ambiguous=np.ones(len(fast), dtype=bool), nonexistent="shift_forward")
    found = utc.dt.tz_convert("UTC").astype("datetime64[us, UTC]")
    slow = [
        None if ok else read_instant(str(text), formats, zone)
        for text, ok in zip(distinct, found.notna(), strict=True)
    ]
    found = found.fillna(pd.to_datetime(pd.Series(slow, dtype=object), utc=True).astype(found.dtype))
    empty = pd.Series([pd.NaT], dtype=found.dtype)  # the code of an empty cell is -1: the last one
    taken: pd.Series = pd.concat([found, empty]).take(codes).reset_index(drop=True)
    return taken


def _day(found: date | None) -> np.datetime64:
    return np.datetime64(found, "s") if found is not None else np.datetime64("NaT", "s")


def _taken(found: Days, codes: npt.NDArray[np.intp]) -> Days:
    if not len(found):
        return np.full(len(codes), np.datetime64("NaT", "s"))
    return found[codes]
