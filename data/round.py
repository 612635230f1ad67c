"""A round of visits: which N of many stops, and in which order; pure, knows no database.

Choosing: the classes of urgency one after another (`Stop.rank`, the least first). Where a class does not fit
whole, those of it are taken that lie nearest to what is chosen already, one after another, so that the least
urgent visits cost the shortest way. A stop of a better class is never dropped for one of a worse.

Ordering: an open path from the start. The shorter of two first orders – as given (by urgency) and by nearest
neighbour – is improved by 2-opt: a stretch is turned round as long as that makes the way shorter. For the
twenty stops of a working day at most this is within a few per cent of the best way and takes milliseconds; a
solver would be another dependency for metres that no street keeps. Stops without a position come last.

Distances are geodesic metres on WGS 84: streets are not known here.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from pyproj import Geod

MOST_STOPS = 20
_WGS84 = Geod(ellps="WGS84")
_HAIR = 1e-6  # metres: less than this is no improvement, whatever the rounding says

Position = tuple[float, float]
"""Longitude and latitude, WGS 84."""


@dataclass(frozen=True)
class Stop:
    """A place to visit; `rank` compares with others, the least is the most urgent."""

    key: str
    at: Position | None
    rank: tuple[int, ...] = ()


@dataclass(frozen=True)
class Leg:
    """One visit of a round with the metres from the one before it; None: no position is known."""

    stop: Stop
    metres: float | None


@dataclass(frozen=True)
class Round:
    """Visits in the order to make them."""

    legs: tuple[Leg, ...]

    @property
    def metres(self) -> float:
        """The length of the whole way as the crow flies."""
        return sum(leg.metres or 0.0 for leg in self.legs)


def propose(stops: Sequence[Stop], n: int, start: Position | None) -> Round:
    """Choose up to `n` stops, the most urgent ones, and order them from `start`.

    Parameters
    ----------
    stops : sequence of Stop
        Each key once.
    n : int
        At most `MOST_STOPS`.
    start : Position or None
        Where I stand, or the station; None: the way begins at the first stop.
    """
    return order(choose(stops, n, start), start)


def choose(stops: Sequence[Stop], n: int, start: Position | None) -> list[Stop]:
    """Return the `n` stops of a round, by class, in the last class by nearness."""
    if not 0 <= n <= MOST_STOPS:
        raise ValueError(f"Expected 0 to {MOST_STOPS} stops for a round, got {n}.")
    waiting = sorted(stops, key=lambda stop: stop.rank)
    chosen: list[Stop] = []
    while waiting and len(chosen) < n:
        class_ = [stop for stop in waiting if stop.rank == waiting[0].rank]
        waiting = waiting[len(class_) :]
        room = n - len(chosen)
        chosen += class_ if len(class_) <= room else _nearest(class_, chosen, start, room)
    return chosen


def order(stops: Sequence[Stop], start: Position | None) -> Round:
    """Return the stops in a short order from `start`; never longer than as given or by nearest neighbour."""
    placed = [stop for stop in stops if stop.at is not None]
    lost = [Leg(stop, None) for stop in stops if stop.at is None]
    if not placed:
        return Round(tuple(lost))
    points = [stop.at for stop in placed]
    way = distances([start if start is not None else points[0], *points])
    if start is None:
        way[0, :] = way[:, 0] = 0.0  # beginning anywhere costs nothing
    best = min((list(range(1, len(way))), _by_neighbour(way)), key=lambda path: length(way, path))
    path = _two_opt(way, best)
    steps = zip([0, *path], path, strict=False)
    legs = [Leg(placed[to - 1], float(way[at, to])) for at, to in steps]
    if start is None:
        legs[0] = Leg(legs[0].stop, None)
    return Round((*legs, *lost))


def distances(points: Sequence[Any]) -> npt.NDArray[np.float64]:
    """Return the matrix of geodesic metres between points of longitude and latitude."""
    lon, lat = np.asarray(points, dtype=np.float64).T
    a, b = np.meshgrid(np.arange(len(lon)), np.arange(len(lon)), indexing="ij")
    metres = _WGS84.inv(lon[a].ravel(), lat[a].ravel(), lon[b].ravel(), lat[b].ravel())[2]
    found = np.asarray(metres, dtype=np.float64).reshape(a.shape)
    return np.asarray((found + found.T) / 2)  # the same there and back to the last bit


def length(way: npt.NDArray[np.float64], path: Sequence[int]) -> float:
    """Return the metres of a path that begins at place 0 of the matrix."""
    return float(sum(way[at, to] for at, to in zip([0, *path], path, strict=False)))


def _nearest(class_: Sequence[Stop], chosen: Sequence[Stop], start: Position | None, room: int) -> list[Stop]:
    """Return `room` of a class, each the nearest to the start or to one that is chosen already."""
    placed = [stop for stop in class_ if stop.at is not None]
    seeds = [*(stop.at for stop in chosen if stop.at is not None), *([start] if start is not None else [])]
    found: list[Stop] = []
    if placed and not seeds:
        found.append(placed.pop(0))
        seeds = [stop.at for stop in found if stop.at is not None]
    if placed:
        way = distances([*seeds, *(stop.at for stop in placed)])
        near = way[: len(seeds), len(seeds) :].min(axis=0)
        while len(found) < room and np.isfinite(near).any():
            pick = int(near.argmin())
            found.append(placed[pick])
            near = np.where(np.isinf(near), near, np.minimum(near, way[len(seeds) + pick, len(seeds) :]))
            near[pick] = np.inf
    found += [stop for stop in class_ if stop.at is None][: room - len(found)]
    return found[:room]


def _by_neighbour(way: npt.NDArray[np.float64]) -> list[int]:
    left, path, at = set(range(1, len(way))), [], 0
    while left:
        at = min(left, key=lambda to: (way[at, to], to))
        left.remove(at)
        path.append(at)
    return path


def _two_opt(way: npt.NDArray[np.float64], path: list[int]) -> list[int]:
    """Turn stretches of an open path round until none makes it shorter."""
    better = True
    while better:
        better = False
        for i in range(len(path) - 1):
            before = path[i - 1] if i else 0
            for j in range(i + 1, len(path)):
                gain = way[before, path[i]] - way[before, path[j]]
                if j + 1 < len(path):
                    gain += way[path[j], path[j + 1]] - way[path[i], path[j + 1]]
                if gain > _HAIR:
                    path[i : j + 1] = path[i : j + 1][::-1]
                    better = True
    return path
