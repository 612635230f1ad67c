"""A file of a table has the table's rows, words and sums."""

from __future__ import annotations

import csv
import io
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from dash import html

from dashboard.components import fileparts
from dashboard.components.table import dag
from dashboard.pages import admin, enterprise, imports, plans
from dashboard.services import Services, View
from data import sheets
from data.access import RIGHTS, Right, Role, viewer_of_user
from data.reads.city import city
from data.reads.enterprise import enterprise_file
from data.schema import api_token, batch, calendar_day, grid, import_issue, user, wall_token
from data.store import writing
from tests.dashboard.conftest import ROLES, House
from tests.dashboard.test_pages import parts_of
from tests.factories import NOW, TODAY, viewer

ADMIN_TABLES = ("users", "grids", "walls", "apis")


def table(house: House, role: Role, path: str) -> list[dict[str, str]]:
    answer = house.sign_in(str(role)).get(path)
    assert answer.status_code == 200, answer.text
    return list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))))


@pytest.mark.parametrize("query", ["", "?district=210102", "?district=unknown"])
def test_grids_and_unplaced_add_up_to_the_total_of_an_export(read_only_house: House, query: str):
    *rows, total = table(read_only_house, Role.LEADER, f"/export/grids.csv{query}")
    assert total["网格"] == "合计"
    for column in ("应检", "已检", "未检", "按期", "未结问题", "逾期问题", "未结线索", "逾期线索"):
        assert sum(int(row[column]) for row in rows) == int(total[column]), column
    with read_only_house.engine.connect() as conn:
        found = city(conn, viewer(Role.LEADER), None)
    code = query.partition("=")[2]
    district = next((d.counts for d in found.districts if (d.code or "unknown") == code), None)
    expected = found.total if not query else district
    assert int(total["应检"]) == (expected.due if expected else 0)


def test_an_export_of_grids_has_the_columns_that_the_screen_shows(read_only_house: House):
    row = table(read_only_house, Role.LEADER, "/export/grids.csv")[0]
    assert {"网格", "区县", "网格员", "进度状态", "覆盖率", "未检", "落后家数", "须日均"} <= set(row)
    assert any(
        row["网格"].startswith("未落格") for row in table(read_only_house, Role.LEADER, "/export/grids.csv")
    )


def test_a_filter_of_grids_leaves_the_unplaced_out_of_an_export_as_on_the_screen(read_only_house: House):
    rows = table(read_only_house, Role.LEADER, "/export/grids.csv?q=no-such-grid")
    assert [(row["网格"], row["应检"], row["覆盖率"]) for row in rows] == [("合计", "0", "—")]


@pytest.mark.parametrize("name", ["work", "problems", "leads", "visits", "plans"])
def test_the_tables_of_a_grid_can_be_taken_along_by_its_officer_alone(house: House, name: str):
    made = house.ids["city"]
    with house.engine.connect() as conn:
        codes = dict(conn.execute(sa.select(grid.c.id, grid.c.code)).all())
    own, other = codes[made.grids[0]], codes[made.grids[-1]]
    assert table(house, Role.OFFICER, f"/export/grid-{name}.csv?grid={own}") is not None
    officer = house.sign_in("officer")
    assert officer.get(f"/export/grid-{name}.csv?grid={other}").status_code == 403
    assert officer.get(f"/export/grid-{name}.csv?grid=nowhere").status_code == 404
    assert officer.get(f"/export/grid-{name}.exe?grid={own}").status_code == 404


def test_a_list_of_whom_to_visit_has_as_many_rows_as_remain(house: House):
    with house.engine.connect() as conn:
        rows = city(conn, viewer(Role.LEADER), None).grids
    for row in rows:
        lines = table(house, Role.LEADER, f"/export/grid-work.csv?grid={row.code}")
        assert len(lines) == row.counts.remaining
        assert all(line["原因"] for line in lines)


def look(house: House, role: Role) -> tuple[View, Services]:
    with house.engine.connect() as conn:
        who = viewer_of_user(conn, house.ids[role], TODAY)
    assert who is not None
    return View(who, NOW), house.server.extensions["gridward"]["services"]


def words_in(component: Any) -> str:
    """Return what a reader reads in a component."""
    if isinstance(component, list | tuple):
        return "".join(words_in(one) for one in component)
    if hasattr(component, "to_plotly_json"):
        return words_in(getattr(component, "children", None))
    return "" if component is None else str(component)


def tables_in(layout: Any) -> list[list[dict[str, str]]]:
    """Return the plain tables of a page as it shows them: column's words → cell's words, row by row."""
    found = []
    for one in parts_of(layout):
        if isinstance(one, html.Table):
            rows = one.children[1].children
            found.append([{getattr(c, "data-head"): words_in(c) for c in row.children} for row in rows])
    return found


def imported(house: House, **issue: Any) -> int:
    """Write a batch that the steward brought, with two issues."""
    with writing(house.engine) as conn:
        number: int = conn.execute(
            sa.insert(batch).returning(batch.c.id),
            {"kind": "enterprises", "source": "t", "filename": "=cmd.csv", "sha256": "0", "rows": 3000,
             "quarantined": 1, "warned": 1, "recorded_at": NOW, "user_id": house.ids[Role.STEWARD]},
        ).scalar_one()  # fmt: skip
        row = {
            "batch_id": number,
            "params": {},
            "value": "x",
            "raw": None,
            "field": "uscc",
            "code": "lost",
            **issue,
        }
        conn.execute(sa.insert(import_issue), [{**row, "level": "error", "line": 2},
                                               {**row, "level": "warning", "line": 4}])  # fmt: skip
    return number


@pytest.mark.parametrize("role", ROLES)
def test_a_file_is_given_to_those_who_may_open_its_page_and_is_on_record(house: House, role: Role):
    number = imported(house)
    allowed = {
        **{f"admin-{name}": Right.USERS for name in ADMIN_TABLES},
        "batches": Right.IMPORT,
        f"issues?batch={number}": Right.IMPORT,
        "plans": Right.MASTER,
        "calendar?year=2026": Right.MASTER,
        "organisations": Right.MASTER,
    }
    client = house.sign_in(str(role))
    taken = []
    for path, right in allowed.items():
        name, mark, query = path.partition("?")
        for kind in ("csv", "xlsx"):
            answer = client.get(f"/export/{name}.{kind}{mark}{query}")
            assert answer.status_code == (200 if right in RIGHTS[role] else 403), path
            taken += [(name, kind)] if answer.status_code == 200 else []
        assert client.get(f"/export/{name}.exe{mark}{query}").status_code in (403, 404)
    assert [(row.object_kind, row.object_id) for row in house.audit("export")] == taken
    assert {row.actor for row in house.audit("export")} <= {f"user:{role}"}


@pytest.mark.parametrize("name", ADMIN_TABLES)
def test_a_table_of_the_administration_is_exported_as_it_is_shown_without_any_secret(house: House, name: str):
    view, services = look(house, Role.ADMIN)
    (grid_shown,) = [
        one for one in parts_of(admin.layout(view, services))
        if isinstance(one, dag.AgGrid) and one.id == f"admin-{name}"
    ]  # fmt: skip
    heads = {column["field"]: column["headerName"] for column in grid_shown.columnDefs}
    shown = [{word: row[field] or "" for field, word in heads.items()} for row in grid_shown.rowData]
    client = house.sign_in("admin")
    text = client.get(f"/export/admin-{name}.csv").text.lstrip("\ufeff")
    assert list(csv.DictReader(io.StringIO(text))) == shown != []
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"/export/admin-{name}.xlsx").data))
    head, *rows = book.active.iter_rows(values_only=True)
    assert list(head) == list(heads.values()) and len(rows) == len(shown)
    with house.engine.connect() as conn:
        for column in (user.c.password_hash, wall_token.c.token_hash, api_token.c.token_hash):
            assert not [one for one in conn.execute(sa.select(column)).scalars() if str(one) in text]
    assert client.get("/export/admin-secrets.csv").status_code == 404
    assert client.get(f"/export/admin-{name}.csv?role=officer").status_code == 422


def test_batches_are_exported_as_they_are_shown_and_compute_nothing(house: House):
    number = imported(house)
    (shown,) = tables_in(imports.layout(*look(house, Role.STEWARD)))
    assert (shown[0]["批次"], shown[0]["行数"], shown[0]["文件"]) == (f"#{number}", "3,000", "=cmd.csv")
    rows = table(house, Role.STEWARD, "/export/batches.csv")
    assert [list(row) for row in rows] == [list(row) for row in shown]
    assert rows[0] == {
        **shown[0], "批次": str(number), "行数": "3000", "文件": "'=cmd.csv", "导入人": "steward"
    }  # fmt: skip


def test_issues_are_exported_as_they_are_shown_and_stay_masked_even_to_who_brought_them(house: House):
    phone = "13812345678"
    number = imported(
        house, field="details.contact_phone", value=phone, code="unknown_word", raw={"contact_phone": phone},
        params={"column": "电话", "known": "无", "value": phone},
    )  # fmt: skip
    page = imports.layout(*look(house, Role.STEWARD), search=f"?batch={number}")
    (shown,) = [found for found in tables_in(page) if "说明" in found[0]]
    text = house.sign_in("steward").get(f"/export/issues.csv?batch={number}").text
    assert list(csv.DictReader(io.StringIO(text.lstrip("\ufeff")))) == [
        {**row, "处理": row["处理"].lstrip("■▲● ")} for row in shown
    ]
    assert [row["行"] for row in shown] == ["2", "4"] and phone not in text and "138****5678" in text
    steward = house.sign_in("steward")
    for lost in ("", "?batch=x", "?batch=99999"):
        assert steward.get(f"/export/issues.csv{lost}").status_code == 404
    assert len(house.audit("export")) == 1


@pytest.mark.parametrize("role", [Role.LEADER, Role.SUPERVISOR, Role.OFFICER, Role.STEWARD])
def test_duties_and_events_of_an_enterprise_are_exported_as_its_file_shows_them(house: House, role: Role):
    made = house.ids["city"]
    number = made.by_grid[made.grids[0]][0]
    view, services = look(house, role)
    with house.engine.connect() as conn:
        found = enterprise_file(conn, view.viewer, number, view.today)
    duties = table(house, role, f"/export/enterprise-plans.csv?id={number}")
    shown = next(t for t in tables_in(enterprise.layout(view, services, str(number))) if "截止日" in t[0])
    assert [row["截止日"] for row in duties] == [row["截止日"] for row in shown]
    for row, cells in zip(duties, shown, strict=True):
        assert cells["计划"] == row["检查计划"] + row["依据"]
        assert row["状态"] in cells["状态"] and cells["状态"].endswith(row["证据等级"])
        assert row["完成日期"] == cells["完成"].strip("—")
    assert len(duties) == len(fileparts.duties(found)) > 0
    events = table(house, role, f"/export/enterprise-timeline.csv?id={number}")
    assert len(events) == len(found.timeline) > 0
    kinds = {row["类别"] for row in events}
    assert ("检查" in kinds) == view.viewer.may(Right.WORK)
    visits = table(house, role, f"/export/enterprise-timeline.csv?id={number}&kind=inspection")
    assert visits == [row for row in events if row["类别"] == "检查"]
    assert house.sign_in(str(role)).get(
        f"/export/enterprise-timeline.csv?id={number}&kind=dream"
    ).status_code == 422  # fmt: skip


@pytest.mark.parametrize("name", ["enterprise-plans", "enterprise-timeline"])
def test_the_file_of_an_enterprise_is_exported_within_the_scope_alone(house: House, name: str):
    made = house.ids["city"]
    other = made.by_grid[made.grids[-1]][0]
    officer = house.sign_in("officer")
    assert officer.get(f"/export/{name}.csv?id={other}").status_code == 403
    assert house.sign_in("admin").get(f"/export/{name}.csv?id={other}").status_code == 403
    for lost in ("", "?id=x", "?id=999999"):
        assert officer.get(f"/export/{name}.csv{lost}").status_code == 404
    assert not house.audit("export")


def test_plans_are_exported_as_their_cards_say_it(read_only_house: House):
    rows = table(read_only_house, Role.LEADER, "/export/plans.csv")
    layout = plans.layout(*look(read_only_house, Role.LEADER))
    cards = {
        one.id.removeprefix("plan-"): words_in(one) for one in parts_of(layout)
        if isinstance(one, html.Section) and str(getattr(one, "id", "")).startswith("plan-")
    }  # fmt: skip
    assert sorted(cards) == sorted(row["编码"] for row in rows) != []
    for row in rows:
        for head in ("检查计划", "检查对象", "计入的检查", "频次", "本期与时限", "依据", "依据的可靠程度"):
            assert row[head] in cards[row["编码"]], head
        assert (row["首页计划"] == "是") == ("首页计划" in cards[row["编码"]])


def test_the_set_days_of_one_year_are_exported(house: House):
    with writing(house.engine) as conn:
        for day, work in ((TODAY.replace(month=3, day=4), False), (TODAY.replace(year=TODAY.year + 1), True)):
            row = {"day": day, "is_workday": work, "name": "试", "recorded_at": NOW}
            conn.execute(sa.insert(calendar_day), row)
    shown = tables_in(plans.layout(*look(house, Role.AUDITOR), search=f"?tab=calendar&year={TODAY.year}"))[0]
    rows = table(house, Role.AUDITOR, "/export/calendar.csv")
    assert len(shown) == 1 and rows == [{**shown[0], "日期": f"{TODAY.year}-03-04"}]
    (later,) = table(house, Role.AUDITOR, f"/export/calendar.csv?year={TODAY.year + 1}")
    assert later["设为"] == "工作日"
    assert house.sign_in("auditor").get("/export/calendar.csv?year=99999").status_code == 422


@pytest.mark.parametrize("role", [Role.LEADER, Role.SUPERVISOR, Role.STEWARD])
def test_organisations_are_exported_as_the_tree_shows_them(read_only_house: House, role: Role):
    (shown,) = tables_in(plans.layout(*look(read_only_house, role), search="?tab=organisations"))
    rows = table(read_only_house, role, "/export/organisations.csv")
    above = [row.pop("上级机构代码") for row in rows]
    assert [{head: cell or "—" for head, cell in row.items()} for row in rows] == shown != []
    assert set(above) - {""} <= {"BUREAU"}


def test_what_does_not_fit_into_a_sheet_goes_on_in_another_one(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sheets, "LAST_ROW", 3)
    rows = [[n, f"第{n}行"] for n in range(7)]
    book = openpyxl.load_workbook(io.BytesIO(b"".join(sheets.xlsx_parts("审计" * 20, ["序号", "行"], rows))))
    found = [list(sheet.values) for sheet in book]
    assert [one[0] for one in found] == [("序号", "行")] * 3
    assert [list(row) for one in found for row in one[1:]] == rows
    assert [sheet.auto_filter.ref for sheet in book] == ["A1:B4", "A1:B4", "A1:B2"]
