from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo.crs import CHINA, Datum, from_wgs84, metric_crs, parse_reference, reproject, to_lonlat, to_wgs84
from geo.errors import GeoError
from geo.shift import _bd_shift, _invert

lons = st.floats(CHINA[0] + 0.1, CHINA[2] - 0.1)
lats = st.floats(CHINA[1] + 0.1, CHINA[3] - 0.1)


def test_published_vectors_are_met(vectors):
    for vector in vectors("coords_vectors.json")["vectors"]:
        x, y = (np.float64(v) for v in vector["input"])
        answer = {
            "w2g": lambda x, y: from_wgs84(x, y, "GCJ02"),
            "g2w": lambda x, y: to_wgs84(x, y, "GCJ02"),
            "g2b": _bd_shift,
            "b2g": lambda x, y: _invert(_bd_shift, x, y),
        }[vector["op"]](x, y)
        assert np.allclose(answer, vector["expected"], rtol=0, atol=vector["tol_deg"]), vector


def test_all_chinese_cities_agree_with_the_published_table(vectors):
    cities = vectors("coords_china_cities.json")["cities"]
    wgs, gcj, bd = (np.array([city[name] for city in cities]).T for name in ("wgs84", "gcj02", "bd09"))
    assert len(cities) > 300
    assert np.allclose(from_wgs84(*wgs, "GCJ02"), gcj, rtol=0, atol=1e-5)
    assert np.allclose(from_wgs84(*wgs, "BD09"), bd, rtol=0, atol=1e-5)
    assert np.allclose(to_wgs84(*gcj, "GCJ02"), wgs, rtol=0, atol=1e-5)
    assert np.allclose(to_wgs84(*bd, "BD09"), wgs, rtol=0, atol=1e-5)


@given(lons, lats, st.sampled_from(list(Datum)))
def test_a_round_trip_through_any_datum_closes_to_a_tenth_of_a_millimetre(lon, lat, datum):
    back = to_wgs84(*from_wgs84(lon, lat, datum), datum)
    assert np.allclose(back, (lon, lat), rtol=0, atol=1e-9)


@given(st.floats(-180, 60), st.floats(-90, 90), st.sampled_from(list(Datum)))
def test_points_outside_china_are_not_shifted(lon, lat, datum):
    assert tuple(map(float, from_wgs84(lon, lat, datum))) == (lon, lat)
    assert tuple(map(float, to_wgs84(lon, lat, datum))) == (lon, lat)


def test_arrays_keep_their_shape_and_missing_values():
    lon = to_wgs84([123.4, np.nan], [41.8, 41.8], "BD09")[0]
    assert lon.shape == (2,)
    assert np.isnan(lon[1])
    assert abs(lon[0] - 123.4) > 0.005


@pytest.mark.parametrize(
    ("text", "datum"),
    [
        ("gcj-02", Datum.GCJ02),
        ("GCJ_02", Datum.GCJ02),
        ("火星坐标", Datum.GCJ02),
        ("bd-09", Datum.BD09),
        ("Baidu", Datum.BD09),
        ("wgs 84", Datum.CGCS2000),
        ("WGS84", Datum.WGS84),
        ("EPSG:4490", Datum.CGCS2000),
        ("epsg:4326", Datum.CGCS2000),
        ("cgcs2000", Datum.CGCS2000),
    ],
)
def test_datums_are_read_as_people_write_them(text, datum):
    assert Datum.parse(text) is datum
    assert parse_reference(text) is datum


def test_an_unknown_reference_is_refused_with_a_code():
    with pytest.raises(GeoError) as refused:
        parse_reference("Mars 2000")
    assert refused.value.code == "crs.unknown_reference"
    assert refused.value.params["found"] == "Mars 2000"


def test_projected_metres_come_back_as_degrees_in_easting_northing_order():
    for reference in ("EPSG:4550", "4550"):
        lon, lat = to_lonlat([535858.691], [4630145.718], reference)
        assert np.allclose([lon[0], lat[0]], [123.4315, 41.8057], atol=1e-7)
    assert np.isnan(reproject(np.nan, np.nan, "EPSG:4550")[0])


@pytest.mark.parametrize(
    ("lon", "lat", "epsg"),
    [
        (123.43, 41.8, 4550),
        (123.43, None, 4550),
        (121.4, 41.8, 4549),
        (75.0, 39.0, 4534),
        (135.0, 48.0, 4554),
        (-2.2, 53.5, 32630),
        (-122.4, 37.8, 32610),
        (151.2, -33.9, 32756),
    ],
)
def test_metres_are_measured_in_the_belt_or_zone_of_the_place(lon, lat, epsg):
    assert metric_crs(lon, lat).to_epsg() == epsg
