"""The integrity check names what is off: one thing is broken by hand, and exactly that is told."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import shapely
import sqlalchemy as sa

from data import quality
from data.access import command_line
from data.schema import figures_meta
from data.schema.figures import FIGURES
from data.store import open_engine
from data.text import LANGUAGES, catalogue, text
from etl.frames import frame
from etl.load import publish

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
A, B, C = "210102001001", "210102001002", "210103001001"
DAY = date(2026, 3, 1)


def fill(engine: sa.Engine) -> None:
    """Publish three grids in two districts with six enterprises, their officers and their work."""

    def load(kind: str, rows: list[dict[str, Any]]) -> None:
        publish(
            engine, command_line(), kind, frame(kind, rows), source="s", filename="f", sha256="x", now=NOW
        )

    def shop(code: str, district: str, lon: float | None, **more: Any) -> dict[str, Any]:
        lat = None if lon is None else 41.05
        named = {"source_id": code, "name": f"药店{code}", "category": "chain_store", "district": district}
        return {**named, "lon": lon, "lat": lat, **more}

    def visit(code: str, of: str, **more: Any) -> dict[str, Any]:
        return {"source_id": code, "enterprise": of, "kind": "routine", "finished_on": DAY, **more}

    load("districts", [{"code": "210102", "name": "甲区"}, {"code": "210103", "name": "乙区"}])
    places = [(A, "210102", 123.0), (B, "210102", 123.1), (C, "210103", 123.2)]
    load("grids", [
        {"code": code, "name": code, "district": d, "geometry": shapely.box(lon, 41.0, lon + 0.1, 41.1)}
        for code, d, lon in places
    ])  # fmt: skip
    load("officers", [{"source_id": f"O{n}", "name": f"测试员{n}"} for n in range(4)])
    load("officer_grids", [
        {"officer": f"O{n}", "grid": code, "duty": "A"} for n, (code, _, _) in enumerate(places)
    ])  # fmt: skip
    load("enterprises", [
        shop("E1", "210102", 123.05, licence_number="L1", licence_to=date(2027, 1, 1)),
        shop("E2", "210102", 123.06, tags=("a",), address="路 1 号"), shop("E3", "210102", 123.15),
        shop("E4", "210103", 123.25), shop("E5", "210102", None), shop("E6", "210102", 123.36),
        shop("E7", "210103", None, grid=C),
    ])  # fmt: skip
    load("inspections", [visit("V1", "E1"), visit("V2", "E3"), visit("V3", "E4", unable_reason="closed")])
    load("inspections", [visit("V1", "E1", conclusion="pass")])
    load("findings", [
        {"source_id": f"F{n}", "enterprise": "E1", "inspection": "V1", "found_on": DAY, "severity": "minor",
         "problem_state": "ordered"} for n in (1, 2)
    ])  # fmt: skip
    load("leads", [{"source_id": "L1", "channel": "complaint", "title": "线索", "received_on": DAY,
                    "enterprise": "E1", "state": "assigned"}])  # fmt: skip


@pytest.fixture(scope="module")
def city(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[sa.Engine]:
    """One city for all tests: each breaks it in a transaction of its own."""
    path = tmp_path_factory.mktemp("quality") / "gridward.db"
    shutil.copy(sqlite_template, path)
    engine = open_engine(f"sqlite:///{path}")
    fill(engine)
    yield engine
    engine.dispose()


@pytest.fixture(scope="module")
def city_on_postgres(postgres_server: str) -> Iterator[sa.Engine]:
    admin = open_engine(postgres_server + "postgres").execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as conn:
        conn.exec_driver_sql("CREATE DATABASE quality TEMPLATE template_gridward")
    admin.dispose()
    engine = open_engine(postgres_server + "quality")
    fill(engine)
    yield engine
    engine.dispose()


def found(engine: sa.Engine, *broken: str, now: datetime = NOW) -> list[quality.Finding]:
    """Break something, check, and take it back."""
    with engine.connect() as conn, conn.begin() as transaction:
        if engine.dialect.name == "sqlite":
            conn.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        for statement in broken:
            assert conn.execute(sa.text(statement)).rowcount > 0, f"changes nothing: {statement}"
        told = quality.check(conn, now=now)
        transaction.rollback()
    for finding in told:
        for language in LANGUAGES:
            assert "{" not in text(f"quality.{finding.code}", language, **finding.params)
    return told


def codes(engine: sa.Engine, *broken: str, now: datetime = NOW) -> set[str]:
    return {f"{f.level}:{f.code}" for f in found(engine, *broken, now=now)}


def grid_id(code: str) -> str:
    return f"(SELECT id FROM grid WHERE code = '{code}')"


def one(code: str) -> str:
    return f"(SELECT id FROM enterprise WHERE source_id = '{code}')"


PLAN = "(SELECT id FROM plan WHERE headline)"
COUNT = f"UPDATE coverage_count SET {{}} WHERE plan_id = {PLAN} AND grid_id = {{}}"
STATE = f"UPDATE coverage_state SET {{}} WHERE plan_id = {PLAN} AND enterprise_id = {{}}"


def test_an_untouched_city_is_clean(city: sa.Engine) -> None:
    assert found(city) == []


BROKEN: dict[str, tuple[set[str], tuple[str, ...]]] = {
    # figures
    "a count that is one too high": ({"count_wrong"}, (COUNT.format("due = due + 1", grid_id(A)),)),
    "a count of evidence": ({"count_wrong"}, (COUNT.format("recorded = recorded + 1", grid_id(A)),)),
    "two grids of a district whose counts are swapped": (
        {"count_wrong"},
        (COUNT.format("due = due - 1", grid_id(A)), COUNT.format("due = due + 1", grid_id(B))),
    ),
    "sums of a place that are not those of its categories": (
        {"count_wrong"},
        (f"UPDATE coverage_place SET due = due + 1 WHERE plan_id = {PLAN} AND grid_id = {grid_id(A)}",),
    ),
    "sums of a category that are not those of its places": (
        {"count_wrong"},
        (f"UPDATE coverage_category SET done = done + 1 WHERE plan_id = {PLAN}",),
    ),
    "sums of a grid under another district": (
        {"count_wrong", "district_sum_wrong"},
        (f"UPDATE coverage_place SET district_code = '210103' WHERE grid_id = {grid_id(A)}",),
    ),
    "a place without its counts": (
        {"count_wrong"},
        (f"DELETE FROM coverage_count WHERE plan_id = {PLAN} AND grid_id = {grid_id(C)}",),
    ),
    "counts of a place that is none": (
        {"count_wrong"},
        ("INSERT INTO coverage_count SELECT plan_id, '//outside', category, period, NULL, NULL, 'outside',"
         " due, done, on_time, late, closed_visited, closed_unvisited, recorded, evidenced"
         f" FROM coverage_count WHERE plan_id = {PLAN} AND grid_id = {grid_id(A)}",),
    ),
    "counts of a grid under another district": (
        {"count_wrong", "district_sum_wrong"},
        (COUNT.format("district_code = '210103'", grid_id(A)),),
    ),
    "a grid that changed its district behind the figures": (
        {"figures_wrong", "district_sum_wrong"},
        (f"UPDATE grid SET district_code = '210103' WHERE code = '{A}'",),
    ),
    "unplaced counts without a reason": (
        {"count_wrong", "unplaced_without_reason"},
        (f"UPDATE coverage_count SET unplaced_reason = NULL WHERE plan_id = {PLAN}"
         " AND unplaced_reason = 'outside'",),
    ),
    "a day with one visit too many": (
        {"day_wrong"}, (f"UPDATE coverage_day SET done = done + 1 WHERE plan_id = {PLAN}",)
    ),
    "a visit that stands on another day": (
        {"day_wrong"}, (f"UPDATE coverage_day SET day = '2026-03-02' WHERE plan_id = {PLAN}",)
    ),
    "a missing day": ({"day_wrong"}, (f"DELETE FROM coverage_day WHERE plan_id = {PLAN}",)),
    "a missing state": (
        {"figures_wrong", "count_wrong"},
        (f"DELETE FROM coverage_state WHERE plan_id = {PLAN} AND enterprise_id = {one('E2')}",),
    ),
    "a surplus state": (
        {"figures_wrong", "count_wrong"},
        ("INSERT INTO coverage_state SELECT plan_id, 999999, period, grid_id, district_code, unplaced_reason,"
         f" category, due, done_on, grade FROM coverage_state WHERE plan_id = {PLAN}"
         f" AND enterprise_id = {one('E2')}",),
    ),
    "a missing and a surplus state": (
        {"figures_wrong"},
        (STATE.format("enterprise_id = 999999", one("E2")),),
    ),
    "a state that says done": (
        {"figures_wrong", "count_wrong", "day_wrong"}, (STATE.format("done_on = '2026-03-01'", one("E2")),)
    ),
    "a state that says not due": (
        {"figures_wrong", "count_wrong"}, (STATE.format("due = false", one("E2")),)
    ),
    "a state of another period": (
        {"figures_wrong", "count_wrong"}, (STATE.format("period = '2025'", one("E2")),)
    ),
    "a state in another district": (
        {"figures_wrong", "count_wrong"}, (STATE.format("district_code = '210103'", one("E2")),)
    ),
    "a plan that was switched off behind the figures": (
        {"plan_wrong", "figures_wrong", "count_wrong", "day_wrong"},
        ("UPDATE plan SET active = false WHERE headline",),
    ),
    "a profile with a visit too many": (
        {"profile_wrong"}, (f"UPDATE enterprise_profile SET visits = 7 WHERE enterprise_id = {one('E1')}",)
    ),
    "a visit that was deleted": (
        {"figures_wrong", "profile_wrong"}, ("DELETE FROM inspection WHERE source_id = 'V2'",)
    ),
    # facts
    "a name that no version says": (
        {"current_wrong"}, ("UPDATE enterprise SET name = '别名' WHERE source_id = 'E2'",)
    ),
    "a status that no version says": (
        {"current_wrong"}, ("UPDATE enterprise SET status = 'closed' WHERE source_id = 'E2'",)
    ),
    "tags that no version says": (
        {"current_wrong"}, ("UPDATE enterprise SET tags = '|b|' WHERE source_id = 'E2'",)
    ),
    "a datum that no version says": (
        {"current_wrong"}, ("UPDATE enterprise SET datum = 'BD09' WHERE source_id = 'E2'",)
    ),
    "a declared grid that no version says": (
        {"current_wrong"}, ("UPDATE enterprise SET declared_grid = 'X' WHERE source_id = 'E2'",)
    ),
    "a version that was deleted": (
        {"current_wrong", "figures_wrong"}, (f"DELETE FROM fact_status WHERE enterprise_id = {one('E2')}",)
    ),
    # places
    "a grid and a reason at once": (
        {"placement_unclear", "current_wrong"},
        ("UPDATE enterprise SET unplaced_reason = 'outside' WHERE source_id = 'E2'",),
    ),
    "neither a grid nor a reason": (
        {"placement_unclear", "current_wrong"},
        ("UPDATE enterprise SET unplaced_reason = NULL WHERE source_id = 'E5'",),
    ),
    "a retired grid that has shape and enterprises": (
        {"placed_in_retired", "shape_of_retired"}, (f"UPDATE grid SET active = false WHERE code = '{A}'",)
    ),
    "an active grid without a shape": (
        {"grid_without_shape", "placement_off_shape"},
        (f"UPDATE fact_grid_shape SET geom = NULL WHERE grid_id = {grid_id(A)}",),
    ),
    "a placement in another grid than the point": (
        {"placement_off_shape", "current_wrong"},
        (f"UPDATE enterprise SET grid_id = {grid_id(B)} WHERE source_id = 'E2'",),
    ),
    "a point that has moved into another grid": (
        {"placement_off_shape"},
        ("UPDATE enterprise SET lon = 123.16 WHERE source_id = 'E2'",
         f"UPDATE fact_point SET lon = 123.16 WHERE enterprise_id = {one('E2')}"),
    ),
    "a point inside a grid of one who is said to be outside": (
        {"placement_off_shape"},
        ("UPDATE enterprise SET lon = 123.16 WHERE source_id = 'E6'",
         f"UPDATE fact_point SET lon = 123.16 WHERE enterprise_id = {one('E6')}"),
    ),
    # officers
    "two A-officers at once": (
        {"grid_with_many_officers"},
        ("INSERT INTO fact_grid_officer (grid_id, duty, officer_id, valid_from, recorded_at) SELECT grid_id,"
         " duty, (SELECT id FROM officer WHERE source_id = 'O3'), valid_from, recorded_at"
         f" FROM fact_grid_officer WHERE grid_id = {grid_id(A)}",),
    ),
    "no A-officer": (
        {"grid_without_officer"}, (f"DELETE FROM fact_grid_officer WHERE grid_id = {grid_id(A)}",)
    ),
    "a vacant A-duty": (
        {"grid_without_officer"},
        (f"UPDATE fact_grid_officer SET officer_id = NULL WHERE grid_id = {grid_id(A)}",),
    ),
    "a B-officer alone": (
        {"grid_without_officer"}, (f"UPDATE fact_grid_officer SET duty = 'B' WHERE grid_id = {grid_id(A)}",)
    ),
    # work
    "a problem without an event": (
        {"problem_without_event"},
        ("DELETE FROM problem_event WHERE problem_id = (SELECT min(id) FROM problem)",),
    ),
    "a problem in another state than its event": (
        {"problem_without_event"},
        ("UPDATE problem SET state = 'replied' WHERE id = (SELECT min(id) FROM problem)",),
    ),
    "a problem of another enterprise than its finding": (
        {"problem_astray", "profile_wrong"},
        (f"UPDATE problem SET enterprise_id = {one('E2')} WHERE id = (SELECT min(id) FROM problem)",),
    ),
    "a lead without an event": ({"lead_without_event"}, ("DELETE FROM lead_event",)),
    "a finding of a visit to another enterprise": (
        {"finding_astray"},
        ("UPDATE finding SET inspection_id = (SELECT id FROM inspection WHERE source_id = 'V2')"
         " WHERE source_id = 'F1'",),
    ),
    # the audit log
    "a changed row of the log": ({"audit_broken"}, ("UPDATE audit SET actor = 'nobody' WHERE seq = 3",)),
    "a changed detail of the log": ({"audit_broken"}, ("UPDATE audit SET detail = '{}' WHERE seq = 3",)),
    "a changed hash of the log": ({"audit_broken"}, ("UPDATE audit SET hash = 'x' WHERE seq = 3",)),
    "a row of the log that was removed": ({"audit_broken"}, ("DELETE FROM audit WHERE seq = 3",)),
    "the first row of the log removed": ({"audit_broken"}, ("DELETE FROM audit WHERE seq = 1",)),
    "the last row of the log removed": (
        {"audit_broken"}, ("DELETE FROM audit WHERE seq = (SELECT max(seq) FROM audit)",)
    ),
    "two rows of the log swapped": (
        {"audit_broken"},
        ("UPDATE audit SET seq = -3 WHERE seq = 3", "UPDATE audit SET seq = 3 WHERE seq = 4",
         "UPDATE audit SET seq = 4 WHERE seq = -3"),
    ),
    "another head of the log": ({"audit_broken"}, ("UPDATE audit_head SET hash = 'x'",)),
    "a log without a head": ({"audit_broken"}, ("DELETE FROM audit_head",)),
}  # fmt: skip


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_named(city: sa.Engine, name: str) -> None:
    expected, statements = BROKEN[name]
    assert codes(city, *statements) == {f"error:{code}" for code in expected}


ALIKE = (
    "two grids of a district whose counts are swapped", "a missing and a surplus state", "a missing day",
    "a profile with a visit too many", "counts of a grid under another district", "tags that no version says",
    "a point that has moved into another grid", "two A-officers at once", "a problem without an event",
    "a lead without an event", "a changed detail of the log", "a log without a head",
)  # fmt: skip
"""One or two of each check: their SQL is the other database's too."""


@pytest.mark.postgres
def test_an_untouched_city_is_clean_on_postgresql(city_on_postgres: sa.Engine) -> None:
    assert found(city_on_postgres) == []


@pytest.mark.postgres
@pytest.mark.parametrize("name", ALIKE)
def test_what_is_broken_is_named_on_postgresql(city_on_postgres: sa.Engine, name: str) -> None:
    test_what_is_broken_is_named(city_on_postgres, name)


ORPHANS = {
    "a finding of nobody": "UPDATE finding SET enterprise_id = 999999 WHERE source_id = 'F1'",
    "a finding of no visit": "UPDATE finding SET inspection_id = 999999 WHERE source_id = 'F1'",
    "a problem of no finding": "DELETE FROM finding WHERE source_id = 'F1'",
    "an event of no problem": "DELETE FROM problem WHERE id = (SELECT min(id) FROM problem)",
    "a visit of nobody": "UPDATE inspection SET enterprise_id = 999999 WHERE source_id = 'V2'",
    "a version of nobody": f"UPDATE fact_point SET enterprise_id = 999999 WHERE enterprise_id = {one('E5')}",
    "a version of an unknown category": "UPDATE fact_identity SET category = 'castle'",
    "a licence of nobody": "UPDATE licence SET enterprise_id = 999999",
    "a visit of an unknown batch": "UPDATE inspection SET batch_id = 999 WHERE source_id = 'V2'",
    "a visit of an unknown user": "UPDATE inspection SET user_id = 999 WHERE source_id = 'V2'",
    "an enterprise of no grid": f"DELETE FROM grid WHERE code = '{C}'",
}


@pytest.mark.parametrize("name", ORPHANS)
def test_an_orphan_is_named(city: sa.Engine, name: str) -> None:
    assert "error:foreign_keys_broken" in codes(city, ORPHANS[name])


@pytest.mark.postgres
@pytest.mark.parametrize("name", ORPHANS)
def test_an_orphan_cannot_be_stored_on_postgresql(city_on_postgres: sa.Engine, name: str) -> None:
    with pytest.raises(sa.exc.IntegrityError, match="foreign key"):
        found(city_on_postgres, ORPHANS[name])


def test_the_example_leads_to_the_place_and_the_total_need_not_be_wrong(city: sa.Engine) -> None:
    _, statements = BROKEN["two grids of a district whose counts are swapped"]
    [told] = found(city, *statements)
    assert told.params["count"] == 4  # the counts of a category in two grids, and the sums of both
    assert told.params["place"] in (A, B)


def test_the_break_of_the_log_is_where_it_is(city: sa.Engine) -> None:
    [told] = found(city, *BROKEN["a row of the log that was removed"][1])
    assert told.params == {"seq": 3, "reason": "gap"}


def test_officers_that_were_never_imported_are_a_warning(city: sa.Engine) -> None:
    nobody = ("DELETE FROM fact_grid_officer", "DELETE FROM officer")
    [told] = found(city, *nobody)
    assert (told.code, told.level, told.params["count"]) == ("grid_without_officer", "warning", 3)


def test_figures_of_yesterday_are_a_warning(city: sa.Engine) -> None:
    assert codes(city, now=NOW + timedelta(days=1)) == {"warning:figures_old"}


def test_figures_that_were_never_built_are_a_warning(city: sa.Engine) -> None:
    gone = [f"DELETE FROM {table.name}" for table in (*FIGURES, figures_meta)]
    assert codes(city, *gone) == {"warning:no_figures"}


def test_an_empty_database_is_clean(sqlite_db: sa.Engine) -> None:
    assert found(sqlite_db) == []


def test_a_stewards_decision_need_not_agree_with_the_point(city: sa.Engine) -> None:
    decided = f"SET grid_id = {grid_id(B)}, basis = 'steward' WHERE"
    statements = (f"UPDATE enterprise {decided} source_id = 'E2'",
                  f"UPDATE fact_placement {decided} enterprise_id = {one('E2')}")  # fmt: skip
    assert "error:placement_off_shape" not in codes(city, *statements)


def test_every_sentence_of_the_catalogue_is_one_that_a_check_says() -> None:
    source = "".join(p.read_text(encoding="utf-8") for p in Path(quality.__file__).parent.glob("*.py"))
    keys = {k.removeprefix("quality.") for k in catalogue("en") if k.startswith("quality.")} - {"result"}
    assert {key for key in keys if f'"{key}"' not in source} == set()
