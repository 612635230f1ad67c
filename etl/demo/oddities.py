"""Visits that an auditor should stop at: on a holiday, a dozen in a day, always the same position."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd

from etl.demo.geography import Floats

MANY = 12
"""As many as an officer can pretend to have made in a day; more would not pass for a visit each."""
_SAME_PLACE = 24
_ON_HOLIDAY = 7


def bend(
    visits: pd.DataFrame, share: dict[str, float], year: int, today: date, rng: np.random.Generator
) -> pd.DataFrame:
    """Return the visits with three kinds of suspicious ones marked in ``odd``.

    ``odd`` is ``burst`` (`MANY` visits of one officer on one workday, all from one spot), ``holiday``
    (during the National Day week), ``spot`` (many days, one position) or an empty string.
    """
    made = visits.copy()
    made["odd"] = ""
    plain = made["unable"].isna() & ~made["kind"].isin(["online_patrol", "permit"])
    this_year = plain & (made["day"] >= date(year, 1, 1).toordinal()) & (made["day"] < today.toordinal())
    slow = sorted(share, key=lambda code: (share[code], code))
    burst = _pick(made, this_year & (made["grid"] == slow[3]), MANY, rng)
    made.loc[burst, "odd"] = "burst"
    # the last Thursday of September: a quarter's report was due
    made.loc[burst, "day"] = _last_thursday(date(year, 9, 30)).toordinal()
    spot = _pick(made, this_year & (made["grid"] == slow[6]), _SAME_PLACE, rng)
    made.loc[spot, "odd"] = "spot"
    if today > date(year, 10, 3):
        feast = _pick(made, this_year & (made["grid"] == slow[9]), _ON_HOLIDAY, rng)
        made.loc[feast, "odd"] = "holiday"
        made.loc[feast, "day"] = date(year, 10, 1).toordinal() + rng.integers(0, 3, len(feast))
    late = made["day"] > today.toordinal()
    return made[~late]


def _pick(visits: pd.DataFrame, where: pd.Series, count: int, rng: np.random.Generator) -> pd.Index:
    """Choose visits of long-standing enterprises: one visit each, so that none is moved twice."""
    once = visits[where].drop_duplicates("row")
    return once.index[rng.permutation(len(once))[:count]]


def _last_thursday(day: date) -> date:
    return date.fromordinal(day.toordinal() - (day.weekday() - 3) % 7)


def positions(odd: pd.Series, lonlat: Floats) -> Floats:
    """Put the visits marked ``burst`` and ``spot`` at one position each."""
    made = lonlat.copy()
    for mark in ("burst", "spot"):
        rows = np.flatnonzero(odd == mark)
        if len(rows):
            made[rows] = lonlat[rows[0]]
    return made
