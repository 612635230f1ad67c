"""The line on the page of leads that says whether somebody has looked at a platform lately."""

from __future__ import annotations

import json
from typing import Any

from flask.testing import FlaskClient

from tests.dashboard.conftest import House, fire

OWN = {"type": "leads-platform", "id": "monitoring"}


def leads(client: FlaskClient, house: House) -> str:
    client.get("/leads")
    answer = fire(client, house, "page.children", {"url.pathname": "/leads", "url.search": ""})
    return json.dumps(answer.json, ensure_ascii=False)


def press(client: FlaskClient) -> Any:
    """Press the button as a browser does."""
    body = {
        "output": "leads-platforms.children",
        "outputs": {"id": "leads-platforms", "property": "children"},
        "inputs": [[{"id": OWN, "property": "n_clicks", "value": 1}]],
        "changedPropIds": [f"{json.dumps(OWN, separators=(',', ':'), sort_keys=True)}.n_clicks"],
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
