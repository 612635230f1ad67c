"""Withdrawing a visit that was recorded by mistake (误录作废): for another enterprise, or twice."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from data import audit, figures
from data.access import Viewer
from data.clock import DEFAULT_ZONE
from data.errors import Refused
from data.reads.recipients import Recipients
from data.reads.visit_rows import findings_of
from data.reads.visit_withdrawn import refuse_superseded, withdrawable_row
from data.schema import lead
from data.standing import MISTAKEN, chain
from data.workflow import LEAD_OPEN
from data.writes.inspections import (
    days_of,
    decided,
    insert_row,
    lock_place,
    tell_changed,
)
from data.writes.problem_moves import note_all
from data.writes.questions import take_back as take_questions_back
from data.writes.visit_days import rejoin
from data.writes.visit_findings import take_back
from data.writes.written import need

KEPT = ("kind", "source_kind", "method", "finished_on", "finished_at", "officer_id", "officer2_id")
"""What the row that withdraws a visit repeats of it; of its place, its answers and its proof nothing."""
UNPROVED = ("registered", "assigned", "acknowledged", "investigating")
"""States of a lead in which nothing has been concluded from a visit yet."""


def withdraw(
    conn: sa.Connection, viewer: Viewer, inspection_id: int, *, reason: str, now: datetime,
    zone: str = DEFAULT_ZONE,
) -> int:  # fmt: skip
    """Withdraw a visit by a row that says so; both are kept, and neither counts anywhere.

    Its officers may on the local day it was recorded, later whoever may assign work in that place. It is
    final: what did take place is recorded anew, as an earlier day's where it must be. The problems it
    found are revoked, what it asked of the steward is asked no more.

    Returns
    -------
    int
        Id of the row that withdraws it.

    Raises
    ------
    Denied, NotFound
        As `withdrawable_row`.
    Refused
        ``visit_imported``, ``visit_withdrawn``; ``reason_missing``, ``text_long``;
        ``withdraw_rechecked``, ``visit_proves_lead``; what `take_back` raises.
    Conflict
        ``inspection_superseded``: somebody has corrected it.
    """
    old = withdrawable_row(conn, viewer, inspection_id, now=now, zone=zone)
    reason = need(reason, "reason")
    place = lock_place(conn, old.enterprise_id)
    refuse_superseded(conn, inspection_id)
    if decided(conn, inspection_id):
        raise Refused("withdraw_rechecked", field="reason", id=inspection_id)
    visits = chain(conn, inspection_id)
    _ask_leads(conn, visits)
    gone = [one.id for one in findings_of(conn, inspection_id)]
    row = {
        **{name: getattr(old, name) for name in KEPT}, "unable_reason": MISTAKEN, "grade": 0,
        "supersedes_id": old.id, "reason": reason, "details": {"dropped": gone} if gone else None,
    }  # fmt: skip
    new = insert_row(conn, viewer, old.enterprise_id, row, f"withdraws/{old.id}", now)
    revoked = take_back(conn, viewer, gone, place, inspection_id=new, reason=reason, now=now)
    rejoin(conn, days_of(old.enterprise_id, old.finished_on))
    figures.refresh(conn, [old.enterprise_id], now=now)
    above = Recipients(conn, now.date()).supervisors(place.grid_id, place.district_code)
    tell_changed(conn, viewer, "withdrawn", old, old.id, reason, now, besides=above)
    asked = take_questions_back(conn, viewer, visits, reason, now=now)
    note_all(conn, viewer, revoked, now=now)
    audit.append(
        conn, viewer, "inspection.withdraw", "inspection", new, now=now, enterprise=old.enterprise_id,
        supersedes=old.id, finished_on=old.finished_on, findings=len(gone), questions=asked,
    )  # fmt: skip
    return new


def _ask_leads(conn: sa.Connection, visits: list[int]) -> None:
    # what has been concluded from a visit stands on it; what is still looked into waits for another one
    rests = sa.select(lead.c.id).where(lead.c.inspection_id.in_(visits), lead.c.state.not_in(UNPROVED))
    found = conn.execute(rests.order_by(lead.c.id)).scalars().first()
    if found is not None:
        raise Refused("visit_proves_lead", field="reason", id=found)
    waits = (lead.c.inspection_id.in_(visits), lead.c.state.in_(LEAD_OPEN))
    conn.execute(sa.update(lead).where(*waits).values(inspection_id=None))
