"""Which visits stand: a correction is a row of its own that supersedes the one before it.

A visit that was recorded by mistake (误录作废) ends in such a row too, and that row is no visit: it says
`MISTAKEN` where one says why nothing could be inspected, and never stands.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from data.schema import inspection

MISTAKEN = "mistaken"
"""What stands in ``unable_reason`` of the row that withdraws a visit."""

LATER = inspection.alias("later")
"""What may correct a visit. One for all statements: to put a wide table's columns together takes longer
than to ask."""


def standing(
    visit: sa.FromClause = inspection, known_at: datetime | sa.BindParameter[Any] | None = None
) -> sa.ColumnElement[bool]:
    """Whether a visit stands: nothing known at `known_at` supersedes it, and it withdraws no other."""
    corrected = LATER.c.supersedes_id == visit.c.id
    if known_at is not None:
        corrected = sa.and_(corrected, LATER.c.recorded_at <= known_at)
    return sa.and_(~sa.exists().where(corrected), is_visit(visit))


def is_visit(row: sa.FromClause = inspection) -> sa.ColumnElement[bool]:
    """Whether a row tells of a visit; the one that withdraws a visit tells that there was none."""
    return row.c.unable_reason.is_distinct_from(MISTAKEN)


def chain(conn: sa.Connection, inspection_id: int) -> list[int]:
    """Return the ids of a visit and of those that it corrects, one after the other, the latest first."""
    found: list[int] = []
    at: int | None = inspection_id
    while at is not None:
        found.append(at)
        at = conn.execute(sa.select(inspection.c.supersedes_id).where(inspection.c.id == at)).scalar()
    return found


def dropped(conn: sa.Connection, inspection_ids: Sequence[int]) -> set[int]:
    """Return the ids of the findings that corrections among these rows no longer say."""
    told = sa.select(inspection.c.details).where(inspection.c.id.in_(inspection_ids))
    return {one for said in conn.execute(told).scalars() for one in (said or {}).get("dropped", ())}
