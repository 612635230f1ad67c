"""Who gets where: pages, data routes, forged callbacks, the wall's cookie, API tokens."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa

from dashboard.guard import WALL_COOKIE
from data.access import RIGHTS, Right, Role
from data.schema import api_token, audit, denial, wall_token
from data.store import writing
from data.writes.tokens import create_wall_token, revoke_token
from tests.dashboard.conftest import ADMIN, ROLES, House, fire
from tests.factories import NOW

DATA_ROUTES = {
    "/api/v1/meta": Right.FIGURES,
    "/api/v1/plans": Right.FIGURES,
    "/api/v1/coverage": Right.FIGURES,
    "/api/v1/grids": Right.FIGURES,
    "/api/v1/grids.geojson": Right.FIGURES,
    "/api/v1/enterprises": Right.ENTERPRISES,
    "/api/v1/enterprises/1": Right.ENTERPRISES,
    "/api/v1/points.geojson": Right.ENTERPRISES,
    "/geo/grids.geojson": Right.FIGURES,
    "/geo/districts.geojson": Right.FIGURES,
    "/geo/rivers.geojson": Right.FIGURES,
    "/export/enterprises.csv": Right.ENTERPRISES,
    "/export/enterprises.xlsx": Right.ENTERPRISES,
    "/export/grids.csv": Right.FIGURES,
    "/export/audit.csv": Right.AUDIT_LOG,
    "/export/audit.xlsx": Right.AUDIT_LOG,
    "/api/v1/audit": Right.AUDIT_LOG,
    "/wall/": Right.FIGURES,
}


@pytest.mark.parametrize("role", ROLES)
def test_every_role_gets_what_it_may_and_403_for_the_rest(read_only_house: House, role: Role):
    client = read_only_house.sign_in(str(role))
    for path, right in DATA_ROUTES.items():
        wanted = 200 if right in RIGHTS[role] else 403
        assert client.get(path).status_code == wanted, path
    for page in read_only_house.server.extensions["gridward"]["main"].pages:
        if "<" in page.path:
            continue
        wanted = 200 if page.right in RIGHTS[role] else 302 if page.path == "/" else 403
        assert client.get(page.path).status_code == wanted, page.path


@pytest.mark.parametrize("role", ROLES)
def test_the_callbacks_of_a_page_are_as_closed_as_the_page(house: House, role: Role):
    client = house.sign_in(str(role))
    client.get("/")
    token = client.get_cookie("_csrf_token")
    assert token is not None or role is Role.ADMIN
    client.get("/password")
    main = house.server.extensions["gridward"]["main"]
    closed = 0
    for key, page in main.owners.items():
        if page.right in RIGHTS[role]:
            continue
        body = {"output": key, "outputs": [], "inputs": [], "changedPropIds": ["x.n_clicks"]}
        headers = {"X-CSRFToken": client.get_cookie("_csrf_token").value}
        assert client.post("/_dash-update-component", json=body, headers=headers).status_code == 403, key
        closed += 1
    assert closed or role is Role.STEWARD or all(p.right in RIGHTS[role] for p in main.pages)


@pytest.mark.usefixtures("one_minute")
def test_a_forged_callback_gets_403_and_one_audit_row_a_minute(house: House):
    client = house.sign_in("officer")
    client.get("/")
    values = {
        "admin-user-username.value": "evil",
        "admin-user-name.value": "x",
        "admin-user-role.value": "admin",
    }
    for _ in range(3):
        answer = fire(client, house, "admin-grids.rowData", values)
        assert answer.status_code == 403
        assert answer.json["error"]["code"] == "denied_right" and "权" in answer.json["error"]["message"]
    (row,) = house.audit("access.denied")
    assert row.actor == "user:officer" and not row.success and "/admin" in row.object_id
    with house.engine.connect() as conn:
        assert conn.execute(sa.select(sa.func.sum(denial.c.count))).scalar() == 3


def test_navigating_to_a_closed_page_by_hand_gets_403(house: House):
    client = house.sign_in("officer")
    client.get("/")
    assert fire(client, house, "page.children", {"url.pathname": "/admin"}).status_code == 403
    assert client.get("/admin").status_code == 403
    assert len(house.audit("access.denied")) == 2


def test_lists_and_exports_stay_inside_the_scope(read_only_house: House):
    everything, mine = (
        read_only_house.sign_in(name).get("/api/v1/enterprises?limit=1000").json
        for name in ("leader", "officer")
    )
    assert 0 < mine["total"] < everything["total"]
    grids = {row["grid_code"] for row in mine["enterprises"]}
    assert len(grids) == 1
    lines = read_only_house.sign_in("officer").get("/export/enterprises.csv").text.strip().splitlines()
    assert len(lines) - 1 == mine["total"]
    outside = next(r["id"] for r in everything["enterprises"] if r["grid_code"] not in grids)
    client = read_only_house.sign_in("officer")
    assert client.get(f"/api/v1/enterprises/{outside}").status_code in (403, 404)
    shapes = client.get("/geo/grids.geojson").json["features"]
    assert {f["properties"]["code"] for f in shapes} == grids


def enter(house: House, token: str):
    client = house.client()
    answer = client.get(f"/wall?token={token}")
    return client, answer


def test_a_walls_token_becomes_a_cookie_and_a_clean_address(house: House):
    client, answer = enter(house, house.ids["wall"])
    assert answer.headers["Location"] == "/wall/" and house.ids["wall"] not in answer.headers["Location"]
    cookie = client.get_cookie(WALL_COOKIE, path="/wall")
    assert cookie.http_only and cookie.secure and cookie.path == "/wall"
    assert client.get("/wall/").status_code == 200
    assert client.get("/wall/_dash-layout").status_code == 200
    assert client.get("/wall/geo/grids.geojson").status_code == 200


def test_a_walls_cookie_is_good_for_the_walls_own_calls_only(house: House):
    client = house.client()
    client.set_cookie(WALL_COOKIE, house.ids["wall"], path="/")  # a thief sends it everywhere
    for path in ("/", "/_dash-layout", "/_dash-dependencies", "/api/v1/meta", "/geo/grids.geojson",
                 "/export/grids.csv", "/admin", "/enterprises"):  # fmt: skip
        assert client.get(path).status_code in (302, 401, 403), path
    client.get("/wall/")
    token = client.get_cookie("_csrf_token").value
    body = {"output": "page.children", "outputs": [], "inputs": [], "changedPropIds": []}
    for path in ("/_dash-update-component", "/preferences2", "/logout"):
        assert client.post(path, json=body, headers={"X-CSRFToken": token}).status_code in (
            401,
            403,
            404,
            405,
        )


def test_a_walls_cookie_survives_a_restart_and_ends_with_its_token(house: House):
    client, _ = enter(house, house.ids["wall"])
    from dashboard import create_dashboard
    from data.clock import Clock

    again = create_dashboard(house.engine, house.settings, Clock()).test_client()
    again.set_cookie(WALL_COOKIE, client.get_cookie(WALL_COOKIE, path="/wall").value, path="/wall")
    assert again.get("/wall/").status_code == 200
    with writing(house.engine) as conn:
        revoke_token(conn, ADMIN, wall_token, house.ids["wall_id"], now=NOW)
    assert client.get("/wall/").status_code == 401
    assert client.get("/wall/_dash-layout").status_code == 401
    assert enter(house, house.ids["wall"])[1].status_code == 401


def test_a_walls_scope_is_its_organisation(house: House):
    with writing(house.engine) as conn:
        _, token = create_wall_token(conn, ADMIN, "区局", house.ids["org"], now=NOW)
    client, _ = enter(house, token)
    whole, _ = enter(house, house.ids["wall"])
    some, every = (c.get("/wall/geo/grids.geojson").json["features"] for c in (client, whole))
    assert 0 < len(some) < len(every)


def test_tokens_are_kept_as_hashes_only(house: House):
    with house.engine.connect() as conn:
        kept = [*conn.execute(sa.select(wall_token)), *conn.execute(sa.select(api_token)),
                *conn.execute(sa.select(audit.c.detail))]  # fmt: skip
    assert house.ids["wall"] not in repr(kept) and house.ids["api"] not in repr(kept)


def test_an_api_token_acts_as_its_account_until_it_is_revoked(house: House):
    client, bearer = house.client(), {"Authorization": f"Bearer {house.ids['api']}"}
    mine = client.get("/api/v1/enterprises", headers=bearer)
    assert mine.json["total"] == house.sign_in("officer").get("/api/v1/enterprises").json["total"]
    assert client.get("/", headers=bearer).status_code == 302
    assert client.get("/_dash-layout", headers=bearer).status_code == 401
    assert client.get("/api/v1/meta", headers={"Authorization": "Bearer nonsense"}).status_code == 401
    with writing(house.engine) as conn:
        revoke_token(conn, ADMIN, api_token, house.ids["api_id"], now=NOW)
    assert client.get("/api/v1/meta", headers=bearer).status_code == 401


def test_a_wrong_bearer_is_not_helped_by_a_session(house: House):
    client = house.sign_in("leader")
    assert client.get("/api/v1/meta", headers={"Authorization": "Bearer nonsense"}).status_code == 401


def test_the_administrator_sees_no_enterprise_anywhere(read_only_house: House):
    client = read_only_house.sign_in("admin")
    with read_only_house.engine.connect() as conn:
        names = list(conn.execute(sa.text("SELECT name FROM enterprise")).scalars())
    client.get("/admin")
    said = fire(client, read_only_house, "page.children", {"url.pathname": "/admin"}).text
    assert "admin-users" in said and not any(name in said for name in names)


def test_the_administrator_makes_an_account_and_a_walls_link_that_work(house: House):
    admin = house.sign_in("admin")
    admin.get("/admin")
    values = {"admin-user-username.value": "newbie", "admin-user-name.value": "新人",
              "admin-user-role.value": "leader"}  # fmt: skip
    made = fire(
        admin, house, "..admin-users.rowData...admin-users.selectedRows...admin-user-password", values
    )
    assert made.status_code == 200
    password = re.search(r"[0-9A-Za-z]{4}(?:-[0-9A-Za-z]{4}){2}-9Aa", made.text)[0]
    assert house.sign_in("newbie", password).get("/").headers["Location"] == "/password"
    link = fire(admin, house, "admin-walls-secret.children", {"admin-walls-name.value": "大厅"})
    assert link.status_code == 200
    token = link.text.split("wall?token=")[1].split('"')[0]
    assert enter(house, token)[1].headers["Location"] == "/wall/"
    assert house.audit("wall_token.create")[-1].actor == "user:admin"


def test_a_refusal_in_a_callback_becomes_its_sentence(house: House):
    admin = house.sign_in("admin")
    admin.get("/admin")
    answer = fire(admin, house, "admin-walls-secret.children", {"admin-walls-name.value": " "})
    assert (
        answer.status_code == 200 and "请填写名称" in answer.json["sideUpdate"]["notice"]["data"]["message"]
    )
