"""Whom to visit first, and how the work went."""

from __future__ import annotations

from datetime import date, timedelta

import sqlalchemy as sa

from data import figures
from data.access import Role
from data.plans import headline, period_at
from data.reads.extent import grid_extent
from data.reads.progress import done_by_day, weekly
from data.reads.worklist import work_list
from data.store import reading, writing
from data.workdays import load_calendar
from data.writes.settings import keep_setting
from tests.factories import (
    NOW,
    TODAY,
    add_district,
    add_enterprise,
    add_grid,
    add_inspection,
    add_problem,
    make_city,
    viewer,
)


def test_overdue_problems_come_first_then_risk_then_those_never_visited(db: sa.Engine):
    with writing(db) as conn:
        code = add_district(conn)
        place = add_grid(conn, "G1", code)

        def one(name: str, **values: object) -> int:
            return add_enterprise(conn, grid_id=place, district_code=code, name=name, **values)

        one("新")
        old, risky, late, done = one("旧"), one("险", risk_level=4), one("逾"), one("毕")
        last_year = TODAY - timedelta(days=400)
        for known in (old, risky, late):
            add_inspection(conn, known, last_year)
        add_inspection(conn, done, TODAY - timedelta(days=9))
        add_problem(conn, late, last_year, due_on=TODAY - timedelta(days=1))
        figures.build(conn, as_of=TODAY, now=NOW)
    with reading(db) as conn:
        found = work_list(conn, viewer(Role.OFFICER, grids=(place,)), "G1", "annual-all", TODAY)
    assert [item.enterprise.name for item in found] == ["逾", "险", "新", "旧"]
    assert [item.reasons[0].code for item in found] == [
        "why_problem_overdue", "why_risk", "why_never", "why_last",
    ]  # fmt: skip


def test_the_burn_up_ends_with_what_is_done_and_what_is_due(db: sa.Engine):
    with writing(db) as conn:
        made = make_city(conn, enterprises=4, visited=3)
    with reading(db) as conn:
        plan = headline(conn)
        period = period_at(plan, TODAY)
        whole = done_by_day(conn, viewer(), plan.id)
        parts = [done_by_day(conn, viewer(), plan.id, grid_id=one) for one in made.grids]
        weeks = weekly(whole, 18, period, TODAY, load_calendar(conn))
    assert sum(whole.values()) == sum(sum(part.values()) for part in parts) == 12
    assert weeks["done"]["values"][-1] == 12
    assert weeks["done"]["days"][-1] == TODAY
    assert weeks["required"]["values"][-1] == 18
    assert weeks["required"]["days"][-1] == date(2026, 11, 30)
    for line in weeks.values():
        assert line["values"] == sorted(line["values"])


def test_a_grid_without_a_shape_has_no_extent(db: sa.Engine):
    with writing(db) as conn:
        add_grid(conn, "G1", add_district(conn))
    with reading(db) as conn:
        assert grid_extent(conn, viewer(), "G1") is None
        assert grid_extent(conn, viewer(), "nowhere") is None


def test_a_published_setting_is_written_only_when_it_changes(db: sa.Engine):
    with writing(db) as conn:
        assert keep_setting(conn, "profiles", [{"name": "a"}])
        assert not keep_setting(conn, "profiles", [{"name": "a"}])
        assert keep_setting(conn, "profiles", [])
