"""When open work bites, and whose turn it is: said once for reminders, the working list and the round."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache

import sqlalchemy as sa

from data.access import Right
from data.reads.labels import setting
from data.workdays import ONE_DAY, WorkCalendar, load_calendar
from data.workflow import LEAD_MOVES, PROBLEM_MOVES, Move

SOON = "due_soon_workdays"
SOON_DEFAULT = 5
"""So many workdays before its day work counts as 临期; the setting `SOON` says otherwise."""

_OFFICERS = frozenset({Right.HANDLE, Right.RECORD})


@dataclass(frozen=True)
class Bite:
    """The day on which work bites, as seen from a day.

    Attributes
    ----------
    workdays : int
        How many can still be used, today and the day itself included; at or after the last one 1 or 0, then
        how many have passed since, negative.
    soon : bool
        Whether it is 临期: not over, and no more than the setting's workdays away.
    """

    day: date
    workdays: int
    soon: bool = False

    @property
    def past(self) -> bool:
        """Whether the day is over."""
        return self.workdays < 0


@dataclass(frozen=True)
class Measure:
    """Measures how far days are from today; what bites up to the day `near` is 临期."""

    calendar: WorkCalendar
    today: date
    near: date

    def bite(self, day: date) -> Bite:
        """Measure one day; what is over is at least one workday over."""
        if self.today <= day:
            left = self.calendar.workdays_between(self.today, day + ONE_DAY)
            return Bite(day, left, day <= self.near)
        return Bite(day, -max(1, self.calendar.workdays_between(day + ONE_DAY, self.today + ONE_DAY)))


def measure(conn: sa.Connection, today: date) -> Measure:
    """Return what measures days by the workdays and the setting of this database."""
    calendar = load_calendar(conn)
    return Measure(calendar, today, calendar.add_workdays(today, soon(conn)).day)


def bites_on(state: str, due_on: date | None, recheck_on: date | None = None) -> date | None:
    """Return the day on which a problem or a lead bites: a recheck on its planned day if that is sooner."""
    if state == "awaiting_recheck" and recheck_on is not None:
        return recheck_on if due_on is None else min(recheck_on, due_on)
    return due_on


def soon(conn: sa.Connection) -> int:
    """Return how many workdays before its day work is 临期."""
    found = setting(conn, SOON)
    return found if isinstance(found, int) and found > 0 else SOON_DEFAULT


@cache
def _turn(noun: str) -> frozenset[str]:
    moves: Mapping[str, Move] = PROBLEM_MOVES if noun == "problem" else LEAD_MOVES
    states = {state for move in moves.values() for state in move.sources}

    def next_right(state: str) -> str:
        on = (m.right for m in moves.values() if state in m.sources and m.target not in (None, state))
        return next(on)  # the moves of the way stand first in their table

    return frozenset(
        state for state in states if state not in ("filed", "transferred", "closed_out")
        and next_right(state) in _OFFICERS
    )  # fmt: skip


def problems_with_officers() -> frozenset[str]:
    """Return the states in which a problem waits for an officer; in the other open ones, for a supervisor."""
    return _turn("problem")


def leads_with_officers() -> frozenset[str]:
    """Return the states in which a lead waits for an officer; in the other open ones, for a supervisor."""
    return _turn("lead")
