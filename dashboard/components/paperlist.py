"""The list of papers: its filters in the address, its columns, and a row as it reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from dashboard.components import words
from dashboard.components.paperwords import MARK, NAMES
from dashboard.components.table import (
    Column,
    chip_column,
    from_width,
    link_column,
    number_column,
    text_column,
)
from dashboard.components.worklist import WorkList
from dashboard.services import View
from data.access import Right
from data.documents.approval import KINDS
from data.duty import Measure
from data.reads.labels import term
from data.reads.paper_list import STATES, PaperFilter, PaperRow, papers

ONLY = ("todo", "all")
WORDS = {"only": ONLY, "state": STATES, "kind": KINDS}


@dataclass(frozen=True)
class Asked:
    """What an address asks for; without words of its own what waits for the viewer, the longest first."""

    q: str = ""
    only: str = "todo"
    state: str | None = None
    kind: str | None = None
    district: str | None = None
    grid: str | None = None
    sort: str = "handed"

    def filter(self, view: View) -> PaperFilter:
        """Return what the read is asked for; who has nothing to do with papers sees every one."""
        return PaperFilter(
            todo=self.only == "todo" and todo_of(view) is not None,
            state=self.state,
            kind=self.kind,
            district=self.district,
            grid=self.grid,
            q=self.q,
        )


def todo_of(view: View) -> str | None:
    """Return what waits for the viewer: ``approve``, ``returned`` or nothing ever."""
    if view.viewer.may(Right.APPROVE):
        return "approve"
    return "returned" if view.viewer.may(Right.HANDLE) else None


def read(
    conn: sa.Connection, view: View, asked: Asked, offset: int, limit: int
) -> tuple[Sequence[PaperRow], int]:
    """Return some rows, and how many there are in all."""
    found = papers(conn, view.viewer, asked.filter(view), offset, limit, asked.sort)
    return found.rows, found.total


def name_of(view: View, kind: str, order_number: str | None) -> str:
    """Return what a paper is called: its kind, and the number of an order that has one."""
    name = view.text(NAMES[kind])
    return f"{name} {order_number}" if order_number else name


def paper_row(view: View, row: PaperRow, here: Measure) -> dict[str, Any]:
    """Return one row as the table and the export show it."""
    handed = row.at.astimezone(view.now.tzinfo)
    return {
        "id": str(row.id),
        "href": f"/papers/{row.kind}/{row.number}",
        "enterprise": row.enterprise,
        "paper": name_of(view, row.kind, row.order_number),
        "on": row.on.isoformat() if row.on else words.NONE,
        "state": term("paper_state", row.state, view.language),
        "light": MARK[row.state],
        "by": row.by or words.NONE,
        "handed": handed.strftime("%Y-%m-%d %H:%M"),
        "waits": (view.today - handed.date()).days if row.state == "submitted" else None,
        "grid": row.grid_name or words.NONE,
    }


def paper_columns(view: View) -> list[Column]:
    """Return the columns."""

    def head(name: str) -> str:
        return view.text(f"papers.column_{name}")

    chinese = view.language == "zh-CN"
    return [
        link_column("enterprise", head("enterprise"), 180, flex=3, minWidth=110),
        text_column("paper", head("paper"), 160, flex=2, minWidth=112 if chinese else 144),
        from_width(520, chip_column("state", head("state"), 104 if chinese else 152)),
        from_width(640, number_column("waits", head("waits"), 96 if chinese else 112)),
        from_width(760, text_column("by", head("by"), 104)),
        from_width(900, text_column("handed", head("handed"), 152)),
        from_width(1020, text_column("on", head("on"), 120)),
        from_width(1120, text_column("grid", head("grid"), 124)),
    ]


LIST = WorkList(
    "papers", Asked, WORDS, ("only", "state", "kind", "district", "grid"), read, paper_row, paper_columns,
    {"enterprise": "enterprise", "state": "state", "handed": "handed"},
    ("enterprise", "paper", "on", "state", "by", "handed", "waits", "grid"),
)  # fmt: skip
