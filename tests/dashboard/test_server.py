"""What every answer carries, and that several apps live side by side."""

from __future__ import annotations

import re

import pytest

from dashboard import create_dashboard
from data.access import Role, Scope, Viewer
from data.clock import Clock
from data.settings import Tiles
from tests.dashboard.conftest import House, fire, open_house
from tests.factories import TODAY


def test_every_answer_carries_the_security_headers(read_only_house: House):
    client = read_only_house.sign_in("leader")
    for path in ("/", "/login", "/wall/", "/api/v1/meta", "/nothing-here", "/_dash-layout"):
        headers = client.get(path).headers
        policy = headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in policy and "unsafe-eval" not in policy
        scripts = re.search(r"script-src ([^;]+)", policy)[1]
        assert "unsafe-inline" not in scripts and "http" not in scripts
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "camera=()" in headers["Permissions-Policy"]


def test_every_inline_script_of_a_page_is_in_the_policy(read_only_house: House):
    import base64
    import hashlib

    client = read_only_house.sign_in("leader")
    for path in ("/", "/wall/"):
        answer = client.get(path)
        inline = re.findall(
            r"<script(?![^>]*(?:src=|application/json))[^>]*>(.*?)</script>", answer.text, re.S
        )
        assert inline
        for script in inline:
            digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
            assert f"'sha256-{digest}'" in answer.headers["Content-Security-Policy"]


def test_nothing_is_loaded_from_another_host(read_only_house: House):
    client = read_only_house.sign_in("leader")
    for path in ("/", "/wall/", "/login", "/nothing"):
        assert not re.findall(r'(?:src|href)="(?:https?:)?//', client.get(path).text), path


def test_a_tile_service_opens_the_policy_for_its_pictures_only(house_template, tmp_path):
    tiles = Tiles("https://t{s}.map.example/{z}/{x}/{y}.png", "来源", "GS(2024)1")
    house = open_house(house_template, tmp_path, tiles=tiles)
    policy = house.client().get("/login").headers["Content-Security-Policy"]
    assert "img-src 'self' data: blob: https://t*.map.example" in policy or "https://*.map.example" in policy
    assert "connect-src 'self';" in policy


def test_cookies_are_secure_http_only_and_same_site(house: House):
    client = house.client()
    cookie = client.get("/login").headers.getlist("Set-Cookie")
    session = next(c for c in cookie if c.startswith("gw_session="))
    assert "Secure" in session and "HttpOnly" in session and "SameSite=Lax" in session


def test_an_intranet_without_tls_may_ask_for_plain_cookies(house_template, tmp_path):
    house = open_house(house_template, tmp_path, insecure_cookies=True)
    assert "Secure" not in " ".join(house.client().get("/login").headers.getlist("Set-Cookie"))


def test_shapes_and_answers_are_compressed_and_not_sent_twice(read_only_house: House):
    client = read_only_house.sign_in("leader")
    for path in ("/geo/grids.geojson", "/api/v1/coverage", "/api/v1/grids", "/api/v1/enterprises"):
        first = client.get(path, headers={"Accept-Encoding": "gzip"})
        assert first.headers.get("Content-Encoding") == "gzip", path
        again = client.get(path, headers={"If-None-Match": first.headers["ETag"], "Accept-Encoding": "gzip"})
        assert again.status_code == 304 and not again.data, path


def test_fingerprinted_files_are_kept_for_ever_and_pages_never(read_only_house: House):
    client = read_only_house.sign_in("leader")
    page = client.get("/")
    assert page.headers["Cache-Control"] == "no-store"
    script = re.search(r'src="(/_dash-component-suites/[^"]+\.v[^"]+\.js)"', page.text)[1]
    assert "immutable" in client.get(script).headers["Cache-Control"]


def test_failures_are_told_in_the_readers_language_and_without_a_trace(house: House, monkeypatch):
    from dashboard.services import Services

    client = house.sign_in("leader")
    assert "不存在" in client.get("/nothing").text
    english = {"Accept-Language": "en"}
    assert "does not exist" in client.get("/nothing", headers=english).text
    assert client.get("/api/v1/nothing").json["error"]["code"] == "http_404"
    client.get("/")

    def broken(_self):
        raise RuntimeError("secret detail")

    monkeypatch.setattr(Services, "reading", broken)
    house.server.config["PROPAGATE_EXCEPTIONS"] = False
    answer = client.get("/healthz")
    assert answer.status_code == 500 and "secret" not in answer.text and "Traceback" not in answer.text


def test_two_apps_in_one_process_keep_to_their_own_city(house_template, tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first, second = open_house(house_template, tmp_path / "a"), open_house(house_template, tmp_path / "b")
    with second.engine.begin() as conn:
        conn.exec_driver_sql("UPDATE setting SET value = '{\"name\": \"另一市\"}' WHERE key = 'city'")
    for house, name in ((first, "测试市"), (second, "另一市")):
        client = house.sign_in("leader")
        client.get("/")
        assert name in client.get("/_dash-layout").get_data(as_text=True).encode().decode(
            "unicode_escape", "ignore"
        ) or name in str(client.get("/_dash-layout").json)
        assert client.get("/api/v1/meta").json["city"] == name
        assert fire(client, house, "page.children", {"url.pathname": "/"}).status_code == 200


def ids_in(component) -> set[str]:
    """Collect all string ids of a layout."""
    found = set()
    stack = [component]
    while stack:
        one = stack.pop()
        if isinstance(one, (list, tuple)):
            stack.extend(one)
        elif hasattr(one, "to_plotly_json"):
            if isinstance(getattr(one, "id", None), str):
                found.add(one.id)
            stack.extend(getattr(one, name, None) for name in one._prop_names if name != "id")
        elif isinstance(one, dict):
            stack.extend(one.values())
    return found


@pytest.mark.parametrize("app", ["desk", "wall"])
def test_every_id_of_a_callback_stands_in_some_layout(read_only_house: House, app: str):
    site = read_only_house.server.extensions["gridward"]
    routes = site["main" if app == "desk" else "wall"]
    services = site["services"]
    from dashboard.services import View

    city = read_only_house.ids["city"]
    values = {
        "code": "210102001001",
        "enterprise_id": str(city.enterprises[0]),
        "id": str(city.enterprises[0]),
        "kind": "visit",
    }
    with read_only_house.server.test_request_context():
        found = ids_in(site["apps"][app].layout())
        for page in routes.pages:
            names = re.findall(r"<(\w+)>", page.path)
            for role in Role:
                who = Viewer("user:test", role, Scope(True, frozenset(city.grids)), user_id=1)
                if who.may(page.right):
                    view = View(who, Clock(demo_day=TODAY).now())
                    found |= ids_in(page.layout(view, services, search="", **{n: values[n] for n in names}))
            found |= set(page.later_ids)
    wanted = set()
    for key, spec in site["apps"][app].callback_map.items():
        wanted |= {part["id"] for part in (*spec["inputs"], *spec["state"]) if isinstance(part["id"], str)}
        wanted |= {name.rsplit(".", 1)[0] for name in key.strip(".").split("...")}
    missing = {
        one for one in wanted if not one.startswith("{") and one not in found and one != "_pages_dummy"
    }
    assert not missing
    assert create_dashboard is not None


@pytest.mark.parametrize(
    ("path", "status", "title"),
    [("/admin", 403, "无权访问"), ("/nothing-here", 404, "未找到"), ("/login?to=big", 413, "文件过大"),
     ("/login?to=fall", 500, "系统故障"), ("/login?to=often", 429, "尝试次数过多"),
     ("/login?to=tea", 418, "出错了")],
)  # fmt: skip
def test_a_failure_says_its_own_name(house: House, path: str, status: int, title: str):
    import flask

    @house.server.before_request
    def fail() -> None:
        codes = {"big": 413, "often": 429, "tea": 418}
        to = flask.request.args.get("to")
        if to in codes:
            flask.abort(codes[to])
        if to == "fall":
            raise RuntimeError("something")

    answer = house.sign_in("leader").get(path)
    assert answer.status_code == status
    assert f"<h1>{title}</h1>" in answer.text and f"<title>{title} ·" in answer.text
