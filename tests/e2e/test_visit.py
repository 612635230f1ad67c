"""A visit recorded on a phone, with and without network, by touch and by keys."""

from __future__ import annotations

import io
import re
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from PIL import Image
from playwright.sync_api import Browser, expect

from data.access import Role
from data.schema import attachment, enterprise, finding, grid, inspection, lead, problem, question, user
from data.store import open_engine, writing
from tests.e2e.conftest import PASSWORD, Server, make_database
from tests.e2e.test_access import change, faults
from tests.e2e.waits import settled, tab_to
from tests.factories import TODAY, add_inspection, add_lead, add_officer, add_problem, bind_officer

COUNT = """() => new Promise((resolve) => {
  const ask = indexedDB.open("gridward-visit", 1);
  ask.onsuccess = () => {
    const found = {}, work = ask.result.transaction(["drafts", "photos"]);
    for (const name of work.objectStoreNames) {
      const count = work.objectStore(name).count();
      count.onsuccess = () => (found[name] = count.result);
    }
    work.oncomplete = () => { ask.result.close(); resolve(found); };
  };
})"""
RING = """() => {
  const one = document.activeElement;
  const near = [one, one.nextElementSibling, one.parentElement];
  return near.some((e) => e && getComputedStyle(e).outlineStyle !== "none");
}"""
SMALL = """() => {
  const targets = "a, button, select, summary, .v-choice span, .v-check";
  return [...document.querySelectorAll("#main :is(" + targets + ")")].filter((one) => one.offsetParent)
    .map((one) => [one.id || one.className || one.tagName, one.getBoundingClientRect().height])
    .filter(([, height]) => height < 44).map((found) => found.join(" "));
}"""
KEPT = "async () => (await (await caches.open('gridward-visit')).keys()).length > 10"
POSTED = re.compile(r"/visit/\d+$")
PHONE = {"width": 360, "height": 740}
TAPS = 30


def no_network(route: Any) -> None:
    """Let what is sent get lost before it arrives; what is opened comes."""
    if route.request.method == "POST":
        route.abort()
    else:
        route.continue_()


@dataclass
class Phone:
    """A phone in an officer's hand, before the first enterprise of their grid."""

    page: Any
    server: Server
    shop: int
    taps: int = 0

    def tap(self, what: Any) -> None:
        """Tap a thing, and count it."""
        (self.page.locator(what) if isinstance(what, str) else what).click()
        self.taps += 1

    def open(self, query: str = "") -> None:
        """Open the form."""
        self.page.goto(f"{self.server.url}/visit/{self.shop}{query}")
        expect(self.page.locator("#visit")).to_be_visible()

    def rows(self, table: sa.Table, *where: Any) -> list[Any]:
        """Read the server's database."""
        engine = open_engine(f"sqlite:///{self.server.database}")
        with engine.connect() as conn:
            found = list(conn.execute(sa.select(table).where(*where).order_by(table.c.id)))
        engine.dispose()
        return found

    def visits(self) -> list[Any]:
        """What was entered at the enterprise."""
        return self.rows(
            inspection, inspection.c.enterprise_id == self.shop, inspection.c.source == "gridward"
        )

    def photos(self) -> list[Any]:
        """What was attached to what was entered."""
        mine = [one.id for one in self.visits()]
        return self.rows(attachment, attachment.c.object == "inspection", attachment.c.object_id.in_(mine))

    def questions(self) -> list[Any]:
        """What the steward was asked of the enterprise."""
        return self.rows(question, question.c.enterprise_id == self.shop)

    def fill(self) -> None:
        """Say what a plain visit says."""
        self.page.select_option("#officer2_id", index=1)
        self.page.click("#all-conform")

    def in_browser(self) -> dict[str, int]:
        """Count what lies in the browser's database."""
        return self.page.evaluate(COUNT)


def people(server: Server) -> list[int]:
    """Give the account `officer` a grid, and another officer another account; return the grid's shops."""
    engine = open_engine(f"sqlite:///{server.database}")
    with writing(engine) as conn:
        place = conn.execute(sa.select(grid.c.id).order_by(grid.c.code)).scalars().first()
        first, second = add_officer(conn, "网格员甲"), add_officer(conn, "网格员乙")
        for one in (first, second):
            bind_officer(conn, place, one, duty="A" if one == first else "B", valid_from=date(2026, 1, 1))
        conn.execute(sa.update(user).where(user.c.username == "officer").values(officer_id=first))
        known = conn.execute(sa.select(user).where(user.c.username == "officer")).one()._asdict()
        conn.execute(
            sa.insert(user), {**known, "id": None, "username": "second", "officer_id": second,
                              "role": str(Role.OFFICER)}
        )  # fmt: skip
        shops = sa.select(enterprise.c.id).where(enterprise.c.grid_id == place)
        found = list(conn.execute(shops.order_by(enterprise.c.id.desc())).scalars())
    engine.dispose()
    return found


@pytest.fixture(scope="module")
def street(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Any]]:
    """A server for all tests here, and shops of one grid: a fresh one for each test."""
    made = make_database(sqlite_template, tmp_path_factory.mktemp("street"))
    shops = people(made)
    made.start()
    yield made, iter(shops)
    made.stop(signal.SIGKILL)


@pytest.fixture
def phone(street: tuple[Server, Any], browser: Browser) -> Iterator[Phone]:
    """A phone near its shop, with its officer signed in."""
    server, shops = street
    context = browser.new_context(
        viewport=PHONE, locale="zh-CN", permissions=["geolocation"],
        geolocation={"longitude": 123.3505, "latitude": 41.7503, "accuracy": 12}, has_touch=True,
    )  # fmt: skip
    page = context.new_page()
    server.sign_in(page, "officer")
    page.goto("about:blank")  # nothing of the first page is on its way when a test begins
    yield Phone(page, server, next(shops))
    context.close()


def photo(folder: Path) -> str:
    """Write a photo as a phone takes it: large, and with where it was taken inside."""
    exif = Image.Exif()
    exif[0x010E] = "SECRET-PLACE"
    path = folder / "IMG_0001.jpg"
    Image.effect_noise((2400, 1800), 60).convert("RGB").save(path, "JPEG", exif=exif)
    return str(path)


def test_from_login_to_a_visit_with_two_findings_and_a_photo_in_few_taps(phone: Phone, tmp_path: Path):
    page = phone.page
    page.context.clear_cookies()
    page.goto(f"{phone.server.url}/login?next=/visit/{phone.shop}")
    phone.tap("[name=username]")
    page.keyboard.type("officer")
    phone.tap("[name=password]")
    page.keyboard.type(PASSWORD)
    phone.tap(".door-primary")
    expect(page.locator("#visit")).to_be_visible()
    phone.tap("#arrive")
    expect(page.locator("#arrived")).to_contain_text("距登记点")
    phone.tap("#officer2_id")
    page.select_option("#officer2_id", index=1)
    phone.taps += 1
    for section in ("YD06", "YD11"):
        phone.tap(f"[data-section={section}] summary")
        phone.tap(f"[data-field='item:{section}.1'] .v-choice >> nth=1")
    phone.tap("[data-field='item:YD06.1'] .v-finding .v-choice >> nth=1")
    page.set_input_files("[data-field='item:YD06.1'] input[type=file]", photo(tmp_path))
    phone.taps += 2  # the button, and the camera's own
    expect(page.locator("[data-field='item:YD06.1'] img")).to_be_visible()
    phone.tap("#all-conform")
    expect(page.locator("input[name=conclusion][value=rectify]")).to_be_checked()
    phone.tap("#send")
    expect(page.locator("#done")).to_be_visible()
    assert phone.taps < TAPS, phone.taps
    [row] = phone.visits()
    waits = page.locator("#done-waits a")
    expect(waits).to_have_text("2 项不符合已列为问题，待下达整改")
    expect(waits).to_have_attribute("href", f"/documents/visit/{row.id}/order")
    expect(page.locator("#done-paper")).to_have_attribute("href", f"/papers/visit/{row.id}")
    assert (row.grade, row.conclusion, row.method) == (2, "rectify", "on_site")
    assert row.distance_m < 100 and row.officer2_id
    found = phone.rows(finding, finding.c.inspection_id == row.id)
    assert [(one.item_code, one.severity) for one in found] == [("YD06.1", "major"), ("YD11.1", "minor")]
    [kept] = phone.photos()
    assert (kept.object, kept.object_id, kept.item_code) == ("inspection", row.id, "YD06.1")
    body = (phone.server.database.parent / "attachments" / kept.sha256[:2] / kept.sha256).read_bytes()
    drawn = Image.open(io.BytesIO(body))
    assert drawn.format == "JPEG" and max(drawn.size) <= 1600 and b"SECRET-PLACE" not in body
    assert phone.in_browser() == {"drafts": 0, "photos": 0}
    # one of the two was none, and it was no routine check: put right from the same form
    phone.open(f"?corrects={row.id}")
    expect(page.locator("#kept-photos a")).to_have_text("照片 1（YD06.1）")
    expect(page.locator("#arrive")).to_be_hidden()
    page.select_option("#kind", "recheck")
    page.click("[data-section=YD11] summary")
    page.click("[data-field='item:YD11.1'] .v-choice >> nth=0")
    page.click("#send")
    expect(page.locator("#error-correct_reason")).to_be_visible()
    page.evaluate("document.getElementById('saved').textContent = ''")  # what was said before the reason
    page.fill("#correct_reason", "误选不符合")
    expect(page.locator("#saved")).to_contain_text("草稿已保存")
    page.reload()  # the draft is of the correction, not of a new visit
    expect(page.locator("#correct_reason")).to_have_value("误选不符合")
    page.click("#send")
    expect(page.locator("#done-effects")).to_contain_text("不再计入覆盖")
    [_, right] = phone.visits()
    said = (right.supersedes_id, right.kind, right.reason, right.finished_at, right.distance_m)
    assert said == (row.id, "recheck", "误选不符合", row.finished_at, row.distance_m)
    ids = [one.id for one in phone.rows(finding, finding.c.inspection_id == row.id)]
    assert right.details["dropped"] == ids[1:] and len(phone.rows(finding, finding.c.id.in_(ids))) == 2


def test_a_visit_recorded_without_network_is_sent_once_when_it_is_back(phone: Phone, tmp_path: Path):
    page = phone.page
    phone.open()
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    page.wait_for_function(KEPT)
    phone.server.stop()
    phone.fill()
    page.set_input_files("#photos input[type=file]", photo(tmp_path))
    expect(page.locator("#photos img")).to_be_visible()
    item = page.locator("[data-field='item:YD01.1']")
    page.click("[data-section=YD01] summary")
    item.get_by_role("button", name="YD01.1 的备注与照片").click()
    item.locator("textarea").fill("公示在收银台上方")
    item.locator("input[type=file]").set_input_files(photo(tmp_path))
    expect(item.locator("img")).to_be_visible()
    page.click("#send")
    expect(page.locator("#banner")).to_contain_text("联网后自动提交")
    assert phone.in_browser() == {"drafts": 1, "photos": 2}
    page.reload()  # from the phone's own store: the page, the draft, the photos
    expect(page.locator("#visit")).to_be_visible()
    expect(page.locator("#photos img")).to_be_visible()
    expect(item.locator("textarea")).to_have_value("公示在收银台上方")
    expect(item.locator("img")).to_have_count(1)
    page.click(".v-back")  # the phone has a network, its server is away
    page.wait_for_url("**/visits")
    expect(page.locator("#list li")).to_contain_text("待发送")
    assert phone.visits() == []
    phone.server.start()
    page.reload()
    expect(page.locator("#banner")).to_contain_text("已送达")
    expect(page.locator("#empty")).to_be_visible()
    assert phone.in_browser() == {"drafts": 0, "photos": 0}
    [row] = phone.visits()
    assert [(one.object_id, one.item_code) for one in phone.photos()] == [(row.id, None), (row.id, "YD01.1")]
    assert row.details["notes"] == {"YD01.1": "公示在收银台上方"}


def test_an_answer_that_is_lost_on_the_way_makes_no_second_visit(phone: Phone):
    page = phone.page
    phone.open()
    phone.fill()

    def lose(route: Any) -> None:
        if route.request.method != "POST":
            return route.continue_()
        route.fetch()
        return route.abort()

    page.route(POSTED, lose)
    page.click("#send")
    expect(page.locator("#banner")).to_contain_text("联网后自动提交")
    assert len(phone.visits()) == 1
    page.unroute(POSTED)
    page.reload()
    expect(page.locator("#done")).to_be_visible()
    assert len(phone.visits()) == 1 and phone.in_browser()["drafts"] == 0


def test_a_login_that_ended_costs_nothing_of_what_was_said(phone: Phone, tmp_path: Path):
    page = phone.page
    phone.open()
    phone.fill()
    page.set_input_files("#photos input[type=file]", photo(tmp_path))
    expect(page.locator("#photos img")).to_be_visible()
    page.fill("#opinion", "无异议")
    change(phone.server, sa.update(user).values(session_epoch=user.c.session_epoch + 1))
    page.click("#send")
    expect(page.locator("#banner")).to_contain_text("登录已过期")
    page.click("#banner a")
    page.fill("[name=username]", "officer")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    expect(page.locator("#done")).to_be_visible()
    [row] = phone.visits()
    assert row.opinion == "无异议" and len(phone.photos()) == 1
    assert phone.in_browser() == {"drafts": 0, "photos": 0}


def test_the_next_user_of_the_phone_reads_nothing_of_the_drafts(phone: Phone):
    page = phone.page
    phone.open()
    page.fill("#opinion", "LEFT-BEHIND")
    expect(page.locator("#saved")).to_contain_text("草稿已保存")
    page.goto(f"{phone.server.url}/visits")
    expect(page.locator("#list li")).to_have_count(1)
    page.context.clear_cookies()
    page.goto(f"{phone.server.url}/login")
    assert page.evaluate("sessionStorage.length") == 0
    phone.server.sign_in(page, "second")
    page.goto(f"{phone.server.url}/visits")
    expect(page.locator("#empty")).to_be_visible()
    phone.open()
    expect(page.locator("#opinion")).to_have_value("")
    raw = page.evaluate(
        """() => new Promise((resolve) => { const ask = indexedDB.open("gridward-visit", 1);
        ask.onsuccess = () => { const all = ask.result.transaction("drafts").objectStore("drafts").getAll();
        all.onsuccess = () => resolve(all.result.map((row) => [Object.keys(row).sort().join(),
          new TextDecoder().decode(row.body)]).flat().join(" ")); }; })"""
    )
    assert raw.startswith("at,body,id,iv,state,user") and "LEFT-BEHIND" not in raw
    page.context.clear_cookies()
    phone.server.sign_in(page, "officer")
    phone.open()
    expect(page.locator("#opinion")).to_have_value("LEFT-BEHIND")


def test_a_visit_is_sent_as_its_own_officers_and_the_key_leaves_every_tab(phone: Phone):
    page, url = phone.page, phone.server.url
    page.add_init_script("window.BroadcastChannel = class { postMessage() {} }")  # a tab that hears nothing
    phone.open()
    phone.fill()
    page.context.route(POSTED, no_network)
    page.click("#send")
    expect(page.locator("#banner")).to_contain_text("联网后自动提交")
    beside, other = page.context.new_page(), page.context.new_page()
    beside.goto(f"{url}/visits")
    expect(beside.locator("#list li")).to_have_count(1)
    page.context.clear_cookies()
    other.goto(f"{url}/login")
    expect(beside.locator("[name=username]")).to_be_visible()
    assert beside.evaluate("sessionStorage.length") == 0
    phone.server.sign_in(other, "second")
    page.context.unroute(POSTED)
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(page.locator("#banner")).to_contain_text("本机已换人登录")
    assert phone.visits() == [] and phone.in_browser()["drafts"] == 1
    page.click("#banner a")
    expect(page.locator("form[action='/logout']")).to_contain_text("退出并以 officer 登录")
    page.click("form[action='/logout'] button")
    expect(page.locator("[name=username]")).to_have_value("officer")
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    expect(page.locator("#done")).to_be_visible()
    [mine] = phone.rows(user, user.c.username == "officer")
    [row] = phone.visits()
    assert (row.user_id, row.officer_id) == (mine.id, mine.officer_id)


def test_the_photos_that_are_sent_are_those_that_are_shown(phone: Phone, tmp_path: Path):
    page = phone.page
    page.add_init_script(
        "const draw = createImageBitmap; window.createImageBitmap = async (...given) => {"
        " await new Promise((go) => setTimeout(go, 1000)); return draw(...given); };"
    )
    phone.open()
    phone.fill()
    page.click("#add-finding")
    page.set_input_files("#others input[type=file]", photo(tmp_path))
    expect(page.locator("#others img")).to_be_visible()
    page.get_by_role("button", name="删除问题 1").click()
    expect(page.locator("#add-finding")).to_be_focused()
    page.set_input_files("#photos input[type=file]", photo(tmp_path))
    page.click("#send")  # while the photo is still at work
    expect(page.locator("#done")).to_be_visible()
    [row] = phone.visits()
    assert [(one.object_id, one.item_code) for one in phone.photos()] == [(row.id, None)]
    assert row.conclusion == "pass" and phone.in_browser() == {"drafts": 0, "photos": 0}


def test_a_visit_that_waits_is_another_than_the_next_and_nothing_is_erased_unasked(phone: Phone):
    page = phone.page
    phone.open()
    phone.fill()
    page.route(POSTED, no_network)
    page.click("#send")
    expect(page.locator("#banner")).to_contain_text("联网后自动提交")
    phone.open()
    expect(page.locator("#banner")).to_contain_text("待发送")
    expect(page.locator("#restored")).to_be_hidden()
    page.fill("#opinion", "第二次")
    page.click(".v-back")  # at once
    expect(page).not_to_have_url(re.compile(r"/visit/"))
    page.goto(f"{phone.server.url}/visits")
    expect(page.locator("#list li")).to_have_count(2)
    phone.open("?kind=for_cause")
    expect(page.locator("#opinion")).to_have_value("第二次")
    expect(page.locator("#kind")).to_have_value("for_cause")
    page.once("dialog", lambda one: one.dismiss())
    page.click("#anew")
    assert phone.in_browser()["drafts"] == 2
    page.once("dialog", lambda one: one.accept())
    page.click("#anew")
    expect(page.locator("#opinion")).to_have_value("")
    assert phone.in_browser()["drafts"] == 1
    page.unroute(POSTED)
    phone.open("?kind=toString")
    page.goto(f"{phone.server.url}/visits")
    expect(page.locator("#empty")).to_be_visible()
    assert len(phone.visits()) == 1 and phone.in_browser()["drafts"] == 0


def test_a_store_that_fails_says_so_and_stops_nothing(phone: Phone, tmp_path: Path):
    page = phone.page
    phone.open()
    phone.fill()
    full = "IDBObjectStore.prototype.put = () => { throw new DOMException('full', 'QuotaExceededError'); }"
    page.evaluate(f"() => {{ {full} }}")
    page.set_input_files("#photos input[type=file]", photo(tmp_path))
    expect(page.locator("#photos img")).to_be_visible()
    expect(page.locator("#banner")).to_contain_text("无法保存草稿")
    expect(page.locator("#saved")).to_be_empty()
    page.click("#send")
    expect(page.locator("#done")).to_be_visible()
    assert len(phone.visits()) == len(phone.photos()) == 1
    page.add_init_script(
        "IDBFactory.prototype.open = () => { throw new DOMException('no', 'UnknownError'); }"
    )
    phone.open()
    expect(page.locator("#banner")).to_contain_text("无法保存草稿")


def test_what_changed_meanwhile_is_said_where_it_can_be_seen_and_put_right(phone: Phone):
    page, shop = phone.page, phone.shop
    engine = open_engine(f"sqlite:///{phone.server.database}")
    with writing(engine) as conn:
        mine = conn.execute(sa.select(user.c.officer_id).where(user.c.username == "officer")).scalar_one()
        number = add_problem(conn, shop, TODAY - timedelta(days=9), state="awaiting_recheck")
        conn.execute(sa.update(problem).where(problem.c.id == number).values(recheck_officer_id=mine))
        about = add_lead(conn, enterprise_id=shop)
    phone.open(f"?lead={about}")
    phone.fill()
    page.click("#rechecks .v-choice >> nth=0")
    page.get_by_role("button", name="本次不复查此问题").click()
    expect(page.locator("#rechecks input").first).to_be_focused()
    with writing(engine) as conn:
        add_inspection(conn, shop, TODAY)
        conn.execute(sa.update(lead).where(lead.c.id == about).values(state="closed_out"))
    engine.dispose()
    page.click("#send")
    expect(page.locator("#error-over_cap_reason")).to_be_visible()
    page.locator("#over_cap_reason").press_sequentially("群众举报")
    expect(page.locator("#over_cap_reason")).to_have_value("群众举报")
    page.click("#send")
    expect(page.locator("#error-leads")).to_be_visible()
    page.reload()
    expect(page.locator("#lead-part")).to_be_hidden()
    page.click("#send")
    expect(page.locator("#done")).to_be_visible()
    [row] = phone.visits()
    assert row.details["over_cap_reason"] == "群众举报" and "leads" not in row.details
    [waits] = phone.rows(problem, problem.c.id == number)
    assert waits.state == "awaiting_recheck"


def test_one_visit_that_the_server_fails_on_does_not_hold_up_the_others(
    phone: Phone, street: tuple[Server, Any]
):
    page, other = phone.page, Phone(phone.page, phone.server, next(street[1]))
    page.clock.install()
    sent: list[str] = []

    def away(route: Any) -> None:
        sent.append(route.request.url)
        no_network(route)

    page.route(POSTED, away)
    for one in (phone, other):
        one.open()
        one.fill()
        page.click("#send")
        expect(page.locator("#banner")).to_contain_text("联网后自动提交")
    for _ in range(3):
        page.evaluate("dispatchEvent(new Event('online'))")
        page.wait_for_timeout(200)
    sent.clear()
    page.clock.run_for(28_500)
    for _ in range(10):  # chains of retries would fire one after the other
        page.clock.run_for(250)
        page.wait_for_timeout(100)
    assert [one for one in sent if one.endswith(f"/{other.shop}")] == [
        f"{phone.server.url}/visit/{other.shop}"
    ]
    page.unroute(POSTED)
    broken = re.compile(rf"/visit/{phone.shop}$")
    page.route(broken, lambda route: route.fulfill(status=500, body="{}"))
    page.goto(f"{phone.server.url}/visits")
    expect(page.locator("#list li")).to_have_count(1)
    expect(page.locator("#list li")).to_contain_text("服务器暂时无法处理")
    expect(page.locator("#ready-list a")).to_have_count(2)
    page.unroute(broken)
    page.goto(f"{phone.server.url}/my")
    expect(page.locator("a[href='/visits'].gw-loud")).to_have_text("本机草稿 · 待发送 1")
    assert (len(phone.visits()), len(other.visits())) == (0, 1)


def test_a_second_arrival_without_position_does_not_keep_the_first_place(phone: Phone):
    page = phone.page
    phone.open()
    page.click("#arrive")
    expect(page.locator("#arrived")).to_contain_text("距登记点")
    page.evaluate("() => { navigator.geolocation.getCurrentPosition = (_, no) => no({ code: 2 }); }")
    page.click("#arrive")
    expect(page.locator("#error-arrived_at")).to_contain_text("暂时无法定位")
    expect(page.locator("#arrived")).to_contain_text("无定位")


def test_the_keyboard_alone_records_a_visit(phone: Phone):
    page = phone.page
    phone.open()

    def reach(selector: str) -> None:
        for _ in range(200):
            page.keyboard.press("Tab")
            if page.evaluate("(s) => document.activeElement.matches(s)", selector):
                ring = page.evaluate(RING)
                assert ring, selector
                return
        raise AssertionError(f"{selector} cannot be reached")

    reach("#arrive")
    page.keyboard.press("Enter")
    expect(page.locator("#arrived")).to_contain_text("距登记点")
    reach("#officer2_id")
    page.keyboard.press("ArrowDown")
    reach("[data-section=YD01] summary")
    page.keyboard.press("Enter")
    reach("input[name='r-YD01.1']")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")  # conforms → fails
    reach("[id='i-YD01.1-text']")
    page.keyboard.type("；许可证已过期")
    reach("#all-conform")
    page.keyboard.press("Enter")
    reach("#send")
    page.keyboard.press("Enter")
    expect(page.locator("#done h1")).to_be_focused()
    [row] = phone.visits()
    [found] = phone.rows(finding, finding.c.inspection_id == row.id)
    assert "许可证已过期" in found.text


def test_what_is_missing_is_said_beside_it_and_what_the_server_refuses_too(phone: Phone):
    page = phone.page
    phone.open()
    page.select_option("#officer2_id", "")  # the one of the last visit stands there
    page.click("#send")
    expect(page.locator("#error-officer2_id")).to_contain_text("请选择第二名检查人员")
    expect(page.locator("#officer2_id")).to_be_focused()
    page.select_option("#officer2_id", index=1)
    page.click("#send")
    expect(page.locator("[id='error-item:YD01.1']")).to_contain_text("还有")
    page.click("#all-conform")
    page.context.set_geolocation({"longitude": 123.36, "latitude": 41.75})
    page.click("#arrive")
    expect(page.locator("#arrived")).to_contain_text("超过 200 米")
    page.click("#send")
    expect(page.locator("#error-far_reason")).to_contain_text("请说明原因")
    page.fill("#far_reason", "登记点在总部")
    page.check("#point")
    page.fill("#point_note", "在商场二层")
    change(phone.server, sa.text("UPDATE officer SET active = 0"))
    page.click("#send")
    expect(page.locator("#error-officer2_id")).to_contain_text("已停用")
    change(phone.server, sa.text("UPDATE officer SET active = 1"))
    page.click("#send")
    expect(page.locator("#done")).to_be_visible()
    [row] = phone.visits()
    [asked] = phone.questions()
    assert row.details["far_reason"] == "登记点在总部" and (asked.kind, asked.asked["note"]) == (
        "point",
        "在商场二层",
    )


def test_a_closed_shop_asks_the_steward(phone: Phone):
    page = phone.page
    phone.open()
    page.check("#unable")
    expect(page.locator("#all-conform")).to_be_hidden()
    page.click("#unable-choices .v-choice >> nth=0")
    page.click("#send")
    expect(page.locator("#done")).to_be_visible()
    [asked] = phone.questions()
    assert asked.kind == "status"
    # the steward reads and answers it without a mouse
    page.context.clear_cookies()
    phone.server.enter(page, "steward")
    page.goto(f"{phone.server.url}/questions")
    row = page.locator(f"#questions-row-{asked.id}")
    name, keys = row.inner_text(), page.keyboard
    settled(page)
    tab_to(page, f"#questions-row-{asked.id}")
    keys.press("Enter")
    title = page.get_by_role("heading", name=name)
    expect(title).to_be_focused()
    tab_to(page, ".gw-edit-form .gw-act")
    keys.press("Enter")
    expect(row).to_be_focused()  # closed again: back where it was opened
    keys.press("Enter")
    expect(title).to_be_focused()
    tab_to(page, "#questions-refuse")
    keys.press("Enter")
    expect(page.locator("#questions-reason")).to_be_focused()
    expect(page.locator(".gw-edit-form")).to_contain_text("请填写理由")
    keys.type("已恢复营业")
    tab_to(page, "#questions-refuse")
    keys.press("Enter")
    expect(page.locator("#notice-box[role=status]")).to_contain_text("未采纳")
    expect(title).to_have_count(0)
    expect(page.locator("#page").get_by_role("heading").and_(page.locator(":focus"))).to_have_count(1)
    assert [one.state for one in phone.questions()] == ["refused"]


def test_without_tls_the_form_says_what_it_cannot_do_and_works_online(phone: Phone):
    page = phone.page
    page.add_init_script("Object.defineProperty(window, 'isSecureContext', { value: false })")
    phone.open()
    expect(page.locator("#banner")).to_contain_text("HTTPS")
    phone.fill()
    page.click("#arrive")
    expect(page.locator("#arrived")).to_contain_text("无定位")
    change(phone.server, sa.update(user).values(session_epoch=user.c.session_epoch + 1))
    page.click("#send")
    expect(page.locator("#banner")).to_contain_text("登录已过期")
    with page.context.expect_page() as opened:
        page.click("#banner a")
    door = opened.value
    door.fill("[name=username]", "officer")
    door.fill("[name=password]", PASSWORD)
    door.press("[name=password]", "Enter")
    door.wait_for_url("**/visit/*")
    page.click("#send")
    expect(page.locator("#done")).to_be_visible()
    [row] = phone.visits()
    assert (row.lon, row.grade) == (None, 1)


def test_a_recheck_opens_with_what_is_open_and_says_why_it_did_not_pass(phone: Phone):
    page, server = phone.page, phone.server
    engine = open_engine(f"sqlite:///{server.database}")
    with writing(engine) as conn:
        mine = conn.execute(sa.select(user.c.officer_id).where(user.c.username == "officer")).scalar_one()
        number = add_problem(conn, phone.shop, TODAY - timedelta(days=9), state="awaiting_recheck")
        conn.execute(sa.update(problem).where(problem.c.id == number).values(recheck_officer_id=mine))
        add_problem(conn, phone.shop, TODAY - timedelta(days=9), state="ordered")
        about = add_lead(conn, enterprise_id=phone.shop)
    engine.dispose()
    phone.open(f"?kind=recheck&lead={about}")
    expect(page.locator("#kind")).to_have_value("recheck")
    expect(page.locator("#cap")).to_be_hidden()  # no cap counts a recheck
    expect(page.locator("#checklist")).to_have_value("")
    expect(page.locator("#rechecks .v-item")).to_have_count(2)
    expect(page.locator("#rechecks .v-choices")).to_have_count(1)
    expect(page.locator("#leads input")).to_be_checked()
    page.select_option("#officer2_id", index=1)
    page.click("#rechecks .v-choice >> nth=1")
    expect(page.locator("input[name=conclusion][value=rectify]")).to_be_checked()
    page.click("#send")
    expect(page.locator(f"[id='error-recheck:{number}']")).to_contain_text("请填写理由")
    page.fill(f"#recheck-{number}", "台账仍未补齐")
    page.click("#send")
    expect(page.locator("#done")).to_be_visible()
    [row] = phone.visits()
    [again] = phone.rows(problem, problem.c.id == number)
    assert (row.kind, row.details["leads"]) == ("recheck", [about])
    assert (again.state, again.round) == ("ordered", 2)


@pytest.mark.parametrize(("language", "theme"), [("zh-CN", "light"), ("en", "dark")])
def test_the_form_is_accessible_and_made_for_fingers(phone: Phone, language: str, theme: str):
    page = phone.page
    page.context.add_cookies(
        [
            {"name": n, "value": v, "url": phone.server.url}
            for n, v in (("gw_language", language), ("gw_theme", theme))
        ]
    )
    phone.open()
    page.click("[data-section=YD01] summary")
    page.click("[data-field='item:YD01.1'] .v-choice >> nth=1")
    page.click("#add-finding")
    page.click("#arrive")
    expect(page.locator("#arrived")).not_to_be_empty()
    page.click("#send")
    expect(page.locator("#visit .v-error:visible").first).to_be_visible()
    assert faults(page) == []
    small = page.evaluate(SMALL)
    assert small == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.goto(f"{phone.server.url}/visits")
    expect(page.locator("#list li")).to_have_count(1)
    assert faults(page) == []
