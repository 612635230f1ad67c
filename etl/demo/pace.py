"""How far each grid has come by the demo day: officers differ, and so do grids."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np

from etl.demo.geography import COUNTIES, Floats

Pace = Literal["usual", "ahead", "behind"]

_CURVES: Mapping[Pace, tuple[tuple[float, float], ...]] = {
    # rank of the grid (0 the slowest) → share of its enterprises visited by the demo day
    "usual": ((0.0, 0.47), (0.14, 0.63), (0.30, 0.78), (0.50, 0.88), (0.66, 0.94), (0.86, 0.985), (0.9, 1.0)),
    "ahead": ((0.0, 0.93), (0.1, 0.965), (0.4, 0.985), (0.62, 0.995), (0.65, 1.0)),
    "behind": ((0.0, 0.28), (0.3, 0.55), (0.7, 0.8), (0.92, 0.93), (1.0, 0.98)),
}
_CENTRE = ("210102", "210105")  # one officer in each of these fell ill in summer: two laggards in the centre


def completion(codes: Sequence[str], pace: Pace, rng: np.random.Generator) -> dict[str, float]:
    """Return the share of its enterprises that each grid has visited by the demo day.

    Parameters
    ----------
    codes : sequence of str
        Grid codes.
    pace : {"usual", "ahead", "behind"}
        ``usual``: behind as a whole, with the deadline in reach; counties slower than the middle.
    """
    score: Floats = rng.normal(size=len(codes))
    score += [-0.9 if c[:6] in COUNTIES else 0.25 for c in codes]
    for district in _CENTRE:
        own = [i for i, c in enumerate(codes) if c[:6] == district]
        if own:
            score[own[len(own) // 2]] = -2.2
    rank = score.argsort().argsort() / max(len(codes) - 1, 1)
    at, share = zip(*_CURVES[pace], strict=True)
    return dict(zip(codes, np.interp(rank, at, share).tolist(), strict=True))
