"""Filters in the address: a page's state as a query string, and back, without loss."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl, quote, urlencode


def read(search: str | None, known: Iterable[str]) -> dict[str, str]:
    """Return the known, non-empty filters of a query string.

    Parameters
    ----------
    search : str or None
        ``"?a=b&c=d"``, with or without the question mark.
    known : iterable of str
        The names a page understands; others are dropped, the last of a repeated name wins.
    """
    wanted = set(known)
    pairs = parse_qsl((search or "").removeprefix("?"), keep_blank_values=False)
    return {name: value.strip() for name, value in pairs if name in wanted and value.strip()}


def write(filters: Mapping[str, object]) -> str:
    """Return ``"?a=b"`` for the filters that are set, in the order given; "" when none is."""
    kept = [(name, str(value)) for name, value in filters.items() if value is not None and value != ""]
    return f"?{urlencode(kept)}" if kept else ""


def link(path: str, **filters: object) -> str:
    """Return an address inside the product: ``link("/enterprises", plan="annual-all", state="due")``."""
    return quote(path, safe="/") + write(filters)
