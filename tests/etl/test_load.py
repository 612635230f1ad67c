"""Loading: the same again changes nothing, changes make versions, and nothing is lost."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
import shapely
import sqlalchemy as sa

from data import quality
from data.access import Role, command_line
from data.errors import Conflict, Denied, Refused
from data.schema import enterprise, fact_identity, fact_placement, fact_status, import_issue, inspection
from data.store import reading, writing
from data.writes.imports import BatchResult
from data.writes.placements import place_enterprise
from etl.frames import frame
from etl.load import plan_import, publish
from etl.prepare import Options

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
A, B = "210106001001", "210106001002"


def load(
    engine: sa.Engine, kind: str, rows: list[dict[str, Any]], now: datetime = NOW, **how: Any
) -> BatchResult:
    made = frame(kind, rows)
    made.attrs.update(how.pop("attrs", {}))
    return publish(engine, command_line(), kind, made, source="s", filename="f", sha256="x", now=now, **how)


def grids(middle: float = 123.1) -> list[dict[str, Any]]:
    return [
        {"code": A, "name": "甲", "geometry": shapely.box(123.0, 41.0, middle, 41.1)},
        {"code": B, "name": "乙", "geometry": shapely.box(middle, 41.0, 123.2, 41.1)},
    ]


def shop(**changes: Any) -> dict[str, Any]:
    row = {"source_id": "E1", "name": "药店", "category": "chain_store", "lon": 123.05, "lat": 41.05}
    return {**row, **changes}


def rows(engine: sa.Engine, query: sa.Select[Any]) -> list[tuple[Any, ...]]:
    with reading(engine) as conn:
        return [tuple(row) for row in conn.execute(query)]


def names(engine: sa.Engine) -> list[tuple[Any, ...]]:
    fact = fact_identity.c
    return rows(engine, sa.select(fact.valid_from, fact.name).order_by(fact.id))


BEGINNING = date(1, 1, 1)


def test_the_same_rows_again_change_nothing(db: sa.Engine) -> None:
    load(db, "grids", grids())
    load(db, "enterprises", [shop(details={"b": 1, "a": "x"}, scopes=("otc_b", "chemical"))])
    again = load(db, "enterprises", [shop(details={"a": "x", "b": 1}, scopes=("chemical", "otc_b"))])
    assert (again.inserted, again.changed, again.unchanged) == (0, 0, 1)
    assert names(db) == [(BEGINNING, "药店")]


def test_an_undated_change_holds_from_today_and_the_past_stays(db: sa.Engine) -> None:
    load(db, "enterprises", [shop()])
    result = load(db, "enterprises", [shop(name="新药店")], now=NOW + timedelta(days=1))
    assert result.changed == 1
    assert names(db) == [(BEGINNING, "药店"), (date(2026, 11, 22), "新药店")]
    assert rows(db, sa.select(enterprise.c.name)) == [("新药店",)]


def test_a_status_holds_from_its_day_and_the_closed_had_been_operating(db: sa.Engine) -> None:
    load(
        db, "enterprises", [shop(status="closed", status_since=date(2026, 6, 1), opened_on=date(2015, 1, 1))]
    )
    fact = fact_status.c
    assert rows(db, sa.select(fact.valid_from, fact.status).order_by(fact.valid_from)) == [
        (date(2015, 1, 1), "operating"),
        (date(2026, 6, 1), "closed"),
    ]


def test_a_closing_announced_for_later_is_not_the_current_state_yet(db: sa.Engine) -> None:
    load(db, "enterprises", [shop()])
    announced = shop(status="closed", status_since=date(2026, 12, 1))
    assert load(db, "enterprises", [announced]).changed == 1
    assert rows(db, sa.select(enterprise.c.status)) == [("operating",)]
    assert load(db, "enterprises", [announced]).unchanged == 1


def test_an_opening_announced_for_later_is_no_fault(db: sa.Engine) -> None:
    load(db, "enterprises", [shop(opened_on=date(2026, 12, 5))])
    with reading(db) as conn:
        assert [found.code for found in quality.check(conn, now=NOW) if found.level == "error"] == []


def test_columns_that_a_file_does_not_have_keep_what_is_stored(db: sa.Engine) -> None:
    load(db, "grids", grids())
    load(db, "enterprises", [shop(address="路 1 号", uscc="X")])
    bare = {"source_id": "E1", "name": "新名", "category": "chain_store"}
    absent = ("address", "uscc", "lon", "lat", "datum", "geo_source", "status", "grid")
    result = load(db, "enterprises", [bare], attrs={"absent": absent})
    assert result.changed == 1
    kept = sa.select(enterprise.c.name, enterprise.c.address, enterprise.c.uscc, enterprise.c.lon)
    assert rows(db, kept) == [("新名", "路 1 号", "X", 123.05)]
    assert len(rows(db, sa.select(fact_placement.c.id))) == 1


def test_new_shapes_make_new_placements_and_history_stays(db: sa.Engine) -> None:
    load(db, "grids", grids())
    load(db, "enterprises", [shop(lon=123.09)])
    moved = load(db, "grids", grids(middle=123.08), now=NOW + timedelta(days=1))
    assert moved.changed == 2
    fact = fact_placement.c
    found = rows(db, sa.select(fact.valid_from, fact.grid_id).order_by(fact.id))
    assert [day for day, _ in found] == [BEGINNING, date(2026, 11, 22)]
    assert found[0][1] != found[1][1]
    with reading(db) as conn:
        errors = [f for f in quality.check(conn, now=NOW + timedelta(days=1)) if f.level == "error"]
    assert errors == []


def test_broken_grids_do_not_replace_good_ones_unless_forced(db: sa.Engine) -> None:
    load(db, "grids", grids())
    overlapping = grids()
    overlapping[0]["geometry"] = shapely.box(123.0, 41.0, 123.15, 41.1)
    with pytest.raises(Refused, match="grids_broken"):
        load(db, "grids", overlapping)
    assert load(db, "grids", overlapping, options=Options(force=True)).changed == 1


def test_a_stewards_decision_outlives_files_and_shapes(db: sa.Engine) -> None:
    load(db, "grids", grids())
    load(db, "enterprises", [shop(lon=None, lat=None)])
    [(one, version)] = rows(db, sa.select(enterprise.c.id, enterprise.c.version))
    with writing(db) as conn:
        place_enterprise(conn, command_line(), one, B, "现场核实", version=version, now=NOW)
    with pytest.raises(Conflict), writing(db) as conn:
        place_enterprise(conn, command_line(), one, A, "另一人", version=version, now=NOW)
    load(db, "enterprises", [shop()])
    load(db, "grids", grids(middle=123.08))
    found = rows(db, sa.select(enterprise.c.basis, enterprise.c.lon))
    assert found == [("steward", 123.05)]


def test_points_that_cannot_be_right_are_labelled_and_never_placed(db: sa.Engine) -> None:
    load(db, "grids", grids())
    result = load(
        db, "enterprises",
        [shop(source_id="Z", lon=0.0, lat=0.0), shop(source_id="S", lon=41.05, lat=123.05),
         shop(source_id="N", lon=None, lat=None), shop(source_id="D", lon=0.0, lat=0.0, grid=A),
         shop(source_id="X", grid=B)],
    )  # fmt: skip
    e = enterprise.c
    found = rows(
        db, sa.select(e.source_id, e.suspicion, e.unplaced_reason, e.basis, e.lon).order_by(e.source_id)
    )
    assert found == [
        ("D", "zero", None, "declared", None),
        ("N", None, "no_point", None, None),
        ("S", "swapped", "suspicious", None, None),
        ("X", None, None, "point", 123.05),
        ("Z", "zero", "suspicious", None, None),
    ]
    codes = sorted(issue.code for issue in result.issues)
    assert codes == ["grid_disagrees", "point_swapped", "point_zero", "point_zero"]


def test_a_corrected_visit_supersedes_and_nothing_is_overwritten(db: sa.Engine) -> None:
    load(db, "enterprises", [shop()])
    visit = {
        "source_id": "V1",
        "enterprise": "E1",
        "kind": "routine",
        "finished_on": date(2026, 3, 1),
        "conclusion": "pass",
    }
    load(db, "inspections", [visit])
    assert load(db, "inspections", [visit]).unchanged == 1
    fixed = {**visit, "conclusion": "fail"}
    assert load(db, "inspections", [fixed]).changed == 1
    assert load(db, "inspections", [fixed]).unchanged == 1
    assert load(db, "inspections", [visit]).changed == 1
    i = inspection.c
    found = rows(db, sa.select(i.source_id, i.revision, i.conclusion).order_by(i.id))
    assert found == [("V1", 1, "pass"), ("V1", 2, "fail"), ("V1", 3, "pass")]


def test_an_orphan_visit_waits_in_quarantine_until_its_enterprise_is_there(db: sa.Engine) -> None:
    visit = {"source_id": "V1", "enterprise": "E1", "kind": "routine", "finished_on": date(2026, 3, 1)}
    refused = load(db, "inspections", [visit], raw={1: {"编号": "V1"}})
    assert (refused.inserted, refused.quarantined) == (0, 1)
    kept = rows(db, sa.select(import_issue.c.code, import_issue.c.raw, import_issue.c.resolved_by))
    assert kept == [("orphan_inspection", {"编号": "V1"}, None)]
    load(db, "inspections", [visit], raw={1: {"编号": "V1"}})
    assert {row[0] for row in rows(db, sa.select(import_issue.c.resolved_by))} == {None}, "still refused"
    load(db, "enterprises", [shop()])
    taken = load(db, "inspections", [visit])
    assert {row[0] for row in rows(db, sa.select(import_issue.c.resolved_by))} == {taken.batch_id}


def test_a_dry_run_tells_each_field_and_writes_nothing(db: sa.Engine) -> None:
    load(db, "enterprises", [shop()])
    made = frame("enterprises", [shop(name="新名", risk_level=3), shop(source_id="E2")])
    told = plan_import(db, command_line(), "enterprises", made, source="s", now=NOW)
    assert (told.inserted, told.changed, told.unchanged) == (1, 1, 0)
    assert told.fields == {"name": 1, "risk_level": 1}
    sample = next(s for s in told.samples if s["field"] == "name")
    assert (sample["before"], sample["after"]) == ("药店", "新名")
    assert names(db) == [(BEGINNING, "药店")]


def test_a_second_a_officer_of_a_grid_is_refused(db: sa.Engine) -> None:
    load(db, "grids", grids())
    load(db, "officers", [{"source_id": "O1", "name": "甲"}, {"source_id": "O2", "name": "乙"}])
    both = [{"officer": "O1", "grid": A, "duty": "A"}, {"officer": "O2", "grid": A, "duty": "A"}]
    result = load(db, "officer_grids", both)
    assert (result.inserted, result.quarantined) == (1, 1)
    assert [issue.code for issue in result.issues] == ["second_officer"]


@pytest.mark.parametrize("role", [Role.OFFICER, Role.LEADER, Role.WALL, Role.ADMIN, Role.AUDITOR])
def test_only_stewards_import(sqlite_db: sa.Engine, role: Role) -> None:
    with pytest.raises(Denied):
        publish(
            sqlite_db, command_line(role), "enterprises", frame("enterprises", [shop()]), source="s",
            filename="f", sha256="x", now=NOW,
        )  # fmt: skip
    assert pd.DataFrame(rows(sqlite_db, sa.select(enterprise.c.id))).empty


def test_of_very_many_like_warnings_the_first_are_kept_and_the_others_counted(
    sqlite_db: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("data.writes.imports.MOST_ALIKE", 3)
    load(sqlite_db, "grids", grids())
    shops = [shop(source_id=f"E{n}", lon=0.0, lat=0.0) for n in range(8)]
    result = load(sqlite_db, "enterprises", shops)
    assert result.warned == 8
    kept = rows(sqlite_db, sa.select(import_issue.c.code, import_issue.c.params).order_by(import_issue.c.id))
    assert [code for code, _ in kept] == ["point_zero"] * 3 + ["more_alike"]
    assert kept[-1][1]["count"] == 5
