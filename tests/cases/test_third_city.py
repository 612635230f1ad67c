"""A city that nobody has seen, in another CRS, encoding and vocabulary: a profile is all it takes."""

from __future__ import annotations

from pathlib import Path

import geopandas as gpd
import shapely
import sqlalchemy as sa
from pyproj import Transformer

from tests.cases.conftest import PER_GRID, City

PROFILE = """
source: third
title: {zh-CN: 第三座城市, en: A third city}
zone: Asia/Shanghai
kinds:
  grids:
    file: {encoding: gb18030}
    columns: {code: 片区号, name: 片区名}
    code_pattern: P\\d
  enterprises:
    file: {encoding: gb18030, delimiter: ";"}
    columns:
      source_id: 档案号
      name: 单位
      category: 类型
      opened_on: 成立
      status: 状况
      lon: 横坐标
      lat: 纵坐标
      details.principal: 负责人
    vocabularies:
      category: {药店: independent_pharmacy, 接种门诊: vaccination_unit}
      status: {开: operating, 关: closed}
    datum: EPSG:4549
  inspections:
    file: {encoding: gb18030, delimiter: ";"}
    columns: {source_id: 编号, enterprise: 档案号, finished_on: 日期, kind: 事由, conclusion: 结果}
    vocabularies:
      kind: {日常: routine, 回头看: recheck}
      conclusion: {合格: pass, 整改: rectify}
"""


def test_a_profile_alone_brings_in_a_city_of_another_crs_and_encoding(db: sa.Engine, tmp_path: Path) -> None:
    profile = tmp_path / "third.yaml"
    profile.write_text(PROFILE, "utf-8")
    boxes = [shapely.box(500_000 + 5_000 * i, 4_600_000, 505_000 + 5_000 * i, 4_605_000) for i in range(3)]
    shapes = gpd.GeoDataFrame(
        {"片区号": ["P1", "P2", "P3"], "片区名": ["东", "中", "西"]}, geometry=boxes, crs="EPSG:4549"
    )
    shapes.to_file(tmp_path / "grids.gpkg", driver="GPKG")
    lines = ["档案号;单位;类型;成立;状况;横坐标;纵坐标;负责人"]
    for number, x in enumerate((501_000, 502_000, 507_000, 516_000)):
        kind = "接种门诊" if number == 1 else "药店"
        lines.append(f"D{number};单位{number};{kind};2019-05-01;开;{x};4602000;张三")
    lines.append("D9;单位九;棋牌室;2019-05-01;开;501000;4602000;李四")
    (tmp_path / "e.csv").write_bytes("\n".join(lines).encode("gb18030"))
    visits = [
        "编号;档案号;日期;事由;结果",
        "V1;D0;2026-03-02;日常;合格",
        "V2;D1;2026-03-03;回头看;整改",
        "V3;D8;2026-03-03;日常;合格",
    ]
    (tmp_path / "v.csv").write_bytes("\n".join(visits).encode("gb18030"))

    city = City(db, profile)
    city.take("grids", tmp_path / "grids.gpkg")
    taken = city.take("enterprises", tmp_path / "e.csv")
    seen = city.take("inspections", tmp_path / "v.csv")

    assert (taken.inserted, taken.quarantined) == (4, 1)
    assert dict(city.rows(PER_GRID)) == {"P1": 2, "P2": 1, "P3": 0}
    assert city.rows("SELECT unplaced_reason FROM enterprise WHERE source_id = 'D3'")[0][0] in (
        "outside",
        "suspicious",
    )
    lon, lat = city.rows("SELECT lon, lat FROM enterprise WHERE source_id = 'D0'")[0]
    x, y = Transformer.from_crs(4326, 4549, always_xy=True).transform(lon, lat)
    assert (round(x, 2), round(y, 2)) == (501_000, 4_602_000)
    assert (seen.inserted, seen.quarantined, seen.codes["orphan_inspection"]) == (2, 1, 1)
    wrong = city.take("enterprises", tmp_path / "e.csv", dry_run=True)
    assert (wrong.inserted, wrong.changed, wrong.unchanged) == (0, 0, 4)
