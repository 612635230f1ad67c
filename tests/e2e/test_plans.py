"""A steward edits what everything is counted by, in a real browser; two at once are told of each other."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, expect

from data.schema import audit, coverage_count, district, org, plan
from data.store import open_engine
from tests.e2e.test_access import change, faults, look
from tests.e2e.test_pages import PHONE
from tests.e2e.waits import settled
from tests.factories import LOADED


def read(server: Any, query: Any) -> Any:
    engine = open_engine(f"sqlite:///{server.database}")
    with engine.connect() as conn:
        found = conn.execute(query).all()
    engine.dispose()
    return found


def open_plans(page: Any, server: Any, who: str, search: str = "") -> None:
    server.sign_in(page, who)
    page.goto(f"{server.url}/plans{search}")
    page.wait_for_selector("#plans-body .gw-tab-on")
    settled(page)


def test_a_steward_changes_a_plan_and_the_figures_follow_while_a_second_is_told(
    page: Any, own_server: Any, browser: Browser
):
    due = sa.select(sa.func.sum(coverage_count.c.due)).where(coverage_count.c.plan_id == 1)
    (before,) = read(own_server, due)[0]
    look(page, own_server)
    open_plans(page, own_server, "steward")
    page.locator("#plan-annual-all a", has_text="编辑").click()
    page.wait_for_url("**/plans?plan=annual-all")
    second = browser.new_context(locale="zh-CN").new_page()
    look(second, own_server)
    open_plans(second, own_server, "steward", "?plan=annual-all")
    second.wait_for_selector("#plans-f-name_zh")

    page.wait_for_selector("#plans-f-deadline_day")
    settled(page)
    page.fill("#plans-f-deadline_day", "31")
    page.click("#plans-save")  # November has 30 days
    expect(page.locator("#plans-f-deadline_day-error")).to_contain_text("11 月没有 31 日")
    settled(page)
    page.fill("#plans-f-deadline_day", "15")
    page.locator("#plans-f-categories").locator("xpath=ancestor::*[@data-multiline]").locator(
        "button"
    ).first.click()  # without its first category the plan asks for fewer
    page.click("#plans-save")
    expect(page.locator("#notice-text")).to_contain_text("重算")
    expect(page.locator("#plan-annual-all")).to_contain_text("2026-11-15")
    (after,) = read(own_server, due)[0]
    assert (after or 0) < before

    second.fill("#plans-f-name_zh", "后来者的名称")
    second.click("#plans-save")
    box = second.locator("#plans-conflict [role=alert]")
    expect(box).to_contain_text("他人已先行修改")
    expect(box).to_contain_text("15")
    assert read(own_server, sa.select(plan.c.name_zh).where(plan.c.id == 1)) == [("年度全覆盖检查",)]
    assert faults(second) == []
    assert len(read(own_server, sa.select(audit.c.seq).where(audit.c.action == "plan.change"))) == 1


def test_a_steward_sets_a_day_and_takes_it_back(page: Any, own_server: Any):
    look(page, own_server)
    open_plans(page, own_server, "steward", "?tab=calendar&year=2026")
    page.locator(".gw-month a[href*='2026-11-23']").click()
    page.get_by_role("radio", name="休息日").wait_for()
    settled(page)
    page.get_by_role("radio", name="休息日").check()
    page.fill("#plans-day-name", "暴雪停工")
    page.click("#plans-day-save")
    day = page.locator(".gw-month a[href*='2026-11-23']")
    expect(day).to_contain_text("暴雪停工")
    expect(page.locator(".gw-lines")).to_contain_text("暴雪停工")
    settled(page)
    page.on("dialog", lambda asked: asked.accept())
    page.click("#plans-day-clear-button")
    expect(day).not_to_contain_text("暴雪停工")


def test_a_steward_adds_moves_and_deletes_an_organisation(page: Any, own_server: Any):
    bureau = {"id": 1, "code": "B", "name": "市局", "kind": "bureau", "recorded_at": LOADED}
    change(own_server, sa.insert(org).values(bureau))
    assert read(own_server, sa.select(district.c.code))
    look(page, own_server)
    open_plans(page, own_server, "steward", "?tab=organisations")
    page.click("text=新增机构")
    page.wait_for_selector("#plans-o-code")
    settled(page)
    page.fill("#plans-o-code", "S1")
    page.fill("#plans-o-name", "新设所")
    page.click("#plans-org-save")
    expect(page.locator("#plans-o-parent-error")).to_contain_text("上级")
    settled(page)
    page.click("#plans-o-parent")
    page.get_by_role("option", name="市局").first.click()
    page.click("#plans-org-save")
    page.wait_for_url("**org=S1")
    expect(page.locator(".gw-lines")).to_contain_text("新设所")
    settled(page)
    page.on("dialog", lambda asked: asked.accept())
    page.click("#plans-org-delete-button")
    expect(page.locator(".gw-lines")).not_to_contain_text("新设所")


@pytest.mark.parametrize(
    ("language", "theme", "phone"), [("zh-CN", "dark", False), ("en", "light", True)], ids=["desk", "phone"]
)
def test_each_tab_is_accessible_and_fits(page: Any, server: Any, language: str, theme: str, phone: bool):
    look(page, server, language, theme)
    if phone:
        page.set_viewport_size(PHONE)
    server.sign_in(page, "steward")
    for search in (
        "", "?plan=annual-all", "?tab=calendar&day=2026-10-01", "?tab=organisations&org=new",
    ):  # fmt: skip
        page.goto(f"{server.url}/plans{search}")
        page.wait_for_selector("#plans-body .gw-tab-on")
        page.wait_for_load_state("networkidle")
        assert faults(page) == [], search
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, search


def test_a_leader_reads_plans_and_finds_nothing_to_press(page: Any, server: Any):
    look(page, server)
    open_plans(page, server, "leader", "?plan=annual-all")
    expect(page.locator("#plan-annual-all")).to_contain_text("2026-11-30")
    assert page.locator("#plans-body button, #plans-body input").count() == 0
    page.click("text=工作日历")
    page.wait_for_selector(".gw-month")
    assert page.locator("#plans-body button, .gw-month a").count() == 0


@pytest.mark.parametrize(("who", "path", "ready"), [
    ("leader", "/enterprises?state=remaining", "#enterprises-table .ag-row"),
    ("admin", "/admin", "#admin-users .ag-row"),
])  # fmt: skip
def test_long_tables_are_accessible_in_the_dark(page: Any, server: Any, who: str, path: str, ready: str):
    look(page, server, theme="dark")
    server.sign_in(page, who)
    page.goto(server.url + path)
    page.wait_for_selector(ready)
    page.wait_for_load_state("networkidle")
    assert faults(page) == []
