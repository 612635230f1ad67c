"""Supervision by name (挂牌督办): who set it, why, until when and what is asked, and who may lift it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from data.access import Role, Viewer, scope_of_org
from data.reads.masks import mask_text
from data.schema import lead, lead_event, problem, problem_event, user

EVENTS = {problem: (problem_event, problem_event.c.problem_id), lead: (lead_event, lead_event.c.lead_id)}


class Supervision(NamedTuple):
    """What was said when something was put under supervision; what people wrote is masked."""

    at: datetime
    by: str | None  # name of the account
    reason: str | None
    until: date | None  # 督办期限
    demand: str | None  # 督办要求
    role: str | None  # of who set it; None: not known here
    org_id: int | None

    @property
    def said(self) -> dict[str, Any]:
        """What a message tells of it."""
        until = self.until.isoformat() if self.until else None
        told = {"reason": self.reason, "until": until, "demand": self.demand}
        return {name: value for name, value in told.items() if value}


def supervision_of(conn: sa.Connection, table: sa.Table, number: int) -> Supervision | None:
    """Return the supervision that a problem or a lead was put under last, if it ever was.

    Parameters
    ----------
    table : sqlalchemy.Table
        `data.schema.problem` or `data.schema.lead`.
    """
    event, of = EVENTS[table]
    row = conn.execute(
        sa.select(event.c.at, event.c.note, event.c.details, user.c.name, user.c.role, user.c.org_id)
        .select_from(event.outerjoin(user, user.c.id == event.c.user_id))
        .where(of == number, event.c.verb == "supervise")
        .order_by(event.c.id.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    details = row.details or {}
    until = date.fromisoformat(details["until"]) if details.get("until") else None
    written = (mask_text(row.note), until, mask_text(details.get("demand")))
    return Supervision(row.at, row.name, *written, row.role, row.org_id)


def may_lift(conn: sa.Connection, viewer: Viewer, set_by: Supervision | None) -> bool:
    """Whether a supervision is the viewer's to lift: nobody lifts what somebody above has set.

    A leader's is lifted by a leader, an organisation's by whose scope contains its own.
    """
    if viewer.role == Role.LEADER or set_by is None or set_by.role is None:
        return True
    if set_by.role == Role.LEADER:
        return False
    return viewer.scope.contains(scope_of_org(conn, set_by.org_id))
