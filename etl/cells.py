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

_SEP = "¶"  # printable, so that a whole column can be asked at once; one in the data only costs time
_CONTROL = r"\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060\ufeff\ufffd\ud800-\udfff"
CONTROL = re.compile(f"[{_CONTROL}]")
# what Excel, WPS and their kin would compute when the cell is opened from a CSV
FORMULA = re.compile(
    r"^(?:=\s*\S|@\s*[A-Za-z]|[+\-](?=.*[A-Za-z(|!]).*[A-Za-z]\w*\s*[(|!]|[+\-]\s*[A-Z]+\d+\b)"
)
_BLANK = re.compile(r"\s")
_ERROR = re.compile(r"^#(?:N/A|REF!|VALUE!|DIV/0!|NAME\?|NUM!|NULL!)$")
_MANGLED_ANYWHERE = re.compile(rf"[.\d]E\+?\d\d{_SEP}", re.IGNORECASE)
_MANGLED = re.compile(r"^\d(?:\.\d+)?E\+?\d{2}$", re.IGNORECASE)


def found(values: Texts, pattern: re.Pattern[str], starts: str = "") -> Bools:
    """Tell which cells match `pattern`.

    Parameters
    ----------
    starts : str
        Every cell that can match starts with one of these characters; empty: not known. With them a column
        that holds no such cell is not looked at cell by cell.
    """
    made = np.zeros(len(values), dtype=bool)
    cells = values.tolist()
    if starts:
        joined = _SEP + _SEP.join(cells)
        if not any(_SEP + sign in joined for sign in starts):
            return made
        where = [i for i, cell in enumerate(cells) if cell[:1] in starts and pattern.search(cell)]
        made[where] = True
        return made
    made[:] = [pattern.search(cell) is not None for cell in cells]
    return made


def tidy(values: Texts, field: str, findings: Findings, *, lines: bool = False, limit: int = 200) -> Texts:
    """Clean a column of text.

    Blanks around a cell go silently, as do line breaks inside it unless `lines` is true. Control signs, marks
    of wrong decoding and Excel's errors go with a warning. A formula stays as text with a warning; what is
    longer than `limit` is an error.
    """
    joined = _SEP + _SEP.join(values.tolist()) + _SEP
    printable = joined.isprintable()
    if "\ufffd" in joined or (not printable and CONTROL.search(joined)):
        bad = found(values, CONTROL)
        findings.add(
            bad, field, "control_characters", "warning", mapped(values, lambda v: CONTROL.sub("�", v))
        )
        values = values.copy()
        values[bad] = [CONTROL.sub("", value) for value in values[bad]]
    if not printable or f" {_SEP}" in joined or f"{_SEP} " in joined:
        values = mapped(values, str.strip if lines else (lambda value: " ".join(value.split())))
    mistaken = found(values, _ERROR, "#")
    if mistaken.any():
        findings.add(mistaken, field, "excel_error", "warning", values)
        values = np.where(mistaken, "", values)
    findings.add(found(values, FORMULA, "=+-@"), field, "formula", "warning", values)
    if max(map(len, values.tolist()), default=0) > limit:
        lengths = np.array([len(value) for value in values.tolist()])
        findings.add(lengths > limit, field, "too_long", "error", values, limit=limit)
    return values


def unspaced(values: Texts) -> Texts:
    """Take all blanks out."""
    return mapped(values, lambda v: _BLANK.sub("", v)) if _BLANK.search("".join(values.tolist())) else values


def narrow(values: Texts) -> Texts:
    """Full-width digits and letters → half-width, as in codes and numbers; blanks around go."""
    joined = "".join(values.tolist())
    if joined.isascii() or (unicodedata.is_normalized("NFKC", joined) and not _BLANK.search(joined)):
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
    if not _MANGLED_ANYWHERE.search(_SEP.join(values.tolist()) + _SEP):
        return np.zeros(len(values), dtype=bool)
    return found(values, _MANGLED)


def numbers(values: Texts) -> tuple[npt.NDArray[np.float64], Bools]:
    """Return the numbers (NaN where none) and which cells have a text that is no number."""
    made = pd.to_numeric(pd.Series(narrow(values), dtype=object), errors="coerce").to_numpy(dtype=np.float64)
    made = np.where(np.isfinite(made), made, np.nan)
    return made, np.isnan(made) & (values != "")
