"""The table of grids: which of them the filters leave, in which order, with which columns."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from dashboard.components import words
from dashboard.components.address import link
from dashboard.components.chips import light_word
from dashboard.components.table import (
    Column,
    chip_column,
    from_width,
    link_column,
    number_column,
    text_column,
)
from dashboard.services import View
from data.access import Right
from data.reads.city import City, GridRow
from data.reads.places import UNKNOWN_DISTRICT

SEVERITY = {"red": 0, "yellow": 1, "green": 2, "grey": 3}
FIRST_SORT = "-behind"


def behind(row: GridRow) -> int:
    """Return by how many enterprises the grid is behind an even pace; ahead is 0."""
    return max(0, int(row.expected) - row.counts.done)


SORTS: dict[str, Callable[[GridRow], Any]] = {
    "name": lambda row: row.name,
    "district": lambda row: row.district or "",
    "officer": lambda row: row.officer or "",
    "word": lambda row: SEVERITY[str(row.light)],
    "percent": lambda row: row.counts.done / row.counts.due if row.counts.due else 0,
    "remaining": lambda row: row.counts.remaining,
    "behind": behind,
    "needed": lambda row: row.needed or 0,
    "overdue": lambda row: row.counts.overdue_problems + row.counts.overdue_leads,
}
"""Column of the table → what it is sorted by, on the screen and in an export."""


def shown_grids(city: City, filters: dict[str, str]) -> list[GridRow]:
    """Return the grids that the filters district, light and q leave, in the order of the filter sort."""
    needle = filters.get("q", "").casefold()

    def fits(row: GridRow) -> bool:
        if "district" in filters and (row.district_code or UNKNOWN_DISTRICT) != filters["district"]:
            return False
        if "light" in filters and row.light != filters["light"]:
            return False
        return not needle or any(
            needle in (word or "").casefold() for word in (row.name, row.code, row.officer, *row.deputies)
        )

    rows = sorted((row for row in city.grids if fits(row)), key=lambda row: row.code)
    sort = filters.get("sort", FIRST_SORT)
    key = SORTS.get(sort.removeprefix("-"), SORTS["name"])
    return sorted(rows, key=key, reverse=sort.startswith("-"))


def grid_row(view: View, row: GridRow, plan: str) -> dict[str, Any]:
    """Return one row as the table and the export show it."""
    counts = row.counts
    return {
        "id": row.code,
        "code": row.code,
        "name": row.name,
        "href": link(f"/grids/{row.code}", plan=plan),
        "district": row.district or view.text("ui.unknown_district"),
        "officer": row.officer or view.text("home.no_officer"),
        "light": str(row.light),
        "word": light_word(view, str(row.light)),
        "severity": SEVERITY[str(row.light)],
        "due": counts.due,
        "done": counts.done,
        "rate": words.rate(counts.done, counts.due),
        "percent": 100 * counts.done / counts.due if counts.due else 0,
        "remaining": counts.remaining,
        "to_remaining": link("/enterprises", plan=plan, grid=row.code, state="remaining"),
        "needed": None if row.needed is None else math.ceil(row.needed * 10) / 10,
        "behind": behind(row),
        "overdue": counts.overdue_problems + counts.overdue_leads,
    }


def grid_columns(view: View, sort: str = "") -> list[Column]:
    """Return the columns; `sort` ("percent" or "-percent") marks the one the table starts with."""
    columns = [
        link_column("name", view.text("home.column_grid"), 132, flex=1, minWidth=96),
        from_width(820, text_column("district", view.text("home.column_district"), 96)),
        chip_column("word", view.text("home.column_light"), 92, comparator={"function": "gwSeverity"}),
        {
            "field": "percent",
            "headerName": view.text("home.column_rate"),
            "headerTooltip": view.text("definitions.coverage", done="…", due="…"),
            "flex": 1,
            "minWidth": 124,
            "maxWidth": 220,
            "cellRenderer": "GwRate",
        },
        from_width(
            420,
            number_column(
                "remaining",
                view.text("home.column_remaining"),
                80,
                cellRenderer="GwLink",
                cellRendererParams={"href": "to_remaining", "number": True},
                headerTooltip=view.text("definitions.remaining"),
            ),
        ),
        from_width(
            520,
            number_column(
                "behind", view.text("home.column_behind"), 100, headerTooltip=view.text("definitions.behind")
            ),
        ),
        from_width(
            740,
            number_column(
                "needed", view.text("home.column_needed"), 96, headerTooltip=view.text("definitions.needed")
            ),
        ),
        from_width(
            600,
            number_column(
                "overdue",
                view.text("home.column_overdue"),
                84,
                headerTooltip=view.text("home.overdue_hint"),
                cellClassRules={"gw-loud": "params.value > 0"},
            ),
        ),
    ]
    if view.viewer.may(Right.NAMES):
        columns.insert(2, from_width(920, text_column("officer", view.text("home.column_officer"), 104)))
    field, down = sort.removeprefix("-"), sort.startswith("-")
    order = {"sort": "desc" if down else "asc"}
    return [{**c, **order} if c["field"] == field else c for c in columns]
