"""What a file does not have at all is kept: visits and findings read again from a narrower file."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from data import quality
from data.access import command_line
from data.schema import enterprise, finding, inspection, problem, problem_event
from data.store import reading
from data.writes.imports import BatchResult
from etl.frames import ABSENT, frame
from etl.load import plan_import, publish
from etl.run import run_import

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
DAY, OTHER = date(2026, 3, 1), date(2026, 3, 8)
SHOPS = [{"source_id": code, "name": f"药店{code}", "category": "chain_store"} for code in ("E1", "E2")]
VISIT: dict[str, Any] = {
    "source_id": "V1", "enterprise": "E1", "kind": "routine", "finished_on": DAY, "conclusion": "pass",
    "finished_at": datetime(2026, 3, 1, 2, 0, tzinfo=UTC), "score": 97.5, "source_result": "符合", "grade": 1,
    "method": "on_site", "officer": "O1", "officer2": "O2", "lon": 123.4, "lat": 41.8,
    "details": {"note": "甲"},
    "entered_at": datetime(2026, 3, 2, 2, 0, tzinfo=UTC), "source_kind": "日常",
}  # fmt: skip
FINDING: dict[str, Any] = {
    "source_id": "F1", "enterprise": "E1", "inspection": "V1", "found_on": DAY, "item_code": "3.2",
    "severity": "major", "text": "记录不全", "problem_state": "ordered", "due_on": date(2026, 4, 1),
}  # fmt: skip


def load(engine: sa.Engine, kind: str, *given: dict[str, Any], only: tuple[str, ...] = ()) -> BatchResult:
    """Load rows; with `only` from a file that has no other columns than these."""
    made = frame(kind, [{k: v for k, v in row.items() if not only or k in only} for row in given])
    if only:
        made.attrs[ABSENT] = sorted(set(made.columns) - {"line", *only})
    return publish(engine, command_line(), kind, made, source="s", filename="f", sha256="x", now=NOW)


def rows(engine: sa.Engine, table: sa.Table, *names: str) -> list[tuple[Any, ...]]:
    with reading(engine) as conn:
        return [tuple(r) for r in conn.execute(sa.select(*(table.c[n] for n in names)).order_by(table.c.id))]


@pytest.fixture
def city(db: sa.Engine) -> sa.Engine:
    load(db, "officers", {"source_id": "O1", "name": "甲"}, {"source_id": "O2", "name": "乙"})
    load(db, "enterprises", *SHOPS)
    load(db, "inspections", VISIT)
    return db


BARE = ("source_id", "enterprise", "kind", "finished_on")
OURS = (
    "id",
    "source_id",
    "revision",
    "supersedes_id",
    "reason",
    "batch_id",
    "row_no",
    "user_id",
    "recorded_at",
)
EVERY = tuple(c.name for c in inspection.c if c.name not in OURS)


def test_a_narrower_file_supersedes_no_visit(city: sa.Engine) -> None:
    again = load(city, "inspections", VISIT, only=BARE)
    assert (again.inserted, again.changed, again.unchanged) == (0, 0, 1)
    assert rows(city, inspection, "source_id") == [("V1",)]


def test_a_correction_from_a_narrower_file_keeps_the_rest_of_the_visit(city: sa.Engine) -> None:
    fixed = {**VISIT, "conclusion": "fail"}
    assert load(city, "inspections", fixed, only=(*BARE, "conclusion")).changed == 1
    first, second = rows(city, inspection, *EVERY)
    assert {n for n, a, b in zip(EVERY, first, second, strict=True) if a != b} == {"conclusion"}
    # and what counts from then on is the corrected row, not the first
    again = load(city, "inspections", VISIT, only=(*BARE, "score", "officer"))
    assert (again.changed, again.unchanged) == (0, 1)
    assert load(city, "inspections", {**fixed, "score": 50.0}, only=(*BARE, "score")).changed == 1
    assert rows(city, inspection, "conclusion", "score", "grade")[-1] == ("fail", 50.0, 1)


def test_a_column_that_is_there_and_blank_does_clear(city: sa.Engine) -> None:
    blank = {**VISIT, "score": None, "officer2": None}
    assert load(city, "inspections", blank, only=(*BARE, "score", "officer2")).changed == 1
    kept = rows(city, inspection, "score", "officer2_id", "source_result", "details")[-1]
    assert kept == (None, None, "符合", {"note": "甲"})


def test_an_instant_does_not_outlive_a_correction_of_its_day(city: sa.Engine) -> None:
    assert load(city, "inspections", {**VISIT, "finished_on": OTHER}, only=BARE).changed == 1
    found = rows(city, inspection, "finished_on", "finished_at", "score")[-1]
    assert found == (OTHER, None, 97.5)


def test_a_new_visit_of_a_narrower_file_is_taken_as_it_is(city: sa.Engine) -> None:
    new = {**VISIT, "source_id": "V2", "enterprise": "E2"}
    assert load(city, "inspections", VISIT, new, only=BARE).inserted == 1
    assert rows(city, inspection, "conclusion", "officer_id", "grade")[-1] == (None, None, 0)


def test_a_dry_run_of_a_narrower_file_tells_only_what_it_has(city: sa.Engine) -> None:
    made = frame("inspections", [{**{n: VISIT[n] for n in BARE}, "conclusion": "fail"}])
    made.attrs[ABSENT] = sorted(set(made.columns) - {"line", "conclusion", *BARE})
    told = plan_import(city, command_line(), "inspections", made, source="s", now=NOW)
    assert told.fields == {"conclusion": 1}


FOUND = ("source_id", "enterprise", "found_on")


def test_a_narrower_file_changes_no_finding(city: sa.Engine) -> None:
    load(city, "inspections", {**VISIT, "source_id": "V2", "score": 1.0})  # its day alone tells no visit
    load(city, "findings", FINDING)
    again = load(city, "findings", FINDING, only=FOUND)
    assert (again.changed, again.unchanged, again.quarantined, again.warned) == (0, 1, 0, 0)
    assert rows(city, finding, "item_code", "severity", "text", "matches") == [
        ("3.2", "major", "记录不全", 1)
    ]
    assert rows(city, problem, "state", "due_on") == [("ordered", date(2026, 4, 1))]


def test_a_new_state_from_a_narrower_file_keeps_the_deadline_and_the_words(city: sa.Engine) -> None:
    load(city, "findings", FINDING)
    closed = {**FINDING, "problem_state": "closed_out", "closed_on": OTHER}
    assert load(city, "findings", closed, only=(*FOUND, "problem_state", "closed_on")).changed == 1
    assert rows(city, problem, "state", "due_on", "closed_on") == [("closed_out", date(2026, 4, 1), OTHER)]
    assert rows(city, finding, "text", "severity") == [("记录不全", "major")]
    moved = rows(city, problem_event, "from_state", "to_state")
    assert moved == [(None, "ordered"), ("ordered", "closed_out")]


def test_a_new_deadline_without_a_state_moves_the_deadline_alone(city: sa.Engine) -> None:
    load(city, "findings", FINDING)
    assert load(city, "findings", {**FINDING, "due_on": OTHER}, only=(*FOUND, "due_on")).changed == 1
    assert rows(city, problem, "state", "due_on") == [("ordered", OTHER)]
    assert len(rows(city, problem_event, "id")) == 1


def test_a_finding_stays_with_the_visit_of_another_day_that_was_named(city: sa.Engine) -> None:
    load(city, "findings", {**FINDING, "found_on": OTHER})
    again = load(city, "findings", {**FINDING, "found_on": OTHER}, only=FOUND)
    assert (again.unchanged, again.quarantined) == (1, 0)
    load(city, "inspections", {**VISIT, "source_id": "V3", "finished_on": OTHER})
    assert load(city, "findings", {**FINDING, "found_on": OTHER}, only=FOUND).unchanged == 1


def test_a_finding_joined_by_its_day_follows_corrections_of_day_and_visit(
    city: sa.Engine,
) -> None:
    load(city, "findings", FINDING, only=FOUND)
    load(city, "inspections", {**VISIT, "source_id": "V3", "finished_on": OTHER})
    load(city, "inspections", {**VISIT, "conclusion": "fail"})
    visits = {(code, n): i for code, n, i in rows(city, inspection, "source_id", "revision", "id")}
    load(city, "findings", FINDING, only=FOUND)
    assert rows(city, finding, "inspection_id") == [(visits["V1", 2],)]
    load(city, "findings", {**FINDING, "found_on": OTHER}, only=FOUND)
    assert rows(city, finding, "inspection_id") == [(visits["V3", 1],)]
    with reading(city) as conn:
        assert [f.code for f in quality.check(conn, now=NOW) if f.level == "error"] == []


def test_a_finding_of_another_enterprise_does_not_keep_its_visit(city: sa.Engine) -> None:
    load(city, "findings", FINDING)
    refused = load(city, "findings", {**FINDING, "enterprise": "E2"}, only=FOUND)
    assert [issue.code for issue in refused.issues] == ["unmatched_finding"]


def test_files_with_fewer_columns_say_so_themselves(db: sa.Engine, tmp_path: Path) -> None:
    def run(kind: str, *lines: str) -> tuple[int, int, int]:
        path = tmp_path / f"{kind}.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        done = run_import(db, command_line(), kind, path, now=NOW)
        return done.inserted, done.changed, done.unchanged

    assert run("enterprises", "企业编号,企业名称,企业类别", "E1,药店甲,单体药店")[0] == 1
    wide = (
        "检查编号,企业编号,检查类型,检查日期,检查结论,得分,备注",
        "V1,E1,日常检查,2026-03-01,合格,98,良好",
    )
    assert run("inspections", *wide) == (1, 0, 0)
    assert run("inspections", "检查编号,企业编号,检查类型,检查日期", "V1,E1,日常检查,2026-03-01") == (0, 0, 1)
    assert run("inspections", *wide) == (0, 0, 1)


def test_details_of_which_a_file_has_a_part_keep_the_others(db: sa.Engine, tmp_path: Path) -> None:
    profile = tmp_path / "city.yaml"
    profile.write_text(
        "source: city\nkinds:\n"
        "  enterprises:\n    columns: {source_id: 编号, name: 名称, category: 类别,"
        " details.head: 负责人, details.phone: 电话, details.note: 备注}\n"
        "  inspections:\n    columns: {source_id: 检查, enterprise: 编号, kind: 类型, finished_on: 日期,"
        " details.head: 负责人, details.phone: 电话, details.note: 备注}\n",
        encoding="utf-8",
    )

    def run(kind: str, *lines: str) -> tuple[int, int, int]:
        path = tmp_path / f"{kind}.csv"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        done = run_import(db, command_line(), kind, path, profile, now=NOW)
        return done.inserted, done.changed, done.unchanged

    first = {
        "enterprises": ("编号,名称,类别", "E1,药店甲,单体药店"),
        "inspections": ("检查,编号,类型,日期", "V1,E1,日常检查,2026-03-01"),
    }
    for kind, table in (("enterprises", enterprise), ("inspections", inspection)):
        header, row = first[kind]
        wide = (f"{header},电话,备注,负责人", f"{row},024,良好,甲")
        assert run(kind, *wide) == (1, 0, 0)
        # a key that is not in the file stays, one whose cell is empty goes
        assert run(kind, f"{header},备注", f"{row},良好") == (0, 0, 1)
        assert run(kind, f"{header},备注,负责人", f"{row},,乙") == (0, 1, 0)
        assert rows(db, table, "details")[-1] == ({"head": "乙", "phone": "024"},)
        assert run(kind, header, row) == (0, 0, 1)
        assert run(kind, *wide) == (0, 1, 0)
        assert rows(db, table, "details")[-1] == ({"head": "甲", "note": "良好", "phone": "024"},)
