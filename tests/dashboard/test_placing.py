"""A steward's decision on an enterprise's grid, from its file: who may, what moves, who is told."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from dashboard.pages import enterprise as page
from dashboard.services import Services, View
from data import figures
from data.access import Role, Scope, Viewer, command_line
from data.errors import Denied
from data.reads.grid_choices import grid_choices
from data.schema import coverage_count, enterprise, fact_placement, grid, plan
from data.store import reading, writing
from data.writes.placements import place_enterprise
from tests.dashboard.conftest import House, fire
from tests.factories import NOW, add_enterprise

STEWARD = Viewer("user:steward", Role.STEWARD, Scope(everything=True), user_id=1)


def one(house: House, query: Any) -> Any:
    with house.engine.connect() as conn:
        return conn.execute(query).scalar_one()


def unplaced(house: House) -> int:
    with writing(house.engine) as conn:
        made = add_enterprise(conn, district_code=house.ids["city"].districts[0], lon=123.55, lat=41.85)
        conn.execute(sa.update(enterprise).where(enterprise.c.id == made).values(unplaced_reason="outside"))
        figures.refresh(conn, [made], now=NOW)
        return made


def due(house: House, grid_id: int | None) -> int:
    where = coverage_count.c.grid_id == grid_id if grid_id else coverage_count.c.grid_id.is_(None)
    headline = sa.select(plan.c.id).where(plan.c.headline).scalar_subquery()
    query = sa.select(sa.func.coalesce(sa.func.sum(coverage_count.c.due), 0))
    return int(one(house, query.where(where, coverage_count.c.plan_id == headline)))


def decide(house: House, who: str, number: int, code: str, **more: Any) -> Any:
    client = house.sign_in(who)
    client.get("/password")
    client.get("/")
    version = one(house, sa.select(enterprise.c.version).where(enterprise.c.id == number))
    values = {
        "enterprise-place-save.n_clicks": 1, "enterprise-id.data": number,
        "enterprise-place-grid.value": code, "enterprise-place-why.value": "现场核实",
        "enterprise-place-seen.data": version,
    } | more  # fmt: skip
    return fire(client, house, "enterprise-place-seen.data", values)


def test_a_decision_moves_the_figures_and_keeps_its_reason(house: House):
    number, target = unplaced(house), house.ids["city"].grids[1]
    code = one(house, sa.select(grid.c.code).where(grid.c.id == target))
    nowhere, there = due(house, None), due(house, target)
    answer = decide(house, "steward", number, code)
    assert answer.status_code == 200 and "现场核实" in answer.get_data(as_text=True)
    assert (due(house, None), due(house, target)) == (nowhere - 1, there + 1)
    [row] = house.audit("placement.decide")
    assert row.detail["reason"] == "现场核实" and row.detail["after"]["grid"] == code
    basis = sa.select(fact_placement.c.basis).where(fact_placement.c.enterprise_id == number)
    assert one(house, basis.order_by(fact_placement.c.id.desc()).limit(1)) == "steward"


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.WALL, Role.STEWARD)])
def test_a_forged_decision_gets_403_and_a_row_in_the_log(house: House, role: Role):
    number = house.ids["city"].enterprises[0]
    before = one(house, sa.select(enterprise.c.grid_id).where(enterprise.c.id == number))
    code = one(house, sa.select(grid.c.code).where(grid.c.id == house.ids["city"].grids[-1]))
    assert decide(house, str(role), number, code).status_code == 403
    assert one(house, sa.select(enterprise.c.grid_id).where(enterprise.c.id == number)) == before
    assert len(house.audit("access.denied")) == 1 and house.audit("placement.decide") == []


def test_what_is_missing_is_said_beside_its_field(house: House):
    number = unplaced(house)
    code = one(house, sa.select(grid.c.code).where(grid.c.id == house.ids["city"].grids[0]))

    def errors(answer: Any) -> tuple[Any, Any]:
        said = answer.get_json()["response"]
        return said["enterprise-place-grid"]["error"], said["enterprise-place-why"]["error"]

    grid_said, why_said = errors(
        decide(house, "steward", number, code, **{"enterprise-place-why.value": " "})
    )
    assert grid_said is None and "理由" in why_said
    grid_said, why_said = errors(
        decide(house, "steward", number, "", **{"enterprise-place-grid.value": None})
    )
    assert "网格" in grid_said and why_said is None


def test_the_second_steward_is_told_and_can_decide_on_purpose(house: House):
    number = unplaced(house)
    first, second = (
        one(house, sa.select(grid.c.code).where(grid.c.id == made)) for made in house.ids["city"].grids[:2]
    )
    version = one(house, sa.select(enterprise.c.version).where(enterprise.c.id == number))
    with writing(house.engine) as conn:
        place_enterprise(conn, command_line(), number, first, "另一人", version=version, now=NOW)
    told = decide(house, "steward", number, second, **{"enterprise-place-seen.data": version})
    said = told.get_json()["response"]
    assert first in str(said["enterprise-place-conflict"]) and second in str(
        said["enterprise-place-conflict"]
    )
    again = decide(
        house, "steward", number, second,
        **{"enterprise-place-seen.data": said["enterprise-place-seen"]["data"]},
    )  # fmt: skip
    assert "page" in again.get_json()["sideUpdate"]


def test_the_nearest_grids_come_first_and_only_to_those_who_decide(house: House):
    number = unplaced(house)
    with reading(house.engine) as conn:
        found = grid_choices(conn, STEWARD, number)
        away = [choice.distance_m for choice in found if choice.distance_m is not None]
        assert away == sorted(away) and away[0] == 0 and len(away) > 1
        with pytest.raises(Denied):
            grid_choices(conn, command_line(Role.LEADER), number)


def test_the_form_is_on_the_stewards_file_alone_and_opens_from_the_list(house: House):
    number = unplaced(house)
    services: Services = house.server.extensions["gridward"]["services"]
    told = repr(page.layout(View(STEWARD, NOW), services, str(number), "?place=1"))
    assert "'enterprise-place-save'" in told and "坐标在此网格内" in told
    leader = Viewer("user:leader", Role.LEADER, Scope(everything=True))
    assert "enterprise-place" not in repr(page.layout(View(leader, NOW), services, str(number), "?place=1"))
