"""The files beside the database: attachments in the data folder."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa

from data.quality.found import Finding
from data.schema import attachment
from data.writes.attachments import path_of


def attachments(conn: sa.Connection, data: Path, *, hashes: bool = False) -> Iterator[Finding]:
    """Each attachment has its file; with `hashes` each file is read, and is what it was."""
    a = attachment.c
    rows = conn.execute(sa.select(a.sha256, sa.func.min(a.id)).group_by(a.sha256).order_by(sa.func.min(a.id)))
    lost, changed = [], []
    for sha256, first in rows:
        path = path_of(data, sha256)
        if not path.is_file():
            lost.append(first)
        elif hashes and _digest(path) != sha256:
            changed.append(first)
    for code, ids in (("attachment_lost", lost), ("attachment_changed", changed)):
        if ids:
            yield Finding(code, "error", {"count": len(ids), "example": ids[0], "folder": str(data)})


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
