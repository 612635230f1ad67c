"""What people write into a form: trimmed, and no longer than a form takes."""

from __future__ import annotations

from data.errors import Refused

MOST_TEXT, MOST_LINE = 2000, 200
"""Characters of a text, and of a line: a number, a receiver."""


def need(text: str | None, field: str) -> str:
    """Return what was written, or raise `Refused` (``reason_missing``, ``text_missing``, ``text_long``)."""
    found = noted(text, field)
    if found is None:
        raise Refused("reason_missing" if field == "reason" else "text_missing", field=field)
    return found


def noted(text: str | None, field: str, most: int = MOST_TEXT) -> str | None:
    """Return what was written, None where nothing was, or raise `Refused` (``text_long``)."""
    found = (text or "").strip()
    if len(found) > most:
        raise Refused("text_long", field=field, most=most, found=len(found))
    return found or None
