"""The workday calendar: chinese-calendar under a table that a steward edits, and honest beyond it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from itertools import accumulate
from typing import Literal

import chinese_calendar
import sqlalchemy as sa

from data.schema import calendar_day

ONE_DAY = timedelta(days=1)

Roll = Literal["holiday_only", "any_rest_day"]

Override = tuple[bool, str | None]
"""What is set for a day over the notices: whether people work on it, and why."""


@dataclass(frozen=True)
class Due:
    """A deadline: its day, and whether it stands on days that are not announced yet (暂定)."""

    day: date
    provisional: bool


@dataclass(frozen=True)
class _Year:
    """One year: for each day whether it is a workday, and how many workdays lie before it."""

    workday: tuple[bool, ...]
    before: tuple[int, ...]  # one longer than the year: the last is the year's total


class WorkCalendar:
    """Tells workdays from rest days and counts them.

    Precedence: the override table, then chinese-calendar (2004 to the last announced year), then
    Monday to Friday, marked provisional.

    Parameters
    ----------
    overrides : mapping of date to bool
        Days that a steward has set; True is a workday.
    """

    def __init__(self, overrides: Mapping[date, bool]) -> None:
        self._overrides = dict(overrides)
        self._years: dict[int, _Year] = {}
        # A yearly notice always names the National Day week; one local change never makes a notice.
        self._loaded = {d.year for d, work in overrides.items() if d.month == 10 and d.day <= 7 and not work}

    def is_workday(self, day: date) -> bool:
        """Whether people work on `day`."""
        return self._year(day.year).workday[_index(day)]

    def is_provisional(self, day: date) -> bool:
        """Whether the notice that decides about `day` is not loaded yet.

        29–31 December also wait for the next year's notice: it can move a make-up day for New Year
        into them.
        """
        if day in self._overrides:
            return False
        if not self._announced(day.year):
            return True
        return day.month == 12 and day.day >= 29 and not self._announced(day.year + 1)

    def announced_until(self, year: int) -> date | None:
        """Return the last day from `year` on that no later notice can move; None: not announced."""
        if not self._announced(year):
            return None
        while self._announced(year + 1):
            year += 1
        return date(year, 12, 28)

    def any_provisional(self, start: date, end: date) -> bool:
        """Whether any day in the half-open [start, end) is provisional."""
        day = start
        while day < end:
            # inside an announced year only the last three days can be open
            if self._announced(day.year) and (day.month, day.day) < (12, 29):
                day = date(day.year, 12, 29)
            elif self.is_provisional(day):
                return True
            else:
                day += ONE_DAY
        return False

    def workdays_between(self, start: date, end: date) -> int:
        """Count the workdays in the half-open [start, end); 0 where end is not after start."""
        if end <= start:
            return 0
        whole = sum(self._year(year).before[-1] for year in range(start.year, end.year))
        return whole + self._year(end.year).before[_index(end)] - self._year(start.year).before[_index(start)]

    def add_workdays(self, start: date, n: int) -> Due:
        """Return the n-th workday after `start`; the first day is not counted (n ≥ 0; 0 is `start`)."""
        if n < 0:
            raise ValueError(f"Expected a number of workdays of at least 0, got {n}.")
        day, left = start, n
        while left:
            day += ONE_DAY
            left -= self.is_workday(day)
        return Due(day, n > 0 and self.any_provisional(start + ONE_DAY, day + ONE_DAY))

    def add_calendar_days(self, start: date, n: int, roll: Roll = "holiday_only") -> Due:
        """Return `start` plus `n` calendar days, rolled to the next workday from a day of rest.

        Parameters
        ----------
        roll : {"holiday_only", "any_rest_day"}
            Which last days roll forward. SAMR Order 121 art. 45 names statutory holidays
            (法定节假日) and not ordinary weekends: "holiday_only" is the earlier, safer reading.
        """
        raw = start + n * ONE_DAY
        day = raw
        if self.is_holiday(raw) if roll == "holiday_only" else not self.is_workday(raw):
            while not self.is_workday(day):
                day += ONE_DAY
        return Due(day, self.any_provisional(raw, day + ONE_DAY))

    def is_holiday(self, day: date) -> bool:
        """Whether `day` lies in an announced holiday; an ordinary weekend is none."""
        if day in self._overrides:
            return not self._overrides[day]
        return day in chinese_calendar.constants.holidays

    def previous_workday(self, day: date) -> date:
        """Return the last workday before `day` (a reminder for a deadline on a rest day)."""
        day -= ONE_DAY
        while not self.is_workday(day):
            day -= ONE_DAY
        return day

    def next_workday(self, day: date) -> date:
        """Return `day` itself if people work on it, else the next workday."""
        while not self.is_workday(day):
            day += ONE_DAY
        return day

    def _announced(self, year: int) -> bool:
        return year in self._loaded or _covered(year)

    def _year(self, year: int) -> _Year:
        found = self._years.get(year)
        if found is None:
            workday = list(_shipped_year(year))
            for day, work in self._overrides.items():
                if day.year == year:
                    workday[_index(day)] = work
            found = _Year(tuple(workday), tuple(accumulate(workday, initial=0)))
            self._years[year] = found
        return found


def load_calendar(conn: sa.Connection) -> WorkCalendar:
    """Return the calendar with the overrides that this database holds."""
    rows = conn.execute(sa.select(calendar_day.c.day, calendar_day.c.is_workday))
    return WorkCalendar(dict(rows.all()))


def _index(day: date) -> int:
    return day.toordinal() - date(day.year, 1, 1).toordinal()


@cache
def _covered(year: int) -> bool:
    try:
        chinese_calendar.is_workday(date(year, 6, 1))
    except NotImplementedError:
        return False
    return True


@cache
def _shipped_year(year: int) -> tuple[bool, ...]:
    length = 366 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 365
    days = (date(year, 1, 1) + i * ONE_DAY for i in range(length))
    if _covered(year):
        return tuple(bool(chinese_calendar.is_workday(d)) for d in days)
    return tuple(d.weekday() < 5 for d in days)
