"""What the form opens with when it corrects a visit: everything that was said, as it can be said again."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from data.access import Right, Viewer
from data.clock import DEFAULT_ZONE
from data.errors import Conflict, NotFound, Refused
from data.reads.attachments import attachments_of
from data.reads.masks import mask_text
from data.reads.visit_rows import ENTERED, findings_of, is_own
from data.schema import enterprise, inspection, officer
from data.standing import MISTAKEN, chain

CODES = ("kind", "method", "conclusion", "unable_reason", "lon", "lat")
TEXTS = ("note", "point_note", "over_cap_reason", "far_reason", "late_reason")
"""What was written of a visit; masked, for the form shows it."""


def corrected_visit(
    conn: sa.Connection, viewer: Viewer, enterprise_id: int, inspection_id: int, zone: str = DEFAULT_ZONE
) -> dict[str, Any]:
    """Read a visit that is to be corrected; JSON values, instants in local time.

    Raises
    ------
    Denied
        Without `Right.RECORD`, outside the scope, or another's visit where a task alone opens the place.
    NotFound
        ``inspection_unknown``: none of this enterprise.
    Refused
        ``visit_imported``, ``visit_withdrawn``.
    Conflict
        ``inspection_superseded``.
    """
    viewer.require(Right.RECORD)
    e = enterprise.c
    later = inspection.alias("later")
    query = (
        sa.select(inspection, e.grid_id, e.district_code, later.c.id.label("later"))
        .join(enterprise, e.id == inspection.c.enterprise_id)
        .outerjoin(later, later.c.supersedes_id == inspection.c.id)
        .where(inspection.c.id == inspection_id, inspection.c.enterprise_id == enterprise_id)
    )
    row = conn.execute(query).one_or_none() if 0 < inspection_id < 2**63 else None
    if row is None:
        raise NotFound("inspection_unknown", got=inspection_id)
    viewer.require_place(row.grid_id, row.district_code, enterprise_id if is_own(viewer, row) else None)
    if row.later is not None:
        raise Conflict("inspection_superseded", theirs=row.later)
    if row.unable_reason == MISTAKEN:
        raise Refused("visit_withdrawn", id=inspection_id)
    if row.source != ENTERED or row.finished_at is None:
        raise Refused("visit_imported", id=inspection_id)
    told, files = row.details or {}, attachments_of(conn, viewer, "inspection", chain(conn, inspection_id))
    return {
        "id": inspection_id,
        "officer_id": row.officer_id or viewer.officer_id,
        "second": _named(conn, row.officer2_id),
        "finished_at": row.finished_at.astimezone(ZoneInfo(zone)).isoformat(),
        "arrived_at": told.get("arrived_at"),
        **{name: getattr(row, name) for name in CODES},
        "opinion": mask_text(row.opinion),
        **{name: mask_text(told.get(name)) for name in TEXTS},
        "no_notice": bool(told.get("no_notice")),
        "checklist": told.get("list"),
        "results": told.get("checklist") or {},
        "notes": {code: mask_text(said) for code, said in (told.get("notes") or {}).items()},
        "leads": told.get("leads") or [],
        "point": bool(told.get("point")),
        "findings": [
            {"item_code": one.item_code, "severity": one.severity, "text": mask_text(one.text) or "",
             "clause": one.clause or ""}
            for one in findings_of(conn, inspection_id)
        ],
        "photos": [
            {"id": one["id"], "item_code": one["item_code"]}
            for rows in files.values() for one in rows if one["what"] == "photo"
        ],
        "signed": any(one["what"] == "signature" for rows in files.values() for one in rows),
    }  # fmt: skip


def _named(conn: sa.Connection, officer_id: int | None) -> dict[str, Any] | None:
    query = sa.select(officer.c.id, officer.c.name, officer.c.badge).where(officer.c.id == officer_id)
    row = conn.execute(query).mappings().one_or_none() if officer_id is not None else None
    return None if row is None else {**row, "org": None, "near": True}
