"""The audit log, and what the database says of itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import sqlalchemy as sa

from data import audit
from data.quality.found import Finding


def audit_chain(conn: sa.Connection, now: datetime) -> Iterator[Finding]:
    """No row of the log is changed, removed or moved."""
    broken = audit.verify(conn)
    if broken is not None:
        yield Finding("audit_broken", "error", {"seq": broken.seq, "reason": broken.reason})


def storage(conn: sa.Connection, now: datetime) -> Iterator[Finding]:
    """What SQLite itself says of its file."""
    if conn.dialect.name != "sqlite":
        return
    answer = conn.exec_driver_sql("PRAGMA integrity_check").scalar_one()
    if answer != "ok":
        yield Finding("storage_damaged", "error", {"detail": str(answer)})
    broken = conn.exec_driver_sql("PRAGMA foreign_key_check").all()
    if broken:
        yield Finding("foreign_keys_broken", "error", {"count": len(broken), "table": str(broken[0][0])})
