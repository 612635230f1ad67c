"""What a visit sets off beside coverage: its photos, questions to the steward, the leads it looked into."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from data.access import Role, Viewer, grid_officers_in_force
from data.caps import cap_states, counts_as_visit
from data.clock import EVERYTHING
from data.errors import Refused
from data.schema import enterprise, lead, lead_event, officer, user
from data.workflow import LEAD_CLOSED
from data.writes.attachments import take
from data.writes.messages import tell
from data.writes.questions import STATUS_REASONS, ask
from data.writes.visit import Visit, check_whole


def check_here(
    conn: sa.Connection, enterprise_id: int, visit: Visit, distance_m: float | None, day: date
) -> None:
    """Raise `Refused` for what is wrong with a visit in this place on this day.

    ``visit_officer_unknown``, ``visit_over_cap``, ``visit_cross_own``, and what
    `data.writes.visit.check_whole` raises.
    """
    check_whole(visit, distance_m)
    check_second(conn, visit)
    if visit.kind == "cross" and _serves(conn, visit.officer_id, enterprise_id, day):
        raise Refused("visit_cross_own", field="kind")
    if counts_as_visit(visit.kind, visit.method, visit.unable_reason):
        cap = cap_states(conn, [enterprise_id], day)[enterprise_id]
        if cap.state == "explain" and not (visit.over_cap_reason or "").strip():
            raise Refused(
                "visit_over_cap", field="over_cap_reason", day=cap.day, week=cap.week, month=cap.month
            )


def _serves(conn: sa.Connection, officer_id: int | None, enterprise_id: int, day: date) -> bool:
    """Whether an officer answers for the enterprise's grid: a cross-check is another grid's (交叉检查)."""
    held = grid_officers_in_force(day, EVERYTHING).subquery()
    query = sa.select(held.c.grid_id).join(enterprise, enterprise.c.grid_id == held.c.grid_id)
    own = query.where(enterprise.c.id == enterprise_id, held.c.officer_id == officer_id)
    return officer_id is not None and conn.execute(own.limit(1)).first() is not None


def check_second(conn: sa.Connection, visit: Visit, before: int | None = None) -> None:
    """Raise `Refused` (``visit_officer_unknown``) for a second officer who does not serve here.

    Parameters
    ----------
    before : int or None
        The one whom a corrected visit names: may have left since.
    """
    if visit.officer2_id is None or visit.officer2_id == before:
        return
    known = sa.select(officer.c.id).where(officer.c.id == visit.officer2_id, officer.c.active)
    if conn.execute(known).first() is None:
        raise Refused("visit_officer_unknown", field="officer2_id")


def follow(
    conn: sa.Connection, viewer: Viewer, enterprise_id: int, inspection_id: int, visit: Visit,
    row: dict[str, Any], *, now: datetime,
) -> None:  # fmt: skip
    """Take the visit's attachments, ask the steward what it found otherwise, note it at its leads.

    Parameters
    ----------
    row : dict
        The columns of the visit as stored.
    """
    take(conn, viewer, list(visit.attachments), "inspection", inspection_id)
    asked = []
    if visit.unable_reason in STATUS_REASONS:
        said = {"unable_reason": visit.unable_reason, "note": visit.note}
        asked.append(ask(conn, viewer, enterprise_id, inspection_id, "status", said, now=now))
    if visit.point is not None:
        lon, lat = visit.point
        point = {
            "lon": lon,
            "lat": lat,
            "distance_m": row["distance_m"],
            "note": visit.point_note or visit.note,
        }
        asked.append(ask(conn, viewer, enterprise_id, inspection_id, "point", point, now=now))
    opened = [one for one in asked if one is not None]
    if opened:
        stewards = sa.select(user.c.id).where(user.c.active, user.c.role == Role.STEWARD)
        told = list(conn.execute(stewards).scalars())
        for one in opened:
            tell(conn, told, "asked", "question", one, "open", now=now)
    _look_into(conn, viewer, enterprise_id, inspection_id, visit, now)


def _look_into(
    conn: sa.Connection, viewer: Viewer, enterprise_id: int, inspection_id: int, visit: Visit, now: datetime
) -> None:
    if not visit.leads:
        return
    rows = conn.execute(
        sa.select(lead.c.id, lead.c.state).where(
            lead.c.id.in_(visit.leads),
            lead.c.enterprise_id == enterprise_id,
            lead.c.state.not_in(LEAD_CLOSED),
        )
    ).all()
    if len(rows) != len(set(visit.leads)):
        raise Refused("visit_lead_unknown", field="leads")
    own = {"user_id": viewer.user_id, "recorded_at": now}
    for one in rows:
        event = {
            **own, "lead_id": one.id, "at": visit.finished_at, "from_state": one.state, "to_state": one.state,
            "verb": "visit", "officer_id": visit.officer_id, "details": {"inspection": inspection_id},
        }  # fmt: skip
        conn.execute(sa.insert(lead_event), event)
    # the handler concludes from it later: no state changes, so no version either
    conn.execute(
        sa.update(lead)
        .where(lead.c.id.in_([one.id for one in rows]), lead.c.inspection_id.is_(None))
        .values(inspection_id=inspection_id)
    )
