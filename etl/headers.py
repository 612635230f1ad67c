"""The header of a file against the columns that a profile names."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from data.errors import Refused
from etl.canon import DEFAULTS, LINE, columns
from etl.files import own_columns
from etl.profile import KindProfile, Profile
from etl.raw import EXTRA, SEPARATOR
from etl.reference import fold


@dataclass(frozen=True)
class Headers:
    """What of a file's header is used.

    Attributes
    ----------
    used : dict
        Our column (or ``details.<name>``) → header in the file.
    missing : tuple of str
        Required columns of ours that neither the file nor a constant gives.
    unused : tuple of str
        Headers of the file that the profile does not name.
    """

    used: dict[str, str]
    missing: tuple[str, ...]
    unused: tuple[str, ...]


def read_headers(kind: str, raw: pd.DataFrame, profile: Profile) -> Headers:
    """Match a file's header; width, case, blanks and a trailing ``*`` make no difference."""
    part = profile.kind(kind)
    own = own_columns(raw)
    by_word = {fold(name): name for name in reversed(own)}
    used = {}
    for ours, theirs in part.columns.items():
        found = next((by_word[fold(name)] for name in theirs if fold(name) in by_word), None)
        if found is not None:
            used[ours] = found
    taken = set(used.values())
    unused = tuple(name for name in own if name not in taken)
    return Headers(used, _missing(kind, raw, part, used), unused)


def require_headers(kind: str, raw: pd.DataFrame, profile: Profile) -> Headers:
    """Match a file's header, or refuse the file when required columns are not in it.

    Raises
    ------
    Refused
        ``file_columns``, or ``file_header_row`` when another row looks like the header.
    """
    headers = read_headers(kind, raw, profile)
    if not headers.missing:
        return headers
    part = profile.kind(kind)
    words = {fold(name) for theirs in part.columns.values() for name in theirs}
    names = own_columns(raw)
    for index, row in enumerate(raw.head(10).to_dict("records")):
        cells = [row[name] for name in names] + str(row.get(EXTRA, "")).split(SEPARATOR)
        hits = sum(fold(cell) in words for cell in cells if cell)
        if hits >= max(2, len(headers.used) + 1):
            line = int(raw[LINE].iloc[index])
            raise Refused("file_header_row", expected=part.file.header_row, found=line, profile=profile.name)
    expected = "；".join("/".join(part.columns.get(ours, (ours,))) for ours in headers.missing)
    raise Refused("file_columns", expected=expected, found="、".join(names[:40]), profile=profile.name)


def _missing(kind: str, raw: pd.DataFrame, part: KindProfile, used: dict[str, str]) -> tuple[str, ...]:
    given = {*used, *part.constants, *DEFAULTS.get(kind, {})}
    if "finished_at" in given:
        given.add("finished_on")
    if "geometry" in raw:
        given.add("geometry")
    return tuple(c.name for c in columns(kind).values() if c.required and c.name not in given)
