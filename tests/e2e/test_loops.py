"""The closed loops from end to end, each step by the person whose step it is, the wall looking on."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, expect

from data.schema import audit, problem, rectification
from data.store import open_engine, writing
from tests.e2e.conftest import Server, make_database
from tests.e2e.test_visit import PHONE, people
from tests.factories import add_officer

DESK = {"width": 1440, "height": 900}
HERE = {"longitude": 123.3505, "latitude": 41.7503, "accuracy": 12}


class Bureau:
    """The people of one city, each at a browser of their own, and its wall."""

    def __init__(self, browser: Browser, server: Server, shop: int) -> None:
        self.browser, self.server, self.shop = browser, server, shop
        self.pages: dict[str, Any] = {}
        self.wall = browser.new_context().request
        self.wall.get(f"{server.url}/wall?token={server.ids['wall']}")

    def at(self, name: str, path: str) -> Any:
        """Let somebody open a page; officers carry a phone, the others sit at a desk."""
        if name not in self.pages:
            screen = PHONE if name in ("officer", "second") else DESK
            context = self.browser.new_context(
                viewport=screen, locale="zh-CN", permissions=["geolocation"], geolocation=HERE
            )
            self.pages[name] = context.new_page()
            self.server.sign_in(self.pages[name], name)
        page = self.pages[name]
        page.goto(self.server.url + path)
        return page

    def shown(self) -> dict[str, Any]:
        """What the wall shows now."""
        answer = self.wall.get(f"{self.server.url}/wall/data.json")
        assert answer.status == 200
        return answer.json()

    def rows(self, query: sa.Select[Any]) -> list[Any]:
        """Read the server's database."""
        engine = open_engine(f"sqlite:///{self.server.database}")
        with engine.connect() as conn:
            found = list(conn.execute(query))
        engine.dispose()
        return found

    def acts(self) -> list[str]:
        """What the audit log tells, in its order."""
        return [row.action for row in self.rows(sa.select(audit.c.action).order_by(audit.c.seq))]


@pytest.fixture
def bureau(sqlite_template: Path, tmp_path: Path, browser: Browser) -> Iterator[Bureau]:
    server = make_database(sqlite_template, tmp_path)
    shop = people(server)[0]
    engine = open_engine(f"sqlite:///{server.database}")
    with writing(engine) as conn:
        add_officer(conn, "网格员丙")  # goes along with the others
    engine.dispose()
    server.start()
    yield Bureau(browser, server, shop)
    server.stop(signal.SIGKILL)


def act(page: Any, words: str, state: str) -> None:
    """Press the one button of a form that says so, and wait for the state that it leads to."""
    page.get_by_role("form").get_by_role("button", name=words, exact=True).click()
    expect(page.locator("#problem-head")).to_contain_text(state)


def with_third(page: Any) -> None:
    """Say that the officer who neither found nor rechecks was there too."""
    option = page.locator("#officer2_id option", has_text="网格员丙")
    page.select_option("#officer2_id", value=option.get_attribute("value"))


def test_a_finding_is_rectified_rechecked_by_another_and_closed_by_a_third(bureau: Bureau):
    before = bureau.shown()
    page = bureau.at("officer", f"/visit/{bureau.shop}")
    page.click("#arrive")
    with_third(page)
    page.click("[data-section=YD06] summary")
    page.locator("[data-field='item:YD06.1'] .v-choice").nth(1).click()
    page.click("#all-conform")
    page.click("#send")
    expect(page.locator("#done")).to_be_visible()
    after = bureau.shown()
    assert after["total"]["done"] == before["total"]["done"] + 1
    assert after["problems"]["open"] == before["problems"]["open"] + 1
    [row] = bureau.rows(sa.select(problem).where(problem.c.enterprise_id == bureau.shop))
    path = f"/problems/{row.id}"

    page = bureau.at("officer", path)
    act(page, "下达整改", "已下达整改")
    page.get_by_role("form").get_by_role("textbox").first.fill("已整改，附照片")
    act(page, "登记反馈", "企业已反馈")
    page = bureau.at("leader", path)
    page.get_by_role("form").get_by_role("combobox").or_(
        page.get_by_role("form").locator("input[aria-haspopup=listbox]")
    ).first.click()
    page.get_by_role("option", name="网格员乙").click()
    act(page, "指派复查", "待复查")
    assert bureau.shown()["problems"]["rechecks"] == before["problems"]["rechecks"] + 1

    page = bureau.at("second", path)
    page.locator("a[href*='kind=recheck']").click()
    expect(page.locator("#rechecks")).to_contain_text("阴凉陈列")
    page.click("#arrive")
    with_third(page)
    page.locator("#rechecks .v-choice").first.click()
    page.locator("[data-field=conclusion] .v-choice").first.click()
    page.click("#send")
    expect(page.locator("#done")).to_be_visible()
    assert bureau.shown()["total"]["done"] == after["total"]["done"]  # a recheck is no coverage

    page = bureau.at("leader", path)
    page.get_by_role("form").get_by_role("textbox").first.fill("复查合格，予以销号")
    act(page, "销号", "已销号")
    assert bureau.shown()["problems"]["open"] == before["problems"]["open"]
    [row] = bureau.rows(sa.select(problem).where(problem.c.id == row.id))
    assert (row.state, row.round) == ("closed_out", 1)
    [once] = bureau.rows(sa.select(rectification).where(rectification.c.problem_id == row.id))
    assert once.passed and not once.same_officer
    told = [name for name in bureau.acts() if name.startswith(("inspection.", "problem."))]
    assert told == [
        "inspection.record", "problem.order", "problem.reply", "problem.assign_recheck",
        "problem.pass_recheck", "inspection.record", "problem.close_out",
    ]  # fmt: skip
    page = bureau.at("leader", f"/enterprises/{bureau.shop}")
    story = page.locator(".gw-timeline")
    for word in ("下达整改", "企业反馈", "指派复查", "复查合格", "销号"):
        expect(story).to_contain_text(word)
