"""What a text and a number that arrive in a request must be for a database to keep them; said once."""

from __future__ import annotations

from typing import Any


def is_text(value: object) -> bool:
    """Whether it is text of whole characters: no NUL (PostgreSQL keeps none), no half of a pair."""
    if not isinstance(value, str) or "\x00" in value:
        return False
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def is_id(value: object) -> bool:
    """Whether it is a number that a row can have."""
    return isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**63


def is_kept(value: Any) -> bool:
    """Whether every text in what JSON told is one that a database can keep, names as well as values."""
    if isinstance(value, dict):
        return all(is_text(name) and is_kept(one) for name, one in value.items())
    if isinstance(value, list):
        return all(map(is_kept, value))
    return not isinstance(value, str) or is_text(value)
