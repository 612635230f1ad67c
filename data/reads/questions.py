"""Questions that visits raised: what the steward is asked, with what is recorded beside it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from data.access import Right, Viewer
from data.reads.masks import mask_text
from data.schema import enterprise, grid, inspection, officer, question

MANY = 500


def questions(conn: sa.Connection, viewer: Viewer, limit: int = MANY) -> list[dict[str, Any]]:
    """Return the open questions inside the viewer's scope, the oldest first.

    Each row: ``id, kind, asked, recorded_at, enterprise_id, enterprise, address, status, lon, lat, grid,
    officer, visited_on``.
    """
    viewer.require(Right.ANSWER)
    q, e = question.c, enterprise.c
    query = (
        sa.select(
            q.id, q.kind, q.asked, q.recorded_at, q.enterprise_id,
            e.name.label("enterprise"), e.address, e.status, e.lon, e.lat, grid.c.name.label("grid"),
            officer.c.name.label("officer"), inspection.c.finished_on.label("visited_on"),
        )
        .join(enterprise, e.id == q.enterprise_id)
        .outerjoin(grid, grid.c.id == e.grid_id)
        .outerjoin(inspection, inspection.c.id == q.inspection_id)
        .outerjoin(officer, officer.c.id == inspection.c.officer_id)
        .where(q.state == "open", viewer.scope.clause(e.grid_id, e.district_code, e.id))
        .order_by(q.id)
        .limit(limit)
    )  # fmt: skip
    rows = [dict(row) for row in conn.execute(query).mappings()]
    for row in rows:
        row["asked"] = {**row["asked"], "note": mask_text(row["asked"].get("note"))}
        if not viewer.may(Right.NAMES):
            row["officer"] = None
    return rows
