"""Lent officers see and do elsewhere what they may at home, on the days they are lent for."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from data.access import Role, Viewer, viewer_of_user
from data.errors import Denied, NotFound, Refused
from data.reads.city import city
from data.reads.duties import duties
from data.reads.enterprise import enterprise_file
from data.reads.enterprises import enterprises
from data.reads.work import leads, problems
from data.store import reading, writing
from data.writes.inspections import record
from data.writes.loans import NewLoan, end, lend
from data.writes.visit import Visit
from tests.factories import NOW, TODAY, MadeCity, add_lead, add_org, add_problem, add_user, make_city, viewer

WEEK = timedelta(days=7)


def visit(made: MadeCity) -> Visit:
    """Return a visit by the viewer and another officer."""
    at = NOW - timedelta(minutes=5)
    return Visit(kind="routine", finished_at=at, conclusion="pass", officer2_id=made.officers[3])


def prepared(db: sa.Engine) -> tuple[MadeCity, Viewer, int]:
    """Return a city, its supervisor, and the account of the first grid's officer."""
    with writing(db) as conn:
        made = make_city(conn, visited=0)
        root = add_org(conn, "root", kind="bureau")
        boss = viewer_of_user(conn, add_user(conn, Role.SUPERVISOR, org_id=root), TODAY)
        account = add_user(conn, Role.OFFICER, officer_id=made.officers[0])
    assert boss is not None
    return made, boss, account


def seen(db: sa.Engine, account: int, day=TODAY) -> Viewer:
    with reading(db) as conn:
        found = viewer_of_user(conn, account, day)
    assert found is not None
    return found


def test_a_lent_officer_works_in_the_other_grid_for_the_days_of_the_loan(db: sa.Engine) -> None:
    made, boss, account = prepared(db)
    there = made.by_grid[made.grids[1]][0]
    with writing(db) as conn, pytest.raises(Denied):
        record(conn, seen(db, account), there, visit(made), client_id="v0", now=NOW)
    with writing(db) as conn:
        lend(
            conn, boss, NewLoan(made.officers[0], TODAY, TODAY + WEEK, "支援年底检查", made.grids[1]), now=NOW
        )
    assert seen(db, account).scope.grids == {made.grids[0], made.grids[1]}
    assert seen(db, account, TODAY + WEEK).scope.grids == {made.grids[0], made.grids[1]}
    for outside in (TODAY - timedelta(days=1), TODAY + WEEK + timedelta(days=1)):
        assert seen(db, account, outside).scope.grids == {made.grids[0]}
    with writing(db) as conn:
        record(conn, seen(db, account), there, visit(made), client_id="v1", now=NOW)


def test_a_cross_check_opens_one_enterprise_and_its_work_but_no_count(db: sa.Engine) -> None:
    made, boss, account = prepared(db)
    there, beside = made.by_grid[made.grids[1]][:2]
    with writing(db) as conn:
        for one in (there, beside):
            add_problem(conn, one, TODAY)
            add_lead(conn, enterprise_id=one)
        before = city(conn, seen(db, account)).grids
        lend(conn, boss, NewLoan(made.officers[0], TODAY, TODAY, "交叉检查", enterprise_id=there), now=NOW)
    officer = seen(db, account)
    assert officer.scope.grids == {made.grids[0]} and officer.scope.enterprises == {there}
    with reading(db) as conn:
        assert enterprise_file(conn, officer, there, TODAY).id == there
        with pytest.raises(Denied):
            enterprise_file(conn, officer, beside, TODAY)
        own = set(made.by_grid[made.grids[0]])
        assert {row.id for row in enterprises(conn, officer, limit=100).rows} == own | {there}
        assert {row.enterprise_id for row in problems(conn, officer, TODAY).rows} == {there}
        assert {row.enterprise_id for row in leads(conn, officer, TODAY).rows} == {there}
        assert [g.code for g in city(conn, officer).grids] == [g.code for g in before]
    gone = replace(visit(made), conclusion=None, unable_reason="refused")  # who finds nobody comes again
    with writing(db) as conn:
        for n, (said, left) in enumerate(((gone, True), (visit(made), False))):
            record(conn, officer, there, said, client_id=f"v{n}", now=NOW)
            rows = duties(conn, officer, TODAY).rows
            assert any(row.key == f"e{there}" and "cross" in row.kinds for row in rows) is left


def test_a_loan_taken_back_is_over_the_same_day(db: sa.Engine) -> None:
    made, boss, account = prepared(db)
    with writing(db) as conn:
        loan = lend(
            conn, boss, NewLoan(made.officers[0], TODAY, TODAY + WEEK, "支援", made.grids[1]), now=NOW
        )
        assert end(conn, boss, loan, now=NOW)
        assert not end(conn, boss, loan, now=NOW)
    assert seen(db, account).scope.grids == {made.grids[0]}


def test_a_loan_that_makes_no_sense_is_refused_with_the_reason(sqlite_db: sa.Engine) -> None:
    made, boss, _ = prepared(sqlite_db)
    one, there = made.officers[0], made.by_grid[made.grids[1]][0]
    for code, new in {
        "loan_place": NewLoan(one, TODAY, TODAY, "x", made.grids[1], there),
        "loan_days": NewLoan(one, TODAY + WEEK, TODAY, "x", made.grids[1]),
        "day_past": NewLoan(one, TODAY - WEEK, TODAY - timedelta(days=1), "x", made.grids[1]),
        "text_missing": NewLoan(one, TODAY, TODAY, " ", made.grids[1]),
        "officer_unknown": NewLoan(10**6, TODAY, TODAY, "x", made.grids[1]),
        "grid_unknown": NewLoan(one, TODAY, TODAY, "x", 10**6),
        "enterprise_unknown": NewLoan(one, TODAY, TODAY, "x", enterprise_id=2**64),
    }.items():
        with writing(sqlite_db) as conn, pytest.raises(Refused, match=code):
            lend(conn, boss, new, now=NOW)
    with writing(sqlite_db) as conn, pytest.raises(NotFound, match="loan_unknown"):
        end(conn, boss, 77, now=NOW)


def test_only_who_answers_for_a_place_lends_there(sqlite_db: sa.Engine) -> None:
    made, _, account = prepared(sqlite_db)
    new = NewLoan(made.officers[0], TODAY, TODAY, "支援", made.grids[1])
    narrow = viewer(Role.SUPERVISOR, grids=(made.grids[0],))
    for who in (seen(sqlite_db, account), narrow, viewer(Role.STEWARD), viewer(Role.AUDITOR)):
        with writing(sqlite_db) as conn, pytest.raises(Denied):
            lend(conn, who, new, now=NOW)
