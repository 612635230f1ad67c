"""The burn-up names its lines where nothing else stands."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from dashboard.figures.burnup import burnup

START, DEADLINE = date(2026, 1, 1), date(2026, 11, 30)
DAYS = [START + timedelta(days=7 * n) for n in range(48)]


@given(st.integers(4, 47), st.floats(0.01, 1), st.floats(1, 8))
def test_the_word_of_what_is_done_never_hangs_into_the_axis(weeks: int, share: float, power: float):
    required = [100 * n / 47 for n in range(48)]
    done = [100 * share * (n / weeks) ** power for n in range(weeks + 1)]
    data = {
        "required": {"days": DAYS, "values": required},
        "done": {"days": DAYS[: weeks + 1], "values": done},
    }
    drawn = burnup(data, due=100, deadline=DEADLINE, finish=None, theme="light", language="zh-CN")
    word = next(note for note in drawn["layout"]["annotations"] if note["text"] == "已检")
    # half a line of 14 px is some 5 points of a chart of 200 px, a whole one some 10
    reach = {"top": 10, "middle": 5, "bottom": 0}[word["yanchor"]]
    assert word["y"] - reach >= 0
