"""Visits → canonical inspections: officers, times of day, positions, evidence, and when each was entered."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd

from etl.demo.days import ZONE, instant, spread_over_day
from etl.demo.geography import Floats
from etl.demo.oddities import positions
from etl.demo.places import Places
from etl.frames import complete

_METRE = 1 / 111_000
_ENTERED_LATE = 0.03


def build_inspections(
    visits: pd.DataFrame,
    enterprises: pd.DataFrame,
    places: Places,
    *,
    year: int,
    now: datetime,
    rng: np.random.Generator,
) -> tuple[pd.DataFrame, dict[str, datetime], pd.Series]:
    """Write the visits as canonical inspections, in the order of time.

    Parameters
    ----------
    visits : DataFrame
        ``row``, ``grid``, ``day``, ``kind``, ``unable``, ``conclusion``, ``odd``.
    now : datetime
        Later visits of the demo day have not happened yet and are left out.

    Returns
    -------
    frame : DataFrame
        Canonical inspections.
    recorded : dict
        Source id → when it was entered: minutes after the visit or in its evening, days later for
        about three in a hundred.
    ids : Series
        Index of `visits` → source id, only for those that are in the frame.
    """
    days = [date.fromordinal(int(day)) for day in visits["day"]]
    first = [places.officer_on(code, day) for code, day in zip(visits["grid"], days, strict=True)]
    second = [places.deputy_of[code] for code in visits["grid"]]
    crossed = (visits["kind"] == "cross").tolist()  # the neighbour leads a cross inspection
    officer = [b if x else a for a, b, x in zip(first, second, crossed, strict=True)]
    other = [a if x else b for a, b, x in zip(first, second, crossed, strict=True)]
    minutes = spread_over_day(officer, visits["day"].to_numpy(), rng)
    seconds = rng.integers(0, 60, len(visits))
    finished = [instant(d, int(m), int(s)) for d, m, s in zip(days, minutes, seconds, strict=True)]
    place = enterprises[["lon", "lat"]].to_numpy()[visits["row"]]
    spot = positions(visits["odd"].reset_index(drop=True), _near(place, rng))
    grade = _grades(visits, place, year, rng)
    online = (visits["kind"] == "online_patrol").to_numpy()
    spot[(grade == 0) | online] = np.nan
    frame = pd.DataFrame(
        {
            "enterprise": enterprises["source_id"].to_numpy()[visits["row"]],
            "kind": visits["kind"].to_numpy(),
            "method": np.where(online, "online", "on_site"),
            "finished_on": days,
            "finished_at": finished,
            "conclusion": visits["conclusion"].to_numpy(),
            "unable_reason": visits["unable"].to_numpy(),
            "officer": officer,
            "officer2": [b if g else None for b, g in zip(other, grade.tolist(), strict=True)],
            "lon": np.round(spot[:, 0], 6),
            "lat": np.round(spot[:, 1], 6),
            "grade": grade,
            "details": _details(grade, visits, rng),
            "recorded_at": _recorded(finished, visits["odd"].tolist(), now, rng),
        },
        index=visits.index,
    )
    frame = frame[[at <= now for at in finished]].sort_values(["finished_at", "enterprise"], kind="stable")
    numbers = frame.groupby([day.year for day in frame["finished_on"]]).cumcount() + 1
    frame["source_id"] = [
        f"JC-{day.year}-{number:05d}" for day, number in zip(frame["finished_on"], numbers, strict=True)
    ]
    recorded = zip(frame["source_id"], frame.pop("recorded_at"), strict=True)
    entered = {number: at.to_pydatetime() for number, at in recorded}
    return complete("inspections", frame), entered, frame["source_id"]


def _near(place: Floats, rng: np.random.Generator) -> Floats:
    """Stand within some tens of metres of the door."""
    return np.asarray(place + rng.normal(0.0, 35 * _METRE, place.shape) * [1.34, 1.0])


def _grades(
    visits: pd.DataFrame, place: Floats, year: int, rng: np.random.Generator
) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Say how well each visit is documented; a grid's officers have their habits."""
    codes, which = np.unique(visits["grid"].to_numpy(dtype=str), return_inverse=True)
    habit = rng.beta(3.0, 2.2, len(codes))[which]
    draw = rng.random(len(visits))
    made = np.where(draw < habit, 2, np.where(draw < habit + 0.75 * (1 - habit), 1, 0))
    old = visits["day"].to_numpy() < date(year, 1, 1).toordinal()
    made = np.where(old, (draw > 0.8).astype(int), made)
    weak = np.isnan(place[:, 0]) | (visits["odd"] != "").to_numpy()
    made = np.where(weak, np.minimum(made, 1), made)
    return np.where(visits["unable"].notna(), 0, made)


def _details(
    grade: np.ndarray[Any, np.dtype[np.int64]], visits: pd.DataFrame, rng: np.random.Generator
) -> list[dict[str, Any]]:
    photos = rng.integers(1, 6, len(visits)).tolist()
    items = np.where(visits["kind"] == "recheck", 4, 67).tolist()
    return [
        {} if g == 0 else {"checklist": n, **({"attachments": p} if g == 2 else {})}
        for g, n, p in zip(grade.tolist(), items, photos, strict=True)
    ]


def _recorded(
    finished: list[datetime], odd: list[str], now: datetime, rng: np.random.Generator
) -> list[datetime]:
    """Enter most visits at once or in the evening, a few days later; odd ones were written up in a row."""
    draw, part = rng.random(len(finished)), rng.random(len(finished))
    made = []
    for i, at in enumerate(finished):
        evening = at.replace(hour=17, minute=0) + timedelta(minutes=150 * part[i])
        if odd[i]:
            moment = max(evening, at + timedelta(minutes=5)) + timedelta(days=3)
        elif draw[i] < _ENTERED_LATE:
            moment = evening + timedelta(days=1 + int(18 * part[i] ** 2))
        elif draw[i] < 0.6 or at.date() == now.astimezone(ZONE).date():
            moment = at + timedelta(minutes=1 + 20 * part[i])
        else:
            moment = max(evening, at + timedelta(minutes=5))
        made.append(min(moment, now))
    return made
