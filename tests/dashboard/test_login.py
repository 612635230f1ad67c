"""The login: passwords, locks, sessions, tokens, where it sends people."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from dashboard.auth import safe_next
from data.access import Role
from data.errors import Refused
from data.passwords import check_new_password, one_time_password
from data.schema import password_history, user
from data.store import writing
from data.writes.users import change_user, create_user, reset_password
from tests.dashboard.conftest import ADMIN, PASSWORD, House, fire, token_in
from tests.factories import NOW

START = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)


def attempt(client, name, password, address="10.0.0.1"):
    return client.post(
        "/login",
        data={"username": name, "password": password, "csrf_token": token_in(client)},
        environ_base={"REMOTE_ADDR": address},
    )


def test_nobody_gets_in_without_a_session(read_only_house: House):
    client = read_only_house.client()
    assert client.get("/").headers["Location"] == "/login"
    assert client.get("/enterprises?q=a").headers["Location"] == "/login?next=/enterprises?q%3Da"
    for path in ("/_dash-layout", "/_dash-dependencies", "/api/v1/meta", "/geo/grids.geojson",
                 "/export/enterprises.csv", "/assets/session.js", "/wall/_dash-layout"):  # fmt: skip
        assert client.get(path).status_code == 401, path
    assert client.get("/_dash-component-suites/dash/dcc/x.js").status_code == 401
    assert client.post("/_dash-update-component", json={}).status_code in (400, 401)
    assert client.get("/wall/").status_code == 401
    assert client.get("/healthz").status_code == 200


def test_five_wrong_passwords_lock_the_account_for_thirty_minutes(house: House, at):
    at(START)
    client = house.client()
    for _ in range(5):
        assert attempt(client, "leader", "wrong").status_code == 401
    right = attempt(client, "leader", PASSWORD, "10.0.0.2")
    assert right.status_code == 429 and "30" in right.text
    assert attempt(client, "auditor", PASSWORD, "10.0.0.2").status_code == 302
    at(START + timedelta(minutes=31))
    assert attempt(house.client(), "leader", PASSWORD).status_code == 302


def test_an_address_that_tries_many_names_is_locked_and_the_lock_is_in_the_database(house: House, at):
    at(START)
    for n in range(20):
        attempt(house.client(), f"guess{n}", "wrong")
    assert attempt(house.client(), "leader", PASSWORD).status_code == 429
    assert attempt(house.client(), "leader", PASSWORD, "10.9.9.9").status_code == 302


def test_an_unknown_name_and_a_wrong_password_get_the_same_answer(house: House):
    first, second = (attempt(house.client(), name, "nope") for name in ("leader", "nobody"))
    words = [a.text[a.text.index("door-error") :][:120] for a in (first, second)]
    assert first.status_code == second.status_code == 401 and words[0] == words[1]


def test_the_session_from_before_the_login_is_worth_nothing_after_it(house: House):
    client = house.client()
    client.get("/login")
    planted = client.get_cookie("gw_session").value
    house.sign_in("leader", client=client)
    assert client.get_cookie("gw_session").value != planted
    stranger = house.client()
    stranger.set_cookie("gw_session", planted)
    assert stranger.get("/_dash-layout").status_code == 401


def test_a_new_password_or_a_deactivation_ends_all_other_sessions(house: House):
    first, second = house.sign_in("leader"), house.sign_in("leader")
    data = {"old": PASSWORD, "new": "Better-2027-cart", "again": "Better-2027-cart"}
    changed = second.post("/password", data={**data, "csrf_token": token_in(second, "/password")})
    assert changed.status_code == 302
    assert first.get("/_dash-layout").status_code == 401
    assert second.get("/_dash-layout").status_code == 200
    with writing(house.engine) as conn:
        row = conn.execute(sa.select(user).where(user.c.username == "leader")).one()
        change_user(conn, ADMIN, row.id, row.version, name="测试员", role="leader", org_id=None,
                    officer_id=None, active=False, now=NOW)  # fmt: skip
    assert second.get("/_dash-layout").status_code == 401


def test_a_first_password_must_be_changed_before_anything_else(house: House):
    made = one_time_password()
    first = made.shown
    with writing(house.engine) as conn:
        create_user(conn, ADMIN, "newcomer", "测试员", "steward", made, now=NOW)
    client = house.sign_in("newcomer", first)
    assert client.get("/").headers["Location"] == "/password"
    assert client.get("/api/v1/meta").status_code == 403
    assert fire(client, house, "page.children", {"url.pathname": "/"}).status_code in (400, 403)
    easy = {"old": first, "new": "short", "again": "short", "csrf_token": token_in(client, "/password")}
    assert client.post("/password", data=easy).status_code == 422
    good = {**easy, "new": "Proper-2027-pw", "again": "Proper-2027-pw"}
    assert client.post("/password", data=good).headers["Location"] == "/"
    assert client.get("/api/v1/meta").status_code == 200


def test_a_session_ends_after_thirty_idle_minutes_and_an_administrators_after_fifteen(house: House, at):
    at(START)
    leader, admin = house.sign_in("leader"), house.sign_in("admin")
    at(START + timedelta(minutes=16))
    assert leader.get("/_dash-layout").status_code == 200
    assert admin.get("/_dash-layout").status_code == 401
    at(START + timedelta(minutes=47))
    assert leader.get("/_dash-layout").status_code == 401


def test_a_session_ends_after_twelve_hours_however_busy_and_a_walls_never(house: House, at):
    at(START)
    leader, wall = house.sign_in("leader"), house.client()
    wall.get(f"/wall?token={house.ids['wall']}")
    for minutes in range(20, 12 * 60, 20):
        at(START + timedelta(minutes=minutes))
        assert leader.get("/_dash-layout").status_code == 200, minutes
    at(START + timedelta(hours=12, minutes=1))
    assert leader.get("/_dash-layout").status_code == 401
    at(START + timedelta(days=300))
    assert wall.get("/wall/").status_code == 200
    again = house.sign_in("leader", client=leader)
    assert again.get("/_dash-layout").status_code == 200


def test_a_timer_alone_does_not_keep_a_session_alive(house: House, at):
    at(START)
    client = house.sign_in("leader")
    poll = {"output": "x.data", "outputs": {"id": "x", "property": "data"}, "inputs": [],
            "changedPropIds": ["tick.n_intervals"]}  # fmt: skip
    for minute in (10, 20, 29):
        at(START + timedelta(minutes=minute))
        client.post("/_dash-update-component", json=poll)
    at(START + timedelta(minutes=31))
    assert client.get("/_dash-layout").status_code == 401


def test_posting_without_the_token_is_refused(house: House):
    assert house.client().post("/login", data={"username": "leader", "password": PASSWORD}).status_code == 400
    client = house.sign_in("leader")
    client.get("/")
    for path in ("/logout", "/preferences", "/password"):
        assert client.post(path).status_code == 400, path
    assert fire(client, house, "page.children", {"url.pathname": "/"}, csrf=False).status_code == 400
    assert fire(client, house, "page.children", {"url.pathname": "/"}).status_code == 200


def test_signing_out_ends_the_session(house: House):
    client = house.sign_in("leader")
    client.get("/")
    token = client.get_cookie("_csrf_token").value
    for _ in ("now", "when it was over"):
        assert client.post("/logout", data={"csrf_token": token}).headers["Location"] == "/login"
        assert client.get("/_dash-layout").status_code == 401


def test_a_link_to_sign_in_as_another_ends_the_session_by_a_button_and_leads_back(house: House):
    client = house.sign_in("leader")
    assert client.get("/login?next=/leads&username=leader").headers["Location"] == "/leads"
    asked = client.get("/login?next=/visits%3Fa%3D1&username=<b>officer").text
    assert 'action="/logout"' in asked and "&lt;b&gt;officer" in asked and "<b>officer" not in asked
    assert client.get("/api/v1/meta").status_code == 200  # a link that somebody sends ends nothing
    said = {"next": "/visits?a=1", "username": "officer"}
    assert client.post("/logout", data=said).status_code == 400
    answer = client.post("/logout", data={**said, "csrf_token": client.get_cookie("_csrf_token").value})
    door = client.get(answer.headers["Location"]).text
    assert 'value="officer"' in door and 'name="next" value="/visits?a=1"' in door
    assert client.get("/api/v1/meta").status_code == 401
    evil = client.get("/login?next=//evil.example&username=officer").text
    assert 'name="next" value="/"' in evil


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:1",
                                  "/a\nb", "\\\\evil.example", "/\t/evil.example", "", None])  # fmt: skip
def test_the_way_on_never_leads_to_another_site(path):
    assert safe_next(path) == "/"


@given(st.text(max_size=40))
def test_the_way_on_is_always_a_path_of_this_site(path):
    assert safe_next(path).startswith("/") and not safe_next(path).startswith(("//", "/\\"))


def test_the_way_on_keeps_a_filter(house: House):
    client = house.client()
    data = {"username": "leader", "password": PASSWORD, "csrf_token": token_in(client)}
    answer = client.post("/login", data={**data, "next": "/enterprises?state=remaining"})
    assert answer.headers["Location"] == "/enterprises?state=remaining"


@pytest.mark.parametrize(
    ("password", "code"),
    [("Ab1-", "password_short"), ("alllowercase1", "password_classes"), ("Leader-2026", "password_name"),
     ("A1-" + "x" * 300, "password_long")],
)  # fmt: skip
def test_easy_passwords_are_refused_with_the_rule(password, code):
    with pytest.raises(Refused) as refused:
        check_new_password(password, "leader", admin=False)
    assert refused.value.code == code


def test_a_one_time_password_meets_the_rules_of_administrators():
    for _ in range(20):
        check_new_password(one_time_password().shown, "admin", admin=True)


def test_a_reset_password_is_new_and_ends_the_sessions(house: House):
    client = house.sign_in("leader")
    fresh = one_time_password()
    with writing(house.engine) as conn:
        reset_password(conn, ADMIN, house.ids[Role.LEADER], fresh, now=NOW)
    assert client.get("/_dash-layout").status_code == 401
    assert attempt(house.client(), "leader", PASSWORD).status_code == 401
    assert house.sign_in("leader", fresh.shown).get("/").headers["Location"] == "/password"


def test_language_and_colours_follow_the_account_then_the_cookie_then_the_browser(house: House):
    client = house.client()
    assert 'lang="en"' in client.get("/login", headers={"Accept-Language": "en-GB"}).text
    assert 'lang="zh-CN"' in client.get("/login", headers={"Accept-Language": "fr"}).text
    client.post("/preferences", data={"language": "en", "theme": "dark", "csrf_token": token_in(client)})
    page = client.get("/login", headers={"Accept-Language": "zh-CN"}).text
    assert 'lang="en"' in page and 'color-scheme="dark"' in page
    other = house.sign_in("leader")
    other.get("/")
    token = other.get_cookie("_csrf_token").value
    other.post("/preferences", data={"language": "en", "csrf_token": token})
    assert 'lang="en"' in house.sign_in("leader").get("/").text


def test_secrets_never_reach_the_audit_log(house: House):
    attempt(house.client(), "leader", "My-Secret-Word-1")
    attempt(house.client(), "My-Secret-Word-2", "x")
    house.sign_in("leader")
    said = repr(house.audit("login"))
    assert "My-Secret-Word" not in said and PASSWORD not in said
    assert [row.success for row in house.audit("login")] == [False, False, True]


def change(client, old: str, new: str):
    data = {"old": old, "new": new, "again": new, "csrf_token": token_in(client, "/password")}
    return client.post("/password", data=data)


def test_none_of_the_last_five_passwords_comes_back(house: House):
    client, old = house.sign_in("leader"), PASSWORD
    chosen = [f"Proper-2027-pw{n}" for n in range(6)]
    for new in chosen:
        assert change(client, old, new).status_code == 302
        old = new
    for used in chosen[1:]:
        assert change(client, old, used).status_code == 422, used
    assert "最近 5 次" in change(client, old, chosen[1]).text
    assert change(client, old, chosen[0]).status_code == 302


def test_a_password_lives_ninety_days(house: House):
    assert change(house.sign_in("leader"), PASSWORD, "Proper-2027-pw").status_code == 302
    for days, where in ((88, "/"), (91, "/password")):
        with writing(house.engine) as conn:
            conn.execute(sa.update(password_history).values(set_at=NOW - timedelta(days=days)))
        client = house.sign_in("leader", "Proper-2027-pw")
        answer = client.get("/")
        assert (answer.headers.get("Location") or "/") == where
    assert client.get("/api/v1/meta").status_code == 403
    assert change(client, "Proper-2027-pw", "Proper-2028-pw").status_code == 302
    assert client.get("/api/v1/meta").status_code == 200
