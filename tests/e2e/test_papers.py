"""Papers go their way in a real browser: handed in, given back with a reason, two approved at once."""

from __future__ import annotations

import re
import zlib
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from playwright.sync_api import expect

from data.access import viewer_of_user
from data.schema import enterprise, problem, rectification, user
from data.store import open_engine, writing
from data.writes.inspections import record
from data.writes.problems import order
from data.writes.visit import Finding, Visit
from tests.e2e.test_access import look
from tests.e2e.waits import rows_anew, settled
from tests.factories import NOW, TODAY, add_officer, add_org, bind_officer


def prepared(server: Any) -> tuple[str, str]:
    """Let an officer record a visit and order its finding to be put right; return both papers' addresses."""
    engine = open_engine(server.database_url())
    with writing(engine) as conn:
        shop = conn.execute(sa.select(enterprise).order_by(enterprise.c.id).limit(1)).one()
        finder, second = add_officer(conn, "网格员甲"), add_officer(conn, "网格员乙")
        bind_officer(conn, shop.grid_id, finder)
        accounts = sa.update(user)
        conn.execute(accounts.where(user.c.username == "officer").values(officer_id=finder))
        bureau = add_org(conn, "B", kind="bureau")
        conn.execute(accounts.where(user.c.username == "supervisor").values(org_id=bureau))
        who = viewer_of_user(conn, server.ids["officer"], TODAY)
        assert who is not None
        visit = Visit("routine", NOW - timedelta(minutes=5), "rectify", officer2_id=second,
                      findings=(Finding("major", "冷链断链"),))  # fmt: skip
        made = record(conn, who, shop.id, visit, client_id="papers-1", now=NOW)
        found = conn.execute(sa.select(problem).order_by(problem.c.id.desc()).limit(1)).one()
        due = TODAY + timedelta(days=15)
        order(conn, who, found.id, kind="term", due_on=due, version=found.version, now=NOW)
        own = sa.select(rectification.c.id).where(rectification.c.problem_id == found.id)
        ordered = conn.execute(own).scalar_one()
    engine.dispose()
    return f"visit/{made}", f"order/{ordered}"


def becomes(page: Any, server: Any, name: str) -> None:
    page.context.clear_cookies()
    look(page, server)
    server.enter(page, name)


def drafts(page: Any, server: Any, *papers: str) -> list[bool]:
    """Return of each paper whether its PDF says 草稿.

    Its letters are glyphs; which characters they stand for is told by the maps of the fonts that it carries.
    """
    found = []
    for one in papers:
        body = page.request.get(f"{server.url}/documents/{one}.pdf").body()
        streams = re.findall(rb"stream\r?\n(x.*?)\r?\nendstream", body, flags=re.DOTALL)
        maps = [told for told in map(zlib.decompress, streams) if b"beginbfchar" in told]
        drawn = {chr(int(code, 16)) for told in maps for code in re.findall(rb"> <(\w{4})>", told)}
        assert set("检查" if one.startswith("visit") else "责令改正") <= drawn
        found.append(set("草稿") <= drawn)
    return found


def test_papers_are_handed_in_given_back_with_a_reason_and_approved_two_at_once(page: Any, own_server: Any):
    visit, order_ = prepared(own_server)
    becomes(page, own_server, "officer")
    for paper in (visit, order_):
        page.goto(f"{own_server.url}/papers/{paper}")
        page.get_by_role("button", name="送审").click()
        expect(page.locator("#paper-head")).to_contain_text("待批准")

    becomes(page, own_server, "supervisor")
    page.goto(f"{own_server.url}/papers")
    rows = page.locator("#papers-table .ag-row a")
    expect(rows).to_have_count(2)
    badge = page.locator("#nav a[href='/papers']")
    expect(badge).to_contain_text("2 份待您批准")
    row = page.locator("#papers-table .ag-row", has_text="现场检查记录")
    row.locator("a").click()
    page.wait_for_url(f"**/papers/{visit}")
    page.get_by_label("退回理由").fill("当事人意见未填写")
    page.get_by_role("button", name="退回").click()
    expect(page.locator("#paper-head")).to_contain_text("已退回")
    expect(badge).to_contain_text("1 份待您批准")

    becomes(page, own_server, "officer")
    page.goto(f"{own_server.url}/papers")
    expect(rows).to_have_count(1)
    rows.first.click()
    page.wait_for_url(f"**/papers/{visit}")
    expect(page.locator(".gw-acting")).to_contain_text("当事人意见未填写")
    page.get_by_role("button", name="送审").click()
    expect(page.locator("#paper-head")).to_contain_text("待批准")
    assert drafts(page, own_server, visit, order_) == [True, True]

    becomes(page, own_server, "supervisor")
    page.goto(f"{own_server.url}/papers")
    expect(rows).to_have_count(2)
    settled(page)
    for tick in page.locator("#papers-table .ag-row .ag-checkbox-input").all():
        tick.click()
    expect(page.locator("#papers-chosen")).to_contain_text("已选 2 份")
    page.click("#papers-approve")
    expect(page.locator("#papers-preview")).to_contain_text("2 份可批准")
    page.click("#papers-confirm")
    expect(page.locator("#papers-preview")).to_contain_text("此项必填")
    page.get_by_role("textbox", name="文书编号").fill("测市监责改〔2026〕12号")
    with rows_anew(page, "papers-table"):
        page.click("#papers-confirm")
        expect(page.locator("#notice-text")).to_contain_text("已批准 2 份")
    expect(rows).to_have_count(0)
    expect(badge).not_to_contain_text("待您批准")
    assert drafts(page, own_server, visit, order_) == [False, False]
