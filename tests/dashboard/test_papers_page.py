"""``/papers/<kind>/<id>``: what it says, who is offered what, and that its button calls the verb."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from dashboard.components.happenings import timeline
from dashboard.components.paperlist import LIST, Asked
from dashboard.components.papermany import numbered
from dashboard.pages import paper as page
from dashboard.pages import papers as list_page
from dashboard.pages import problem as problem_page
from data.access import Role
from data.reads.enterprise import enterprise_file
from data.schema import paper, problem, rectification
from data.store import reading, writing
from data.text import LANGUAGES
from data.writes.papers import approve_paper, return_paper, submit_paper
from tests.dashboard.conftest import House
from tests.dashboard.test_pages import parts_of
from tests.dashboard.test_problems_page import in_state, served, view_of, words_of
from tests.dashboard.test_visit_form import send, shop, token
from tests.factories import NOW, TODAY


@pytest.fixture
def work(house: House) -> dict[str, int]:
    """A visit with its record, and a problem with its order."""
    officer = house.sign_in("officer")
    officer.get("/visits")
    where = shop(house, place=1)
    visit = send(officer, house, where).json["id"]
    number = in_state(house, "ordered", due_on=TODAY)
    with writing(house.engine) as conn:
        conn.execute(sa.update(problem).where(problem.c.id == number).values(enterprise_id=where))
        ordered = {"problem_id": number, "round": 1, "kind": "term", "ordered_on": TODAY,
                   "due_on": TODAY + timedelta(days=9), "recorded_at": NOW}  # fmt: skip
        made = sa.insert(rectification).returning(rectification.c.id)
        order = conn.execute(made, ordered).scalar_one()
    return {"visit": visit, "order": order, "problem": number, "shop": where}


def buttons(component: Any) -> set[str]:
    """Return the verbs that a page offers."""
    ids = [getattr(one, "id", None) for one in parts_of(component)]
    return {one["verb"] for one in ids if isinstance(one, dict) and one.get("type") == "paper-act"}


def test_a_paper_offers_each_role_what_it_may_do_in_each_state(house: House, work: dict[str, int]):
    officer, chief = view_of(Role.OFFICER), view_of(Role.SUPERVISOR)

    def offered() -> list[tuple[set[str], set[str], set[str]]]:
        for language in LANGUAGES:
            for role in (Role.LEADER, Role.SUPERVISOR, Role.OFFICER, Role.AUDITOR):
                for kind in ("visit", "order"):
                    assert page.layout(view_of(role, language), served(house), kind=kind, id=str(work[kind]))
        return [
            tuple(
                buttons(page.layout(view, served(house), kind=kind, id=str(work[kind])))
                for view in (officer, chief, view_of(Role.AUDITOR))
            )
            for kind in ("visit", "order")
        ]

    assert offered() == [({"submit"}, set(), set())] * 2
    with writing(house.engine) as conn:
        handed = [submit_paper(conn, officer.viewer, k, work[k], now=NOW) for k in ("visit", "order")]
    assert offered() == [(set(), {"approve", "return"}, set())] * 2
    with writing(house.engine) as conn:
        approve_paper(conn, chief.viewer, handed[0], now=NOW)
        return_paper(conn, chief.viewer, handed[1], reason="期限过短", now=NOW)
    assert offered() == [(set(), set(), set()), ({"submit"}, set(), set())]
    shown = words_of(page.layout(officer, served(house), kind="order", id=str(work["order"])))
    assert "期限过短" in shown and "已退回" in shown
    with reading(house.engine) as conn:
        told = enterprise_file(conn, chief.viewer, work["shop"], TODAY).timeline
    said = words_of(timeline(chief, told))
    assert "现场检查记录" in said and "已批准" in said and "期限过短" in said
    known = words_of(problem_page.layout(chief, served(house), id=str(work["problem"])))
    assert "责令改正通知书：查看与审批" in known and "已退回" in known
    for kind, number in (("letter", "1"), ("visit", "0x9"), ("order", "99999")):
        assert "gw-empty" in str(page.layout(chief, served(house), kind=kind, id=number))


def press(house: House, who: str, verb: str, paper_id: int, of: dict[str, Any], **fields: str) -> Any:
    """Press a button of the page, its fields filled in."""
    client = house.sign_in(who)
    client.get("/")
    dash = house.server.extensions["gridward"]["apps"]["desk"]
    [key] = [key for key in dash.callback_map if "paper-body.children" in key]
    button = {"id": paper_id, "type": "paper-act", "verb": verb}
    names = [{"name": name, "type": "paper-field"} for name in fields]
    body = {
        "output": key,
        "outputs": [
            {"id": "paper-body", "property": "children"}, {"id": "paper-head", "property": "children"},
            [{"id": name, "property": "error"} for name in names],
        ],
        "inputs": [[{"id": button, "property": "n_clicks", "value": 1}]],
        "state": [
            [{"id": n, "property": "value", "value": v} for n, v in zip(names, fields.values(), strict=True)],
            [{"id": n, "property": "id", "value": n} for n in names],
            {"id": "paper-of", "property": "data", "value": of},
        ],
        "changedPropIds": [f"{json.dumps(button, sort_keys=True, separators=(',', ':'))}.n_clicks"],
    }  # fmt: skip
    return client.post("/_dash-update-component", json=body, headers=token(client))


def test_the_buttons_hand_in_refuse_beside_the_field_and_approve(house: House, work: dict[str, int]):
    of = {"kind": "order", "number": work["order"]}

    def latest() -> Any:
        with house.engine.connect() as conn:
            return conn.execute(sa.select(paper).order_by(paper.c.id.desc()).limit(1)).one_or_none()

    assert press(house, "auditor", "submit", 0, of).status_code == 403 and latest() is None
    assert press(house, "officer", "submit", 0, of).status_code == 200
    assert latest().state == "submitted"
    told = press(house, "leader", "approve", latest().id, of, number="", reason="")
    assert "此项必填" in told.get_data(as_text=True) and latest().state == "submitted"
    assert press(house, "officer", "approve", latest().id, of, number="A-1").status_code == 403
    assert press(house, "leader", "approve", latest().id, of, number="A-1", reason="").status_code == 200
    assert latest().state == "approved"
    late = press(house, "leader", "return", latest().id, of, number="", reason="晚了")
    assert "他人已先办理" in json.dumps(late.json, ensure_ascii=False)
    answer = house.sign_in("auditor").get(f"/documents/order/{work['order']}.docx")
    assert answer.status_code == 200 and house.audit("export")[-1].detail["draft"] is False


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_list_renders_for_every_reader_and_only_who_approves_ticks(house: House, language: str):
    for role, asked in ((Role.LEADER, "待我批准"), (Role.OFFICER, "退回给我"), (Role.AUDITOR, None)):
        for search in ("", "?only=all&state=approved&kind=order&district=unknown&grid=x&q=y", "?only=tea"):
            shown = str(list_page.layout(view_of(role, language), served(house), search=search))
            assert ("papers-confirm" in shown) == (role is Role.LEADER)
            assert asked is None or language == "en" or asked in shown
    full = Asked("一", "all", "returned", "order", "210102", "G1", "-enterprise")
    for known in (Asked(), full):
        assert LIST.asked_of(LIST.address_of(known)) == known
    assert LIST.asked_of("?only=tea&state=draft&kind=letter&sort=due") == Asked()


def test_a_number_counts_up_in_its_last_digits():
    assert numbered("测责改〔2026〕09号", 3) == [
        "测责改〔2026〕09号",
        "测责改〔2026〕10号",
        "测责改〔2026〕11号",
    ]
    assert numbered("A", 3) == ["A"]
