"""An address that is wrong or not allowed says so where its page would stand."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from data.access import Role
from data.schema import denial, grid
from tests.dashboard.conftest import House, fire


def opened(house: House, role: Role, path: str, search: str = "") -> dict[str, dict[str, object]]:
    values = {"url.pathname": path, "url.search": search}
    client = house.sign_in(str(role))
    client.get("/")
    answer = fire(client, house, "page.children", values)
    assert answer.status_code == 200, answer.text
    return answer.json["response"]


@pytest.mark.parametrize(
    ("path", "search", "said"),
    [("/", "?plan=nope", "没有代码为“nope”的检查计划"), ("/no-such-page", "", "不存在或已移动")],
)
def test_a_wrong_address_says_so_in_the_page(house: House, path: str, search: str, said: str):
    shown = opened(house, Role.LEADER, path, search)
    assert said in str(shown["page"]["children"])
    assert shown["nav"]["children"]  # the way on is still there


def test_an_officer_reads_in_the_page_that_another_grid_is_not_theirs_and_it_is_on_record(house: House):
    with house.engine.connect() as conn:
        other = conn.execute(sa.select(grid.c.code).where(grid.c.id == house.ids["city"].grids[-1])).scalar()
        before = conn.execute(sa.select(sa.func.count()).select_from(denial)).scalar_one()
    shown = opened(house, Role.OFFICER, f"/grids/{other}")
    assert "该对象不在您的管辖范围内" in str(shown["page"]["children"])
    assert "无权访问" in str(shown["page"]["children"])
    with house.engine.connect() as conn:
        after = conn.execute(sa.select(sa.func.count()).select_from(denial)).scalar_one()
    assert after == before + 1


def test_a_browser_tab_is_named_after_its_grid(house: House):
    with house.engine.connect() as conn:
        code, name = conn.execute(sa.select(grid.c.code, grid.c.name)).first()
    assert opened(house, Role.LEADER, f"/grids/{code}")["title"]["data"].startswith(f"{name} · ")
