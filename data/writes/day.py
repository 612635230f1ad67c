"""The change of day: dated facts begin to hold, figures speak of the new day, deadlines are told."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa

from data import figures
from data.store import prepare_bulk
from data.writes import reminders
from data.writes.versions import bring_current


def begin_day(conn: sa.Connection, today: date, *, now: datetime) -> None:
    """Bring the current rows to the versions in force on `today`, build the figures, tell what is due.

    Nothing is decided here that was not recorded before, so it needs no viewer and leaves no audit row.
    """
    prepare_bulk(conn)
    bring_current(conn, today)
    figures.build(conn, as_of=today, now=now)
    reminders.daily(conn, today, now=now)
