"""Who was visited when: a year of visits, second looks and closed doors, and two thinner years before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import numpy as np
import pandas as pd

from etl.demo.days import CALENDAR, ordinals, span, weights
from etl.demo.geography import Floats, Ints

_KINDS = ("routine", "special", "gsp", "unannounced", "cross", "joint")
_KIND_SHARES = (0.68, 0.14, 0.09, 0.04, 0.03, 0.02)
_SPRINT_DAYS = 24
"""Before the deadline some officers work on Saturdays too."""
_PUSH_DAYS, _PUSH = 14, 6.5
"""The last fortnight before the demo day is a final push, unless the city lets things slide."""
_EARLIER = ((2, 0.30), (1, 0.47))  # years before the plan year, share visited then
_SECOND_LOOK, _CLOSED_DOOR, _PATROL = 0.13, 0.025, 0.55


def base_visits(
    frame: pd.DataFrame,
    grid: list[str],
    share: Mapping[str, float],
    *,
    year: int,
    today: date,
    pushing: bool,
    rng: np.random.Generator,
) -> pd.DataFrame:
    """Draw the visits that no earlier visit asks for.

    Parameters
    ----------
    frame : DataFrame
        Canonical enterprises.
    grid : list of str
        Grid code whose officer visits each enterprise.
    share : mapping
        Grid code → share of its enterprises visited by `today`.
    pushing : bool
        Whether the last fortnight is a final push.

    Returns
    -------
    DataFrame
        ``row`` (position of the enterprise), ``grid``, ``day`` (ordinal), ``kind``, ``unable`` (reason
        or None); in no particular order.
    """
    opened = ordinals([stamp.date() for stamp in frame["opened_on"]])
    working = (frame["status"] == "operating").to_numpy()
    codes = np.array(grid)
    parts = []
    for back, part in _EARLIER:
        start, end = date(year - back, 1, 1), date(year - back, 12, 31)
        for code, rate in share.items():
            rows = np.flatnonzero((codes == code) & (opened < start.toordinal()))
            days, weight = _days(start, end, None, rng)
            parts.append(_draw(rows, min(part * (0.65 + 0.45 * rate), 1.0), days, weight, opened, rng))
    start = date(year, 1, 1)
    for code, rate in share.items():
        rows = np.flatnonzero((codes == code) & working)
        days, weight = _days(start, today, rate, rng)
        if pushing:
            weight[-_PUSH_DAYS:] *= _PUSH
            weight /= weight.sum()
        parts.append(_draw(rows, rate, days, weight, opened, rng))
    first = pd.concat(parts, ignore_index=True)
    new = opened[first["row"]] + 120 > first["day"]
    first["kind"] = np.where(
        new & (rng.random(len(first)) < 0.5), "permit", rng.choice(_KINDS, len(first), p=_KIND_SHARES)
    )
    first["unable"] = None
    more = [first, _second_looks(first, start, today, rng), _closed_doors(first, rng)]
    sellers = np.flatnonzero(["online_retail" in scopes for scopes in frame["scopes"]])
    more.append(_patrols(sellers, start, today, opened, rng))
    visits = pd.concat(more, ignore_index=True)
    visits["grid"] = codes[visits["row"]]
    return visits[visits["day"] >= date(year - _EARLIER[0][0], 1, 1).toordinal()]


def _days(start: date, end: date, rate: float | None, rng: np.random.Generator) -> tuple[Ints, Floats]:
    """Weigh the days for one grid: the city's rhythm, busy and idle weeks, and its own trend."""
    days = span(start, end)
    weight = weights(days) + 0.0
    numbers = ordinals(days)
    weight *= rng.lognormal(0.0, 0.7, 60)[(numbers - numbers[0]) // 7]
    if rate is not None:
        run = np.linspace(0.0, 1.0, len(days))
        if rate >= 0.995:  # finished early
            weight[run > rng.uniform(0.84, 0.97)] = 0.0
        elif rate < 0.8:  # slowed down in summer
            weight *= 1.0 - 0.6 * np.clip((run - 0.45) / 0.3, 0.0, 1.0) * rng.uniform(0.4, 1.0)
        for i in range(max(0, len(days) - _SPRINT_DAYS), len(days)):
            if not CALENDAR.is_workday(days[i]) and not CALENDAR.is_holiday(days[i]):
                weight[i] = max(weight[i], 0.22 if days[i].weekday() == 5 else 0.06)
        weight[-1] = max(weight[-1], weight.mean() * 1.8)  # the demo day itself shows a city at work
    return numbers, weight / weight.sum()


def _draw(
    rows: Ints, rate: float, days: Ints, weight: Floats, opened: Ints, rng: np.random.Generator
) -> pd.DataFrame:
    """Choose a share of the rows and a day for each, none before a week after it opened."""
    chosen = rng.permutation(rows)[: round(rate * len(rows))]
    day = rng.choice(days, len(chosen), p=weight)
    for i in np.flatnonzero(day < opened[chosen] + 7):
        late = days >= opened[chosen[i]] + 7
        if weight[late].sum() > 0:
            day[i] = rng.choice(days[late], p=weight[late] / weight[late].sum())
        else:
            day[i] = -1
    kept = day > 0
    return pd.DataFrame({"row": chosen[kept], "day": day[kept]})


def _second_looks(first: pd.DataFrame, start: date, today: date, rng: np.random.Generator) -> pd.DataFrame:
    """Special campaigns return to some of those seen before."""
    seen = first[(first["day"] >= start.toordinal()) & (rng.random(len(first)) < _SECOND_LOOK)].copy()
    days = span(start, today)
    weight = weights(days)
    seen["day"] = rng.choice(ordinals(days), len(seen), p=weight / weight.sum())
    seen["kind"] = rng.choice(
        ("special", "routine", "for_cause", "joint"), len(seen), p=(0.5, 0.3, 0.12, 0.08)
    )
    return seen.merge(first.groupby("row")["day"].min().rename("least"), on="row").query("day > least + 14")[
        ["row", "day", "kind", "unable"]
    ]


def _closed_doors(first: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """Attempts that found nobody, some weeks before somebody was met."""
    missed = first[rng.random(len(first)) < _CLOSED_DOOR].copy()
    missed["day"] -= rng.integers(3, 60, len(missed))
    missed["day"] = [_back_to_work(date.fromordinal(day)).toordinal() for day in missed["day"]]
    missed["unable"] = rng.choice(
        ("closed", "moved", "not_found", "refused"), len(missed), p=(0.75, 0.12, 0.1, 0.03)
    )
    missed["kind"] = "routine"
    return missed


def _back_to_work(day: date) -> date:
    return day if CALENDAR.is_workday(day) else CALENDAR.previous_workday(day)


def _patrols(sellers: Ints, start: date, today: date, opened: Ints, rng: np.random.Generator) -> pd.DataFrame:
    """Look at web shops from the office."""
    days, weight = _days(start, today - timedelta(days=1), None, rng)
    made = _draw(sellers, _PATROL, days, weight, opened, rng)
    made["kind"] = "online_patrol"
    made["unable"] = None
    return made
