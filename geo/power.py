"""Balanced clusters: centres with weights whose power diagram's cells hold about equally many points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

from geo.shift import Floats

_ROUNDS = 60
_STEPS = 12


@dataclass(frozen=True)
class Centres:
    """Centres (n × 2) and weights (n): a point belongs to the centre of smallest distance² − weight."""

    xy: Floats
    weight: Floats

    @property
    def count(self) -> int:
        """Number of centres."""
        return len(self.xy)

    def nearest(self, points: Floats) -> npt.NDArray[np.int64]:
        """Tell the centre of each point."""
        gap = points[:, None, :] - self.xy[None]
        power: Floats = (gap**2).sum(axis=2) - self.weight
        return np.asarray(np.argmin(power, axis=1), dtype=np.int64)


def balanced_centres(points: Floats, n: int, rng: np.random.Generator) -> Centres:
    """Cluster points into ``n`` compact groups of about equal size.

    Lloyd's rounds (centres move to the middle of their points) alternate with steps that raise the weight of
    centres with too few points and lower it of those with too many; the most even round is kept.
    """
    jitter = 1e-9 * rng.standard_normal(points.shape)  # duplicates must not stop the bisection
    xy = np.array([group.mean(axis=0) for group in _bisect(points + jitter, n)])
    weight = np.zeros(n)
    best, best_worst = Centres(xy, weight), np.inf
    goal = len(points) / n
    for _ in range(_ROUNDS):
        for _ in range(_STEPS):
            now = Centres(xy, weight)
            count = np.bincount(now.nearest(points), minlength=n)
            worst = float(np.abs(count - goal).max())
            if worst < best_worst:
                best, best_worst = now, worst
            weight = weight + 0.1 * _reach(xy) * (1.0 - count / goal)
        owner = Centres(xy, weight).nearest(points)
        xy = np.array([points[owner == i].mean(axis=0) if (owner == i).any() else xy[i] for i in range(n)])
    return best


def cell_lines(centres: Centres, box: BaseGeometry) -> BaseGeometry:
    """Draw the borders between the cells of the power diagram within a box."""
    reach = 4 * max(box.bounds[2] - box.bounds[0], box.bounds[3] - box.bounds[1])
    lines = []
    for i in range(centres.count):
        for j in range(i + 1, centres.count):
            border = _bisector(centres, i, j, reach)
            for k in range(centres.count):
                if k not in (i, j) and not border.is_empty:
                    border = border.intersection(_half_plane(centres, i, k, reach))
            if not border.is_empty:
                lines.append(border.intersection(box))
    return shapely.unary_union(lines) if lines else shapely.MultiLineString()


def _bisect(points: Floats, n: int) -> list[Floats]:
    if n == 1:
        return [points]
    left = n // 2
    spread = points - points.mean(axis=0)
    axis = np.linalg.svd(spread, full_matrices=False)[2][0]
    order = np.argsort(spread @ axis, kind="stable")
    cut = round(len(points) * left / n)
    return [*_bisect(points[order[:cut]], left), *_bisect(points[order[cut:]], n - left)]


def _reach(xy: Floats) -> Floats:
    """Square of the distance to the next centre: the scale on which a weight matters."""
    if len(xy) < 2:
        return np.ones(len(xy))
    gap = ((xy[:, None] - xy[None]) ** 2).sum(axis=2)
    np.fill_diagonal(gap, np.inf)
    return np.asarray(gap.min(axis=1))


def _middle(centres: Centres, i: int, j: int) -> tuple[Floats, Floats]:
    """Return a point of the border between two cells, and the direction from i to j."""
    step = centres.xy[j] - centres.xy[i]
    length2 = float(step @ step)
    share = 0.5 + (centres.weight[i] - centres.weight[j]) / (2 * length2)
    return centres.xy[i] + share * step, step / np.sqrt(length2)


def _bisector(centres: Centres, i: int, j: int, reach: float) -> BaseGeometry:
    foot, ahead = _middle(centres, i, j)
    along = np.array([-ahead[1], ahead[0]]) * reach
    return shapely.LineString([foot - along, foot + along])


def _half_plane(centres: Centres, i: int, k: int, reach: float) -> BaseGeometry:
    foot, ahead = _middle(centres, i, k)
    along = np.array([-ahead[1], ahead[0]]) * 2 * reach
    back = ahead * 2 * reach
    return shapely.Polygon([foot - along, foot + along, foot + along - back, foot - along - back])
