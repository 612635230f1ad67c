"""Filters in the address: written and read back without loss; uploads that nobody else can reach."""

from __future__ import annotations

import base64
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard import uploads
from dashboard.components import address, words
from dashboard.components.rows import FILTERS, KNOWN, NUMBERS, address_of, filter_of
from dashboard.pages import home
from data.errors import NotFound, Refused
from data.reads.enterprises import SORTS
from data.reads.filters import EnterpriseFilter

# what an input can hold: no surrogates, no control characters, no blanks around it
WORDS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20).filter(
    lambda word: word == word.strip()
)


@given(st.dictionaries(st.sampled_from(home.KNOWN), WORDS))
def test_the_filters_of_the_overview_survive_the_address(filters: dict[str, str]):
    assert address.read(address.write(filters), home.KNOWN) == filters


@given(
    st.fixed_dictionaries(
        {},
        optional={
            **{name: WORDS for name in FILTERS if name not in NUMBERS},
            **{name: st.integers(0, 10**9) for name in NUMBERS},
        },
    ),
    st.sampled_from(sorted(SORTS)),
    st.booleans(),
)
def test_a_list_of_enterprises_survives_the_address(filters: dict[str, object], key: str, down: bool):
    wanted = EnterpriseFilter(**filters)  # type: ignore[arg-type]
    sort = f"-{key}" if down else key
    assert filter_of(address_of(wanted, sort)) == (wanted, sort)


@given(st.text(max_size=60))
def test_no_address_breaks_a_list(search: str):
    wanted, sort = filter_of(search)
    assert sort.removeprefix("-") in SORTS
    assert filter_of(address_of(wanted, sort)) == (wanted, sort)


def test_unknown_names_and_numbers_that_are_none_are_left_out():
    wanted, sort = filter_of("?state=due&risk=high&colour=red&sort=shoe")
    assert (wanted, sort) == (EnterpriseFilter(state="due"), "name")
    assert "colour" not in KNOWN


@given(st.integers(1, 10**6), st.data())
def test_a_rate_says_100_only_when_all_are_done(due: int, data: st.DataObject):
    done = data.draw(st.integers(0, due))
    shown = words.rate(done, due)
    assert (shown == "100.0 %") == (done == due)
    assert abs(float(shown.removesuffix(" %")) - 100 * done / due) <= 0.1


def test_nothing_due_is_a_dash_and_the_beginning_says_so():
    assert words.rate(0, 0) == "—"
    assert words.count(None) == "—"
    assert words.day(date(1, 1, 1), "zh-CN") == "起始日不详"
    assert words.day(date(2026, 11, 21), "zh-CN") == "11月21日(周六)"


CONTENTS = "data:text/csv;base64," + base64.b64encode(b"a,b\n1,2\n").decode()


def test_an_upload_is_found_by_its_owner_alone(tmp_path: Path):
    token = uploads.keep(tmp_path, "user:steward", "名单.csv", CONTENTS)
    path = uploads.find(tmp_path, "user:steward", token)
    assert path.name == "名单.csv"
    assert path.read_bytes() == b"a,b\n1,2\n"
    for owner, wrong in (("user:other", token), ("user:steward", "../" + token), ("user:steward", "")):
        with pytest.raises(NotFound):
            uploads.find(tmp_path, owner, wrong)


@pytest.mark.parametrize("name", ["../../evil.csv", "..\\..\\evil.csv", "/etc/evil.csv", "a\x00evil.csv"])
def test_a_name_never_leads_out_of_its_folder(tmp_path: Path, name: str):
    token = uploads.keep(tmp_path, "user:steward", name, CONTENTS)
    path = uploads.find(tmp_path, "user:steward", token)
    assert path.resolve().is_relative_to(tmp_path.resolve())
    assert path.parent.name == token


@pytest.mark.parametrize(
    ("name", "contents", "code"),
    [
        ("a.exe", CONTENTS, "upload_type"),
        ("a.csv", "data:text/csv;base64,@@@", "upload_broken"),
    ],
)
def test_what_is_no_table_is_refused_with_a_reason(tmp_path: Path, name: str, contents: str, code: str):
    with pytest.raises(Refused) as refused:
        uploads.keep(tmp_path, "user:steward", name, contents)
    assert refused.value.code == code
    assert list(tmp_path.iterdir()) == []
