"""A real server and a real Chromium: one small city for all, or one of its own for tests that break it."""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any
from urllib.error import URLError

import pytest
import shapely
import sqlalchemy as sa
from playwright.sync_api import expect

from data import figures
from data.access import Role, command_line
from data.passwords import hash_password
from data.schema import setting, user
from data.store import open_engine, writing
from data.writes.tokens import create_wall_token
from tests import forks
from tests.conftest import missing
from tests.factories import (
    LOADED,
    NOW,
    TODAY,
    add_district,
    add_enterprise,
    add_grid,
    add_inspection,
    add_lead,
    add_problem,
)

expect.set_options(timeout=30_000)  # as long as a selector is waited for: the cores are shared
CHROMIUM = next((p for p in map(shutil.which, ("chromium", "chromium-browser")) if p), None)
PASSWORD = "Right-2026-horse"
LAUNCH = (
    "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--no-first-run",
)  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Let pytest-playwright drive Debian's Chromium."""
    if CHROMIUM is None:
        missing("Chromium", "install it with: apt-get install chromium fonts-noto-cjk")
    return {**browser_type_launch_args, "executable_path": CHROMIUM, "args": list(LAUNCH)}


@dataclass
class Server:
    """Gunicorn on a free port of this machine; it can be stopped and started again at the same port."""

    database: Path
    port: int
    ids: dict[str, Any] = field(default_factory=dict)
    process: Any = None
    sessions: dict[str, list[Any]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The address without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    def database_url(self) -> str:
        """Return the database that it serves."""
        return f"sqlite:///{self.database}"

    def launch(self, env: dict[str, str], log: Path) -> Any:
        """Start the process; what it says is added to `log`."""
        arguments = ["-w", "1", "-k", "gthread", "--threads", "8",
                     "-b", f"127.0.0.1:{self.port}", "--no-control-socket", "app:create_app()"]  # fmt: skip
        return forks.start_module("gunicorn", arguments, env, log)

    def start(self) -> None:
        """Start it and wait until it answers."""
        env = {
            "GRIDWARD_DATABASE_URL": self.database_url(),
            "GRIDWARD_DATA": str(self.database.parent),
            "GRIDWARD_SECRET_KEY": "s" * 64,
            "GRIDWARD_PORT": str(self.port),
        }
        log = self.database.parent / "server.log"
        self.process = self.launch(env, log)
        for _ in range(1200):
            try:
                urllib.request.urlopen(f"{self.url}/healthz", timeout=5).close()
                return
            except (URLError, OSError):
                if not self.process.is_alive():
                    break
                time.sleep(0.05)
        said = log.read_text(encoding="utf-8")
        pytest.fail(f"the server did not come up; it said:\n{said[-3000:]}")

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """End it; SIGKILL as a power cut would."""
        if self.process is not None:
            children = subprocess.run(
                ["pgrep", "-P", str(self.process.pid)], capture_output=True, text=True, check=False
            ).stdout.split()
            os.kill(self.process.pid or 0, how)
            if how is signal.SIGKILL:
                for child in children:
                    os.kill(int(child), how)
            self.process.join(30)
            assert not self.process.is_alive(), "the server did not end"
            self.process = None

    def enter(self, page: Any, name: str) -> None:
        """Let a page be one of the city's people at once; who signed in before goes on with that session."""
        if name not in self.sessions:
            ask = page.context.request
            door = ask.get(f"{self.url}/login").text()
            token = re.findall(r'name="csrf_token" value="([^"]+)"', door)[0]
            form = {"csrf_token": token, "username": name, "password": PASSWORD}
            answer = ask.post(f"{self.url}/login", form=form, max_redirects=0)
            assert answer.status == 302, answer.text()
            kept = page.context.cookies(self.url)
            self.sessions[name] = [one for one in kept if one["name"] not in ("gw_language", "gw_theme")]
        page.context.add_cookies(self.sessions[name])

    def sign_in(self, page: Any, name: str) -> None:
        """Sign in by the login page as one of the city's people (their names are their roles)."""
        page.goto(f"{self.url}/login")
        page.fill("[name=username]", name)
        page.fill("[name=password]", PASSWORD)
        page.press("[name=password]", "Enter")
        page.wait_for_url(lambda url: "/login" not in url)

    def open_wall(self, page: Any, language: str = "zh-CN") -> None:
        """Open the wall with its token and wait until its picture stands."""
        page.goto(f"{self.url}/wall?token={self.ids['wall']}&lang={language}")
        page.wait_for_selector("#wall:not(.is-waiting)")


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def accounts(conn: sa.Connection, ids: dict[str, Any]) -> None:
    """Add one account a role and a wall's token."""
    hashed = hash_password(PASSWORD)
    for role in (role for role in Role if role is not Role.WALL):
        values = {"username": str(role), "name": "测试员", "role": str(role), "password_hash": hashed,
                  "must_change": False, "created_at": LOADED}  # fmt: skip
        ids[str(role)] = conn.execute(sa.insert(user).values(values)).inserted_primary_key[0]
    ids["wall"] = create_wall_token(conn, command_line(Role.ADMIN), "大厅", None, now=NOW)[1]


def fill(conn: sa.Connection) -> None:
    """Add twelve grids in three districts: one far behind, one at risk, the others on track."""
    for d in range(3):
        code = add_district(conn, f"21010{d + 1}", ("和平区", "沈河区", "大东区")[d])
        for g in range(4):
            west, south = 123.3 + 0.1 * g, 41.7 + 0.1 * d
            box = shapely.box(west, south, west + 0.1, south + 0.1)
            name = ("胜利", "吉祥", "东城", "南湖")[g] + f"{d + 1}网格"
            place = add_grid(conn, f"{code}{g + 1:03d}", code, name=name, geom=box.wkb)
            share = 0.4 if (d, g) == (0, 0) else 0.85 if (d, g) == (1, 1) else 0.97
            for i in range(30):
                shop = add_enterprise(conn, grid_id=place, lon=west + 0.05, lat=south + 0.05)
                if i < 30 * share:
                    add_inspection(conn, shop, TODAY - timedelta(days=1 + 10 * i))
                if i == 0:
                    add_lead(conn, enterprise_id=shop, grid_id=place, due_on=TODAY - timedelta(days=3))
                    add_problem(conn, shop, TODAY - timedelta(days=30))
    add_enterprise(conn, district_code="210101")


@cache
def city(template: Path, filled: bool) -> tuple[Path, dict[str, Any]]:
    """Return the city that every server has a copy of, and its ids; it is made once."""
    path, ids = template.with_name(f"city-{filled}.db"), {}
    shutil.copy(template, path)
    engine = open_engine(f"sqlite:///{path}")
    with writing(engine) as conn:
        accounts(conn, ids)
        conn.execute(
            sa.insert(setting),
            [
                {"key": "demo", "value": {"day": TODAY.isoformat()}},
                {"key": "city", "value": {"name": "测试市", "name_en": "Testville"}},
            ],
        )
        if filled:
            fill(conn)
            figures.build(conn, as_of=TODAY, now=NOW)
    engine.dispose()
    return path, ids


def make_database(template: Path, folder: Path, *, filled: bool = True) -> Server:
    """Return a server, not started, on a copy of the empty database with accounts, and a city or none."""
    made, ids = city(template, filled)
    path = folder / "gridward.db"
    shutil.copy(made, path)
    return Server(path, free_port(), dict(ids))


@pytest.fixture(scope="session")
def server(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The small city, served for the whole session; tests leave it as it is."""
    made = make_database(sqlite_template, tmp_path_factory.mktemp("served"))
    made.start()
    yield made
    made.stop()


@pytest.fixture
def own_server(sqlite_template: Path, tmp_path: Path) -> Iterator[Server]:
    """The same city, for one test that stops it or writes."""
    made = make_database(sqlite_template, tmp_path)
    made.start()
    yield made
    made.stop(signal.SIGKILL)


@pytest.fixture
def empty_server(sqlite_template: Path, tmp_path: Path) -> Iterator[Server]:
    """A city into which nothing has been imported yet."""
    made = make_database(sqlite_template, tmp_path, filled=False)
    made.start()
    yield made
    made.stop(signal.SIGKILL)
