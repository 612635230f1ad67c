"""Uploaded files end: with their import, or a week after they came; photos that nobody took after a month."""

from __future__ import annotations

import logging
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from data.access import Role, Viewer
from data.schema import job
from data.store import reading, writing
from data.writes.attachments_unused import erase_files, forget_unused

log = logging.getLogger("gridward.uploads")
KEPT = timedelta(days=7)


def erase_uploads(engine: sa.Engine, folder: Path, *, now: datetime) -> int:
    """Erase the uploads that nobody needs any more.

    Needed is what a job that waits or runs will read, and what came within the last seven days and was not
    published: a trial can still become an import. Of a published file the batch keeps the name, the checksum
    and every refused row, and the facts keep the rest.

    Parameters
    ----------
    folder : Path
        Holds a folder for each owner, which holds one for each upload, named by its token.
    now : datetime
        The true instant, which files are dated by.

    Returns
    -------
    int
        How many were erased.
    """
    with reading(engine) as conn:
        rows = conn.execute(
            sa.select(job.c.params, job.c.state).where(
                job.c.kind == "import", sa.or_(job.c.ended_at.is_(None), job.c.ended_at > now - KEPT)
            )
        ).all()
    waiting, published = set(), set()
    for params, state in rows:
        token = Path(params.get("path") or "").parent.name
        if state in ("queued", "running"):
            waiting.add(token)
        elif state == "done" and not params.get("dry_run"):
            published.add(token)
    erased = 0
    for place in folder.glob("*/*/"):
        came = datetime.fromtimestamp(place.stat().st_mtime, UTC)
        if place.name not in waiting and (place.name in published or came < now - KEPT):
            shutil.rmtree(place, ignore_errors=True)
            erased += 1
    if erased:
        log.info("uploads erased: %d", erased)
    return erased


def erase_photos(engine: sa.Engine, data: Path, *, now: datetime, machine_now: datetime) -> int:
    """Erase the attachments that no visit and no other act has taken within a month; return how many files.

    Parameters
    ----------
    data : Path
        The data folder.
    now : datetime
        Of the city's clock, which rows are dated by.
    machine_now : datetime
        The true instant, which files are dated by.
    """
    with writing(engine) as conn:
        free = forget_unused(conn, Viewer("worker", Role.ADMIN), now=now)
    erased = erase_files(data, free, now=machine_now)
    if erased:
        log.info("photos erased that nobody took: %d", erased)
    return erased
