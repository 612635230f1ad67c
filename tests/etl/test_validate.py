"""Rows of foreign files against the catalogue of what can be wrong with them."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
import yaml

from data.errors import Refused
from data.text import LANGUAGES
from etl import canon, frames
from etl.files import read_table
from etl.frames import ABSENT
from etl.issues import sentence
from etl.profile import load_profile
from etl.reference import of_codes, shipped
from etl.validate import new_districts, to_canonical

TODAY = dt.date(2026, 11, 21)
REFERENCE = of_codes(district=["210103", "210102"], grid=["G01"], org=["SHS01"])
HEADER = "企业编号,企业名称,企业类别"


@pytest.fixture
def read(tmp_path: Path):
    """Read CSV text by a profile; every issue must have its sentence in both languages."""

    def make(text: str, kind: str = "enterprises", profile: str | Path = "standard", reference=REFERENCE):
        path = tmp_path / "rows.csv"
        path.write_text(text, encoding="utf-8")
        found = load_profile(profile)
        raw = read_table(path, found.kind(kind).file)
        frame, issues = to_canonical(kind, raw, found, reference, as_of=TODAY)
        for issue in issues:
            for language in LANGUAGES:
                assert "{" not in sentence(issue.code, issue.params, language)
            json.dumps(issue.params)
            assert (issue.raw is not None) == (issue.level == "error")
        return frame, issues

    return make


@pytest.fixture
def profile(tmp_path: Path):
    def make(tree: dict) -> Path:
        path = tmp_path / "city.yaml"
        path.write_text(yaml.safe_dump({"source": "city", **tree}, allow_unicode=True), encoding="utf-8")
        return path

    return make


def told(issues) -> list[tuple]:
    return [(issue.line, issue.field, issue.code, issue.level) for issue in issues]


def rows(more: str, *cells: str) -> str:
    """One enterprise a line with further columns."""
    lines = [f"E{n},甲{n},单体药店,{cell}" for n, cell in enumerate(cells, start=1)]
    return "\n".join([f"{HEADER},{more}", *lines])


def test_a_good_row_is_taken_without_a_word(read):
    frame, issues = read(
        rows(
            "统一社会信用代码,开业日期,经营范围,经度,纬度,区县",
            "92210106MA0P3KX86C,2020年3月1日,中药饮片、中成药,123.4,41.8,210103",
        )
    )
    assert issues == []
    row = next(frames.records(frame))[0]
    assert row["category"] == "independent_pharmacy"
    assert row["scopes"] == ("tcm_pieces", "tcm_patent")
    assert row["opened_on"] == dt.date(2020, 3, 1)
    assert (row["status"], row["datum"], row["line"]) == ("operating", "CGCS2000", 2)
    assert "status" in frame.attrs[ABSENT]
    assert "uscc" not in frame.attrs[ABSENT]


def test_one_bad_row_never_stops_the_rest_and_keeps_all_its_cells(read):
    frame, issues = read(f"{HEADER},备注\nE1,甲,单体药店,\n,乙,单体药店,特别\nE3,,没这类,\nE4,丁,接种单位,\n")
    assert frame["source_id"].tolist() == ["E1", "E4"]
    assert told(issues) == [
        (3, "source_id", "required", "error"), (4, "category", "unknown_word", "error"),
        (4, "name", "required", "error"),
    ]  # fmt: skip
    assert issues[0].raw == {"企业编号": "", "企业名称": "乙", "企业类别": "单体药店", "备注": "特别"}
    assert issues[1].source_id == "E3"


def test_an_unknown_district_is_emptied_and_an_unknown_grid_kept(read):
    frame, issues = read(rows("区县,所属网格", "火星区,G99", "210103,G01"))
    assert frame["district"].tolist() == [None, "210103"]
    assert frame["grid"].tolist() == ["G99", "G01"]
    assert told(issues) == [
        (2, "district", "unknown_word_emptied", "warning"), (2, "grid", "unknown_word_kept", "warning"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("written", "kept", "code"),
    [
        ("９２２１０１０６ＭＡ０Ｐ３ＫＸ８６Ｃ", "92210106MA0P3KX86C", None),
        (" 92210106 ma0p3kx86c", "92210106MA0P3KX86C", None),
        ("91350211M0000XUF46", "91350211M0000XUF46", "uscc_check"),
        ("92210106MA0P3KX86I", "92210106MA0P3KX86I", "uscc_characters"),
        ("210106600012345", "210106600012345", "uscc_length"),
        ("9.12E+17", None, "number_mangled"),
    ],
)
def test_a_credit_code_is_normalised_and_doubts_only_warn(read, written, kept, code):
    frame, issues = read(rows("统一社会信用代码", written))
    assert frame["uscc"].tolist() == [kept]
    assert [(issue.code, issue.level) for issue in issues] == ([(code, "warning")] if code else [])


def test_an_id_that_excel_has_rounded_is_no_id(read):
    frame, issues = read(f"{HEADER}\n9.12E+17,甲,单体药店\n")
    assert told(issues) == [(2, "source_id", "number_mangled", "error")]
    assert frame.empty


def test_days_that_cannot_be_are_told(read):
    frame, issues = read(
        rows(
            "开业日期,状态,状态起始日期",
            "2026-02-30,在营,",
            "1900-01-01,在营,",
            "2027-01-01,在营,",
            "2020-01-01,注销,2019-01-01",
        )
    )
    assert told(issues) == [
        (2, "opened_on", "date_unreadable_emptied", "warning"), (3, "opened_on", "date_old", "warning"),
        (4, "opened_on", "date_future_kept", "warning"), (5, "status_since", "date_order", "warning"),
    ]  # fmt: skip
    assert len(frame) == 4


def test_a_visit_in_the_future_or_without_a_day_is_not_a_visit(read):
    frame, issues = read(
        "检查编号,企业编号,检查类型,检查日期,无法检查原因,检查结论\n"
        "1,E1,日常检查,2026-11-22,,合格\n2,E1,日常检查,昨天,,\n3,E1,复查,2026-11-21,门口没人,还行\n",
        "inspections",
    )  # fmt: skip
    assert told(issues) == [
        (2, "finished_on", "date_future", "error"), (3, "finished_on", "date_unreadable", "error"),
        (4, "conclusion", "unknown_word_replaced", "warning"),
        (4, "unable_reason", "unknown_word_replaced", "warning"),
    ]  # fmt: skip
    row = next(frames.records(frame))[0]
    assert (row["kind"], row["unable_reason"], row["conclusion"]) == ("recheck", "other", "other")


def test_the_day_of_a_visit_is_that_of_its_instant_where_the_bureau_is(read):
    frame, issues = read(
        "检查编号,企业编号,检查类型,检查时间\n1,E1,日常检查,2026-11-20T17:00:00Z\n"
        "2,E1,日常检查,2026-11-20 23:59\n3,E1,日常检查,2026-11-19\n",
        "inspections",
    )  # fmt: skip
    assert [row["finished_on"].day for row in next(frames.records(frame))] == [21, 20, 19]
    assert frame["finished_at"].isna().tolist() == [False, False, True]
    assert issues == []


def test_coordinates_are_read_as_they_are_and_doubts_are_told(read):
    frame, issues = read(
        rows(
            "经度,纬度,坐标系",
            "123.4,41.8,高德",
            "41.8,123.4,",
            "东经123度,41.8,",
            "123.4,,",
            "123.4,41.8,月球",
            "41553000,4622000,EPSG:4525",
        )
    )
    assert told(issues) == [
        (3, "lon", "lonlat_swapped", "warning"), (4, "lon", "number_unreadable", "warning"),
        (4, "lat", "lonlat_half", "warning"), (5, "lat", "lonlat_half", "warning"),
        (6, "datum", "datum_unknown", "warning"),
    ]  # fmt: skip
    assert frame["datum"].tolist() == ["GCJ02", "CGCS2000", None, None, None, "EPSG:4525"]
    assert frame["lon"].notna().tolist() == [True, True, False, False, False, True]


def test_equal_rows_are_taken_once_and_others_of_the_same_id_refused(read):
    frame, issues = read(f"{HEADER}\nE1,甲,单体药店\nE1,甲,单体药店\nE1,乙,单体药店\nE2,丙,单体药店\n")
    assert frame["name"].tolist() == ["甲", "丙"]
    assert told(issues) == [
        (3, "source_id", "duplicate_row", "warning"),
        (4, "source_id", "duplicate_key", "error"),
    ]
    assert issues[1].params["first"] == 2


def test_a_refused_row_does_not_stand_in_the_way_of_its_correction(read):
    frame, issues = read(f"{HEADER}\nE1,甲,没这类\nE1,甲,单体药店\n")
    assert frame["line"].tolist() == [3]
    assert told(issues) == [(2, "category", "unknown_word", "error")]


def test_the_later_row_counts_where_a_profile_says_so(read, profile):
    path = profile(
        {
            "kinds": {
                "enterprises": {
                    "columns": {"source_id": "id", "name": "n", "category": "c"},
                    "duplicates": "last",
                }
            }
        }
    )
    frame, issues = read("id,n,c\n1,甲,retail\n2,乙,retail\n1,丙,retail\n", profile=path)
    assert frame["name"].tolist() == ["乙", "丙"]
    assert told(issues) == [(2, "source_id", "duplicate_replaced", "warning")]


def test_formulas_errors_of_excel_control_signs_and_long_texts_are_told(read):
    frame, issues = read(
        rows(
            "地址,备注",
            "=HYPERLINK(1),",
            "#N/A,",
            "甲\u200b路,",
            "路" * 201 + ",",
            "-5 号楼,+86 138",
            "@SUM(A1),-12.5",
            "+cmd|' /C calc'!A0,",
        )
    )
    assert told(issues) == [
        (2, "address", "formula", "warning"), (3, "address", "excel_error", "warning"),
        (4, "address", "control_characters", "warning"), (5, "address", "too_long", "error"),
        (7, "address", "formula", "warning"), (8, "address", "formula", "warning"),
    ]  # fmt: skip
    assert frame["address"].tolist() == [
        "=HYPERLINK(1)",
        None,
        "甲路",
        "-5 号楼",
        "@SUM(A1)",
        "+cmd|' /C calc'!A0",
    ]


def test_a_row_with_too_many_cells_is_refused_and_a_short_one_told(read):
    frame, issues = read(f"{HEADER},备注\nE1,甲,单体药店,a,b\nE2,乙,单体药店\n")
    assert told(issues) == [(2, None, "ragged_long", "error"), (3, None, "ragged_short", "warning")]
    assert frame["source_id"].tolist() == ["E2"]
    assert issues[0].raw["_extra"] == "b"


def test_a_file_whose_header_stands_lower_is_refused_with_the_row_to_set(read):
    with pytest.raises(Refused) as caught:
        read(f"药店台账,,\n{HEADER}\nE1,甲,单体药店\n")
    assert (caught.value.code, caught.value.params["found"]) == ("file_header_row", 2)


def test_a_file_without_a_required_column_is_refused_with_the_names_it_may_have(read):
    with pytest.raises(Refused) as caught:
        read("企业编号,企业名称\nE1,甲\n")
    assert caught.value.code == "file_columns"
    assert "企业类别" in caught.value.params["expected"]


def test_width_case_blanks_and_a_star_in_a_header_make_no_difference(read):
    frame, _ = read("企业 编号*,ＮＡＭＥ,category\nE1,甲,retail\n")
    assert frame["name"].tolist() == ["甲"]


def test_a_profile_translates_words_with_a_default_and_a_meaning_for_blanks(read, profile):
    words = {"公立": "medical_institution", "": "other", "*": "retail"}
    path = profile(
        {
            "kinds": {
                "enterprises": {
                    "columns": {"source_id": "id", "name": "n", "category": "c"},
                    "vocabularies": {"category": words},
                }
            }
        }
    )
    frame, issues = read("id,n,c\n1,甲,公立\n2,乙,\n3,丙,别的\n", profile=path)
    assert frame["category"].tolist() == ["medical_institution", "other", "retail"]
    assert issues == []


def test_a_code_that_a_profile_promises_and_the_database_lacks_is_told(read, profile):
    path = profile(
        {
            "kinds": {
                "enterprises": {
                    "columns": {"source_id": "id", "name": "n"},
                    "constants": {"category": "bakery"},
                }
            }
        }
    )
    _, issues = read("id,n\n1,甲\n", profile=path)
    assert told(issues) == [(2, "category", "unknown_word", "error")]


def test_districts_are_created_from_their_names_only_where_the_profile_says_so(read, profile):
    path = profile(
        {
            "kinds": {
                "enterprises": {
                    "columns": {"source_id": "id", "name": "n", "district": "d"},
                    "constants": {"category": "other"},
                    "districts": {"create": "true"},
                }
            }
        }
    )
    frame, issues = read("id,n,d\n1,甲,北区\n2,乙,210103\n3,丙,\n", profile=path)
    assert issues == []
    assert frame["district"].tolist() == ["北区", "210103", None]
    assert new_districts(frame, REFERENCE)["code"].tolist() == ["北区"]


def test_scopes_are_split_outside_brackets_and_unknown_ones_left_out(read):
    frame, issues = read(rows("经营范围", '"中药饮片、化学药；生物制品（血液制品、疫苗除外）"'))
    assert frame["scopes"].tolist() == [("tcm_pieces", "chemical")]
    assert [(i.code, i.value) for i in issues] == [("unknown_word_emptied", "生物制品（血液制品、疫苗除外）")]


def test_a_licence_number_of_an_unusual_form_is_only_a_hint(read):
    frame, issues = read(rows("许可证编号", "辽DA0240123", "辽 DA0240123", "XK-2020-1"))
    assert frame["licence_number"].tolist() == ["辽DA0240123", "辽DA0240123", "XK-2020-1"]
    assert frame["licence_kind"].tolist() == ["drug"] * 3
    assert told(issues) == [(4, "licence_number", "licence_form", "warning")]


@pytest.mark.parametrize("word", ["合计", "总　计", " 小 计：", "Total", "grand total"])
def test_a_line_of_sums_is_no_record(read, word):
    frame, issues = read(f"人员编号,姓名,证件编号\nO1,甲,1\n{word},81,\n,甲,3\n", "officers")
    assert frame["source_id"].tolist() == ["O1"]
    assert told(issues) == [
        (3, "source_id", "total_row", "error"), (4, "source_id", "required", "error"),
    ]  # fmt: skip
    frame, issues = read(f"序号,{HEADER}\n1,E1,总计大药房,单体药店\n{word},,3,\n")
    assert (frame["name"].tolist(), told(issues)) == (
        ["总计大药房"], [(3, "source_id", "total_row", "error")],
    )  # fmt: skip


def test_whole_numbers_that_no_database_holds_and_grades_that_do_not_exist_are_left_out(read):
    header = "检查编号,企业编号,检查类型,检查日期,证据等级"
    cells = ("1", "7", "-1", "99999999999999999999", "1e300", "")
    lines = [f"V{n},E1,日常检查,2026-03-01,{cell}" for n, cell in enumerate(cells)]
    frame, issues = read("\n".join([header, *lines]), "inspections")
    assert frame["grade"].tolist() == [1, 0, 0, 0, 0, 0]
    assert told(issues) == [(n, "grade", "unknown_word_emptied", "warning") for n in (3, 4, 5, 6)]
    plans = "计划代码,计划名称,计划英文名称,周期,计入的检查类型,检查次数,起始年份\n"
    plans += "P,年检,Yearly,year,日常检查,99999999999,2026"
    assert [i.code for i in read(plans, "plans")[1] if i.field == "visits"] == ["number_unreadable"]


def test_marks_that_nobody_sees_do_not_hide_a_column_or_a_word(read):
    header = "\ufeff\ufeff企业\u200b编号,\u2060企业名称,企业类别"
    frame, issues = read(f"{header}\n\u3000００７\xa0,甲,单体\u200b药店\n")
    assert frame["source_id"].tolist() == ["007"]
    assert [i.code for i in issues] == ["control_characters"]


def test_columns_that_were_swapped_show_at_once(read):
    _, issues = read(rows("统一社会信用代码,许可证编号", "辽DA0240123,92210106MA0P3KX86C"))
    assert [issue.code for issue in issues] == ["uscc_length", "licence_form"]


def test_a_file_of_no_rows_is_an_empty_frame(read):
    frame, issues = read(f"{HEADER}\n")
    assert (len(frame), issues) == (0, [])
    assert list(frame.columns) == list(frames.empty("enterprises").columns)


@pytest.mark.parametrize("kind", list(canon.KINDS))
def test_a_frame_of_every_kind_is_whole(kind):
    frame = frames.empty(kind)
    assert list(frame.columns) == [*canon.columns(kind), canon.LINE]
    assert list(frames.records(frame)) == []
    assert set(canon.KEYS[kind]) <= set(frame.columns)


def test_a_misspelt_canonical_column_is_an_error_and_not_lost_data():
    with pytest.raises(ValueError, match="nmae"):
        frames.frame("grids", [{"code": "G", "nmae": "x"}])


def test_the_pharmacies_of_manchester_come_through_whole(shared_dir):
    profile, folder = load_profile("gm"), shared_dir / "cases" / "gm_pharmacies"
    grids, _ = to_canonical("grids", read_table(folder / "grids.geojson"), profile, shipped())
    reference = of_codes(grid=grids["code"])
    frame, issues = to_canonical(
        "enterprises", read_table(folder / "enterprises.csv"), profile, reference, as_of=TODAY
    )
    assert (len(grids), len(frame), issues) == (215, 631, [])
    assert len(new_districts(frame, reference)) == 10
    assert frame["lon"].notna().all()


def test_the_inspections_of_san_francisco_come_through_whole(shared_dir):
    profile, folder = load_profile("sf"), shared_dir / "cases" / "sf"
    expected = json.loads((folder / "expected.json").read_text("utf-8"))
    found = {}
    for kind, name in (
        ("enterprises", "enterprises"),
        ("inspections", "inspections"),
        ("findings", "violations"),
    ):
        found[kind], issues = to_canonical(
            kind, read_table(folder / f"{name}.csv"), profile, shipped(), as_of=TODAY
        )
        assert issues == []
    visits = found["inspections"]
    assert len(found["enterprises"]) == expected["registry"]["enterprises"]
    assert found["enterprises"]["lon"].notna().sum() == expected["registry"]["located"]
    assert visits["finished_on"].dt.year.value_counts().to_dict() == {
        int(y): n for y, n in expected["inspections"]["by_year"].items()
    }
    assert visits["source_kind"].value_counts().to_dict() == expected["inspections"]["by_type"]
    assert visits["conclusion"].isna().sum() == expected["inspections"]["unscored"]
    assert (found["findings"]["severity"] == "critical").sum() == expected["violations"]["by_risk"][
        "High Risk"
    ]


@pytest.mark.parametrize("name", ["sf"])
def test_the_plans_of_a_profile_are_readable(name):
    path = load_profile(name).plans
    frame, issues = to_canonical("plans", read_table(path), load_profile("standard"), shipped())
    assert issues == []
    assert set(frame["kinds"][0]) == shipped().codes("kind")


def test_a_file_cannot_award_itself_evidence(read):
    header = "检查编号,企业编号,检查类型,检查日期,证据等级"
    lines = [f"V{n},E1,日常检查,2026-03-01,{grade}" for n, grade in enumerate((0, 1, 2, 77))]
    frame, issues = read("\n".join([header, *lines]) + "\n", "inspections")
    assert frame["grade"].fillna(0).tolist() == [0, 1, 1, 0]
    assert (issues[0].line, issues[0].code) == (4, "grade_lowered")
    assert {issue.line for issue in issues} == {4, 5}


def test_an_instant_in_the_column_of_the_day_is_of_our_day(read):
    header = "检查编号,企业编号,检查类型,检查日期"
    frame, _ = read(f"{header}\nV1,E1,日常检查,2025-11-30T16:30:00Z\n", "inspections")
    assert frame["finished_on"].dt.date.tolist() == [dt.date(2025, 12, 1)]
