"""An auditor reads the log in a real browser: narrows it, opens a row, verifies the chain."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from tests.e2e.test_access import at_rest, faults, look
from tests.e2e.waits import settled


def test_an_auditor_narrows_the_log_opens_a_row_and_takes_it_along(page: Any, own_server: Any):
    look(page, own_server)
    server = own_server
    stranger = page.context.browser.new_context().new_page()
    server.sign_in(stranger, "officer")
    assert stranger.goto(f"{server.url}/audit").status == 403
    stranger.context.close()

    server.sign_in(page, "auditor")
    page.locator("#nav a", has_text="审计日志").click()
    page.wait_for_url("**/audit")
    expect(page.locator("#audit-chain")).to_contain_text("日志链完整")
    expect(page.locator("#audit-body tbody tr").first).to_contain_text("登录")
    settled(page)
    page.click("#audit-result")
    page.locator("[role=option]", has_text="未成").click()
    page.wait_for_url("**/audit?result=refused")
    expect(page.locator("#audit-body tbody tr")).to_have_count(1)
    row = page.locator("#audit-body tbody tr").first
    expect(row).to_contain_text("officer")
    expect(row).to_contain_text("越权被拒")
    settled(page)
    row.locator("summary").click()
    expect(row.locator("details dl")).to_contain_text("/audit")
    at_rest(page)
    assert faults(page) == []
    with page.expect_download() as taken:
        page.click("#audit-csv")
    assert taken.value.suggested_filename.startswith("audit-")
    text = taken.value.path().read_text(encoding="utf-8-sig")
    assert len(text.strip().splitlines()) == 2 and "越权被拒" in text
    page.reload()
    expect(page.locator("#audit-result")).to_have_value("未成")
    expect(page.locator("#audit-body tbody tr")).to_have_count(1)
