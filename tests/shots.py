"""``python -m tests.shots``: make the pictures of the documentation anew, from a demo city of their own.

Look at each of them before it is committed: they are what a newcomer sees first.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass
from pathlib import Path

from data.store import open_engine
from etl.demo import build_demo
from tests.bench.wall import Real
from tests.e2e.conftest import CHROMIUM, LAUNCH, ROOT, free_port

PASSWORD = "gridward-demo"
OUT = ROOT / "docs" / "images"
DESK, PHONE = (1440, 900), (360, 740)


@dataclass(frozen=True)
class Shot:
    """A picture: who looks at what, on which screen; `steps` are selectors that are clicked before."""

    name: str
    role: str
    path: str
    size: tuple[int, int] = DESK
    steps: tuple[str, ...] = ()

    @property
    def scale(self) -> int:
        """Device pixels a pixel: phones have more of them."""
        return 2 if self.size == PHONE else 1


SHOTS = (
    Shot("enterprise-zh", "leader", "/enterprises/12"),
    Shot("home-zh", "leader", "/"),
    Shot("phone-zh", "officer", "/", PHONE),
    Shot("officer-my-zh", "officer", "/my", PHONE),
    Shot("officer-visit-zh", "officer", "/my", PHONE, ("a[href^='/visit/']",)),
    Shot("officer-inbox-zh", "officer", "/inbox", PHONE),
    Shot("supervisor-problems-zh", "supervisor", "/problems"),
    Shot("supervisor-problem-zh", "supervisor", "/problems", DESK, (".ag-row a",)),
    Shot("supervisor-officers-zh", "supervisor", "/officers"),
    Shot("supervisor-leads-zh", "supervisor", "/leads"),
    Shot("supervisor-lead-zh", "supervisor", "/leads", DESK, (".ag-row a",)),
    Shot("leader-leads-zh", "leader", "/leads"),
    Shot("steward-imports-zh", "steward", "/imports"),
    Shot("steward-plans-zh", "steward", "/plans"),
    Shot("auditor-audit-zh", "auditor", "/audit"),
    Shot("admin-zh", "admin", "/admin"),
)


def main() -> None:
    """Take the pictures asked for, by the beginning of their names; all of them otherwise."""
    parser = argparse.ArgumentParser(prog="python -m tests.shots", description=__doc__)
    parser.add_argument("names", nargs="*")
    wanted = tuple(parser.parse_args().names) or ("",)
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        path = Path(folder) / "gridward.db"
        engine = open_engine(f"sqlite:///{path}")
        build_demo(engine)
        engine.dispose()
        server = Real(path, free_port())
        server.start()
        browser = play.chromium.launch(executable_path=CHROMIUM, args=list(LAUNCH))
        try:
            for shot in SHOTS:
                if shot.name.startswith(wanted):
                    take(browser, server, shot)
        finally:
            browser.close()
            server.stop()


def take(browser: object, server: Real, shot: Shot) -> None:
    """Sign in, open the page, wait until it stands still, and keep its picture."""
    context = browser.new_context(  # type: ignore[attr-defined]
        viewport={"width": shot.size[0], "height": shot.size[1]},
        device_scale_factor=shot.scale,
        locale="zh-CN",
    )
    page = context.new_page()
    page.goto(f"{server.url}/login")
    page.fill("[name=username]", shot.role)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda url: "/login" not in url)
    page.goto(server.url + shot.path)
    page.wait_for_load_state("networkidle")
    for step in shot.steps:
        page.locator(step).first.click()
        page.wait_for_load_state("networkidle")
    page.wait_for_timeout(2000)
    page.screenshot(path=str(OUT / f"{shot.name}.jpg"), type="jpeg", quality=82)
    context.close()


if __name__ == "__main__":
    main()
