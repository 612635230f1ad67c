"""The catalogues: every sentence in every language, every key that the code names."""

from __future__ import annotations

import re
import string
from pathlib import Path

import dash_ag_grid
import pytest

from data.text import LANGUAGES, catalogue
from etl.canon import KINDS, columns

ROOT = Path(__file__).parents[1]
SOURCES = [p for top in ("data", "etl", "dashboard") for p in (ROOT / top).rglob("*.py")] + [ROOT / "app.py"]


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def test_every_language_has_the_same_keys():
    keys = {language: set(catalogue(language)) for language in LANGUAGES}
    first = keys[LANGUAGES[0]]
    for language, found in keys.items():
        assert found == first, f"{language}: {sorted(found ^ first)}"


def test_a_sentence_takes_the_same_values_in_every_language():
    for key in catalogue(LANGUAGES[0]):
        asked = {language: fields(catalogue(language)[key]) for language in LANGUAGES}
        assert len(set(map(frozenset, asked.values()))) == 1, f"{key}: {asked}"


def test_no_sentence_is_empty():
    for language in LANGUAGES:
        assert [key for key, value in catalogue(language).items() if not value.strip()] == []


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_key_that_the_code_names_exists(path: Path):
    if not path.exists():
        pytest.skip("not there")
    source = path.read_text(encoding="utf-8")
    known = catalogue(LANGUAGES[0])
    domains = {key.split(".", 1)[0] for key in known}
    named = re.findall(r"""\b(?:text|t|say|tr)\(\s*["']([a-z_]+\.[A-Za-z0-9_.-]+)["']""", source)
    absent = {key for key in named if key.split(".", 1)[0] in domains and key not in known}
    absent |= {
        f"errors.{code}"
        for code in re.findall(r"""\b(?:Refused|Denied|Conflict|NotFound)\(\s*["']([a-z_0-9]+)["']""", source)
        if f"errors.{code}" not in known
    }
    assert absent == set()


def test_every_column_that_files_bring_has_a_name_for_people():
    for language in LANGUAGES:
        known = catalogue(language)
        ours = {column for kind in KINDS for column in columns(kind)}
        assert {column for column in ours if f"terms.field.{column}" not in known} == set()


def test_what_the_table_says_of_rows_to_a_screen_reader_is_in_our_words():
    spoken = r'"(aria(?:Row(?:Select|Deselect|Toggle)\w*|Checked|Unchecked|Indeterminate|SkeletonCell\w+))"'
    known = (Path(dash_ag_grid.__file__).parent / "dash_ag_grid.min.js").read_text("utf-8")
    keys = set(re.findall(spoken, known))
    assert len(keys) > 5
    for language in LANGUAGES:
        assert keys - {key.removeprefix("table.") for key in catalogue(language)} == set()
