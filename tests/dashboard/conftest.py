"""A small city with an account of every role, served by a dashboard of its own."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import flask
import pytest
import shapely
import sqlalchemy as sa
from flask.testing import FlaskClient

from dashboard import create_dashboard
from data.access import Role, command_line
from data.clock import Clock
from data.passwords import hash_password
from data.schema import fact_grid_shape, grid, org, setting, user
from data.settings import Settings
from data.store import open_engine, writing
from data.writes.tokens import create_api_token, create_wall_token
from tests.factories import LOADED, NOW, TODAY, add_org, make_city

PASSWORD = "Right-2026-horse"
ROLES = tuple(role for role in Role if role is not Role.WALL)
ADMIN = command_line(Role.ADMIN)


@dataclass
class House:
    """A served city: its app, its database, its people."""

    server: flask.Flask
    engine: sa.Engine
    settings: Settings
    ids: dict[str, Any] = field(default_factory=dict)

    def client(self) -> FlaskClient:
        """Return a browser that has never been here."""
        return self.server.test_client()

    def sign_in(self, name: str, password: str = PASSWORD, client: FlaskClient | None = None) -> FlaskClient:
        """Return a browser in which `name` has signed in."""
        client = client or self.client()
        answer = client.post(
            "/login", data={"username": name, "password": password, "csrf_token": token_in(client)}
        )
        assert answer.status_code == 302, answer.text
        return client

    def audit(self, action: str) -> list[Any]:
        """Return the audit rows of an action."""
        from data.schema import audit

        with self.engine.connect() as conn:
            return list(conn.execute(sa.select(audit).where(audit.c.action == action).order_by(audit.c.seq)))


def token_in(client: FlaskClient, path: str = "/login") -> str:
    """Return the CSRF token of a plain page."""
    return re.search(r'name="csrf_token" value="([^"]+)"', client.get(path).text)[1]


def fire(client: FlaskClient, house: House, output: str, values: dict[str, Any], *, app: str = "desk",
         prefix: str = "/", csrf: bool = True, changed: str | None = None) -> Any:  # fmt: skip
    """Send what a browser would send for a callback.

    `values` are by ``id.property``; `changed` is the one that fired, by default the first.
    """
    dash = house.server.extensions["gridward"]["apps"][app]
    known = list(dash.callback_map)
    own = re.compile(rf"(^|\.\.){re.escape(output)}(\.\.|$)")  # not one that writes it beside others ("@")
    (key,) = [k for k in known if own.search(k)] or [k for k in known if output in k]
    spec = dash.callback_map[key]

    def filled(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{**p, "value": values.get(f"{p['id']}.{p['property']}")} for p in parts]

    names = [part.split("@")[0] for part in key.strip(".").split("...")]
    outputs = [dict(zip(("id", "property"), n.rsplit(".", 1), strict=True)) for n in names]
    body = {
        "output": key,
        "outputs": outputs if key.startswith("..") else outputs[0],
        "inputs": filled(spec["inputs"]),
        "state": filled(spec["state"]),
        "changedPropIds": [changed]
        if changed
        else [f"{p['id']}.{p['property']}" for p in spec["inputs"]][:1],
    }
    headers = {}
    if csrf:
        cookie = client.get_cookie("_csrf_token", path="/")
        headers["X-CSRFToken"] = cookie.value if cookie else ""
    return client.post(f"{prefix}_dash-update-component", json=body, headers=headers)


@pytest.fixture(scope="session")
def house_template(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, Any]]:
    path = tmp_path_factory.mktemp("house") / "gridward.db"
    shutil.copy(sqlite_template, path)
    engine = open_engine(f"sqlite:///{path}")
    ids: dict[str, Any] = {}
    with writing(engine) as conn:
        ids["root"] = add_org(conn, "BUREAU", kind="bureau")
        ids["org"] = add_org(conn, "D1", kind="district", parent_id=ids["root"])
        made = make_city(conn)
        ids["city"] = made
        for place, grid_id in enumerate(made.grids):
            box = shapely.box(123.4 + place / 10, 41.8, 123.5 + place / 10, 41.9)
            values = {"grid_id": grid_id, "valid_from": LOADED.date(), "geom": box.wkb, "recorded_at": LOADED}
            conn.execute(sa.insert(fact_grid_shape), values)
        first = made.districts[0]
        conn.execute(sa.update(grid).where(grid.c.district_code == first).values(org_id=ids["org"]))
        conn.execute(sa.update(org).where(org.c.id == ids["org"]).values(district_code=first))
        conn.execute(sa.insert(setting), {"key": "city", "value": {"name": "测试市", "name_en": "Testville"}})
        hashed = hash_password(PASSWORD)
        for role in ROLES:
            values = {
                "username": str(role), "name": "测试员", "role": str(role), "password_hash": hashed,
                "must_change": False, "created_at": LOADED,
                "org_id": ids["org"] if role is Role.SUPERVISOR else None,
                "officer_id": made.officers[0] if role is Role.OFFICER else None,
            }  # fmt: skip
            ids[role] = conn.execute(sa.insert(user).values(values)).inserted_primary_key[0]
        ids["wall_id"], ids["wall"] = create_wall_token(conn, ADMIN, "三楼", None, now=NOW)
        ids["api_id"], ids["api"] = create_api_token(conn, ADMIN, "平台", ids[Role.OFFICER], now=NOW)
    engine.dispose()
    return path, ids


@pytest.fixture
def house(house_template: tuple[Path, dict[str, Any]], tmp_path: Path) -> Iterator[House]:
    """A served small city on a database of its own."""
    made = open_house(house_template, tmp_path)
    yield made
    made.engine.dispose()


@pytest.fixture(scope="module")
def read_only_house(
    house_template: tuple[Path, dict[str, Any]], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    """The same, shared by the tests of a module that change nothing."""
    made = open_house(house_template, tmp_path_factory.mktemp("shared"))
    yield made
    made.engine.dispose()


def open_house(template: tuple[Path, dict[str, Any]], folder: Path, **settings: Any) -> House:
    """Serve a copy of the template city."""
    path = folder / "gridward.db"
    shutil.copy(template[0], path)
    made = Settings(database_url=f"sqlite:///{path}", data=folder, secret_key="s" * 64, **settings)
    engine = open_engine(made.database_url)
    return House(create_dashboard(engine, made, Clock(demo_day=TODAY)), engine, made, template[1])


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    """Set the machine's clock of the services to an instant."""
    from dashboard.services import Services

    def set_to(moment: Any) -> None:
        monkeypatch.setattr(Services, "machine_now", lambda _self: moment)

    return set_to


@pytest.fixture
def one_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the city's clock stand, so that no minute of the log ends between two requests."""
    stands = Clock(demo_day=TODAY).now()
    monkeypatch.setattr(Clock, "now", lambda _self: stands)
