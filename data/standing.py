"""Which visits stand: a correction is a row of its own that supersedes the one before it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from data.schema import inspection

LATER = inspection.alias("later")
"""What may correct a visit. One for all statements: to put a wide table's columns together takes longer
than to ask."""


def standing(
    visit: sa.FromClause = inspection, known_at: datetime | sa.BindParameter[Any] | None = None
) -> sa.ColumnElement[bool]:
    """Whether no correction supersedes a visit, none known at `known_at` where it is given."""
    corrected = LATER.c.supersedes_id == visit.c.id
    if known_at is not None:
        corrected = sa.and_(corrected, LATER.c.recorded_at <= known_at)
    return ~sa.exists().where(corrected)


def chain(conn: sa.Connection, inspection_id: int) -> list[int]:
    """Return the ids of a visit and of those that it corrects, one after the other, the latest first."""
    found: list[int] = []
    at: int | None = inspection_id
    while at is not None:
        found.append(at)
        at = conn.execute(sa.select(inspection.c.supersedes_id).where(inspection.c.id == at)).scalar()
    return found
