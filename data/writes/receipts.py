"""Reminders of receipts that do not come."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from data.reads.receipts import receipts_overdue
from data.reads.recipients import Recipients
from data.workdays import WorkCalendar


def unreceipted(
    conn: sa.Connection, who: Recipients, calendar: WorkCalendar, today: date, *, now: datetime
) -> Iterator[dict[str, Any]]:
    """Yield what the supervisors of the place are told of problems whose receipt should have come."""
    for one in receipts_overdue(conn, calendar, today):
        day = one.due_on.isoformat()
        told = {
            "kind": "overdue", "object": "problem", "object_id": one.id, "cause": f"receipt:{day}",
            "params": {"due_on": day}, "at": now,
        }  # fmt: skip
        for account in who.supervisors(one.grid_id, one.district_code):
            yield {"to_user_id": account, **told}
