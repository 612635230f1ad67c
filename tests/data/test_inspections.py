"""Visits entered by hand: one row a visit, corrections kept, figures and audit with them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from data import audit
from data.access import Role
from data.errors import Conflict, Denied, NotFound, Refused
from data.reads.city import city
from data.reads.enterprise import enterprise_file
from data.schema import audit as audit_table
from data.schema import inspection, problem
from data.store import reading, writing
from data.writes.inspections import record, supersede
from data.writes.visit import Finding, Visit
from tests.factories import NOW, TODAY, MadeCity, make_city, viewer

# with the last of the made city's officers
VISIT = Visit("routine", NOW - timedelta(minutes=5), conclusion="pass", officer2_id=4)


def prepared(db: sa.Engine) -> MadeCity:
    with writing(db) as conn:
        return make_city(conn, visited=0)


def officer(made: MadeCity, n: int = 0):
    return viewer(Role.OFFICER, grids=(made.grids[n],), officer_id=made.officers[n])


def test_a_recorded_visit_is_coverage_at_once(db: sa.Engine) -> None:
    made = prepared(db)
    one = made.by_grid[made.grids[0]][0]
    with writing(db) as conn:
        record(conn, officer(made), one, VISIT, client_id="c1", now=NOW)
    with reading(db) as conn:
        assert city(conn, viewer()).grids[0].counts.done == 1
        found = enterprise_file(conn, viewer(), one, TODAY)
        assert found.plans[0].state == "on_time" and found.plans[0].done_on == TODAY
        assert found.timeline[0].data["officer"] == "网格员00"
        assert audit.verify(conn) is None


def test_sending_the_same_visit_twice_records_it_once(db: sa.Engine) -> None:
    made = prepared(db)
    one = made.by_grid[made.grids[0]][0]
    visit = replace(VISIT, conclusion="rectify", findings=(Finding("minor", "温湿度记录缺失"),))
    made_ids = []
    for _ in range(2):
        with writing(db) as conn:
            made_ids.append(record(conn, officer(made), one, visit, client_id="c1", now=NOW))
    with reading(db) as conn:
        assert made_ids[0] == made_ids[1]
        assert conn.execute(sa.select(sa.func.count()).select_from(inspection)).scalar() == 1
        assert conn.execute(sa.select(sa.func.count()).select_from(problem)).scalar() == 1
        assert conn.execute(sa.select(sa.func.count()).select_from(audit_table)).scalar() == 1


def test_a_submission_id_cannot_stand_for_two_visits(db: sa.Engine) -> None:
    made = prepared(db)
    first, second = made.by_grid[made.grids[0]][:2]
    with writing(db) as conn:
        record(conn, officer(made), first, VISIT, client_id="c1", now=NOW)
    with writing(db) as conn, pytest.raises(Conflict, match="visit_resent"):
        record(conn, officer(made), second, VISIT, client_id="c1", now=NOW)


def test_a_finding_opens_a_problem_that_is_counted(db: sa.Engine) -> None:
    made = prepared(db)
    one = made.by_grid[made.grids[0]][0]
    visit = replace(VISIT, conclusion="rectify", findings=(Finding("major", "处方药未凭处方销售", "8.1"),))
    with writing(db) as conn:
        record(conn, officer(made), one, visit, client_id="c1", now=NOW)
    with reading(db) as conn:
        assert city(conn, viewer()).grids[0].counts.open_problems == 1
        found = enterprise_file(conn, viewer(), one, TODAY)
        assert [p.state for p in found.problems] == ["found"]
        assert {a.kind for a in found.timeline} == {"inspection", "problem", "fact"}


def test_a_visit_that_was_not_possible_leaves_the_enterprise_due(db: sa.Engine) -> None:
    made = prepared(db)
    one = made.by_grid[made.grids[0]][0]
    visit = replace(VISIT, conclusion=None, unable_reason="not_found")
    with writing(db) as conn:
        record(conn, officer(made), one, visit, client_id="c1", now=NOW)
    with reading(db) as conn:
        assert city(conn, viewer()).grids[0].counts.done == 0


def test_a_correction_supersedes_and_keeps_what_it_corrects(db: sa.Engine) -> None:
    made = prepared(db)
    one = made.by_grid[made.grids[0]][0]
    with writing(db) as conn:
        old = record(conn, officer(made), one, VISIT, client_id="c1", now=NOW)
    corrected = replace(VISIT, kind="recheck")
    with writing(db) as conn:
        new = supersede(conn, officer(made), old, corrected, reason="误选类型", client_id="c2", now=NOW)
    with reading(db) as conn:
        assert city(conn, viewer()).grids[0].counts.done == 0  # a recheck is no coverage
        rows = {
            a.id: a.data
            for a in enterprise_file(conn, viewer(), one, TODAY).timeline
            if a.kind == "inspection"
        }
    assert rows[old]["superseded"] and not rows[new]["superseded"]
    assert rows[new]["reason"] == "误选类型"


def test_the_second_of_two_corrections_is_told(db: sa.Engine) -> None:
    made = prepared(db)
    one = made.by_grid[made.grids[0]][0]
    with writing(db) as conn:
        old = record(conn, officer(made), one, VISIT, client_id="c1", now=NOW)
        new = supersede(conn, officer(made), old, VISIT, reason="甲", client_id="c2", now=NOW)
    with writing(db) as conn, pytest.raises(Conflict) as told:
        supersede(conn, officer(made), old, VISIT, reason="乙", client_id="c3", now=NOW)
    assert told.value.params == {"theirs": new}


def test_nobody_records_outside_the_scope_or_without_the_right(db: sa.Engine) -> None:
    made = prepared(db)
    one = made.by_grid[made.grids[0]][0]
    for who in (officer(made, 1), viewer(Role.LEADER), viewer(Role.STEWARD), viewer(Role.WALL)):
        with writing(db) as conn, pytest.raises(Denied):
            record(conn, who, one, VISIT, client_id="c1", now=NOW)
    with writing(db) as conn, pytest.raises(NotFound):
        record(conn, officer(made), 10**6, VISIT, client_id="c1", now=NOW)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"kind": "tea"}, "visit_kind"),
        ({"method": "phone"}, "visit_method"),
        ({"finished_at": NOW + timedelta(hours=1)}, "visit_future"),
        ({"finished_at": NOW.replace(tzinfo=None)}, "visit_future"),
        ({"conclusion": None}, "visit_conclusion"),
        ({"unable_reason": "closed"}, "visit_conclusion"),
        ({"conclusion": "good"}, "visit_word"),
        ({"findings": (Finding("huge", "x"),)}, "visit_word"),
        ({"findings": (Finding("minor", " "),)}, "visit_finding_text"),
    ],
)
def test_what_is_wrong_with_a_visit_is_named(sqlite_db: sa.Engine, change: dict, code: str) -> None:
    made = prepared(sqlite_db)
    one = made.by_grid[made.grids[0]][0]
    with writing(sqlite_db) as conn, pytest.raises(Refused, match=code):
        record(conn, officer(made), one, replace(VISIT, **change), client_id="c1", now=NOW)


def test_the_same_person_is_not_two_officers(sqlite_db: sa.Engine) -> None:
    made = prepared(sqlite_db)
    one = made.by_grid[made.grids[0]][0]
    twice = replace(VISIT, officer2_id=made.officers[0])
    with writing(sqlite_db) as conn, pytest.raises(Refused, match="visit_same_officer"):
        record(conn, officer(made), one, twice, client_id="c1", now=NOW)


def test_two_officers_a_conclusion_and_a_checklist_make_a_record(db: sa.Engine) -> None:
    made = prepared(db)
    one = made.by_grid[made.grids[0]][0]
    full = replace(
        VISIT, officer2_id=made.officers[1], details={"checklist": {"1.1": "ok"}}, lon=123.4, lat=41.801
    )
    with writing(db) as conn:
        new = record(conn, officer(made), one, full, client_id="c1", now=NOW)
        row = conn.execute(sa.select(inspection).where(inspection.c.id == new)).one()
    assert row.grade == 1
    assert row.distance_m == pytest.approx(111, abs=1)  # a thousandth of a degree of latitude
    assert row.finished_on == TODAY and row.finished_at == VISIT.finished_at


def test_a_visit_after_midnight_belongs_to_the_local_day(sqlite_db: sa.Engine) -> None:
    made = prepared(sqlite_db)
    one = made.by_grid[made.grids[0]][0]
    early = replace(VISIT, finished_at=NOW.replace(hour=0, minute=30))  # the day before in UTC
    with writing(sqlite_db) as conn:
        new = record(conn, officer(made), one, early, client_id="c1", now=NOW)
        assert (
            conn.execute(sa.select(inspection.c.finished_on).where(inspection.c.id == new)).scalar() == TODAY
        )
