"""The command line: every command against a real file, as an operator types it."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from click.testing import Result
from typer.main import get_command
from typer.testing import CliRunner

from data.text import LANGUAGES
from etl.__main__ import app

AS_OF = "2025-12-31"  # after the deadline of the headline plan, 30 November
A, B, C = "210102001001", "210102001002", "210103001001"
DISTRICTS = "行政区划代码,区县名称\n210102,甲区\n210103,乙区\n"
SHOPS = """企业编号,企业名称,企业类别,所在区县,经营状态,状态起始日期,经度,纬度
E1,药店一,chain_store,210102,operating,,123.05,41.05
E2,药店二,chain_store,210102,operating,,123.06,41.05
E3,药店三,independent_pharmacy,210102,operating,,123.15,41.05
E4,药店四,chain_store,210103,closed,2025-06-01,123.25,41.05
E5,药店五,chain_store,210102,operating,,,
E6,药店六,chain_store,210102,operating,,123.36,41.05
E7,接种点七,vaccination_unit,210103,operating,,0,0
"""
VISITS = """检查编号,企业编号,检查类型,检查日期,检查结论
V1,E1,routine,2025-03-01,合格
V2,E3,routine,2025-12-05,合格
V3,E4,routine,2025-03-02,合格
"""
FINDINGS = "问题编号,企业编号,发现日期,缺陷等级\nF1,E1,2025-03-01,一般缺陷\n"


def grids() -> str:
    def one(code: str, district: str, west: float) -> dict[str, Any]:
        east = round(west + 0.1, 1)
        ring = [[west, 41.0], [east, 41.0], [east, 41.1], [west, 41.1], [west, 41.0]]
        told = {"网格代码": code, "网格名称": code, "所在区县": district}
        return {
            "type": "Feature", "properties": told, "geometry": {"type": "Polygon", "coordinates": [ring]}
        }  # fmt: skip

    features = [one(A, "210102", 123.0), one(B, "210102", 123.1), one(C, "210103", 123.2)]
    return json.dumps({"type": "FeatureCollection", "features": features})


FILES = {
    "districts.csv": DISTRICTS, "grids.geojson": grids(), "enterprises.csv": SHOPS, "inspections.csv": VISITS,
    "findings.csv": FINDINGS,
}  # fmt: skip
Run = Callable[..., Result]


def runner_of(monkeypatch: pytest.MonkeyPatch, url: str, folder: Path) -> Run:
    monkeypatch.setenv("GRIDWARD_DATABASE_URL", url)
    monkeypatch.setenv("GRIDWARD_DATA", str(folder))
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(folder)
    for name, text in FILES.items():
        (folder / name).write_text(text, encoding="utf-8")

    def run(*words: object, code: int = 0) -> Result:
        done = CliRunner().invoke(app, [str(word) for word in words])
        assert done.exit_code == code, f"{words}: {done.exit_code}\n{done.output}\n{done.exception!r}"
        return done

    return run


def import_all(run: Run) -> None:
    for name in FILES:
        run("import", name.split(".")[0], name)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A city that the command line itself has put together."""
    folder = tmp_path_factory.mktemp("cli")
    with pytest.MonkeyPatch.context() as patch:
        import_all(runner_of(patch, f"sqlite:///{folder / 'city.db'}", folder))
    return folder / "city.db"


@pytest.fixture
def run(built: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run commands on a copy of the city."""
    with sqlite3.connect(built) as conn:
        conn.execute("VACUUM INTO ?", (str(tmp_path / "city.db"),))
    return runner_of(monkeypatch, f"sqlite:///{tmp_path / 'city.db'}", tmp_path)


def sql(statement: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect("city.db") as conn:
        return conn.execute(statement).fetchall()


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def one_sentence(result: Result, *words: str) -> None:
    """A refusal is one line on stderr, without a traceback, that says what to do about what."""
    assert result.stdout == ""
    assert len(result.stderr.strip().splitlines()) == 1, result.stderr
    assert "Traceback" not in result.stderr
    for word in words:
        assert word in result.stderr


COMMANDS = sorted(get_command(app).commands)  # type: ignore[attr-defined]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_help_has_an_example(command: str) -> None:
    done = CliRunner().invoke(app, [command, "--help"])
    assert done.exit_code == 0
    assert f"python -m etl {command}" in done.output


def test_the_help_names_every_command() -> None:
    told = CliRunner().invoke(app, ["--help"]).output
    assert [command for command in COMMANDS if command not in told] == []


# import, quarantine, template, profiles


def test_a_dry_run_tells_each_field_and_writes_nothing(run: Run) -> None:
    Path("new.csv").write_text(SHOPS.replace("药店一", "新店一") + "E8,药店八,chain_store,210102,,,,\n")
    kept = sql("SELECT * FROM enterprise"), sql("SELECT * FROM batch"), sql("SELECT * FROM audit")
    told = run("import", "enterprises", "new.csv", "--dry-run").stdout
    assert "1 would be new, 1 changed, 6 unchanged" in told
    [row] = [line for line in told.splitlines() if "药店一" in line]
    assert "Name" in row and "E1: 药店一 → 新店一" in row
    assert kept == (sql("SELECT * FROM enterprise"), sql("SELECT * FROM batch"), sql("SELECT * FROM audit"))


def test_an_import_writes_once_and_the_same_again_changes_nothing(run: Run) -> None:
    Path("new.csv").write_text(SHOPS.replace("药店一", "新店一"))
    assert "0 new, 1 changed, 6 unchanged" in run("import", "enterprises", "new.csv").stdout
    assert sql("SELECT name FROM enterprise WHERE source_id = 'E1'") == [("新店一",)]
    assert "0 new, 0 changed, 7 unchanged" in run("import", "enterprises", "new.csv").stdout
    for name in FILES:
        if name != "enterprises.csv":
            assert " 0 new, 0 changed" in run("import", name.split(".")[0], name).stdout


def test_what_cannot_be_imported_is_told_in_a_sentence(run: Run) -> None:
    one_sentence(run("import", "enterprises", "no.csv", code=2), "no.csv")
    one_sentence(run("import", "enterprises", "enterprises.csv", "--profile", "no", code=2), "no", "standard")
    one_sentence(run("import", "leads", "grids.geojson", "--profile", "gm", code=2), "leads")
    kind = run("import", "castles", "enterprises.csv", code=2)
    assert "castles" in kind.stderr and "enterprises" in kind.stderr and kind.stdout == ""
    Path("bare.csv").write_text("企业编号\nE1\n")
    one_sentence(run("import", "enterprises", "bare.csv", code=2), "name")
    language = run("import", "enterprises", "enterprises.csv", "--lang", "fr", code=2)
    assert "fr" in language.stderr and "zh-CN" in language.stderr


def test_refused_rows_wait_go_out_and_come_back_corrected(run: Run) -> None:
    Path("bad.csv").write_text("企业编号,企业名称,企业类别\nE8,药店八,城堡\nE9,药店九,chain_store\n")
    told = run("import", "enterprises", "bad.csv", code=3).stdout
    assert "1 new" in told and "1 in quarantine" in told and "城堡" in told
    [(batch,)] = sql("SELECT max(id) FROM batch")
    assert f"Batch {batch}" in told
    assert "1 rows" in run("quarantine", batch, "refused.xlsx").stdout
    book = openpyxl.load_workbook("refused.xlsx")
    sheet = book.worksheets[0]
    heads = [cell.value for cell in sheet[1]]
    cell = sheet.cell(2, heads.index("企业类别") + 1)
    assert cell.value == "城堡"
    cell.value = "单体药店"
    book.save("refused.xlsx")
    assert "1 new" in run("import", "enterprises", "refused.xlsx").stdout
    assert sql("SELECT count(*) FROM import_issue WHERE level = 'error' AND resolved_by IS NULL") == [(0,)]


def test_a_quarantine_of_no_batch_is_told_in_a_sentence(run: Run) -> None:
    one_sentence(run("quarantine", 999, "refused.xlsx", code=2), "999")
    assert not Path("refused.xlsx").exists()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_template_is_read_back(run: Run, language: str) -> None:
    run("template", "enterprises", "t.xlsx", "--lang", language)
    book = openpyxl.load_workbook("t.xlsx")
    sheet = book.worksheets[0]
    assert sheet.cell(1, 1).value == {"zh-CN": "企业编号*", "en": "Enterprise ID*"}[language]
    for column, value in enumerate(("E8", "药店八", "independent_pharmacy"), start=1):
        sheet.cell(3, column).value = value
    book.save("t.xlsx")
    assert "1 new, 0 changed, 0 unchanged" in run("import", "enterprises", "t.xlsx").stdout


def test_a_template_of_an_unknown_kind_or_of_shapes_is_refused(run: Run) -> None:
    for kind in ("castles", "grids"):
        told = run("template", kind, "t.xlsx", code=2)
        assert kind in told.stderr and "officer_grids" in told.stderr and told.stdout == ""
    assert not Path("t.xlsx").exists()


def test_the_profiles_are_listed(run: Run) -> None:
    assert {"standard", "sf", "gm"} <= set(run("profiles").stdout.split())


# build, coverage, enterprises


def test_some_enterprises_and_the_whole_city_are_built(run: Run) -> None:
    sql("UPDATE enterprise_profile SET visits = 9")
    run("build", "--enterprise", "E1", "--enterprise", "E2")
    shown = (
        "SELECT e.source_id, p.visits FROM enterprise e JOIN enterprise_profile p ON p.enterprise_id = e.id"
    )
    assert dict(sql(shown)) == {"E1": 1, "E2": 0} | dict.fromkeys(("E3", "E4", "E5", "E6", "E7"), 9)
    sql("DELETE FROM coverage_count")
    assert AS_OF in run("build", "--as-of", AS_OF).stdout
    assert dict(sql(shown))["E3"] == 1
    assert sql("SELECT sum(due), sum(late) FROM coverage_count JOIN plan ON plan.id = plan_id"
               " WHERE headline") == [(6, 1)]  # fmt: skip


def test_building_what_is_not_there_is_told_in_a_sentence(run: Run) -> None:
    one_sentence(run("build", "--enterprise", "E1", "--enterprise", "nobody", code=2))
    assert "2025-13" in run("build", "--as-of", "2025-13-01", code=2).stderr


COUNTS = ("due", "done", "on_time", "late")
TOTAL = {"due": 6, "done": 2, "on_time": 1, "late": 1}
EXPECTED = {
    "grid": {
        A: (2, 1, 1, 0), B: (1, 1, 0, 1), C: (0, 0, 0, 0), "unplaced/210102/no_point": (1, 0, 0, 0),
        "unplaced/210102/outside": (1, 0, 0, 0), "unplaced/210103/suspicious": (1, 0, 0, 0),
    },
    "district": {"210102": (5, 2, 1, 1), "210103": (1, 0, 0, 0)},
    "category": {
        "chain_store": (4, 1, 1, 0), "independent_pharmacy": (1, 1, 0, 1), "vaccination_unit": (1, 0, 0, 0),
    },
}  # fmt: skip


@pytest.mark.parametrize("by", EXPECTED)
def test_coverage_adds_up_whichever_way_it_is_cut_and_written(run: Run, by: str) -> None:
    asked = ("coverage", "--as-of", AS_OF, "--by", by, "--format")
    told = json.loads(run(*asked, "json").stdout)
    assert {row["code"]: tuple(row[n] for n in COUNTS) for row in told["rows"]} == EXPECTED[by]
    assert all(set(row) == {"code", "name", *COUNTS} for row in told["rows"])
    assert {n: told["total"][n] for n in COUNTS} == TOTAL
    assert {n: sum(row[n] for row in told["rows"]) for n in COUNTS} == TOTAL
    assert (told["plan"], told["period"], told["as_of"]) == ("annual-all", "2025", AS_OF)
    *rows, total = table(run(*asked, "csv").stdout)
    assert [{k: str(v) for k, v in row.items()} for row in told["rows"]] == rows
    assert (total["name"], total["due"]) == ("Total", "6")
    shown = run(*asked, "table").stdout
    assert [code for code in EXPECTED[by] if code not in shown] == []


def test_coverage_known_before_the_import_is_nothing(run: Run) -> None:
    told = run("coverage", "--as-of", AS_OF, "--known-at", "2020-01-01T00:00:00+08:00", "--format", "json")
    assert json.loads(told.stdout)["total"]["due"] == 0
    [(at,)] = sql("SELECT max(recorded_at) FROM batch WHERE kind = 'enterprises'")
    before_visits = at.replace(" ", "T") + "+00:00"
    told = run("coverage", "--as-of", AS_OF, "--known-at", before_visits, "--format", "json")
    assert [json.loads(told.stdout)["total"][n] for n in COUNTS] == [6, 0, 0, 0]
    assert "yesterday" in run("coverage", "--known-at", "yesterday", code=2).stderr


def test_coverage_of_another_period_and_plan(run: Run) -> None:
    told = json.loads(run("coverage", "--as-of", AS_OF, "--period", "2024", "--format", "json").stdout)
    assert told["period"] == "2024"
    assert [told["total"][n] for n in COUNTS] == [7, 0, 0, 0], "E4 operated until 2025"
    other = ("coverage", "--as-of", AS_OF, "--plan", "vaccination-yearly", "--format", "json")
    assert [json.loads(run(*other).stdout)["total"][n] for n in COUNTS] == [1, 0, 0, 0]
    one_sentence(run("coverage", "--plan", "no", code=2), "annual-all")
    one_sentence(run("coverage", "--period", "2025H1", code=2), "2025H1")


@pytest.mark.parametrize(
    ("status", "who"),
    {
        "due": "E1 E2 E3 E5 E6 E7", "done": "E1 E3", "on_time": "E1", "late": "E3",
        "remaining": "E2 E5 E6 E7", "overdue": "E2 E5 E6 E7", "unplaced": "E5 E6 E7", "closed": "E4",
        "closed_visited": "E4", "closed_unvisited": "",
    }.items(),
)  # fmt: skip
def test_the_enterprises_behind_each_count_are_as_many(run: Run, status: str, who: str) -> None:
    asked = ("enterprises", "--as-of", AS_OF, "--status", status)
    rows = table(run(*asked).stdout)
    assert [row["source_id"] for row in rows] == who.split()
    assert len(json.loads(run(*asked, "--format", "json").stdout)) == len(rows)
    if status in TOTAL:
        assert len(rows) == TOTAL[status]
    if status == "unplaced":
        assert {row["unplaced_reason"] for row in rows} == {"no_point", "outside", "suspicious"}


def test_an_unknown_status_is_told_in_a_sentence_with_the_known_ones(run: Run) -> None:
    one_sentence(run("enterprises", "--status", "lost", code=2), "lost", "remaining")
    assert (
        run("enterprises", "--as-of", AS_OF, "--status", "due", "--known-at", "2020-01-01").stdout.count("\n")
        == 1
    )


# quality, backup, restore, user


def test_quality_tells_whether_something_is_off(run: Run) -> None:
    told = run("quality")
    assert "0 errors, 1 warnings" in told.stdout and "A-officer" in told.stderr
    sql("UPDATE coverage_count SET due = due + 1")
    broken = run("quality", code=1)
    assert "annual-all" in broken.stderr and " 0 errors" not in broken.stdout


def test_a_backup_is_restored_into_an_empty_database_alone(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ("coverage", "--as-of", AS_OF, "--format", "csv")
    before = run(*asked).stdout
    assert "b.zip" in run("backup", "b.zip").stdout
    one_sentence(run("backup", "b.zip", code=2), "b.zip")
    one_sentence(run("restore", "b.zip", code=2), "GRIDWARD_DATABASE_URL")
    monkeypatch.setenv("GRIDWARD_DATABASE_URL", f"sqlite:///{Path('other.db').absolute()}")
    one_sentence(run("restore", "enterprises.csv", code=2), "enterprises.csv")
    one_sentence(run("restore", "no.zip", code=2), "no.zip")
    run("restore", "b.zip")
    assert run(*asked).stdout == before
    run("quality")


def test_an_account_is_made_once_and_its_password_shown_once(run: Run) -> None:
    told = run("user", "test.admin", "--name", "测试管理员", "--lang", "en")
    assert "one-time password" in told.stderr
    password = told.stdout.strip()
    assert len(password) >= 12 and len(told.stdout.splitlines()) == 1
    [(role, must_change, kept)] = sql("SELECT role, must_change, password_hash FROM user")
    assert (role, must_change) == ("admin", 1) and password not in kept
    assert not [row for row in sql("SELECT detail FROM audit") if password in row[0]]
    one_sentence(run("user", "test.admin", "--name", "另一人", code=2), "test.admin")
    one_sentence(run("user", "test.two", "--name", "另一人", "--role", "king", code=2), "king")
    one_sentence(run("user", "X", "--name", "另一人", code=2))


# language, database


def test_commands_speak_the_language_that_is_asked_for(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "7 rows: 0 new" in run("import", "enterprises", "enterprises.csv", "--lang", "en").stdout
    chinese = run("import", "enterprises", "enterprises.csv", "--lang", "zh-CN").stdout
    assert "7 rows" not in chinese and "未变" in chinese
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    rows = table(run("coverage", "--as-of", AS_OF, "--format", "csv").stdout)
    assert rows[-1]["name"] == "合计"
    assert [row["name"] for row in rows if row["code"].endswith("outside")] == ["界外"]
    assert "目标数据库不是空的" in run("restore", "no.zip", code=2).stderr
    english = run("coverage", "--as-of", AS_OF, "--format", "csv", "--lang", "en").stdout
    assert table(english)[-1]["name"] == "Total"


def test_a_word_that_is_not_understood_is_told_in_a_sentence_with_what_is(run: Run) -> None:
    one_sentence(run("import", "shops", "x.csv", code=2), "enterprises", "'shops'")
    one_sentence(run("template", "shops", "x.xlsx", code=2), "enterprises", "'shops'")
    one_sentence(run("import", "districts", "missing.csv", code=2), "missing.csv")
    one_sentence(run("coverage", "--plan", "none", code=2), "none", "annual-all")
    one_sentence(run("coverage", "--as-of", "soon", code=2), "YYYY-MM-DD", "'soon'")
    one_sentence(run("coverage", "--known-at", "soon", code=2), "--known-at", "'soon'")
    one_sentence(run("quality", "--lang", "fr", code=2), "zh-CN", "'fr'")
    # what the parser itself refuses has its usage above
    assert run("coverage", "--plann", "x", code=2).stderr.splitlines()[-1].endswith("--lang, --plan)")
    assert "Did you mean 'coverage'" in run("covrage", code=2).stderr.splitlines()[-1]


def test_a_database_address_that_makes_no_sense_is_told(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDWARD_DATABASE_URL", "oracle://x")
    for words in (
        ("coverage",),
        ("import", "enterprises", "enterprises.csv"),
        ("user", "abc", "--name", "x"),
    ):
        one_sentence(run(*words, code=2), "GRIDWARD_DATABASE_URL")


def test_either_database_holds_the_same_city(
    db_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = runner_of(monkeypatch, db_url, tmp_path)
    import_all(run)
    told = json.loads(run("coverage", "--as-of", AS_OF, "--format", "json").stdout)
    assert {row["code"]: tuple(row[n] for n in COUNTS) for row in told["rows"]} == EXPECTED["grid"]
    run("quality")
    run("build", "--enterprise", "E1")
    run("backup", "b.zip")
    one_sentence(run("restore", "b.zip", code=2), "GRIDWARD_DATABASE_URL")
    assert run("user", "test.admin", "--name", "测试管理员").stdout.strip()
