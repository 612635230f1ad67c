"""A steward's file in a real browser with a real worker: on trial, published, quarantined, corrected."""

from __future__ import annotations

import csv
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from data.reads.labels import setting
from data.schema import batch, enterprise, import_issue, job
from data.store import open_engine, reading
from tests import forks
from tests.e2e.conftest import Server

HEAD = ["企业编号", "企业名称", "企业类别", "所在区县", "地址"]
SLOW = 60_000  # the worker loads its libraries at its first job


@pytest.fixture
def worker(own_server: Server) -> Iterator[sa.Engine]:
    """The worker process on the server's database, ready once it offers its profiles."""
    url = f"sqlite:///{own_server.database}"
    folder = own_server.database.parent
    env = {"GRIDWARD_DATABASE_URL": url, "GRIDWARD_DATA": str(folder)}
    process = forks.start_module("etl", ["work"], env, folder / "worker.log")
    engine = open_engine(url)
    try:
        for _ in range(240):
            with reading(engine) as conn:
                if setting(conn, "profiles"):
                    break
            assert process.is_alive(), "the worker ended"
            time.sleep(0.25)
        yield engine
    finally:
        engine.dispose()
        process.terminate()
        process.join(30)


def write(path: Path, rows: list[list[str]], encoding: str) -> Path:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def open_imports(page: Any, server: Server) -> None:
    """Open the page as the steward, in Chinese."""
    page.context.add_cookies([{"name": "gw_language", "value": "zh-CN", "url": server.url}])
    server.enter(page, "steward")
    page.goto(f"{server.url}/imports")
    page.wait_for_selector("#imports-upload input", state="attached")


def counts(page: Any) -> dict[str, str]:
    """Return what the job's panel counts, by its words."""
    words = page.locator("#imports-job-view .gw-counts dt").all_inner_texts()
    return dict(zip(words, page.locator("#imports-job-view .gw-counts dd").all_inner_texts(), strict=True))


def on_trial(page: Any, file: Path) -> dict[str, str]:
    """Upload a file and run it on trial; return the counts."""
    page.set_input_files("#imports-upload input", str(file))
    expect(page.locator("#imports-chosen")).to_contain_text(file.name)
    page.click("#imports-check")
    expect(page.locator("#imports-job-view")).to_contain_text(file.name, timeout=SLOW)
    expect(page.locator("#imports-job-view .gw-counts")).to_be_visible(timeout=SLOW)
    return counts(page)


def for_good(page: Any) -> dict[str, str]:
    """Publish what the trial showed; return the counts."""
    page.click("#imports-publish")
    page.click("#imports-confirm")
    expect(page.locator("#imports-publish")).to_be_hidden(timeout=SLOW)
    expect(page.locator("#imports-job-view .gw-note")).to_contain_text("已完成", timeout=SLOW)
    return counts(page)


def number_of(engine: sa.Engine, table: sa.Table, *where: Any) -> int:
    with reading(engine) as conn:
        return int(conn.execute(sa.select(sa.func.count()).select_from(table).where(*where)).scalar_one())


def test_an_ugly_file_is_tried_published_corrected_and_resolved(
    page: Any, own_server: Server, worker: sa.Engine, tmp_path: Path
):
    rows = [
        HEAD,
        ["T-1", "试验大药房", "单体药店", "210101", "演示路1号"],
        ["T-2", "", "单体药店", "210101", "演示路2号"],
        ["T-3", "试验䶮药房", "单体药店", "210102", "演示路3号"],
    ]
    open_imports(page, own_server)

    tried = on_trial(page, write(tmp_path / "企业.csv", rows, "gb18030"))
    assert (tried["新增"], tried["隔离"]) == ("2", "1")
    assert number_of(worker, batch) == 0  # a trial writes nothing

    assert for_good(page)["新增"] == "2"
    assert number_of(worker, enterprise, enterprise.c.name == "试验䶮药房") == 1
    page.locator('#imports-history a[href*="batch="]').first.click()
    with page.expect_download() as got:
        page.locator('#imports-batch a[href*="quarantine"]').click()
    kept = list(csv.reader(Path(got.value.path()).read_text(encoding="utf-8-sig").splitlines()))
    assert len(kept) == 2 and kept[1][:2] == ["T-2", ""]

    kept[1][1] = "试验康宁药房"
    assert on_trial(page, write(tmp_path / "更正.csv", kept, "utf-8-sig"))["新增"] == "1"
    assert for_good(page)["隔离"] == "0"
    assert number_of(worker, enterprise, enterprise.c.name == "试验康宁药房") == 1
    waiting = (import_issue.c.level == "error", import_issue.c.resolved_by.is_(None))
    assert number_of(worker, import_issue, *waiting) == 0
    page.goto(f"{own_server.url}/imports?batch=1")
    page.wait_for_selector("#imports-batch .gw-panel")
    expect(page.locator('#imports-batch a[href*="quarantine"]')).to_have_count(0)


def test_a_running_import_that_is_called_off_leaves_nothing(
    page: Any, own_server: Server, worker: sa.Engine, tmp_path: Path
):
    many = [[f"T-{n}", f"试验第{n}药房", "单体药店", "210101", f"演示路{n}号"] for n in range(60_000)]
    open_imports(page, own_server)
    page.set_input_files("#imports-upload input", str(write(tmp_path / "many.csv", [HEAD, *many], "utf-8")))
    expect(page.locator("#imports-chosen")).to_contain_text("many.csv", timeout=SLOW)
    page.click("#imports-check")
    expect(page.locator("#imports-cancel")).to_be_visible(timeout=SLOW)
    page.click("#imports-cancel")
    expect(page.locator("#imports-job-view .gw-note")).to_contain_text("已取消", timeout=SLOW)
    assert number_of(worker, job, job.c.state == "cancelled") == 1
    assert number_of(worker, batch) == 0
