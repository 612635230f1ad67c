"""A round of visits: nobody twice, nobody dropped, never longer than it was, the urgent ones first."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.round import MOST_STOPS, Stop, choose, distances, length, order, propose

near = st.tuples(st.floats(123.0, 124.0), st.floats(41.0, 42.0))
starts = st.none() | near


@st.composite
def some_stops(draw: st.DrawFn, most: int = 12) -> list[Stop]:
    places = draw(st.lists(st.none() | near, max_size=most))
    ranks = draw(st.lists(st.integers(0, 2), min_size=len(places), max_size=len(places)))
    return [Stop(f"e{n}", at, (rank,)) for n, (at, rank) in enumerate(zip(places, ranks, strict=True))]


def way_of(stops: list[Stop], start: tuple[float, float] | None) -> float:
    points = [stop.at for stop in stops if stop.at is not None]
    if len(points) < (1 if start else 2):
        return 0.0
    way = distances([start, *points] if start else points)
    return length(way, list(range(1, len(way))))


@given(some_stops(), starts)
def test_a_round_has_every_stop_once_and_is_no_longer_than_before(stops: list[Stop], start):
    found = order(stops, start)
    assert sorted(leg.stop.key for leg in found.legs) == sorted(stop.key for stop in stops)
    assert found.metres <= way_of(stops, start) + 1e-3
    assert found.metres == pytest.approx(way_of([leg.stop for leg in found.legs], start), abs=1e-3)


@given(some_stops(), starts, st.integers(0, 12))
def test_a_better_class_is_never_dropped_for_a_worse(stops: list[Stop], start, n: int):
    found = choose(stops, n, start)
    assert len(found) == len({stop.key for stop in found}) == min(n, len(stops))
    left = [stop.rank for stop in stops if stop not in found]
    assert not left or max((stop.rank for stop in found), default=(0,)) <= min(left) or not found


@given(st.lists(near, min_size=3, max_size=6), near)
def test_a_round_is_within_a_tenth_of_the_best_or_no_turn_makes_it_better(places, start):
    found = order([Stop(str(n), at) for n, at in enumerate(places)], start)
    way = distances([start, *places])
    best = min(length(way, path) for path in itertools.permutations(range(1, len(way))))
    path = [int(leg.stop.key) + 1 for leg in found.legs]
    turned = (
        [*path[:i], *path[i : j + 1][::-1], *path[j + 1 :]]
        for i in range(len(path))
        for j in range(i + 1, len(path))
    )
    assert found.metres <= 1.1 * best + 1e-3 or all(
        length(way, other) >= found.metres - 1e-3 for other in turned
    )


def test_stops_on_a_street_are_visited_along_it():
    street = [Stop(str(n), (123.4 + n / 1000, 41.8)) for n in (3, 1, 4, 0, 2)]
    assert [leg.stop.key for leg in order(street, (123.39, 41.8)).legs] == ["0", "1", "2", "3", "4"]


def test_the_last_class_is_filled_by_nearness():
    urgent = Stop("urgent", (123.5, 41.8), (0,))
    rest = [Stop(f"r{n}", (123.4 + n / 100, 41.8), (1,)) for n in range(10)]
    chosen = {stop.key for stop in choose([*rest, urgent], 3, None)}
    assert chosen == {"urgent", "r9", "r8"}


def test_without_a_start_the_first_visit_has_no_distance_and_those_without_a_position_come_last():
    stops = [Stop("lost", None), Stop("b", (123.41, 41.8)), Stop("a", (123.4, 41.8))]
    found = propose(stops, 3, None)
    assert [leg.stop.key for leg in found.legs][-1] == "lost"
    assert [leg.metres is None for leg in found.legs] == [True, False, True]
    assert found.metres == pytest.approx(830, abs=5)


def test_more_than_a_day_can_hold_is_a_mistake():
    with pytest.raises(ValueError, match=str(MOST_STOPS)):
        choose([], MOST_STOPS + 1, None)
