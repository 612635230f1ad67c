"""The state of the system for the administrator: counts and times, nothing of any enterprise."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from data import figures
from data.access import Right, Viewer
from data.schema import batch, job, login_failure, user


def system_state(conn: sa.Connection, viewer: Viewer, *, now: datetime) -> dict[str, Any]:
    """Return ``database, figures_as_of, figures_built_at, version, users, jobs, last_batch_at, locked``.

    `now` is the true instant: locks that are over do not count.
    """
    viewer.require(Right.SYSTEM)
    meta = figures.meta(conn)
    states = conn.execute(sa.select(job.c.state, sa.func.count()).group_by(job.c.state))
    return {
        "database": conn.dialect.name,
        "figures_as_of": meta.as_of if meta else None,
        "figures_built_at": meta.built_at if meta else None,
        "version": meta.version if meta else None,
        "users": conn.execute(sa.select(sa.func.count()).where(user.c.active)).scalar_one(),
        "jobs": {row[0]: row[1] for row in states},
        "last_batch_at": conn.execute(sa.select(sa.func.max(batch.c.recorded_at))).scalar(),
        "locked": conn.execute(
            sa.select(sa.func.count()).where(login_failure.c.locked_until > now)
        ).scalar_one(),
    }
