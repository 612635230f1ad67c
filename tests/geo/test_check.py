from __future__ import annotations

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.grids import check_coverage, neighbours, read_grids
from tests.geo.conftest import frame, squares


def kinds(issues):
    return [(issue.kind, issue.severity) for issue in issues]


def test_a_clean_coverage_has_no_issues():
    assert check_coverage(frame(squares(4, 4))) == []


def test_an_overlap_has_both_codes_a_place_and_a_size():
    grids = frame([shapely.box(123, 41, 123.01, 41.01), shapely.box(123.009, 41, 123.02, 41.01)])
    (issue,) = check_coverage(grids)
    assert (issue.kind, issue.severity) == ("overlap", "error")
    assert (issue.code, issue.other) == ("210102000001", "210102000002")
    assert issue.area_m2 == pytest.approx(84.1 * 1110.5, rel=1e-3)
    assert 123.009 <= issue.lon <= 123.01
    assert 41 <= issue.lat <= 41.01


def test_a_grid_inside_another_is_an_overlap():
    grids = frame([shapely.box(123, 41, 123.1, 41.1), shapely.box(123.04, 41.04, 123.05, 41.05)])
    assert kinds(check_coverage(grids)) == [("overlap", "error")]


def test_the_same_shape_twice_is_an_overlap_of_all_of_it():
    (issue,) = check_coverage(frame(squares(1, 1) * 2))
    assert issue.kind == "overlap"
    assert issue.area_m2 == pytest.approx(841.3 * 1110.5, rel=1e-3)


def test_an_enclosed_gap_names_grids_beside_it():
    shapes = squares(3, 3)
    del shapes[4]
    (issue,) = check_coverage(frame(shapes))
    assert (issue.kind, issue.severity) == ("gap", "error")
    assert issue.code and issue.other
    assert issue.area_m2 == pytest.approx(841.3 * 1110.5, rel=1e-3)
    assert (issue.lon, issue.lat) == pytest.approx((123.015, 41.015))


def test_a_narrow_strip_open_to_the_outside_is_a_gap():
    grids = frame([shapely.box(123, 41, 123.01, 41.01), shapely.box(123.01001, 41, 123.02, 41.01)])
    (issue,) = check_coverage(grids)
    assert (issue.kind, issue.severity) == ("gap", "warning")
    assert (issue.code, issue.other) == ("210102000001", "210102000002")
    assert issue.width_m == pytest.approx(0.84, rel=0.02)
    assert issue.length_m == pytest.approx(1110, rel=0.01)


def test_an_inlet_of_one_grid_is_its_shape_and_no_gap():
    inlet = shapely.box(123, 41, 123.01, 41.01).difference(shapely.box(123.005, 41.005, 123.00501, 41.02))
    assert check_coverage(frame([inlet])) == []


def test_a_sliver_is_a_warning_and_its_size_can_be_set():
    grids = frame([shapely.box(123, 41, 123.01, 41.01), shapely.box(123.00999, 41, 123.02, 41.01)])
    assert kinds(check_coverage(grids)) == [("overlap", "warning")]
    assert kinds(check_coverage(grids, sliver_width_m=0.5)) == [("overlap", "error")]


def test_a_crossed_ring_is_told_with_its_place():
    bow = shapely.Polygon([(123, 41), (123.01, 41.01), (123.01, 41), (123, 41.01)])
    (issue,) = check_coverage(frame([bow]))
    assert (issue.kind, issue.severity) == ("invalid_ring", "error")
    assert issue.detail == "Self-intersection"
    assert (issue.lon, issue.lat) == pytest.approx((123.005, 41.005))
    assert issue.area_m2 == pytest.approx(841.3 * 1110.5 / 2, rel=1e-3)


def test_shapes_that_are_no_areas_are_told_by_row():
    issues = check_coverage(frame([*squares(1, 1), None, shapely.Polygon(), shapely.Point(123, 41)]))
    assert [(i.kind, i.row) for i in issues] == [("empty", 1), ("empty", 2), ("not_polygon", 3)]


def test_bad_codes_are_told_by_kind():
    codes = ["210102000001", "210102000001", "", "2101 02", "9" * 41, "HP-03"]
    issues = check_coverage(frame(squares(6, 1), codes))
    assert [(i.kind, i.severity, i.row) for i in issues] == [
        ("duplicate_code", "error", 1),
        ("malformed_code", "error", 2),
        ("malformed_code", "error", 3),
        ("malformed_code", "error", 4),
        ("malformed_code", "warning", 5),
    ]
    assert check_coverage(frame(squares(1, 1), ["HP-03"]), code_pattern=r"[A-Z]{2}-\d\d") == []


def test_an_edge_with_a_vertex_on_one_side_only_is_a_mismatch():
    grids = frame([*squares(1, 2), shapely.box(123.01, 41, 123.02, 41.02)])
    issues = check_coverage(grids)
    assert {i.kind for i in issues} == {"edge_mismatch"}
    assert {i.severity for i in issues} == {"warning"}
    assert max(i.length_m for i in issues) == pytest.approx(2221, rel=0.01)


def test_land_of_a_district_without_a_grid_and_land_outside_it_are_told():
    grids = frame(squares(2, 1)).assign(district_code=["210102", "210102"])
    parents = frame([shapely.box(123, 41, 123.015, 41.02)], ["210102"])
    issues = {issue.kind: issue for issue in check_coverage(grids, parents=parents)}
    assert set(issues) == {"gap", "outside_parent"}
    assert issues["outside_parent"].code == "210102000002"
    assert issues["outside_parent"].other == "210102"
    assert issues["gap"].area_m2 == pytest.approx(841.3 * 1.5 * 1110.5, rel=1e-3)


def test_an_unknown_district_is_told():
    grids = frame(squares(1, 1)).assign(district_code=["999999"])
    (issue,) = check_coverage(grids, parents=frame(squares(1, 1), ["210102"]))
    assert (issue.kind, issue.other) == ("outside_parent", "999999")


@settings(max_examples=12, deadline=None)
@given(st.integers(0, 8), st.floats(0.0005, 0.004), st.sampled_from(["shrink", "grow"]))
def test_any_moved_border_is_found(which, by, how):
    shapes = squares(3, 3)
    west, south, east, north = shapes[which].bounds
    pad = by if how == "grow" else -by
    shapes[which] = shapely.box(west - pad, south - pad, east + pad, north + pad)
    found = {issue.kind for issue in check_coverage(frame(shapes))}
    if how == "grow":
        assert "overlap" in found
    elif which == 4:
        assert "gap" in found
    codes = {c for i in check_coverage(frame(shapes)) for c in (i.code, i.other)}
    assert how == "shrink" or f"210102000{which + 1:03d}" in codes


def test_neighbours_share_an_edge_and_not_only_a_corner():
    near = neighbours(frame(squares(2, 2), ["A", "B", "C", "D"]))
    assert near == {"A": ["B", "C"], "B": ["A", "D"], "C": ["A", "D"], "D": ["B", "C"]}


def test_a_lonely_grid_has_no_neighbours():
    assert neighbours(frame([*squares(1, 1), shapely.box(124, 41, 125, 42)], ["A", "B"])) == {
        "A": [],
        "B": [],
    }


def test_san_franciscos_file_has_only_warnings(shared_dir):
    grids = read_grids(shared_dir / "cases/sf/grids.geojson", code="grid_id")
    issues = check_coverage(grids, code_pattern=r"AN\d\d")
    assert issues
    assert {issue.severity for issue in issues} == {"warning"}
    assert {(i.code, i.other) for i in issues if i.kind == "overlap"} == {("AN17", "AN32")}
    near = neighbours(grids)
    assert "AN32" in near["AN17"]


def test_manchesters_wards_are_clean(shared_dir):
    wards = read_grids(shared_dir / "cases/gm_pharmacies/grids.geojson", code="grid_id")
    assert check_coverage(wards, code_pattern=r"E\d{8}") == []
