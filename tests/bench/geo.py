"""How fast points find their grids; `make bench` prints the figures."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from geo.grids import split_coverage
from geo.locate import Locator
from tests.bench.figure import Figure, milliseconds

GEOGRAPHY = Path(__file__).parents[2] / "data/reference/geography/shenyang_districts_simplified.geojson"
POINTS = 640_000


def measure() -> Iterator[Figure]:
    """Locate 640,000 points in the 81 grids of the demo city, and in 10,000 polygons."""
    rng = np.random.default_rng(1)
    city = _city_of_81_grids()
    yield _rate("points → 81 grids, all over the city", city, *_points_in(city, rng))
    # the same number of points where grids are smallest and edges nearest
    dense = rng.normal(123.43, 0.06, POINTS), rng.normal(41.79, 0.045, POINTS)
    yield _rate("points → 81 grids, in the dense centre", city, *dense)
    many = Locator(_voronoi(10_000, rng))
    x, y = rng.uniform((122.5, 41.2), (123.8, 43.0), (POINTS, 2)).T
    (taken,) = milliseconds(lambda: many.locate(x, y), 1)
    yield Figure(f"{POINTS:,} points → 10,000 polygons", taken / 1000, "s", 3)


def _rate(what: str, grids: gpd.GeoDataFrame, x: np.ndarray, y: np.ndarray) -> Figure:
    locator = Locator(grids)
    (taken,) = milliseconds(lambda: locator.locate(x, y), 1)
    return Figure(what, x.size / taken * 1000, "points/s", 1_000_000, more_is_better=True)


def _city_of_81_grids() -> gpd.GeoDataFrame:
    districts = gpd.read_file(GEOGRAPHY)
    districts["district_code"] = districts["adcode"]
    parts = dict(zip(districts["adcode"], [7, 8, 7, 9, 9, 5, 6, 5, 8, 4, 4, 4, 5], strict=True))
    points = gpd.GeoDataFrame(geometry=gpd.points_from_xy([], []), crs=4326)
    grids = split_coverage(districts, points, parts, seed=1)
    # As many vertices as surveyed borders have.
    dense = grids.set_geometry(grids.geometry.segmentize(0.005))
    return dense.assign(
        code=[f"{d}{p:06d}" for d, p in zip(grids["district_code"], grids["part"], strict=True)]
    )


def _points_in(grids: gpd.GeoDataFrame, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    west, south, east, north = grids.total_bounds
    x, y = rng.uniform((west, south), (east, north), (2 * POINTS, 2)).T
    inside = Locator(grids).locate(x, y).grid >= 0
    return x[inside][:POINTS], y[inside][:POINTS]


def _voronoi(cells: int, rng: np.random.Generator) -> gpd.GeoDataFrame:
    box = shapely.box(122.4, 41.1, 123.9, 43.1)
    sites = shapely.multipoints(rng.uniform(box.bounds[:2], box.bounds[2:], (cells, 2)))
    shapes = shapely.intersection(shapely.get_parts(shapely.voronoi_polygons(sites, extend_to=box)), box)
    # Each edge gets the vertices a surveyed one has.
    shapes = shapely.segmentize(shapes, 0.001)
    codes = [f"{n:012d}" for n in range(len(shapes))]
    return gpd.GeoDataFrame({"code": codes}, geometry=shapes, crs=4326)
