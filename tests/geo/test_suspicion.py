from __future__ import annotations

import numpy as np
import pytest

from geo.crs import LABELS, Extent, from_wgs84, repeated_points, suspicion
from tests.geo.conftest import frame, squares


@pytest.fixture(scope="module")
def extent():
    return Extent.of(frame(squares(20, 20, 0.01, 123.3, 41.7)))


def test_each_doubtful_coordinate_gets_its_label(extent):
    points = {
        (123.4, 41.8): "",
        (np.nan, 41.8): "missing",
        (np.inf, 41.8): "missing",
        (0.0, 0.0): "zero",
        (41.8, 123.4): "swapped",
        (116.4, 39.9): "far",
        (41234567.0, 4630145.7): "far",
        (123.55, 41.8): "",
    }
    labels = suspicion(*np.array(list(points)).T, extent)
    assert labels.tolist() == list(points.values())
    assert set(labels) <= set(LABELS)


def test_a_shifted_point_is_named_only_when_it_falls_out_of_all_grids(extent):
    # GCJ-02 moves Shenyang's points by 577 m to the north-east, BD-09 by 844 m more.
    inner, edge, east_edge = (123.4, 41.8), (123.499, 41.75), (123.495, 41.75)
    assert suspicion(*from_wgs84(*inner, "GCJ02"), extent) == [""]
    assert suspicion(*from_wgs84(*edge, "GCJ02"), extent) == [""], "BD-09 would explain it as well"
    assert suspicion(*from_wgs84(*east_edge, "BD09"), extent) == ["bd09"]


def test_a_datum_that_alone_explains_the_point_is_named():
    # A city narrower than the difference of both datums: un-shifting the wrong one overshoots it.
    narrow = Extent.of(frame(squares(1, 1, 0.004, 123.4, 41.8)), buffer=10)
    lon, lat = from_wgs84(123.402, 41.802, "GCJ02")
    assert suspicion(lon, lat, narrow) == ["gcj02"]
    lon, lat = from_wgs84(123.402, 41.802, "BD09")
    assert suspicion(lon, lat, narrow) == ["bd09"]


def test_an_invalid_coverage_still_has_an_extent():
    extent = Extent.of(frame([*squares(2, 1), squares(1, 1, 0.015)[0]]))
    assert suspicion(123.005, 41.005, extent) == [""]


def test_default_points_are_those_of_many_different_enterprises():
    lon = np.array([123.4] * 5 + [123.5] * 2 + [np.nan] * 6)
    lat = np.array([41.8] * 5 + [41.9] * 2 + [np.nan] * 6)
    assert repeated_points(lon, lat, at_least=5).tolist() == [True] * 5 + [False] * 8
    assert not repeated_points(lon, lat, at_least=5, owner=["A"] * 13).any()
    assert repeated_points(lon, lat, at_least=2, owner=list("AABBC") + list("DE") + ["F"] * 6).sum() == 7
    assert not repeated_points([np.nan], [np.nan], at_least=1).any()
