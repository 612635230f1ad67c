"""The list of leads: its filters in the address, its columns, and a row as it reads."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from dashboard.components import address, words
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
from dashboard.services import View
from data.duty import bite
from data.reads.labels import term
from data.reads.leads import ONLY, LeadFilter, LeadLine
from data.reads.wall_work import STAGES
from data.workdays import WorkCalendar
from data.workflow import LEAD_CHANNELS, LEAD_CLOSED, LEAD_STATES

KNOWN = tuple(field.name for field in fields(LeadFilter))
EXPORTED = (
    "id", "title", "channel", "number_12315", "enterprise", "grid", "state", "waited", "officer",
    "received_on", "due_on", "due", "outcome", "disposal", "closed_on",
)  # fmt: skip
_WORDS = {
    "only": ONLY, "stage": tuple(STAGES), "age": ("0", "1", "2"), "state": LEAD_STATES,
    "channel": LEAD_CHANNELS,
}  # fmt: skip


def asked_of(search: str | None) -> LeadFilter:
    """Return what an address asks for; words that mean nothing are left out."""
    found = address.read(search, KNOWN)
    return LeadFilter(
        **{name: value for name, value in found.items() if name not in _WORDS or value in _WORDS[name]}
    )


def address_of(asked: LeadFilter) -> str:
    """Return the query string; `asked_of` reads it back."""
    return address.write(
        {name: None if name == "only" and asked.only == "open" else getattr(asked, name) for name in KNOWN}
    )


def narrowed(asked: LeadFilter) -> int:
    """Return how many filters are set beside the usual."""
    blank = LeadFilter()
    return sum(getattr(asked, name) != getattr(blank, name) for name in KNOWN)


def lead_row(view: View, row: LeadLine, calendar: WorkCalendar) -> dict[str, Any]:
    """Return one row as the table and the export show it."""
    language = view.language
    open_ = row.state not in LEAD_CLOSED
    found = bite(calendar, row.due_on, view.today) if open_ and row.due_on else None
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
    """Return the columns; the order is that of the deadlines, said by the server."""

    def head(name: str) -> str:
        return view.text(f"leads.column_{name}")

    columns = [
        link_column("title", head("title"), 220, flex=2, minWidth=120),
        chip_column("due", head("due"), 168, light="due_light"),
        from_width(520, chip_column("state", head("state"), 116)),
        from_width(700, text_column("enterprise", head("enterprise"), 180, flex=1)),
        from_width(860, number_column("waited", head("waited"), 96)),
        from_width(960, text_column("officer", head("officer"), 96)),
        from_width(1060, text_column("channel", head("channel"), 112)),
        from_width(1180, text_column("grid", head("grid"), 128)),
    ]
    return [{**column, "sortable": False} for column in columns]
