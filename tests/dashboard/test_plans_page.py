"""``/plans``: who may open it, who may act, and what a form says when it is refused."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from dashboard.pages import plans, plans_plans
from dashboard.services import Services, View
from data import jobs
from data.access import Role, Scope, Viewer
from data.schema import calendar_day, org, plan
from data.store import writing
from data.text import LANGUAGES
from data.writes import plans as verb
from data.writes.organisations import ORG_FIELDS
from data.writes.plan_rules import LISTS, PLAN_FIELDS
from tests.dashboard.conftest import House, fire
from tests.factories import NOW

READERS = (Role.LEADER, Role.SUPERVISOR, Role.AUDITOR)
SEARCHES = (
    "", "?plan=annual-all", "?plan=new", "?plan=no-such", "?tab=calendar", "?tab=calendar&day=2026-10-01",
    "?tab=calendar&year=2027", "?tab=calendar&year=99999", "?tab=calendar&day=x", "?tab=organisations",
    "?tab=organisations&org=D1", "?tab=organisations&org=new", "?tab=nothing",
)  # fmt: skip


def stored(house: House, table: sa.Table, *where: Any) -> dict[str, Any]:
    with house.engine.connect() as conn:
        return dict(conn.execute(sa.select(table).where(*where)).mappings().one())


def plan_form(house: House, code: str, **values: Any) -> dict[str, Any]:
    row = {**stored(house, plan, plan.c.code == code), **values}
    fields = {n: list(row[n]) if n in LISTS else row[n] for n in PLAN_FIELDS if n != "headline"}
    return {
        **{f"plans-f-{name}.value": value for name, value in fields.items()},
        "plans-f-code.value": code,
        "plans-f-headline.checked": row["headline"],
        "plans-save.n_clicks": 1,
        "plans-seen.data": {"code": code, "version": row["version"]},
    }


def org_form(house: House, code: str, **values: Any) -> dict[str, Any]:
    row = stored(house, org, org.c.code == code)
    seen = {"name": row["name"], "kind": row["kind"], "parent": "BUREAU", "district": row["district_code"]}
    fields = {"code": code, **seen, **values}
    return {
        **{f"plans-o-{name}.value": fields[name] for name in ("code", *ORG_FIELDS)},
        "plans-org-save.n_clicks": 1,
        "plans-org-seen.data": {"code": code, "seen": seen},
    }


DAY_FORM = {
    "plans-day-save.n_clicks": 1, "plans-day-seen.data": {"day": "2026-11-23", "set": None},
    "plans-day-work.value": "rest", "plans-day-name.value": "测试",
}  # fmt: skip


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("role", [*READERS, Role.STEWARD])
def test_every_address_of_the_page_renders_for_its_readers(read_only_house: House, role: Role, language: str):
    services: Services = read_only_house.server.extensions["gridward"]["services"]
    who = Viewer("user:test", role, Scope(everything=True), user_id=1)
    for search in SEARCHES:
        shown = repr(plans.layout(View(who, NOW, language), services, search=search))
        forms = [name for name in ("plans-save", "plans-day-save", "plans-org-save") if f"'{name}'" in shown]
        asks = "new" in search or search.endswith(("annual-all", "10-01", "org=D1"))
        assert len(forms) == (role is Role.STEWARD and asks), (search, forms)


@pytest.mark.parametrize("role", [role for role in Role if role not in (Role.WALL, Role.STEWARD)])
def test_a_forged_act_by_the_wrong_role_gets_403_and_an_audit_row(house: House, role: Role):
    client = house.sign_in(str(role))
    client.get("/password")
    before = [stored(house, plan, plan.c.code == "annual-all"), stored(house, org, org.c.code == "D1")]
    for output, values in (
        ("plans-conflict.children", plan_form(house, "annual-all", visits=9)),
        ("plans-day-conflict.children", DAY_FORM),
        ("plans-org-conflict.children", org_form(house, "D1", name="坏")),
    ):
        answer = fire(client, house, output, values)
        assert answer.status_code == 403, output
    assert len(house.audit("access.denied")) == 3
    assert before == [
        stored(house, plan, plan.c.code == "annual-all"),
        stored(house, org, org.c.code == "D1"),
    ]
    with house.engine.connect() as conn:
        assert conn.execute(sa.select(calendar_day)).all() == []


def test_officers_and_administrators_do_not_open_the_page(read_only_house: House):
    for role in (Role.OFFICER, Role.ADMIN):
        assert read_only_house.sign_in(str(role)).get("/plans").status_code == 403


def steward(house: House) -> Any:
    client = house.sign_in("steward")
    client.get("/plans")
    return client


def test_a_steward_changes_a_plan_and_is_told_what_has_been_done(house: House):
    client = steward(house)
    answer = fire(client, house, "plans-conflict.children", plan_form(house, "annual-all", deadline_day=15))
    assert answer.status_code == 200, answer.text
    assert stored(house, plan, plan.c.code == "annual-all")["deadline_day"] == 15
    assert "重算" in answer.json["sideUpdate"]["notice"]["data"]["message"]
    assert len(house.audit("plan.change")) == 1


@pytest.mark.parametrize(
    ("field", "values", "word"),
    [
        ("kinds", {"kinds": []}, "至少"),
        ("deadline_day", {"deadline_month": 2, "deadline_day": 31}, "2 月没有 31 日"),
        ("deadline_month", {"cycle": "half_year"}, "留空"),
        ("opened_by", {"opened_by": "30/9"}, "09-30"),
        ("visits", {"visits": ""}, "整数"),
    ],
)
def test_a_refusal_stands_beside_its_field(house: House, field: str, values: dict[str, Any], word: str):
    answer = fire(steward(house), house, "plans-conflict.children", plan_form(house, "annual-all", **values))
    response = answer.json["response"]
    assert word in response[f"plans-f-{field}"]["error"]
    others = [one["error"] for name, one in response.items() if "error" in one and name != f"plans-f-{field}"]
    assert set(others) == {None}
    assert stored(house, plan, plan.c.code == "annual-all")["version"] == 1


def test_the_second_editor_sees_both_versions_and_can_save_on_purpose(house: House):
    client = steward(house)
    mine = plan_form(house, "annual-all", name_en="Mine")
    assert fire(client, house, "plans-conflict.children",
                plan_form(house, "annual-all", name_en="Theirs")).status_code == 200  # fmt: skip
    response = fire(client, house, "plans-conflict.children", mine).json["response"]
    box = repr(response["plans-conflict"]["children"])
    assert "Mine" in box and "Theirs" in box and "他人已先行修改" in box
    assert box.count("'Tr'") == 2, "a head and the one field that differs"
    again = {**mine, "plans-seen.data": response["plans-seen"]["data"]}
    fire(client, house, "plans-conflict.children", again)
    assert stored(house, plan, plan.c.code == "annual-all")["name_en"] == "Mine"
    day = fire(client, house, "plans-day-conflict.children", DAY_FORM)
    assert day.status_code == 200
    box = repr(fire(client, house, "plans-day-conflict.children",
                    {**DAY_FORM, "plans-day-name.value": "别的"}).json["response"])  # fmt: skip
    assert "测试" in box and "别的" in box
    own = org_form(house, "D1", name="乙")
    fire(client, house, "plans-org-conflict.children", org_form(house, "D1", name="甲"))
    box = repr(fire(client, house, "plans-org-conflict.children", own).json["response"])
    assert "甲" in box and "乙" in box


def test_where_figures_take_long_the_worker_edits_the_plan(house: House, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(verb, "AT_ONCE", 3)
    client = steward(house)
    fire(client, house, "plans-conflict.children", plan_form(house, "annual-all", visits=2))
    assert stored(house, plan, plan.c.code == "annual-all")["visits"] == 1
    who = Viewer("user:steward", Role.STEWARD, Scope(everything=True), user_id=house.ids[Role.STEWARD])
    with writing(house.engine) as conn:
        (row,) = jobs.latest(conn, who)
        assert (row["kind"], row["params"]["act"], row["params"]["row"]["visits"]) == ("plan", "change", 2)
        assert "plans-poll" in repr(plans_plans.body(View(who, NOW), conn, {}))
    refused = fire(client, house, "plans-conflict.children", plan_form(house, "annual-all", kinds=[]))
    assert refused.json["response"]["plans-f-kinds"]["error"], "a rule is told at once, not by the worker"
    # a name changes no figure and need not wait
    fire(client, house, "plans-conflict.children", plan_form(house, "annual-all", name_en="Now"))
    assert stored(house, plan, plan.c.code == "annual-all")["name_en"] == "Now"


def test_an_organisation_that_cannot_hang_there_is_told_so(house: House):
    client = steward(house)
    response = fire(client, house, "plans-org-conflict.children", org_form(house, "D1", parent=None)).json
    assert "市局" in response["response"]["plans-o-parent"]["error"]
