"""The pages in a real browser: numbers lead to their rows, map and table agree, nobody is shut out."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.e2e.seen import faults

DESK = {"width": 1440, "height": 900}
PHONE = {"width": 360, "height": 740}
PAGES = [
    ("leader", "/", "#home-table .ag-row"),
    ("leader", "/grids/210101001", "#grid-body .gw-strip"),
    ("leader", "/enterprises?state=remaining", "#enterprises-table .ag-row"),
    ("leader", "/enterprises/1", ".gw-timeline"),
    ("steward", "/imports", "#imports-upload"),
    ("leader", "/problems", "#problems-table .ag-row"),
    ("leader", "/problems/1", "#problem-body .gw-acting"),
    ("leader", "/leads", "#leads-table .ag-row"),
    ("leader", "/leads/1", "#lead-body .gw-timeline"),
    ("leader", "/leads/new", "#lead_new-save"),
    ("steward", "/questions", "#questions-body"),
]
HIDE_MAPS = """document.addEventListener("DOMContentLoaded", () => {
    const style = document.createElement("style");
    style.id = "hidden";
    style.textContent = ".gw-map-box { display: none }";
    document.head.append(style);
})"""


def number_in(words: str) -> int:
    return int(re.sub(r"\D", "", words))


def open_page(page: Any, server: Any, who: str, path: str, ready: str) -> None:
    server.enter(page, who)
    page.goto(server.url + path)
    page.wait_for_load_state("networkidle")
    # ag-grid draws rows anew as it measures itself: scroll to its frame, then wait for the rows
    frame = re.sub(r" \..*", "", ready)
    page.wait_for_selector(frame)
    page.evaluate("s => document.querySelector(s).scrollIntoView()", frame)
    page.wait_for_selector(ready)


def test_a_number_leads_to_as_many_rows_and_an_enterprise_opens(page: Any, server: Any):
    page.set_viewport_size(DESK)
    open_page(page, server, "leader", "/", "#home-figures .gw-figure")
    link = page.locator('#home-figures a.gw-figure[href*="state=remaining"]').first
    shown = number_in(link.locator(".gw-figure-number").inner_text())
    link.click()
    page.wait_for_selector("#enterprises-table .ag-row .gw-cell-link")
    assert number_in(page.locator("#enterprises-count .gw-figure-number").inner_text()) == shown
    page.locator("#enterprises-table .ag-row .gw-cell-link").first.click()
    page.wait_for_url(re.compile(r"/enterprises/\d+"))
    page.wait_for_selector("#enterprise-timeline")


def test_a_filter_goes_into_the_address_and_comes_back_from_it(page: Any, server: Any):
    page.set_viewport_size(DESK)
    open_page(page, server, "leader", "/", "#home-table .ag-row")
    page.fill("#home-q", "胜利")
    page.wait_for_url(re.compile("q="))
    rows = page.locator("#home-table .ag-center-cols-container .ag-row")
    expect(rows).to_have_count(3)
    page.reload()
    page.wait_for_selector("#home-table .ag-row")
    assert page.input_value("#home-q") == "胜利"
    expect(rows).to_have_count(3)


def test_a_row_is_chosen_and_opened_without_a_mouse(page: Any, server: Any):
    page.set_viewport_size(DESK)
    open_page(page, server, "leader", "/", "#home-table .ag-row")
    page.locator("#home-table .ag-row .ag-cell").first.click()
    page.wait_for_selector("#home-selection .gw-chip")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/grids/\d+"))
    page.wait_for_selector("#grid-body .gw-strip")


@pytest.mark.parametrize("path", ["/", "/grids/210101001", "/enterprises"])
def test_a_page_is_drawn_once_and_its_address_stays(page: Any, server: Any, path: str):
    asked: list[str] = []
    page.on("request", lambda r: asked.append(r.post_data or r.url))
    server.enter(page, "leader")
    page.goto(server.url + path)
    page.wait_for_selector(".gw-content .leaflet-container, .gw-content .ag-row")
    page.wait_for_load_state("networkidle")
    assert page.url == server.url + path
    assert sum("/geo/grids.geojson" in one for one in asked) <= 1
    # what only a changed address draws
    assert not [one for one in asked if '"changedPropIds":["url.search"]' in one]


def test_a_page_can_be_left_while_its_map_loads(page: Any, server: Any):
    errors: list[str] = []
    waiting: list[Any] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.route("**/*.geojson*", lambda route: waiting.append(route))
    server.enter(page, "leader")
    for path, last in (("/", "/geo/grids"), ("/grids/210101001", "/points")):
        with page.expect_request(lambda request, last=last: last in request.url):
            page.goto(server.url + path)
        page.locator("nav a[href='/enterprises']").first.click()
        page.wait_for_selector("#enterprises-table .ag-row")
        with page.expect_response(lambda answer: "geojson" in answer.url):
            while waiting:
                waiting.pop().continue_()
        page.wait_for_load_state("networkidle")
    assert errors == []


def test_a_map_that_is_made_before_it_has_a_size_shows_its_grid(page: Any, server: Any):
    server.enter(page, "leader")
    page.set_viewport_size(DESK)
    page.add_init_script(HIDE_MAPS)
    page.goto(server.url + "/grids/210101001")
    page.wait_for_selector(".leaflet-container", state="attached")
    page.wait_for_load_state("networkidle")
    page.evaluate("document.getElementById('hidden').remove()")
    page.wait_for_selector(".gw-cluster")
    expect(page.locator("canvas[data-lights='1']")).to_be_attached()


def test_a_definition_shows_on_focus(page: Any, server: Any):
    page.set_viewport_size(DESK)
    open_page(page, server, "leader", "/", "#home-figures .gw-figure")
    page.locator("#home-figures a.gw-figure").first.focus()
    page.wait_for_selector(".mantine-Tooltip-tooltip")
    assert page.locator(".mantine-Tooltip-tooltip").first.inner_text().strip()


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize(("who", "path", "ready"), PAGES, ids=[p[1].split("?")[0] for p in PAGES])
def test_a_page_is_accessible_fits_and_asks_no_other_host(
    page: Any, server: Any, who: str, path: str, ready: str, size: dict[str, int]
):
    page.set_viewport_size(size)
    foreign: list[str] = []
    errors: list[str] = []
    local = (server.url, "data:", "blob:")
    page.on("request", lambda r: None if r.url.startswith(local) else foreign.append(r.url))
    page.on("pageerror", lambda error: errors.append(str(error)))
    open_page(page, server, who, path, ready)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
    assert faults(page, "main") == []  # the frame around the page has its own test
    assert foreign == []
    assert errors == []


def test_a_phone_shows_no_blank_below_a_short_table_and_says_how_far_behind_the_city_is(
    page: Any, server: Any
):
    page.set_viewport_size(PHONE)
    open_page(page, server, "leader", "/?light=red", "#home-table .ag-row")
    expect(page.locator("#home-table .ag-row")).to_have_count(1)
    blank = page.evaluate("""() => {
        const rows = [...document.querySelectorAll("#home-table .ag-row")];
        const last = Math.max(...rows.map((row) => row.getBoundingClientRect().bottom));
        const panel = document.querySelector("#home-table").closest(".gw-panel");
        return panel.getBoundingClientRect().bottom - last;
    }""")
    assert 0 <= blank < 24
    page.goto(server.url + "/")
    expect(page.locator("#home-table .ag-row").nth(6)).to_be_attached()
    assert 440 < page.locator(".gw-panel:has(#home-table)").bounding_box()["height"] < 480
    behind = page.locator(".gw-kpi-coverage .gw-phone")
    expect(behind).to_be_visible()
    assert number_in(behind.inner_text()) > 0
    page.set_viewport_size(DESK)
    expect(behind).to_be_hidden()


def test_a_desk_says_that_its_server_is_gone_until_it_is_back(page: Any, own_server: Any):
    page.set_viewport_size(DESK)
    open_page(page, own_server, "leader", "/", "#home-table .ag-row")
    told = page.locator("#connection")
    expect(told).to_be_hidden()
    own_server.stop()
    page.fill("#home-q", "胜利")
    expect(told).to_have_text(re.compile("连接中断|Connection lost"))
    own_server.start()
    expect(told).to_be_hidden(timeout=30_000)
