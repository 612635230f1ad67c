"""The pages: they render for everybody, and what a number says is what its rows are."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dash_leaflet as dl
import pytest
import sqlalchemy as sa
from dash import dcc

from dashboard.components import jobview
from dashboard.components.overview import figures_of
from dashboard.components.rows import filter_of
from dashboard.pages import enterprise, enterprises, grid, home, imports
from dashboard.services import Services, View
from data import figures
from data.access import Right, Role, Scope, Viewer
from data.clock import Clock
from data.errors import Denied
from data.reads.city import city
from data.reads.enterprises import enterprises as read_enterprises
from data.reads.grid import grid_file
from data.schema import enterprise as enterprise_table
from data.schema import figures_meta
from data.settings import Settings
from data.store import writing
from data.text import LANGUAGES
from tests.dashboard.conftest import House, fire
from tests.factories import NOW, TODAY, MadeCity, make_city, viewer

COUNTED = ("due", "done", "remaining", "unplaced")


@pytest.fixture
def services(db: sa.Engine, tmp_path: Path) -> Services:
    return Services(db, Settings(database_url="sqlite://", data=tmp_path), Clock(demo_day=TODAY))


def parts_of(component: Any) -> list[Any]:
    """Return all components of a layout."""
    found, stack = [], [component]
    while stack:
        one = stack.pop()
        if isinstance(one, list | tuple):
            stack.extend(one)
        elif hasattr(one, "to_plotly_json"):
            found.append(one)
            stack.extend(getattr(one, name, None) for name in ("children", "label"))
    return found


def numbers_of(component: Any) -> list[tuple[str, str]]:
    """Return (number as it reads, address) of every figure that leads to enterprises."""
    found = []
    for one in parts_of(component):
        if isinstance(one, dcc.Link) and getattr(one, "className", "") == "gw-figure":
            found.append((one.children[0].children, one.href))
    return found


def total_of(conn: sa.Connection, who: Viewer, href: str) -> int:
    """Return how many rows the list behind an address has."""
    path, _, query = href.partition("?")
    assert path == "/enterprises"
    wanted, sort = filter_of(query)
    return read_enterprises(conn, who, wanted, sort, 0, 0).total


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("role", list(Role))
def test_every_page_renders_for_every_role_that_may_open_it(
    read_only_house: House, role: Role, language: str
):
    made: MadeCity = read_only_house.ids["city"]
    served = read_only_house.server.extensions["gridward"]["services"]
    who = Viewer("user:test", role, Scope(everything=True), user_id=1)
    for theme in ("light", "dark"):
        view = View(who, NOW, language, theme)
        if who.may(Right.FIGURES):
            assert home.layout(view, served, search="?district=210102&light=red&q=网格")
            assert grid.layout(view, served, code="210102001001", search="")
            assert grid.layout(view, served, code="no-such-grid", search="")
        if who.may(Right.ENTERPRISES):
            assert enterprises.layout(view, served, search="?state=remaining&problems=open&risk=x")
            assert enterprise.layout(view, served, id=str(made.enterprises[0]), search="?kind=lead")
            assert enterprise.layout(view, served, id="0x1", search="")
        if who.may(Right.IMPORT):
            assert imports.layout(view, served, search="?batch=99")
        else:
            with pytest.raises(Denied):
                imports.layout(view, served, search="")


def test_before_anything_is_imported_the_pages_say_what_will_be_there(services: Services):
    view = View(viewer(Role.STEWARD), NOW, "zh-CN")
    shown = " ".join(str(part.children) for part in parts_of(home.layout(view, services, search="")))
    assert "还没有统计数据" in shown
    assert "/imports" in [getattr(part, "href", None) for part in parts_of(home.layout(view, services))]
    assert enterprises.layout(view, services, search="")


def viewers(made: MadeCity) -> list[Viewer]:
    return [
        viewer(Role.LEADER),
        viewer(Role.SUPERVISOR, grids=tuple(made.grids[:2]), districts=(made.districts[0],)),
        viewer(Role.OFFICER, grids=(made.grids[0],), everything=False),
    ]


def test_each_number_on_the_overview_leads_to_as_many_rows(services: Services):
    with writing(services.engine) as conn:
        made = make_city(conn, enterprises=4, unplaced=3, visited=2)
    for who in viewers(made):
        view = View(who, NOW, "zh-CN")
        with services.reading() as conn:
            found = city(conn, who, None)
            for district in (None, *made.districts, "unknown"):
                for item in figures_of(view, found, district, 1.0):
                    if item.term in COUNTED:
                        shown = int(item.shown.replace(",", ""))
                        assert total_of(conn, who, item.href) == shown, (who.role, district, item.term)


def test_each_line_of_unplaced_leads_to_as_many_rows(services: Services):
    with writing(services.engine) as conn:
        made = make_city(conn, unplaced=3)
    for who in viewers(made)[:2]:
        page = home._parts(*_overview(services, who))["unplaced"]
        lines = numbers_of(page)
        assert lines
        with services.reading() as conn:
            for shown, href in lines:
                assert total_of(conn, who, href) == int(shown), href


def _overview(services: Services, who: Viewer) -> tuple[View, Any, dict[str, str], float]:
    with services.reading() as conn:
        found = city(conn, who, None)
    return View(who, NOW, "zh-CN"), found, {"plan": found.plan.code}, 1.0


def test_each_number_of_a_grid_leads_to_as_many_rows(services: Services):
    with writing(services.engine) as conn:
        make_city(conn, enterprises=5, visited=2)
    who = viewer(Role.LEADER)
    with services.reading() as conn:
        found = grid_file(conn, who, "210102001001", TODAY)
        for state in found.plans:
            for item in grid._figures(View(who, NOW, "en"), found, state, state.plan.code):
                if item.term in COUNTED:
                    assert total_of(conn, who, item.href) == int(item.shown), (state.plan.code, item.term)


def test_after_the_deadline_what_remains_is_overdue_and_still_adds_up(services: Services):
    from datetime import date

    with writing(services.engine) as conn:
        make_city(conn, as_of=date(2026, 12, 5))
    who = viewer(Role.LEADER)
    with services.reading() as conn:
        found = city(conn, who, None)
        labels = {item.label: item for item in figures_of(View(who, NOW, "zh-CN"), found, None, 1.0)}
        assert "逾期未检" in labels
        assert total_of(conn, who, labels["逾期未检"].href) == found.total.remaining


def test_a_page_of_rows_is_what_the_table_asked_for_in_its_order(house: House):
    client = house.sign_in("leader")
    client.get("/")
    request = {
        "startRow": 0,
        "endRow": 3,
        "sortModel": [{"colId": "name", "sort": "desc"}],
        "filterModel": {},
    }
    answer = fire(
        client, house, "enterprises-table.getRowsResponse",
        {"enterprises-table.getRowsRequest": request, "url.search": "?state=due"},
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    response = answer.json["response"]
    rows = response["enterprises-table"]["getRowsResponse"]
    names = [row["name"] for row in rows["rowData"]]
    assert len(names) == 3
    assert names == sorted(names, reverse=True)
    assert rows["rowCount"] == _due(house)
    assert response["url"]["search"] == "?state=due&sort=-name"


def _due(house: House) -> int:
    who = Viewer("user:test", Role.LEADER, Scope(everything=True))
    with house.engine.connect() as conn:
        return city(conn, who, None).total.due


def test_filters_of_the_overview_narrow_table_and_map_alike(house: House):
    client = house.sign_in("leader")
    client.get("/")
    answer = fire(
        client, house, "home-table.rowData", {"url.search": "?district=210103", "url.pathname": "/"}
    )
    assert answer.status_code == 200, answer.text
    response = answer.json["response"]
    codes = {row["code"] for row in response["home-table"]["rowData"]}
    assert codes
    assert all(code.startswith("210103") for code in codes)
    assert set(response["home-map-grids"]["hideout"]["lights"]) == codes
    assert response["home-district"]["value"] == "210103"


def test_a_steward_downloads_no_rows_of_a_batch_that_is_not_there(house: House):
    steward, leader = house.sign_in("steward"), house.sign_in("leader")
    assert steward.get("/export/quarantine.csv?batch=77").status_code == 404
    assert steward.get("/export/template.xlsx?kind=../../etc/passwd").status_code == 404
    assert leader.get("/export/quarantine.csv?batch=77").status_code == 403


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", ["queued", "running", "done", "failed", "cancelled"])
def test_a_job_can_be_read_in_every_state(state: str, language: str):
    job = {
        "state": state, "cancel": state == "running", "stage": "check", "done": 5,
        "total": 10 if state == "running" else None,
        "params": {"kind": "enterprises", "dry_run": True, "filename": "a.csv"},
        "error": {"code": "no_such_sentence", "params": {}} if state == "failed" else None,
        "result": {
            "rows": 3, "inserted": 1, "changed": 1, "unchanged": 0, "quarantined": 1, "warned": 0,
            "fields": {"name": 1}, "samples": [{"field": "name", "before": "甲", "after": None}],
            "issues": [{"line": 3, "field": "name", "code": "gone_code", "level": "error", "params": {}}],
        },
    }  # fmt: skip
    assert jobview.job_view(View(viewer(Role.STEWARD), NOW, language), job)
    assert jobview.publishable(job) == (state == "done")


def test_an_enterprise_outside_the_scope_is_denied_and_not_shown(services: Services):
    with writing(services.engine) as conn:
        made = make_city(conn)
        outside = made.by_grid[made.grids[1]][0]
        name = conn.execute(
            sa.select(enterprise_table.c.name).where(enterprise_table.c.id == outside)
        ).scalar_one()
    view = View(viewer(Role.OFFICER, grids=(made.grids[0],), everything=False), NOW, "zh-CN")
    assert name
    with pytest.raises(Denied):
        enterprise.layout(view, services, id=str(outside), search="")


def test_the_overview_of_a_city_without_figures_does_not_show_zeros_as_facts(services: Services):
    with writing(services.engine) as conn:
        make_city(conn)
        conn.execute(sa.delete(figures_meta))
    shown = numbers_of(home.layout(View(viewer(Role.LEADER), NOW, "en"), services, search=""))
    assert shown == []


def test_a_grid_has_the_colour_of_its_light_on_its_own_page_too(house: House):
    served = house.server.extensions["gridward"]["services"]
    view = View(viewer(Role.LEADER), NOW, "zh-CN")
    with writing(house.engine) as conn:
        figures.build(conn, as_of=TODAY.replace(month=12, day=5), now=NOW)  # the deadline is past
        rows = city(conn, view.viewer, None).grids
    assert "red" in {str(row.light) for row in rows}
    for row in rows:
        shown = [p for p in parts_of(grid.layout(view, served, code=row.code)) if isinstance(p, dl.GeoJSON)]
        (layer,) = [p for p in shown if p.id == "grid-map-grids"]
        assert layer.hideout["lights"][row.code][0] == str(row.light)


def test_the_map_goes_to_a_district_that_is_chosen_and_back_and_stays_otherwise(house: House):
    client = house.sign_in("leader")
    client.get("/")

    def go(search: str, around: str) -> Any:
        values = {"url.search": search, "url.pathname": "/", "home-around.data": around}
        return fire(client, house, "home-map.viewport", values)

    (south, west), (north, east) = go("?district=210102", "").json["response"]["home-map"]["viewport"][
        "bounds"
    ]
    whole = go("", "210102").json["response"]["home-map"]["viewport"]["bounds"]
    assert whole[0][1] <= west < east < whole[1][1]
    assert whole[0][0] <= south < north
    assert go("?district=210102&light=red", "210102").status_code == 204
