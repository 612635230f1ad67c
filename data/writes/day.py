"""The change of day: dated facts begin to hold, figures speak of the new day."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa

from data import figures
from data.store import prepare_bulk
from data.writes.versions import bring_current


def begin_day(conn: sa.Connection, today: date, *, now: datetime) -> None:
    """Bring the current rows to the versions in force on `today`, and build the figures.

    Nothing is decided here that was not recorded before, so it needs no viewer and leaves no audit row.
    What is due is told after it, in a transaction of its own (`data.writes.reminders.daily`): verbs lock a
    problem before the figures, so that whoever holds the figures must not wait for problems.
    """
    prepare_bulk(conn)
    bring_current(conn, today)
    figures.build(conn, as_of=today, now=now)
