"""Attachments for those who may see what they belong to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from data.access import Right, Viewer
from data.errors import Denied, NotFound
from data.reads.lead_row import read_in_scope
from data.schema import attachment, enterprise, finding, inspection, problem


def attachment_row(conn: sa.Connection, viewer: Viewer, attachment_id: int) -> sa.Row[Any]:
    """Return one attachment, after asking whether the viewer may see what it belongs to.

    Raises
    ------
    NotFound
        ``attachment_none``.
    Denied
        Outside the viewer's scope, or not used yet and somebody else's.
    """
    viewer.require(Right.WORK)
    if not 0 < attachment_id < 2**63:
        raise NotFound("attachment_none", got=attachment_id)
    row = conn.execute(sa.select(attachment).where(attachment.c.id == attachment_id)).one_or_none()
    if row is None:
        raise NotFound("attachment_none", got=attachment_id)
    if row.object is None:
        if viewer.user_id is None or row.user_id != viewer.user_id:
            raise Denied("denied_scope", role=str(viewer.role))
        return row
    if row.object == "lead":
        read_in_scope(conn, viewer, row.object_id)  # whoever handles it sees it, wherever it lies
        return row
    place = conn.execute(_place(row.object, row.object_id)).one_or_none()
    if place is None:
        raise NotFound("attachment_none", got=attachment_id)
    viewer.require_place(place.grid_id, place.district_code, place.enterprise_id)
    return row


def attachments_of(
    conn: sa.Connection, viewer: Viewer, object: str, object_ids: Sequence[int]
) -> dict[int, list[dict[str, Any]]]:
    """Return ``id, what, name, media, item_code, taken_at`` of each thing's attachments, in their order.

    Whoever asks has read the things themselves: their scope is not asked for again.
    """
    viewer.require(Right.WORK)
    a = attachment.c
    found: dict[int, list[dict[str, Any]]] = {}
    query = sa.select(a.object_id, a.id, a.what, a.name, a.media, a.item_code, a.taken_at)
    for row in conn.execute(query.where(a.object == object, a.object_id.in_(object_ids)).order_by(a.id)):
        found.setdefault(row.object_id, []).append(
            {k: v for k, v in row._mapping.items() if k != "object_id"}
        )
    return found


def _place(object: str, object_id: int) -> sa.Select[Any]:
    here = (enterprise.c.grid_id, enterprise.c.district_code, enterprise.c.id.label("enterprise_id"))
    table = {"inspection": inspection, "problem": problem, "finding": finding}[object]
    return (
        sa.select(*here).join(table, table.c.enterprise_id == enterprise.c.id).where(table.c.id == object_id)
    )
