"""Leads from files: a 12315 export comes in matched by its codes, and what is worked here stays ours."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import xlsxwriter

from data.access import Role, command_line
from data.errors import Denied, Refused
from data.reads.imports import issues
from data.reads.lead import lead_file
from data.reads.lead_imports import leads_of_file
from data.reads.leads import LeadFilter, board, lead_list
from data.schema import enterprise, import_issue, inspection, lead, lead_event, message, reporter
from data.store import reading, writing
from data.writes.leads import NewLead, register
from data.writes.leads_periods import lock_period
from data.writes.leads_steps import acknowledge, assign
from data.writes.reminders import daily
from etl.profile import load_profile
from etl.run import run_import
from tests.data.lead_help import row
from tests.factories import (
    NOW,
    TODAY,
    add_district,
    add_enterprise,
    add_grid,
    add_inspection,
    add_licence,
    add_officer,
    add_org,
    add_user,
    viewer,
)

HEAD = (
    "登记编号", "登记类型", "问题类别", "诉求内容", "登记时间", "被投诉举报主体", "统一社会信用代码",
    "许可证编号", "经营者地址", "所属区县", "提供方姓名", "提供方电话",
)  # fmt: skip
USCC = "91210102MA0000001X"
ROWS = [
    ("1210102026110100001", "举报", "药品质量", "购买的阿莫西林胶囊包装破损", "2026-11-02 09:15:00",
     "康泽大药房", USCC, "", "南京南街12号", "和平区", "投诉人甲", "13812341234"),
    ("1210102026110100002", "投诉", "价格", "标价与收费不符", "2026-11-03 14:20:00", "百信药店", "",
     "辽CB0240007", "十一纬路77号", "和平区", "投诉人乙", "13912341234"),
    ("1210102026110100003", "举报", "无证经营", "有人在小区里卖药", "2026-11-04 20:00:00", "不详", "", "", "",
     "和平区", "", ""),
]  # fmt: skip
STEWARD = command_line(Role.STEWARD)


def book(path: Path, rows: list[tuple[Any, ...]], head: tuple[str, ...] = HEAD) -> Path:
    with xlsxwriter.Workbook(str(path)) as made:
        sheet = made.add_worksheet("导出")
        for at, line in enumerate([head, *rows]):
            sheet.write_row(at, 0, line)
    return path


def city(conn: sa.Connection) -> dict[str, int]:
    add_district(conn, "210102", "和平区")
    grid = add_grid(conn, "210102001001", "210102")
    made = {
        "a": add_enterprise(conn, grid_id=grid, district_code="210102", name="沈阳康泽大药房", uscc=USCC),
        "d": add_enterprise(conn, grid_id=grid, district_code="210102", name="百信医药第七分店"),
        "officer": add_officer(conn),
    }
    add_licence(conn, made["d"], "辽CB0240007")
    return made


def load(db: sa.Engine, path: Path) -> Any:
    return run_import(db, STEWARD, "leads", path, load_profile("12315"), now=NOW)


def stored(conn: sa.Connection) -> list[Any]:
    return list(conn.execute(sa.select(lead).order_by(lead.c.source_id)))


def test_a_12315_export_comes_in_matched_by_its_codes_and_says_so(db: sa.Engine, tmp_path: Path) -> None:
    with writing(db) as conn:
        made = city(conn)
    result = load(db, book(tmp_path / "导出.xlsx", ROWS))
    assert (result.inserted, result.quarantined) == (3, 0)
    with reading(db) as conn:
        one, two, three = stored(conn)
        assert (one.enterprise_id, two.enterprise_id, three.enterprise_id) == (made["a"], made["d"], None)
        assert (one.number_12315, one.channel, one.rule) == (ROWS[0][0], "complaint", "lead_verify")
        assert two.rule == "complaint_accept"
        assert (str(one.due_on), str(two.due_on)) == ("2026-11-23", "2026-11-12")
        told = conn.execute(sa.select(lead_event.c.details).order_by(lead_event.c.lead_id)).scalars().all()
        assert [one.get("basis") for one in told] == ["uscc", "licence", None]
        assert board(conn, viewer(Role.LEADER), TODAY).unmatched == 1
        assert lead_list(conn, viewer(Role.LEADER), TODAY, LeadFilter(only="unmatched"))[0][0].id == three.id
        fared = leads_of_file(conn, STEWARD, result.batch_id)
        assert (fared.total, fared.unmatched) == (3, 1)
        assert [(row[:3], row.enterprise_id, row.basis) for row in fared.rows] == [
            ((4, ROWS[2][0], None), None, None), ((2, ROWS[0][0], USCC), made["a"], "uscc"),
            ((3, ROWS[1][0], "辽CB0240007"), made["d"], "licence"),
        ]  # fmt: skip
        assert not any(word in str(fared) for word in ("投诉人", "1381234", "阿莫西林", "小区"))
        assert leads_of_file(conn, viewer(Role.STEWARD), result.batch_id) == (3, 1, []), "not their file"
        for role in (Role.OFFICER, Role.LEADER, Role.AUDITOR, Role.ADMIN):
            with pytest.raises(Denied):
                leads_of_file(conn, viewer(role), result.batch_id)


def test_who_reported_is_kept_apart_and_masked(sqlite_db: sa.Engine, tmp_path: Path) -> None:
    with writing(sqlite_db) as conn:
        city(conn)
    load(sqlite_db, book(tmp_path / "a.xlsx", ROWS))
    with reading(sqlite_db) as conn:
        one = stored(conn)[0]
        assert not any("13812341234" in str(value) for value in one)
        assert lead_file(conn, viewer(Role.LEADER), one.id, TODAY).reporter["phone"] == "138****1234"
        assert conn.execute(sa.select(sa.func.count()).select_from(reporter)).scalar() == 2


def test_a_column_that_nothing_is_taken_from_is_told_and_a_bad_word_names_those_of_the_file(
    sqlite_db: sa.Engine, tmp_path: Path
) -> None:
    with writing(sqlite_db) as conn:
        city(conn)
    head = (*HEAD[:10], "投诉举报人姓名", "提供方电话", "满意度")
    path = book(tmp_path / "a.xlsx", [(*ROWS[0], "满意"), (*ROWS[1][:1], "信访", *ROWS[1][2:], "")], head)
    result = load(sqlite_db, path)
    assert (result.inserted, result.quarantined) == (1, 1)
    notice = result.issues[0]
    [refused] = [one for one in result.issues if one.level == "error"]
    assert (notice.level, notice.params) == ("notice", {"columns": "满意度"})
    assert (
        refused.code == "unknown_word"
        and refused.params["known"] == "投诉、举报、消费投诉、违法举报、经济违法举报"
    )
    with reading(sqlite_db) as conn:
        kept = issues(conn, STEWARD, result.batch_id, "zh-CN").rows
        assert "未使用的列：满意度" in kept[0].message
        assert lead_file(conn, viewer(Role.LEADER), stored(conn)[0].id, TODAY).reporter["name"] == "投**"


def test_the_same_export_again_changes_nothing(db: sa.Engine, tmp_path: Path) -> None:
    with writing(db) as conn:
        city(conn)
    path = book(tmp_path / "a.xlsx", ROWS)
    load(db, path)
    with reading(db) as conn:
        before = [tuple(one) for one in stored(conn)]
    again = load(db, path)
    assert (again.inserted, again.changed, again.unchanged) == (0, 0, 3)
    with reading(db) as conn:
        assert [tuple(one) for one in stored(conn)] == before
        assert conn.execute(sa.select(sa.func.count()).select_from(reporter)).scalar() == 2


def test_a_file_does_not_take_back_what_was_done_here(db: sa.Engine, tmp_path: Path) -> None:
    with writing(db) as conn:
        made = city(conn)
    load(db, book(tmp_path / "a.xlsx", ROWS))
    with writing(db) as conn:
        n = stored(conn)[0].id
        v = assign(conn, viewer(Role.LEADER), n, made["officer"], version=1, now=NOW)
        acknowledge(conn, viewer(Role.OFFICER, grids=(1,), officer_id=made["officer"]), n, version=v, now=NOW)
        before = tuple(row(conn, n))
    changed = [(*ROWS[0][:3], "内容已改", *ROWS[0][4:]), *ROWS[1:]]
    result = load(db, book(tmp_path / "b.xlsx", changed))
    assert (result.changed, result.unchanged, result.warned) == (0, 3, 1)
    with reading(db) as conn:
        assert tuple(row(conn, n)) == before
        codes = conn.execute(sa.select(import_issue.c.code)).scalars().all()
        assert "lead_held" in codes


def test_what_nobody_has_touched_follows_its_source(sqlite_db: sa.Engine, tmp_path: Path) -> None:
    with writing(sqlite_db) as conn:
        city(conn)
    load(sqlite_db, book(tmp_path / "a.xlsx", ROWS))
    changed = [(*ROWS[0][:3], "内容已改", *ROWS[0][4:]), *ROWS[1:]]
    assert load(sqlite_db, book(tmp_path / "b.xlsx", changed)).changed == 1
    with reading(sqlite_db) as conn:
        one = stored(conn)[0]
        assert one.text == "内容已改" and one.enterprise_id is not None


def test_a_lead_that_only_became_overdue_still_follows_its_source(db: sa.Engine, tmp_path: Path) -> None:
    with writing(db) as conn:
        city(conn)
        bureau = add_org(conn, "B1", kind="district", district_code="210102")
        add_user(conn, Role.SUPERVISOR, org_id=bureau)
    load(db, book(tmp_path / "a.xlsx", ROWS))
    with writing(db) as conn:
        daily(conn, TODAY + timedelta(days=40), now=NOW + timedelta(days=40))
        assert "escalate" in conn.execute(sa.select(lead_event.c.verb)).scalars().all()
        # a deadline that was moved by hand into a year without notice stays as it is, with its mark
        moved = {"due_on": date(2027, 3, 1), "due_provisional": True}
        conn.execute(sa.update(lead).values(moved))
    changed = [(*ROWS[0][:3], "内容已改", *ROWS[0][4:]), *ROWS[1:]]
    assert load(db, book(tmp_path / "b.xlsx", changed)).changed == 1
    with reading(db) as conn:
        one = stored(conn)[0]
        assert (one.text, one.due_on, one.due_provisional) == ("内容已改", *moved.values())


def test_a_code_that_two_enterprises_have_links_nothing(sqlite_db: sa.Engine, tmp_path: Path) -> None:
    with writing(sqlite_db) as conn:
        city(conn)
        add_enterprise(conn, district_code="210102", name="同码分店", uscc=USCC)
    load(sqlite_db, book(tmp_path / "a.xlsx", ROWS))
    with reading(sqlite_db) as conn:
        assert stored(conn)[0].enterprise_id is None


def test_new_leads_of_a_locked_period_wait_in_quarantine(sqlite_db: sa.Engine, tmp_path: Path) -> None:
    with writing(sqlite_db) as conn:
        city(conn)
        lock_period(conn, viewer(Role.LEADER), TODAY.replace(day=1), TODAY.replace(day=3), now=NOW)
    result = load(sqlite_db, book(tmp_path / "a.xlsx", ROWS))
    assert (result.inserted, result.quarantined) == (1, 2)


def test_online_monitoring_brings_leads_of_its_own_channel(sqlite_db: sa.Engine, tmp_path: Path) -> None:
    with writing(sqlite_db) as conn:
        made = city(conn)
        add_user(conn, Role.STEWARD)
        daily(conn, TODAY, now=NOW)
    late = sa.select(message.c.cause).where(message.c.object == "platform", message.c.ended_at.is_(None))
    with reading(sqlite_db) as conn:
        assert conn.execute(late).scalars().all() == ["monitoring:never"]
    path = tmp_path / "监测.csv"
    path.write_text(
        "监测编号,违法类型,监测内容,推送日期,网店名称,统一社会信用代码\n"
        f"WJ-1,无证网售,销售处方药,2026-11-05,康泽旗舰店,{USCC}\n"
        "WJ-2,信息不实,未展示许可证,2026-11-05,某网店,\n",
        encoding="utf-8",
    )
    run_import(sqlite_db, STEWARD, "leads", path, load_profile("monitoring"), now=NOW)
    with reading(sqlite_db) as conn:
        one, two = stored(conn)
        assert (one.channel, one.enterprise_id) == ("online_monitoring", made["a"])
        assert (two.enterprise_id, two.subject) == (None, "某网店")
        assert conn.execute(late).all() == [], "who imports has looked"


def test_what_other_departments_hand_over_comes_in_under_its_own_channel(
    sqlite_db: sa.Engine, tmp_path: Path
) -> None:
    with writing(sqlite_db) as conn:
        made = city(conn)
    path = tmp_path / "移送.csv"
    path.write_text(
        "移送函号,移送事由,收函日期,涉及单位,统一社会信用代码\n"
        f"医保移〔2026〕3号,疑似药品回流,2026-11-05,康泽,{USCC}\n",
        encoding="utf-8",
    )
    run_import(sqlite_db, STEWARD, "leads", path, load_profile("departments"), now=NOW)
    with reading(sqlite_db) as conn:
        (one,) = stored(conn)
        assert (one.channel, one.enterprise_id, one.rule) == ("transferred", made["a"], "lead_verify")


ATTESTED = (
    "登记编号,类型,登记时间,提供方,提供方联系方式,涉及主体,统一社会信用代码,登记部门,具体问题,登记内容,处理部门"
)  # fmt: skip


def test_an_ugly_12315_csv_brings_what_can_be_read_and_says_what_cannot(
    sqlite_db: sa.Engine, tmp_path: Path
) -> None:
    with writing(sqlite_db) as conn:
        made = city(conn)
    lines = [
        ATTESTED,
        "１２１０１０２０２６１１０１０００１１,经济违法举报,２０２６年１１月２日 09:15,举报人甲,"
        f"138 1234 1234, 康泽大药房 ,{USCC.lower()},和平局,药品质量,包装破损,太原街所",
        "1210102026110100012, 消费投诉 ,2026/11/3,投诉人乙,,百信药店,,和平局,价格,标价与收费不符,太原街所",
        ",,,,,,,,,,",
        "合计,2 件,,,,,,,,,",
    ]
    path = tmp_path / "导出.csv"
    path.write_bytes("\r\n".join(lines).encode("gb18030"))
    result = load(sqlite_db, path)
    assert (result.inserted, result.quarantined) == (2, 1), "the sum below the rows is no lead, and is told"
    with reading(sqlite_db) as conn:
        one, two = stored(conn)
        assert (one.number_12315, one.received_on, one.rule) == (
            "1210102026110100011", date(2026, 11, 2), "lead_verify",
        )  # fmt: skip
        assert (one.enterprise_id, one.subject, one.title, one.text) == (
            made["a"], "康泽大药房", "药品质量", "包装破损",
        )  # fmt: skip
        assert (two.received_on, two.rule, two.enterprise_id) == (date(2026, 11, 3), "complaint_accept", None)
        names = conn.execute(sa.select(reporter.c.name).order_by(reporter.c.lead_id)).scalars().all()
        assert names == ["举报人甲", "投诉人乙"]
    [notice] = [one for one in result.issues if one.level == "notice"]
    assert notice.params == {"columns": "登记部门、处理部门"}


def test_a_title_above_the_header_of_a_workbook_is_told_with_the_row_of_the_header(
    sqlite_db: sa.Engine, tmp_path: Path
) -> None:
    path = book(tmp_path / "a.xlsx", [HEAD, *ROWS], ("投诉举报信息导出表",))
    with pytest.raises(Refused, match="file_header_row") as told:
        load(sqlite_db, path)
    assert told.value.params["found"] == 2


@pytest.mark.parametrize("name", ["12315", "monitoring", "departments"])
def test_the_shipped_profiles_of_leads_are_whole(name: str) -> None:
    assert load_profile(name).kind("leads").columns


STATES = (
    "线索编号,线索来源,线索标题,接收日期,企业编号,办理状态,核查结果,核查情况,处置方式,销号日期,"
    "12315编号,核查检查编号"
)


def staged(db: sa.Engine, tmp_path: Path, *lines: str) -> Any:
    path = tmp_path / "线索.csv"
    path.write_text("\n".join([STATES, *lines]) + "\n", encoding="utf-8")
    return run_import(db, STEWARD, "leads", path, load_profile("standard"), now=NOW, source="test")


def test_an_open_lead_is_taken_as_far_as_its_row_proves(db: sa.Engine, tmp_path: Path) -> None:
    with writing(db) as conn:
        made = city(conn)
        code = conn.execute(sa.select(enterprise.c.source_id).where(enterprise.c.id == made["a"])).scalar()
        visit, early = (
            add_inspection(conn, made["a"], day) for day in (TODAY, TODAY.replace(day=1))
        )  # fmt: skip
        ids = dict(conn.execute(sa.select(inspection.c.id, inspection.c.source_id)).all())
    result = staged(
        db, tmp_path,
        f"L1,投诉举报,甲,2026-11-05,{code},审核,属实,已核查,责令改正,,,{ids[visit]}",
        f"L2,投诉举报,乙,2026-11-05,{code},审核,属实,已核查,责令改正,,,{ids[early]}",
        f"L3,投诉举报,丙,2026-11-05,{code},已处置,属实,已核查,移送公安,,,",
        f"L4,投诉举报,丁,2026-11-05,{code},核查完毕,,,,,,",
        f"L5,投诉举报,戊,2026-11-05,{code},登记,属实,,责令改正,,,",
    )  # fmt: skip
    assert (result.inserted, result.quarantined) == (5, 0)
    with reading(db) as conn:
        found = {one.source_id: one for one in stored(conn)}
        states = [found[f"L{n}"].state for n in range(1, 6)]
        assert states == ["reviewing", "disposed", "investigated", "investigating", "registered"]
        assert (found["L1"].inspection_id, found["L2"].inspection_id) == (visit, None)
        assert (found["L3"].disposal, found["L5"].outcome, found["L5"].disposal) == (None, None, None)
        told = set(conn.execute(sa.select(import_issue.c.code)).scalars())
        assert told >= {
            "lead_visit", "lead_stage_disposed", "lead_stage_investigated", "lead_stage_investigating",
            "lead_early",
        }  # fmt: skip
        kinds = {one.kind for one in lead_file(conn, viewer(Role.LEADER), found["L1"].id, TODAY).story}
        assert kinds == {"report", "event", "visit"}


def test_a_closed_lead_that_does_not_say_what_came_of_it_waits_in_quarantine(
    sqlite_db: sa.Engine, tmp_path: Path
) -> None:
    result = staged(
        sqlite_db, tmp_path,
        "L1,监督抽检,甲,2026-11-05,,已销号,不属实,未发现,不予立案,2026-11-10,,",
        "L2,监督抽检,乙,2026-11-05,,已销号,不属实,,不予立案,2026-11-10,,",
        "L3,投诉举报,丙,2026-11-05,,已销号,不属实,未发现,不予立案,2026-11-10,,",
        "L4,监督抽检,丁,2026-11-05,,已销号,,,,,,",
    )  # fmt: skip
    assert (result.inserted, result.quarantined) == (1, 3)
    with reading(sqlite_db) as conn:
        lacks = conn.execute(
            sa.select(import_issue.c.source_id, import_issue.c.field).where(
                import_issue.c.code == "lead_unproved"
            )
        )
        assert set(map(tuple, lacks)) == {
            ("L2", "result"), ("L3", "number_12315"),
            *(("L4", name) for name in ("outcome", "result", "disposal", "closed_on")),
        }  # fmt: skip


def test_no_file_takes_the_outcome_of_a_lead_in_a_locked_period_nor_moves_it(
    sqlite_db: sa.Engine, tmp_path: Path
) -> None:
    done = "L1,监督抽检,甲,2026-11-03,,核查完毕,不属实,未发现,,,,"
    staged(sqlite_db, tmp_path, done)
    with writing(sqlite_db) as conn:
        lock_period(conn, viewer(Role.LEADER), TODAY.replace(day=1), TODAY.replace(day=4), now=NOW)
    assert staged(sqlite_db, tmp_path, done.replace("核查完毕,不属实", "核查中,")).quarantined == 1
    assert staged(sqlite_db, tmp_path, done.replace("2026-11-03", "2026-11-06")).quarantined == 1
    assert staged(sqlite_db, tmp_path, done.replace("甲", "改了标题")).changed == 1
    with reading(sqlite_db) as conn:
        (one,) = stored(conn)
        assert (one.outcome, str(one.received_on), one.title) == ("false", "2026-11-03", "改了标题")


def test_a_number_that_was_entered_by_hand_is_not_registered_twice(
    sqlite_db: sa.Engine, tmp_path: Path
) -> None:
    with writing(sqlite_db) as conn:
        city(conn)
        new = NewLead("complaint", "先由人工登记", TODAY, number_12315=ROWS[0][0])
        register(conn, viewer(Role.LEADER), new, client_id="hand", now=NOW)
    result = load(sqlite_db, book(tmp_path / "a.xlsx", ROWS))
    assert (result.inserted, result.unchanged, result.warned) == (2, 1, 1)
