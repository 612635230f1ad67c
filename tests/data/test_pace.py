"""Pace and lights, held to their definition in exact fractions."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.pace import Light, Timeline, expected, forecast, light, needed_per_workday, recent_mean, timeline
from data.workdays import WorkCalendar

CALENDAR = WorkCalendar({})
START, DEADLINE = date(2026, 1, 1), date(2026, 11, 30)


def at(elapsed: int, total: int, *, past: bool = False) -> Timeline:
    return Timeline(elapsed, total, total - elapsed, total - elapsed, past, False)


times = st.integers(1, 260).flatmap(lambda total: st.integers(0, total).map(lambda n: at(n, total)))
counts = st.integers(0, 500).flatmap(lambda due: st.tuples(st.just(due), st.integers(0, due)))


@given(times, counts)
def test_the_light_is_the_definition_in_exact_fractions(time: Timeline, count: tuple[int, int]) -> None:
    due, done = count
    if due == 0:
        assert light(due, done, time) is Light.GREY
        return
    behind = Fraction(due * time.elapsed, time.total) - done
    points = 100 * behind / due
    if behind >= 2 and points > 15:
        wanted = Light.RED
    elif behind >= 2 and points >= 5:
        wanted = Light.YELLOW
    else:
        wanted = Light.GREEN
    assert light(due, done, time) is wanted


@given(times, counts)
def test_one_more_visit_never_makes_the_light_worse(time: Timeline, count: tuple[int, int]) -> None:
    due, done = count
    order = [Light.GREY, Light.GREEN, Light.YELLOW, Light.RED]
    if done < due:
        assert order.index(light(due, done + 1, time)) <= order.index(light(due, done, time))


@pytest.mark.parametrize(
    ("due", "done", "wanted"),
    [
        (100, 35, Light.YELLOW),  # exactly 15 points behind is not more than 15
        (100, 34, Light.RED),
        (100, 45, Light.YELLOW),  # exactly 5 points
        (100, 46, Light.GREEN),
        (2, 0, Light.GREEN),  # 50 points, yet one visit behind
        (4, 0, Light.RED),  # two visits behind
        (0, 0, Light.GREY),
    ],
)
def test_lights_at_the_thresholds_half_way(due: int, done: int, wanted: Light) -> None:
    assert light(due, done, at(50, 100)) is wanted


def test_after_the_deadline_one_undone_is_red_and_none_is_green() -> None:
    over = timeline(CALENDAR, START, date(2026, 12, 1), DEADLINE)
    assert over.past and expected(7, over) == 7
    assert light(100, 99, over) is Light.RED
    assert light(100, 100, over) is Light.GREEN


def test_on_the_deadline_itself_nothing_is_lost_yet() -> None:
    last = timeline(CALENDAR, START, DEADLINE, DEADLINE)
    assert not last.past and last.left == 1 and last.days_left == 0
    assert light(100, 99, last) is Light.GREEN


def test_nothing_imported_is_grey_even_after_the_deadline() -> None:
    assert light(100, 0, at(10, 10, past=True), imported=False) is Light.GREY


def test_the_first_day_expects_nothing() -> None:
    assert expected(5858, timeline(CALENDAR, START, START, DEADLINE)) == 0


@given(st.dates(START, DEADLINE), st.integers(0, 6000))
def test_expected_grows_from_nothing_and_never_beyond_due(day: date, due: int) -> None:
    here = expected(due, timeline(CALENDAR, START, day, DEADLINE))
    later = expected(due, timeline(CALENDAR, START, day + timedelta(days=1), DEADLINE))
    assert 0 <= here <= later <= due


@given(st.dates(START, DEADLINE + timedelta(days=60)))
def test_elapsed_and_left_make_the_whole(day: date) -> None:
    time = timeline(CALENDAR, START, day, DEADLINE)
    assert time.elapsed + time.left == time.total


def test_needed_rate_counts_today_and_the_deadline_day() -> None:
    friday = timeline(CALENDAR, START, date(2026, 11, 27), DEADLINE)  # Friday; deadline on Monday
    assert needed_per_workday(10, friday) == 5
    assert needed_per_workday(0, friday) == 0
    assert needed_per_workday(3, timeline(CALENDAR, START, date(2026, 12, 1), DEADLINE)) is None


def test_recent_mean_covers_ten_workdays_and_their_weekends_but_not_today() -> None:
    today = date(2026, 11, 20)  # Friday; ten workdays back is Friday the 6th
    done = {date(2026, 11, 6): 5, date(2026, 11, 7): 3, date(2026, 11, 5): 100, today: 100}
    assert recent_mean(done, START, today, CALENDAR) == Fraction(8, 10)


def test_recent_mean_of_a_young_plan_divides_by_the_days_it_has() -> None:
    assert recent_mean({date(2026, 1, 4): 3}, START, date(2026, 1, 5), CALENDAR) == 3  # 4th: a make-up day
    assert recent_mean({}, START, START, CALENDAR) == 0


def test_forecast_finishes_on_the_workday_that_does_the_last_one() -> None:
    monday = date(2026, 11, 23)
    assert forecast(3, Fraction(3), monday, CALENDAR).finish == monday
    assert forecast(4, Fraction(3), monday, CALENDAR).finish == date(2026, 11, 24)
    assert forecast(16, Fraction(3), monday, CALENDAR).finish == date(2026, 11, 30)  # over the weekend


def test_without_recent_visits_no_finish_is_promised() -> None:
    never = forecast(5, Fraction(0), date(2026, 11, 23), CALENDAR)
    assert never.finish is None and not never.finished
    assert forecast(10**6, Fraction(1, 10), date(2026, 11, 23), CALENDAR).finish is None
    assert forecast(0, Fraction(0), date(2026, 11, 23), CALENDAR).finished


def test_a_finish_beyond_the_announced_days_is_provisional() -> None:
    assert forecast(100, Fraction(1), date(2026, 11, 23), CALENDAR).provisional
