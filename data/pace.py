"""Pace: what should be done by now, the light of a grid, the rate it needs and where it leads.

Thresholds are compared in whole numbers: no rounding decides about a colour.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from fractions import Fraction

from data.workdays import ONE_DAY, WorkCalendar

RED_POINTS = 15  # more than this, in percentage points of due
YELLOW_POINTS = 5  # from this on
MIN_BEHIND = 2  # visits; a small grid is not red for one of them
RECENT_WORKDAYS = 10
HORIZON_WORKDAYS = 2500  # ten years: beyond it a finish date says nothing


class Light(StrEnum):
    """The light of a grid for one plan; shown as icon and text, never as colour alone."""

    RED = "red"
    YELLOW = "yellow"
    GREEN = "green"
    GREY = "grey"


@dataclass(frozen=True)
class Timeline:
    """Where a day stands between a plan's first day and its deadline, in workdays.

    Parameters
    ----------
    elapsed : int
        Workdays in [from, as_of), at most `total`.
    total : int
        Workdays in [from, deadline].
    left : int
        Workdays in [as_of, deadline]: today can still be used.
    days_left : int
        Calendar days from as_of to the deadline; negative after it.
    past : bool
        The deadline is over.
    provisional : bool
        Some of the days counted are not announced yet (暂定).
    """

    elapsed: int
    total: int
    left: int
    days_left: int
    past: bool
    provisional: bool


def timeline(calendar: WorkCalendar, start: date, as_of: date, deadline: date) -> Timeline:
    """Place `as_of` between `start` and `deadline` (both inclusive)."""
    end = deadline + ONE_DAY
    return Timeline(
        elapsed=calendar.workdays_between(start, min(as_of, end)),
        total=calendar.workdays_between(start, end),
        left=calendar.workdays_between(max(as_of, start), end),
        days_left=(deadline - as_of).days,
        past=as_of > deadline,
        provisional=calendar.any_provisional(start, end),
    )


def expected(due: int, time: Timeline) -> Fraction:
    """Return how many of `due` should be done before today at an even pace.

    due × workdays in [from, as_of) ÷ workdays in [from, deadline]; all of them once it is over.
    """
    if time.past:
        return Fraction(due)
    return Fraction(due * time.elapsed, time.total) if time.total else Fraction(0)


def light(due: int, done: int, time: Timeline, *, imported: bool = True) -> Light:
    """Return the light of a place for one plan.

    Parameters
    ----------
    due, done : int
        Counts of the place.
    imported : bool
        Whether any inspection is known at all; without one nothing can be said.

    Returns
    -------
    Light
        Red: more than 15 points and at least 2 visits behind, or the deadline is over with some
        undone. Yellow: 5 to 15 points and at least 2 visits behind. Grey: nothing due or nothing
        imported. Else green.
    """
    if due == 0 or not imported:
        return Light.GREY
    if time.past:
        return Light.RED if done < due else Light.GREEN
    behind = due * time.elapsed - done * time.total  # visits behind × total
    if behind <= 0 or behind < MIN_BEHIND * time.total:
        return Light.GREEN
    points = 100 * behind  # percentage points behind × total × due
    if points > RED_POINTS * time.total * due:
        return Light.RED
    return Light.YELLOW if points >= YELLOW_POINTS * time.total * due else Light.GREEN


def needed_per_workday(remaining: int, time: Timeline) -> Fraction | None:
    """Return the visits each workday in [as_of, deadline] needs; None when no workday is left."""
    if remaining <= 0:
        return Fraction(0)
    return Fraction(remaining, time.left) if time.left else None


@dataclass(frozen=True)
class Forecast:
    """A linear finish (线性外推): remaining ÷ mean of the last 10 workdays.

    `finish` is None when the recent pace never gets there (按近期进度无法完成), and also when
    nothing remains (`finished`).
    """

    mean: Fraction  # done a workday lately
    finish: date | None
    provisional: bool
    finished: bool


def recent_mean(
    done_by_day: Mapping[date, int], start: date, as_of: date, calendar: WorkCalendar
) -> Fraction:
    """Return the mean of the last 10 whole workdays before `as_of`.

    Visits on rest days between them count too. A plan younger than 10 workdays is averaged over
    those it has; today is not over and does not count.
    """
    first, counted = as_of, 0
    while counted < RECENT_WORKDAYS and first > start:
        first -= ONE_DAY
        counted += calendar.is_workday(first)
    if not counted:
        return Fraction(0)
    span = (first + timedelta(days=i) for i in range((as_of - first).days))
    return Fraction(sum(done_by_day.get(day, 0) for day in span), counted)


def forecast(remaining: int, mean: Fraction, as_of: date, calendar: WorkCalendar) -> Forecast:
    """Return where the recent pace leads; today is the first workday that can still be used."""
    if remaining <= 0:
        return Forecast(mean, None, False, finished=True)
    if mean <= 0:
        return Forecast(mean, None, False, finished=False)
    workdays = -(-remaining * mean.denominator // mean.numerator)  # rounded up
    if workdays > HORIZON_WORKDAYS:
        return Forecast(mean, None, False, finished=False)
    due = calendar.add_workdays(as_of - ONE_DAY, workdays)
    return Forecast(mean, due.day, due.provisional, finished=False)
