"""Getting in, getting around and being kept out, by real keys and clicks."""

from __future__ import annotations

import re
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, expect

from data.schema import audit, enterprise, org, user
from data.store import open_engine, writing
from tests.e2e.conftest import PASSWORD
from tests.e2e.seen import faults
from tests.e2e.test_pages import DESK
from tests.e2e.waits import settled
from tests.factories import LOADED

EVIL = '<img src=x onerror="window.pwned = true">'


def look(page: Any, server: Any, language: str = "zh-CN", theme: str = "light") -> None:
    """Choose language and colours as the header's buttons do."""
    page.set_viewport_size(DESK)
    page.context.add_cookies(
        [
            {"name": n, "value": v, "url": server.url}
            for n, v in (("gw_language", language), ("gw_theme", theme))
        ]
    )


def at_rest(page: Any) -> None:
    """Wait until nothing fades or moves any more: colours are judged as they stay."""
    page.wait_for_function("() => document.getAnimations().every((one) => one.playState !== 'running')")


def change(server: Any, statement: Any) -> None:
    engine = open_engine(f"sqlite:///{server.database}")
    with writing(engine) as conn:
        conn.execute(statement)
    engine.dispose()


def noted(server: Any, action: str) -> list[Any]:
    engine = open_engine(f"sqlite:///{server.database}")
    with engine.connect() as conn:
        rows = list(conn.execute(sa.select(audit).where(audit.c.action == action)))
    engine.dispose()
    return rows


@pytest.mark.parametrize(("language", "theme"), [("zh-CN", "light"), ("en", "dark")])
def test_the_whole_page_with_its_frame_is_accessible(page: Any, server: Any, language: str, theme: str):
    look(page, server, language, theme)
    page.goto(f"{server.url}/login")
    assert faults(page) == []
    server.sign_in(page, "leader")
    page.wait_for_selector("#home-table .ag-row")
    assert page.evaluate("document.documentElement.lang") == language
    page.locator(".gw-user summary").click()
    expect(page.locator(".gw-user-box")).to_be_visible()
    assert faults(page) == []
    page.goto(f"{server.url}/password")
    assert faults(page) == []
    page.goto(f"{server.url}/wall/")
    page.wait_for_selector("#wall:not(.is-waiting)")
    assert faults(page) == []
    page.goto("about:blank")  # a page that asks without cookies would lead to the door by itself
    page.context.clear_cookies()
    look(page, server, language, theme)
    server.sign_in(page, "admin")
    page.wait_for_selector("#admin-users .ag-row")
    for tab in page.locator("[role=tab]").all():
        tab.click()
        expect(tab).to_have_attribute("aria-selected", "true")
        at_rest(page)
        assert faults(page) == [], tab.inner_text()


def focused(page: Any) -> str:
    return page.evaluate("document.activeElement.innerText || document.activeElement.name || ''").strip()


def test_a_keyboard_alone_signs_in_skips_opens_and_closes(page: Any, server: Any):
    look(page, server, "en")
    page.goto(f"{server.url}/login")
    expect(page.locator("[name=username]")).to_be_focused()
    page.keyboard.type("leader")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector("#home-table .ag-row")
    settled(page)
    page.evaluate("document.activeElement.blur()")
    page.keyboard.press("Tab")
    skip = page.locator(".gw-skip")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.closest('#page') !== null || location.hash === '#page'")
    page.reload()
    page.wait_for_selector("#home-table .ag-row")
    assert page.evaluate("document.activeElement === document.body")  # the first page begins where all do
    settled(page)
    seen = []
    for _ in range(12):
        page.keyboard.press("Tab")
        seen.append(focused(page))
        ring = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        assert ring != "none", seen[-1]
    order = [word for word in seen if word in ("中文", "leader")] + [w for w in seen if "nterprises" in w][:1]
    assert order[:2] == ["中文", "leader"] and len(order) == 3, seen
    page.locator(".gw-user summary").focus()
    page.keyboard.press("Enter")
    box = page.locator(".gw-user-box")
    expect(box).to_be_visible()
    page.keyboard.press("Tab")
    assert focused(page) == "Change password"
    page.keyboard.press("Escape")
    expect(box).to_be_hidden()
    expect(page.locator(".gw-user summary")).to_be_focused()
    page.keyboard.press("Enter")
    expect(box).to_be_visible()
    page.locator("h1").click()
    expect(box).to_be_hidden()
    page.locator("#nav a[href='/enterprises']").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1, name="Enterprises")).to_be_focused()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('#page') !== null")  # on from there
    search = page.locator("#enterprises-q")
    search.focus()
    page.keyboard.type("a")
    page.wait_for_url("**/enterprises?q=a")
    expect(search).to_be_focused()
    page.locator("#nav a[href='/']").click()
    expect(page.locator("#home-table")).to_be_visible()
    expect(page.locator("h1")).to_be_focused()


def test_an_administrator_makes_resets_and_ends_an_account_by_clicks(
    page: Any, own_server: Any, browser: Browser
):
    look(page, own_server)
    own_server.enter(page, "admin")
    page.goto(own_server.url)
    page.wait_for_selector("#admin-users .ag-row")
    settled(page)
    page.fill("#admin-user-username", "newbie")
    page.fill("#admin-user-name", EVIL)
    page.click("#admin-user-role")
    page.get_by_role("option", name="局领导", exact=True).click()
    page.click("#admin-user-create")
    secret = page.locator("#admin-user-password .gw-secret")
    secret.wait_for()
    first = secret.inner_text()
    row = page.locator("#admin-users .ag-center-cols-container .ag-row", has_text="newbie")
    expect(row).to_have_count(1)
    assert page.evaluate("window.pwned") is None
    page.reload()
    page.wait_for_selector("#admin-users .ag-row")
    assert first not in page.content()

    theirs = browser.new_context(locale="zh-CN").new_page()

    def enter(password: str) -> None:
        theirs.goto(f"{own_server.url}/login")
        theirs.fill("[name=username]", "newbie")
        theirs.fill("[name=password]", password)
        theirs.press("[name=password]", "Enter")

    enter(first)
    theirs.wait_for_url("**/password")
    theirs.fill("[name=old]", first)
    theirs.fill("[name=new]", "Proper-2027-pw")
    theirs.fill("[name=again]", "Proper-2027-pw")
    theirs.press("[name=again]", "Enter")
    theirs.wait_for_selector("#home-table .ag-row")

    page.on("dialog", lambda asked: asked.accept())
    page.locator("#admin-users .ag-row", has_text="newbie").first.click()
    expect(page.locator("#admin-user-reset")).to_be_enabled()
    page.click("#admin-user-reset")
    secret.wait_for()
    second = secret.inner_text()
    assert second != first
    theirs.goto(f"{own_server.url}/enterprises")
    theirs.wait_for_url("**/login?next=**")
    enter("Proper-2027-pw")
    theirs.wait_for_selector("[role=alert]")
    enter(second)
    theirs.wait_for_url("**/password")

    page.locator("#admin-users .ag-row", has_text="newbie").first.click()
    settled(page)  # the form holds the account's values
    expect(page.locator("#admin-user-username")).to_have_value("newbie")
    page.locator("label", has_text="启用").first.click()
    page.click("#admin-user-save")
    expect(page.locator("#admin-users .ag-row", has_text="newbie").first).to_contain_text("停用")
    theirs.reload()
    theirs.wait_for_url("**/login**")
    enter(second)
    theirs.wait_for_selector("[role=alert]")


def test_a_walls_link_opens_it_anywhere_until_it_is_revoked(page: Any, own_server: Any, browser: Browser):
    look(page, own_server)
    own_server.enter(page, "admin")
    page.goto(own_server.url)
    page.wait_for_selector("#admin-users .ag-row")
    page.locator("[role=tab]").nth(2).click()
    settled(page)
    page.fill("#admin-walls-name", "一楼大厅")
    page.click("#admin-walls-create")
    link = page.locator("#admin-walls-secret .gw-secret")
    link.wait_for()
    hall = browser.new_context(locale="zh-CN", viewport={"width": 1920, "height": 1080}).new_page()
    hall.clock.install()
    hall.goto(link.inner_text())
    hall.wait_for_selector("#wall:not(.is-waiting)")
    assert hall.url == f"{own_server.url}/wall/"
    page.on("dialog", lambda asked: asked.accept())
    page.locator("#admin-walls .ag-row", has_text="一楼大厅").first.click()
    settled(page)
    page.click("#admin-walls-revoke")
    expect(page.locator("#admin-walls .ag-row", has_text="一楼大厅").first).to_contain_text("停用")
    # the picture stays, and says since when it is closed
    hall.clock.run_for(16_000)
    hall.wait_for_selector("#wall.is-stale")
    expect(hall.locator("#wall-kpis")).to_be_visible()
    hall.reload()
    expect(hall.locator("h1")).to_be_visible()
    assert "大屏" in hall.locator("main").inner_text() and faults(hall) == []


def test_personal_data_show_in_clear_for_a_reason_and_are_written_down(page: Any, own_server: Any):
    details = {"principal": "演示甲某", "phone": "13800001234"}
    change(own_server, sa.update(enterprise).where(enterprise.c.id == 1).values(details=details, name=EVIL))
    bureau = {"id": 1, "code": "B", "name": "市局", "kind": "bureau", "recorded_at": LOADED}
    change(own_server, sa.insert(org).values(bureau))
    change(own_server, sa.update(user).where(user.c.username == "supervisor").values(org_id=1))
    look(page, own_server)
    own_server.enter(page, "supervisor")
    page.goto(f"{own_server.url}/enterprises/1")
    ask = page.locator(".gw-ask").last
    ask.wait_for()
    assert "13800001234" not in page.content() and "138****1234" in page.content()
    assert page.evaluate("window.pwned") is None and EVIL in page.inner_text("h1")
    settled(page)
    ask.focus()
    page.keyboard.press("Enter")
    reason = page.locator("#enterprise-reason")
    reason.wait_for()
    at_rest(page)
    # Mantine heads its dialogs with a <header>, which axe takes for a second banner of the page
    found = [rule for rule, _ in faults(page, "[role=dialog]")]
    assert set(found) <= {"landmark-no-duplicate-banner"}
    page.keyboard.press("Escape")
    expect(reason).to_be_hidden()
    ask.click()
    reason.wait_for()
    page.click("#enterprise-confirm")
    expect(
        page.locator("[class*=TextInput-error], [class*=Textarea-error], .mantine-InputWrapper-error")
    ).to_be_visible()
    assert noted(own_server, "enterprise.unmask") == []
    reason.fill("投诉件核实，须电话联系")
    page.click("#enterprise-confirm")
    page.wait_for_selector("text=13800001234")
    expect(reason).to_be_hidden()
    (row,) = noted(own_server, "enterprise.unmask")
    assert row.actor == "user:supervisor" and row.object_id == "1" and row.detail["field"] == "phone"
    assert "投诉件" in row.detail["reason"] and "13800001234" not in repr(row)
    page.reload()
    ask.wait_for()
    assert "13800001234" not in page.content()


def test_a_session_that_is_over_leads_to_the_login_and_back(page: Any, own_server: Any):
    look(page, own_server)
    own_server.enter(page, "leader")
    page.goto(f"{own_server.url}/enterprises?state=remaining")
    page.wait_for_selector("#enterprises-table .ag-row")
    change(own_server, sa.update(user).where(user.c.username == "leader").values(session_epoch=7))
    page.locator("nav a[href='/']").first.click()
    page.wait_for_url(re.compile(r"/login\?next="))
    page.fill("[name=username]", "leader")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda url: "/login" not in url)
    page.wait_for_selector("h1")
    assert "/login" not in page.url
