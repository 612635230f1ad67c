"""Cells of text: what is cleaned silently, what is told, what is never let through.

Columns are searched as one long string first: a clean column, the usual case, costs one pass in C.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from etl.issues import Bools, Findings, Texts

_SEP = "\x00"  # a reader lets none of these through
_CONTROL = r"\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060\ufeff\ufffd\ud800-\udfff"
CONTROL = re.compile(f"[{_CONTROL}]")
_UNTRIMMED = re.compile(r"(?:^|\x00)\s|\s(?:\x00|$)|[\t\r\n]")
# what Excel, WPS and their kin would compute when the cell is opened from a CSV
FORMULA = re.compile(
    r"^\s*(?:=\s*\S|@\s*[A-Za-z]|[+\-](?=.*[A-Za-z(|!]).*[A-Za-z]\w*\s*[(|!]|[+\-]\s*[A-Z]+\d+\b)"
)
_ERROR = re.compile(r"^#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!)$")
_MANGLED = re.compile(r"^\d(?:\.\d+)?E\+?\d{2}$", re.IGNORECASE)


def found(values: Texts, pattern: re.Pattern[str], first: str = "") -> Bools:
    """Tell which cells match `pattern`, without looking at each when none does.

    Parameters
    ----------
    first : str
        One of these characters stands in every cell that can match; empty: not known.
    """
    made = np.zeros(len(values), dtype=bool)
    if first:
        joined = _SEP.join(values.tolist())
        if not any(sign in joined for sign in first):
            return made
    match = pattern.search
    made[:] = [match(value) is not None for value in values.tolist()]
    return made


def has(values: Texts, pattern: re.Pattern[str]) -> bool:
    """Tell whether the pattern occurs anywhere in the column."""
    return pattern.search(_SEP.join(values.tolist())) is not None


def tidy(values: Texts, field: str, findings: Findings, *, lines: bool = False, limit: int = 200) -> Texts:
    """Clean a column of text.

    Blanks around a cell go silently, as do line breaks inside it unless `lines` is true. Control signs, marks
    of wrong decoding and Excel's errors go with a warning. A formula stays as text with a warning; what is
    longer than `limit` is an error.
    """
    if has(values, CONTROL):
        bad = found(values, CONTROL)
        findings.add(
            bad, field, "control_characters", "warning", mapped(values, lambda v: CONTROL.sub("�", v))
        )
        values = values.copy()
        values[bad] = [CONTROL.sub("", value) for value in values[bad]]
    if has(values, _UNTRIMMED):
        values = mapped(values, str.strip if lines else (lambda value: " ".join(value.split())))
    mistaken = found(values, _ERROR, "#")
    if mistaken.any():
        findings.add(mistaken, field, "excel_error", "warning", values)
        values = np.where(mistaken, "", values)
    findings.add(found(values, FORMULA, "=+-@"), field, "formula", "warning", values)
    lengths = np.fromiter(map(len, values.tolist()), dtype=np.int64, count=len(values))
    findings.add(lengths > limit, field, "too_long", "error", values, limit=limit)
    return values


def narrow(values: Texts) -> Texts:
    """Full-width digits and letters → half-width, as in codes and numbers; blanks around go."""
    if "".join(values.tolist()).isascii():
        return values
    return mapped(values, lambda value: unicodedata.normalize("NFKC", value).strip())


def mapped(values: Texts, function: Any) -> Texts:
    """Apply a function to every distinct cell."""
    codes, distinct = pd.factorize(values)
    made = np.empty(len(distinct), dtype=object)
    made[:] = [function(value) for value in distinct]
    return made[codes] if len(distinct) else values


def mangled(values: Texts) -> Bools:
    """Tell which cells are long numbers that Excel has rounded: 9.12E+17."""
    return found(values, _MANGLED, "Ee")


def numbers(values: Texts) -> tuple[npt.NDArray[np.float64], Bools]:
    """Return the numbers (NaN where none) and which cells have a text that is no number."""
    made = pd.to_numeric(pd.Series(narrow(values), dtype=object), errors="coerce").to_numpy(dtype=np.float64)
    made = np.where(np.isfinite(made), made, np.nan)
    return made, np.isnan(made) & (values != "")


def formula_safe(value: str) -> str:
    """Return a text that no spreadsheet computes when it opens a CSV: a leading apostrophe where needed."""
    return f"'{value}" if value[:1] in "=+-@\t\r" and FORMULA.match(value) else value
