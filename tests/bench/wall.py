"""The wall of the demo city in a headless Chromium: how soon its map stands, and what comes over the wire."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from app import clock_of
from data.access import Role, command_line
from data.settings import Settings
from data.store import open_engine, writing
from data.writes.tokens import create_wall_token
from etl.demo import build_demo
from tests.bench.figure import Figure
from tests.e2e.conftest import CHROMIUM, LAUNCH, Server, free_port

ROOT = Path(__file__).resolve().parents[2]
TIMES = 5
SETTLED_MS = 3000
# since the navigation began (redirects too): every map shows its grids in the colours of their lights
DRAWN = """() => {
  const watch = setInterval(() => {
    const boards = [...document.querySelectorAll('.leaflet-container canvas')]
      .filter((one) => Number(one.dataset.lights) > 0);
    if (boards.length < 2) return;
    window.gridwardDrawn = performance.now();
    clearInterval(watch);
  }, 10);
}"""


class Fresh(subprocess.Popen[bytes]):
    """A process of its own interpreter, asked as those are that tests fork."""

    def is_alive(self) -> bool:
        """Whether it still runs."""
        return self.poll() is None

    def join(self, seconds: float) -> None:
        """Wait for its end."""
        self.wait(seconds)


class Real(Server):
    """The server as ``python app.py`` starts it."""

    def launch(self, env: dict[str, str], log: Path) -> Fresh:
        """Start the process; what it says is added to `log`."""
        with log.open("ab") as out:
            return Fresh([sys.executable, "app.py"], cwd=ROOT, env=os.environ | env, stdout=out, stderr=out)


@dataclass
class Load:
    """One opening of the wall: seconds until its map stood, bytes over the wire, requests elsewhere."""

    drawn: float
    wire: int
    elsewhere: int


def measure() -> Iterator[Figure]:
    """Measure the wall of the demo city; nothing where there is no Chromium."""
    if CHROMIUM is None:
        return
    from playwright.sync_api import sync_playwright

    with demo_server() as server, sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=list(LAUNCH))
        open_twice(browser, server)  # the server's own first time
        pairs = [open_twice(browser, server) for _ in range(TIMES)]
        browser.close()
    cold, again = zip(*pairs, strict=True)
    yield Figure("wall in Chromium: map drawn, cold (median)", median(one.drawn for one in cold), "s", 3)
    yield Figure("wall in Chromium: map drawn, again (median)", median(one.drawn for one in again), "s")
    yield Figure("wall over the wire, cold", max(one.wire for one in cold) / 1e6, "MB", 3)
    yield Figure("wall over the wire, again", max(one.wire for one in again) / 1e3, "KB", 100)
    yield Figure("wall: requests to other hosts", sum(one.elsewhere for one in cold + again), "", 0)


@contextmanager
def demo_server() -> Iterator[Server]:
    """Serve a demo city of its own, with a wall's token, until the block ends."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "gridward.db"
        engine = open_engine(f"sqlite:///{path}")
        build_demo(engine)
        now = clock_of(engine, Settings(f"sqlite:///{path}", Path(folder))).now()
        with writing(engine) as conn:
            token = create_wall_token(conn, command_line(Role.ADMIN), "bench", None, now=now)[1]
        engine.dispose()
        server = Real(path, free_port(), {"wall": token})
        server.start()
        try:
            yield server
        finally:
            server.stop()


def open_twice(browser: Any, server: Server) -> tuple[Load, Load]:
    """Open the wall in a browser that has never seen it, and then once more."""
    context = browser.new_context(viewport={"width": 1920, "height": 1080})
    context.add_init_script(f"({DRAWN})()")
    first = _open(context, server, f"{server.url}/wall?token={server.ids['wall']}")
    second = _open(context, server, f"{server.url}/wall/")
    context.close()
    return first, second


def _open(context: Any, server: Server, address: str) -> Load:
    page = context.new_page()
    wire: list[int] = []
    elsewhere: list[str] = []
    tools = context.new_cdp_session(page)
    tools.send("Network.enable")
    tools.on("Network.loadingFinished", lambda event: wire.append(event["encodedDataLength"]))
    own = (server.url, "data:", "blob:")
    page.on("request", lambda asked: None if asked.url.startswith(own) else elsewhere.append(asked.url))
    page.goto(address)
    page.wait_for_function("() => window.gridwardDrawn", timeout=60_000, polling=100)
    page.wait_for_timeout(SETTLED_MS)
    drawn = page.evaluate("window.gridwardDrawn") / 1000
    page.close()
    return Load(drawn, int(sum(wire)), len(elsewhere))
