"""A finding that names no visit follows the visits of its day, in whatever order the files come."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from data import quality
from data.access import Role, command_line
from data.reads.imports import open_quarantine
from data.schema import enterprise, finding, inspection
from data.store import reading, writing
from data.writes.imports import BatchResult
from data.writes.inspections import record, supersede
from data.writes.visit import Visit
from etl.frames import ABSENT, frame
from etl.load import publish
from etl.quarantine import export_quarantine
from etl.run import run_import
from tests.factories import add_officer, viewer

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
DAY, OTHER = date(2026, 3, 1), date(2026, 3, 8)
VISIT: dict[str, Any] = {"source_id": "V1", "enterprise": "E1", "kind": "routine", "finished_on": DAY}
FINDING: dict[str, Any] = {"source_id": "F1", "enterprise": "E1", "found_on": DAY, "severity": "major"}


def load(engine: sa.Engine, kind: str, *given: dict[str, Any], attrs: dict[str, Any] | None = None
         ) -> BatchResult:  # fmt: skip
    made = frame(kind, list(given))
    made.attrs.update(attrs or {})
    return publish(engine, command_line(), kind, made, source="s", filename="f", sha256="x", now=NOW)


def joined(engine: sa.Engine) -> list[tuple[str, str | None, int]]:
    """Return each finding's own id, the id of its visit and how many visits it could belong to."""
    query = (
        sa.select(finding.c.source_id, inspection.c.source_id, finding.c.matches, inspection.c.revision)
        .outerjoin(inspection, inspection.c.id == finding.c.inspection_id)
        .order_by(finding.c.id)
    )
    with reading(engine) as conn:
        assert [f.code for f in quality.check(conn, now=NOW) if f.level == "error"] == []
        return [
            (code, f"{visit}#{revision}" if (revision or 1) > 1 else visit, matches)
            for code, visit, matches, revision in conn.execute(query)
        ]


@pytest.fixture
def city(db: sa.Engine) -> sa.Engine:
    load(db, "enterprises", *({"source_id": c, "name": c, "category": "chain_store"} for c in ("E1", "E2")))
    load(db, "inspections", VISIT)
    return db


def test_a_second_visit_of_the_day_makes_its_findings_ambiguous_and_says_so(city: sa.Engine) -> None:
    load(city, "findings", FINDING, {**FINDING, "source_id": "F2", "inspection": "V1"})
    assert joined(city) == [("F1", "V1", 1), ("F2", "V1", 1)]
    done = load(city, "inspections", {**VISIT, "source_id": "V2"}, {**VISIT, "source_id": "V3"})
    # the one that was joined by its day alone; the other names its visit
    assert joined(city) == [("F1", None, 3), ("F2", "V1", 1)]
    assert [(i.code, i.level, i.source_id, i.params["finding"], i.params["count"]) for i in done.issues] == [
        ("finding_ambiguous_now", "warning", "V2", "F1", 3)
    ]
    assert done.warned == 1
    assert load(city, "findings", FINDING).unchanged == 1, "the same file again finds the same"


def test_a_correction_that_leaves_one_visit_on_the_day_tells_which(city: sa.Engine) -> None:
    load(city, "inspections", {**VISIT, "source_id": "V2"})
    load(city, "findings", FINDING)
    assert joined(city) == [("F1", None, 2)]
    load(city, "inspections", {**VISIT, "source_id": "V2", "finished_on": OTHER})
    assert joined(city) == [("F1", "V1", 1)]
    load(city, "inspections", {**VISIT, "conclusion": "fail"})
    assert joined(city) == [("F1", "V1#2", 1)]
    load(city, "inspections", {**VISIT, "source_id": "V2"})
    assert joined(city) == [("F1", None, 2)]


def test_a_day_that_lost_its_only_visit_leaves_its_finding_there(city: sa.Engine) -> None:
    load(city, "findings", FINDING)
    load(city, "inspections", {**VISIT, "finished_on": OTHER})
    assert joined(city) == [("F1", "V1", 1)]
    again = load(city, "findings", FINDING, attrs={ABSENT: ["inspection"]})
    assert (again.unchanged, again.quarantined) == (1, 0)


def test_a_visit_to_another_enterprise_or_on_another_day_touches_no_finding(city: sa.Engine) -> None:
    load(city, "findings", FINDING)
    done = load(
        city, "inspections", {**VISIT, "source_id": "V2", "enterprise": "E2"},
        {**VISIT, "source_id": "V3", "finished_on": OTHER},
    )  # fmt: skip
    assert (joined(city), done.warned) == ([("F1", "V1", 1)], 0)


def test_a_finding_whose_visit_was_named_stays_with_it_after_a_narrower_file(city: sa.Engine) -> None:
    load(city, "findings", {**FINDING, "inspection": "V1"})
    assert load(city, "findings", FINDING, attrs={ABSENT: ["inspection"]}).unchanged == 1
    load(city, "inspections", {**VISIT, "source_id": "V2"})
    assert joined(city) == [("F1", "V1", 1)]


def test_a_visit_entered_by_hand_counts_as_one_that_was_imported(city: sa.Engine) -> None:
    load(city, "findings", FINDING)
    with reading(city) as conn:
        one = conn.execute(sa.select(enterprise.c.id).where(enterprise.c.source_id == "E1")).scalar_one()
    noon = datetime(2026, 3, 1, 4, 0, tzinfo=UTC)
    with writing(city) as conn:
        visit = Visit("routine", noon, "pass", officer2_id=add_officer(conn), over_cap_reason="另有线索")
        made = record(conn, viewer(Role.OFFICER), one, visit, client_id="c1", now=noon)
    assert joined(city) == [("F1", None, 2)]
    moved = Visit("routine", noon + timedelta(days=7), conclusion="pass")
    with writing(city) as conn:
        supersede(conn, viewer(Role.OFFICER), made, moved, reason="日期有误", client_id="c2", now=NOW)
    assert joined(city) == [("F1", "V1", 1)]


def test_findings_that_came_before_their_visit_are_taken_from_the_exported_quarantine(
    db: sa.Engine, tmp_path: Path
) -> None:
    def write(name: str, *lines: str) -> Path:
        path = tmp_path / name
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        return path

    load(db, "enterprises", {"source_id": "E1", "name": "甲", "category": "chain_store"})
    shops = write("e.csv", "企业编号,企业名称,企业类别", "0007,药店甲,单体药店")
    run_import(db, command_line(), "enterprises", shops, now=NOW)
    header = "问题编号,企业编号,发现日期,严重程度,问题描述"
    first = write("f.csv", header, "F1,0007,2026-03-01,严重,记录不全", "F2,0007,2026-03-08,严重,超温")
    early = run_import(db, command_line(), "findings", first, now=NOW)
    assert (early.inserted, early.quarantined) == (0, 2)
    assert early.batch_id is not None
    visits = write("v.csv", "检查编号,企业编号,检查类型,检查日期", "V1,0007,日常检查,2026-03-01")
    run_import(db, command_line(), "inspections", visits, now=NOW)
    book = tmp_path / "quarantine.xlsx"
    with reading(db) as conn:
        assert export_quarantine(conn, command_line(), early.batch_id, book, "zh-CN") == 2
    late = run_import(db, command_line(), "findings", book, now=NOW)
    assert (late.inserted, late.quarantined) == (1, 1)
    assert joined(db) == [("F1", "V1", 1)]
    with reading(db) as conn:
        # the other waits on, and so does nothing else
        assert open_quarantine(conn, command_line(), early.batch_id) == 1
