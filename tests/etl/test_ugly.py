"""Ugly files all the way into both databases: what is good in them is kept, the rest is told."""

from __future__ import annotations

import random
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from data.access import command_line
from data.schema import enterprise, import_issue, inspection, officer
from data.store import reading
from data.text import LANGUAGES
from etl.issues import sentence
from etl.run import ImportReport, run_import

NOW = datetime(2026, 11, 21, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
SHOPS = "企业编号,企业名称,企业类别,备注,许可证编号,有效期至,成立日期"


@pytest.fixture
def run(db: sa.Engine, tmp_path: Path):
    def make(kind: str, content: str | bytes) -> ImportReport:
        path = tmp_path / f"{kind}.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        done = run_import(db, command_line(), kind, path, now=NOW)
        for issue in done.issues:
            for language in LANGUAGES:
                assert "{" not in sentence(issue.code, issue.params, language)
        return done

    return make


def column(db: sa.Engine, *columns: sa.Column) -> list:
    with reading(db) as conn:
        found = conn.execute(sa.select(*columns).order_by(columns[0])).all()
    return [row[0] if len(columns) == 1 else tuple(row) for row in found]


def test_signs_that_a_database_refuses_cost_no_row(db: sa.Engine, run):
    lines = [
        "E1,药\0店,单体药店,注\0\x01释,辽CB0000\0001,9999-12-31,1900-01-01",
        "\ufeff00７,药店\ufffe\uffff,单体药店,😀𠮷,,2026-02-30,0001-01-01",
        "E3,\0,单体药店,,,,",
    ]
    done = run("enterprises", "\n".join([SHOPS, *lines]) + "\n")
    assert (done.inserted, done.quarantined) == (2, 1)
    assert column(db, enterprise.c.source_id) == ["007", "E1"]
    kept = column(db, import_issue.c.raw, import_issue.c.level)
    assert [raw["企业编号"] for raw, level in kept if level == "error"] == ["E3"]


def test_numbers_and_instants_that_a_database_refuses_cost_no_visit(db: sa.Engine, run):
    run("enterprises", f"{SHOPS}\nE1,药店,单体药店,,,,\n")
    header = "检查编号,企业编号,检查类型,检查时间,得分,证据等级,签到经度,签到纬度,录入时间"
    lines = [
        "V1,E1,日常检查,0001-01-01 00:00:00,1e999,99999999999,1e300,nan,9999-12-31 23:59:59",
        "V2,E1,日常检查,2026-03-01T10:00:00+99:00,-inf,1,-1e300,1e300,0001-01-01 00:00:00",
        "V3,E1,日常检查,46082.5,９８．５,１,,,46082",
    ]
    done = run("inspections", "\n".join([header, *lines]) + "\n")
    assert (done.inserted, done.quarantined) == (3, 0)
    assert column(db, inspection.c.source_id, inspection.c.grade, inspection.c.score) == [
        ("V1", 0, None), ("V2", 1, None), ("V3", 1, 98.5),
    ]  # fmt: skip


def test_the_same_rows_in_another_order_and_another_encoding_change_nothing(db: sa.Engine, run):
    lines = [f"{n:04},药店{n}号,单体药店,注,辽CB{n:07},2027-01-01,2020-01-01" for n in range(50)]
    assert run("enterprises", "\n".join([SHOPS, *lines]) + "\n").inserted == 50
    random.Random(1).shuffle(lines)
    again = run("enterprises", ("\r\n".join([SHOPS, *lines]) + "\r\n").replace(",", "\t").encode("gb18030"))
    assert (again.inserted, again.changed, again.unchanged, again.quarantined) == (0, 0, 50, 0)


def test_blanks_around_an_id_make_no_other_record_but_its_zeros_do(db: sa.Engine, run):
    assert run("officers", "人员编号,姓名\n 007 ,甲\n").inserted == 1
    assert run("officers", "人员编号,姓名\n\u3000００７\xa0,甲\n").unchanged == 1
    assert run("officers", "人员编号,姓名\n7,乙\n").inserted == 1
    assert column(db, officer.c.source_id) == ["007", "7"]
