"""Steps of problems and leads → events with a time of day, in the order in which they happened."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from typing import Any

import numpy as np

from etl.demo.days import instant
from etl.demo.problems import Step

_WORKING_MINUTES = 340


def events(
    owners: Iterable[tuple[str, tuple[Step, ...], datetime | None]],
    *,
    now: datetime,
    rng: np.random.Generator,
) -> list[dict[str, Any]]:
    """Give each step its time.

    Parameters
    ----------
    owners : iterable of (source id, steps, begun)
        ``begun``: when the visit that found it was over; None for leads, which come in at any hour.
    now : datetime
        No event is later.

    Returns
    -------
    list of dict
        ``owner, at, from_state, to_state, round``, oldest first.
    """
    made: list[dict[str, Any]] = []
    for owner, steps, begun in owners:
        before, last = None, begun
        minutes = rng.integers(0, _WORKING_MINUTES, len(steps)).tolist()
        for (state, day, number), minute in zip(steps, minutes, strict=True):
            last = _at(day, minute, last, now)
            made.append(
                {"owner": owner, "at": last, "from_state": before, "to_state": state, "round": number}
            )
            before = state
    return sorted(made, key=lambda event: event["at"])


def _at(day: date, minute: int, last: datetime | None, now: datetime) -> datetime:
    """Return when a step of `day` was taken: after the last one, and before `now`."""
    at = instant(day, minute, minute * 7 % 60)
    if last is not None and (at <= last or day == last.date()):
        at = last + timedelta(minutes=1 + minute % 5)
    if at < now:
        return at
    # the day is not over: what has been done on it is spread between its morning, or the last step, and now
    began = datetime.combine(day, time(8 if now.hour >= 9 else 0), tzinfo=now.tzinfo)
    since = max(began, last or began)
    return since + (now - since) * (1 + minute) / (2 + _WORKING_MINUTES)
