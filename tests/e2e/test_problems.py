"""A problem goes its way in a real browser: by keyboard on a phone, by ticks on a desk, closed by another."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from data.access import Role, viewer_of_user
from data.schema import enterprise, problem, problem_event, user
from data.store import open_engine, writing
from data.writes.inspections import record
from data.writes.rechecks import Recheck
from data.writes.visit import Visit
from tests.e2e.test_access import DESK, at_rest, faults, look
from tests.e2e.test_pages import PHONE
from tests.e2e.waits import rows_anew, settled, tab_to
from tests.factories import NOW, TODAY, add_officer, add_user, bind_officer


@dataclass
class People:
    """Who has what to do with problem 1."""

    finder: int
    other: int
    other_account: int
    enterprise: int


def prepared(server: Any) -> People:
    engine = open_engine(server.database_url())
    with writing(engine) as conn:
        first = conn.execute(sa.select(problem).order_by(problem.c.id).limit(1)).one()
        place = conn.execute(
            sa.select(enterprise.c.grid_id).where(enterprise.c.id == first.enterprise_id)
        ).scalar_one()
        finder, other = add_officer(conn, "网格员甲"), add_officer(conn, "网格员乙")
        bind_officer(conn, place, finder)
        account = add_user(conn, Role.OFFICER, officer_id=other, name="网格员乙")
        conn.execute(sa.update(user).where(user.c.username == "officer").values(officer_id=finder))
    engine.dispose()
    return People(finder, other, account, first.enterprise_id)


def state_of(server: Any) -> str:
    engine = open_engine(server.database_url())
    with engine.connect() as conn:
        found = conn.execute(sa.select(problem.c.state).where(problem.c.id == 1)).scalar_one()
    engine.dispose()
    return str(found)


def rechecks(server: Any, people: People) -> None:
    engine = open_engine(server.database_url())
    with writing(engine) as conn:
        who = viewer_of_user(conn, people.other_account, TODAY)
        assert who is not None
        visit = Visit(kind="recheck", finished_at=NOW, conclusion="pass", officer2_id=people.finder,
                      rechecks={1: Recheck(True)})  # fmt: skip
        record(conn, who, people.enterprise, visit, client_id="recheck-1", now=NOW)
    engine.dispose()


def press_save(page: Any, words: str) -> None:
    settled(page)  # a form that has just been drawn is not yet to be sent
    button = page.get_by_role("button", name=words)
    button.focus()
    page.keyboard.press("Enter")


def test_a_problem_is_answered_rechecked_and_closed_by_three_people(page: Any, own_server: Any):
    people = prepared(own_server)
    look(page, own_server)
    page.set_viewport_size(PHONE)
    own_server.sign_in(page, "officer")
    page.goto(f"{own_server.url}/problems")
    row = page.locator("#problems-table .ag-cell a").first
    row.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/problems/1")
    answer = page.get_by_label("企业整改情况")
    answer.wait_for()
    press_save(page, "登记反馈")
    expect(page.get_by_text("此项必填")).to_be_visible()
    answer.fill("已补齐处方登记")
    press_save(page, "登记反馈")
    expect(page.locator(".gw-acting")).to_contain_text("待所队负责人指派复查")
    assert state_of(own_server) == "replied"

    page.goto("about:blank")  # a page that asks without cookies would lead to the door by itself
    page.context.clear_cookies()
    look(page, own_server)
    own_server.sign_in(page, "leader")
    page.goto(f"{own_server.url}/problems?state=replied")
    page.wait_for_selector("#problems-table .ag-row a")
    settled(page)
    page.locator("#problems-table .ag-row .ag-checkbox-input").first.click()
    page.click("#problems-assign_recheck")
    page.fill("#problems-officer", "网格员乙")
    page.get_by_role("option").first.click()
    expect(page.locator("#problems-preview")).to_contain_text("1 项将办理")
    page.click("#problems-confirm")
    expect(page.locator("[role=dialog]")).to_contain_text("此项必填")
    page.fill("#problems-day", TODAY.isoformat())
    page.click("#problems-confirm")
    expect(page.locator("#notice-text")).to_contain_text("已办理 1 项")
    expect(page.locator("#problems-count")).to_contain_text("0")
    assert state_of(own_server) == "awaiting_recheck"

    rechecks(own_server, people)
    page.goto(f"{own_server.url}/problems/1")
    page.get_by_label("销号结论").fill("复查合格，整改到位")
    press_save(page, "销号")
    expect(page.locator("#problem-head")).to_contain_text("已销号")
    expect(page.locator(".gw-timeline")).to_contain_text("网格员乙")
    engine = open_engine(own_server.database_url())
    with engine.connect() as conn:
        verbs = conn.execute(sa.select(problem_event.c.verb).order_by(problem_event.c.id)).scalars().all()
    engine.dispose()
    assert verbs == ["reply", "assign_recheck", "pass_recheck", "close_out"]


def test_keys_alone_filter_tick_preview_give_away_open_and_act(page: Any, own_server: Any):
    prepared(own_server)
    look(page, own_server)
    own_server.enter(page, "leader")
    page.goto(f"{own_server.url}/problems")
    page.wait_for_selector("#problems-table .ag-row a")
    keys = page.keyboard
    settled(page)
    tab_to(page, "#problems-state")
    keys.press("ArrowDown")
    expect(page.get_by_role("option").first).to_be_visible()
    keys.press("ArrowDown")
    with rows_anew(page, "problems-table"):
        keys.press("Enter")
        page.wait_for_url("**/problems?state=*")
    tab_to(page, ".ag-header-cell")
    for key in ("ArrowDown", "Space", "ArrowDown", "Space"):
        keys.press(key)
    expect(page.locator("#problems-chosen")).to_contain_text("2")
    tab_to(page, "#problems-reassign", "Shift+Tab")
    keys.press("Enter")
    expect(page.locator("#problems-officer")).to_be_focused()
    keys.press("Escape")  # first the list of the box, then the dialog
    expect(page.get_by_role("option")).to_have_count(0)
    keys.press("Escape")
    expect(page.locator("#problems-reassign")).to_be_focused()
    keys.press("Enter")
    expect(page.locator("#problems-officer")).to_be_focused()
    keys.type("网格员乙")
    expect(page.get_by_role("option")).to_have_count(1)
    keys.press("ArrowDown")
    keys.press("Enter")
    expect(page.locator("#problems-preview")).to_contain_text("2 项将办理")
    expect(page.locator(".gw-many-loads")).to_contain_text("+2")
    tab_to(page, "#problems-confirm")
    keys.press("Enter")
    expect(page.locator("#notice-text")).to_contain_text("已办理 2 项")

    page.goto(f"{own_server.url}/problems")
    page.wait_for_selector("#problems-table .ag-row a")
    settled(page)
    tab_to(page, ".ag-header-cell")
    keys.press("ArrowDown")
    keys.press("Enter")
    page.wait_for_url("**/problems/*")
    page.wait_for_selector(".gw-acting")
    settled(page)
    tab_to(page, "a[href*='act=supervise']")
    keys.press("Enter")
    reason = page.get_by_role("form", name="挂牌督办").get_by_role("textbox", name="督办原因")
    expect(reason).to_be_visible()
    settled(page)
    tab_to(page, "[role=form] .gw-acts button")
    keys.press("Enter")
    expect(reason).to_be_focused()
    expect(page.get_by_role("form")).to_contain_text("此项必填")
    keys.type("多次逾期")
    tab_to(page, "[role=form] .gw-acts button")
    keys.press("Enter")
    expect(page.locator("#problem-head")).to_contain_text("挂牌督办")
    expect(page.locator(".gw-first .gw-panel-title")).to_be_focused()

    page.goto(f"{own_server.url}/leads")
    page.wait_for_selector("#leads-table .ag-row a")
    settled(page)
    tab_to(page, ".gw-board-lines a")
    with rows_anew(page, "leads-table"):
        keys.press("Enter")
        page.wait_for_url("**/leads?stage=assign*")
    tab_to(page, ".ag-header-cell")
    tab_to(page, ".gw-lock summary, .gw-more-panel summary")  # out of the table again by one key


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
@pytest.mark.parametrize(
    ("path", "ready"),
    [
        ("/problems", "#problems-table .ag-row"),
        ("/problems/1?act=reassign", ".gw-acting form, .gw-acting [role=form]"),
    ],
)
def test_the_pages_of_problems_are_accessible_and_fit(
    page: Any, server: Any, path: str, ready: str, size: dict[str, int], theme: str
):
    look(page, server, theme=theme)
    page.set_viewport_size(size)
    server.enter(page, "leader")
    page.goto(server.url + path)
    page.wait_for_selector(ready)
    at_rest(page)
    assert faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
