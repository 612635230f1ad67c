"""Leads on the screens and through the API: the same rules, the same refusals."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from dashboard.components.leadwords import unordered
from dashboard.services import View
from data.access import Role
from data.reads.timeline import Activity
from data.schema import inspection, lead, lead_event
from data.store import writing
from data.writes import attachments
from data.writes.inspections import ENTERED
from data.writes.leads import register
from data.writes.leads_given import NewLead, Reporter
from data.writes.leads_steps import assign
from tests.dashboard.conftest import House, fire
from tests.dashboard.test_api import DESCRIPTION, check
from tests.dashboard.test_visit_form import picture
from tests.factories import NOW, TODAY, add_inspection, viewer

LEAD = {
    "client_id": "sys-1",
    "channel": "complaint",
    "title": "反映药店无处方销售",
    "received_on": str(TODAY),
}


@pytest.fixture
def one(house: House) -> int:
    """A lead about the officer's first enterprise, given to the officer."""
    made = house.ids["city"]
    with writing(house.engine) as conn:
        about = made.by_grid[made.grids[0]][0]
        new = NewLead(
            "complaint", "反映购药未开小票", TODAY - timedelta(days=2), enterprise_id=about,
            reporter=Reporter("王小明", "13812341234"), number_12315="1210000001",
        )  # fmt: skip
        n = register(conn, viewer(Role.LEADER), new, client_id="one", now=NOW)
        assign(conn, viewer(Role.LEADER), n, made.officers[0], version=1, now=NOW)
    return n


def row(house: House, number: int) -> Any:
    with house.engine.connect() as conn:
        return conn.execute(sa.select(lead).where(lead.c.id == number)).one()


def post(client: FlaskClient, token: str | None, **body: Any) -> Any:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return client.post("/api/v1/leads", json={**LEAD, **body}, headers=headers)


def test_a_program_hands_a_lead_in_once_however_often_it_sends_it(house: House) -> None:
    schema = DESCRIPTION["paths"]["/leads"]["post"]["responses"]["201"]["content"]["application/json"][
        "schema"
    ]
    first = post(house.client(), house.ids["api"])
    assert first.status_code == 201
    check(schema, first.json)
    again = post(house.client(), house.ids["api"])
    assert (again.status_code, again.json["id"]) == (201, first.json["id"])
    other = post(house.client(), house.ids["api"], title="另一件")
    assert (other.status_code, other.json["error"]["code"]) == (409, "lead_resent")
    assert len(house.audit("lead.register")) == 1
    assert house.audit("lead.register")[0].actor.startswith("api:")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"channel": "rumour"}, "channel"),
        ({"title": ""}, "title"),
        ({"received_on": "yesterday"}, "received_on"),
        ({"received_on": None}, "received_on"),
        ({"received_on": str(TODAY + timedelta(days=1))}, "received_on"),
        ({"client_id": ""}, "client_id"),
        ({"titel": "x"}, "titel"),
        ({"crime": "yes"}, "crime"),
        ({"text": 7}, "text"),
        ({"enterprise_id": "1"}, "enterprise_id"),
        ({"enterprise_id": 10**30}, "enterprise_id"),
        ({"title": "\ud83d"}, "title"),  # half of a character
        ({"text": "a\x00b"}, "text"),
        ({"uscc": "9" * 5000}, "uscc"),
        ({"\ud83d": "x"}, "?"),
        ({"reporter": {"id": "x"}}, "reporter"),
        ({"number_12315": "?"}, "number_12315"),
        ({"district": "000000"}, "district"),
    ],
)
def test_what_is_wrong_with_a_sent_lead_is_said_with_its_field(
    house: House, change: dict, field: str
) -> None:
    answer = post(house.client(), house.ids["api"], **change)
    assert (answer.status_code, answer.json["error"]["field"]) == (422, field)
    check(DESCRIPTION["components"]["schemas"]["Error"], answer.json)
    assert "{" not in answer.json["error"]["message"]


def test_a_body_that_is_no_object_is_refused(house: House) -> None:
    headers = {"Authorization": f"Bearer {house.ids['api']}"}
    for body in ("[]", "x", ""):
        answer = house.client().post(
            "/api/v1/leads", data=body, content_type="application/json", headers=headers
        )
        assert answer.status_code == 422


def test_nobody_hands_in_without_a_token_or_with_a_forged_session(house: House) -> None:
    assert post(house.client(), None).status_code in (400, 401)
    assert post(house.client(), "gw_wrong").status_code == 401
    signed = house.sign_in("leader")
    assert post(signed, None).status_code == 400  # no CSRF token
    assert post(signed, "gw_wrong").status_code == 401  # the session does not step in
    bare = signed.post("/api/v1/leads", json=LEAD, headers={"Authorization": ""})
    assert bare.status_code == 400  # an empty header is no token either
    with house.engine.connect() as conn:
        assert conn.execute(sa.select(lead.c.id).where(lead.c.source_id == "sys-1")).first() is None


def test_the_pages_draw_what_each_role_may_see_and_do(house: House, one: int) -> None:
    pages = {page.path: page for page in house.server.extensions["gridward"]["main"].pages}
    assert {"/leads", "/leads/new", "/leads/<id>"} <= set(pages)
    for name in ("officer", "supervisor", "leader", "auditor"):
        client = house.sign_in(name)
        assert drawn(client, house, "/leads").status_code == 200
        body = json.dumps(drawn(client, house, f"/leads/{one}").json, ensure_ascii=False)
        assert "反映购药未开小票" in body and "王小明" not in body and "13812341234" not in body
        assert ('"verb": "acknowledge"' in body) == (name == "officer")


def drawn(client: FlaskClient, house: House, path: str, search: str = "") -> Any:
    client.get(path)
    return fire(client, house, "page.children", {"url.pathname": path, "url.search": search})


def test_who_may_not_take_leads_in_gets_403_and_a_line_in_the_log(house: House) -> None:
    for name in ("auditor", "steward"):
        assert house.sign_in(name).get("/leads/new").status_code == 403
    assert house.sign_in("steward").get("/leads").status_code == 403
    assert {denied.object_id for denied in house.audit("access.denied")} >= {"GET /leads/new", "GET /leads"}


def act(
    client: FlaskClient, house: House, number: int, verb: str, version: int, sent: Any = (), **values: Any
) -> Any:
    """Press the button of a form as a browser does; `sent` are its photos."""
    fields = [{"id": {"type": "lead-field", "name": name}, "value": value} for name, value in values.items()]
    dash = house.server.extensions["gridward"]["apps"]["desk"]
    (key,) = [k for k in dash.callback_map if "lead-head.children" in k and "lead-field" in k]
    own = {"type": "lead-save", "verb": verb}

    def many(kind: str, prop: str, found: list[tuple[dict, Any]]) -> list[dict]:
        return [{"id": one, "property": prop, "value": value} for one, value in found]

    client.get(f"/leads/{number}")
    body = {
        "output": key,
        "outputs": [
            {"id": "lead-body", "property": "children"}, {"id": "lead-head", "property": "children"},
            {"id": "url", "property": "search"},
            [{"id": f["id"], "property": "error"} for f in fields],
            [{"id": {"type": "lead-trouble", "verb": verb}, "property": "children"}],
        ],
        "inputs": [many("save", "n_clicks", [(own, 1)])],
        "state": [
            many("f", "value", [(f["id"], f["value"]) for f in fields]),
            many("f", "checked", [(f["id"], None) for f in fields]),
            many("f", "data", [({"type": "lead-files", "name": "attachments"}, list(sent))] if sent else []),
            [{"id": f["id"], "property": "id", "value": f["id"]} for f in fields],
            many("v", "data", [({"type": "lead-seen", "name": "version"}, version)]),
            {"id": "lead-id", "property": "data", "value": number},
            {"id": "url", "property": "search", "value": ""},
        ],
        "changedPropIds": [f'{json.dumps(own, separators=(",", ":"), sort_keys=True)}.n_clicks'],
    }  # fmt: skip
    cookie = client.get_cookie("_csrf_token", path="/")
    return client.post(
        "/_dash-update-component", json=body, headers={"X-CSRFToken": cookie.value if cookie else ""}
    )


def test_the_officer_signs_for_a_lead_and_nobody_else_does(house: House, one: int) -> None:
    assert act(house.sign_in("supervisor"), house, one, "acknowledge", 2).status_code == 403
    assert house.audit("access.denied")
    assert row(house, one).state == "assigned"
    answer = act(house.sign_in("officer"), house, one, "acknowledge", 2)
    assert answer.status_code == 200, answer.text
    assert (row(house, one).state, row(house, one).version) == ("acknowledged", 3)


def test_a_form_says_beside_the_field_what_is_missing(house: House, one: int) -> None:
    officer = house.sign_in("officer")
    for verb, version in (("acknowledge", 2), ("investigate", 3)):
        act(officer, house, one, verb, version)
    answer = act(officer, house, one, "conclude", 4, outcome="true", result="", inspection_id=None)
    assert row(house, one).state == "investigating"
    assert "lead-field" in answer.text and "error" in answer.text


def test_a_form_marks_every_field_that_is_missing_at_once(house: House) -> None:
    client = house.sign_in("supervisor")
    client.get("/leads/new")
    given = {"lead_new-save.n_clicks": 1, "lead_new-title.value": " ", "lead_new-received_on.value": ""}
    answer = fire(client, house, "lead_new-title.error", given)
    told = answer.json["response"]
    marked = {name for name, one in told.items() if one.get("error")}
    assert marked == {"lead_new-title", "lead_new-received_on"}


def test_the_second_of_two_sees_both_versions(house: House, one: int) -> None:
    officer = house.sign_in("officer")
    act(officer, house, one, "acknowledge", 2)
    late = act(house.sign_in("supervisor"), house, one, "reassign", 2, officer_id="1", reason="回避")
    assert late.status_code == 200
    shown = json.loads(late.text)["response"]["lead-body"]["children"]
    said = json.dumps(shown, ensure_ascii=False)
    assert "gw-conflict" in said and "回避" in said and "签收" in said
    # what was chosen is told in words, and photos that were sent stay with the form
    for verb, version in (("investigate", 3), ("amend", 4)):
        act(officer, house, one, verb, version, title="改了", crime=None)
    photo = {"id": "photo-aaaaaaaa", "name": "柜台.jpg"}
    late = act(
        officer, house, one, "conclude", 4, sent=[photo], outcome="partly", result="查实", inspection_id=None
    )
    shown = json.loads(late.text)["response"]["lead-body"]["children"]
    conflict = next(part for part in parts(shown) if part.get("className") == "gw-conflict")
    said = json.dumps(conflict, ensure_ascii=False)
    assert "部分属实" in said and "partly" not in said and "查实" in said
    kept = next(part for part in parts(shown) if (part.get("id") or {}) == FILES)
    assert kept["data"] == [photo]


FILES = {"type": "lead-files", "name": "attachments"}


def parts(drawn: Any) -> Iterator[dict[str, Any]]:
    """Yield the properties of everything that is drawn."""
    if isinstance(drawn, dict):
        own = drawn.get("props", {})
        yield own
        for inside in own.values():
            yield from parts(inside)
    elif isinstance(drawn, list):
        for one in drawn:
            yield from parts(one)


def test_a_photo_that_is_too_large_is_told_and_each_can_be_taken_back(house: House, monkeypatch: Any) -> None:
    monkeypatch.setattr(attachments, "MAX_MB", 1)
    officer = house.sign_in("officer")
    dash = house.server.extensions["gridward"]["apps"]["desk"]
    keys = [k for k in dash.callback_map if '"type":"lead-files"' in k]
    add, listed = {"type": "lead-photos", "name": "add"}, {"type": "lead-sent", "name": "list"}

    def press(key: str, changed: str, inputs: list[Any], state: list[Any]) -> Any:
        names = [part.rpartition("}.")[2] for part in key.strip(".").split("...")]
        outputs = [{"id": own, "property": name} for own, name in zip((FILES, listed), names, strict=True)]
        body = {
            "output": key, "outputs": outputs, "inputs": inputs, "state": state, "changedPropIds": [changed],
        }  # fmt: skip
        cookie = officer.get_cookie("_csrf_token", path="/")
        answer = officer.post(
            "/_dash-update-component", json=body, headers={"X-CSRFToken": cookie.value if cookie else ""}
        )
        return json.loads(answer.text)["response"]

    officer.get("/leads")
    small = base64.b64encode(picture()).decode()
    large = base64.b64encode(b"x" * (1024 * 1024 + 1)).decode()
    both = [f"data:;base64,{one}" for one in (large, small)]
    told = press(
        next(key for key in keys if "@" not in key), f"{name_of(add)}.contents",
        [{"id": add, "property": "contents", "value": both}],
        [{"id": add, "property": "filename", "value": ["大.jpg", "小.jpg"]},
         {"id": FILES, "property": "data", "value": []}],
    )  # fmt: skip
    said = json.dumps(told, ensure_ascii=False)
    (kept,) = told[name_of(FILES)]["data"]
    assert kept["name"] == "小.jpg" and "大.jpg" in said and "1 MB" in said
    own = {"type": "lead-drop", "id": kept["id"]}
    gone = press(
        next(key for key in keys if "@" in key), f"{name_of(own)}.n_clicks",
        [[{"id": own, "property": "n_clicks", "value": 1}]],
        [{"id": FILES, "property": "data", "value": [kept]}],
    )  # fmt: skip
    assert gone[name_of(FILES)]["data"] == []


def name_of(own: dict[str, Any]) -> str:
    """Return a pattern's id as the browser writes it."""
    return json.dumps(own, separators=(",", ":"), sort_keys=True)


def test_a_file_leads_to_the_registration_of_a_lead_about_it(house: House) -> None:
    made = house.ids["city"]
    about = made.by_grid[made.grids[0]][0]
    with writing(house.engine) as conn:
        visit = add_inspection(conn, about, TODAY)
        conn.execute(sa.update(inspection).where(inspection.c.id == visit).values(source=ENTERED))
    for name, offered in (("officer", True), ("auditor", False)):
        file = json.dumps(drawn(house.sign_in(name), house, f"/enterprises/{about}").json)
        for way in (f"/leads/new?enterprise={about}", f"/leads/new?enterprise={about}&inspection={visit}"):
            assert (json.dumps(way) in file) == offered
    officer = house.sign_in("officer")
    form = drawn(officer, house, "/leads/new", f"?enterprise={about}&inspection={visit}").json
    assert f'"/enterprises/{about}"' in json.dumps(form)
    assert drawn(officer, house, "/leads/new", "?enterprise=999999").status_code == 200


def test_an_event_that_nobody_has_words_for_keeps_the_page_from_nobody(house: House, one: int) -> None:
    with writing(house.engine) as conn:
        told = {
            "lead_id": one,
            "at": NOW,
            "from_state": "assigned",
            "to_state": "assigned",
            "recorded_at": NOW,
        }
        conn.execute(sa.insert(lead_event), {**told, "verb": "of_later", "details": {"basis": "of_later"}})
        conn.execute(
            sa.insert(lead_event),
            {**told, "verb": "amend", "details": {"before": {"title": "旧题"}, "after": {"title": "新题"}}},
        )
    leader = house.sign_in("leader")
    said = json.dumps(drawn(leader, house, f"/leads/{one}").json, ensure_ascii=False)
    assert "of_later" in said and "旧题 → 新题" in said
    file = drawn(leader, house, f"/enterprises/{row(house, one).enterprise_id}")
    assert "of_later" in json.dumps(file.json, ensure_ascii=False)


def test_an_export_has_the_rows_of_the_list_and_no_reporter(house: House, one: int) -> None:
    client = house.sign_in("leader")
    text = client.get("/export/leads.csv?only=all").text
    with house.engine.connect() as conn:
        n = conn.execute(sa.select(sa.func.count()).select_from(lead)).scalar()
    assert len(text.strip().splitlines()) == n + 1
    assert "13812341234" not in text and "王小明" not in text
    assert house.audit("export")[-1].object_kind == "leads"
    assert client.get("/export/leads.csv?paln=1").status_code == 422
    assert house.sign_in("steward").get("/export/leads.csv").status_code == 403


def test_a_lead_that_does_not_exist_is_a_page_not_a_failure(house: House) -> None:
    client = house.sign_in("leader")
    for path in ("/leads/999999", "/leads/abc"):
        assert drawn(client, house, path).status_code == 200


def test_every_verb_that_is_offered_has_words_and_a_form(house: House) -> None:
    from dashboard.components.leadforms import FORMS
    from data.text import LANGUAGES, catalogue
    from data.workflow import LEAD_MOVES

    for verb in LEAD_MOVES:
        assert verb in FORMS.by_verb or verb == "match"
        for language in LANGUAGES:
            known = catalogue(language)
            assert {f"leads.did_{verb}", f"leads.verb_{verb}"} <= set(known)
            for field in FORMS.by_verb[verb].fields if verb in FORMS.by_verb else ():
                assert {f"leads.field_{verb}_{field.name}", f"leads.field_{field.name}"} & set(known)
            assert verb not in FORMS.by_verb or f"leads.hint_{verb}" in known


def test_events_are_kept_for_whoever_reads_the_story(house: House, one: int) -> None:
    with house.engine.connect() as conn:
        verbs = conn.execute(sa.select(lead_event.c.verb).where(lead_event.c.lead_id == one)).scalars().all()
    assert verbs == ["register", "assign"]


def test_who_disposes_of_a_lead_is_warned_of_findings_that_nobody_has_ordered() -> None:
    def told(state: str) -> str:
        found = {"text": "阴凉柜超温", "problem_id": 7, "state": state}
        visit = Activity("visit", TODAY, NOW, 1, {"findings": [found]})
        return str(unordered(View(viewer(), NOW, "zh-CN"), SimpleNamespace(story=[visit])))  # type: ignore[arg-type]

    assert "1 项不符合尚未下达整改" in told("found") and "/problems/7" in told("found")
    assert told("ordered") == "[]"


def test_the_form_of_telling_offers_who_is_left_and_names_nobody(house: House) -> None:
    made, officer = house.ids["city"], house.sign_in("officer")
    with writing(house.engine) as conn:
        about = made.by_grid[made.grids[0]][0]
        new = NewLead(
            "complaint", "投诉价格", TODAY, enterprise_id=about, rule="complaint_accept",
            reporter=Reporter("王小明", "13812341234"), number_12315="1210000009",
        )  # fmt: skip
        n = register(conn, viewer(Role.LEADER), new, client_id="told", now=NOW)
        assign(conn, viewer(Role.LEADER), n, made.officers[0], version=1, now=NOW)
    for verb, version in (("acknowledge", 2), ("investigate", 3)):
        act(officer, house, n, verb, version)
    act(officer, house, n, "conclude", 4, outcome="false", result="双方未达成一致", inspection_id=None)

    def form() -> Any:
        page = drawn(officer, house, f"/leads/{n}", "?act=tell").json
        assert "王小明" not in json.dumps(page, ensure_ascii=False)
        shown = parts(page["response"]["page"]["children"])
        return page, {one["value"] for one in shown if one.get("label") and isinstance(one.get("value"), str)}

    page, offered = form()
    assert "待告知" in json.dumps(page, ensure_ascii=False) and {"both", "reporter", "subject"} <= offered
    refused = act(
        officer, house, n, "tell", 5, whom="reporter", how="unable", day=str(TODAY), note=""
    )  # fmt: skip
    assert row(house, n).version == 5 and "无法告知的，须写明原因" in json.dumps(
        refused.json, ensure_ascii=False
    )
    act(officer, house, n, "tell", 5, whom="reporter", how="phone", day=str(TODAY), note="")
    page, offered = form()
    said = json.dumps(page, ensure_ascii=False)
    assert "subject" in offered and not {"both", "reporter"} & offered
    assert "反映人 · 电话" in said and "被反映单位尚未告知" in said
    assert [one.detail["whom"] for one in house.audit("lead.tell")] == [["reporter"]]
