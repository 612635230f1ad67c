"""The wall's payload: sums that hold, a scope that holds, and nobody's name."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from data import figures
from data.access import Role
from data.errors import Denied
from data.pace import Timeline
from data.reads.wall import version, wall
from data.reads.wall_places import BEST, MIN_DUE, WORST, Places, coverage
from data.store import reading, writing
from tests.factories import (
    NOW,
    TODAY,
    add_district,
    add_enterprise,
    add_grid,
    add_inspection,
    add_lead,
    add_officer,
    add_problem,
    make_city,
    viewer,
)


def seen(db: sa.Engine, **kwargs: Any) -> dict[str, Any]:
    with reading(db) as conn:
        return wall(conn, kwargs.pop("viewer", viewer(Role.WALL)), now=NOW)


def built(db: sa.Engine) -> Any:
    with writing(db) as conn:
        city = make_city(conn)
        figures.build(conn, as_of=TODAY, now=NOW)
    return city


def test_an_empty_database_gives_an_empty_wall(db):
    found = seen(db)
    assert found["state"] == "empty"
    assert "total" not in found


def test_figures_without_a_plan_say_so(sqlite_db):
    from data.schema import plan

    built(sqlite_db)
    with writing(sqlite_db) as conn:
        conn.execute(sa.update(plan).values(active=False))
    assert seen(sqlite_db)["state"] == "no_plan"


def test_grids_and_unplaced_make_the_districts_and_districts_the_city(db):
    built(db)
    found = seen(db)
    assert found["state"] == "ok"
    total = found["total"]
    assert total["due"] > 0
    for which in ("due", "done"):
        assert sum(one[which] for one in found["districts"]) == total[which]
    placed = sum(due for _, _, due in found["grids"].values())
    assert placed + total["unplaced"] == total["due"]
    assert sum(total["unplaced_by"].values()) == total["unplaced"]
    assert sum(found["lights"].values()) == len(found["grids"])
    assert total["remaining"] == total["due"] - total["done"]
    assert found["weeks"]["done"]["values"][-1] == total["done"]
    assert sum(one["due"] for one in found["categories"]) == total["due"]


def test_a_wall_of_one_district_shows_that_district_alone(db):
    city = built(db)
    whole = seen(db)
    mine = city.districts[0]
    with reading(db) as conn:
        from data.schema import grid

        rows = conn.execute(sa.select(grid.c.id, grid.c.code).where(grid.c.district_code == mine)).all()
    part = seen(db, viewer=viewer(Role.WALL, grids=tuple(r.id for r in rows), districts=(mine,)))
    assert {one["code"] for one in part["districts"]} == {mine}
    assert set(part["grids"]) == {r.code for r in rows} and len(rows) == 2
    expected = next(one for one in whole["districts"] if one["code"] == mine)
    assert part["total"]["due"] == expected["due"]
    assert part["total"]["done"] == expected["done"]
    assert part["weeks"]["done"]["values"][-1] == expected["done"]
    # one lead and one problem a grid
    assert [part[work]["open"] for work in ("leads", "problems")] == [2, 2]
    assert [whole[work]["open"] for work in ("leads", "problems")] == [4, 4]


def test_an_administrator_of_accounts_sees_no_figures(sqlite_db):
    built(sqlite_db)
    with reading(sqlite_db) as conn, pytest.raises(Denied):
        wall(conn, viewer(Role.ADMIN), now=NOW)
    with reading(sqlite_db) as conn, pytest.raises(Denied):
        version(conn, viewer(Role.ADMIN), today=TODAY)


def test_the_payload_names_no_person_and_no_enterprise(sqlite_db):
    with writing(sqlite_db) as conn:
        add_district(conn)
        place = add_grid(conn, "210102001", "210102")
        officer = add_officer(conn, "测试员甲")
        shop = add_enterprise(conn, grid_id=place, name="测试甲药店")
        add_inspection(conn, shop, TODAY, officer_id=officer)
        add_problem(conn, shop, TODAY)
        add_lead(conn, enterprise_id=shop, title="测试甲药店售假", grid_id=place)
        figures.build(conn, as_of=TODAY, now=NOW)
    said = json.dumps(seen(sqlite_db), default=str, ensure_ascii=False)
    for secret in ("测试员甲", "测试甲", "13800001234", "售假"):
        assert secret not in said


def test_the_version_changes_with_the_figures_the_day_and_the_scope(sqlite_db):
    city = built(sqlite_db)
    someone = viewer(Role.WALL)

    def mark(who=someone, today=TODAY):
        with reading(sqlite_db) as conn:
            return version(conn, who, today=today)

    first = mark()
    assert mark() == first
    assert mark(today=TODAY + timedelta(days=1)) != first
    assert mark(viewer(Role.WALL, grids=(city.grids[0],))) != first
    with writing(sqlite_db) as conn:
        figures.touch(conn, NOW)
    assert mark() != first


def test_overdue_leads_show_where_they_are_stuck(sqlite_db):
    with writing(sqlite_db) as conn:
        add_district(conn)
        place = add_grid(conn, "210102001", "210102")
        add_enterprise(conn, grid_id=place)
        old, soon = TODAY - timedelta(days=40), TODAY + timedelta(days=5)
        for state, due, n in (("investigating", old, 2), ("reviewing", soon, 5), ("closed_out", old, 3)):
            for _ in range(n):
                add_lead(conn, received_on=old, grid_id=place, state=state, due_on=due)
        figures.build(conn, as_of=TODAY, now=NOW)
    leads = seen(sqlite_db)["leads"]
    assert (leads["open"], leads["overdue"], leads["stuck"]) == (7, 2, "investigate")
    assert sum(sum(one["ages"]) for one in leads["stages"]) == 7


def test_what_happens_alike_in_one_minute_is_told_once_and_nothing_before_it_happens(sqlite_db):
    from data.schema import lead_event

    with writing(sqlite_db) as conn:
        add_district(conn)
        place = add_grid(conn, "210102001", "210102")
        add_enterprise(conn, grid_id=place)
        told = {"to_state": "registered", "at": NOW - timedelta(minutes=9), "recorded_at": NOW}
        events = [told] * 5 + [told | {"to_state": "assigned"}, told | {"at": NOW + timedelta(hours=1)}]
        for event in events:
            conn.execute(sa.insert(lead_event), event | {"lead_id": add_lead(conn, grid_id=place)})
        figures.build(conn, as_of=TODAY, now=NOW)
    told = [(one["what"], one["at"]) for one in seen(sqlite_db)["events"] if one["kind"] == "lead"]
    assert sorted(what for what, _ in told) == ["assigned", "registered"]
    assert all(at <= NOW for _, at in told)


def test_an_early_morning_shows_the_last_visits_of_the_days_before(db):
    with writing(db) as conn:
        add_district(conn)
        shop = add_enterprise(conn, grid_id=add_grid(conn, "210102001", "210102"))
        for days, conclusion in ((30, "other"), (3, "fail"), (2, "pass"), (0, "rectify")):
            then = NOW - timedelta(days=days)
            add_inspection(conn, shop, then.date(), conclusion=conclusion, finished_at=then)
        figures.build(conn, as_of=TODAY, now=NOW)
    early = NOW.replace(hour=7)
    with reading(db) as conn:
        told = wall(conn, viewer(Role.WALL), now=early)["events"]
    assert [(one["what"], one["at"]) for one in told if one["kind"] == "visit"] == [
        ("pass", NOW - timedelta(days=2)), ("fail", NOW - timedelta(days=3)),
    ]  # fmt: skip


places = st.lists(
    st.tuples(
        st.sampled_from(["A", "B", "C", None]), st.booleans(), st.integers(0, 200), st.integers(0, 200)
    ),
    min_size=1,
    max_size=60,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(places, st.integers(0, 250))
@example([("A", True, 1, 0)] * 17, 0)
def test_sums_hold_and_the_worst_come_first_for_any_city(found, elapsed):
    rows = [
        (f"G{i}" if placed else None, district,
         None if placed else "outside", due, min(due, done), 0)
        for i, (district, placed, due, done) in enumerate(found)
    ]  # fmt: skip
    time = Timeline(
        elapsed=elapsed, total=250, left=250 - elapsed, days_left=10, past=False, provisional=False
    )
    made = coverage(Places(*zip(*rows, strict=True)), {}, time, imported=True)
    by_district = defaultdict(int)
    for row in rows:
        by_district[row[1]] += row[3]
    assert {one["code"]: one["due"] for one in made["districts"]} == dict(by_district)
    assert made["total"]["due"] == sum(row[3] for row in rows)
    assert sum(made["lights"].values()) == sum(row[0] is not None for row in rows)
    rates = [one["done"] / one["due"] for one in made["worst"]]
    assert rates == sorted(rates)
    fair = [row for row in rows if row[0] is not None and row[3] >= MIN_DUE]
    if fair:
        assert all(one["due"] >= MIN_DUE for one in made["worst"])
        lowest = sorted(fair, key=lambda row: (row[4] / row[3], -row[3], row[0]))
        assert [one["code"] for one in made["worst"]] == [row[0] for row in lowest[:WORST]]
        assert [one["code"] for one in made["best"]] == [row[0] for row in lowest[WORST:][: -BEST - 1 : -1]]
    assert not {one["code"] for one in made["worst"]} & {one["code"] for one in made["best"]}
