"""Approval of papers (文书审批): an officer hands one in, somebody else approves it or gives it back.

Each handing-in is a row of its own, so that what came of it stays; the latest one counts.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from data import audit
from data.access import Right, Viewer
from data.clock import DEFAULT_ZONE
from data.documents.approval import KINDS, draft, is_own, own_number, standing
from data.errors import Conflict, Denied, NotFound, Refused
from data.reads.notices import in_notice
from data.reads.recipients import Recipients
from data.schema import enterprise, inspection, paper, problem, rectification
from data.writes import messages
from data.writes.notice_numbers import check_number, lock_numbers
from data.writes.written import need

OBJECTS = {"visit": "record", "order": "order"}
"""Kind of paper → what messages about it are about; their number is the paper's."""


def submit_paper(
    conn: sa.Connection, viewer: Viewer, kind: str, number: int, *, now: datetime, zone: str = DEFAULT_ZONE
) -> int:
    """Hand a paper in for approval (送审) as it is now; who supervises is told.

    Parameters
    ----------
    kind : str
        visit: the record of the inspection `number`; order: that of the round `number`.

    Returns
    -------
    int
        Id of the handing-in.

    Raises
    ------
    Denied
        Without `Right.HANDLE`, or outside the scope.
    NotFound
        ``inspection_unknown``, ``order_none``.
    Refused
        ``paper_waits``: it is handed in already; ``paper_holds``: it is approved as it is;
        ``paper_superseded``: the visit was corrected by a later row.
    """
    viewer.require(Right.HANDLE)
    place = _lock(conn, viewer, kind, number)
    number = own_number(conn, kind, number)
    made = draft(conn, viewer, kind, number, "zh-CN", zone)
    how = standing(conn, kind, number, made)
    if kind == "visit" and _superseded(conn, number):
        raise Refused("paper_superseded", id=number)
    if how.state == "submitted":
        raise Refused("paper_waits", id=number)
    if how.holds:
        raise Refused("paper_holds", id=number)
    about = {"inspection_id": number} if kind == "visit" else {"rectification_id": number}
    row = {
        **about, "enterprise_id": place.id, "state": "submitted", "seal": made.seal,
        "user_id": viewer.user_id, "recorded_at": now,
    }  # fmt: skip
    new = int(conn.execute(sa.insert(paper).returning(paper.c.id), row).scalar_one())
    messages.end(conn, OBJECTS[kind], number, now=now)
    above = Recipients(conn, now.date()).supervisors(place.grid_id, place.district_code)
    messages.tell(conn, above, "asked", OBJECTS[kind], number, f"{new}", now=now)
    audit.append(
        conn, viewer, "paper.submit", "paper", new, now=now, enterprise=place.id, kind=kind, number=number,
        sha256=made.seal,
    )  # fmt: skip
    return new


def approve_paper(
    conn: sa.Connection, viewer: Viewer, paper_id: int, *, number: str = "", now: datetime,
    zone: str = DEFAULT_ZONE,
) -> None:  # fmt: skip
    """Approve a paper as it was handed in; from then on it carries no 草稿.

    Parameters
    ----------
    number : str
        Of an order (文书编号): it becomes the round's number; empty where the round has one.

    Raises
    ------
    Denied
        Without `Right.APPROVE`, outside the scope, or ``own_work``.
    NotFound
        ``paper_unknown``.
    Conflict
        ``paper_decided``: somebody else was first.
    Refused
        ``paper_changed``: it says something else since it was handed in; ``text_missing``,
        ``paper_number_taken``: an order needs a number of its own.
    """
    lock_numbers(conn)  # before anything else is locked: who approves many locks many
    taken = _take(conn, viewer, paper_id)
    seal = _seal(conn, viewer, taken, zone)
    if seal != taken.row.seal:
        raise Refused("paper_changed", id=taken.of)
    if taken.kind == "order":
        _give_number(conn, taken.of, number.strip())
        seal = _seal(conn, viewer, taken, zone)  # the number is part of what it says
    _decide(conn, viewer, taken, "approved", now=now, seal=seal)


def return_paper(conn: sa.Connection, viewer: Viewer, paper_id: int, *, reason: str, now: datetime) -> None:
    """Give a paper back (退回) with the reason; whoever handed it in is told, and may do it again.

    Raises
    ------
    Denied, NotFound, Conflict
        As `approve_paper` does.
    Refused
        ``reason_missing``, ``text_long``.
    """
    taken = _take(conn, viewer, paper_id)
    _decide(conn, viewer, taken, "returned", now=now, seal=taken.row.seal, reason=need(reason, "reason"))


class _Taken(NamedTuple):
    """A handing-in that waits, locked until the end of the transaction."""

    row: Any
    kind: str
    of: int  # number of the inspection or the round


def _take(conn: sa.Connection, viewer: Viewer, paper_id: int) -> _Taken:
    viewer.require(Right.APPROVE)
    known = None
    if 0 < paper_id < 2**63:  # no database has another number
        known = conn.execute(
            sa.select(paper.c.inspection_id, paper.c.rectification_id).where(paper.c.id == paper_id)
        ).one_or_none()
    if known is None:
        raise NotFound("paper_unknown", got=paper_id)
    kind = "visit" if known.inspection_id is not None else "order"
    of = known.inspection_id if kind == "visit" else known.rectification_id
    _lock(conn, viewer, kind, of)
    row = conn.execute(sa.select(paper).where(paper.c.id == paper_id).with_for_update()).one()
    if row.state != "submitted":
        raise Conflict("paper_decided", theirs=row.state)
    if is_own(conn, viewer, kind, of):
        raise Denied("own_work", role=str(viewer.role))
    return _Taken(row, kind, of)


def _seal(conn: sa.Connection, viewer: Viewer, taken: _Taken, zone: str) -> str:
    return draft(conn, viewer, taken.kind, taken.of, "zh-CN", zone).seal


def _lock(conn: sa.Connection, viewer: Viewer, kind: str, number: int) -> Any:
    """Lock the enterprise that a paper is about: two who hand it in wait for each other."""
    if kind not in KINDS:
        raise NotFound("paper_unknown", got=kind[:20])
    place = None
    if 0 < number < 2**63:
        e = enterprise.c
        if kind == "visit":
            own = sa.select(inspection.c.enterprise_id).where(inspection.c.id == number)
        else:
            of_round = sa.and_(problem.c.id == rectification.c.problem_id, rectification.c.id == number)
            own = sa.select(problem.c.enterprise_id).join(rectification, of_round)
        place = conn.execute(
            sa.select(e.id, e.grid_id, e.district_code)
            .where(e.id == own.scalar_subquery())
            .with_for_update(key_share=True)
        ).one_or_none()
    if place is None:
        raise NotFound("inspection_unknown" if kind == "visit" else "order_none", got=number)
    viewer.require_place(place.grid_id, place.district_code, place.id)
    return place


def _superseded(conn: sa.Connection, inspection_id: int) -> bool:
    later = sa.select(inspection.c.id).where(inspection.c.supersedes_id == inspection_id)
    return conn.execute(later).first() is not None


def _give_number(conn: sa.Connection, rectification_id: int, number: str) -> None:
    """Give a notice its number: every round that stands in it has the same."""
    r = rectification.c
    known = conn.execute(sa.select(r.number).where(r.id == rectification_id)).scalar_one()
    wanted = need(number or known, "number")
    check_number(conn, wanted, rectification_id)
    conn.execute(sa.update(rectification).where(in_notice(rectification_id)).values(number=wanted))


def _decide(
    conn: sa.Connection, viewer: Viewer, taken: _Taken, state: str, *, now: datetime, seal: str,
    reason: str | None = None,
) -> None:  # fmt: skip
    row, about = taken.row, OBJECTS[taken.kind]
    decided = {"state": state, "decided_at": now, "decided_by": viewer.user_id}
    conn.execute(sa.update(paper).where(paper.c.id == row.id).values(**decided, seal=seal, reason=reason))
    messages.end(conn, about, taken.of, now=now)
    told = {"reason": reason} if reason else {}
    messages.tell(conn, [row.user_id], state, about, taken.of, f"{row.id}", told, now=now)
    audit.append(
        conn, viewer, "paper.decide", "paper", row.id, now=now, enterprise=row.enterprise_id,
        kind=taken.kind, number=taken.of, after=state, sha256=seal,
    )  # fmt: skip
