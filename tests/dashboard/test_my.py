"""The officer's page and the inbox: what is shown leads to as many rows; what is clicked is noted."""

from __future__ import annotations

import csv
import io
import json
import re
from typing import Any

import pytest
import sqlalchemy as sa

from dashboard.components import dayparts, mapapp
from dashboard.pages import inbox, my
from dashboard.services import View
from data.access import Role, viewer_of_user
from data.errors import Denied, NotFound
from data.reads.duties import FILTERS
from data.reads.my_day import my_day
from data.schema import lead, message, plan, problem
from data.store import reading, writing
from data.text import LANGUAGES
from data.writes import messages
from geo.shift import to_wgs84
from tests.dashboard.conftest import House, fire
from tests.dashboard.test_pages import parts_of
from tests.factories import NOW, TODAY, add_lead, add_problem

MY_POSITION = {"type": "my-position", "of": "phone"}


def view_of(house: House, role: Role = Role.OFFICER, language: str = "zh-CN") -> View:
    with reading(house.engine) as conn:
        who = viewer_of_user(conn, house.ids[role], TODAY)
    assert who is not None
    return View(who, NOW, language)


def served(house: House) -> Any:
    return house.server.extensions["gridward"]["services"]


def hrefs(component: Any) -> list[str]:
    return [part.href for part in parts_of(component) if getattr(part, "href", None)]


def class_of(component: Any) -> str:
    return getattr(component, "className", None) or ""


@pytest.mark.parametrize("language", LANGUAGES)
def test_both_pages_render_in_both_languages(read_only_house: House, language: str):
    view = view_of(read_only_house, language=language)
    assert my.layout(view, served(read_only_house), search="?show=overdue&n=5")
    assert my.layout(view, served(read_only_house), search="?show=nonsense&n=99&all=1")
    for role in (Role.OFFICER, Role.SUPERVISOR, Role.LEADER, Role.STEWARD):
        look = view_of(read_only_house, role, language)
        assert inbox.layout(look, served(read_only_house), search="?from=x&ended=1")


def test_only_who_records_visits_has_the_page(read_only_house: House):
    with pytest.raises(Denied):
        my.layout(view_of(read_only_house, Role.LEADER), served(read_only_house))
    client = read_only_house.sign_in("leader")
    assert client.get("/my").status_code == 403


def test_without_an_active_plan_the_page_says_so_and_lists_what_else_waits(house: House):
    with writing(house.engine) as conn:
        conn.execute(sa.update(plan).values(active=False))
    view = view_of(house)
    shown = my.layout(view, served(house))
    said = [part.children for part in parts_of(shown) if getattr(part, "role", None) == "status"]
    assert view.text("my.no_plan") in said
    assert {"my-rows", "my-round"} <= {
        getattr(part, "id", None)
        for part in parts_of(shown)
        if not isinstance(getattr(part, "id", None), dict)
    }


def test_each_figure_of_the_look_leads_to_as_many_rows(read_only_house: House):
    view = view_of(read_only_house)
    with reading(read_only_house.engine) as conn:
        day = my_day(conn, view.viewer, TODAY)
    shown = {}
    for box in dayparts.look(view, day, {}).children:
        name = re.search(r"gw-kpi-my_(\w+)", box.className)
        number = next(p.children for p in parts_of(box) if class_of(p) == "gw-figure-number") if name else ""
        for href in hrefs(box):
            if "show=" in href:
                shown[re.search(r"show=(\w+)", href)[1]] = int(number)
    assert shown
    for name, number in shown.items():
        filters = my.filters_of(f"?show={name}&all=1")
        rows = dayparts.working_list(view, day, {}, None, filters)
        items = [p for p in parts_of(rows[1]) if class_of(p) == "gw-my-row"]
        assert len(items) == number == day.duties.count(name), name
    assert set(shown) <= set(FILTERS)


def test_another_plan_asks_for_its_own_visits_and_stays_in_every_way_on(house: House):
    view, plan = view_of(house), "retail-three-years"
    with reading(house.engine) as conn:
        usual, other = (my_day(conn, view.viewer, TODAY, code) for code in (None, plan))
        with pytest.raises(NotFound, match="plan_unknown"):
            my_day(conn, view.viewer, TODAY, "tea")
    assert usual.city.plan.code != other.city.plan.code == plan
    for name in ("recheck", "lead", "problem"):
        assert usual.duties.count(name) == other.duties.count(name)
    drawn = my.layout(view, served(house), search=f"?plan={plan}&show=unvisited")
    ways = [href for href in hrefs(drawn) if href.startswith(("/my?", "/export/my", "/enterprises?"))]
    assert ways and all(f"plan={plan}" in href for href in ways)


def test_the_file_of_the_working_list_has_the_rows_of_its_filter_and_viewer(house: House):
    client, view = house.sign_in("officer"), view_of(house)
    with reading(house.engine) as conn:
        day = my_day(conn, view.viewer, TODAY)
    for show in (None, *FILTERS):
        text = client.get("/export/my.csv" + (f"?show={show}" if show else "")).text
        names = [line[0] for line in csv.reader(io.StringIO(text.removeprefix("\ufeff")))][1:]
        shown = [
            row.enterprise.name if row.enterprise else row.duties[0].text for row in day.duties.shown(show)
        ]
        assert names == shown, show
    assert len(day.duties.rows) > 0 and house.audit("export")[-1].object_kind == "my"
    assert client.get("/export/my.csv?show=tea").status_code == 422
    assert client.get("/export/my.csv?plan=tea").status_code == 404
    assert house.sign_in("leader").get("/export/my.csv").status_code == 403


def test_a_row_opens_the_form_for_what_is_due_there(house: House):
    with writing(house.engine) as conn:
        conn.execute(sa.update(problem).values(state="awaiting_recheck"))
        first, second, *_ = house.ids["city"].by_grid[house.ids["city"].grids[0]]
        known = conn.execute(sa.select(lead.c.id).where(lead.c.enterprise_id == first)).scalar_one()
        both = add_lead(conn, enterprise_id=second, state="investigating", grid_id=None)
        rechecks = conn.execute(sa.select(problem.c.id, problem.c.enterprise_id)).all()
        add_problem(conn, second, TODAY, state="found")
    shown = hrefs(my.layout(view_of(house), served(house), search=""))
    alone = [one.id for one in rechecks if one.enterprise_id == first]
    assert len(alone) == 1 and f"/problems/{alone[0]}" in shown, "what waits there can be opened from here"
    assert {f"/visit/{first}?kind=recheck", f"/visit/{first}?kind=for_cause&lead={known}"} <= set(shown)
    assert f"/visit/{second}?lead={both}" in shown, "one visit does what the plan asks for and the lead"


def test_the_round_follows_where_the_phone_says_it_is_and_says_why_if_it_cannot(house: House):
    client = house.sign_in("officer")
    client.get("/my")

    def show(position: Any) -> dict[str, Any]:
        answer = send(house, client, "my-round.children", MY_POSITION, "data", position, search="?n=3")
        return answer.get_json()["response"]

    made = show({"lon": 123.4, "lat": 41.8})
    assert "从当前位置出发" in json.dumps(made["my-round"], ensure_ascii=False)
    assert len(made["my-map-points"]["data"]["features"]) == 4
    assert made["my-trouble"]["className"] == "gw-hidden"
    for failed in ("insecure", "denied", "failed"):
        assert show({"failed": failed})["my-trouble"]["children"]
    for nonsense in ({"lon": "x", "lat": 1}, {"lon": 999, "lat": 1}, {"failed": "<b>"}, [], 7):
        assert show(nonsense)["my-trouble"]["children"] == ""


def test_an_officer_lands_on_the_own_day_and_everybody_where_they_wanted(house: House):
    from tests.dashboard.conftest import PASSWORD, token_in

    def landed(name: str, wanted: str | None = None) -> str:
        client = house.client()
        form = {"username": name, "password": PASSWORD, "csrf_token": token_in(client)}
        return client.post("/login", data={**form, **({"next": wanted} if wanted else {})}).headers[
            "Location"
        ]

    assert landed("officer") == landed("officer", "/") == "/my"
    assert landed("officer", "/enterprises?state=due") == "/enterprises?state=due"
    assert landed("leader") == "/"


def test_a_map_apps_link_carries_the_place_in_its_datum_and_no_name():
    lon, lat = 123.431472, 41.805698
    assert mapapp.geo(lon, lat, "甲(店)&乙").startswith("geo:41.805698,123.431472?q=41.805698,123.431472(")
    assert "&" not in mapapp.geo(lon, lat, "甲(店)&乙")
    for app, datum in (("amap", "GCJ02"), ("baidu", "BD09")):
        said = mapapp.web(app, lon, lat)
        a, b = (float(part) for part in re.search(r"(?:position|location)=([\d.]+),([\d.]+)", said).groups())
        x, y = (a, b) if app == "amap" else (b, a)
        back = to_wgs84([x], [y], datum)
        assert (float(back[0][0]), float(back[1][0])) == pytest.approx((lon, lat), abs=2e-5)
        assert (x, y) != pytest.approx((lon, lat), abs=1e-3)


def told(house: House, role: Role, *ids: int, kind: str = "assigned") -> None:
    with writing(house.engine) as conn:
        for one in ids:
            messages.tell(conn, [house.ids[role]], kind, "lead", one, "v1", now=NOW)


def test_opening_a_message_reads_it_and_acknowledging_notes_it_for_ones_own_alone(house: House):
    told(house, Role.OFFICER, 1, 2)
    told(house, Role.LEADER, 1)
    with reading(house.engine) as conn:
        ids = conn.execute(sa.select(message.c.id).order_by(message.c.id)).scalars().all()
    client = house.sign_in("officer")
    client.get("/inbox")
    assert click(house, client, {"type": "inbox-open", "id": ids[0], "to": "/leads/1"}).status_code == 200
    assert click(house, client, {"type": "inbox-acknowledge", "id": ids[1]}).status_code == 200
    click(house, client, {"type": "inbox-acknowledge", "id": ids[2]})
    with reading(house.engine) as conn:
        query = sa.select(message.c.read_at, message.c.acknowledged_at).order_by(message.c.id)
        rows = [(bool(read), bool(known)) for read, known in conn.execute(query)]
    assert rows == [(True, False), (True, True), (False, False)]


def click(house: House, client: Any, name: dict[str, Any]) -> Any:
    return send(house, client, "inbox-rows.children", name, "n_clicks", 1, path="/inbox")


def send(house: House, client: Any, output: str, name: dict[str, Any], prop: str, value: Any, *,
         search: str = "", path: str = "/my") -> Any:  # fmt: skip
    """Send what a browser would for a callback that an id of a pattern fired."""
    dash = house.server.extensions["gridward"]["apps"]["desk"]
    key = next(k for k in dash.callback_map if output in k)
    spec = dash.callback_map[key]
    pressed = {"id": name, "property": prop, "value": value}
    inputs: list[Any] = []
    for part in spec["inputs"]:
        wild = part["id"].startswith("{")
        same = wild and json.loads(part["id"])["type"] == name["type"]
        inputs.append([pressed] if same else [] if wild else {**part, "value": search})
    outputs = [
        dict(zip(("id", "property"), one.split("@")[0].rsplit(".", 1), strict=True))
        for one in key.strip(".").split("...")
    ]
    body = {
        "output": key, "outputs": outputs if key.startswith("..") else outputs[0], "inputs": inputs,
        "state": [{**part, "value": path} for part in spec["state"]],
        "changedPropIds": [json.dumps(name, separators=(",", ":"), sort_keys=True) + f".{prop}"],
    }  # fmt: skip
    cookie = client.get_cookie("_csrf_token", path="/")
    return client.post("/_dash-update-component", json=body, headers={"X-CSRFToken": cookie.value})


def test_the_navigation_counts_what_is_unread_and_counting_writes_nothing(house: House):
    told(house, Role.OFFICER, 1, 2, 3)
    client = house.sign_in("officer")
    client.get("/inbox")
    with house.engine.connect() as conn:
        before = conn.exec_driver_sql("PRAGMA data_version").scalar_one()
        values = {"unread-timer.n_intervals": 1, "unread.data": None, "url.pathname": "/inbox"}
        answer = fire(client, house, "unread.data", values)
        after = conn.exec_driver_sql("PRAGMA data_version").scalar_one()
        again = fire(client, house, "unread.data", {**values, "unread.data": {"inbox": 3, "papers": 0}})
    assert answer.get_json()["response"]["unread"]["data"] == {"inbox": 3, "papers": 0}
    assert "3 条未读" in json.dumps(answer.get_json(), ensure_ascii=False)
    assert before == after
    assert again.status_code == 204


def test_a_supervisor_sees_who_has_not_looked_and_an_officer_does_not(house: House):
    told(house, Role.OFFICER, 1, 2)
    shown = {
        role: str(inbox.layout(view_of(house, role), served(house)))
        for role in (Role.SUPERVISOR, Role.OFFICER)
    }
    assert "网格员的未读与未确认" in shown[Role.SUPERVISOR]
    assert "网格员的未读与未确认" not in shown[Role.OFFICER]
