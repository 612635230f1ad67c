"""The dense centre of a city, found from its grids."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import numpy.typing as npt
from pyproj import Transformer

from geo.crs import metric_crs_of
from geo.labels import label_points
from geo.shift import Floats

Bounds = tuple[float, float, float, float]


def dense_window(
    grids: gpd.GeoDataFrame,
    weights: npt.ArrayLike | None = None,
    *,
    aspect: float = 1.0,
    share: float = 0.625,
    largest: float = 0.25,
) -> Bounds | None:
    """Find the city's dense centre, to be drawn enlarged beside the whole city.

    Parameters
    ----------
    grids : GeoDataFrame
        WGS 84.
    weights : array_like of float, optional
        One per grid, such as its enterprises; every grid counts 1 without them.
    aspect : float
        Width ÷ height of the window.
    share : float
        Part of the weight whose label points must lie in the window.
    largest : float
        A window that covers more than this part of the city's bounds is no enlargement worth drawing.

    Returns
    -------
    tuple of float or None
        West, south, east, north in WGS 84 of the smallest such window with a rim of 4 %, or None when the
        city has no dense centre.
    """
    crs = metric_crs_of(grids)
    labels = label_points(grids)
    weight = np.ones(len(grids)) if weights is None else np.asarray(weights, dtype=np.float64)
    use = labels["lon"].notna().to_numpy() & (weight > 0)
    if use.sum() < 3:
        return None
    there = Transformer.from_crs(4326, crs, always_xy=True)
    x, y = there.transform(labels["lon"].to_numpy()[use], labels["lat"].to_numpy()[use])
    radius, weight = labels["radius_m"].to_numpy()[use], weight[use]
    # The circle of each label must fit, so the window shows grids and not only their middles.
    best = _smallest(x - radius, x + radius, y - radius, y + radius, weight, aspect, share)
    west, south, east, north = (float(v) for v in grids.to_crs(crs).total_bounds)
    left, bottom, height = best
    if height * height * aspect > largest * (east - west) * (north - south):
        return None
    rim = 0.04 * height
    box = (left - rim * aspect, bottom - rim, left + (height + rim) * aspect, bottom + height + rim)
    back = Transformer.from_crs(crs, 4326, always_xy=True)
    west, south, east, north = back.transform_bounds(*box)
    return float(west), float(south), float(east), float(north)


def _smallest(
    x0: Floats,
    x1: Floats,
    y0: Floats,
    y1: Floats,
    weight: Floats,
    aspect: float,
    share: float,
) -> tuple[float, float, float]:
    # The best window starts at some item's left and some item's lower side; 80 of each are plenty.
    lefts = np.unique(np.quantile(x0, np.linspace(0, 1, min(80, x0.size)), method="nearest"))
    bottoms = np.unique(np.quantile(y0, np.linspace(0, 1, min(80, y0.size)), method="nearest"))
    best = (float(x0.min()), float(y0.min()), np.inf)
    goal = share * weight.sum() - 1e-9
    for left in lefts:
        for bottom in bottoms:
            need = np.maximum((x1 - left) / aspect, y1 - bottom)
            need[(x0 < left) | (y0 < bottom)] = np.inf
            order = np.argsort(need)
            reach = np.searchsorted(np.cumsum(weight[order]), goal)
            if reach < need.size and need[order[reach]] < best[2]:
                best = (float(left), float(bottom), float(need[order[reach]]))
    return best
