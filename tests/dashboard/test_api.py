"""The API answers as its description says, and the description misses no route."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

import dashboard
from data.access import Role
from data.store import writing
from tests.dashboard.conftest import House
from tests.factories import TODAY, add_enterprise

DESCRIPTION = json.loads((Path(dashboard.__file__).parent / "openapi.json").read_text(encoding="utf-8"))
ROUTES = sorted(route for route, how in DESCRIPTION["paths"].items() if "get" in how)
POSTED = sorted(route for route, how in DESCRIPTION["paths"].items() if "post" in how)


def check(schema, value):
    """Hold a value to a schema of the description."""
    whole = {**schema, "components": DESCRIPTION["components"]}
    Draft202012Validator(whole, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(value)


def schema_of(route: str, status: str):
    content = DESCRIPTION["paths"][route]["get"]["responses"][status]["content"]
    ((mimetype, body),) = content.items()
    return mimetype, body["schema"]


def test_no_route_is_undescribed_and_none_is_invented(read_only_house: House):
    served = {
        str(rule).removeprefix("/api/v1").replace("<int:", "{").replace(">", "}")
        for rule in read_only_house.server.url_map.iter_rules()
        if str(rule).startswith("/api/v1/") and not rule.endpoint.endswith(".nothing")
    }
    assert served == {*ROUTES, *POSTED}


def test_every_described_parameter_is_taken(read_only_house: House):
    client = read_only_house.sign_in("auditor")
    for route in ROUTES:
        for parameter in DESCRIPTION["paths"][route]["get"]["parameters"]:
            if parameter["in"] == "query":
                answer = client.get(
                    f"/api/v1{route}".replace("{enterprise_id}", "1"), query_string={parameter["name"]: ""}
                )
                assert answer.status_code == 200, (route, parameter["name"])


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("role", [Role.LEADER, Role.OFFICER, Role.STEWARD, Role.AUDITOR, Role.ADMIN])
def test_real_answers_are_as_described(read_only_house: House, route: str, role: Role):
    client = read_only_house.sign_in(str(role))
    first = read_only_house.ids["city"].enterprises[0]
    answer = client.get(f"/api/v1{route}".replace("{enterprise_id}", str(first)))
    mimetype, schema = schema_of(route, str(answer.status_code))
    denied = role is not Role.AUDITOR if route == "/audit" else role is Role.ADMIN
    assert answer.status_code in ((200, 403) if denied else (200,))
    assert route != "/audit" or answer.status_code == (403 if denied else 200)
    assert answer.mimetype == mimetype
    check(schema, answer.get_json(force=True))


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ("coverage?as_of=yesterday", 422, "as_of"),
        ("coverage?known_at=soon", 422, "known_at"),
        ("coverage?by=officer", 422, "by"),
        ("coverage?plan=none", 404, "plan"),
        ("coverage?period=1999", 404, "period"),
        ("coverage?paln=x", 422, "paln"),
        ("enterprises?limit=0", 422, "limit"),
        ("enterprises?limit=1e9", 422, "limit"),
        ("enterprises?offset=-1", 422, "offset"),
        ("enterprises?state=lost", 422, "state"),
        ("enterprises?sort=password", 422, "sort"),
        ("enterprises?risk=high", 422, "risk"),
        ("enterprises/999999", 404, None),
        ("audit?from=yesterday", 422, "from"),
        ("audit?result=perhaps", 422, "result"),
        ("audit?limit=1001", 422, "limit"),
        ("audit?who=me", 422, "who"),
    ],
)
def test_a_wrong_question_gets_a_sentence_and_the_field(read_only_house: House, query, status, field):
    answer = read_only_house.sign_in("auditor").get(f"/api/v1/{query}")
    assert answer.status_code == status
    check(DESCRIPTION["components"]["schemas"]["Error"], answer.json)
    assert field is None or answer.json["error"]["field"] == field
    assert "{" not in answer.json["error"]["message"]


def test_the_api_takes_nothing_in_but_leads(read_only_house: House):
    client = read_only_house.sign_in("leader")
    client.get("/")
    headers = {"X-CSRFToken": client.get_cookie("_csrf_token").value}
    for method in ("post", "put", "patch", "delete"):
        assert getattr(client, method)("/api/v1/enterprises", headers=headers).status_code == 405
    assert POSTED == ["/leads"]


def test_coverage_adds_up_whichever_way_it_is_cut(read_only_house: House):
    client = read_only_house.sign_in("leader")
    totals = []
    for by in ("grid", "district", "category"):
        body = client.get(f"/api/v1/coverage?by={by}&as_of={TODAY}").json
        totals.append(body["total"])
        for name, total in body["total"].items():
            assert sum(row[name] for row in body["rows"]) == total
    assert totals[0] == totals[1] == totals[2] and totals[0]["due"] > totals[0]["done"] > 0


def test_coverage_of_an_earlier_day_knows_fewer_visits(read_only_house: House):
    client = read_only_house.sign_in("leader")
    today, before = (
        client.get(f"/api/v1/coverage?as_of={d}").json["total"]["done"] for d in (TODAY, "2026-10-01")
    )
    assert today > before == 0


def test_pages_of_enterprises_follow_each_other(read_only_house: House):
    client = read_only_house.sign_in("leader")
    whole = client.get("/api/v1/enterprises?limit=1000").json
    found = [
        row["id"] for n in range(0, whole["total"], 5)
        for row in client.get(f"/api/v1/enterprises?limit=5&offset={n}").json["enterprises"]
    ]  # fmt: skip
    assert found == [row["id"] for row in whole["enterprises"]]


def test_an_export_computes_nothing_and_is_on_record(house: House):
    with house.engine.begin() as conn:
        conn.exec_driver_sql("UPDATE enterprise SET name = '=HYPERLINK(\"http://x\")' WHERE id = 1")
    client = house.sign_in("leader")
    text = client.get("/export/enterprises.csv").text
    assert "'=HYPERLINK" in text and ",=HYPERLINK" not in text and ',"=HYPERLINK' not in text
    import io

    import openpyxl

    book = openpyxl.load_workbook(io.BytesIO(client.get("/export/enterprises.xlsx?state=remaining").data))
    rows = list(book.active.iter_rows(min_row=2))
    assert len(rows) == client.get("/api/v1/enterprises?state=remaining").json["total"]
    assert all(cell.data_type != "f" for row in rows for cell in row)
    assert [row.detail["rows"] for row in house.audit("export")][-1] == len(rows)


def test_an_export_of_grids_stands_in_the_order_of_the_table(house: House):
    client = house.sign_in("leader")

    def column(sort: str, name: int) -> list[str]:
        lines = client.get(f"/export/grids.csv?sort={sort}").text.lstrip("\ufeff").splitlines()[1:]
        return [line.split(",")[name] for line in lines if line.split(",")[0]]  # grids have a code

    names = column("name", 1)
    assert names == sorted(names) and column("-name", 1) == names[::-1] and len(set(names)) > 1
    due = [int(number) for number in column("-remaining", 10)]
    assert due == sorted(due, reverse=True)


def test_a_point_that_no_plan_asks_for_is_neither_done_nor_undone(house: House):
    with writing(house.engine) as conn:
        add_enterprise(conn, category="manufacturer", lon=123.45, lat=41.85, name="无人检查厂")
    client = house.sign_in("leader")
    answer = client.get("/api/v1/points.geojson").get_json(force=True)
    check(schema_of("/points.geojson", "200")[1], answer)
    features = answer["features"]
    assert {True, False, None} == {one["properties"]["done"] for one in features}
    for one in features:
        state, done = one["properties"]["state"], one["properties"]["done"]
        assert done is {"on_time": True, "late": True, "not_due": None}.get(state, False)
