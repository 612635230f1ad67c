"""The template that we hand out can be read back by the profile that we ship."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import openpyxl
import pytest

from data.text import LANGUAGES
from etl.canon import KINDS
from etl.files import read_table
from etl.headers import read_headers
from etl.profile import load_profile
from etl.reference import of_codes, shipped
from etl.template import write_template
from etl.validate import to_canonical

KINDS_TO_FILL = [kind for kind in KINDS if kind != "grids"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS_TO_FILL)
def test_an_untouched_template_is_a_file_of_no_rows(tmp_path: Path, kind, language):
    path = tmp_path / "t.xlsx"
    write_template(kind, path, language)
    profile = load_profile("standard")
    raw = read_table(path)
    headers = read_headers(kind, raw, profile)
    assert (headers.missing, headers.unused) == ((), ())
    assert set(headers.used) == set(profile.kind(kind).columns)
    frame, issues = to_canonical(kind, raw, profile, shipped())
    assert (len(frame), issues) == (0, [])


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_person_fills_in_is_read_back(tmp_path: Path, language):
    path = tmp_path / "t.xlsx"
    headers = write_template("enterprises", path, language)
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    which = LANGUAGES.index(language)
    category = shipped().names["category"]["vaccination_unit"][which]
    for column, value in (
        (0, "E1"),
        (1, "甲"),
        (2, category),
        (headers.index(("统一社会信用代码", "Unified social credit code")[which]), "92210106MA0P3KX86C"),
    ):
        sheet.cell(row=3, column=column + 1, value=value)
    book.save(path)
    frame, issues = to_canonical("enterprises", read_table(path), load_profile("standard"), shipped())
    assert issues == []
    assert frame[["source_id", "name", "category", "uscc"]].to_numpy().tolist() == [
        ["E1", "甲", "vaccination_unit", "92210106MA0P3KX86C"]
    ]


def test_required_columns_are_marked_lists_offered_and_ids_kept_as_text(tmp_path: Path):
    path = tmp_path / "t.xlsx"
    write_template("enterprises", path, "zh-CN")
    sheet = openpyxl.load_workbook(path).worksheets[0]
    header = [cell.value for cell in sheet[1]]
    assert header[:4] == ["企业编号*", "企业名称*", "企业类别*", "统一社会信用代码"]
    lists = {str(rule.sqref).split(":")[0]: rule.formula1 for rule in sheet.data_validations.dataValidation}
    assert "选项" in lists["C2"]
    assert sheet.column_dimensions["D"].width > 0
    assert sheet.cell(row=2, column=4).number_format == "@"


def test_the_example_row_could_be_true(tmp_path: Path):
    path = tmp_path / "t.xlsx"
    known = of_codes(grid=("210102001001",))
    known.names["grid"]["210102001001"] = ("中街网格", "中街网格")  # type: ignore[index]
    write_template("enterprises", path, "zh-CN", known)
    head, row = [[cell.value for cell in line] for line in openpyxl.load_workbook(path).worksheets[0]["1:2"]]
    example = {name.rstrip("*"): value for name, value in zip(head, row, strict=True)}
    assert example["网格代码"] == "210102001001"
    days = [date.fromisoformat(example[name]) for name in ("开业日期", "发证日期", "有效期至")]
    assert days == sorted(set(days))
    assert example["企业类别"] == "单体药店" and example["统一社会信用代码"].startswith("92")
