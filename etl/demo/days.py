"""The rhythm of a year: workdays, campaigns, weekday dips, hours of visits."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt

from data.workdays import WorkCalendar
from etl.demo.geography import Floats, Ints

ZONE = ZoneInfo("Asia/Shanghai")
CALENDAR = WorkCalendar({})
_MONTH = (0.5, 0.35, 1.15, 1.25, 0.95, 0.8, 1.1, 1.15, 1.0, 1.25, 1.7, 0.8)
"""Spring campaign, summer push, autumn sprint; quiet around the Spring Festival."""
_WEEKDAY = (0.72, 1.12, 1.2, 1.1, 0.78, 0.02, 0.01)
"""Meetings on Mondays, writing up on Fridays, hardly anything at weekends."""
_MAKE_UP = 0.6  # a Saturday or Sunday worked for a holiday
_MORNING, _AFTERNOON = 160, 190  # minutes of visits from 9:00 and from 13:30


def span(start: date, end: date) -> list[date]:
    """List the days from `start` to `end`, both included."""
    return [start + timedelta(days=i) for i in range((end - start).days + 1)]


def weights(days: list[date]) -> Floats:
    """Weigh days by how much is inspected on them; holidays weigh nothing."""
    made = np.zeros(len(days))
    for i, day in enumerate(days):
        if CALENDAR.is_holiday(day):
            continue
        weight = _WEEKDAY[day.weekday()]
        if day.weekday() >= 5 and CALENDAR.is_workday(day):
            weight = _MAKE_UP
        made[i] = _MONTH[day.month - 1] * weight
    return made


def workday_after(day: date, count: int) -> date:
    """Return the `count`-th workday after `day`."""
    return CALENDAR.add_workdays(day, count).day


def next_workday(day: date) -> date:
    """Return `day`, or the workday that follows a day of rest."""
    return day if CALENDAR.is_workday(day) else workday_after(day, 1)


def spread_over_day(owner: list[str], ordinal: Ints, rng: np.random.Generator) -> Ints:
    """Give the visits of one officer and day their turn: minutes of working time since 9:00.

    Parameters
    ----------
    owner : list of str
        Officer of each visit.
    ordinal : array of int
        Day number of each visit.
    """
    total = _MORNING + _AFTERNOON
    keys = np.array([f"{o}|{d}" for o, d in zip(owner, ordinal, strict=True)])
    _, group, size = np.unique(keys, return_inverse=True, return_counts=True)
    draw = rng.random(len(keys))
    order = np.lexsort((draw, group))
    first = np.zeros(len(keys), dtype=np.int64)
    starts = np.concatenate([[0], np.cumsum(size)[:-1]])
    first[order] = np.arange(len(keys)) - np.repeat(starts, size)
    return ((first + rng.random(len(keys))) * total / size[group]).astype(np.int64)


def instant(day: date, minute: int, second: int = 0) -> datetime:
    """Turn a minute of working time into local time, over the lunch break."""
    late = minute >= _MORNING
    start = time(13, 30) if late else time(9, 0)
    moment = datetime.combine(day, start, tzinfo=ZONE)
    return moment + timedelta(minutes=minute - _MORNING if late else minute, seconds=second)


def ordinals(days: list[date]) -> npt.NDArray[np.int64]:
    """Number days as `date.toordinal` does."""
    return np.array([d.toordinal() for d in days], dtype=np.int64)
