"""``/problems`` and ``/problems/<id>``: what people are offered, what a form says, what a conflict shows."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from dashboard.components import problemforms
from dashboard.components.leadlist import LIST as LEADS
from dashboard.components.lending import FIELDS
from dashboard.components.problemlist import LIST, Asked
from dashboard.components.problemwords import bite_words
from dashboard.pages import leads as leads_page
from dashboard.pages import problem as page
from dashboard.pages import problems as list_page
from dashboard.services import Services, View
from data.access import Role, Scope, Viewer
from data.duty import Measure
from data.reads.problems import problem_file
from data.reads.problems_many import loads, outlooks
from data.reads.work import problems
from data.schema import attachment, problem
from data.store import reading, writing
from data.text import LANGUAGES
from data.workdays import WorkCalendar
from data.workflow import LEAD_CHANNELS, LEAD_OPEN, PROBLEM_MOVES, PROBLEM_OPEN, PROBLEM_STATES
from data.writes import problems as verbs
from data.writes.problems_many import reassign_many
from tests.dashboard.conftest import House, fire
from tests.dashboard.test_pages import parts_of
from tests.factories import NOW, TODAY, add_enterprise, add_lead, add_problem

READERS = (Role.LEADER, Role.SUPERVISOR, Role.OFFICER, Role.AUDITOR)


def served(house: House) -> Services:
    return house.server.extensions["gridward"]["services"]


def view_of(role: Role, language: str = "zh-CN", **more: Any) -> View:
    return View(Viewer("user:test", role, Scope(everything=True), **more), NOW, language)


def in_state(house: House, state: str, **values: Any) -> int:
    with writing(house.engine) as conn:
        one = add_problem(conn, house.ids["city"].enterprises[0], TODAY - timedelta(days=9), state=state)
        conn.execute(sa.update(problem).where(problem.c.id == one).values(version=1, **values))
    return one


def words_of(component: Any) -> str:
    found = []
    for one in parts_of(component):
        children = getattr(one, "children", None)
        for child in children if isinstance(children, list | tuple) else [children]:
            if isinstance(child, str):
                found.append(child)
    return " ".join(found)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_problem_renders_for_every_reader_with_every_form(house: House, language: str):
    for state in PROBLEM_STATES:
        number = in_state(house, state, due_on=TODAY, asked_until=TODAY if state == "ordered" else None,
                          returned="照片不清", supervised=True, recheck_on=TODAY)  # fmt: skip
        with writing(house.engine) as conn:
            photo = {"client_id": f"photo-{number}", "object": "problem", "object_id": number,
                     "what": "photo", "name": "门头.jpg", "media": "image/jpeg", "sha256": "0" * 64,
                     "size": 1, "recorded_at": NOW}  # fmt: skip
            conn.execute(sa.insert(attachment), photo)
        for role in READERS:
            view = view_of(role, language)
            assert page.layout(view, served(house), id=str(number))
            with reading(house.engine) as conn:
                found = problem_file(conn, view.viewer, number, TODAY)
            for verb in found.moves:
                assert PROBLEM_MOVES[verb].sources >= {state}
                assert page.layout(view, served(house), id=str(number), search=f"?act={verb}")
    assert page.layout(view, served(house), id="0x9")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("role", READERS)
@pytest.mark.parametrize(
    "search",
    [
        "",
        "?only=overdue",
        "?only=all&state=closed_out",
        "?mine=recheck&grid=x&district=unknown",
        "?only=receipt",
    ],
)
def test_every_address_of_the_list_renders(read_only_house: House, role: Role, language: str, search: str):
    assert list_page.layout(view_of(role, language), served(read_only_house), search=search)


def test_an_address_of_the_list_reads_back_as_it_was_written():
    full = Asked("酒 精", "all", "closed_out", "2", "210102", "G1", "recheck", "-severity")
    for asked in (Asked(), full, Asked(only="extension"), Asked(only="receipt")):
        assert LIST.asked_of(LIST.address_of(asked)) == asked
    assert LIST.asked_of("?sort=tea&age=9&only=tea&state=tea") == Asked()


def test_only_what_the_viewer_may_do_now_is_offered(house: House):
    number = in_state(house, "found")
    with reading(house.engine) as conn:
        assert problem_file(conn, view_of(Role.AUDITOR).viewer, number, TODAY).moves == ()
        officer = problem_file(conn, view_of(Role.OFFICER).viewer, number, TODAY)
        assert officer.moves == ("order",)  # it was found days ago: nothing is put right on the spot
        assert problemforms.chosen(officer, "revoke") == "order"
        boss = problem_file(conn, view_of(Role.SUPERVISOR).viewer, number, TODAY)
    assert {"revoke", "reassign", "supervise"} <= set(boss.moves)
    assert "end" not in boss.moves  # the enterprise operates


def test_the_day_that_the_rule_sets_is_what_an_order_without_a_day_gets(house: House):
    number = in_state(house, "found")
    view = view_of(Role.OFFICER)
    said = " ".join(
        str(one.description)
        for one in parts_of(page.layout(view, served(house), id=str(number)))
        if getattr(one, "description", None)
    )
    with writing(house.engine) as conn:
        verbs.order(conn, view.viewer, number, kind="term", version=1, now=NOW)
        row = conn.execute(sa.select(problem.c.due_on).where(problem.c.id == number)).one()
    assert f"限期整改 {row.due_on.isoformat()}（15 个工作日）" in said


def test_a_deadline_on_a_day_off_is_not_called_a_workday():
    calendar, view = WorkCalendar({}), view_of(Role.OFFICER)  # TODAY is a Saturday

    def said(days: int) -> str:
        return bite_words(view, Measure(calendar, TODAY, TODAY).bite(TODAY + timedelta(days=days)))

    assert [said(days) for days in (-1, 0, 1, 2)] == [
        "已逾期 1 个工作日", "今日到期（非工作日）", "期限前已无工作日", "剩余 1 个工作日",
    ]  # fmt: skip
    monday = TODAY + timedelta(days=2)
    later = View(view.viewer, NOW + timedelta(days=2), "zh-CN")
    assert bite_words(later, Measure(calendar, monday, monday).bite(monday)) == "今日到期"


def test_work_given_back_says_why_before_the_way_to_do_it_again(house: House):
    officer_id = house.ids["city"].officers[0]
    number = in_state(house, "awaiting_recheck", returned="照片看不清", recheck_officer_id=officer_id)
    shown = words_of(page.layout(view_of(Role.OFFICER, officer_id=officer_id), served(house), id=str(number)))
    assert "照片看不清" in shown and "去复查" in shown
    other = words_of(page.layout(view_of(Role.OFFICER), served(house), id=str(number)))
    assert "去复查" not in other


def send(house: House, user: str, number: int, verb: str, version: int, **values: Any) -> Any:
    """Press a form's button as the browser does it."""
    client = house.sign_in(user)
    client.get("/")
    app = house.server.extensions["gridward"]["apps"]["desk"]
    (key,) = [k for k in app.callback_map if "problem-body.children" in k and "problem-head" in k]
    kinds = {one.name: one.kind for one in problemforms.FORMS.by_verb[verb].fields}
    fields = [name for name, kind in kinds.items() if kind not in ("photos", "along")]
    fields += [name for name in values if name not in fields]

    def each(kind: str, prop: str, name: str, pairs: dict[str, Any]) -> list[dict[str, Any]]:
        return [{"id": {"type": kind, name: one}, "property": prop, "value": v} for one, v in pairs.items()]

    typed = {name: values.get(name) for name in fields}
    saved = {"type": "problem-save", "verb": verb}
    outputs: list[Any] = [
        {"id": part.split("@")[0].rsplit(".", 1)[0], "property": part.split("@")[0].rsplit(".", 1)[1]}
        for part in key.strip(".").split("...")[:3]
    ]
    outputs.append([{"id": {"type": "problem-field", "name": name}, "property": "error"} for name in fields])
    outputs.append([{"id": {"type": "problem-trouble", "verb": verb}, "property": "children"}])
    body = {
        "output": key,
        "outputs": outputs,
        "inputs": [[{"id": saved, "property": "n_clicks", "value": 1}]],
        "changedPropIds": [json.dumps(saved, sort_keys=True, separators=(",", ":")) + ".n_clicks"],
        "state": [
            each("problem-field", "value", "name", typed),
            each("problem-field", "checked", "name", {
                name: typed[name] if name.startswith("along_") else None for name in fields
            }),
            [],
            [{"id": {"type": "problem-field", "name": n}, "property": "id",
              "value": {"type": "problem-field", "name": n}} for n in fields],
            each("problem-seen", "data", "name", {"version": version}),
            {"id": "problem-id", "property": "data", "value": number},
            {"id": "url", "property": "search", "value": ""},
        ],
    }  # fmt: skip
    cookie = client.get_cookie("_csrf_token", path="/")
    headers = {"X-CSRFToken": cookie.value if cookie else ""}
    return client.post("/_dash-update-component", json=body, headers=headers)


def test_a_form_moves_the_problem_and_says_beside_a_field_what_is_missing(house: House):
    number = in_state(house, "recheck_passed")
    missing = send(house, "supervisor", number, "close_out", 1, result="")
    assert missing.status_code == 200, missing.text
    assert "此项必填" in missing.text
    done = send(house, "supervisor", number, "close_out", 1, result="整改到位")
    assert done.status_code == 200, done.text
    assert "已销号" in done.text
    (row,) = house.audit("problem.close_out")
    assert row.object_id == str(number)


def test_the_second_of_two_sees_what_the_first_did_and_keeps_what_was_typed(house: House):
    number = in_state(house, "recheck_passed")
    assert send(house, "leader", number, "send_back", 1, reason="照片不清").status_code == 200
    answer = send(house, "supervisor", number, "close_out", 1, result="我写的结论")
    assert answer.status_code == 200, answer.text
    said = json.dumps(answer.json, ensure_ascii=False)
    assert "对方已保存的版本" in said and "待复查" in said and "我写的结论" in said
    with reading(house.engine) as conn:
        assert (
            conn.execute(sa.select(problem.c.state).where(problem.c.id == number)).scalar()
            == "awaiting_recheck"
        )


def props_of(answer: Any) -> list[dict[str, Any]]:
    """Return the props of every component in an answer."""
    parts = answer.values() if isinstance(answer, dict) else answer if isinstance(answer, list) else ()
    own = [answer["props"]] if isinstance(answer, dict) and "props" in answer else []
    return own + [one for part in parts for one in props_of(part)]


def test_what_is_ticked_is_ordered_in_the_same_act_as_it_was_seen_or_nothing_is(house: House):
    one, other, third = (in_state(house, "found") for _ in range(3))
    said = {
        "kind": "term",
        f"along_{other}_1": True,
        f"clause_{other}": "GSP 第十二条",
        f"along_{third}_1": False,
    }
    with writing(house.engine) as conn:
        conn.execute(sa.update(problem).where(problem.c.id == other).values(version=2))
    refused = send(house, "officer", one, "order", 1, **said)
    assert refused.status_code == 200, refused.text
    shown = json.dumps(refused.json, ensure_ascii=False)
    assert f"问题 #{other}" in shown and f"一并下达 #{other}" in shown, (
        "both versions, and what was to be done"
    )
    boxes = {
        str(one["id"].get("name")): one for one in props_of(refused.json) if isinstance(one.get("id"), dict)
    }
    assert boxes[f"along_{other}_2"]["checked"] is True, "ticked still, as it is seen now"
    assert boxes[f"along_{third}_1"]["checked"] is False
    assert boxes[f"clause_{other}"]["value"] == "GSP 第十二条"
    done = send(
        house, "officer", one, "order", 1, **{**said, f"along_{other}_2": True, f"along_{other}_1": None}
    )
    assert done.status_code == 200 and "同一通知书" in done.text, done.text
    assert len(house.audit("problem.order")) == 2


@pytest.mark.parametrize("role", [Role.OFFICER, Role.AUDITOR, Role.ADMIN, Role.STEWARD])
def test_a_forged_form_of_the_wrong_role_gets_403_and_an_audit_row(house: House, role: Role):
    number = in_state(house, "recheck_passed")
    assert send(house, str(role), number, "close_out", 1, result="好").status_code == 403
    assert house.audit("access.denied")


def test_the_file_of_the_list_has_the_rows_of_the_list(house: House):
    for state in ("found", "ordered", "closed_out"):
        in_state(house, state)
    client = house.sign_in("leader")
    for search in ("", "?only=all", "?state=closed_out", "?only=overdue", "?only=all&age=1"):
        found = client.get(f"/export/problems.csv{search}")
        lines = list(csv.reader(io.StringIO(found.text.removeprefix("\ufeff"))))
        view = view_of(Role.LEADER)
        with reading(house.engine) as conn:
            rows = problems(conn, view.viewer, TODAY, LIST.asked_of(search).filter(view), limit=500).rows
        assert [line[0] for line in lines[1:]] == [str(row.id) for row in rows]
    assert client.get("/export/problems.csv?tea=1").status_code == 422


def test_the_preview_tells_what_will_happen_to_each(house: House):
    officer = house.ids["city"].officers[0]
    ready, wrong, changed = (in_state(house, state) for state in ("replied", "found", "replied"))
    boss = view_of(Role.SUPERVISOR).viewer
    with writing(house.engine) as conn:
        verbs.assign_recheck(conn, boss, changed, officer_id=officer, day=TODAY, version=1, now=NOW)
    with reading(house.engine) as conn:
        found = outlooks(conn, boss, {ready: 1, wrong: 1, changed: 1}, "assign_recheck", officer, TODAY)
    assert {one.id: one.why for one in found} == {ready: None, wrong: "state", changed: "changed"}
    task = Scope(enterprises=frozenset({house.ids["city"].enterprises[0]}))
    there = Viewer("user:x", Role.OFFICER, task, officer_id=officer)
    with reading(house.engine) as conn:  # the enterprise is open to them by a task, its problems are not
        found = outlooks(conn, there, {ready: 1, wrong: 1}, "order", None, TODAY)
    assert {one.id: one.why for one in found} == {ready: "state", wrong: "mine"}


def shown(house: House, work: Any, search: str) -> list[Any]:
    with reading(house.engine) as conn:
        return list(work.read(conn, view_of(Role.LEADER), work.asked_of(search), 0, 500)[0])


@pytest.mark.parametrize("work", [LIST, LEADS], ids=["problems", "leads"])
def test_every_number_of_a_board_is_as_long_as_the_list_behind_it(house: House, work: Any):
    for n, state in enumerate(PROBLEM_OPEN):
        for days in (1, 9, 40):
            with writing(house.engine) as conn:
                one = add_problem(conn, house.ids["city"].enterprises[0], TODAY - timedelta(days=days),
                                  state=state, due_on=TODAY + timedelta(days=n - 3))  # fmt: skip
                conn.execute(sa.update(problem).where(problem.c.id == one).values(version=1))
                add_lead(conn, state=LEAD_OPEN[n], received_on=TODAY - timedelta(days=days),
                         due_on=TODAY + timedelta(days=n - 3))  # fmt: skip
    page_of = list_page if work is LIST else leads_page
    drawn = page_of.layout(view_of(Role.LEADER), served(house))
    links = [one for one in parts_of(drawn) if str(getattr(one, "href", "")).endswith(f"#{work.name}-list")]
    assert len(links) >= 15
    for link in links:
        search = link.href.partition("?")[2].partition("#")[0]
        said = link.children[0] if isinstance(link.children, list) else re.search(r"\d+", link.children)[0]
        assert len(shown(house, work, search)) == int(said), search
    assert "卡在“" in words_of(drawn)


@pytest.mark.parametrize("work", [LIST, LEADS], ids=["problems", "leads"])
def test_each_order_of_a_list_is_the_other_way_round_when_reversed_and_that_of_its_file(
    house: House, work: Any
):
    for n, state in enumerate(("found", "ordered", "replied")):
        in_state(house, state, due_on=TODAY + timedelta(days=9 - n), opened_on=TODAY - timedelta(days=n))
        with writing(house.engine) as conn:
            add_lead(conn, state=LEAD_OPEN[n], channel=LEAD_CHANNELS[2 - n], title=f"线索{n}",
                     received_on=TODAY - timedelta(days=n), due_on=TODAY + timedelta(days=9 - n))  # fmt: skip
    client = house.sign_in("leader")
    for column, word in work.sorts.items():
        up, down = (work.sort_of([{"colId": column, "sort": way}]) for way in ("asc", "desc"))
        assert work.order(up) == (column, "asc") and work.order(down) == (column, "desc")
        rows = {sort: [row.id for row in shown(house, work, f"?sort={sort}")] for sort in (up, down)}
        assert sorted(rows[up]) == sorted(rows[down])
        assert column in ("severity", "enterprise") or rows[up] != rows[down], word
        found = client.get(f"/export/{work.name}.csv?sort={down}")
        lines = list(csv.reader(io.StringIO(found.text.removeprefix("\ufeff"))))
        assert [line[0] for line in lines[1:]] == [str(one) for one in rows[down]]
    oldest = [row.opened_on if work is LIST else row.received_on for row in shown(house, work, (
        "?sort=opened" if work is LIST else "?sort=received"))]  # fmt: skip
    assert oldest == sorted(oldest)


def test_the_preview_counts_what_each_officer_has_before_and_after(house: House):
    first, other = house.ids["city"].officers[:2]
    mine = [in_state(house, "found", officer_id=first) for _ in range(3)]
    theirs = in_state(house, "replied", officer_id=other)
    closed = in_state(house, "closed_out", officer_id=first)
    boss = view_of(Role.LEADER).viewer
    with reading(house.engine) as conn:
        asked = dict.fromkeys([*mine[:2], theirs, closed], 1)
        found = outlooks(conn, boss, asked, "reassign", other, TODAY)
        held = {one.officer_id: one for one in loads(conn, boss, found, "reassign", other, TODAY)}
    assert {one.id: one.why for one in found} == {
        mine[0]: None, mine[1]: None, theirs: "same", closed: "state",
    }  # fmt: skip
    assert {one.id: one.officer_id for one in found if one.why is None} == dict.fromkeys(mine[:2], first)
    assert held[first].after == held[first].before - 2 and held[other].after == held[other].before + 2
    assert held[first].before >= 3 and held[first].name
    with writing(house.engine) as conn:
        assert reassign_many(conn, boss, dict.fromkeys(mine[:2], 1), officer_id=other, now=NOW) == 2
    with reading(house.engine) as conn:
        again = outlooks(conn, boss, {mine[2]: 1}, "reassign", other, TODAY)
        now = {one.officer_id: one.before for one in loads(conn, boss, again, "reassign", other, TODAY)}
    assert now == {one.officer_id: one.after for one in held.values()}


def test_lending_says_beside_each_field_what_is_wrong(house: House):
    client, made = house.sign_in("supervisor"), house.ids["city"]
    client.get("/problems")

    def lend(**told: Any) -> dict[str, Any]:
        values = {f"problems-loan-{name}.value": told.get(name) for name in FIELDS}
        answer = fire(client, house, "problems-loans.children", {"problems-loan-save.n_clicks": 1, **values})
        assert answer.status_code == 200, answer.text
        said = answer.json["response"]
        wrong = {name for name in FIELDS if (said.get(f"problems-loan-{name}") or {}).get("error")}
        return {"wrong": wrong, "done": "problems-loans" in said}

    whole = {"officer": str(made.officers[1]), "grid": str(made.grids[0]), "from": "2026-11-21",
             "to": "2026-11-30", "task": "支援"}  # fmt: skip
    assert lend()["wrong"] == {"officer", "from", "to", "task"}
    assert lend(**{**whole, "grid": None})["wrong"] == {"grid"}
    assert lend(**{**whole, "grid": None, "enterprise": "987654"})["wrong"] == {"enterprise"}
    assert lend(**{**whole, "to": "2026-11-20"})["wrong"] == {"to"}
    assert lend(**{**whole, "officer": "987654"})["wrong"] == {"officer"}
    assert lend(**whole) == {"wrong": set(), "done": True}
    assert len(house.audit("loan.lend")) == 1


def test_an_enterprise_is_found_by_name_and_code_in_the_viewers_scope_alone(house: House):
    made = house.ids["city"]
    with writing(house.engine) as conn:
        for grid_id, name, code in ((made.grids[0], "云杏一店", "91210102MA0000001X"),
                                    (made.grids[-1], "云杏二店", "91210103MA0000002X")):  # fmt: skip
            add_enterprise(conn, grid_id=grid_id, name=name, uscc=code)

    def found(user: str, typed: str) -> list[str]:
        client = house.sign_in(user)
        client.get("/problems")
        own = "problems-loan-enterprise"
        answer = fire(client, house, f"{own}.data", {f"{own}.searchValue": typed})
        told = answer.json["response"].get(own, {}).get("data", []) if answer.status_code == 200 else []
        return [one["label"].split(" · ")[0] for one in told]

    assert found("leader", "云杏") == ["云杏一店", "云杏二店"]
    assert found("leader", "mA0000002x") == ["云杏二店"]
    assert found("supervisor", "云杏") == ["云杏一店"]
    assert found("leader", "云") == []
