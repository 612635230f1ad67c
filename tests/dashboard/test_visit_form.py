"""The pages of visits at their door: who may, what is refused, and what a photo is given out as."""

from __future__ import annotations

import io
import json
import re
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient
from PIL import Image

from dashboard import icons
from data.access import Role
from data.caps import Caps, caps
from data.schema import attachment, inspection, problem, question
from data.store import writing
from data.writes.attachments import path_of
from tests.dashboard.conftest import House, fire
from tests.factories import NOW, add_user


@pytest.fixture
def officer(house: House) -> FlaskClient:
    return house.sign_in("officer")


def shop(house: House, n: int = 0, place: int = 0) -> int:
    city = house.ids["city"]
    return city.by_grid[city.grids[n]][place]


def token(client: FlaskClient) -> dict[str, str]:
    cookie = client.get_cookie("_csrf_token", path="/")
    with client.session_transaction() as session:
        user = str(session.get("_user_id", "")).partition(".")[0]
    return {"X-CSRFToken": cookie.value if cookie else "", "X-Gridward-User": user}


def visit(house: House, **changes: Any) -> dict[str, Any]:
    return {
        "client_id": "visit-1", "kind": "routine", "method": "on_site", "conclusion": "pass",
        "finished_at": (NOW - timedelta(minutes=5)).isoformat(),
        "officer2_id": house.ids["city"].officers[1], **changes,
    }  # fmt: skip


def send(client: FlaskClient, house: House, where: int, **changes: Any) -> Any:
    return client.post(f"/visit/{where}", json=visit(house, **changes), headers=token(client))


def picture(form: str = "JPEG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(out, form)
    return out.getvalue()


def upload(client: FlaskClient, body: bytes, client_id: str = "photo-000001", name: str = "a.jpg",
           what: str = "photo") -> Any:  # fmt: skip
    form = {"file": (io.BytesIO(body), name), "client_id": client_id, "what": what}
    return client.post("/visit/attachments", data=form, headers=token(client))


def stored(house: House, table: sa.Table) -> list[Any]:
    with house.engine.connect() as conn:
        return list(conn.execute(sa.select(table)))


def embedded(answer: Any) -> Any:
    return json.loads(re.search(r'id="data">(.*?)</script>', answer.text)[1])


def test_an_officer_opens_the_form_and_records_a_visit(house: House, officer: FlaskClient):
    where = shop(house, place=1)
    data = embedded(officer.get(f"/visit/{where}"))
    assert data["form"]["enterprise"]["id"] == where and data["user"] == house.ids[Role.OFFICER]
    said = {"conclusion": "rectify", "findings": [{"severity": "minor", "text": "缺记录"}]}
    answer = send(officer, house, where, **said)
    assert answer.status_code == 200
    [row] = stored(house, inspection)[-1:]
    assert (row.id, row.source, row.user_id) == (answer.json["id"], "gridward", house.ids[Role.OFFICER])
    again = send(officer, house, where, **said)
    assert again.json == answer.json
    assert len([one for one in stored(house, problem) if one.enterprise_id == where]) == 1


def test_the_data_in_the_page_cannot_end_its_element(house: House, officer: FlaskClient):
    from data.schema import enterprise

    where = shop(house, place=1)
    evil = "</script><script>alert(1)</script>"
    with writing(house.engine) as conn:
        conn.execute(sa.update(enterprise).where(enterprise.c.id == where).values(name=evil))
    answer = officer.get(f"/visit/{where}")
    assert evil not in answer.text and embedded(answer)["form"]["enterprise"]["name"] == evil


def test_no_script_stands_in_the_pages_themselves(house: House, officer: FlaskClient):
    for path in (f"/visit/{shop(house)}", "/visits", "/visit/shell", "/visits/shell"):
        answer = officer.get(path)
        assert answer.status_code == 200
        for kind, rest in re.findall(r"<script([^>]*)>(.*?)</script>", answer.text, re.S):
            assert "application/json" in kind or ("src=" in kind and not rest)
        assert not re.search(r"\son\w+=|style=", answer.text)
        assert "unsafe" not in answer.headers["Content-Security-Policy"].split("script-src")[1].split(";")[0]


def test_the_shell_is_nobodys(house: House, officer: FlaskClient):
    for path in ("/visit/shell", "/visits/shell"):
        assert embedded(officer.get(path)) is None


def test_each_account_has_a_key_of_its_own_for_its_drafts(house: House, officer: FlaskClient):
    key = embedded(officer.get("/visits"))["key"]
    with writing(house.engine) as conn:
        from data.schema import user

        known = conn.execute(sa.select(user).where(user.c.id == house.ids[Role.OFFICER])).one()
        other = add_user(conn, Role.OFFICER, officer_id=house.ids["city"].officers[1])
        conn.execute(sa.update(user).where(user.c.id == other).values(
            username="second", password_hash=known.password_hash))  # fmt: skip
    another = embedded(house.sign_in("second").get("/visits"))
    assert another["user"] != house.ids[Role.OFFICER] and another["key"] != key


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.OFFICER, Role.WALL)])
def test_who_records_no_visits_is_refused_and_it_is_on_record(house: House, role: Role):
    client = house.sign_in(str(role))
    client.get("/")
    where = shop(house)
    assert client.get(f"/visit/{where}").status_code == 403
    assert client.get("/visits").status_code == 403
    assert send(client, house, where).status_code == 403
    assert upload(client, picture()).status_code == 403
    noted = [row.object_id for row in house.audit("access.denied")]
    assert any("/visit/" in one for one in noted), noted
    assert stored(house, attachment) == []


def test_a_stranger_is_sent_to_the_login_and_a_script_is_told(house: House):
    client = house.client()
    assert client.get("/visit/1").status_code == 302
    client.get("/login")
    assert send(client, house, 1).status_code == 401
    assert upload(client, picture()).status_code == 401


def test_a_forged_request_does_nothing(house: House, officer: FlaskClient):
    before = len(stored(house, inspection))
    for headers in ({}, {"X-CSRFToken": "forged"}):
        answer = officer.post(f"/visit/{shop(house)}", json=visit(house), headers=headers)
        assert answer.status_code == 400 and answer.json["error"]["code"] == "csrf"
    mine = token(officer)
    plain = officer.post(f"/visit/{shop(house)}", data="{}", content_type="text/plain", headers=mine)
    assert plain.status_code in (400, 422)
    assert len(stored(house, inspection)) == before


def test_a_visit_outside_the_scope_is_refused(house: House, officer: FlaskClient):
    elsewhere = shop(house, n=1)
    assert officer.get(f"/visit/{elsewhere}").status_code == 403
    officer.get("/visits")
    assert send(officer, house, elsewhere).status_code == 403


def test_a_refusal_names_its_field_in_the_readers_language(house: House, officer: FlaskClient):
    where = shop(house, place=1)
    officer.get(f"/visit/{where}")
    told = send(officer, house, where, officer2_id=None).json["error"]
    assert (told["code"], told["field"]) == ("visit_second_officer", "officer2_id")
    assert "第二名检查人员" in told["message"]


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": 7}, {"finished_at": "yesterday"}, {"finished_at": "2026-11-21T09:00:00"},
        {"finished_at": "0001-01-01T00:00:00+14:00"}, {"officer2_id": "x"}, {"officer2_id": True},
        {"officer2_id": 2**70}, {"findings": {}}, {"findings": ["x"]}, {"findings": [{"severity": 1}]},
        {"results": {"a": 1}}, {"leads": [-1]}, {"rechecks": {"x": {"passed": True}}}, {"lon": "east"},
        {"lat": 91}, {"lon": 1e999}, {"attachments": [1]}, {"attachments": ["x"] * 201}, {"client_id": None},
        {"opinion": "a\x00b"}, {"point": {"lon": 1}}, {"arrived_at": 5}, {"lon": 10**400, "lat": 1},
        {"opinion": "\ud83d"}, {"client_id": "\ud83d"}, {"results": {"a\x00": "conforms"}},
        {"rechecks": {"1" * 5000: {"passed": True}}}, {"client_id": "c" * 100_000}, {"lon": 123.4},
        {"findings": [{"severity": "minor", "text": "t", "item_code": "x" * 100_000}]},
        {"results": {"zz": "whatever"}}, {"attachments": ["\ud83d"]},
    ],
)  # fmt: skip
def test_what_is_no_visit_is_refused_not_a_fault(house: House, officer: FlaskClient, changes: dict[str, Any]):
    officer.get("/visits")
    answer = send(officer, house, shop(house, place=1), **changes)
    assert answer.status_code == 422, answer.text
    assert answer.json["error"]["message"]


def test_what_a_clipboard_brings_along_is_no_part_of_a_text(house: House, officer: FlaskClient):
    officer.get("/visits")
    assert send(officer, house, shop(house, place=1), opinion="无\x0b异议\n已阅").status_code == 200
    assert stored(house, inspection)[-1].opinion == "无异议\n已阅"


def test_a_record_made_by_one_account_is_not_taken_from_another(house: House, officer: FlaskClient):
    officer.get("/visits")
    before, mine = len(stored(house, inspection)), token(officer)
    for whose in ("", str(house.ids[Role.LEADER]), None):
        headers = {
            name: value for name, value in {**mine, "X-Gridward-User": whose}.items() if value is not None
        }
        where = f"/visit/{shop(house, place=1)}"
        assert officer.post(where, json=visit(house), headers=headers).status_code == 401
        form = {"file": (io.BytesIO(picture()), "a.jpg"), "client_id": "photo-000001", "what": "photo"}
        assert officer.post("/visit/attachments", data=form, headers=headers).status_code == 401
    assert len(stored(house, inspection)) == before and stored(house, attachment) == []


@pytest.mark.parametrize(
    "said",
    [
        {"taken_at": "0001-01-01T00:00:00+14:00"}, {"taken_at": "9999-12-31T23:59:59-14:00"},
        {"taken_at": "yesterday"}, {"item_code": "x\x00y"}, {"item_code": "z" * 101},
    ],
)  # fmt: skip
def test_what_is_said_of_a_photo_is_read_with_care(house: House, officer: FlaskClient, said: dict[str, str]):
    officer.get("/visits")
    form = {"file": (io.BytesIO(picture()), "a.jpg"), "client_id": "photo-000001", "what": "photo", **said}
    answer = officer.post("/visit/attachments", data=form, headers=token(officer))
    assert answer.status_code == 422 and answer.json["error"]["message"]
    assert stored(house, attachment) == []


def test_the_scripts_of_one_page_are_never_of_different_age(house: House, officer: FlaskClient):
    answer = officer.get("/static/visit-form.js")
    assert answer.headers["Cache-Control"] == "no-cache" and answer.headers["ETag"]


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b'"x"', b"{", b"{}"])
def test_a_body_that_is_no_visit_is_refused(house: House, officer: FlaskClient, body: bytes):
    officer.get("/visits")
    answer = officer.post(
        f"/visit/{shop(house)}", data=body, content_type="application/json", headers=token(officer)
    )
    assert answer.status_code == 422


def test_a_photo_comes_back_as_a_download_that_nothing_runs(house: House, officer: FlaskClient):
    officer.get("/visits")
    number = upload(officer, picture("PNG"), name='..\\..\\evil".html').json["id"]
    assert upload(officer, picture("PNG")).json["id"] == number
    answer = officer.get(f"/attachments/{number}")
    assert answer.mimetype == "image/jpeg" and answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert "html" not in answer.headers["Content-Disposition"]
    assert "no-store" in answer.headers["Cache-Control"]
    assert Image.open(io.BytesIO(answer.data)).format == "JPEG"


def test_somebody_elses_photo_is_not_given_out(house: House, officer: FlaskClient):
    officer.get("/visits")
    number = upload(officer, picture()).json["id"]
    for role in ("leader", "auditor", "supervisor"):
        assert house.sign_in(role).get(f"/attachments/{number}").status_code == 403
    assert house.client().get(f"/attachments/{number}").status_code == 302
    where = shop(house, place=1)
    assert send(officer, house, where, attachments=["photo-000001"]).status_code == 200
    assert house.sign_in("auditor").get(f"/attachments/{number}").status_code == 200
    assert house.sign_in("steward").get(f"/attachments/{number}").status_code == 403


def test_a_lost_file_is_said_not_a_fault(house: House, officer: FlaskClient):
    officer.get("/visits")
    number = upload(officer, picture()).json["id"]
    [row] = stored(house, attachment)
    path_of(house.settings.data, row.sha256).unlink()
    answer = officer.get(f"/attachments/{number}")
    assert answer.status_code == 404 and "备份" in answer.text
    assert officer.get("/attachments/999999").status_code == 404


@pytest.mark.parametrize(
    ("body", "name", "status"),
    [
        (b"#!/bin/sh\necho hi", "run.sh", 422), (b"<svg onload='x'/>", "a.svg", 422),
        (b"MZ" + b"\0" * 99, "a.jpg", 422), (b"\xff\xd8\xff" + b"\0" * 13 * 1024 * 1024, "a.jpg", 422),
    ],
    ids=["script", "svg", "program", "huge"],
)  # fmt: skip
def test_what_is_no_photo_is_not_kept(
    house: House, officer: FlaskClient, body: bytes, name: str, status: int
):
    officer.get("/visits")
    answer = upload(officer, body, name=name)
    assert answer.status_code == status and answer.json["error"]["message"]
    assert stored(house, attachment) == []
    assert not [
        one for one in house.settings.data.rglob("*") if one.is_file() and b"echo" in one.read_bytes()
    ]


def test_the_worker_and_the_manifest_are_for_everybody_and_say_nothing_of_anybody(house: House):
    client = house.client()
    worker = client.get("/visit/worker.js")
    assert worker.headers["Service-Worker-Allowed"] == "/visit" and "javascript" in worker.mimetype
    manifest = client.get("/visit/manifest.json").json
    assert manifest["scope"] == "/visit" and client.get(manifest["icons"][0]["src"]).status_code == 200
    drawn = [one for one in manifest["icons"] if one["type"] == "image/png"]
    assert [(one["sizes"], one["purpose"]) for one in drawn] == [
        ("192x192", "any"), ("512x512", "any"), ("512x512", "maskable"),
    ]  # fmt: skip
    for one in drawn:
        picture = Image.open(io.BytesIO(client.get(one["src"]).data))
        assert f"{picture.width}x{picture.height}" == one["sizes"]


def test_the_icons_are_the_svg_drawn_and_every_page_names_the_one_for_ios(house: House, officer: FlaskClient):
    for name, (size, full) in icons.FILES.items():
        shipped = Image.open(icons.FOLDER / name).convert("RGBA")
        assert shipped.tobytes() == icons.draw(size, full).tobytes(), f"{name}: run python -m dashboard.icons"
        assert (shipped.getpixel((0, 0))[3] == 255) == full
    officer.set_cookie("gw_wall", house.ids["wall"], path="/wall")
    for path in ("/", f"/visit/{shop(house)}", "/visits", "/password", "/wall/"):
        named = re.search(r'<link rel="apple-touch-icon" href="([^"]+)"', officer.get(path).text)
        assert named, path
        assert Image.open(io.BytesIO(house.client().get(named[1]).data)).size == (180, 180)


def test_all_that_the_worker_keeps_is_there(house: House, officer: FlaskClient):
    kept = re.findall(
        r'"(/(?:static/|assets/|visit)[^"]*[a-z]{3}[^"]*)"', officer.get("/visit/worker.js").text
    )
    kept = [path for path in kept if path not in ("/static/visit", "/visits", "/visit")]
    assert len(kept) > 10
    for path in kept:
        assert officer.get(path).status_code == 200, path
    for script in [one for one in kept if one.endswith(".js")]:
        for other in re.findall(r'from "\./([^"]+)"', officer.get(script).text):
            assert f"/static/{other}" in kept


def test_the_file_of_the_enterprise_leads_to_the_record_the_photo_and_the_next_form(
    house: House, officer: FlaskClient
):
    officer.get("/visits")
    photo, where = upload(officer, picture()).json["id"], shop(house, place=1)
    new = send(officer, house, where, attachments=["photo-000001"]).json["id"]
    path = f"/enterprises/{where}"
    officer.get(path)
    page = fire(officer, house, "page.children", {"url.pathname": path}).text.replace(r"\u002f", "/")
    for href in (f"/documents/visit/{new}.pdf", f"/documents/visit/{new}.docx", f"/attachments/{photo}",
                 f"/visit/{where}"):  # fmt: skip
        assert f'"href":"{href}"' in page, href


def asked(house: House) -> int:
    """Record that a shop was found closed; return the question."""
    officer = house.sign_in("officer")
    officer.get("/visits")
    answer = send(
        officer, house, shop(house, place=1), conclusion=None, unable_reason="closed", officer2_id=None
    )
    assert answer.status_code == 200, answer.text
    [row] = stored(house, question)
    return row.id


def test_a_steward_answers_on_the_page_and_a_missing_reason_is_said_beside_it(house: House):
    number = asked(house)
    steward = house.sign_in("steward")
    steward.get("/questions")
    form = fire(
        steward,
        house,
        "questions-body.children",
        {"url.search": f"?id={number}", "url.pathname": "/questions"},
    )
    assert "关门停业" in form.text or "歇业" in form.text or "停业" in form.text
    said = {"questions-seen.data": {"id": number, "kind": "status"}, "questions-status.value": "suspended"}
    wrong = fire(steward, house, "questions-done.data", {**said, "questions-refuse.n_clicks": 1},
                 changed="questions-refuse.n_clicks")  # fmt: skip
    assert "请填写理由" in wrong.text
    done = fire(steward, house, "questions-done.data", {**said, "questions-accept.n_clicks": 1},
                changed="questions-accept.n_clicks")  # fmt: skip
    assert done.status_code == 200
    [row] = stored(house, question)
    assert row.state == "accepted" and house.audit("question.accepted")


def test_only_a_steward_opens_the_questions_and_sets_the_caps(house: House):
    for role in ("officer", "leader", "auditor", "supervisor", "admin"):
        client = house.sign_in(role)
        client.get("/")
        assert client.get("/questions").status_code == 403
        values = {"questions-caps-save.n_clicks": 1, "questions-cap-day.value": 9}
        assert fire(client, house, "questions-cap-day.error", values).status_code == 403
    steward = house.sign_in("steward")
    steward.get("/questions")
    values = {"questions-caps-save.n_clicks": 1, "questions-cap-day.value": 0, "questions-cap-week.value": 3}
    assert "1 至 99" in fire(steward, house, "questions-cap-day.error", values).text
    fire(steward, house, "questions-cap-day.error", {**values, "questions-cap-day.value": 2})
    with house.engine.connect() as conn:
        assert caps(conn) == Caps(2, 3, None)


def test_a_visit_is_corrected_from_its_form_and_who_comes_second_is_led_to_the_first(
    house: House, officer: FlaskClient
):
    where = shop(house, place=1)
    officer.get("/visits")
    wrong = {"severity": "minor", "text": "缺记录"}
    old = send(officer, house, where, conclusion="rectify", findings=[wrong], opinion="电话13812345678").json[
        "id"
    ]
    data = embedded(officer.get(f"/visit/{where}?corrects={old}"))
    assert data["corrects"]["findings"][0]["text"] == "缺记录" and data["late_days"] == 7
    assert data["corrects"]["opinion"] == "电话138****5678"
    again = {"corrects": old, "opinion": data["corrects"]["opinion"], "client_id": "right"}
    told = send(officer, house, where, **again).json["error"]
    assert (told["code"], told["field"]) == ("reason_missing", "correct_reason")
    moved = {"kind": "recheck", "correct_reason": "误选", **again}
    answer = send(officer, house, where, **moved)
    assert answer.status_code == 200, answer.text
    assert any("不再计入覆盖" in one for one in answer.json["effects"])
    row = stored(house, inspection)[-1]
    assert (row.opinion, row.supersedes_id) == ("电话13812345678", old)
    assert send(officer, house, where, **moved).json["id"] == row.id
    late = send(officer, house, where, **{**moved, "client_id": "later"})
    assert late.status_code == 409 and late.json["error"]["theirs"] == row.id
    assert officer.get(f"/visit/{where}?corrects={old}").status_code == 409
    assert officer.get(f"/visit/{shop(house, place=2)}?corrects={row.id}").status_code == 404
    for bad in ({"corrects": "x"}, {"correct_reason": 5}, {"pressed_at": "now"}, {"late_reason": 5}):
        assert send(officer, house, where, **{**moved, **bad}).status_code == 422


def test_a_visit_is_withdrawn_on_a_page_that_says_what_goes_with_it(house: House, officer: FlaskClient):
    where = shop(house, place=1)
    officer.get("/visits")
    found = [{"severity": "minor", "text": "缺<b>记录"}]
    old = send(officer, house, where, conclusion="rectify", findings=found).json["id"]
    path = f"/withdraw/{old}"
    for role in ("auditor", "steward", "admin"):
        assert house.sign_in(role).get(path).status_code == 403
    page = officer.get(path).text
    assert "缺&lt;b&gt;记录" in page and "<script" not in page
    form = {"csrf_token": token(officer)["X-CSRFToken"], "reason": " "}
    refused = officer.post(path, data=form)
    assert refused.status_code == 422 and "请填写理由" in refused.text
    assert officer.post(path, data={"reason": "选错企业"}).status_code == 400, "a forged form does nothing"
    done = officer.post(path, data={**form, "reason": "选错企业"})
    assert done.status_code == 200 and "检查记录已作废" in done.text and "不再计入覆盖" in done.text
    assert stored(house, problem)[-1].state == "revoked" and house.audit("inspection.withdraw")
    assert officer.get(path).status_code == 422
    timeline = f"/enterprises/{where}"
    officer.get(timeline)
    shown = fire(officer, house, "page.children", {"url.pathname": timeline}).text
    assert "选错企业" in shown and '"type":"Del"' in shown and "corrects=" not in shown
