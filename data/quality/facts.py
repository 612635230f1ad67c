"""Versions of facts: the current rows that follow them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import sqlalchemy as sa

from data.quality.found import Finding
from data.writes.versions import out_of_step


def current_rows(conn: sa.Connection, now: datetime) -> Iterator[Finding]:
    """The current row of each enterprise is what its versions in force say."""
    found = out_of_step(conn, now.date())
    for group in sorted({group for _, group in found}):
        ids = [i for i, g in found if g == group]
        yield Finding("current_wrong", "error", {"group": group, "count": len(ids), "example": ids[0]})
