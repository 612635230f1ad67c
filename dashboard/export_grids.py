"""The table of grids as a file: what the screen shows, then the unplaced, then their total.

Σ grids + unplaced = district or city, also here; a filter that narrows the grids themselves leaves the
unplaced out, as it does on the screen.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from dashboard.components import words
from dashboard.components.chips import light_word
from dashboard.components.grids import behind, shown_grids
from dashboard.services import View
from data.access import Right
from data.reads.city import City, GridRow, UnplacedRow
from data.reads.counts import Counts, add
from data.reads.labels import term
from data.reads.places import UNKNOWN_DISTRICT

GRID = (
    "code", "grid_name", "district", "officer", "light", "coverage", "done", "due", "on_time", "late",
    "remaining", "behind", "needed", "open_problems", "overdue_problems", "open_leads", "overdue_leads",
)  # fmt: skip


def grid_lines(view: View, found: City, filters: dict[str, str]) -> list[list[Any]]:
    """Return the cells of each row, in the order of `GRID`."""
    return [[row.get(name) for name in GRID] for row in _rows(view, found, filters)]


def _rows(view: View, found: City, filters: dict[str, str]) -> Iterator[dict[str, Any]]:
    grids = shown_grids(found, filters)
    yield from (_grid(view, row) for row in grids)
    unplaced = _unplaced(found, filters)
    for row in unplaced:
        reason = term("unplaced", row.reason, view.language)
        yield _figures(row.counts) | {
            "grid_name": view.text("enterprise.unplaced", reason=reason),
            "district": row.district or view.text("ui.unknown_district"),
        }
    yield _total(view, found, grids, unplaced)


def _grid(view: View, row: GridRow) -> dict[str, Any]:
    return _figures(row.counts) | {
        "code": row.code,
        "grid_name": row.name,
        "district": row.district or view.text("ui.unknown_district"),
        "officer": (row.officer or view.text("home.no_officer")) if view.viewer.may(Right.NAMES) else None,
        "light": light_word(view, str(row.light)),
        "behind": behind(row),
        "needed": None if row.needed is None else math.ceil(row.needed * 10) / 10,
    }


def _figures(counts: Counts) -> dict[str, Any]:
    rate = words.rate(counts.done, counts.due)
    return {**counts._asdict(), "remaining": counts.remaining, "coverage": rate}


def _unplaced(found: City, filters: dict[str, str]) -> list[UnplacedRow]:
    if filters.get("light") or filters.get("q"):
        return []
    district = filters.get("district")
    return [
        row
        for row in found.unplaced
        if any(row.counts) and (not district or (row.district_code or UNKNOWN_DISTRICT) == district)
    ]


def _total(view: View, found: City, grids: list[GridRow], unplaced: list[UnplacedRow]) -> dict[str, Any]:
    counts = add([row.counts for row in grids] + [row.counts for row in unplaced])
    left = found.time.left if found.time else 0
    needed = math.ceil(10 * counts.remaining / left) / 10 if left else None
    return _figures(counts) | {"grid_name": view.text("home.total"), "needed": needed}
