"""Nobody reads beyond the scope, nor a person's data in clear, whichever way is asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, is_dataclass
from typing import Any

import pytest
import sqlalchemy as sa

from data.access import Role, Scope, Viewer
from data.clock import EVERYTHING
from data.errors import Denied, NotFound, Refused
from data.reads.behind import ASKABLE, coverage_enterprises
from data.reads.city import city
from data.reads.coverage_table import coverage_table
from data.reads.enterprise import enterprise_file
from data.reads.enterprises import all_enterprises, enterprises, points
from data.reads.filters import STATES, EnterpriseFilter
from data.reads.grid import grid_file
from data.reads.imports import all_issues, batch_file, batches, issues, open_quarantine
from data.reads.masks import mask_details, mask_text
from data.reads.wall import wall
from data.reads.work import leads, problems
from data.schema import audit, batch, enterprise, fact_identity, import_issue, user
from data.store import reading, writing
from data.writes.unmask import unmask
from tests.factories import (
    NOW,
    TODAY,
    MadeCity,
    add_fact,
    add_lead,
    add_problem,
    make_city,
    viewer,
)

Read = Callable[[sa.Connection, Viewer], Any]

READS: dict[str, Read] = {
    "city": city,
    "table": lambda c, v: [
        r for by in ("grid", "district") for r in
        coverage_table(c, v, None, TODAY, EVERYTHING, by=by, language="en").rows
    ],
    "behind": lambda c, v: [list(coverage_enterprises(c, v, None, TODAY, EVERYTHING, s)) for s in ASKABLE],
    "enterprises": lambda c, v: [
        enterprises(c, v, EnterpriseFilter(state=s), limit=500) for s in (None, *STATES)
    ],
    "elsewhere": lambda c, v: [
        enterprises(c, v, EnterpriseFilter(q="外区", plan=p)).rows for p in (None, "retail-three-years")
    ],
    "export": lambda c, v: list(all_enterprises(c, v)),
    "points": lambda c, v: [points(c, v, EnterpriseFilter(state=s)) for s in (None, "due")],
    "problems": lambda c, v: problems(c, v, TODAY, limit=500),
    "leads": lambda c, v: leads(c, v, TODAY, limit=500),
    "wall": lambda c, v: wall(c, v, now=NOW),
}  # fmt: skip


def marked(db: sa.Engine) -> MadeCity:
    """Make a city whose second district carries a mark on everything that has words."""
    with writing(db) as conn:
        made = make_city(conn, districts=2, grids=2, enterprises=2, unplaced=2)
        hidden = [one for grid_id in made.grids[2:] for one in made.by_grid[grid_id]]
        hidden += made.by_grid[None][2:]
        table = enterprise.c
        conn.execute(sa.update(enterprise).where(table.id.in_(hidden)).values(name="外区" + table.name))
        for grid_id in made.grids[2:]:
            add_lead(conn, grid_id=grid_id, district_code="210103", title="外区线索")
            add_problem(conn, made.by_grid[grid_id][0], TODAY)
        add_lead(conn, district_code="210103", title="外区线索")
        add_lead(conn, title="外区线索")
        return made


def told(found: Any) -> str:
    def plain(value: Any) -> Any:
        return asdict(value) if is_dataclass(value) and not isinstance(value, type) else str(value)

    return json.dumps(found, ensure_ascii=False, default=plain)


@pytest.mark.parametrize("name", READS)
@pytest.mark.parametrize("role", [Role.OFFICER, Role.SUPERVISOR])
def test_no_read_tells_of_another_district(sqlite_db: sa.Engine, name: str, role: Role) -> None:
    made = marked(sqlite_db)
    who = viewer(role, grids=tuple(made.grids[:2]), districts=("210102",))
    with reading(sqlite_db) as conn:
        whole, part = told(READS[name](conn, viewer())), told(READS[name](conn, who))
    assert any(mark in whole for mark in ("外区", "210103"))
    assert "外区" not in part and "210103" not in part


@pytest.mark.parametrize("name", READS)
def test_a_viewer_without_any_scope_sees_nothing(sqlite_db: sa.Engine, name: str) -> None:
    marked(sqlite_db)
    with reading(sqlite_db) as conn:
        part = told(READS[name](conn, viewer(Role.OFFICER, everything=False)))
    assert "测试药店" not in part and "测试线索" not in part and "210102" not in part


def test_files_outside_the_scope_are_denied(db: sa.Engine) -> None:
    made = marked(db)
    who = viewer(Role.SUPERVISOR, grids=tuple(made.grids[:2]), districts=("210102",))
    mine, theirs = made.by_grid[made.grids[0]][0], made.by_grid[made.grids[2]][0]
    with reading(db) as conn:
        assert enterprise_file(conn, who, mine, TODAY).problems
        assert grid_file(conn, who, "210102001001", TODAY).visits
        with pytest.raises(Denied):
            enterprise_file(conn, who, theirs, TODAY)
        with pytest.raises(Denied):
            enterprise_file(conn, who, made.by_grid[None][2], TODAY)
        with pytest.raises(Denied):
            grid_file(conn, who, "210103001001", TODAY)
        with pytest.raises(NotFound):
            grid_file(conn, who, "nope", TODAY)
        with pytest.raises(NotFound):
            enterprise_file(conn, who, 10**6, TODAY)


def test_imports_are_for_stewards_alone(sqlite_db: sa.Engine) -> None:
    with reading(sqlite_db) as conn:
        for role in set(Role) - {Role.STEWARD}:
            for read in (
                lambda v: batches(conn, v),
                lambda v: batch_file(conn, v, 1),
                lambda v: issues(conn, v, 1, "en"),
                lambda v: list(all_issues(conn, v, 1, "en")),
                lambda v: open_quarantine(conn, v),
            ):
                with pytest.raises(Denied):
                    read(viewer(role))
        assert batches(conn, viewer(Role.STEWARD)) == ([], 0)


DETAILS = {
    "legal_rep": "测试人甲", "phone": "13800001234", "legal_rep_id": "210102189001011238",
    "note": "联系人电话13900005678，证件210102189001011238", "mode": "零售", "staff": 3,
}  # fmt: skip
CLEAR = ("测试人甲", "13800001234", "13900005678", "210102189001011238")


def test_personal_data_are_masked_wherever_the_file_repeats_them(db: sa.Engine) -> None:
    made = marked(db)
    one = made.by_grid[made.grids[0]][0]
    with writing(db) as conn:
        conn.execute(sa.update(enterprise).where(enterprise.c.id == one).values(details=DETAILS))
        conn.execute(
            sa.update(fact_identity).where(fact_identity.c.enterprise_id == one).values(details=DETAILS)
        )
        add_fact(conn, "identity", one, valid_from=TODAY, name="新名", category="cdc", details=DETAILS)
    with reading(db) as conn:
        for role in (Role.LEADER, Role.SUPERVISOR, Role.AUDITOR, Role.STEWARD):
            shown = told(enterprise_file(conn, viewer(role), one, TODAY))
            assert "测**" in shown and "零售" in shown
            assert not [clear for clear in CLEAR if clear in shown]


def test_masks_follow_the_convention() -> None:
    masked = mask_details(DETAILS)
    assert masked["legal_rep"] == "测**"
    assert masked["phone"] == "138****1234"
    assert masked["legal_rep_id"] == "210***********1238"
    assert masked["note"] == "联系人电话139****5678，证件210***********1238"
    assert masked["staff"] == 3
    assert mask_details({"mode": "零售", "floor": "120"}) == {"mode": "零售", "floor": "120"}


def test_a_detail_that_nobody_has_looked_at_is_hidden() -> None:
    unknown = {
        "owner_name": "张三丰",
        "联系人": "李四",
        "telephone_number": "024-23456789",
        "nested": {"who": "王五"},
    }
    masked = mask_details(unknown)
    assert masked == {
        "owner_name": "***",
        "联系人": "***",
        "telephone_number": "***",
        "nested": {"who": "***"},
    }


def test_names_and_landlines_are_hidden_inside_free_text() -> None:
    assert mask_text("负责人王小明，电话024-23456789") == "负责人王**，电话024****6789"
    assert mask_text("联系人：李四 电话：23456789。") == "联系人：李** 电话****。"
    for plain in (
        "负责人签字确认。",
        "负责人高度重视",
        "文号20260301",
        "批号 20260301-02",
        "0241",
        "许可证辽CB0240123",
    ):
        assert mask_text(plain) == plain
    assert mask_text("统一社会信用代码914403001922038216") == "统一社会信用代码914403001922038216"


def test_refused_rows_are_whole_for_who_brought_them_alone(db: sa.Engine) -> None:
    with writing(db) as conn:
        ids = [
            conn.execute(
                sa.insert(user)
                .values(username=name, name=name, role="steward", password_hash="x", created_at=NOW)
                .returning(user.c.id)
            ).scalar_one()
            for name in ("one", "two")
        ]
        made = {"kind": "enterprises", "source": "s", "filename": "f", "sha256": "x", "recorded_at": NOW}
        number = conn.execute(
            sa.insert(batch).values(user_id=ids[0], **made).returning(batch.c.id)
        ).scalar_one()
        phone = {"value": "13900005678", "column": "电话"}
        row = {
            "batch_id": number,
            "line": 2,
            "level": "error",
            "code": "too_long",
            "raw": {"电话": "13900005678"},
        }
        conn.execute(
            sa.insert(import_issue),
            [
                {**row, "field": "details.phone", "value": "13900005678", "params": {**phone, "limit": 1}},
                {
                    **row,
                    "field": "details.owner_name",
                    "value": "测试人甲",
                    "params": {"value": "测试人甲", "column": "业主", "limit": 1},
                },
            ],
        )
    one, two = (Viewer(f"user:{n}", Role.STEWARD, Scope(everything=True), user_id=n) for n in ids)
    with reading(db) as conn:
        for who in (one, two):
            shown = told(issues(conn, who, number, "zh-CN").rows)
            assert not [clear for clear in CLEAR if clear in shown]
        assert {str(row.raw) for row in all_issues(conn, one, number, "zh-CN")} == {"{'电话': '13900005678'}"}
        exported = told(list(all_issues(conn, two, number, "zh-CN")))
        assert not [clear for clear in CLEAR if clear in exported]


def test_unmasking_shows_one_field_and_leaves_a_trace_without_it(db: sa.Engine) -> None:
    made = marked(db)
    one = made.by_grid[made.grids[0]][0]
    boss = viewer(Role.SUPERVISOR, grids=(made.grids[0],))
    with writing(db) as conn:
        conn.execute(sa.update(enterprise).where(enterprise.c.id == one).values(details=DETAILS))
        assert unmask(conn, boss, one, "phone", "核实举报", now=NOW) == "13800001234"
        row = conn.execute(sa.select(audit).order_by(audit.c.seq.desc())).first()
        assert row is not None and row.action == "enterprise.unmask"
        assert row.detail == {"field": "phone", "reason": "核实举报"}
        with pytest.raises(Refused, match="reason_missing"):
            unmask(conn, boss, one, "phone", " ", now=NOW)
        with pytest.raises(NotFound, match="field_unknown"):
            unmask(conn, boss, one, "mode", "核实", now=NOW)
        with pytest.raises(Denied):
            unmask(conn, boss, made.by_grid[made.grids[2]][0], "phone", "核实", now=NOW)
        with pytest.raises(Denied):
            unmask(conn, viewer(Role.LEADER), one, "phone", "核实", now=NOW)


def test_rows_behind_a_count_of_any_day_are_as_many_as_the_count(db: sa.Engine) -> None:
    made = marked(db)
    who = viewer(Role.SUPERVISOR, grids=tuple(made.grids[:2]), districts=("210102",))
    with reading(db) as conn:
        for v in (viewer(), who):
            total = coverage_table(conn, v, None, TODAY, EVERYTHING, language="en").total
            for status in ("due", "done", "on_time", "late"):
                rows = list(coverage_enterprises(conn, v, None, TODAY, EVERYTHING, status))
                assert len(rows) == total[status]
            shown = city(conn, v).total
            assert (shown.due, shown.done) == (total["due"], total["done"])
