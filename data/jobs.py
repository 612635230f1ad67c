"""Long work: the dashboard writes a row, the worker process takes it; progress lives in the row.

A job's life: queued → running → done, failed or cancelled. Only its owner and who may see the system's
state may look at it or cancel it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from data import audit
from data.access import Right, Viewer
from data.errors import Denied, NotFound
from data.schema import job

LOST_AFTER = timedelta(seconds=60)
RIGHTS = {"import": Right.IMPORT, "plan": Right.IMPORT}
"""Kind of a job → what a person must be allowed to do to ask for it."""


def submit(conn: sa.Connection, viewer: Viewer, kind: str, params: dict[str, Any], *, now: datetime) -> int:
    """Put a job into the queue and return its id.

    Raises
    ------
    Denied
        The kind's right is missing.
    """
    viewer.require(RIGHTS[kind])
    values = {
        "kind": kind,
        "params": params,
        "state": "queued",
        "done": 0,
        "cancel": False,
        "user_id": viewer.user_id,
        "created_at": now,
    }
    made = int(conn.execute(sa.insert(job).returning(job.c.id), values).scalar_one())
    audit.append(conn, viewer, "job.submit", "job", made, now=now, kind=kind)
    return made


def one(conn: sa.Connection, viewer: Viewer, job_id: int) -> dict[str, Any]:
    """Return one job's row.

    Raises
    ------
    NotFound
        No such job.
    Denied
        It is another user's.
    """
    row = conn.execute(sa.select(job).where(job.c.id == job_id)).mappings().one_or_none()
    if row is None:
        raise NotFound("job_unknown")
    if row["user_id"] != viewer.user_id and not viewer.may(Right.SYSTEM):
        raise Denied("denied_right")
    return dict(row)


def latest(conn: sa.Connection, viewer: Viewer, limit: int = 20) -> list[dict[str, Any]]:
    """Return the newest jobs: one's own, or all for who may see the system's state."""
    query = sa.select(job).order_by(job.c.id.desc()).limit(limit)
    if not viewer.may(Right.SYSTEM):
        query = query.where(job.c.user_id == viewer.user_id)
    return [dict(row) for row in conn.execute(query).mappings()]


def cancel(conn: sa.Connection, viewer: Viewer, job_id: int, *, now: datetime) -> None:
    """Ask for an end: a queued job ends at once, a running one at its next step, an ended one stays."""
    row = one(conn, viewer, job_id)
    if row["state"] not in ("queued", "running"):
        return
    values: dict[str, Any] = {"cancel": True}
    if row["state"] == "queued":
        values |= {"state": "cancelled", "ended_at": now}
    conn.execute(sa.update(job).where(job.c.id == job_id).values(values))
    audit.append(conn, viewer, "job.cancel", "job", job_id, now=now)


def claim(conn: sa.Connection, *, now: datetime) -> dict[str, Any] | None:
    """Take the oldest queued job, or None; two workers never take the same one.

    SQLite: the writing transaction holds the lock; PostgreSQL: locked rows are skipped.
    """
    found = conn.execute(
        sa.select(job)
        .where(job.c.state == "queued")
        .order_by(job.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = found.mappings().one_or_none()
    if row is None:
        return None
    started = {"state": "running", "started_at": now, "beat_at": now}
    conn.execute(sa.update(job).where(job.c.id == row["id"]).values(started))
    return {**row, **started}


def beat(
    conn: sa.Connection, job_id: int, stage: str | None, done: int, total: int | None, *, now: datetime
) -> bool:
    """Note progress and life; return whether the job should go on (False: somebody cancelled it).

    Parameters
    ----------
    stage : str or None
        What it is at, a key ``etl.phase_…`` of the catalogue without its prefix; `done` of `total` (None:
        not known) count within it.
    """
    row = conn.execute(
        sa.update(job)
        .where(job.c.id == job_id, job.c.state == "running")
        .values(stage=stage, done=done, total=total, beat_at=now)
        .returning(job.c.cancel)
    ).one_or_none()
    return row is not None and not row.cancel


def finish(
    conn: sa.Connection,
    job_id: int,
    state: str,
    *,
    now: datetime,
    result: dict[str, Any] | None = None,
    error: dict[str, Any] | None = None,
) -> bool:
    """End a running job as ``done``, ``failed`` or ``cancelled``; False if it was no longer running."""
    ended = conn.execute(
        sa.update(job)
        .where(job.c.id == job_id, job.c.state == "running")
        .values(state=state, result=result, error=error, ended_at=now)
    )
    return bool(ended.rowcount)


def bury_lost(conn: sa.Connection, *, now: datetime) -> int:
    """Fail the running jobs whose worker gave no sign of life for a minute; return how many.

    They are not tried again by themselves: a file that kills the worker would kill it for ever. Nothing
    half-done is kept, for a batch is published in one transaction.
    """
    lost = conn.execute(
        sa.update(job)
        .where(job.c.state == "running", job.c.beat_at < now - LOST_AFTER)
        .values(state="failed", error={"code": "job_worker_lost", "params": {}}, ended_at=now)
    )
    return int(lost.rowcount)
