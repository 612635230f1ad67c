"""The language of profiles: a mistake is named with its place and what is known there."""

from __future__ import annotations

from pathlib import Path

import pytest

from data.errors import Refused
from data.text import LANGUAGES, text
from etl.canon import KINDS, columns
from etl.dates import FORMATS
from etl.profile import load_profile, profile_names
from etl.profile_parts import READERS

GOOD = """
source: city
kinds:
  enterprises:
    columns: {source_id: 编号, name: [企业名称, 单位名称], category: 类别}
"""


@pytest.fixture
def written(tmp_path: Path):
    def make(content: str) -> Path:
        path = tmp_path / "city.yaml"
        path.write_text(content, encoding="utf-8")
        return path

    return make


@pytest.mark.parametrize("name", profile_names())
def test_every_shipped_profile_can_be_read_and_can_fill_what_its_kinds_require(name):
    profile = load_profile(name)
    assert set(profile.title) == set(LANGUAGES)
    for kind, part in profile.kinds.items():
        given = {*part.columns, *part.constants, "geometry"}
        assert {c.name for c in columns(kind).values() if c.required} <= given


def test_the_standard_profile_knows_every_column_of_every_kind_in_both_languages():
    profile = load_profile("standard")
    assert set(profile.kinds) == set(KINDS)
    for kind, part in profile.kinds.items():
        shapeless = {c.name for c in columns(kind).values() if c.type not in ("shape", "details")}
        assert shapeless <= set(part.columns)
        for language in (0, 1):  # the headers of the template are unlike each other
            headers = [theirs[language] for theirs in part.columns.values()]
            assert len(set(headers)) == len(headers)
            assert all(header.isascii() == bool(language) for header in headers)


def test_a_profile_extends_another(written):
    profile = load_profile(
        written("extends: standard\nsource: city\nkinds: {grids: {columns: {code: 网格号}}}\n")
    )
    assert profile.source == "city"
    assert profile.kind("grids").columns["code"] == ("网格号",)
    assert profile.kind("grids").columns["name"][0] == "网格名称"


def test_words_like_no_and_numbers_like_007_stay_words(written):
    words = "    vocabularies: {category: {no: other, 007: retail}}\n"
    assert dict(load_profile(written(GOOD + words)).kind("enterprises").vocabularies["category"]) == {
        "no": "other",
        "007": "retail",
    }


@pytest.mark.parametrize(
    ("content", "code", "named"),
    [
        (GOOD + "    colums: {}\n", "profile_unknown_key", ["kinds.enterprises.colums", "columns"]),
        (GOOD.replace("name:", "nmae:"), "profile_unknown_key", ["kinds.enterprises.columns.nmae", "uscc"]),
        (GOOD.replace("enterprises", "shops"), "profile_unknown_key", ["kinds.shops", "inspections"]),
        (GOOD + "    file: {row: 3}\n", "profile_unknown_key", ["kinds.enterprises.file.row", "header_row"]),
        (GOOD + "    file: {header_row: zero}\n", "profile_value", ["header_row", "zero"]),
        (GOOD + "    dates: [american]\n", "profile_value", ["dates", "american", "mdy"]),
        (GOOD + "    code_pattern: '('\n", "profile_value", ["code_pattern"]),
        (GOOD + "    datum: moon\n", "profile_value", ["datum", "moon"]),
        (GOOD + "    duplicates: perhaps\n", "profile_value", ["duplicates", "perhaps", "refuse"]),
        (GOOD + "    vocabularies: {geo_source: {x: moon}}\n", "profile_value", ["geo_source", "moon"]),
        (GOOD.replace("source: city", "title: x"), "profile_value", ["source"]),
        (GOOD + "zone: Mars/Base\n", "profile_value", ["zone", "Mars/Base"]),
        ("a: [", "profile_unreadable", ["city.yaml"]),
        ("- a", "profile_unreadable", ["city.yaml"]),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place_and_what_is_known_there(written, content, code, named):
    with pytest.raises(Refused) as caught:
        load_profile(written(content))
    assert caught.value.code == code
    for language in LANGUAGES:
        shown = text(f"errors.{code}", language, **caught.value.params)
        assert all(word in shown for word in named)


@pytest.mark.parametrize("name", ["nowhere", "../profile", "a/b", ""])
def test_only_shipped_profiles_are_found_by_name(name):
    with pytest.raises(Refused) as caught:
        load_profile(name)
    assert caught.value.code == "profile_missing"


def test_a_kind_that_a_source_does_not_have_is_refused():
    with pytest.raises(Refused) as caught:
        load_profile("gm").kind("inspections")
    assert caught.value.code == "profile_kind"


def test_the_example_that_teaches_the_language_is_a_profile(written):
    taught = (Path(__file__).parents[2] / "docs" / "profiles.md").read_text(encoding="utf-8")
    profile = load_profile(written(taught.split("```yaml\n")[1].split("```")[0]))
    part = profile.kind("enterprises")
    assert (profile.source, part.file.header_row, part.datum) == ("dadong", 3, "GCJ02")
    assert part.vocabularies["status"][""] == "operating"
    assert all(f"`{key}`" in taught for key in READERS)
    assert all(f"`{name}`" in taught for name in FORMATS)
