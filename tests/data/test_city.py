"""The city by grid: its sums hold whatever the city and whoever looks."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data import figures
from data.access import Role, Scope, Viewer
from data.errors import Denied
from data.pace import Light
from data.reads.city import City, city
from data.reads.counts import add
from data.schema import BEGINNING, grid
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
    bind_officer,
    make_city,
    viewer,
)


def sums_hold(shown: City) -> None:
    for row in shown.districts:
        grids = [g.counts for g in shown.grids if g.district_code == row.code]
        lost = [u.counts for u in shown.unplaced if u.district_code == row.code]
        assert add([*grids, *lost]) == row.counts, row.code
        assert row.unplaced == sum(c.due for c in lost)
    assert add(row.counts for row in shown.districts) == shown.total
    places = [*(g.counts for g in shown.grids), *(u.counts for u in shown.unplaced)]
    assert add(places) == shown.total
    assert all(c.done == c.on_time + c.late and 0 <= c.done <= c.due for c in places)


def random_city(conn: sa.Connection, seed: int) -> tuple[list[str], list[int]]:
    rng = random.Random(seed)
    districts = [add_district(conn, f"2101{n:02d}") for n in range(rng.randint(1, 3))]
    grids = [
        add_grid(conn, f"G{n:03d}", rng.choice(districts) if rng.random() < 0.9 else None)
        for n in range(rng.randint(1, 6))
    ]
    for _ in range(rng.randint(0, 25)):
        placed = rng.random() < 0.8
        home = rng.choice(grids)
        own = conn.execute(sa.select(grid.c.district_code).where(grid.c.id == home)).scalar()
        declared = own if placed else rng.choice([*districts, None])
        one = add_enterprise(
            conn, grid_id=home if placed else None, district_code=declared,
            category=rng.choice(["chain_store", "cdc", "wholesaler"]),
            unplaced_reason=rng.choice(["no_point", "outside", "suspicious"]),
            status=rng.choice(["operating", "operating", "closed"]),
        )  # fmt: skip
        for _ in range(rng.randint(0, 2)):
            add_inspection(conn, one, date(2026, 1, 1) + timedelta(days=rng.randint(0, 364)),
                           kind=rng.choice(["routine", "recheck"]))  # fmt: skip
        if rng.random() < 0.4:
            add_problem(conn, one, TODAY, state=rng.choice(["ordered", "closed_out"]),
                        due_on=rng.choice([None, TODAY, TODAY - timedelta(days=1)]))  # fmt: skip
        if rng.random() < 0.4:
            add_lead(conn, enterprise_id=rng.choice([one, None]), grid_id=rng.choice([None, *grids]),
                     district_code=rng.choice([None, *districts]),
                     due_on=rng.choice([None, TODAY - timedelta(days=1)]))  # fmt: skip
    return districts, grids


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6))
def test_grids_and_unplaced_sum_to_districts_and_city_for_every_viewer(
    sqlite_db: sa.Engine, seed: int
) -> None:
    with sqlite_db.connect() as conn, conn.begin() as attempt:
        districts, grids = random_city(conn, seed)
        as_of = date(2026, 12, 10) if seed % 2 else TODAY
        figures.build(conn, as_of=as_of, now=NOW)
        for plan in ("annual-all", "vaccination-yearly", None):
            whole = city(conn, viewer(), plan)
            sums_hold(whole)
            sums_hold(city(conn, viewer(Role.OFFICER, grids=(grids[0],)), plan))
            part = city(conn, viewer(Role.SUPERVISOR, grids=tuple(grids), districts=tuple(districts)), plan)
            sums_hold(part)
            nowhere = [u for u in whole.unplaced if u.district_code is None]
            assert add([part.total, *(u.counts for u in nowhere)]) == whole.total
        attempt.rollback()


def test_a_small_city_shows_what_is_in_it(db: sa.Engine) -> None:
    with writing(db) as conn:
        made = make_city(conn, districts=2, grids=2, enterprises=3, unplaced=2)
    with reading(db) as conn:
        shown = city(conn, viewer())
    assert shown.as_of == TODAY and shown.plan.code == "annual-all"
    assert len(shown.grids) == 4 and shown.total.due == 2 * (2 * 3 + 2) + 1
    first = shown.grids[0]
    assert (first.counts.due, first.counts.done, first.counts.remaining) == (3, 1, 2)
    assert first.counts.open_problems == first.counts.overdue_problems == first.counts.open_leads == 1
    assert first.counts.overdue_leads == 0
    assert first.officer == "网格员00"
    assert first.light is Light.GREEN  # 2.7 expected, 1 done: less than two visits behind
    assert {(u.district_code, u.reason) for u in shown.unplaced} == {
        ("210102", "no_point"), ("210102", "outside"), ("210103", "outside"), ("210103", "no_point"),
        (None, "no_point"),
    }  # fmt: skip
    assert shown.districts[-1].code is None and shown.districts[-1].unplaced == 1
    assert [d.code for d in shown.districts[:-1]] == made.districts
    sums_hold(shown)


def test_a_wall_sees_figures_and_no_names(sqlite_db: sa.Engine) -> None:
    with writing(sqlite_db) as conn:
        make_city(conn)
    with reading(sqlite_db) as conn:
        shown = city(conn, Viewer("wall:1", Role.WALL, Scope(everything=True)))
    assert shown.total.due and all(g.officer is None and g.deputies == () for g in shown.grids)


def test_an_administrator_sees_no_figures(sqlite_db: sa.Engine) -> None:
    with reading(sqlite_db) as conn, pytest.raises(Denied):
        city(conn, viewer(Role.ADMIN))


def test_before_the_first_build_the_city_is_empty_and_grey(sqlite_db: sa.Engine) -> None:
    with writing(sqlite_db) as conn:
        add_grid(conn, "G1")
    with reading(sqlite_db) as conn:
        shown = city(conn, viewer())
    assert shown.as_of is None and shown.light is Light.GREY
    assert [g.light for g in shown.grids] == [Light.GREY]


def test_without_a_single_inspection_every_light_is_grey(sqlite_db: sa.Engine) -> None:
    with writing(sqlite_db) as conn:
        home = add_grid(conn, "G1")
        for _ in range(10):
            add_enterprise(conn, grid_id=home)
        figures.build(conn, as_of=TODAY, now=NOW)
    with reading(sqlite_db) as conn:
        assert city(conn, viewer()).grids[0].light is Light.GREY


def test_the_officer_of_a_grid_is_the_one_bound_on_the_day_of_the_figures(sqlite_db: sa.Engine) -> None:
    with writing(sqlite_db) as conn:
        home = add_grid(conn, "G1")
        for name, since in (("甲", BEGINNING), ("乙", TODAY), ("丙", TODAY + timedelta(days=1))):
            bind_officer(conn, home, add_officer(conn, name), valid_from=since)
        bind_officer(conn, home, add_officer(conn, "丁"), duty="B")
        figures.build(conn, as_of=TODAY, now=NOW)
    with reading(sqlite_db) as conn:
        row = city(conn, viewer()).grids[0]
    assert (row.officer, row.deputies) == ("乙", ("丁",))
