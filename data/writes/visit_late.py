"""The day of a visit: its own, which may lie some days before the day it is entered (补录)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from data.errors import Refused
from data.reads.labels import setting
from data.writes.visit import CLOCKS_DIFFER, Visit

SETTING, DEFAULT = "visit_late_days", 7


def late_days(conn: sa.Connection) -> int:
    """Return how many days back a visit can be entered here: the setting ``visit_late_days``, else 7."""
    found = setting(conn, SETTING)
    return found if isinstance(found, int) and not isinstance(found, bool) and found >= 0 else DEFAULT


def check_day(conn: sa.Connection, visit: Visit, day: date, now: datetime, zone: str) -> None:
    """Raise `Refused` unless a visit can be entered now as one of `day`.

    What was sent off on its day and waited for a network needs no reason; `recorded_at` and ``pressed_at``
    tell what came when.

    Raises
    ------
    Refused
        ``visit_future``: finished after it was sent off; ``visit_day_late``: longer ago than can be entered
        here; ``visit_late_reason``: of an earlier day, and nobody says why it is entered now.
    """
    pressed = visit.pressed_at or now
    if pressed.tzinfo is None or pressed > now + CLOCKS_DIFFER or visit.finished_at > pressed + CLOCKS_DIFFER:
        got = visit.finished_at.isoformat(timespec="minutes")
        raise Refused("visit_future", field="finished_at", got=got)
    here = ZoneInfo(zone)
    _not_too_late(conn, day, now.astimezone(here).date())
    if day < pressed.astimezone(here).date() and not (visit.late_reason or "").strip():
        raise Refused("visit_late_reason", field="late_reason", day=day.isoformat())


def check_moved(
    conn: sa.Connection, visit: Visit, day: date, before: date, first: datetime, zone: str
) -> None:
    """Raise `Refused` unless a correction can move a visit from the day `before` to `day`.

    A day that stays is not asked about; another one must have been possible when the visit was recorded
    first, so that a correction says nothing that the record itself could not have said.

    Parameters
    ----------
    first : datetime
        When the visit was recorded, before any correction.

    Raises
    ------
    Refused
        ``visit_after_record``, ``visit_day_late``.
    """
    known = first.astimezone(ZoneInfo(zone))
    if visit.finished_at > first + CLOCKS_DIFFER:
        raise Refused("visit_after_record", field="finished_at", at=known.strftime("%Y-%m-%d %H:%M"))
    if day != before:
        _not_too_late(conn, day, known.date())


def _not_too_late(conn: sa.Connection, day: date, today: date) -> None:
    most = late_days(conn)
    first = today - timedelta(days=most)
    if day < first:
        raise Refused("visit_day_late", field="finished_at", n=most, first=first.isoformat())
