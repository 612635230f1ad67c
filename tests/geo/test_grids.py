from __future__ import annotations

import zipfile

import geopandas as gpd
import numpy as np
import pytest
import shapely

from geo.crs import from_wgs84
from geo.errors import GeoError
from geo.grids import read_grids
from tests.geo.conftest import frame, squares


@pytest.fixture
def grids():
    made = frame(squares(3, 2, 0.01, 123.4, 41.8))
    made["name"] = ["和平一", "和平二", "和平三", "沈河一", "沈河二", "沈河三"]
    return made


def same(one: gpd.GeoDataFrame, other: gpd.GeoDataFrame, tolerance: float = 1e-9) -> bool:
    pairs = zip(one.geometry, other.geometry, strict=True)
    return list(one["code"]) == list(other["code"]) and all(
        shapely.hausdorff_distance(a, b) < tolerance for a, b in pairs
    )


@pytest.mark.parametrize("suffix", ["geojson", "gpkg", "shp"])
def test_each_usual_format_gives_the_same_grids(grids, tmp_path, suffix):
    path = tmp_path / f"grids.{suffix}"
    grids.to_file(path, encoding="UTF-8")
    read = read_grids(path)
    assert same(read, grids)
    assert list(read.columns) == ["code", "name", "district_code", "geometry"]
    assert list(read["name"]) == list(grids["name"])
    assert set(read.geom_type) == {"MultiPolygon"}
    assert read["district_code"].isna().all()
    assert read.crs.to_epsg() == 4326


def test_a_zipped_shapefile_is_read_in_place(grids, tmp_path):
    grids.to_file(tmp_path / "grids.shp", encoding="UTF-8")
    with zipfile.ZipFile(tmp_path / "upload.zip", "w") as archive:
        for part in tmp_path.glob("grids.*"):
            archive.write(part, f"folder/{part.name}")
    assert same(read_grids(tmp_path / "upload.zip"), grids)


def test_a_zip_of_two_shapefiles_asks_for_the_layer(grids, tmp_path):
    for stem in ("one", "two"):
        grids.to_file(tmp_path / f"{stem}.shp", encoding="UTF-8")
    with zipfile.ZipFile(tmp_path / "upload.zip", "w") as archive:
        for part in [*tmp_path.glob("one.*"), *tmp_path.glob("two.*")]:
            archive.write(part, part.name)
    with pytest.raises(GeoError, match="Name the layer") as refused:
        read_grids(tmp_path / "upload.zip")
    assert sorted(refused.value.params["found"]) == ["one", "two"]
    assert same(read_grids(tmp_path / "upload.zip", layer="two"), grids)


def test_a_shapefile_without_prj_asks_for_its_crs(grids, tmp_path):
    grids.to_crs(4550).to_file(tmp_path / "grids.shp", encoding="UTF-8")
    (tmp_path / "grids.prj").unlink()
    with pytest.raises(GeoError, match="EPSG:4490") as refused:
        read_grids(tmp_path / "grids.shp")
    assert refused.value.code == "grids.no_crs"
    assert same(read_grids(tmp_path / "grids.shp", crs="EPSG:4550"), grids)


def test_metres_declared_as_degrees_are_refused(grids, tmp_path):
    grids.to_crs(4550).to_file(tmp_path / "grids.shp", encoding="UTF-8")
    (tmp_path / "grids.prj").unlink()
    with pytest.raises(GeoError) as refused:
        read_grids(tmp_path / "grids.shp", crs="EPSG:4490")
    assert refused.value.code == "grids.not_lonlat"


def test_gbk_text_without_cpg_offers_the_encoding(grids, tmp_path):
    grids.to_file(tmp_path / "grids.shp", encoding="GBK")
    (tmp_path / "grids.cpg").unlink()
    # Byte 29 of the .dbf declares a code page; Chinese exports leave it zero.
    table = bytearray((tmp_path / "grids.dbf").read_bytes())
    table[29] = 0
    (tmp_path / "grids.dbf").write_bytes(table)
    with pytest.raises(GeoError) as refused:
        read_grids(tmp_path / "grids.shp")
    assert refused.value.code == "grids.encoding"
    assert refused.value.params["offer"] == "GBK"
    assert list(read_grids(tmp_path / "grids.shp", encoding="GBK")["name"]) == list(grids["name"])


@pytest.mark.parametrize("datum", ["GCJ02", "BD09"])
def test_a_shifted_file_is_brought_back_vertex_by_vertex(grids, tmp_path, datum):
    moved = shapely.transform(
        np.asarray(grids.geometry.array), lambda xy: np.column_stack(from_wgs84(*xy.T, datum))
    )
    grids.set_geometry(gpd.GeoSeries(moved, crs=4326)).to_file(tmp_path / "shifted.gpkg")
    assert not same(read_grids(tmp_path / "shifted.gpkg"), grids, 1e-3)
    read = read_grids(tmp_path / "shifted.gpkg", datum=datum)
    assert same(read, grids)
    assert shapely.coverage_is_valid(np.asarray(read.geometry.array))
    assert same(read_grids(tmp_path / "shifted.gpkg", crs=datum), grids), "a datum may be named as the CRS"


def test_columns_of_other_names_are_mapped(grids, tmp_path):
    own = grids.rename(columns={"code": "网格编码", "name": "名称"}).assign(区划=210102.0, 责任人="示例甲")
    own.to_file(tmp_path / "own.gpkg")
    read = read_grids(
        tmp_path / "own.gpkg",
        code="网格编码",
        name="名称",
        district_code="区划",
        columns={"officer": "责任人"},
    )
    assert list(read.columns) == ["code", "name", "district_code", "officer", "geometry"]
    assert set(read["district_code"]) == {"210102"}


def test_a_missing_column_is_named_with_those_found(grids, tmp_path):
    grids.to_file(tmp_path / "grids.gpkg")
    with pytest.raises(GeoError) as refused:
        read_grids(tmp_path / "grids.gpkg", code="grid_id")
    assert refused.value.code == "grids.no_column"
    assert refused.value.params["missing"] == ["grid_id"]
    assert refused.value.params["found"] == ["code", "name"]


def test_a_file_that_is_no_layer_is_refused(tmp_path):
    (tmp_path / "broken.geojson").write_text("{not json")
    for path in (tmp_path / "broken.geojson", tmp_path / "absent.gpkg"):
        with pytest.raises(GeoError) as refused:
            read_grids(path)
        assert refused.value.code == "grids.unreadable"


def test_heights_are_dropped_and_other_shapes_kept_for_the_check(tmp_path):
    shapes = [shapely.force_3d(squares(1, 1)[0], 5.0), shapely.Point(123, 41), None]
    frame(shapes).to_file(tmp_path / "mixed.geojson")
    read = read_grids(tmp_path / "mixed.geojson")
    assert not read.geometry.iloc[0].has_z
    assert read.geometry.iloc[1].geom_type == "Point"
    assert read.geometry.iloc[2] is None
