"""The list of leads: its filters in the address, its columns, and a row as it reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from dashboard.components import words
from dashboard.components.leadwords import state_mark
from dashboard.components.problemwords import bite_mark, bite_words
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
from data.duty import Measure
from data.reads.labels import term
from data.reads.leads import ONLY, LeadFilter, LeadLine, lead_list
from data.reads.wall_work import STAGES
from data.workflow import LEAD_CHANNELS, LEAD_CLOSED, LEAD_STATES

WORDS = {
    "only": ONLY, "stage": tuple(STAGES), "age": ("0", "1", "2"), "state": LEAD_STATES,
    "channel": LEAD_CHANNELS,
}  # fmt: skip


@dataclass(frozen=True)
class Asked(LeadFilter):
    """What an address asks for; without words of its own the open ones, those due first."""

    sort: str = "due"


def read(
    conn: sa.Connection, view: View, asked: Asked, offset: int, limit: int
) -> tuple[Sequence[LeadLine], int]:
    """Return some rows, and how many there are in all."""
    return lead_list(conn, view.viewer, view.today, asked, asked.sort, offset, limit)


def lead_row(view: View, row: LeadLine, here: Measure) -> dict[str, Any]:
    """Return one row as the table and the export show it."""
    language = view.language
    open_ = row.state not in LEAD_CLOSED
    found = here.bite(row.due_on) if open_ and row.due_on else None
    unknown = f"{row.subject or ''}（{view.text('leads.unmatched')}）"
    return {
        "id": str(row.id),
        "href": f"/leads/{row.id}",
        "title": f"★ {row.title}" if row.supervised else row.title,
        "channel": term("lead_channel", row.channel, language),
        "number_12315": row.number_12315 or words.NONE,
        "enterprise": row.enterprise or unknown,
        "grid": row.grid_name or words.NONE,
        "state": term("lead_state", row.state, language),
        "light": state_mark(row.state, overdue=row.overdue),
        "waited": row.waited if open_ else None,
        "age": (view.today - row.received_on).days if open_ else None,
        "officer": row.officer or words.NONE,
        "received_on": row.received_on.isoformat(),
        "due_on": row.due_on.isoformat() if row.due_on else words.NONE,
        "due": bite_words(view, found, provisional=row.due_provisional),
        "due_light": bite_mark(found),
        "outcome": term("lead_outcome", row.outcome, language) or words.NONE,
        "disposal": term("lead_disposal", row.disposal, language) or words.NONE,
        "closed_on": row.closed_on.isoformat() if row.closed_on else words.NONE,
    }


def lead_columns(view: View) -> list[Column]:
    """Return the columns."""

    def head(name: str) -> str:
        return view.text(f"leads.column_{name}")

    return [
        link_column("title", head("title"), 220, flex=2, minWidth=120),
        chip_column("due", head("due"), 168, light="due_light"),
        from_width(520, chip_column("state", head("state"), 128)),
        from_width(700, text_column("enterprise", head("enterprise"), 160, flex=1)),
        from_width(800, number_column("age", head("age"), 104)),
        from_width(900, number_column("waited", head("waited"), 104)),
        from_width(1000, text_column("officer", head("officer"), 96)),
        from_width(1080, text_column("channel", head("channel"), 112)),
        from_width(1180, text_column("grid", head("grid"), 112)),
    ]


LIST = WorkList(
    "leads", Asked, WORDS, ("only", "stage", "age", "channel", "district", "grid"), read, lead_row,
    lead_columns,
    {"due": "due", "state": "state", "age": "-received", "waited": "-waiting", "channel": "channel",
     "title": "title"},
    (
        "id", "title", "channel", "number_12315", "enterprise", "grid", "state", "waited", "officer",
        "received_on", "due_on", "due", "outcome", "disposal", "closed_on",
    ),
)  # fmt: skip
