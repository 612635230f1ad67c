"""Checks across columns and rows: days that cannot be, coordinates, repeated rows."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from etl.canon import KEYS
from etl.cells import numbers
from etl.dates import Days
from etl.issues import Bools, Findings, Texts
from geo.crs import Datum, parse_reference
from geo.errors import GeoError

EVENTS = {"inspections": "finished_on", "findings": "found_on", "leads": "received_on"}
"""What has happened cannot lie in the future: such a row is refused."""
_PAST = ("opened_on", "status_since", "closed_on", "state_since", "licence_from")
_FOUNDING = np.datetime64("1949-10-01", "s")
_ORDER = {
    "enterprises": (("opened_on", "status_since"), ("licence_from", "licence_to")),
    "findings": (("found_on", "closed_on"), ("found_on", "due_on")),
    "leads": (("received_on", "closed_on"), ("received_on", "state_since")),
}
"""Kind → pairs of days of which the first cannot be later than the second."""


def days(kind: str, found: dict[str, Days], findings: Findings, as_of: date | None) -> None:
    """Tell of days in the future, before 1949 and in an impossible order."""

    def tell(wrong: Bools, field: str, code: str, level: str, **params: Any) -> None:
        if wrong.any():
            findings.add(wrong, field, code, level, _shown(found[field]), None, **params)

    for field, values in found.items():
        tell(values < _FOUNDING, field, "date_old", "warning")
        if as_of is None:
            continue
        ahead = values > np.datetime64(as_of, "s")
        if field == EVENTS.get(kind):
            tell(ahead, field, "date_future", "error", today=as_of.isoformat())
        elif field in _PAST:
            tell(ahead, field, "date_future_kept", "warning", today=as_of.isoformat())
    for first, second in _ORDER.get(kind, ()):
        if first not in found or second not in found:
            continue
        wrong = found[first] > found[second]
        if wrong.any():
            each = [{"other": other} for other in _shown(found[first][wrong]).tolist()]
            findings.add(
                wrong, second, "date_order", "warning", _shown(found[second]), each,
                other_column=findings.headers.get(first, first),
            )  # fmt: skip


def coordinates(
    cells: dict[str, Texts], size: int, datum: str | None, findings: Findings
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], Texts]:
    """Read longitude, latitude and datum; a point that is not whole, or of an unknown datum, is none.

    What is out of range stays as read, with a warning: placing calls it suspicious and shows it so.
    """
    nothing = np.full(size, "", dtype=object)
    read = {}
    for field in ("lon", "lat"):
        values, wrong = numbers(cells.get(field, nothing))
        findings.add(wrong, field, "number_unreadable", "warning", cells.get(field))
        read[field] = values
    lon, lat = read["lon"], read["lat"]
    half = np.isnan(lon) != np.isnan(lat)
    findings.add(half, "lat" if "lon" in cells else "lon", "lonlat_half", "warning")
    names = _datums(cells.get("datum", nothing), datum, ~np.isnan(lon) & ~np.isnan(lat), findings)
    whole = ~half & (names != "")
    lon, lat = np.where(whole, lon, np.nan), np.where(whole, lat, np.nan)
    degrees = ~np.char.startswith(names.astype(str), "EPSG")
    outside = degrees & ((np.abs(lon) > 180) | (np.abs(lat) > 90))
    swapped = outside & (np.abs(lat) <= 180) & (np.abs(lon) <= 90)
    pairs = (
        np.array([f"{x}, {y}" for x, y in zip(lon, lat, strict=True)], dtype=object)
        if outside.any()
        else None
    )
    findings.add(swapped, "lon", "lonlat_swapped", "warning", pairs)
    findings.add(outside & ~swapped, "lon", "lonlat_range", "warning", pairs)
    return lon, lat, np.where(np.isnan(lon), "", names)


def _datums(values: Texts, declared: str | None, present: Bools, findings: Findings) -> Texts:
    codes, distinct = pd.factorize(values)
    named = np.empty(max(1, len(distinct)), dtype=object)
    named[: len(distinct)] = [_datum(word or declared) for word in distinct]
    made: Texts = named[codes] if len(distinct) else values
    findings.add(present & (made == ""), "datum", "datum_unknown", "warning", values)
    return made


def _datum(word: str | None) -> str:
    """Return the one way to write a datum; nothing declared: CGCS2000, the legal one."""
    if not word:
        return str(Datum.CGCS2000)
    try:
        found = parse_reference(word)
    except GeoError:
        return ""
    if isinstance(found, Datum):
        return str(found)
    code = found.to_epsg()
    return f"EPSG:{code}" if code else word


def repeated(kind: str, columns: dict[str, Any], rows: pd.DataFrame, keep: str, findings: Findings) -> Bools:
    """Tell which rows give way to another of the same key.

    Parameters
    ----------
    columns : dict
        The canonical columns so far, to take the key from.
    rows : DataFrame
        The used columns as read, to tell an equal row from another.
    keep : str
        ``refuse``: a later, different row is an error; ``last``: it takes the place of the earlier.

    Returns
    -------
    array of bool
        Rows that are taken no further: equal copies, or earlier ones that were replaced.
    """
    gone = np.zeros(len(rows), dtype=bool)
    standing = np.flatnonzero(~findings.refused)
    key = pd.DataFrame({name: np.asarray(columns[name])[standing] for name in KEYS[kind] if name in columns})
    doubled = key.duplicated(keep=False).to_numpy()
    if not doubled.any():
        return gone
    where = standing[doubled]
    group = key[doubled].groupby(list(key.columns), dropna=False, sort=False).ngroup().to_numpy()
    content = pd.util.hash_pandas_object(rows.iloc[where].astype(str), index=False).to_numpy()
    lines = findings.raw["line"].to_numpy(dtype=np.int64)[where]
    chosen = pd.DataFrame({"group": group, "content": content, "line": lines})
    leader = chosen.groupby("group").agg("first" if keep == "refuse" else "last").loc[group]
    leads = leader["line"].to_numpy() == lines
    same = (leader["content"].to_numpy() == content) & ~leads
    other = ~same & ~leads
    each = [{"first": int(line)} for line in leader["line"]]
    field = KEYS[kind][0]
    values = np.asarray(columns[field], dtype=object)
    findings.add(
        where[same],
        field,
        "duplicate_row",
        "warning",
        values,
        [e for e, s in zip(each, same, strict=True) if s],
    )
    code, level = ("duplicate_key", "error") if keep == "refuse" else ("duplicate_replaced", "warning")
    findings.add(where[other], field, code, level, values, [e for e, o in zip(each, other, strict=True) if o])
    gone[where[~leads]] = True
    return gone


def _shown(values: Days) -> Texts:
    return np.datetime_as_string(values.astype("datetime64[D]")).astype(object)
