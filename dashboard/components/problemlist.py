"""The list of problems: its filters in the address, its columns, and a row as it reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from dashboard.components import words
from dashboard.components.problemwords import bite_mark, bite_short, bite_words, state_mark
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
from data.duty import Measure, bites_on
from data.reads.labels import term
from data.reads.work import ProblemRow, WorkFilter, problems
from data.workflow import PROBLEM_CLOSED, PROBLEM_STATES

ONLY = ("open", "overdue", "extension", "receipt", "all")
MINE = ("handler", "recheck")
WORDS = {"only": ONLY, "state": PROBLEM_STATES, "age": ("0", "1", "2"), "mine": MINE}


@dataclass(frozen=True)
class Asked:
    """What an address asks for; without words of its own the open ones, those due first."""

    q: str = ""
    only: str = "open"
    state: str | None = None
    age: str | None = None
    district: str | None = None
    grid: str | None = None
    mine: str | None = None
    sort: str = "due"

    @property
    def _some(self) -> bool:
        """Whether `only` leaves any out; of a closed state there is none that is open."""
        return self.only == "receipt" or (self.only != "all" and self.state not in PROBLEM_CLOSED)

    def filter(self, view: View) -> WorkFilter:
        """Return what the read is asked for; who is no officer has no work of their own."""
        own = view.viewer.officer_id or 0
        return WorkFilter(
            q=self.q,
            age=self.age,
            grid=self.grid,
            district=self.district,
            state=self.state,
            only=self.only if self._some else None,
            handler=own if self.mine == "handler" else None,
            recheck=own if self.mine == "recheck" else None,
        )


def read(
    conn: sa.Connection, view: View, asked: Asked, offset: int, limit: int
) -> tuple[Sequence[ProblemRow], int]:
    """Return some rows, and how many there are in all."""
    found = problems(conn, view.viewer, view.today, asked.filter(view), offset, limit, asked.sort)
    return found.rows, found.total


def problem_row(view: View, row: ProblemRow, here: Measure) -> dict[str, Any]:
    """Return one row as the table and the export show it."""
    day = None if row.state in PROBLEM_CLOSED else bites_on(row.state, row.due_on, row.recheck_on)
    found = here.bite(day) if day else None
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
        "age": (view.today - row.opened_on).days if row.state not in PROBLEM_CLOSED else None,
        "opened_on": row.opened_on.isoformat(),
        "closed_on": row.closed_on.isoformat() if row.closed_on else words.NONE,
    }


def problem_columns(view: View) -> list[Column]:
    """Return the columns."""

    def head(name: str) -> str:
        return view.text(f"problems.column_{name}")

    state = 128 if view.language == "zh-CN" else 176
    return [
        link_column("problem", head("problem"), 220, flex=2, minWidth=120),
        chip_column("left", head("left"), 148, light="due_light"),
        from_width(520, chip_column("state", head("state"), state)),
        from_width(700, text_column("enterprise", head("enterprise"), 180, flex=1)),
        from_width(900, text_column("officer", head("officer"), 96)),
        from_width(980, number_column("age", head("age"), 104)),
        from_width(1080, text_column("grid", head("grid"), 124)),
        from_width(1160, text_column("severity", head("severity"), 104)),
    ]


LIST = WorkList(
    "problems", Asked, WORDS, ("only", "state", "age", "district", "grid", "mine"), read, problem_row,
    problem_columns,
    {"left": "due", "state": "state", "enterprise": "enterprise", "age": "-opened", "severity": "severity"},
    (
        "id", "problem", "severity", "enterprise", "grid", "state", "round", "officer", "opened_on", "due_on",
        "due", "closed_on",
    ),
)  # fmt: skip
