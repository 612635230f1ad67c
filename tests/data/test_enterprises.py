"""Lists of enterprises: as long as the numbers they stand behind, and never wider than the scope."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data import figures
from data.access import Role
from data.errors import Denied, NotFound, Refused
from data.reads.city import city
from data.reads.enterprises import all_enterprises, enterprises, points
from data.reads.filters import STATES, EnterpriseFilter
from data.reads.places import UNKNOWN_DISTRICT
from data.reads.work import WorkFilter, leads, problems
from data.store import reading, writing
from tests.data.test_city import random_city
from tests.factories import (
    NOW,
    TODAY,
    add_district,
    add_enterprise,
    add_fact,
    add_grid,
    add_inspection,
    add_licence,
    make_city,
    viewer,
)

COUNTED = ("due", "done", "on_time", "late", "remaining")


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6))
def test_a_list_is_as_long_as_the_number_it_stands_behind(sqlite_db: sa.Engine, seed: int) -> None:
    with sqlite_db.connect() as conn, conn.begin() as attempt:
        districts, grids = random_city(conn, seed)
        as_of = date(2026, 12, 10) if seed % 2 else TODAY
        figures.build(conn, as_of=as_of, now=NOW)
        for who in (viewer(), viewer(Role.SUPERVISOR, grids=tuple(grids[:2]), districts=(districts[0],))):

            def listed(who=who, **asked: str | None) -> int:
                return enterprises(conn, who, EnterpriseFilter(**asked), limit=0).total

            for plan in ("annual-all", "vaccination-yearly"):
                shown = city(conn, who, plan)
                for state in COUNTED:
                    assert listed(plan=plan, state=state) == getattr(shown.total, state)
                    for row in shown.grids:
                        assert listed(plan=plan, state=state, grid=row.code) == getattr(row.counts, state)
                    for lost in shown.unplaced:
                        code = lost.district_code or UNKNOWN_DISTRICT
                        found = listed(plan=plan, state=state, district=code, unplaced_reason=lost.reason)
                        assert found == getattr(lost.counts, state)
                assert listed(plan=plan, state="unplaced") == sum(d.unplaced for d in shown.districts)
                late = shown.total.remaining if shown.time and shown.time.past else 0
                assert listed(plan=plan, state="overdue") == late
                for row in shown.grids:
                    here = WorkFilter(grid=row.code, only="open")
                    assert problems(conn, who, as_of, here).total == row.counts.open_problems
                    assert leads(conn, who, as_of, here).total == row.counts.open_leads
                    here = WorkFilter(grid=row.code, only="overdue")
                    assert problems(conn, who, as_of, here).total == row.counts.overdue_problems
                    assert leads(conn, who, as_of, here).total == row.counts.overdue_leads
        attempt.rollback()


def test_every_row_tells_the_state_it_was_listed_for(db: sa.Engine) -> None:
    with writing(db) as conn:
        make_city(conn, as_of=date(2026, 12, 10))
    with reading(db) as conn:
        for state in STATES:
            page = enterprises(conn, viewer(), EnterpriseFilter(state=state), limit=100)
            assert page.total == len(page.rows)
            belongs = {
                "due": {"on_time", "late", "overdue"}, "done": {"on_time", "late"}, "remaining": {"overdue"},
                "closed": {"closed_visited", "closed_unvisited"}, "unplaced": {"overdue"},
            }.get(state, {state})  # fmt: skip
            assert {row.state for row in page.rows} <= belongs


def test_a_closed_enterprise_is_listed_apart(db: sa.Engine) -> None:
    with writing(db) as conn:
        home = add_grid(conn, "G1")
        seen, unseen = (add_enterprise(conn, grid_id=home) for _ in range(2))
        for one in (seen, unseen):
            add_fact(conn, "status", one, valid_from=date(2026, 11, 16), status="closed")
        gone = add_enterprise(conn, grid_id=home, status="closed")  # nobody had to visit it
        hq = add_enterprise(conn, grid_id=home, category="chain_hq")
        add_inspection(conn, seen, TODAY - timedelta(days=9))
        figures.build(conn, as_of=TODAY, now=NOW)
    with reading(db) as conn:

        def ids(state: str) -> list[int]:
            return [r.id for r in enterprises(conn, viewer(), EnterpriseFilter(state=state)).rows]

        assert ids("closed_visited") == [seen]
        assert ids("closed_unvisited") == [unseen]
        assert set(ids("not_due")) == {gone, hq}
        assert ids("due") == []


def test_after_the_deadline_a_list_stays_with_the_grid_of_the_deadline(db: sa.Engine) -> None:
    with writing(db) as conn:
        old, new = add_grid(conn, "OLD"), add_grid(conn, "NEW")
        one = add_enterprise(conn, grid_id=old)
        add_fact(conn, "placement", one, valid_from=date(2026, 12, 5), grid_id=new, basis="steward")
        conn.exec_driver_sql(f"UPDATE enterprise SET grid_id = {new} WHERE id = {one}")
        figures.build(conn, as_of=date(2026, 12, 10), now=NOW)
    with reading(db) as conn:
        shown = {g.code: g.counts.due for g in city(conn, viewer()).grids}
        for code in ("OLD", "NEW"):
            found = enterprises(conn, viewer(), EnterpriseFilter(grid=code, state="due")).total
            assert found == shown[code]
        assert enterprises(conn, viewer(), EnterpriseFilter(grid="NEW")).total == 1


@pytest.mark.parametrize(
    ("q", "names"),
    [
        ("康宁", ["康宁大药房"]),
        ("大药房", ["康宁大药房", "百分百%大药房"]),
        ("%", ["百分百%大药房"]),
        ("_", []),
        ("91210103MA0TEXT12L", ["康宁大药房"]),
        ("91210103ma0text12l", ["康宁大药房"]),
        ("辽CA0240001", ["百分百%大药房"]),
        ("青年大街 大药房", ["康宁大药房"]),
        ("' OR 1=1 --", []),
    ],
)
def test_search_finds_what_was_typed_and_nothing_else(db: sa.Engine, q: str, names: list[str]) -> None:
    with writing(db) as conn:
        add_district(conn)
        add_enterprise(conn, name="康宁大药房", uscc="91210103MA0TEXT12L", address="青年大街1号")
        second = add_enterprise(conn, name="百分百%大药房")
        add_licence(conn, second, "辽CA0240001")
        add_enterprise(conn, name="接种门诊")
    with reading(db) as conn:
        page = enterprises(conn, viewer(), EnterpriseFilter(q=q))
    assert sorted(r.name for r in page.rows) == sorted(names)
    assert page.total == len(names)


@pytest.mark.parametrize("sort", ["name", "-last_visit", "last_visit", "-problems", "grid"])
def test_pages_follow_each_other_without_gap_or_repetition(db: sa.Engine, sort: str) -> None:
    with writing(db) as conn:
        made = make_city(conn)
    with reading(db) as conn:
        seen = []
        for offset in range(0, len(made.enterprises), 4):
            seen += [r.id for r in enterprises(conn, viewer(), None, sort, offset, 4).rows]
        assert sorted(seen) == sorted(made.enterprises)
        assert seen == [r.id for r in all_enterprises(conn, viewer(), None, sort)]


def test_a_category_lists_those_below_it(db: sa.Engine) -> None:
    with writing(db) as conn:
        for category in ("chain_store", "independent_pharmacy", "cdc"):
            add_enterprise(conn, category=category)
    with reading(db) as conn:
        assert enterprises(conn, viewer(), EnterpriseFilter(category="retail")).total == 2
        assert enterprises(conn, viewer(), EnterpriseFilter(category="cdc")).total == 1


def test_points_are_the_placed_ones_of_the_list(db: sa.Engine) -> None:
    with writing(db) as conn:
        made = make_city(conn)
    with reading(db) as conn:
        found = points(conn, viewer(), EnterpriseFilter(district=made.districts[0]))
        listed = enterprises(conn, viewer(), EnterpriseFilter(district=made.districts[0]), limit=100).rows
    assert sorted(p.id for p in found) == sorted(r.id for r in listed if r.lon is not None)
    assert {p.state for p in found} == {"on_time", "remaining"}


def test_work_is_hidden_from_those_without_the_right(sqlite_db: sa.Engine) -> None:
    with reading(sqlite_db) as conn:
        for role in (Role.WALL, Role.ADMIN):
            with pytest.raises(Denied):
                enterprises(conn, viewer(role))
        with pytest.raises(Denied):
            problems(conn, viewer(Role.STEWARD), TODAY)


def test_unknown_words_in_a_filter_are_refused_with_the_known_ones(sqlite_db: sa.Engine) -> None:
    with reading(sqlite_db) as conn:
        with pytest.raises(Refused, match="sort_unknown"):
            enterprises(conn, viewer(), sort="colour")
        with pytest.raises(Refused, match="state_unknown"):
            enterprises(conn, viewer(), EnterpriseFilter(state="green"))
        with pytest.raises(NotFound, match="plan_unknown"):
            enterprises(conn, viewer(), EnterpriseFilter(plan="nope"))
