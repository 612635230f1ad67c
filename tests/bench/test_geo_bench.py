"""How fast points find their grids; `make bench` prints the figures."""

from __future__ import annotations

import time
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo.grids import split_coverage
from geo.locate import Locator

GEOGRAPHY = Path(__file__).parents[2] / "data/reference/geography/shenyang_districts_simplified.geojson"
POINTS = 640_000


def measure() -> dict[str, float]:
    """Locate 640,000 points in 81 grids of the demo city and in 10,000 polygons.

    Returns
    -------
    dict
        Seconds of building and of locating, and points a second.
    """
    rng = np.random.default_rng(1)
    city = _city_of_81_grids()
    x, y = _points_in(city, rng)
    # The same number of points where grids are smallest and edges nearest.
    dense_x, dense_y = rng.normal(123.43, 0.06, POINTS), rng.normal(41.79, 0.045, POINTS)
    many = _voronoi(10_000, rng)
    u, v = rng.uniform((122.5, 41.2), (123.8, 43.0), (POINTS, 2)).T
    return {
        **_time("81 grids, whole city", city, x, y),
        **_time("81 grids, dense centre", city, dense_x, dense_y),
        **_time("10,000 polygons", many, u, v),
    }


def _time(name: str, grids: gpd.GeoDataFrame, x: np.ndarray, y: np.ndarray) -> dict[str, float]:
    start = time.perf_counter()
    locator = Locator(grids)
    built = time.perf_counter()
    locator.locate(x, y)
    done = time.perf_counter()
    return {
        f"{name}: vertices": float(shapely.get_num_coordinates(grids.geometry).sum()),
        f"{name}: build s": round(built - start, 3),
        f"{name}: {x.size:,} points s": round(done - built, 3),
        f"{name}: points/s": round(x.size / (done - built)),
    }


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


@pytest.mark.bench
def test_figures_of_locating_points(capsys: pytest.CaptureFixture[str]) -> None:
    figures = measure()
    with capsys.disabled():
        for name, value in figures.items():
            print(f"{name:45} {value:>12,}")
    assert figures
