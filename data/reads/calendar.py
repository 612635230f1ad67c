"""A year of the workday calendar: what each day is, and who says so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import chinese_calendar
import sqlalchemy as sa

from data.access import Right, Viewer
from data.schema import calendar_day
from data.workdays import Override, load_calendar

NOTICES = {**chinese_calendar.constants.holidays, **chinese_calendar.constants.workdays}
"""Day → English name of the holiday that a yearly notice gives or takes it for."""
_CHINESE = {one.value: one.chinese for one in chinese_calendar.Holiday}


@dataclass(frozen=True)
class CalendarDay:
    """One day.

    Attributes
    ----------
    workday, provisional : bool
        Whether people work on it, and whether a later notice may still say otherwise (暂定).
    name : str or None
        Why: the steward's word, else the holiday of the notice.
    override : (bool, str or None) or None
        What a steward or a file has set.
    """

    day: date
    workday: bool
    provisional: bool
    name: str | None
    override: Override | None

    @property
    def unusual(self) -> bool:
        """Whether it is not what its weekday says: rest from Monday to Friday, work at the weekend."""
        return self.workday != (self.day.weekday() < 5)


@dataclass(frozen=True)
class CalendarYear:
    """A year; `announced_until` is the last day that no notice can move any more, None: none is announced."""

    year: int
    days: tuple[CalendarDay, ...]
    announced_until: date | None

    @property
    def workdays(self) -> int:
        """How many workdays it has."""
        return sum(day.workday for day in self.days)


def calendar_year(conn: sa.Connection, viewer: Viewer, year: int, language: str) -> CalendarYear:
    """Return a year of the calendar.

    Raises
    ------
    Denied
        Without `Right.MASTER`.
    """
    viewer.require(Right.MASTER)
    known = load_calendar(conn)
    first, last = date(year, 1, 1), date(year, 12, 31)
    rows = conn.execute(
        sa.select(calendar_day.c.day, calendar_day.c.is_workday, calendar_day.c.name).where(
            calendar_day.c.day.between(first, last)
        )
    )
    overrides = {row.day: (bool(row.is_workday), row.name) for row in rows}
    days = []
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        override = overrides.get(day)
        name = override[1] if override else _notice(day, language)
        days.append(CalendarDay(day, known.is_workday(day), known.is_provisional(day), name, override))
    return CalendarYear(year, tuple(days), known.announced_until(year))


def _notice(day: date, language: str) -> str | None:
    found = NOTICES.get(day)
    return _CHINESE.get(found, found) if found and language == "zh-CN" else found
