"""Many papers approved at once: all of them or none."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa

from data.access import Right, Viewer
from data.clock import DEFAULT_ZONE
from data.errors import Refused
from data.schema import paper
from data.writes.papers import approve_paper

MOST = 100
"""Papers that one act takes; each is read whole and compared with what was handed in."""


def approve_papers(
    conn: sa.Connection, viewer: Viewer, numbers: Mapping[int, str], *, now: datetime,
    zone: str = DEFAULT_ZONE,
) -> int:  # fmt: skip
    """Approve many papers as they were handed in, each with its row in the audit log.

    Parameters
    ----------
    numbers : mapping
        Handing-in, as the preview showed it → the 文书编号 of its order; empty where it has one, and for a
        record. A paper handed in again has another id: what was not looked at is not approved.

    Returns
    -------
    int
        How many.

    Raises
    ------
    Refused
        ``many_number``, and what one of them would be refused for; then none is approved. About its number:
        with the field ``number:<id>``.
    """
    viewer.require(Right.APPROVE)
    if not 0 < len(numbers) <= MOST:
        raise Refused("many_number", found=len(numbers), most=MOST)
    # in one order, so that two hands never wait for each other in a ring
    owners = sa.select(paper.c.id, paper.c.enterprise_id).where(paper.c.id.in_(sorted(numbers)))
    at = {row.id: row.enterprise_id for row in conn.execute(owners)}
    for one in sorted(numbers, key=lambda one: (at.get(one, 0), one)):
        try:
            approve_paper(conn, viewer, one, number=numbers[one], now=now, zone=zone)
        except Refused as refused:
            if refused.field == "number":
                refused.field = f"number:{one}"
            raise
    return len(numbers)
