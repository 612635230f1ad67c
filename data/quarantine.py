"""Rows in quarantine that leave for a spreadsheet and come back: how they tell where they were."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from data.text import LANGUAGES, text

MARK = "※"
"""Begins the names of our columns, so that none of them can be taken for one of the file's."""

Origin = tuple[int, int]
"""Batch and line in which a row was refused."""


def column(key: str, language: str) -> str:
    """Return the name of one of our columns: batch, line, field, value or cure."""
    return MARK + text(f"import.quarantine.{key}", language)


def origin_of(row: Mapping[str, Any]) -> Origin | None:
    """Return where a row as read was refused before; None for a row that does not say."""
    for language in LANGUAGES:
        found = [str(row.get(column(key, language)) or "").strip() for key in ("batch", "line")]
        if all(part.isascii() and part.isdigit() and len(part) < 10 for part in found):
            return int(found[0]), int(found[1])
    return None
