"""The wall and the pages tell the same of the same place, whoever looks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data import figures
from data.access import Role, Viewer
from data.reads.city import city
from data.reads.wall import wall
from data.reads.work import WorkFilter, leads, problems
from data.store import writing
from tests.data.test_city import random_city
from tests.factories import (
    NOW,
    TODAY,
    add_district,
    add_enterprise,
    add_grid,
    add_inspection,
    add_lead,
    viewer,
)


def told_alike(conn: sa.Connection, who: Viewer) -> None:
    shown, page = wall(conn, replace(who, role=Role.WALL), now=NOW), city(conn, who)
    if shown["state"] == "empty":
        assert page.total.due == page.total.done == 0
        return
    total = {name: getattr(page.total, name) for name in ("due", "done", "on_time", "late", "remaining")}
    assert {name: shown["total"][name] for name in total} == total
    assert shown["total"]["light"] == str(page.light)
    assert shown["total"]["unplaced"] == sum(row.counts.due for row in page.unplaced)
    lights = {row.code: (str(row.light), row.counts.done, row.counts.due) for row in page.grids}
    # the wall leaves out grids in which nothing counts
    assert shown["grids"] == {code: lights[code] for code in shown["grids"]}
    assert all(lights[code] == ("grey", 0, 0) for code in lights.keys() - shown["grids"].keys())
    work = (page.total.open_leads, page.total.overdue_leads)
    assert (shown["leads"]["open"], shown["leads"]["overdue"]) == work
    work = (page.total.open_problems, page.total.overdue_problems)
    assert (shown["problems"]["open"], shown["problems"]["overdue"]) == work
    for read, counted in ((leads, shown["leads"]), (problems, shown["problems"])):
        for only in ("open", "overdue"):
            assert read(conn, who, TODAY, WorkFilter(only=only), limit=1).total == counted[only]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6))
def test_the_wall_and_the_map_agree_in_every_number_and_light(sqlite_db: sa.Engine, seed: int) -> None:
    with sqlite_db.connect() as conn, conn.begin() as attempt:
        districts, grids = random_city(conn, seed)
        figures.build(conn, as_of=TODAY, now=NOW)
        told_alike(conn, viewer())
        told_alike(conn, viewer(Role.OFFICER, grids=(grids[0],)))
        told_alike(conn, viewer(Role.SUPERVISOR, grids=tuple(grids[:2]), districts=(districts[0],)))
        attempt.rollback()


def test_grids_are_as_red_on_the_wall_as_on_the_map_when_nobody_was_visited_this_year(db: sa.Engine) -> None:
    with writing(db) as conn:
        home = add_grid(conn, "G1", add_district(conn))
        for _ in range(20):
            shop = add_enterprise(conn, grid_id=home, district_code="210102")
        add_inspection(conn, shop, TODAY - timedelta(days=400))
        figures.build(conn, as_of=TODAY, now=NOW)
        told_alike(conn, viewer())
        assert wall(conn, viewer(Role.WALL), now=NOW)["grids"]["G1"][0] == "red"


def test_a_lead_moves_to_the_wall_of_the_district_where_its_enterprise_lies_now(db: sa.Engine) -> None:
    with writing(db) as conn:
        districts = [add_district(conn, code) for code in ("210102", "210103")]
        grids = [add_grid(conn, f"G{code}", code) for code in districts]
        shop = add_enterprise(conn, grid_id=grids[1], district_code=districts[1])
        add_enterprise(conn, grid_id=grids[0], district_code=districts[0])
        add_lead(conn, enterprise_id=shop, grid_id=grids[0], district_code=districts[0])
        figures.build(conn, as_of=TODAY, now=NOW)
        found = []
        for grid_id, code in zip(grids, districts, strict=True):
            who = viewer(Role.SUPERVISOR, grids=(grid_id,), districts=(code,))
            told_alike(conn, who)
            found.append(wall(conn, replace(who, role=Role.WALL), now=NOW)["leads"]["open"])
    assert found == [0, 1]
