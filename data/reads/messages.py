"""The inbox of a viewer, and for who supervises: whose messages lie unread or unacknowledged."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from data.access import Right, Role, Viewer, grid_officers_in_force
from data.clock import EVERYTHING
from data.reads.masks import mask_text
from data.schema import (
    enterprise,
    finding,
    grid,
    inspection,
    lead,
    loan,
    message,
    officer,
    problem,
    question,
    rectification,
    user,
)

TO_ACKNOWLEDGE = ("assigned", "returned", "supervised", "escalated")
"""Kinds that ask to be confirmed (确认知悉); reading is enough for the others."""


OF_WORK = ("problem", "order", "record", "lead")
"""Things whose name and words are for those who may read the work (`Right.WORK`)."""


class Note(NamedTuple):
    """One message with the thing that it is about."""

    id: int
    kind: str
    object: str
    object_id: int
    params: dict[str, Any]
    at: datetime
    read_at: datetime | None
    acknowledged_at: datetime | None
    ended_at: datetime | None
    enterprise_id: int | None
    title: str | None  # the enterprise's name; of a lead its title
    text: str | None  # what was found; whom the lead names; what the loan is for
    cause: str = ""

    @property
    def occasion(self) -> str:
        """What it is told at, besides its kind: ``recheck``, ``close``, ``extension``, ``review`` …"""
        return self.cause.replace(" ", ":").partition(":")[0]

    @property
    def asks(self) -> bool:
        """Whether it still asks to be confirmed."""
        return self.kind in TO_ACKNOWLEDGE and self.acknowledged_at is None and self.ended_at is None


class OfficerNotes(NamedTuple):
    """How one officer's account stands with its messages."""

    user_id: int
    name: str
    grids: tuple[str, ...]  # names
    open: int
    unread: int
    unacknowledged: int
    waiting_since: datetime | None  # of the oldest that is unread


def unread(conn: sa.Connection, viewer: Viewer) -> int:
    """Count the viewer's messages that are neither read nor over."""
    if viewer.user_id is None:
        return 0
    mine = (message.c.to_user_id == viewer.user_id, message.c.ended_at.is_(None), message.c.read_at.is_(None))
    return int(conn.execute(sa.select(sa.func.count()).select_from(message).where(*mine)).scalar_one())


def unacknowledged(conn: sa.Connection, viewer: Viewer) -> int:
    """Count the viewer's messages that wait for the viewer's 确认知悉."""
    where = (
        message.c.to_user_id == viewer.user_id, message.c.ended_at.is_(None),
        message.c.acknowledged_at.is_(None), message.c.kind.in_(TO_ACKNOWLEDGE),
    )  # fmt: skip
    return int(conn.execute(sa.select(sa.func.count()).select_from(message).where(*where)).scalar_one())


def inbox(
    conn: sa.Connection, viewer: Viewer, *, ended: bool = False, offset: int = 0, limit: int = 50
) -> tuple[list[Note], int]:
    """Read the viewer's messages, unread first, then the latest; those that are over only with `ended`.

    Returns
    -------
    tuple
        Some of them, and how many there are.
    """
    where = [message.c.to_user_id == viewer.user_id]
    if not ended:
        where.append(message.c.ended_at.is_(None))
    about = enterprise.alias("about")
    source = (
        message.outerjoin(rectification, _is("order", rectification))
        .outerjoin(problem, sa.or_(_is("problem", problem), problem.c.id == rectification.c.problem_id))
        .outerjoin(finding, finding.c.id == problem.c.finding_id)
        .outerjoin(lead, _is("lead", lead))
        .outerjoin(question, _is("question", question))
        .outerjoin(loan, _is("loan", loan))
        .outerjoin(inspection, _is("record", inspection))
        .outerjoin(grid, sa.or_(grid.c.id == loan.c.grid_id, _is("grid", grid)))
        .outerjoin(about, about.c.id == sa.func.coalesce(
            problem.c.enterprise_id, lead.c.enterprise_id, question.c.enterprise_id, loan.c.enterprise_id,
            inspection.c.enterprise_id,
        ))
    )  # fmt: skip
    query = (
        sa.select(
            message.c.id, message.c.kind, message.c.object, message.c.object_id, message.c.params,
            message.c.at, message.c.read_at, message.c.acknowledged_at, message.c.ended_at, about.c.id,
            sa.func.coalesce(lead.c.title, about.c.name, grid.c.name),
            sa.func.coalesce(finding.c.text, loan.c.task, about.c.name, lead.c.subject), message.c.cause,
        )
        .select_from(source)
        .where(*where)
        .order_by(
            message.c.ended_at.is_not(None), message.c.read_at.is_not(None), message.c.at.desc(),
            message.c.id.desc(),
        )
    )  # fmt: skip
    total = conn.execute(sa.select(sa.func.count()).select_from(message).where(*where)).scalar_one()
    found = [Note._make(row) for row in conn.execute(query.offset(offset).limit(limit))]
    return [_masked(one) if _readable(viewer, one) else _blank(one) for one in found], int(total)


def _readable(viewer: Viewer, one: Note) -> bool:
    # an account may have been given another role since it was told
    return one.object not in OF_WORK or viewer.may(Right.WORK)


def _blank(one: Note) -> Note:
    return one._replace(enterprise_id=None, title=None, text=None, params={})


def _masked(one: Note) -> Note:
    """Return a message with the numbers of persons masked, in what it is about and in what was written."""
    written = {name: mask_text(one.params[name]) for name in ("reason", "demand") if one.params.get(name)}
    return one._replace(
        title=mask_text(one.title), text=mask_text(one.text), params={**one.params, **written}
    )


def by_officer(conn: sa.Connection, viewer: Viewer, today: date) -> list[OfficerNotes]:
    """Count the messages of the officers who answer for a grid inside the viewer's scope, worst first.

    Raises
    ------
    Denied
        Without `Right.ASSIGN`.
    """
    viewer.require(Right.ASSIGN)
    live = message.c.ended_at.is_(None)
    new = sa.and_(live, message.c.read_at.is_(None))
    asks = sa.and_(live, message.c.acknowledged_at.is_(None), message.c.kind.in_(TO_ACKNOWLEDGE))
    counts = (
        sa.select(
            message.c.to_user_id,
            sa.func.sum(sa.case((live, 1), else_=0)).label("open"),
            sa.func.sum(sa.case((new, 1), else_=0)).label("unread"),
            sa.func.sum(sa.case((asks, 1), else_=0)).label("asks"),
            sa.func.min(sa.case((new, message.c.at))).label("since"),
        )
        .group_by(message.c.to_user_id)
        .subquery()
    )
    query = (
        sa.select(user.c.id, officer.c.id, officer.c.name, counts.c.open, counts.c.unread, counts.c.asks,
                  counts.c.since)
        .join(officer, officer.c.id == user.c.officer_id)
        .outerjoin(counts, counts.c.to_user_id == user.c.id)
        .where(user.c.active, user.c.role == Role.OFFICER)
    )  # fmt: skip
    places = _grids_of_officers(conn, viewer, today)
    found = [
        OfficerNotes(account, name, places[who], open_ or 0, new_ or 0, asks_ or 0, since)
        for account, who, name, open_, new_, asks_, since in conn.execute(query)
        if who in places
    ]
    return sorted(found, key=lambda one: (-one.unread, -one.unacknowledged, one.name, one.user_id))


def _grids_of_officers(conn: sa.Connection, viewer: Viewer, today: date) -> dict[int, tuple[str, ...]]:
    held = grid_officers_in_force(today, EVERYTHING).subquery()
    query = (
        sa.select(held.c.officer_id, grid.c.name)
        .join(grid, grid.c.id == held.c.grid_id)
        .where(held.c.officer_id.is_not(None), viewer.scope.clause(grid.c.id, grid.c.district_code))
        .distinct()
        .order_by(grid.c.name)
    )
    found: dict[int, tuple[str, ...]] = {}
    for who, name in conn.execute(query):
        found[who] = (*found.get(who, ()), name)
    return found


def _is(kind: str, table: sa.Table) -> sa.ColumnElement[bool]:
    return sa.and_(message.c.object == kind, table.c.id == message.c.object_id)
