"""The wall in a real browser: one picture, from here alone, honest about its age."""

from __future__ import annotations

import re
import signal
from typing import Any

import pytest
from playwright.sync_api import Page, expect

SIZES = [(1920, 1080, "zh-CN"), (1920, 1080, "en"), (3840, 2160, "zh-CN"), (3840, 1080, "en")]
DRAWN = """() => [...document.querySelectorAll('.leaflet-container')].every((map) =>
    [...map.querySelectorAll('canvas')].some((one) => one.width > 0))"""


@pytest.fixture
def watched(page: Page) -> tuple[Page, dict[str, list[str]]]:
    seen: dict[str, list[str]] = {"requests": [], "errors": []}
    page.on("request", lambda request: seen["requests"].append(request.url))
    page.on("pageerror", lambda error: seen["errors"].append(str(error)))
    page.on("console", lambda said: seen["errors"].append(said.text) if said.type == "error" else None)
    return page, seen


def overflow(page: Page) -> Any:
    return page.evaluate(
        "() => [document.documentElement.scrollWidth - innerWidth, "
        "document.documentElement.scrollHeight - innerHeight]"
    )


@pytest.mark.parametrize(("width", "height", "language"), SIZES)
def test_the_wall_is_one_picture_from_here_alone(server, watched, width, height, language):
    page, seen = watched
    page.set_viewport_size({"width": width, "height": height})
    server.open_wall(page, language)
    page.wait_for_selector(".wall-grid")
    page.wait_for_function(DRAWN)
    page.wait_for_selector("#wall-burnup .main-svg")
    assert overflow(page) == [0, 0]
    assert [url for url in seen["requests"] if not url.startswith((server.url, "data:", "blob:"))] == []
    assert seen["errors"] == []
    assert "token=" not in page.url
    cut = page.evaluate(
        "() => [...document.querySelectorAll('.wall-kpi, .wall-kpi-note, .wall-header, .wall-head')]"
        ".filter((one) => one.scrollWidth > one.clientWidth + 2).map((one) => one.textContent)"
    )
    assert cut == []


def test_the_wall_says_whether_we_make_it_and_who_needs_help(server, page):
    page.set_viewport_size({"width": 1920, "height": 1080})
    server.open_wall(page)
    verdict = page.locator(".wall-kpi.is-verdict")
    expect(verdict).to_contain_text(re.compile("期限|完成"))
    first = page.locator(".wall-grid").first
    expect(first).to_contain_text("胜利1网格")
    expect(first).to_contain_text("40%")
    expect(first.locator(".wall-mark")).to_have_text("■")
    size = first.evaluate("(one) => parseFloat(getComputedStyle(one).fontSize)")
    assert size >= 20
    number = page.locator(".wall-kpi-value b").first.evaluate(
        "(one) => parseFloat(getComputedStyle(one).fontSize)"
    )
    assert 64 <= number <= 96


def test_one_thing_that_happened_is_told_at_a_time(server, page):
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.clock.install()

    def with_events(route):
        answer = route.fetch()
        payload = answer.json()
        payload["events"] = [
            {"at": f"{payload['meta']['today']}T09:0{n}:00+08:00", "kind": "visit", "what": "pass",
             "more": None, "grid": f"胜利{n}网格", "district": "和平区"}
            for n in range(3)
        ]  # fmt: skip
        route.fulfill(response=answer, json=payload)

    page.route("**/wall/data.json*", with_events)
    server.open_wall(page)
    told = page.locator(".wall-ticker .wall-event")
    expect(told).to_have_count(1)
    first = told.inner_text()
    page.clock.run_for(9_000)
    expect(told).to_have_count(1)
    expect(told).not_to_have_text(first)


def test_every_column_of_a_list_says_what_it_is(server, page):
    page.set_viewport_size({"width": 1920, "height": 1080})
    server.open_wall(page)
    expect(page.locator(".wall-panel-worst .wall-columns")).to_have_text(
        re.compile("覆盖率.*已检/应检.*须日均")
    )
    expect(page.locator(".wall-panel-districts .wall-columns")).to_have_text(
        re.compile(r"应达进度 \d+%.*百分点.*覆盖率")
    )


def test_english_is_chosen_by_the_address(server, page):
    server.open_wall(page, "en")
    expect(page.locator("h1")).to_have_text(re.compile("Testville"))
    expect(page.locator("#wall")).to_have_attribute("lang", "en")


def test_the_wall_keeps_its_picture_says_its_age_and_recovers(own_server, page):
    page.set_viewport_size({"width": 1920, "height": 1080})
    page.clock.install()
    own_server.open_wall(page)
    page.wait_for_selector(".wall-grid")
    before = page.locator(".wall-kpi.is-coverage b").inner_text()
    own_server.stop(signal.SIGKILL)

    page.clock.run_for(32_000)
    expect(page.locator(".wall-clock")).to_contain_text("正在重新连接")
    expect(page.locator("#wall")).not_to_have_class(re.compile("is-stale"))
    page.clock.run_for(60_000)
    expect(page.locator("#wall")).to_have_class(re.compile("is-stale"))
    expect(page.locator("#wall")).not_to_have_class(re.compile("is-old"))
    expect(page.locator(".wall-clock")).to_contain_text("连接中断")
    assert page.locator(".wall-kpi.is-coverage b").inner_text() == before

    page.clock.run_for(300_000)
    expect(page.locator("#wall")).to_have_class(re.compile("is-old"))
    ages = page.locator(".wall-age:visible")
    assert ages.count() >= 8
    expect(ages.first).to_contain_text("前的数据")
    assert overflow(page) == [0, 0]
    cut = "(one) => one.scrollWidth > one.clientWidth"
    assert not page.locator(".wall-plan").evaluate(cut)

    own_server.start()
    page.clock.run_for(16_000)
    expect(page.locator("#wall")).not_to_have_class(re.compile("is-stale"))
    expect(page.locator(".wall-clock")).to_contain_text("数据同步于")


def test_yesterdays_numbers_are_never_shown_as_todays(own_server, page):
    page.clock.install()
    own_server.open_wall(page)
    own_server.stop(signal.SIGKILL)
    page.clock.fast_forward(24 * 3600 * 1000)
    expect(page.locator("#wall")).to_have_class(re.compile("is-old"))
    expect(page.locator(".wall-kpi .wall-age").first).to_have_text(re.compile(r"^\d+月\d+日的数据$"))


def test_an_empty_city_says_what_will_be_here(empty_server, watched):
    page, seen = watched
    page.set_viewport_size({"width": 1920, "height": 1080})
    empty_server.open_wall(page)
    expect(page.locator("#wall-empty h2")).to_be_visible()
    expect(page.locator("#wall-kpis")).to_be_hidden()
    assert overflow(page) == [0, 0]
    assert seen["errors"] == []


def test_a_revoked_wall_says_so_and_keeps_its_picture(own_server, page):
    import sqlalchemy as sa

    from data.schema import wall_token
    from data.store import open_engine, writing
    from tests.factories import NOW

    page.clock.install()
    own_server.open_wall(page)
    engine = open_engine(f"sqlite:///{own_server.database}")
    with writing(engine) as conn:
        conn.execute(sa.update(wall_token).values(revoked_at=NOW))
    engine.dispose()
    page.clock.run_for(16_000)
    expect(page.locator(".wall-clock")).to_contain_text("已失效")
    expect(page.locator(".wall-grid").first).to_be_visible()
