"""6,359 real establishments, 25,863 real visits, 37,965 violations, against numbers that others computed."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from data import quality
from data.store import reading
from tests.cases.conftest import NOW, PER_GRID, REASONS, City


@pytest.fixture
def folder(shared_dir: Path) -> Path:
    return shared_dir / "cases/sf"


def test_san_francisco_is_reproduced_exactly(db: sa.Engine, folder: Path) -> None:
    expected = json.loads((folder / "expected.json").read_text())
    city = City(db, "sf")
    city.take("grids", folder / "grids.geojson")
    registry = city.take("enterprises", folder / "enterprises.csv")
    visits = city.take("inspections", folder / "inspections.csv")
    violations = city.take("findings", folder / "violations.csv")

    _registry_holds(city, registry.inserted, expected["registry"])
    assert (visits.inserted, visits.quarantined) == (expected["inspections"]["rows"], 0)
    flagged = city.rows("SELECT count(*) FROM inspection WHERE same_as_id IS NOT NULL")
    assert flagged == [(expected["inspections"]["exact_duplicate_rows"],)]
    kinds = city.rows("SELECT source_kind, count(*) FROM inspection GROUP BY source_kind")
    assert dict(kinds) == expected["inspections"]["by_type"]
    assert city.rows("SELECT count(*) FROM inspection WHERE score IS NULL") == [
        (expected["inspections"]["unscored"],)
    ]

    # the expected number counts missing visits (enterprise and day); each left several violations behind
    missing = {(i.params["enterprise"], i.params["day"]) for i in violations.issues
               if i.code == "unmatched_finding"}  # fmt: skip
    assert len(missing) == expected["violations"]["without_matching_inspection"]
    unmatched = violations.quarantined
    assert violations.codes["unmatched_finding"] == unmatched == _without_visit(folder)
    assert violations.inserted == expected["violations"]["rows"] - unmatched
    ambiguous = city.rows("SELECT count(*) FROM finding WHERE matches > 1 AND inspection_id IS NULL")
    assert ambiguous == [(violations.codes["ambiguous_finding"],)]
    assert city.rows("SELECT count(*) FROM finding WHERE matches = 1 AND inspection_id IS NULL") == [(0,)]
    kept = city.rows("SELECT count(*) FROM import_issue WHERE code = 'unmatched_finding' AND raw IS NOT NULL")
    assert kept == [(unmatched,)]

    codes = dict(city.rows("SELECT id, code FROM grid"))
    for year, wanted in expected["years"].items():
        _year_holds(city, int(year), wanted["all"], codes)

    with reading(db) as conn:
        assert [found.code for found in quality.check(conn, now=NOW)] == ["grid_without_officer"]


def _without_visit(folder: Path) -> int:
    def read(name: str) -> list[dict[str, str]]:
        with (folder / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    visited = {(row["enterprise_id"], row["date"]) for row in read("inspections.csv")}
    return sum((row["enterprise_id"], row["date"]) not in visited for row in read("violations.csv"))


def _registry_holds(city: City, inserted: int, expected: dict[str, object]) -> None:
    per_grid = dict(expected["per_grid"])  # type: ignore[call-overload]
    unplaced = {"outside": per_grid.pop("OUTSIDE"), "no_point": per_grid.pop("UNLOCATED")}
    assert inserted == expected["enterprises"]
    assert dict(city.rows(PER_GRID)) == per_grid
    assert dict(city.rows(REASONS)) == unplaced
    outside = city.rows("SELECT source_id FROM enterprise WHERE unplaced_reason = 'outside'")
    assert sorted(row[0] for row in outside) == expected["outside_ids"]


def _year_holds(city: City, year: int, expected: dict[str, object], codes: dict[object, object]) -> None:
    rows = city.coverage("sf-all", date(year, 12, 31))
    assert sum(row.due for row in rows) == expected["denominator"]
    assert sum(row.done for row in rows) == expected["covered"]
    assert sum(row.due - row.done for row in rows) == expected["uncovered"]
    placed = [row for row in rows if row.grid_id is not None]
    assert sum(row.due for row in placed) == expected["gridded_enterprises"]
    assert sum(row.done for row in placed) == expected["gridded_covered"]
    for reason, name in (("no_point", "unlocated"), ("outside", "outside")):
        part = [row for row in rows if row.unplaced_reason == reason]
        found = {"enterprises": sum(r.due for r in part), "covered": sum(r.done for r in part)}
        assert found == expected[name]
    by_grid: dict[object, list[int]] = {}
    for row in placed:
        count = by_grid.setdefault(codes[row.grid_id], [0, 0])
        count[0] += row.due
        count[1] += row.done
    wanted = expected["per_grid"]
    assert by_grid == {
        code: [one["enterprises"], one["covered"]]
        for code, one in wanted.items()  # type: ignore[attr-defined]
        if one["enterprises"] and code in codes.values()
    }
