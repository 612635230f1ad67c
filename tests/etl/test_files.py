"""Ugly files as they come from bureaus: each is read whole, or refused with a reason."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
import zipfile
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.errors import Refused
from data.text import LANGUAGES, text
from etl import read_csv
from etl.files import FileOptions, own_columns, read_table, sha256_of
from etl.raw import EXTRA, FIELDS


@pytest.fixture
def write(tmp_path: Path):
    def make(content: str | bytes, name: str = "f.csv", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
        return path

    return make


def workbook(path: Path, *rows: tuple, title: str = "Sheet") -> Path:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    book.save(path)
    return path


def refused(path: Path, **options) -> Refused:
    with pytest.raises(Refused) as caught:
        read_table(path, **options)
    for language in LANGUAGES:  # every refusal has its sentence
        text(f"errors.{caught.value.code}", language, **caught.value.params)
    return caught.value


NAMES = ["沈阳市和平区大药房", "铁西区第二药店（连锁）"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_chinese_text_is_read_whatever_its_encoding(write, encoding):
    raw = read_table(
        write("编号,企业名称\r\n1," + NAMES[0] + "\r\n2," + NAMES[1] + "\r\n", encoding=encoding)
    )
    assert raw["企业名称"].tolist() == NAMES
    assert raw["line"].tolist() == [2, 3]


def test_latin_1_is_read_only_when_declared_and_never_taken_for_chinese(write):
    path = write("id,name\n1,Café résumé naïve\n", encoding="latin-1")
    assert refused(path).code == "file_encoding"
    assert refused(path).params["line"] == 2
    assert read_table(path, FileOptions(encoding="latin-1"))["name"][0] == "Café résumé naïve"


def test_a_damaged_utf_8_file_is_not_read_as_something_else(write):
    content = "编号,名称\n1,沈阳市大药房\n".encode()
    assert refused(write(content[:-3] + b"\xff\n")).code == "file_encoding"


def test_mixed_line_ends_blank_rows_and_quoted_line_breaks_keep_row_numbers_right(write):
    raw = read_table(write('a,b\r\n1,"two\nlines"\n\r\n , \r3,x\r\n4,y'))
    assert raw["a"].tolist() == ["1", "3", "4"]
    assert raw["line"].tolist() == [2, 5, 6]


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_the_delimiter_is_found(write, delimiter):
    raw = read_table(write(f"a{delimiter}b, c\n1{delimiter}2\n".replace(", c", "")))
    assert own_columns(raw) == ["a", "b"]


def test_ragged_rows_are_counted_and_nothing_of_them_is_lost(write):
    raw = read_table(write("a,b,c\n1,2\n1,2,3,4,5\n1,2,3,\n1,2,3\n"))
    assert raw[FIELDS].tolist() == ["2", "5", "", ""]
    assert raw[EXTRA].tolist() == ["", "4 | 5", "", ""]


def test_an_unclosed_quote_costs_one_row_and_not_the_rest(write):
    raw = read_table(write('a,b\n1,x\n2,"broken\n3,y\n4,z\n'))
    assert raw["a"].tolist() == ["1", "2", "3", "4"]


def test_an_unclosed_quote_does_not_swallow_rows_up_to_the_next_quoted_cell(write):
    rest = "".join(f"{n},x,y\n" for n in range(3, 60))
    raw = read_table(write(f'a,b,c\n1,x,y\n2,"broken,y\n{rest}60,"p, q",y\n61,"two\nlines",y\n62,x,y\n'))
    assert raw["a"].tolist() == [str(n) for n in range(1, 63)]
    assert raw["line"].tolist() == list(range(2, 64))
    assert raw["b"].tolist()[-3:] == ["p, q", "two\nlines", "x"]
    assert raw[FIELDS].tolist().count("") == 61


def test_two_unclosed_quotes_do_not_swallow_the_rows_between_them(write):
    rest = "".join(f"{n},x,y,z\n" for n in range(2, 9))
    raw = read_table(write(f'a,b,c,d\n1,"x,y,z\n{rest}9,"x,y,z\n10,x,y,z\n'))
    assert raw["a"].tolist() == [str(n) for n in range(1, 11)]


def test_one_broken_row_of_very_many_costs_itself_alone(write):
    lines = [f'{n},"店 {n}",单体药店' for n in range(100_000)]
    lines[50_000] = '50000,"店'
    raw = read_table(write("编号,名称,类别\n" + "\n".join(lines) + "\n"))
    assert len(raw) == 100_000
    assert raw["line"].iloc[-1] == 100_001
    assert raw[FIELDS].tolist().count("") == 99_999


cells = st.text('ab,"\n\r 药', max_size=6)


@given(st.lists(st.tuples(cells, cells, st.just("z")), max_size=8))
def test_what_is_quoted_as_it_should_be_is_read_as_it_was_written(rows):
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([("id", "b", "c"), *rows])
    assert list(read_csv.records(text.getvalue(), ",")) == [["id", "b", "c"], *(list(row) for row in rows)]


def test_a_cell_of_endless_length_costs_its_row_alone(write):
    raw = read_table(write(f'a,b\n1,"{"x" * 1_200_000}"\n2,y\n3,"{"x" * 600_000}\n{"x" * 600_000}\n4,z\n'))
    assert raw["a"].tolist()[:2] == ["1", "2"] and raw["a"].tolist()[-1] == "4"
    assert raw["b"].tolist()[-1] == "z"


def test_lines_of_another_encoding_are_never_read_as_gibberish(write):
    lines = [f"{n},{NAMES[0]}" for n in range(1, 200)]
    content = ("编号,名称\n" + "\n".join(lines) + "\n").encode("gb18030") + f"200,{NAMES[1]}\n".encode()
    found = refused(write(content))
    assert (found.code, found.params["gb"], found.params["utf8"]) == ("file_encoding_mixed", 1, 201)
    found = refused(write(f"编号,名称\n1,{NAMES[0]}\n".encode() + f"2,{NAMES[1]}\n".encode("gb18030")))
    assert (found.code, found.params["gb"], found.params["utf8"]) == ("file_encoding_mixed", 3, 1)


def test_the_delimiter_is_that_of_the_header_whatever_a_title_contains(write):
    raw = read_table(write("台账;2026;第3稿,,\n编号,名称\n1,甲;乙\n"), FileOptions(header_row=2))
    assert raw["名称"].tolist() == ["甲;乙"]


def test_nul_bytes_do_not_reach_the_database(write):
    raw = read_table(write(b"a,b\nx\x00y,1\n"))
    assert raw["a"][0] == "x\ufffdy"


def test_a_title_row_above_the_header_is_skipped_when_the_profile_says_so(write):
    raw = read_table(
        write("2026年药店台账,,\n填报单位：,,\n编号,名称,备注\n1,甲,\n"), FileOptions(header_row=3)
    )
    assert own_columns(raw) == ["编号", "名称", "备注"]
    assert raw["line"].tolist() == [4]


def test_columns_without_and_with_repeated_names_stay_apart(write):
    raw = read_table(write("名称,,名称,line\na,b,c,d\n"))
    assert own_columns(raw) == ["名称", "#2", "名称 (2)", "line (2)"]
    assert raw["line"].tolist() == [2]


def test_empty_missing_large_and_headless_files_are_refused(write, tmp_path):
    assert refused(write("")).code == "file_empty"
    assert refused(tmp_path / "none.csv").code == "file_missing"
    assert refused(write("a,b\n1,2\n"), limit=5).code == "file_too_large"
    assert refused(write("\n\n\n")).code == "file_no_header"


def test_web_pages_and_old_excel_named_xls_are_refused_with_what_to_do(write):
    assert refused(write("<html><table></table>", "f.xls")).code == "file_html"
    assert refused(write(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 100, "f.xls")).code == "file_old_excel"


def test_cells_of_a_workbook_become_the_text_a_person_sees(tmp_path):
    path = workbook(
        tmp_path / "f.xlsx",
        ("编号", "日期", "时间", "数", "大数", "真", "空"),
        (7, dt.datetime(2026, 3, 1), dt.datetime(2026, 3, 1, 9, 30), 1.5, 912101030000000000.0, True, None),
        (None,) * 7,
        ("007", dt.date(2026, 3, 2), "x", 3.0, 123456789012345678, False, ""),
    )
    raw = read_table(path)
    first, second = raw.iloc[0].to_dict(), raw.iloc[1].to_dict()
    assert first | {} == {
        "编号": "7", "日期": "2026-03-01", "时间": "2026-03-01 09:30:00", "数": "1.5",
        "大数": "9.1210103E+17", "真": "TRUE", "空": "", "line": 2,
    }  # fmt: skip
    assert second["编号"] == "007"
    assert second["大数"].endswith("E+17")
    assert second["line"] == 4


def test_a_formula_that_was_never_computed_shows_its_text(tmp_path):
    path = workbook(tmp_path / "f.xlsx", ("a", "b"), (1, "=A2&B9"))
    assert read_table(path)["b"][0] == "=A2&B9"


def test_a_merged_title_and_a_named_sheet_are_read(tmp_path):
    book = openpyxl.Workbook()
    sheet = book.create_sheet("台账")
    sheet.append(("药店台账", None))
    sheet.merge_cells("A1:B1")
    sheet.append(("编号", "名称"))
    sheet.append((1, "甲"))
    book.save(tmp_path / "f.xlsx")
    raw = read_table(tmp_path / "f.xlsx", FileOptions(sheet="台账", header_row=2))
    assert raw["名称"].tolist() == ["甲"]
    assert refused(tmp_path / "f.xlsx", options=FileOptions(sheet="没有")).code == "file_sheet"


def test_a_hidden_sheet_is_not_taken_for_the_table(tmp_path):
    book = openpyxl.Workbook()
    book.active.title = "字典"
    book.active.append(["字典"])
    book.active.sheet_state = "hidden"
    book.create_sheet("台账").append(["编号", "名称"])
    book["台账"].append([1, "甲"])
    book.active = 1
    book.save(tmp_path / "f.xlsx")
    assert read_table(tmp_path / "f.xlsx")["名称"].tolist() == ["甲"]
    named = read_table(tmp_path / "f.xlsx", FileOptions(sheet="字典"))
    assert own_columns(named) == ["字典"]


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path):
    path = workbook(tmp_path / "f.xlsx", ("a",), (1,))
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet9.xml", b"0" * (40 * 1024**2))
    assert refused(path).code == "file_zip_bomb"


def test_macros_broken_archives_and_entity_tricks_are_refused(tmp_path, write):
    path = workbook(tmp_path / "m.xlsx", ("a",), (1,))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"x")
    assert refused(path).code == "file_macros"
    assert refused(write(b"PK\x03\x04 not a zip", "b.xlsx")).code == "file_damaged"
    tricky = tmp_path / "t.xlsx"
    with (
        zipfile.ZipFile(workbook(tmp_path / "s.xlsx", ("a",), (1,))) as old,
        zipfile.ZipFile(tricky, "w") as new,
    ):
        for name in old.namelist():
            content = old.read(name)
            if name.startswith("xl/worksheets/"):
                content = b'<!DOCTYPE x [<!ENTITY e "eeee">]>' + content
            new.writestr(name, content)
    with pytest.raises(Refused):
        read_table(tricky)


def test_points_of_geojson_come_with_longitude_and_latitude(write):
    features = [
        {
            "type": "Feature",
            "properties": {"id": i, "名称": "甲"},
            "geometry": {"type": "Point", "coordinates": [x, 41]},
        }
        for i, x in ((1, 123.5), (2, 123.25))
    ]
    raw = read_table(write(json.dumps({"type": "FeatureCollection", "features": features}), "p.geojson"))
    assert raw[["id", "名称", "lon", "lat"]].to_numpy().tolist() == [
        ["1", "甲", "123.5", "41.0"],
        ["2", "甲", "123.25", "41.0"],
    ]


def test_a_geojson_that_is_none_is_refused(write):
    assert refused(write("{ not json", "p.geojson")).code == "file_shapes"


def test_the_hash_is_that_of_the_bytes(write):
    path = write("a\n1\n")
    assert sha256_of(path) == hashlib.sha256(b"a\n1\n").hexdigest()
