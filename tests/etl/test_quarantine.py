"""What was refused can be corrected in Excel and imported again."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl
import pytest
import sqlalchemy as sa

from data.access import Role, command_line
from data.errors import Denied
from data.reads.imports import open_quarantine
from data.store import reading
from etl.profile import load_profile
from etl.quarantine import MARK, export_quarantine
from etl.run import ImportReport, run_import

NOW = datetime(2026, 11, 21, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
STEWARD = command_line()
ROWS = (
    "药店台账,,,\n编号,名称,类别,备注\n"
    "E1,甲,单体药店,\nE2,,没这类,=1+1\n007,丙,没这类,\u8def\nE4,丁,接种单位,\n"
)  # fmt: skip


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    path = tmp_path / "city.yaml"
    path.write_text(
        "source: city\nkinds:\n  enterprises:\n    file: {header_row: 2, sheet: 台账}\n"
        "    columns: {source_id: 编号, name: 名称, category: 类别, details.note: 备注}\n",
        encoding="utf-8",
    )
    return path


@pytest.fixture
def as_named(monkeypatch: pytest.MonkeyPatch, profile: Path):
    """The batch keeps the profile's name: let it be found as a shipped one is."""
    monkeypatch.setattr("etl.profile.SOURCES", profile.parent)


def test_refused_rows_are_corrected_in_excel_and_imported_again(
    db: sa.Engine, tmp_path: Path, profile, as_named
):
    first = tmp_path / "first.csv"
    first.write_text(ROWS, encoding="utf-8")
    report = run_import(db, STEWARD, "enterprises", first, load_profile(profile), now=NOW)
    assert (report.inserted, report.quarantined) == (2, 2)
    assert report.batch_id is not None

    book_path = tmp_path / "quarantine.xlsx"
    with reading(db) as conn:
        assert export_quarantine(conn, STEWARD, report.batch_id, book_path, "zh-CN") == 2
    book = openpyxl.load_workbook(book_path)
    sheet = book["台账"]
    header = [cell.value for cell in sheet[2]]
    assert header[:5] == [MARK + name for name in ("批次", "行号", "字段", "原值", "问题与处理办法")]
    assert header[5:] == ["编号", "名称", "类别", "备注"]
    row = {name: cell.value for name, cell in zip(header, sheet[3], strict=True)}
    assert (row[f"{MARK}行号"], row["编号"], row["备注"]) == (4, "E2", "=1+1")
    assert sheet.cell(row=3, column=9).data_type == "s"  # a text, not a formula
    assert "必填" in row[f"{MARK}问题与处理办法"]
    assert "没这类" in row[f"{MARK}问题与处理办法"]

    for line in (3, 4):
        sheet.cell(row=line, column=7, value="乙")
        sheet.cell(row=line, column=8, value="接种单位")
    book.save(book_path)
    again = run_import(db, STEWARD, "enterprises", book_path, load_profile(profile), now=NOW)
    assert (again.inserted, again.quarantined) == (2, 0)
    with reading(db) as conn:
        assert open_quarantine(conn, STEWARD, report.batch_id) == 0
        assert export_quarantine(conn, STEWARD, report.batch_id, book_path, "en") == 0


def test_a_row_that_is_corrected_under_another_id_leaves_quarantine_by_its_place(
    db: sa.Engine, tmp_path: Path, profile, as_named
):
    def run(path: Path) -> ImportReport:
        return run_import(db, STEWARD, "enterprises", path, load_profile(profile), now=NOW)

    def waiting(report: ImportReport) -> int:
        with reading(db) as conn:
            return open_quarantine(conn, STEWARD, report.batch_id)

    def exported(report: ImportReport) -> openpyxl.Workbook:
        assert report.batch_id is not None
        with reading(db) as conn:
            export_quarantine(conn, STEWARD, report.batch_id, book_path, "en")
        return openpyxl.load_workbook(book_path)

    first, book_path = tmp_path / "first.csv", tmp_path / "quarantine.xlsx"
    first.write_text(
        "台账\n编号,名称,类别,备注\nT1,甲,没这类,\nT1,乙,单体药店,\nT2,丙,没这类,\n", encoding="utf-8"
    )
    refused = run(first)
    before = waiting(refused)
    assert before >= 2

    # a new id, and still no category: it waits again, and so does where it came from
    book = exported(refused)
    sheet = book["台账"]
    sheet.cell(row=3, column=6, value="T9")
    book.save(book_path)
    again = run(book_path)
    assert (waiting(refused), waiting(again)) == (before, before)

    book = exported(again)
    sheet = book["台账"]
    for place in range(3, sheet.max_row + 1):
        sheet.cell(row=place, column=6, value=f"T{20 + place}")
        sheet.cell(row=place, column=8, value="接种单位")
    book.save(book_path)
    last = run(book_path)
    assert last.quarantined == 0
    assert (waiting(refused), waiting(again)) == (0, 0)


def test_a_file_cannot_resolve_rows_of_another_source(db: sa.Engine, tmp_path: Path):
    path = tmp_path / "f.csv"
    path.write_text("企业编号,企业名称,企业类别\nA1,甲,没这类\n", encoding="utf-8")
    refused = run_import(db, STEWARD, "enterprises", path, now=NOW)
    path.write_text(
        f"企业编号,企业名称,企业类别,{MARK}批次,{MARK}行号\nB1,甲,单体药店,{refused.batch_id},2\n",
        encoding="utf-8",
    )
    assert run_import(db, STEWARD, "enterprises", path, now=NOW, source="other").inserted == 1
    with reading(db) as conn:
        assert open_quarantine(conn, STEWARD, refused.batch_id) == 1


LEADS = "线索编号,线索来源,线索标题,接收日期,办理状态"


@pytest.mark.parametrize(
    ("kind", "header", "good", "bad", "other"),
    [
        ("leads", LEADS, "L1,投诉举报,甲,2026-03-01,登记", "L1,没这类,甲,2026-03-01,登记",
         "L2,投诉举报,乙,2026-03-01,登记"),
        ("officers", "人员编号,姓名", "O1,甲", "O1,", "O2,乙"),
        ("calendar", "日期,是否工作日", "2026-10-10,是", "2026-10-10,也许", "2026-10-11,否"),
    ],
)  # fmt: skip
def test_a_refused_row_waits_until_it_is_taken_itself(
    db: sa.Engine, tmp_path: Path, kind, header, good, bad, other
):
    def run(*lines: str) -> ImportReport:
        path = tmp_path / "f.csv"
        path.write_text("\n".join([header, *lines]) + "\n", encoding="utf-8")
        return run_import(db, STEWARD, kind, path, now=NOW)

    def waiting(batch_id: int | None) -> int:
        assert batch_id is not None
        with reading(db) as conn:
            return open_quarantine(conn, STEWARD, batch_id)

    assert run(good).inserted == 1
    refused = run(bad)
    assert (refused.quarantined, waiting(refused.batch_id)) == (1, 1)
    assert (run(other).quarantined, waiting(refused.batch_id)) == (0, 1)
    assert (run(good).unchanged, waiting(refused.batch_id)) == (1, 0)


def test_only_who_may_import_sees_the_quarantine(sqlite_db: sa.Engine, tmp_path: Path):
    with reading(sqlite_db) as conn, pytest.raises(Denied):
        export_quarantine(conn, command_line(Role.OFFICER), 1, tmp_path / "q.xlsx", "zh-CN")
