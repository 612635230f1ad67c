"""The places that a list can be narrowed to."""

from __future__ import annotations

from dashboard.services import View
from data.reads.city import City
from data.reads.places import UNKNOWN_DISTRICT


def place_options(view: View, found: City) -> dict[str, list[tuple[str, str]]]:
    """Return the options of the boxes ``district`` and ``grid``: codes and names."""
    return {
        "district": [
            (row.code or UNKNOWN_DISTRICT, row.name or view.text("ui.unknown_district"))
            for row in found.districts
        ],
        "grid": [(row.code, row.name) for row in found.grids],
    }
