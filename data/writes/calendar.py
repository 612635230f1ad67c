"""Days of the workday calendar that a file or a steward sets, over what the yearly notices say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from data import audit, figures
from data.access import Right, Viewer
from data.errors import Conflict, Refused
from data.schema import calendar_day
from data.workdays import Override
from data.writes.recount import recount
from data.writes.upsert import Comparison, by_hand, compare, stored_rows, write_rows

Rows = Sequence[dict[str, Any]]
YEARS = (2000, 2100)
NAME_AT_MOST = 40


def compare_calendar(conn: sa.Connection, rows: Rows, _source: str, _now: datetime) -> Comparison:
    """Compare days of the calendar."""
    stored = stored_rows(conn, sa.select(calendar_day), ["day"])
    return compare(rows, stored, ["day"], ["is_workday", "name"])


def write_calendar(conn: sa.Connection, found: Comparison, origin: Mapping[str, Any], _source: str) -> None:
    """Write the days that are new or differ, and compute again what stood on days not announced yet."""

    def plain(row: dict[str, Any]) -> dict[str, Any]:
        return {name: row[name] for name in ("day", "is_workday", "name")}

    write_rows(conn, calendar_day, found, ["day"], plain, origin)
    recount(conn, now=origin["recorded_at"])


def set_day(
    conn: sa.Connection,
    viewer: Viewer,
    day: date,
    is_workday: bool,
    name: str | None,
    *,
    seen: Override | None,
    now: datetime,
) -> bool:
    """Say of one day whether people work on it, whatever the notice says.

    Parameters
    ----------
    seen : (bool, str or None) or None
        What was set for the day when the editor looked; None: nothing.

    Returns
    -------
    bool
        False if exactly this was set already.

    Raises
    ------
    Denied
        Without `Right.IMPORT`.
    Refused
        ``calendar_year``, ``calendar_name_long``.
    Conflict
        ``changed_meanwhile``: somebody else was first; what is set now is in ``params["theirs"]``.
    """
    viewer.require(Right.IMPORT)
    name = (name or "").strip() or None
    if not YEARS[0] <= day.year <= YEARS[1]:
        raise Refused("calendar_year", field="day", found=day.isoformat(), least=YEARS[0], most=YEARS[1])
    if name and len(name) > NAME_AT_MOST:
        raise Refused("calendar_name_long", field="name", most=NAME_AT_MOST, found=len(name))
    before = _set_now(conn, day, seen)
    if before == (is_workday, name):
        return False
    row = {"day": day, "is_workday": is_workday, "name": name}
    found = compare_calendar(conn, [row], "", now)
    write_calendar(conn, found, by_hand(viewer.user_id, now), "")
    _end(conn, viewer, "calendar.set", day, before, (is_workday, name), now)
    return True


def clear_day(
    conn: sa.Connection, viewer: Viewer, day: date, *, seen: Override | None, now: datetime
) -> bool:
    """Take back what was set for a day, so that the notice holds again; False if nothing was set.

    Raises
    ------
    Denied, Conflict
        As `set_day`.
    """
    viewer.require(Right.IMPORT)
    before = _set_now(conn, day, seen)
    if before is None:
        return False
    conn.execute(sa.delete(calendar_day).where(calendar_day.c.day == day))
    recount(conn, now=now)
    _end(conn, viewer, "calendar.clear", day, before, None, now)
    return True


def _set_now(conn: sa.Connection, day: date, seen: Override | None) -> Override | None:
    query = sa.select(calendar_day.c.is_workday, calendar_day.c.name).where(calendar_day.c.day == day)
    row = conn.execute(query.with_for_update()).one_or_none()
    found = None if row is None else (bool(row.is_workday), row.name)
    if found != (None if seen is None else tuple(seen)):
        raise Conflict("changed_meanwhile", theirs=_words(found))
    return found


def _end(
    conn: sa.Connection, viewer: Viewer, action: str, day: date, before: Override | None,
    after: Override | None, now: datetime,
) -> None:  # fmt: skip
    figures.touch(conn, now)  # pace and days left are computed at read
    audit.append(
        conn, viewer, action, "day", day.isoformat(), now=now, before=_words(before), after=_words(after)
    )


def _words(value: Override | None) -> dict[str, Any] | None:
    return None if value is None else {"is_workday": value[0], "name": value[1]}
