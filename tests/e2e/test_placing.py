"""A steward places an enterprise that lies in no grid, from the list, in a real browser."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from playwright.sync_api import expect

from data.schema import enterprise, grid
from data.store import open_engine
from tests.e2e.test_access import at_rest, change, faults, look, noted
from tests.e2e.waits import settled


def test_a_steward_places_an_enterprise_from_the_list_of_the_unplaced(page: Any, own_server: Any):
    look(page, own_server)
    own_server.sign_in(page, "steward")
    page.goto(f"{own_server.url}/enterprises?unplaced_reason=any")
    page.locator(".ag-row .ag-cell[col-id=name] a").first.click()
    page.wait_for_url("**/enterprises/*?place=1")
    box = page.locator("[role=dialog]")
    expect(box).to_contain_text("未落格")
    settled(page)
    page.click("#enterprise-place-save")
    expect(box).to_contain_text("请填写理由")
    page.fill("#enterprise-place-grid", "胜利2")
    page.locator("[role=option]", has_text="胜利2网格").click()
    page.fill("#enterprise-place-why", "现场核实")
    at_rest(page)
    assert faults(page, "[role=dialog] .mantine-Modal-body") == []

    # somebody else was first
    number = int(page.url.split("/")[-1].split("?")[0])
    changed = sa.update(enterprise).where(enterprise.c.id == number).values(version=enterprise.c.version + 1)
    change(own_server, changed)
    page.click("#enterprise-place-save")
    expect(page.locator("#enterprise-place-conflict [role=alert]")).to_contain_text("胜利2网格")
    settled(page)
    page.click("#enterprise-place-save")
    expect(page.locator("#notice-text")).to_contain_text("网格已调整")
    expect(box).to_have_count(0)
    expect(page.locator(".gw-crumbs")).to_contain_text("胜利2网格")
    expect(page.locator("#page")).to_contain_text("现场核实")
    expect(page).to_have_url(f"{own_server.url}/enterprises/{number}")

    engine = open_engine(f"sqlite:///{own_server.database}")
    with engine.connect() as conn:
        where = sa.select(grid.c.name).join(enterprise, enterprise.c.grid_id == grid.c.id)
        assert conn.execute(where.where(enterprise.c.id == number)).scalar_one() == "胜利2网格"
    engine.dispose()
    [row] = noted(own_server, "placement.decide")
    assert row.detail["before"] == {"grid": None, "basis": None}
