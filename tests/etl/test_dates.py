"""Days and instants as bureaus write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl.dates import DEFAULT_FORMATS, FORMATS, read_date, read_days, read_instant, read_instants

SHENYANG = ZoneInfo("Asia/Shanghai")
WRITTEN = {
    "iso": lambda d: d.isoformat(),
    "slash": lambda d: f"{d.year}/{d.month}/{d.day}",
    "dot": lambda d: f"{d.year}.{d.month:02d}.{d.day}",
    "chinese": lambda d: f"{d.year}年{d.month}月{d.day}日",
    "compact": lambda d: f"{d:%Y%m%d}",
    "excel": lambda d: str((d - date(1899, 12, 30)).days),
    "dmy": lambda d: f"{d.day}/{d.month}/{d.year}",
    "mdy": lambda d: f"{d.month:02d}-{d.day:02d}-{d.year}",
}
days = st.dates(date(1930, 1, 1), date(2090, 12, 31))


def test_every_format_is_tried_here():
    assert set(WRITTEN) == set(FORMATS)


@given(days, st.sampled_from(sorted(WRITTEN)))
def test_a_day_written_in_a_format_is_read_back(day, name):
    assert read_date(WRITTEN[name](day), (name,)) == day


@given(days, st.sampled_from(DEFAULT_FORMATS))
def test_the_default_formats_never_read_each_others_days_wrongly(day, name):
    assert read_date(f"  {WRITTEN[name](day)} ") == day


@given(st.text(max_size=20))
def test_no_text_makes_the_reader_fail(text):
    found = read_date(text)
    assert found is None or isinstance(found, date)


@pytest.mark.parametrize(
    "text",
    ["2026-02-30", "2026-13-01", "20261301", "2026", "2026-03", "03/04/2026", "6月1日", "-", "99999999"],
)
def test_what_is_no_day_or_could_be_two_days_is_not_read(text):
    assert read_date(text) is None


def test_an_instant_is_of_the_day_in_our_zone_and_a_bare_date_of_its_own():
    for text, day in (
        ("2025-11-30T16:30:00Z", date(2025, 12, 1)),
        ("2025-11-30 16:30:00+00:00", date(2025, 12, 1)),
        ("2025-12-01T00:30:00+08:00", date(2025, 12, 1)),
        ("2025-11-30T16:30:00", date(2025, 11, 30)),
        ("2025-11-30T16:30:00+99:00", date(2025, 11, 30)),
        ("2025-11-30", date(2025, 11, 30)),
    ):
        assert read_date(text, zone=SHENYANG) == day


def test_full_width_digits_and_a_time_of_day_do_not_hide_a_day():
    assert read_date("２０２６年３月１日") == date(2026, 3, 1)
    assert read_date("2026-03-01 23:59:59") == date(2026, 3, 1)
    assert read_date("2026/3/1 9:05") == date(2026, 3, 1)
    assert read_date("46082.5", ("excel",)) == date(2026, 3, 1)


@given(st.lists(st.one_of(days.map(str), st.sampled_from(["", "x", "2026/3/1"])), max_size=30))
def test_a_column_reads_as_its_cells_do(cells):
    found = read_days(np.array(cells, dtype=object), DEFAULT_FORMATS).astype("datetime64[D]").tolist()
    assert found == [read_date(cell) for cell in cells]


@given(st.datetimes(datetime(2000, 1, 1), datetime(2080, 1, 1)).map(lambda t: t.replace(microsecond=0)))
def test_an_instant_without_an_offset_is_local(moment):
    cells = np.array([moment.isoformat(" "), "", moment.isoformat() + "Z", str(moment.date())], dtype=object)
    found = read_instants(cells, DEFAULT_FORMATS, SHENYANG)
    assert found[0] == moment.replace(tzinfo=UTC) - timedelta(hours=8)
    assert found.isna().tolist() == [False, True, False, True]
    assert found[2] == moment.replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    ["0001-01-01 00:00:00", "9999-12-31 23:59:59", "9999-12-31T23:00:00-08:00", "2026-03-01T10:00+99:00",
     "1900-01-00 10:00", "2026-03-01 24:00:00"],
)  # fmt: skip
def test_an_instant_that_no_clock_shows_is_none(text):
    assert read_instant(text, DEFAULT_FORMATS, SHENYANG) is None
    assert read_instants(np.array([text, ""], dtype=object), DEFAULT_FORMATS, SHENYANG).isna().all()


def test_chinese_times_are_read():
    expected = datetime(2026, 3, 1, 10, 20, tzinfo=SHENYANG)
    assert read_instant("2026年3月1日 10时20分", DEFAULT_FORMATS, SHENYANG) == expected
    assert read_instant("2026年3月1日10:20", DEFAULT_FORMATS, SHENYANG) == expected
    assert read_instant("2026-03-01", DEFAULT_FORMATS, SHENYANG) is None
    assert read_instant("2026-03-01 25:00", DEFAULT_FORMATS, SHENYANG) is None
