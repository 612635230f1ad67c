"""An officer's day in a real browser: a phone's width, the keyboard, both languages, nobody shut out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from data import figures
from data.schema import enterprise, grid, problem, user
from data.store import open_engine, writing
from data.writes import messages
from data.writes.reminders import daily
from tests.e2e.conftest import Server, make_database
from tests.e2e.waits import settled, tab_to
from tests.factories import NOW, TODAY, add_officer, add_problem, bind_officer

DESK = {"width": 1440, "height": 900}
PHONE = {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def busy(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The small city whose officer answers for the grid that is far behind."""
    made = make_database(sqlite_template, tmp_path_factory.mktemp("busy"))
    engine = open_engine(f"sqlite:///{made.database}")
    with writing(engine) as conn:
        place = conn.execute(sa.select(sa.func.min(grid.c.id))).scalar_one()
        officer = add_officer(conn)
        bind_officer(conn, place, officer)
        conn.execute(sa.update(user).where(user.c.username == "officer").values(officer_id=officer))
        shops = conn.execute(sa.select(enterprise.c.id).where(enterprise.c.grid_id == place)).scalars().all()
        for n, shop in enumerate(shops):
            where = {"lon": 123.31 + n % 6 / 100, "lat": 41.71 + n // 6 / 100}
            conn.execute(sa.update(enterprise).where(enterprise.c.id == shop).values(**where))
        add_problem(conn, shops[-1], TODAY - timedelta(days=30), due_on=TODAY - timedelta(days=2))
        again = add_problem(conn, shops[-2], TODAY - timedelta(days=30), due_on=TODAY + timedelta(days=3))
        conn.execute(
            sa.update(problem).where(problem.c.id == again)
            .values(state="awaiting_recheck", recheck_officer_id=officer)
        )  # fmt: skip
        figures.build(conn, as_of=TODAY, now=NOW)
        daily(conn, TODAY, now=NOW)
        to = made.ids["officer"]
        messages.tell(conn, [to], "assigned", "problem", again, "v1", {"due_on": "2026-11-24"}, now=NOW)
    engine.dispose()
    made.start()
    yield made
    made.stop()


def open_day(page: Any, server: Server, path: str = "/my", ready: str = "#my-rows .gw-my-row", *,
             size: Any = PHONE, language: str = "zh-CN") -> None:  # fmt: skip
    page.set_viewport_size(size)
    server.enter(page, "officer")
    page.context.add_cookies([{"name": "gw_language", "value": language, "url": server.url}])
    page.goto(server.url + path)
    page.wait_for_selector(ready)
    settled(page)


def test_on_a_phone_the_day_fits_its_width_and_is_read_without_a_fault(page: Any, busy: Server):
    open_day(page, busy)
    page.wait_for_selector("#my-map .leaflet-container, #my-map.leaflet-container")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    small = page.evaluate(
        "[...document.querySelectorAll('.gw-tap, .gw-pick, #my-round a.gw-tap')]"
        ".filter(e => e.getClientRects().length && e.getBoundingClientRect().height < 44)"
        ".map(e => e.textContent)"
    )
    assert small == []
    found = Axe().run(page)
    assert found.response["violations"] == [], found.generate_report()


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_look_the_round_and_the_list_stand_in_both_languages(page: Any, busy: Server, language: str):
    open_day(page, busy, size=DESK, language=language)
    words = {
        "zh-CN": ("今日路线", "任务清单", "待复查"),
        "en": ("Today's round", "Working list", "To recheck"),
    }
    for word in words[language]:
        expect(page.get_by_text(word, exact=True).first).to_be_visible()
    expect(page.locator("#my-round li.gw-my-row").first).to_be_visible()
    found = Axe().run(page)
    assert found.response["violations"] == [], found.generate_report()


def test_a_figure_leads_to_its_rows_and_the_filter_stands_in_the_address(page: Any, busy: Server):
    open_day(page, busy)
    link = page.locator('a.gw-figure[href*="show=recheck"]')
    shown = int(link.locator(".gw-figure-number").inner_text())
    link.click()
    page.wait_for_url(re.compile("show=recheck"))
    expect(page.locator("#my-rows .gw-my-row")).to_have_count(shown)
    expect(page.locator("#my-list")).to_be_in_viewport()
    page.reload()
    expect(page.locator("#my-rows .gw-my-row")).to_have_count(shown)
    expect(page.locator("#my-rows a[href*='?kind=recheck']")).to_have_count(shown)


def test_the_keyboard_alone_reaches_a_visit_and_changes_the_filter(page: Any, busy: Server):
    open_day(page, busy, size=DESK)
    page.locator("#my-rows .gw-pick", has_text="逾期").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("show=overdue"))
    settled(page)
    row = page.locator("#my-rows .gw-my-row").first
    for _ in range(40):
        page.keyboard.press("Tab")
        href = page.evaluate("document.activeElement.getAttribute('href') || ''")
        if href.startswith("/visit/"):
            break
    else:
        pytest.fail(f"no visit was reached from the filter; the first row says {row.inner_text()!r}")


def test_the_round_follows_the_phone(page: Any, busy: Server):
    page.context.grant_permissions(["geolocation"], origin=busy.url)
    page.context.set_geolocation({"longitude": 123.36, "latitude": 41.75})
    open_day(page, busy)
    before = page.locator("#my-round .gw-my-note").inner_text()
    page.click("#my-here")
    expect(page.locator("#my-round .gw-my-note")).to_contain_text("从当前位置出发")
    assert page.locator("#my-round .gw-my-note").inner_text() != before
    assert page.locator(".gw-stop").count() >= 4


def test_a_refused_position_is_said_and_the_round_stays(page: Any, busy: Server):
    page.context.clear_permissions()
    open_day(page, busy)
    rows = page.locator("#my-round .gw-my-row").count()
    page.click("#my-here")
    expect(page.locator("#my-trouble")).to_be_visible()
    expect(page.locator("#my-round .gw-my-row")).to_have_count(rows)


def test_the_inbox_tells_is_acknowledged_and_leads_on(page: Any, busy: Server):
    open_day(page, busy, "/inbox", "#inbox-rows .gw-my-row")
    expect(page.locator(".gw-unread:visible").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    found = Axe().run(page)
    assert found.response["violations"] == [], found.generate_report()
    keys, told = page.keyboard, page.locator("#inbox-counts[role=status]")
    page.locator("#page").focus()
    tab_to(page, "#inbox-ended")
    keys.press("Enter")
    page.wait_for_url("**/inbox?ended=1")
    expect(page.locator("#inbox-ended")).to_have_text("仅看未了结")
    expect(page.locator("#inbox-ended")).to_be_focused()
    settled(page)
    before = told.inner_text()
    tab_to(page, "[id*=inbox-acknowledge]")
    after = page.locator("li:has([id*=inbox-acknowledge]) + li button").first.get_attribute("id")
    keys.press("Enter")
    expect(page.locator("#notice-box[role=status]")).to_contain_text("已确认知悉，还有")
    expect(page.locator(".gw-my-row", has_text=re.compile("已于 .* 确认知悉"))).to_have_count(1)
    expect(told).not_to_have_text(before)
    expect(page.locator(f"[id='{after}']")).to_be_focused()  # the next one, wherever what is done went
    settled(page)
    tab_to(page, "[id*=inbox-read-all]", "Shift+Tab")
    keys.press("Enter")
    expect(told).to_contain_text("未读 0 条")
    expect(page.get_by_role("heading", name="收件箱")).to_be_focused()
    settled(page)
    tab_to(page, "[id*=inbox-open]")
    keys.press("Enter")
    page.wait_for_url(re.compile(r"/(enterprises|leads|problems)/\d+"))
    expect(page.locator("#page h1")).to_be_focused()
