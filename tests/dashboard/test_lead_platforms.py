"""The line on the page of leads that says whether somebody has looked at a platform lately."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa
from flask.testing import FlaskClient

from data.schema import batch, lead, lead_event, user
from data.store import writing
from data.writes.reminders import daily
from tests.dashboard.conftest import House, fire
from tests.factories import NOW, TODAY, add_lead


def leads(client: FlaskClient, house: House, path: str = "/leads", search: str = "") -> str:
    client.get(path)
    answer = fire(client, house, "page.children", {"url.pathname": path, "url.search": search})
    return json.dumps(answer.json, ensure_ascii=False)


def press(client: FlaskClient, page: str = "leads") -> Any:
    """Press the button as a browser does."""
    own = {"type": f"{page}-platform", "id": "monitoring"}
    body = {
        "output": f"{page}-platforms.children",
        "outputs": {"id": f"{page}-platforms", "property": "children"},
        "inputs": [[{"id": own, "property": "n_clicks", "value": 1}]],
        "changedPropIds": [f"{json.dumps(own, separators=(',', ':'), sort_keys=True)}.n_clicks"],
    }
    cookie = client.get_cookie("_csrf_token", path="/")
    assert cookie is not None
    return client.post("/_dash-update-component", json=body, headers={"X-CSRFToken": cookie.value})


def test_who_answers_for_leads_is_warned_until_somebody_has_looked(house: House) -> None:
    supervisor, officer = house.sign_in("supervisor"), house.sign_in("officer")
    assert "药品网络销售监测平台：还没有查看记录" in leads(supervisor, house)
    assert "药品网络销售监测平台" not in leads(officer, house)
    assert press(officer).status_code == 403
    said = press(supervisor)
    assert said.status_code == 200 and "目前未超期" in json.dumps(said.json, ensure_ascii=False)
    assert "还没有查看记录" not in leads(supervisor, house)
    assert [row.object_id for row in house.audit("platform.check")] == ["monitoring"]


def test_a_steward_is_told_and_finds_the_line_where_files_are_imported(house: House) -> None:
    with writing(house.engine) as conn:
        daily(conn, TODAY, now=NOW)
    steward = house.sign_in("steward")
    inbox = leads(steward, house, "/inbox")
    assert "药品网络销售监测平台" in inbox and "超期无人查看" in inbox and '"to": "/imports"' in inbox
    assert "还没有查看记录" in leads(steward, house, "/imports")
    assert "目前未超期" in json.dumps(press(steward, "imports").json, ensure_ascii=False)
    assert "药品网络销售监测平台" not in leads(steward, house, "/inbox")


def test_a_steward_sees_how_the_rows_of_the_own_file_fared_but_not_what_they_say(house: House) -> None:
    about = house.ids["city"].enterprises[0]
    with writing(house.engine) as conn:
        me = conn.execute(sa.select(user.c.id).where(user.c.username == "steward")).scalar_one()
        file = {"kind": "leads", "source": "12315", "filename": "f.xlsx", "sha256": "x", "recorded_at": NOW}
        [number] = conn.execute(sa.insert(batch), {**file, "user_id": me}).inserted_primary_key
        for line, enterprise_id in ((2, about), (3, None)):
            n = add_lead(conn, title="阿莫西林破损", enterprise_id=enterprise_id)
            conn.execute(sa.update(lead).where(lead.c.id == n).values(batch_id=number, row_no=line))
            came = {"lead_id": n, "at": NOW, "to_state": "registered", "recorded_at": NOW, "batch_id": number}
            conn.execute(sa.insert(lead_event), {**came, "details": {"uscc": "91210102MA0000009X"}})
    steward = house.sign_in("steward")
    said = leads(steward, house, "/imports", f"?batch={number}")
    assert "本批新增线索 2 条，其中未匹配企业 1 条" in said and "91210102MA0000009X" in said
    assert f'"/enterprises/{about}"' in said and "阿莫西林" not in said and '"/leads' not in said
