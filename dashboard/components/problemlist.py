"""The list of problems: its filters in the address, its columns, and a row as it reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dashboard.components import address, words
from dashboard.components.figure import figure
from dashboard.components.problemwords import bite_mark, bite_short, bite_words, state_mark
from dashboard.components.table import (
    Column,
    chip_column,
    from_width,
    link_column,
    number_column,
    text_column,
)
from dashboard.services import View
from data.duty import bite, bites_on
from data.reads.labels import term
from data.reads.work import ProblemRow, WorkFilter
from data.workdays import WorkCalendar
from data.workflow import PROBLEM_CLOSED, PROBLEM_STATES

KNOWN = ("only", "state", "district", "grid", "mine")
ONLY = ("open", "overdue", "extension", "all")
MINE = ("handler", "recheck")
EXPORTED = (
    "id", "problem", "severity", "enterprise", "grid", "state", "round", "officer", "opened_on", "due_on",
    "due", "closed_on",
)  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """What an address asks for; without words of its own the open ones."""

    only: str = "open"
    state: str | None = None
    district: str | None = None
    grid: str | None = None
    mine: str | None = None

    @property
    def narrowed(self) -> int:
        """How many filters are set beside the usual."""
        return sum(v is not None for v in (self.state, self.district, self.grid, self.mine)) + (
            self.only != "open"
        )

    def filter(self, view: View) -> WorkFilter:
        """Return what the read is asked for; who is no officer has no work of their own."""
        own = view.viewer.officer_id or 0
        return WorkFilter(
            grid=self.grid,
            district=self.district,
            state=self.state,
            only=None if self.only == "all" or self.state in PROBLEM_CLOSED else self.only,
            handler=own if self.mine == "handler" else None,
            recheck=own if self.mine == "recheck" else None,
        )


def asked_of(search: str | None) -> Asked:
    """Return what an address asks for; words that mean nothing are left out."""
    found = address.read(search, KNOWN)
    only = found.get("only", "open")
    state, mine = found.get("state"), found.get("mine")
    return Asked(
        only=only if only in ONLY else "open",
        state=state if state in PROBLEM_STATES else None,
        district=found.get("district"),
        grid=found.get("grid"),
        mine=mine if mine in MINE else None,
    )


def address_of(asked: Asked) -> str:
    """Return the query string; `asked_of` reads it back."""
    return address.write(
        {
            "only": None if asked.only == "open" else asked.only,
            "state": asked.state,
            "district": asked.district,
            "grid": asked.grid,
            "mine": asked.mine,
        }
    )


def count(view: View, total: int) -> list[Any]:
    """Return how many there are, as the head of the page says it."""
    before, _, after = view.text("problems.count", n="\0").partition("\0")
    return [before, figure(view, words.count(total), "rows"), after]


def problem_row(view: View, row: ProblemRow, calendar: WorkCalendar) -> dict[str, Any]:
    """Return one row as the table and the export show it."""
    day = None if row.state in PROBLEM_CLOSED else bites_on(row.state, row.due_on, row.recheck_on)
    found = bite(calendar, day, view.today) if day else None
    name = row.text or view.text("problems.problem_n", id=row.id)
    return {
        "id": str(row.id),
        "version": row.version,
        "href": f"/problems/{row.id}",
        "problem": f"★ {name}" if row.supervised else name,
        "enterprise": row.enterprise,
        "grid": row.grid_name or words.NONE,
        "state": term("problem_state", row.state, view.language),
        "light": state_mark(row.state),
        "due": bite_words(view, found, provisional=row.due_provisional),
        "left": bite_short(view, found),
        "due_light": bite_mark(found),
        "due_on": row.due_on.isoformat() if row.due_on else words.NONE,
        "officer": row.officer or words.NONE,
        "severity": term("severity", row.severity, view.language),
        "round": row.round,
        "opened_on": row.opened_on.isoformat(),
        "closed_on": row.closed_on.isoformat() if row.closed_on else words.NONE,
    }


def problem_columns(view: View) -> list[Column]:
    """Return the columns; the order is that of the deadlines, said by the server."""

    def head(name: str) -> str:
        return view.text(f"problems.column_{name}")

    columns = [
        link_column("problem", head("problem"), 220, flex=2, minWidth=120),
        chip_column("left", head("left"), 128, light="due_light"),
        from_width(520, chip_column("state", head("state"), 128)),
        from_width(700, text_column("enterprise", head("enterprise"), 180, flex=1)),
        from_width(900, text_column("officer", head("officer"), 96)),
        from_width(1000, text_column("grid", head("grid"), 132)),
        from_width(1120, text_column("severity", head("severity"), 92)),
        from_width(1200, number_column("round", head("round"), 72)),
    ]
    return [{**column, "sortable": False} for column in columns]
