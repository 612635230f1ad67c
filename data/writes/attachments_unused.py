"""Photos that no visit and no other act has taken end: first their rows, then the files of nobody."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from data import audit
from data.access import Right, Viewer
from data.schema import attachment
from data.writes.attachments import path_of

STAY = timedelta(days=30)
"""How long a photo waits for the visit that takes it: a draft may lie in a phone without network."""
GRACE = timedelta(days=1)
"""A file that somebody has sent again this lately may be noted in a moment."""
CHUNK = 500


def forget_unused(conn: sa.Connection, viewer: Viewer, *, now: datetime) -> list[str]:
    """Delete the rows of attachments that nobody took within `STAY`.

    Returns
    -------
    list of str
        The hashes that no row holds any more: `erase_files` once the transaction is committed.

    Raises
    ------
    Denied
        Without `Right.SYSTEM`.
    """
    viewer.require(Right.SYSTEM)
    a = attachment.c
    over = (a.object.is_(None), a.recorded_at < now - STAY)
    gone = conn.execute(sa.delete(attachment).where(*over).returning(a.sha256)).scalars().all()
    if not gone:
        return []
    hashes = sorted(set(gone))
    held: set[str] = set()
    for start in range(0, len(hashes), CHUNK):
        held |= set(conn.scalars(sa.select(a.sha256).where(a.sha256.in_(hashes[start : start + CHUNK]))))
    free = [one for one in hashes if one not in held]
    audit.append(
        conn, viewer, "attachment.erase", "attachment", "unused", now=now, rows=len(gone), files=len(free)
    )
    return free


def erase_files(data: Path, hashes: Sequence[str], *, now: datetime) -> int:
    """Erase the files of these hashes, but for those that were sent again within `GRACE`; return how many.

    Parameters
    ----------
    now : datetime
        The true instant, which files are dated by.
    """
    erased = 0
    for one in hashes:
        path = path_of(data, one)
        if path.is_file() and datetime.fromtimestamp(path.stat().st_mtime, UTC) < now - GRACE:
            path.unlink(missing_ok=True)
            erased += 1
    return erased
