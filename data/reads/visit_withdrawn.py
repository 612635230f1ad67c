"""What the page says of a visit before it is withdrawn: which one it is, and what goes with it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from data.access import Right, Viewer
from data.clock import DEFAULT_ZONE
from data.errors import Conflict, Denied, NotFound, Refused
from data.reads.masks import mask_text
from data.reads.visit_rows import ENTERED, findings_of, is_own
from data.schema import enterprise, finding, inspection, problem
from data.standing import MISTAKEN, chain
from data.workflow import PROBLEM_OPEN


@dataclass(frozen=True)
class Withdrawable:
    """A visit that the viewer may withdraw."""

    id: int
    enterprise_id: int
    enterprise: str
    finished_on: date
    kind: str
    conclusion: str | None
    unable_reason: str | None
    problems: list[dict[str, Any]]  # open: id, text, state


def may_withdraw(viewer: Viewer, visit: Any, first: datetime, now: datetime) -> bool:
    """Whether this viewer may withdraw a visit in their scope: its officers on its day, who assigns ever.

    Parameters
    ----------
    visit : row
        ``user_id, officer_id, officer2_id, source``.
    first : datetime
        When it was recorded, before any correction.
    now : datetime
        In local time, as a view has it.
    """
    if visit.source != ENTERED:
        return False
    today = first.astimezone(now.tzinfo).date() == now.date()
    return viewer.may(Right.ASSIGN) or (viewer.may(Right.RECORD) and is_own(viewer, visit) and today)


def withdrawable_row(
    conn: sa.Connection, viewer: Viewer, inspection_id: int, *, now: datetime, zone: str = DEFAULT_ZONE
) -> Any:
    """Return a visit's row with its enterprise's ``name``, if this viewer may withdraw it now.

    Raises
    ------
    Denied
        Outside the scope; ``withdraw_late``: neither an officer of the visit on its day nor with
        `Right.ASSIGN`.
    NotFound
        ``inspection_unknown``.
    Refused
        ``visit_imported``: it is put right in its source; ``visit_withdrawn``.
    """
    if not (viewer.may(Right.RECORD) or viewer.may(Right.ASSIGN)):
        raise Denied("denied_right", right=str(Right.ASSIGN), role=str(viewer.role))
    e = enterprise.c
    query = sa.select(inspection, e.name, e.grid_id, e.district_code).join(
        enterprise, e.id == inspection.c.enterprise_id
    )
    known = 0 < inspection_id < 2**63  # no database has another number
    row = conn.execute(query.where(inspection.c.id == inspection_id)).one_or_none() if known else None
    if row is None:
        raise NotFound("inspection_unknown", got=inspection_id)
    viewer.require_place(row.grid_id, row.district_code, row.enterprise_id if is_own(viewer, row) else None)
    if row.source != ENTERED:
        raise Refused("visit_imported", id=inspection_id)
    first = sa.select(sa.func.min(inspection.c.recorded_at))
    at = conn.execute(first.where(inspection.c.id.in_(chain(conn, inspection_id)))).scalar_one()
    if not may_withdraw(viewer, row, at, now.astimezone(ZoneInfo(zone))):
        raise Denied("withdraw_late", role=str(viewer.role))
    if row.unable_reason == MISTAKEN:
        raise Refused("visit_withdrawn", id=inspection_id)
    return row


def withdrawable_visit(
    conn: sa.Connection, viewer: Viewer, inspection_id: int, *, now: datetime, zone: str = DEFAULT_ZONE
) -> Withdrawable:
    """Read a visit before it is withdrawn.

    Raises
    ------
    Denied, NotFound, Refused
        As `withdrawable_row`; ``visit_withdrawn`` also where a row that withdraws it is there.
    Conflict
        ``inspection_superseded``.
    """
    row = withdrawable_row(conn, viewer, inspection_id, now=now, zone=zone)
    refuse_superseded(conn, inspection_id)
    gone = [one.id for one in findings_of(conn, inspection_id)]
    p = problem.c
    query = (
        sa.select(p.id, finding.c.text, p.state)
        .join(finding, finding.c.id == p.finding_id)
        .where(p.finding_id.in_(gone), p.state.in_(PROBLEM_OPEN))
        .order_by(p.id)
    )
    problems = [{**one, "text": mask_text(one["text"])} for one in conn.execute(query).mappings()]
    said = (row.finished_on, row.kind, row.conclusion, row.unable_reason)
    return Withdrawable(row.id, row.enterprise_id, row.name, *said, problems)


def refuse_superseded(conn: sa.Connection, inspection_id: int) -> None:
    """Raise `Conflict` (``inspection_superseded``), or `Refused` (``visit_withdrawn``), if a row follows."""
    i = inspection.c
    later = conn.execute(
        sa.select(i.id, i.unable_reason).where(i.supersedes_id == inspection_id)
    ).one_or_none()
    if later is None:
        return
    if later.unable_reason == MISTAKEN:
        raise Refused("visit_withdrawn", id=inspection_id)
    raise Conflict("inspection_superseded", theirs=later.id)
