"""Points → grids.

Edge rule: a point on the edge of several grids (or in several that overlap) belongs to the one with the
smallest code, compared as strings. A point on the outer edge belongs to its grid. Points outside all grids
stay unplaced, with the distance to the nearest grid.
"""

from __future__ import annotations

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely
from pyproj import Geod, Transformer

from geo.crs import Floats, metric_crs_of
from geo.raster import BORDER, CellIndex

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
_FAR_DEGREES = 3.0  # beyond this the metric CRS of the city distorts; distances become geodesic


@dataclass(frozen=True)
class LocateResult:
    """Answer of `Locator.locate`, one entry a point.

    Attributes
    ----------
    grid : array of int
        Row position of the grid in the frame, -1 if the point lies in none or has no coordinates.
    nearest : array of int
        Row position of the nearest grid of points outside; equals ``grid`` inside, -1 without coordinates.
    distance_m : array of float
        Metres to the nearest grid; 0 inside, NaN without coordinates.
    on_edge : array of bool
        The point lies exactly on an edge, or in several grids: the edge rule has decided.
    """

    grid: Ints
    nearest: Ints
    distance_m: Floats
    on_edge: Bools


class Locator:
    """Prepared point-in-grid search over one coverage.

    Parameters
    ----------
    grids : GeoDataFrame
        Polygons in WGS 84 with a column ``code``. Empty geometries never match.
    """

    def __init__(self, grids: gpd.GeoDataFrame) -> None:
        self.codes: list[str] = [str(code) for code in grids["code"]]
        shapes = np.asarray(grids.geometry.array, dtype=object)
        order = np.argsort(np.array(self.codes, dtype=str), kind="stable")
        # Sorted by code, the smallest index among the hits is the answer of the edge rule.
        self._row = order.astype(np.int64)
        self._shapes = shapes[order]
        shapely.prepare(self._shapes)
        self._tree = shapely.STRtree(self._shapes)
        self._cells = CellIndex(self._shapes, self._tree)
        crs = metric_crs_of(grids)
        self._to_metric = Transformer.from_crs(4326, crs, always_xy=True)
        self._metric_shapes = np.asarray(grids.geometry.to_crs(crs).array, dtype=object)[order]
        self._metric_tree = shapely.STRtree(self._metric_shapes)
        self._bounds = grids.total_bounds

    def locate(self, lon: npt.ArrayLike, lat: npt.ArrayLike) -> LocateResult:
        """Find the grid of each point (WGS 84); see `LocateResult`."""
        x, y = np.atleast_1d(np.asarray(lon, np.float64)), np.atleast_1d(np.asarray(lat, np.float64))
        hit = self._cells.lookup(x, y)
        on_edge = np.zeros(x.shape, dtype=bool)
        doubt = np.flatnonzero(hit == BORDER)
        hit[doubt], on_edge[doubt] = self._exact(x[doubt], y[doubt])
        nearest, distance = hit.copy(), np.zeros(x.shape)
        known = np.isfinite(x) & np.isfinite(y)
        distance[~known] = np.nan
        outside = np.flatnonzero((hit < 0) & known)
        if outside.size:
            nearest[outside], distance[outside] = self._nearest(x[outside], y[outside])
        return LocateResult(self._rows(hit), self._rows(nearest), distance, on_edge)

    def _rows(self, hit: Ints) -> Ints:
        return np.where(hit >= 0, self._row[np.maximum(hit, 0)], -1)

    def _exact(self, x: Floats, y: Floats) -> tuple[Ints, Bools]:
        best = np.full(x.shape, -1, dtype=np.int64)
        on_edge = np.zeros(x.shape, dtype=bool)
        point, grid = self._tree.query(shapely.points(x, y))
        by_grid = np.argsort(grid, kind="stable")  # prepared polygons stay in the cache
        point, grid = point[by_grid], grid[by_grid]
        shape = self._shapes[grid]
        within = shapely.intersects_xy(shape, x[point], y[point])
        point, grid, shape = point[within], grid[within], shape[within]
        on_edge[point[~shapely.contains_xy(shape, x[point], y[point])]] = True
        on_edge |= np.bincount(point, minlength=x.size) > 1
        # Written from the largest index down, the smallest code is what remains.
        best[point[::-1]] = grid[::-1]
        return best, on_edge

    def _nearest(self, x: Floats, y: Floats) -> tuple[Ints, Floats]:
        nearest, distance = np.full(x.shape, -1, dtype=np.int64), np.full(x.shape, np.nan)
        west, south, east, north = self._bounds
        away = np.maximum.reduce([west - x, x - east, south - y, y - north])
        near = np.flatnonzero(away <= _FAR_DEGREES)
        if near.size:
            points = shapely.points(*self._to_metric.transform(x[near], y[near]))
            pairs, metres = self._metric_tree.query_nearest(points, return_distance=True)
            _keep_smallest(near[pairs[0]], pairs[1], metres, nearest, distance)
        far = np.flatnonzero(away > _FAR_DEGREES)
        if far.size:
            points = np.asarray(shapely.points(x[far], y[far]), dtype=object)
            pairs = self._tree.query_nearest(points)
            line = shapely.shortest_line(points[pairs[0]], self._shapes[pairs[1]])
            ends = shapely.get_coordinates(line).reshape(-1, 4)
            metres = np.asarray(Geod(ellps="GRS80").inv(*ends.T)[2])
            _keep_smallest(far[pairs[0]], pairs[1], metres, nearest, distance)
        return nearest, distance


def _keep_smallest(point: Ints, grid: Ints, metres: Floats, nearest: Ints, distance: Floats) -> None:
    last = np.argsort(grid, kind="stable")[::-1]
    nearest[point[last]] = grid[last]
    distance[point[last]] = metres[last]
