"""What somebody with an account, or with none, tries: each was or could have been a way in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from dashboard.guard import WALL_COOKIE
from data import sheets
from data.access import RIGHTS, Role
from data.passwords import one_time_password
from data.schema import denial, finding, job, lead, login_failure, problem, setting, user
from data.store import writing
from data.writes.users import create_user
from tests.dashboard.conftest import ADMIN, PASSWORD, ROLES, House, fire, open_house, token_in
from tests.dashboard.test_login import attempt
from tests.factories import NOW, TODAY, add_lead, add_problem

START = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)
MOBILE, IDENTITY = "13912345678", "210102197803150034"


def callback(client, key: str, prefix: str = "/"):
    """Forge a callback by its key."""
    body = {"output": key, "outputs": [], "inputs": [], "changedPropIds": ["x.n_clicks"]}
    headers = {"X-CSRFToken": client.get_cookie("_csrf_token").value}
    return client.post(f"{prefix}_dash-update-component", json=body, headers=headers)


@pytest.mark.parametrize("role", ROLES)
def test_every_closed_callback_of_the_desk_and_of_the_wall_gets_403_and_an_audit_row(
    house: House, role: Role
):
    client = house.sign_in(str(role))
    client.get("/password")
    for name, prefix in (("main", "/"), ("wall", "/wall/")):
        routes = house.server.extensions["gridward"][name]
        closed = {key: page for key, page in routes.owners.items() if page.right not in RIGHTS[role]}
        before = len(house.audit("access.denied"))
        for key in closed:
            assert callback(client, key, prefix).status_code == 403, key
        rows = house.audit("access.denied")[before:]
        assert {row.actor for row in rows} <= {f"user:{role}"}
        assert len(rows) == len({f"{page.path} {key[:80]}" for key, page in closed.items()})


def test_a_walls_cookie_forges_no_callback_of_the_desk(house: House):
    client = house.client()
    client.set_cookie(WALL_COOKIE, house.ids["wall"], path="/")
    client.get("/wall/")
    main = house.server.extensions["gridward"]["main"]
    for key in main.owners:
        assert callback(client, key).status_code == 401, key
        assert callback(client, key, "/wall/").status_code >= 400, key
    data = {"old": PASSWORD, "new": "x", "csrf_token": client.get_cookie("_csrf_token").value}
    assert client.post("/password", data=data).status_code in (401, 403)


def test_numbers_of_persons_stay_masked_in_every_part_of_the_api(house: House):
    said = f"负责人手机{MOBILE}，身份证{IDENTITY}"
    with writing(house.engine) as conn:
        shop = conn.execute(sa.text("SELECT id FROM enterprise WHERE grid_id IS NOT NULL")).scalars().first()
        add_lead(conn, enterprise_id=shop, title=said, subject=said, outcome=said, disposal=said)
        add_lead(conn, subject=said, title="x")
        held = add_problem(conn, shop, TODAY)
        part = sa.select(problem.c.finding_id).where(problem.c.id == held)
        conn.execute(sa.update(finding).where(finding.c.id.in_(part)).values(text=said))
        assert conn.execute(sa.select(sa.func.count()).where(lead.c.title == said)).scalar() == 1
    client = house.sign_in("leader")
    body = client.get(f"/api/v1/enterprises/{shop}").text
    client.get("/")
    body += fire(client, house, "page.children", {"url.pathname": f"/enterprises/{shop}"}).get_data(
        as_text=True
    )
    assert MOBILE not in body and IDENTITY not in body and "139****5678" in body


def test_nobody_searches_for_a_telephone_number(house: House):
    with writing(house.engine) as conn:
        conn.execute(sa.text("UPDATE enterprise SET details = :d"), {"d": f'{{"phone": "{MOBILE}"}}'})
    client = house.sign_in("leader")
    assert client.get(f"/api/v1/enterprises?q={MOBILE[:7]}").json["total"] == 0


def test_no_header_or_cell_of_an_export_is_a_formula():
    evil = ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1", "－1", "＠x"]
    lines = b"".join(sheets.csv_parts(evil, [evil])).decode("utf-8-sig")
    for one in evil:
        assert lines.count(f"'{one}") == 2, one


@pytest.mark.parametrize("profile", ["/etc/gridward.yaml", "../../secret.yaml", "standard.yaml", "nobody"])
def test_an_import_takes_offered_profiles_only(house: House, profile: str):
    with writing(house.engine) as conn:
        offered = [{"name": "standard", "kinds": ["enterprises"], "title": {}}]
        conn.execute(sa.insert(setting), {"key": "profiles", "value": offered})
    client = house.sign_in("steward")
    client.get("/imports")
    file = {
        "imports-upload.contents": "data:text/csv;base64,YSxiCjEsMgo=",
        "imports-upload.filename": "a.csv",
    }
    token = fire(client, house, "imports-token.data", file).json["response"]["imports-token"]["data"]
    values = {"imports-check.n_clicks": 1, "imports-kind.value": "enterprises", "imports-token.data": token}
    fire(client, house, "imports-job.data", {**values, "imports-profile.value": profile})
    with house.engine.connect() as conn:
        assert conn.execute(sa.select(sa.func.count()).select_from(job)).scalar() == 0
    fire(client, house, "imports-job.data", {**values, "imports-profile.value": "standard"})
    with house.engine.connect() as conn:
        assert conn.execute(sa.select(sa.func.count()).select_from(job)).scalar() == 1


def test_another_stewards_upload_and_job_stay_closed(house: House):
    with writing(house.engine) as conn:
        offered = [{"name": "standard", "kinds": ["enterprises"], "title": {}}]
        conn.execute(sa.insert(setting), {"key": "profiles", "value": offered})
        row = conn.execute(sa.select(user).where(user.c.username == "steward")).mappings().one()
        conn.execute(sa.insert(user), {**row, "id": None, "username": "steward2"} | {"id": 9999})
    first, second = house.sign_in("steward"), house.sign_in("steward2")
    first.get("/imports")
    second.get("/imports")
    file = {
        "imports-upload.contents": "data:text/csv;base64,YSxiCjEsMgo=",
        "imports-upload.filename": "../../a.csv",
    }
    token = fire(first, house, "imports-token.data", file).json["response"]["imports-token"]["data"]
    assert not list(house.settings.data.glob("*.csv"))
    values = {"imports-check.n_clicks": 1, "imports-kind.value": "enterprises",
              "imports-profile.value": "standard", "imports-token.data": token}  # fmt: skip
    assert "notice" in fire(second, house, "imports-job.data", values).text
    for bad in (None, "../..", "0" * 32, ["x"]):
        refused = fire(second, house, "imports-job.data", {**values, "imports-token.data": bad})
        assert "upload_gone" in refused.text or "上传" in refused.text
    number = fire(first, house, "imports-job.data", values).json["response"]["imports-job"]["data"]
    assert fire(second, house, "imports-job-view.children", {"imports-job.data": number}).status_code == 403
    stop = {"imports-cancel.n_clicks": 1, "imports-job.data": number}
    assert fire(second, house, "imports-job.data", stop).status_code in (200, 403)
    with house.engine.connect() as conn:
        assert conn.execute(sa.select(job.c.state)).scalar() == "queued"


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/enterprises/99999999999999999999999",
        "/api/v1/coverage?as_of=9999-12-31",
        "/api/v1/coverage?as_of=0001-01-01",
        "/api/v1/coverage?known_at=0001-01-01T00:00:00",
        "/api/v1/coverage?period=%00",
        "/api/v1/enterprises?q=%00",
        "/api/v1/enterprises?grid=%00",
        "/api/v1/enterprises?sort=-",
        "/api/v1/enterprises?q=" + "a+" * 3000,
        "/api/v1/enterprises?batch=2147483648",
        "/export/grids.csv?district=%00&q=%00",
        "/export/enterprises.exe",
        "/enterprises/99999999999999999999999",
        "/geo/..%2fgrids.geojson",
        "/static/..%2f..%2fapp.py",
        "/assets/..%2f..%2fapp.py",
        "/_dash-component-suites/dash/none.js",
        "/_dash-component-suites/none/x.js",
        "/api/v1/enterprises?limit=" + "9" * 4500,
        "/grids/%00",
    ],
)
def test_odd_addresses_fail_no_server_and_tell_nothing(read_only_house: House, path: str):
    answer = read_only_house.sign_in("leader").get(path)
    # PostgreSQL keeps no such text, not even in its log
    assert answer.status_code == 400 if "%00" in path else answer.status_code < 500
    assert "Traceback" not in answer.text and "create_app" not in answer.text


ASKED = '{"output": "spoken.children", "outputs": [], "inputs": %s, "changedPropIds": %s}'


@pytest.mark.parametrize(
    "body",
    [
        "[1]", "5", "null", '{"output": 5}', '{"changedPropIds": 5}', "[" * 100_000, '{"a":' * 100_000,
        ASKED % ("5", "5"), ASKED % ("[]", "[]"), ASKED % ("[5]", '["x"]'), ASKED % ('["\\u0000"]', "[]"),
        ASKED % ('["\\ud800"]', "[]"), ASKED % ('[{"\\u0000": 1}]', "[]"),
    ],
)  # fmt: skip
def test_what_is_no_callback_is_refused_and_fails_no_server(read_only_house: House, body: str):
    client = read_only_house.sign_in("leader")
    client.get("/password")
    headers = {"X-CSRFToken": client.get_cookie("_csrf_token").value, "Content-Type": "application/json"}
    main = read_only_house.server.extensions["gridward"]["main"]
    for prefix, known in (("/", "spoken.children"), ("/", next(iter(main.owners))), ("/wall/", "x")):
        said = body.replace("spoken.children", known)
        answer = client.post(f"{prefix}_dash-update-component", data=said, headers=headers)
        assert answer.status_code == 400 and answer.json["error"]["message"], (prefix, known)


def test_a_user_name_that_no_database_keeps_is_refused(house: House):
    client = house.client()
    data = {"username": "a\x00b", "password": "x", "csrf_token": token_in(client)}
    assert client.post("/login", data=data).status_code == 400


@pytest.mark.usefixtures("one_minute")
def test_denials_of_many_addresses_of_one_page_are_one_audit_row_a_minute(house: House):
    admin = house.sign_in("admin")
    for n in range(20):
        assert admin.get(f"/enterprises/{n}").status_code == 403
    first = one_time_password()
    with writing(house.engine) as conn:
        create_user(conn, ADMIN, "newcomer", "测试员", "leader", first, now=NOW)
    fresh = house.sign_in("newcomer", first.shown)
    for n in range(20):
        assert fresh.get(f"/_dash-{n}").status_code == 403
    assert len(house.audit("access.denied")) == 2
    with house.engine.connect() as conn:
        assert sorted(conn.execute(sa.select(denial.c.count)).scalars()) == [20, 20]


@pytest.mark.usefixtures("one_minute")
def test_failed_logins_from_many_addresses_flood_neither_the_log_nor_the_table(house: House, at):
    at(START)
    for n in range(60):
        attempt(house.client(), f"stranger{n}", "wrong", f"10.1.{n}.1")
    rows = [row for row in house.audit("login") if not row.success]
    assert len(rows) == 1 and "stranger" not in repr(rows)
    with house.engine.connect() as conn:
        assert conn.execute(sa.select(sa.func.sum(denial.c.count))).scalar() == 60
    at(START + timedelta(days=2))
    attempt(house.client(), "stranger", "wrong", "10.9.9.9")
    with house.engine.connect() as conn:
        assert conn.execute(sa.select(sa.func.count()).select_from(login_failure)).scalar() == 2


def test_a_lock_is_written_down(house: House, at):
    at(START)
    for _ in range(7):
        attempt(house.client(), "leader", "wrong")
    (row,) = house.audit("login.locked")
    assert row.actor == "user:leader" and not row.success


def test_a_copied_session_ends_with_the_logout(house: House):
    client = house.sign_in("leader")
    copy = house.client()
    copy.set_cookie("gw_session", client.get_cookie("gw_session").value)
    assert copy.get("/api/v1/meta").status_code == 200
    client.post("/logout", data={"csrf_token": token_in(client, "/password")})
    assert copy.get("/api/v1/meta").status_code == 401
    assert house.audit("logout")[-1].actor == "user:leader"


def test_a_form_without_its_token_changes_nothing(house: House):
    client = house.sign_in("leader")
    for path in ("/login", "/logout", "/password", "/preferences"):
        assert client.post(path, data={"username": "leader", "language": "en"}).status_code == 400, path
    assert client.get("/api/v1/meta").status_code == 200
    assert fire(client, house, "page.children", {"url.pathname": "/"}, csrf=False).status_code == 400


def test_a_clientside_callback_cannot_be_asked_of_the_server(house: House):
    client = house.sign_in("leader")
    client.get("/")
    answer = fire(client, house, "spoken.children", {"title.data": "x"})
    assert 400 <= answer.status_code < 500


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1.evil.example:8050",
                                  "[::2]", "[::1]evil.example", "0.0.0.0", "", "<b>x</b>"])  # fmt: skip
def test_a_name_that_is_not_ours_gets_a_sentence_and_nothing_else(read_only_house: House, host: str):
    client = read_only_house.sign_in("leader")
    for path in ("/", "/login", "/api/v1/meta", "/_dash-layout", "/wall/"):
        headers = {"Host": host, "X-Forwarded-Host": "localhost", "Accept-Language": "en"}
        answer = client.get(path, headers=headers)
        assert answer.status_code == 400, path
        assert "GRIDWARD_HOSTS" in answer.text
        assert answer.is_json or "<b>x" not in answer.text
    assert client.post("/login", headers={"Host": host}).status_code == 400


@pytest.mark.parametrize(
    "host", ["localhost:8050", "127.0.0.1", "LOCALHOST", "[::1]:8050", "grid.example.cn"]
)
def test_our_own_names_are_served_with_or_without_a_port(house_template, tmp_path, host: str):
    house = open_house(house_template, tmp_path, hosts=("grid.example.cn",), proxies=1)
    assert house.client().get("/login", headers={"Host": host}).status_code == 200
    forwarded = {"Host": "evil.example", "X-Forwarded-Host": host}
    assert house.client().get("/login", headers=forwarded).status_code == 400
    assert house.client().get("/healthz", headers={"Host": "10.0.0.7:8050"}).status_code == 200
