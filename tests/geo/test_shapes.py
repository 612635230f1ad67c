from __future__ import annotations

import json

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo.grids import read_grids
from geo.shapes import dense_window, from_wkb, label_points, simplify_coverage, to_geojson, to_wkb
from tests.geo.conftest import frame, squares


def test_simplified_districts_keep_their_shared_edges(districts):
    simple = simplify_coverage(districts, 500)
    before, after = (shapely.get_num_coordinates(g.geometry).sum() for g in (districts, simple))
    assert after < before / 3
    assert shapely.coverage_is_valid(np.asarray(simple.geometry.array))
    assert list(simple["code"]) == list(districts["code"])
    changed = simple.to_crs(4550).area / districts.to_crs(4550).area
    assert changed.between(0.95, 1.05).all()


def test_a_coverage_with_slivers_is_cleaned_before_it_is_simplified(shared_dir):
    grids = read_grids(shared_dir / "cases/sf/grids.geojson", code="grid_id")
    assert not shapely.coverage_is_valid(np.asarray(grids.geometry.array))
    simple = simplify_coverage(grids, 20)
    assert shapely.coverage_is_valid(np.asarray(simple.geometry.array))
    assert not simple.geometry.is_empty.any()


def test_empty_shapes_stay_empty_and_crossed_rings_are_drawn():
    bow = shapely.Polygon([(123.5, 41), (123.51, 41.01), (123.51, 41), (123.5, 41.01)])
    simple = simplify_coverage(frame([*squares(2, 1), None, bow]), 10)
    assert simple.geometry.iloc[2] is None
    assert simple.geometry.iloc[3].area > 0


def test_geojson_holds_rounded_corners_and_plain_properties():
    grids = frame(squares(2, 1, 1 / 300)).assign(due=np.array([3, 4], dtype=np.int64), rate=[0.5, np.nan])
    made = to_geojson(grids, ["code", "due", "rate"], precision=4)
    text = json.dumps(made, allow_nan=False)
    assert made["features"][1]["properties"] == {"code": "210102000002", "due": 4, "rate": None}
    assert [123.0033, 41.0033] in json.loads(text)["features"][0]["geometry"]["coordinates"][0]
    assert to_geojson(grids)["features"][0]["properties"] == {}
    read = gpd.GeoDataFrame.from_features(made)
    assert shapely.coverage_is_valid(np.asarray(read.geometry.array)), "shared corners are rounded alike"


def test_geojson_of_a_missing_shape_has_a_null_geometry():
    assert to_geojson(frame([None]), ["code"])["features"][0]["geometry"] is None


def test_wkb_gives_back_the_very_same_shapes(districts):
    blobs = to_wkb(districts.geometry)
    back = from_wkb(blobs)
    assert back.crs.to_epsg() == 4326
    assert all(a.equals_exact(b) for a, b in zip(back, districts.geometry, strict=True))
    assert to_wkb(back) == blobs


def test_labels_stand_in_the_widest_place_of_their_grid():
    dumbbell = shapely.union_all(
        [shapely.box(123, 41, 123.03, 41.03), shapely.box(123.02, 41.01, 123.1, 41.011)]
    )
    labels = label_points(frame([dumbbell, None]))
    assert 123 < labels["lon"][0] < 123.03
    assert labels["radius_m"][0] == pytest.approx(1262, rel=0.03), "half of 0.03° of longitude at 41°N"
    assert labels.loc[1].isna().all()


def test_the_dense_centre_of_a_city_is_found_from_its_grids():
    small = squares(8, 8, 0.01, 123.4, 41.8)
    large = [g for g in squares(6, 6, 0.16, 123.0, 41.4) if not g.intersects(shapely.union_all(small))]
    city = frame([*small, *large])
    west, south, east, north = dense_window(city, aspect=1.0)
    assert 123.38 < west < 123.42 and 123.46 < east < 123.52
    assert 41.78 < south < 41.83 and 41.85 < north < 41.9
    inside = city.geometry.centroid.within(shapely.box(west, south, east, north)).mean()
    assert 0.6 < inside < 0.75


def test_a_city_of_equal_grids_has_no_dense_centre():
    assert dense_window(frame(squares(9, 9))) is None
    assert dense_window(frame(squares(1, 1))) is None


def test_weights_move_the_dense_centre():
    city = frame(squares(10, 10))
    weights = np.ones(100)
    weights[[88, 89, 98, 99]] = 500
    west, south, east, north = dense_window(city, weights)
    assert (west, south) > (123.07, 41.07)
    assert (east, north) < (123.11, 41.11)
    assert west < east and south < north
