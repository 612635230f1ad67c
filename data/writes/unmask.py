"""Show one piece of personal data in clear: for a reason, to who may, and written down."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from data import audit
from data.access import Right, Viewer
from data.errors import NotFound, Refused
from data.reads.enterprise import current_facts
from data.reads.masks import is_personal


def unmask(
    conn: sa.Connection, viewer: Viewer, enterprise_id: int, field: str, reason: str, *, now: datetime
) -> str:
    """Return one personal field of one enterprise in clear; the audit row is part of the answer.

    Raises
    ------
    Denied
        Without `Right.UNMASK`, or outside the scope.
    Refused
        ``reason_missing``.
    NotFound
        ``enterprise_unknown``; ``field_unknown`` where it has no such personal field.
    """
    viewer.require(Right.UNMASK)
    if not reason.strip():
        raise Refused("reason_missing", field="reason")
    details = current_facts(conn, viewer, enterprise_id)["details"] or {}
    if not is_personal(field) or details.get(field) in (None, ""):
        raise NotFound("field_unknown", field="field", got=field)
    audit.append(
        conn, viewer, "enterprise.unmask", "enterprise", enterprise_id, now=now, field=field,
        reason=reason.strip(),
    )  # fmt: skip
    return str(details[field])
