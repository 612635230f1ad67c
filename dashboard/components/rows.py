"""The table of enterprises: its filters in the address, its columns, and a row as it reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import sqlalchemy as sa

from dashboard.components import address, words
from dashboard.components.chips import OUT, STATE_MARK
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
from data.reads.enterprises import SORTS, EnterpriseRow
from data.reads.filters import EnterpriseFilter
from data.reads.labels import category_names, status_names, term

FILTERS = tuple(field.name for field in fields(EnterpriseFilter))
KNOWN = (*FILTERS, "sort")
NUMBERS = ("risk", "batch")
FIRST_SORT = "name"

SORT_OF = {
    "name": "name",
    "uscc": "uscc",
    "category": "category",
    "district": "district",
    "grid": "grid",
    "done_on": "done_on",
    "last_visit_on": "last_visit",
    "open_problems": "problems",
    "status": "status",
}
"""Column of the table → sort key of the read."""


def filter_of(search: str | None) -> tuple[EnterpriseFilter, str]:
    """Return what an address asks for, and in which order; what is no number is left out."""
    found: dict[str, Any] = address.read(search, KNOWN)
    sort = found.pop("sort", FIRST_SORT)
    for name in NUMBERS:
        if name in found:
            number = found.pop(name)
            if number.isascii() and number.isdigit() and len(number) < 16:
                found[name] = int(number)
    return EnterpriseFilter(**found), sort if sort.removeprefix("-") in SORTS else FIRST_SORT


def address_of(wanted: EnterpriseFilter, sort: str = FIRST_SORT) -> str:
    """Return the query string of a filter; `filter_of` reads it back."""
    values: dict[str, object] = {name: getattr(wanted, name) for name in FILTERS}
    return address.write(values | {"sort": None if sort == FIRST_SORT else sort})


@dataclass(frozen=True)
class Names:
    """Names of the codes that rows carry, read once a request."""

    categories: Mapping[str, str]
    statuses: Mapping[str, str]

    @classmethod
    def read(cls, conn: sa.Connection, language: str) -> Names:
        """Read them in a language."""
        return cls(category_names(conn, language), status_names(conn, language))


def enterprise_row(view: View, row: EnterpriseRow, names: Names) -> dict[str, Any]:
    """Return one row as the table and the export show it."""
    unplaced = term("unplaced", row.unplaced_reason, view.language)
    steward = view.viewer.may(Right.IMPORT)
    return {
        "id": str(row.id),
        # a steward who opens what lies in no grid wants to place it
        "href": f"/enterprises/{row.id}{'?place=1' if row.grid_code is None and steward else ''}",
        "name": row.name,
        "uscc": row.uscc or words.NONE,
        "category": names.categories.get(row.category or "", row.category or words.NONE),
        "status": names.statuses.get(row.status, row.status),
        "district": row.district or view.text("ui.unknown_district"),
        "grid": row.grid_name or view.text("enterprise.unplaced", reason=unplaced),
        "grid_code": row.grid_code,
        "state": term("state", row.state, view.language),
        "light": STATE_MARK.get(row.state, OUT),
        "done_on": words.day(row.done_on, view.language, year=True),
        "last_visit_on": words.day(row.last_visit_on, view.language, year=True),
        "open_problems": row.open_problems,
        "address": row.address or words.NONE,
    }


def enterprise_columns(view: View, sort: str = FIRST_SORT) -> list[Column]:
    """Return the columns, the one that the list is sorted by marked."""

    def head(name: str) -> str:
        return view.text(f"enterprises.column_{name}")

    columns = [
        link_column("name", head("name"), 260, flex=2, minWidth=150),
        chip_column("state", head("state"), 112, sortable=False, minWidth=122),
        from_width(560, text_column("grid", head("grid"), 136)),
        from_width(760, text_column("district", head("district"), 96)),
        from_width(900, text_column("category", head("category"), 120)),
        from_width(640, text_column("done_on", head("done_on"), 112)),
        from_width(1040, text_column("last_visit_on", head("last_visit"), 112)),
        from_width(700, number_column("open_problems", head("problems"), 92)),
        from_width(1160, text_column("status", head("status"), 92)),
        from_width(1260, text_column("uscc", head("uscc"), 184)),
    ]
    field, down = sort.removeprefix("-"), sort.startswith("-")
    return [
        {**column, "sort": "desc" if down else "asc"} if SORT_OF.get(column["field"]) == field else column
        for column in columns
    ]


EXPORTED = ("name", "uscc", "category", "status", "district", "grid", "state", "done_on", "last_visit",
            "problems", "address")  # fmt: skip
"""Columns of an export: those of the table and the address, whatever the screen's width."""
