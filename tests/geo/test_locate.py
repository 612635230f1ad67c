from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.grids import read_grids
from geo.locate import Locator
from tests.geo.conftest import frame, squares


def brute_force(grids: gpd.GeoDataFrame, x: np.ndarray, y: np.ndarray) -> list[str | None]:
    """Ask every polygon about every point, and apply the edge rule."""
    answers: list[str | None] = []
    for point in shapely.points(x, y):
        hits = grids["code"][[shape.intersects(point) for shape in grids.geometry]]
        answers.append(min(hits) if len(hits) else None)
    return answers


def random_coverage(seed: int, cells: int) -> gpd.GeoDataFrame:
    """Make a coverage of Voronoi cells with codes in random order."""
    rng = np.random.default_rng(seed)
    box = shapely.box(123.0, 41.0, 123.4, 41.3)
    sites = shapely.multipoints(rng.uniform((123.0, 41.0), (123.4, 41.3), (cells, 2)))
    shapes = shapely.get_parts(shapely.voronoi_polygons(sites, extend_to=box))
    clipped = [shape for shape in shapely.intersection(shapes, box) if shape.geom_type == "Polygon"]
    codes = [f"G{n:03d}" for n in rng.permutation(len(clipped))]
    return frame(clipped, codes)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 40), st.booleans())
def test_located_grids_agree_with_asking_every_polygon(seed, cells, with_hole):
    grids = random_coverage(seed, cells)
    if with_hole:
        grids = grids.iloc[1:].reset_index(drop=True)
    rng = np.random.default_rng(seed + 1)
    free = rng.uniform((122.95, 40.95), (123.45, 41.35), (60, 2))
    corners = shapely.get_coordinates(grids.geometry)
    corners = corners[rng.integers(0, len(corners), 40)]
    ends = shapely.get_coordinates(grids.geometry.iloc[0].exterior)
    middles = (ends[1:] + ends[:-1]) / 2
    x, y = np.vstack([free, corners, middles]).T
    found = Locator(grids).locate(x, y)
    expected = brute_force(grids, x, y)
    assert [grids["code"][g] if g >= 0 else None for g in found.grid] == expected
    edges = shapely.intersects(shapely.union_all(grids.boundary), shapely.points(x, y))
    assert found.on_edge[edges & (found.grid >= 0)].all()
    assert found.on_edge[60:100].all(), "corners of grids lie on edges"


def test_a_point_on_a_shared_edge_goes_to_the_smallest_code():
    grids = frame(squares(2, 1), ["B", "A"])
    found = Locator(grids).locate([123.01, 123.01, 123.005, 123.0], [41.005, 41.0, 41.005, 41.005])
    assert found.grid.tolist() == [1, 1, 0, 0]
    assert found.on_edge.tolist() == [True, True, False, True]


def test_codes_are_compared_as_strings():
    found = Locator(frame(squares(2, 1), ["9", "10"])).locate(123.01, 41.005)
    assert found.grid.tolist() == [1]


def test_overlapping_grids_follow_the_edge_rule():
    grids = frame([shapely.box(123, 41, 123.2, 41.2), shapely.box(123.1, 41, 123.3, 41.2)], ["B", "A"])
    found = Locator(grids).locate([123.15, 123.05, 123.25], [41.1, 41.1, 41.1])
    assert found.grid.tolist() == [1, 0, 1]
    assert found.on_edge.tolist() == [True, False, False]


def test_a_point_outside_stays_unplaced_with_metres_to_the_nearest_grid():
    grids = frame(squares(2, 1))
    found = Locator(grids).locate([123.03, 123.01], [41.005, 41.02])
    assert found.grid.tolist() == [-1, -1]
    assert found.nearest.tolist() == [1, 0], "equally near: the smallest code"
    # 0.01° at 41°N is 841.3 m of longitude, 1110.5 m of latitude
    assert found.distance_m == pytest.approx([841.3, 1110.5], rel=1e-3)


def test_a_far_point_has_a_finite_distance():
    found = Locator(frame(squares(2, 1))).locate([0.0, -122.4, 116.4], [0.0, 37.8, 39.9])
    assert np.isfinite(found.distance_m).all()
    assert found.distance_m[2] == pytest.approx(567_000, rel=0.02)
    assert (found.distance_m[:2] > 5_000_000).all()


def test_missing_coordinates_are_in_no_grid_and_have_no_distance():
    found = Locator(frame(squares(2, 1))).locate([np.nan, 123.005, np.inf], [41.005, np.nan, 41.0])
    assert found.grid.tolist() == [-1, -1, -1]
    assert found.nearest.tolist() == [-1, -1, -1]
    assert np.isnan(found.distance_m).all()


def test_empty_and_missing_shapes_do_not_stop_the_search():
    grids = frame([*squares(2, 1), shapely.Polygon(), None])
    found = Locator(grids).locate([123.005, 123.5], [41.005, 41.0])
    assert found.grid.tolist() == [0, -1]
    assert found.nearest.tolist() == [0, 1]


def test_no_points_give_no_answers():
    assert Locator(frame(squares(1, 1))).locate([], []).grid.shape == (0,)


def test_a_grid_of_several_parts_with_a_hole_is_searched_as_drawn():
    ring = shapely.box(123, 41, 123.3, 41.3).difference(shapely.box(123.1, 41.1, 123.2, 41.2))
    grids = frame(
        [shapely.union(ring, shapely.box(124, 41, 124.1, 41.1)), shapely.box(123.12, 41.12, 123.15, 41.15)]
    )
    found = Locator(grids).locate(
        [123.05, 124.05, 123.13, 123.18, 123.1], [41.05, 41.05, 41.13, 41.18, 41.15]
    )
    assert found.grid.tolist() == [0, 0, 1, -1, 0]


def test_manchesters_pharmacies_are_found_in_their_recorded_wards(shared_dir):
    case = shared_dir / "cases/gm_pharmacies"
    wards = read_grids(case / "grids.geojson", code="grid_id")
    shops = pd.read_csv(case / "enterprises.csv")
    found = Locator(wards).locate(shops["lon"], shops["lat"])
    assert (found.grid >= 0).all()
    assert (wards["code"].to_numpy()[found.grid] == shops["recorded_grid"]).sum() == 631


def test_san_franciscos_restaurants_are_counted_as_expected(shared_dir):
    case = shared_dir / "cases/sf"
    grids = read_grids(case / "grids.geojson", code="grid_id")
    shops = pd.read_csv(case / "enterprises.csv", dtype={"enterprise_id": str})
    expected = json.loads((case / "expected.json").read_text())["registry"]
    found = Locator(grids).locate(shops["lon"], shops["lat"])
    placed = pd.Series(grids["code"].to_numpy()[found.grid[found.grid >= 0]]).value_counts()
    counts = {code: int(placed.get(code, 0)) for code in grids["code"]}
    outside = (found.grid < 0) & ~np.isnan(found.distance_m)
    assert counts == {code: n for code, n in expected["per_grid"].items() if code in counts}
    assert sorted(shops["enterprise_id"][outside]) == sorted(expected["outside_ids"])
    assert np.isnan(found.distance_m).sum() == expected["unlocated"] == 3027
