"""631 real pharmacies in 215 wards, against numbers that others computed."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import sqlalchemy as sa

from data import quality
from data.store import reading
from tests.cases.conftest import NOW, PER_GRID, City


def test_greater_manchester_is_reproduced_exactly(db: sa.Engine, gm_folder: Path) -> None:
    expected = json.loads((gm_folder / "expected.json").read_text())
    city = City(db, "gm")
    grids = city.take("grids", gm_folder / "grids.geojson")
    taken = city.take("enterprises", gm_folder / "enterprises.csv")

    assert (grids.inserted, grids.quarantined) == (expected["grids"], 0)
    assert (taken.inserted, taken.quarantined) == (expected["enterprises"], 0)
    assert dict(city.rows(PER_GRID)) == {
        **{code: 0 for (code,) in city.rows("SELECT code FROM grid")},
        **expected["per_grid"],
    }
    agree = city.rows("SELECT count(*) FROM enterprise e JOIN grid g ON g.id = e.grid_id "
                      "WHERE g.code = e.declared_grid AND e.basis = 'point'")  # fmt: skip
    assert agree == [(expected["agree_with_recorded"],)]
    assert city.rows("SELECT count(*) FROM import_issue WHERE code = 'grid_disagrees'") == [(0,)]
    assert city.rows("SELECT count(*) FROM enterprise WHERE grid_id IS NULL") == [(0,)]
    districts = (
        "SELECT d.name, count(*) FROM enterprise e JOIN district d ON d.code = e.district_code "
        "GROUP BY d.name"
    )
    assert dict(city.rows(districts)) == expected["by_district"]
    due: dict[str | None, int] = {}
    for row in city.coverage("annual-all", date(2026, 11, 21)):
        due[row.district_code] = due.get(row.district_code, 0) + row.due
    assert due == expected["by_district"]

    again = city.take("enterprises", gm_folder / "enterprises.csv")
    assert (again.inserted, again.changed, again.unchanged) == (0, 0, expected["enterprises"])
    versions = city.rows("SELECT count(*) FROM fact_placement")
    assert versions == [(expected["enterprises"],)], "the same file again makes no versions"
    same = city.take("grids", gm_folder / "grids.geojson")
    assert (same.inserted, same.changed, same.unchanged) == (0, 0, expected["grids"])
    with reading(db) as conn:
        assert [found.code for found in quality.check(conn, now=NOW)] == ["grid_without_officer"]


def test_enterprises_that_come_before_their_grids_are_placed_when_the_grids_come(
    sqlite_db: sa.Engine, gm_folder: Path
) -> None:
    expected = json.loads((gm_folder / "expected.json").read_text())
    city = City(sqlite_db, "gm")
    city.take("enterprises", gm_folder / "enterprises.csv")
    city.take("grids", gm_folder / "grids.geojson")
    placed = {code: n for code, n in city.rows(PER_GRID) if n}
    assert placed == expected["per_grid"]
    assert city.coverage("annual-all", date(2020, 1, 1))[0].grid_id is not None, "the first grids hold always"
