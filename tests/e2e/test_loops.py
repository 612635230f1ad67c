"""The closed loops from end to end, each step by the person whose step it is, the wall looking on."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, expect

from data.access import command_line
from data.schema import audit, enterprise, lead, problem, rectification
from data.store import open_engine, writing
from etl.profile import load_profile
from etl.run import run_import
from tests.e2e.conftest import Server, make_database
from tests.e2e.test_visit import PHONE, people
from tests.e2e.waits import settled
from tests.factories import NOW, add_officer

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
    settled(page)  # the button of a form that has just been drawn waits for an answer first
    page.get_by_role("form").get_by_role("button", name=words, exact=True).click()
    expect(page.locator("#problem-head, #lead-head")).to_contain_text(state)


def choose_officer(page: Any, name: str) -> None:
    """Choose an officer in the form's box."""
    settled(page)
    page.get_by_role("form").locator("input[aria-haspopup=listbox]").first.click()
    page.get_by_role("option", name=name).click()


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
    choose_officer(page, "网格员乙")
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


def test_a_lead_goes_from_a_12315_file_to_its_close_out(bureau: Bureau, tmp_path: Path):
    before = bureau.shown()
    [shop] = bureau.rows(sa.select(enterprise).where(enterprise.c.id == bureau.shop))
    file = tmp_path / "12315.csv"
    file.write_text(
        "登记编号,类型,事由,内容,登记时间,被反映单位,经营者地址,提供方姓名,联系电话\n"
        f"SY-0001,举报,销售过期药品,称购得过期药品,2026-11-18,{shop.name},{shop.address or ''},"
        "测试人,13800000000\n",
        encoding="utf-8",
    )
    engine = open_engine(f"sqlite:///{bureau.server.database}")
    run_import(engine, command_line(), "leads", file, load_profile("12315"), now=NOW)
    engine.dispose()
    [row] = bureau.rows(sa.select(lead).where(lead.c.number_12315 == "SY-0001"))
    assert row.enterprise_id is None and row.due_on is not None  # a name is no proof
    assert bureau.shown()["leads"]["open"] == before["leads"]["open"] + 1
    path = f"/leads/{row.id}"

    page = bureau.at("leader", path)
    expect(page.locator("body")).not_to_contain_text("13800000000")
    settled(page)
    page.locator(".gw-candidates li", has_text=shop.name).get_by_role("button").first.click()
    expect(page.locator(".gw-candidates")).to_have_count(0)
    choose_officer(page, "网格员甲")
    act(page, "交办", "交办")
    page = bureau.at("officer", path)
    act(page, "签收", "签收")
    act(page, "开始核查", "核查中")
    page = bureau.at("officer", f"/visit/{bureau.shop}?kind=for_cause&lead={row.id}")
    page.click("#arrive")
    with_third(page)
    page.click("#all-conform")
    page.click("#send")
    expect(page.locator("#done")).to_be_visible()
    page = bureau.at("officer", path)
    page.get_by_role("form").get_by_label("部分属实").check()
    page.get_by_role("form").get_by_role("textbox").first.fill("现场未见过期药品，陈列不规范")
    act(page, "填报核查结论", "核查完毕")
    page.get_by_role("form").get_by_label("行政指导").check()
    act(page, "作出处置", "处置")
    act(page, "送审", "审核")
    page = bureau.at("leader", path)
    act(page, "销号", "销号")

    after = bureau.shown()
    assert after["leads"]["open"] == before["leads"]["open"]
    assert after["total"]["done"] == before["total"]["done"] + 1
    [row] = bureau.rows(sa.select(lead).where(lead.c.id == row.id))
    assert (row.state, row.outcome, row.enterprise_id) == ("closed_out", "partly", bureau.shop)
    told = [name for name in bureau.acts() if name.startswith("lead.")]
    assert told == [
        "lead.match", "lead.assign", "lead.acknowledge", "lead.investigate", "lead.conclude",
        "lead.dispose", "lead.submit", "lead.close_out",
    ]  # fmt: skip
    story = page.locator(".gw-timeline")
    for word in ("登记", "交办", "签收", "核查", "处置", "销号", "有因检查"):
        expect(story).to_contain_text(word)
