from __future__ import annotations

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.grids import check_coverage, split, split_coverage
from tests.geo.conftest import frame

PARTS = [7, 8, 7, 9, 9, 5, 6, 5, 8, 4, 4, 4, 5]


@pytest.fixture(scope="module")
def points(districts):
    rng = np.random.default_rng(5)
    found = []
    for row in districts.itertuples():
        found.append(rng.normal((row.center_lon, row.center_lat), (0.03, 0.02), (400, 2)))
        found.append(rng.uniform(row.geometry.bounds[:2], row.geometry.bounds[2:], (200, 2)))
    xy = np.vstack(found)
    return gpd.GeoDataFrame(geometry=gpd.points_from_xy(*xy.T), crs=4326)


@pytest.fixture(scope="module")
def grids(districts, points):
    return split_coverage(districts, points, dict(zip(districts["code"], PARTS, strict=True)), seed=7)


def test_the_demo_city_becomes_81_grids_in_one_valid_coverage(grids, districts):
    assert len(grids) == 81
    assert grids.groupby("district_code").size().to_dict() == dict(zip(districts["code"], PARTS, strict=True))
    assert shapely.coverage_is_valid(np.asarray(grids.geometry.array))
    assert not grids.geometry.is_empty.any()
    assert set(grids.geom_type) == {"Polygon"}


def test_the_grids_of_a_district_make_up_the_district(grids, districts):
    coded = grids.assign(code=[f"{d}{p:06d}" for d, p in zip(grids.district_code, grids.part, strict=True)])
    issues = check_coverage(coded, parents=districts)
    # Borders are noded on a lattice of 1 cm: what is left is thinner than that.
    assert all(issue.severity == "warning" and issue.width_m < 0.02 for issue in issues)


def test_grids_are_no_slivers(grids):
    metric = grids.to_crs(4550)
    roundness = 4 * np.pi * metric.area / metric.length**2
    assert roundness.min() > 0.1
    assert roundness.median() > 0.45
    assert metric.area.min() > 200_000


def test_grids_of_a_district_have_similar_numbers_of_points(grids, points):
    inside = gpd.sjoin(points, grids, predicate="within")
    counts = inside.groupby(["district_code", "part"]).size()
    assert len(counts) == 81
    uneven = counts.groupby("district_code").max() / counts.groupby("district_code").min()
    assert uneven.median() < 1.3
    assert uneven.max() < 4


def test_parts_are_numbered_in_their_district(grids):
    for _, group in grids.groupby("district_code"):
        assert group["part"].tolist() == list(range(1, len(group) + 1))


def test_the_same_seed_gives_the_same_grids(districts, points, grids):
    again = split_coverage(districts, points, dict(zip(districts["code"], PARTS, strict=True)), seed=7)
    assert again.geometry.to_wkb().tolist() == grids.geometry.to_wkb().tolist()


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 1000), st.integers(1, 9), st.integers(0, 300))
def test_any_number_of_points_and_parts_gives_a_coverage_of_the_polygon(seed, n, count):
    rng = np.random.default_rng(seed)
    angle = np.sort(rng.uniform(0, 2 * np.pi, 14))
    radius = rng.uniform(0.05, 0.1, 14)
    shape = shapely.Polygon(np.column_stack([123.4 + radius * np.cos(angle), 41.8 + radius * np.sin(angle)]))
    if not shape.is_valid:
        return
    parts = split(shape, rng.normal((123.4, 41.8), 0.03, (count, 2)), n, seed=seed)
    assert len(parts) == n
    assert shapely.coverage_is_valid(parts)
    assert all(part.area > 0 for part in parts)
    assert shapely.union_all(parts).symmetric_difference(shape).area < 1e-7


def test_many_enterprises_on_one_point_do_not_stop_the_split():
    shape = shapely.box(123, 41, 123.1, 41.1)
    assert len(split(shape, np.full((500, 2), (123.05, 41.05)), 4)) == 4


def test_a_district_that_is_not_named_stays_whole():
    one = frame([shapely.box(123, 41, 123.1, 41.1)], ["210102"]).assign(district_code="210102")
    none = gpd.GeoDataFrame(geometry=gpd.points_from_xy([], []), crs=4326)
    assert split_coverage(one, none, {})["part"].tolist() == [1]
