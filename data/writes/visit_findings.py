"""What becomes of a visit's findings, and of their problems, when the visit is corrected or withdrawn."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from data.access import Viewer
from data.errors import Refused
from data.reads.masks import mask_text
from data.reads.visit_rows import findings_of
from data.schema import finding, problem
from data.workflow import PROBLEM_MOVES, PROBLEM_OPEN
from data.writes.problem_moves import Changed, Desk, Taken, change
from data.writes.visit import Finding

REVOKED = "revoked"


def sort_out(
    conn: sa.Connection, inspection_id: int, said: Sequence[Finding]
) -> tuple[list[Finding], list[int]]:
    """Return which of the findings that a correction says are new, and the ids of those it no longer says.

    The same item in the same words, severity and clause is the same finding; in other words it is another
    one. What the form shows masked and sends back untouched is what was written.
    """
    left = list(findings_of(conn, inspection_id))
    added = []
    for one in said:
        same = next((row for row in left if _same(row, one)), None)
        if same is None:
            added.append(one)
        else:
            left.remove(same)
    return added, [row.id for row in left]


def _same(row: Any, one: Finding) -> bool:
    codes = (row.item_code or None, row.severity) == (one.item_code or None, one.severity)
    clause = (row.clause or "").strip() == (one.clause or "").strip()
    return codes and clause and one.text.strip() in ((row.text or "").strip(), mask_text(row.text or ""))


def take_back(
    conn: sa.Connection, viewer: Viewer, finding_ids: Sequence[int], place: Any, *, inspection_id: int,
    reason: str, now: datetime,
) -> list[Changed]:  # fmt: skip
    """Revoke the problems of findings that were none, for the reason of the correction.

    Part of a correction: its right and place have been checked, and the enterprise is locked.

    Parameters
    ----------
    place : row
        ``grid_id, district_code`` of the enterprise.

    Returns
    -------
    list of Changed
        For `note_all`, after the figures.

    Raises
    ------
    Refused
        ``finding_ordered``: the work on one has begun, so that a supervisor is to revoke it first;
        ``finding_done``: one has come to an end already, and stays.
    """
    if not finding_ids:
        return []
    p = problem.c
    query = (
        sa.select(problem, finding.c.text)
        .join(finding, finding.c.id == p.finding_id)
        .where(p.finding_id.in_(finding_ids), p.state != REVOKED)
        .order_by(p.id)
        .with_for_update(of=problem)
    )
    rows = conn.execute(query).all()
    further = next((row for row in rows if row.state != "found"), None)
    if further is not None:
        code = "finding_ordered" if further.state in PROBLEM_OPEN else "finding_done"
        raise Refused(code, field="correction", id=further.id, text=(mask_text(further.text) or "")[:40])
    desk, move = Desk(conn, now.date()), PROBLEM_MOVES["revoke"]
    return [
        change(
            conn, Taken(row, place.grid_id, place.district_code, move, viewer, now, desk), note=reason,
            details={"inspection": inspection_id},
        )
        for row in rows
    ]  # fmt: skip
