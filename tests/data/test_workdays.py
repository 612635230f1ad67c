"""The workday calendar: public vectors, and what no calendar may get wrong."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from data.schema import calendar_day
from data.store import reading, writing
from data.workdays import Due, WorkCalendar, load_calendar
from tests.factories import LOADED

VECTORS = json.loads((Path(__file__).parents[1] / "fixtures/vectors/cn_workdays.json").read_text("utf-8"))
PLAIN = WorkCalendar({})
days = st.dates(date(2004, 1, 1), date(2030, 12, 31))


def day(text: str) -> date:
    return date.fromisoformat(text)


def test_every_day_since_2004_agrees_with_the_published_notices() -> None:
    exceptions = {day(row["date"]): row["workday"] for row in VECTORS["exceptions"]}
    current = date(2004, 1, 1)
    while current <= date(2026, 12, 31):
        assert PLAIN.is_workday(current) == exceptions.get(current, current.weekday() < 5), current
        current += timedelta(days=1)


@pytest.mark.parametrize(("year", "expected"), VECTORS["workdays_per_year"].items())
def test_workdays_per_year_agree_with_three_packages(year: str, expected: int) -> None:
    assert PLAIN.workdays_between(date(int(year), 1, 1), date(int(year) + 1, 1, 1)) == expected


@pytest.mark.parametrize("row", VECTORS["deadline_examples"])
def test_published_deadlines_are_reproduced(row: dict[str, str]) -> None:
    assert PLAIN.add_workdays(day(row["start"]), int(row["workdays"])).day == day(row["due"])


@pytest.mark.parametrize(
    ("n", "start", "due"),
    [
        (7, "2026-04-15", "2026-04-24"),
        (7, "2026-04-29", "2026-05-12"),
        (7, "2026-09-18", "2026-09-29"),
        (7, "2026-09-28", "2026-10-13"),
        (7, "2026-02-10", "2026-02-26"),
        (15, "2026-04-15", "2026-05-09"),
        (15, "2026-05-09", "2026-05-29"),
        (15, "2026-09-18", "2026-10-15"),
        (15, "2026-10-15", "2026-11-05"),
        (10, "2026-09-22", "2026-10-13"),
    ],
)
def test_statutory_workday_deadlines_of_2026(n: int, start: str, due: str) -> None:
    assert PLAIN.add_workdays(day(start), n) == Due(day(due), provisional=False)


@pytest.mark.parametrize(
    ("n", "start", "due"),
    [
        (60, "2026-04-20", "2026-06-22"),  # Dragon Boat Friday
        (60, "2026-08-03", "2026-10-08"),  # inside the National Day break
        (90, "2026-07-03", "2026-10-08"),
        (30, "2026-10-01", "2026-10-31"),  # an ordinary Saturday
        (90, "2026-03-02", "2026-05-31"),  # an ordinary Sunday
    ],
)
def test_calendar_day_deadlines_roll_over_holidays_alone(n: int, start: str, due: str) -> None:
    assert PLAIN.add_calendar_days(day(start), n) == Due(day(due), provisional=False)


def test_calendar_day_deadlines_can_roll_over_any_rest_day() -> None:
    assert PLAIN.add_calendar_days(date(2026, 3, 2), 90, roll="any_rest_day").day == date(2026, 6, 1)


def test_a_deadline_over_days_not_announced_yet_is_provisional() -> None:
    assert PLAIN.add_workdays(date(2026, 12, 24), 7).provisional
    assert not PLAIN.add_workdays(date(2026, 12, 14), 7).provisional


def test_the_last_days_of_the_last_announced_year_wait_for_the_next_notice() -> None:
    waiting = [d for d in range(20, 32) if PLAIN.is_provisional(date(2026, 12, d))]
    assert waiting == [29, 30, 31]
    assert not PLAIN.is_provisional(date(2025, 12, 31))


def test_a_loaded_notice_ends_the_provisional_state() -> None:
    notice = {date(2027, 1, 1): False, **{date(2027, 10, d): False for d in range(1, 8)}}
    loaded = WorkCalendar(notice)
    assert not loaded.is_provisional(date(2027, 3, 1))
    assert not loaded.is_provisional(date(2026, 12, 31))
    assert loaded.is_provisional(date(2027, 12, 30))
    assert not loaded.add_workdays(date(2026, 12, 24), 7).provisional


def test_one_local_day_off_does_not_pass_for_a_notice() -> None:
    local = WorkCalendar({date(2027, 3, 8): False})
    assert not local.is_provisional(date(2027, 3, 8))
    assert local.is_provisional(date(2027, 3, 9))


def test_beyond_the_announced_range_monday_to_friday_is_the_guess() -> None:
    assert PLAIN.is_workday(date(2027, 2, 5)) and PLAIN.is_provisional(date(2027, 2, 5))
    assert not PLAIN.is_workday(date(2027, 2, 6))


def test_a_reminder_falls_on_the_workday_before() -> None:
    assert PLAIN.previous_workday(date(2022, 3, 20)) == date(2022, 3, 18)
    assert PLAIN.is_workday(date(2022, 10, 9))


def test_the_calendar_table_overrides_the_package(db: sa.Engine) -> None:
    with writing(db) as conn:
        conn.execute(
            sa.insert(calendar_day),
            [
                {"day": date(2026, 11, 23), "is_workday": False, "recorded_at": LOADED},
                {"day": date(2026, 11, 22), "is_workday": True, "recorded_at": LOADED},
            ],
        )
    with reading(db) as conn:
        changed = load_calendar(conn)
    assert not changed.is_workday(date(2026, 11, 23)) and changed.is_workday(date(2026, 11, 22))
    assert changed.add_workdays(date(2026, 11, 21), 2).day == date(2026, 11, 24)


@given(days, days, st.dictionaries(days, st.booleans(), max_size=5))
def test_counting_agrees_with_asking_each_day(a: date, b: date, overrides: dict[date, bool]) -> None:
    calendar = WorkCalendar(overrides)
    end = min(b, a + timedelta(days=800))
    asked = sum(calendar.is_workday(a + timedelta(days=i)) for i in range(max(0, (end - a).days)))
    assert calendar.workdays_between(a, end) == asked


@given(days, st.integers(0, 400), st.dictionaries(days, st.booleans(), max_size=5))
def test_the_nth_workday_is_a_workday_with_n_workdays_up_to_it(
    start: date, n: int, overrides: dict[date, bool]
) -> None:
    calendar = WorkCalendar(overrides)
    due = calendar.add_workdays(start, n)
    one = timedelta(days=1)
    assert calendar.workdays_between(start + one, due.day + one) == n
    assert n == 0 or calendar.is_workday(due.day)
    walked = (start + one * i for i in range(1, (due.day - start).days + 1))
    assert due.provisional == any(calendar.is_provisional(d) for d in walked)
