"""Show one piece of personal data in clear: for a reason, to who may, and written down."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from data import audit
from data.access import Right, Viewer
from data.errors import NotFound, Refused
from data.reads.enterprise import current_facts
from data.reads.lead_row import may_unmask, read_in_scope
from data.reads.masks import is_personal
from data.schema import reporter


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


def unmask_reporter(
    conn: sa.Connection, viewer: Viewer, lead_id: int, reason: str, *, now: datetime
) -> dict[str, str | None]:
    """Return who reported a lead (``name, phone, address``) in clear; the audit row is part of the answer.

    A reporter's name is confidential (Order 121 art. 37): one lead at a time.

    Raises
    ------
    Denied
        Without `Right.UNMASK`, if it is no complaint that the viewer handles by name; outside the scope.
    Refused
        ``reason_missing``.
    NotFound
        ``lead_unknown``; ``field_unknown`` where nobody is known.
    """
    row = read_in_scope(conn, viewer, lead_id)
    if not may_unmask(viewer, row):
        viewer.require(Right.UNMASK)
    if not reason.strip():
        raise Refused("reason_missing", field="reason")
    told = conn.execute(
        sa.select(reporter.c.name, reporter.c.phone, reporter.c.address)
        .where(reporter.c.lead_id == lead_id)
        .order_by(reporter.c.id.desc())
        .limit(1)
    ).one_or_none()
    if told is None:
        raise NotFound("field_unknown", field="reporter", got="reporter")
    audit.append(conn, viewer, "lead.unmask", "lead", lead_id, now=now, reason=reason.strip())
    return dict(told._mapping)
