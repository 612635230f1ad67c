"""Raw rows → a canonical frame and what is wrong with them; whole columns at a time."""

from __future__ import annotations

import re
from datetime import date

import numpy as np
import pandas as pd

from etl.canon import KEYS
from etl.cells import found
from etl.files import own_columns
from etl.frames import complete
from etl.headers import Headers, require_headers
from etl.issues import Findings, Issue
from etl.profile import Profile
from etl.reading import Reading
from etl.reference import Reference

EXAMPLE = "示例"
"""An id that begins so marks the example row of a template."""
_TOTAL = re.compile(r"^\s*(?:[合总小共累]\s*计|(?:grand |sub)?total)\s*[:：]?\s*$", re.IGNORECASE)
_STARTS = "合总小共累TtGgSs \u3000"


def to_canonical(
    kind: str, raw: pd.DataFrame, profile: Profile, reference: Reference, *, as_of: date | None = None
) -> tuple[pd.DataFrame, list[Issue]]:
    """Translate and check a file's rows.

    Parameters
    ----------
    kind : str
        A kind of `etl.canon.KINDS` that the profile describes.
    raw : DataFrame
        As `etl.files.read_table` returns it.
    profile : Profile
    reference : Reference
        What codes and names mean, see `etl.reference.reference_of`.
    as_of : date, optional
        The local day; with it, days in the future are told.

    Returns
    -------
    frame : DataFrame
        Canonical, the rows without errors, in file order. ``frame.attrs["absent"]`` names the columns of ours
        that the file has not got: their values are unknown, not empty; ``frame.attrs["detail_keys"]`` names
        the details that it has, ``frame.attrs["unused"]`` the headers of the file that nothing is taken from.
    issues : list of Issue
        By line. A row with an error is in quarantine (not in `frame`) and carries its raw cells; others are
        taken. Whether enterprises, officers and inspections that a row names exist is the loader's question.

    Raises
    ------
    Refused
        ``profile_kind``, ``file_columns``, ``file_header_row``: the file as a whole does not fit the profile.
    """
    headers = require_headers(kind, raw, profile)
    raw = _without_examples(kind, raw, headers)
    raw, totals = _without_totals(kind, raw, headers)
    frame, issues = Reading(kind, raw, profile, reference, headers).frame(as_of)
    frame.attrs["unused"] = headers.unused
    return frame, sorted([*totals, *issues], key=lambda issue: issue.line or 0) if totals else issues


def new_districts(frame: pd.DataFrame, reference: Reference) -> pd.DataFrame:
    """Return a frame of the districts that `frame` names and nobody knows, for profiles that create them."""
    known = reference.codes("district")
    unknown = sorted({code for code in frame["district"] if code is not None and code not in known})
    return complete("districts", pd.DataFrame({"code": unknown, "name": unknown}, dtype=object))


def _without_examples(kind: str, raw: pd.DataFrame, headers: Headers) -> pd.DataFrame:
    header = headers.used.get(KEYS[kind][0])
    if header is None or not len(raw):
        return raw
    examples = raw[header].str.startswith(EXAMPLE).to_numpy(dtype=bool)
    return raw[~examples].reset_index(drop=True) if examples.any() else raw


def _without_totals(kind: str, raw: pd.DataFrame, headers: Headers) -> tuple[pd.DataFrame, list[Issue]]:
    """Refuse lines of sums, which would else be taken for records named 合计."""
    own = own_columns(raw)
    named = [name for name in dict.fromkeys((headers.used.get(KEYS[kind][0]), *own[:1])) if name is not None]
    totals = np.zeros(len(raw), dtype=bool)
    for name in named:
        totals |= found(raw[name].to_numpy(dtype=object), _TOTAL, _STARTS)
    if not totals.any():
        return raw, []
    findings = Findings(raw, headers.used)
    findings.add(totals, KEYS[kind][0], "total_row", "error", raw[own[0]].to_numpy(dtype=object))
    issues = findings.issues(np.full(len(raw), "", dtype=object))
    return raw[~totals].reset_index(drop=True), issues
