"""Leads as a board and as a list: by stage and age, the same numbers as the wall's, each with its rows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa

from data.access import Right, Viewer
from data.duty import measure
from data.reads.masks import mask_text
from data.reads.places import LEAD_DISTRICT, LEAD_GRID, in_district, lead_scope, leads_with_place, own_grid
from data.reads.wall_work import STAGES, lead_stages, of_age
from data.schema import enterprise, lead, officer
from data.workflow import LEAD_CLOSED, LEAD_OPEN, LEAD_STATES

ONLY = (
    "open",
    "overdue",
    "due_soon",
    "unmatched",
    "mine",
    "returned",
    "supervised",
    "asked",
    "closed",
    "all",
)
SORTS = {
    "due": lead.c.due_on, "received": lead.c.received_on, "waiting": lead.c.state_since,
    "title": lead.c.title, "channel": lead.c.channel,
    "state": sa.case({state: n for n, state in enumerate(LEAD_STATES)}, value=lead.c.state),
}  # fmt: skip


@dataclass(frozen=True)
class LeadFilter:
    """Which leads to list.

    Parameters
    ----------
    only : str
        One of `ONLY`; open ones unless said otherwise.
    stage, age : str or None
        A stage of the wall, and the place of one of its ages (``"0"``: up to a week).
    district : str or None
        A code; ``"unknown"`` asks for 区县不详.
    """

    q: str = ""
    only: str = "open"
    stage: str | None = None
    age: str | None = None
    state: str | None = None
    channel: str | None = None
    district: str | None = None
    grid: str | None = None


class LeadLine(NamedTuple):
    """One lead of the list; `waited` are the days in its present state."""

    id: int
    source_id: str
    channel: str
    title: str
    enterprise_id: int | None
    enterprise: str | None
    subject: str | None
    grid_code: str | None
    grid_name: str | None
    district_code: str | None
    state: str
    waited: int
    received_on: date
    due_on: date | None
    due_provisional: bool
    closed_on: date | None
    outcome: str | None
    disposal: str | None
    officer: str | None
    number_12315: str | None
    supervised: bool
    returned: bool
    asked: bool
    crime: bool
    overdue: bool


@dataclass(frozen=True)
class Board:
    """Open leads by stage and age; `stuck` names the stage where leads past their day lie, if any."""

    stages: list[dict[str, Any]]
    open: int
    overdue: int
    stuck: str | None
    unmatched: int


def board(conn: sa.Connection, viewer: Viewer, today: date) -> Board:
    """Count the open leads of the viewer's scope, as the wall does."""
    viewer.require(Right.WORK)
    found = lead_stages(conn, viewer, today)
    none = sa.select(sa.func.count()).select_from(leads_with_place())
    unmatched = conn.execute(
        none.where(lead_scope(viewer), *_only(conn, "unmatched", viewer, today))
    ).scalar_one()
    return Board(found["stages"], found["open"], found["overdue"], found["stuck"], int(unmatched))


def lead_list(
    conn: sa.Connection, viewer: Viewer, today: date, wanted: LeadFilter, sort: str = "due",
    offset: int = 0, limit: int = 50,
) -> tuple[list[LeadLine], int]:  # fmt: skip
    """Read leads of the viewer's scope, and how many there are; `sort` is of `SORTS`, ``-`` reverses."""
    viewer.require(Right.WORK)
    source = leads_with_place().outerjoin(officer, officer.c.id == lead.c.officer_id)
    where = [lead_scope(viewer), *_only(conn, wanted.only, viewer, today), *_asked(wanted, today)]
    late = sa.and_(lead.c.state.in_(LEAD_OPEN), lead.c.due_on < today)
    column = SORTS.get(sort.lstrip("-"), lead.c.due_on)
    order = column.desc() if sort.startswith("-") else column.asc()
    query = (
        sa.select(
            lead.c.id, lead.c.source_id, lead.c.channel, lead.c.title, lead.c.enterprise_id,
            enterprise.c.name, lead.c.subject, own_grid.c.code, own_grid.c.name, LEAD_DISTRICT,
            lead.c.state, lead.c.state_since,
            lead.c.received_on, lead.c.due_on, lead.c.due_provisional, lead.c.closed_on, lead.c.outcome,
            lead.c.disposal, officer.c.name, lead.c.number_12315, lead.c.supervised,
            lead.c.returned.is_not(None), lead.c.asked_until.is_not(None), lead.c.crime,
            sa.func.coalesce(late, sa.false()),
        )
        .select_from(source)
        .where(*where)
        .order_by(order.nulls_last(), lead.c.id)
        .offset(offset)
        .limit(limit)
    )  # fmt: skip
    total = conn.execute(sa.select(sa.func.count()).select_from(source).where(*where)).scalar_one()
    named = viewer.may(Right.NAMES)
    rows = []
    for one in conn.execute(query) if limit else ():
        line = LeadLine._make(one)
        rows.append(
            line._replace(
                waited=max(0, (today - one.state_since).days),
                title=mask_text(line.title) or "",
                subject=mask_text(line.subject),
                officer=line.officer if named else None,
            )
        )
    return rows, int(total)


def _only(conn: sa.Connection, only: str, viewer: Viewer, today: date) -> list[sa.ColumnElement[bool]]:
    open_ = lead.c.state.in_(LEAD_OPEN)
    if only == "due_soon":
        return [open_, lead.c.due_on >= today, lead.c.due_on <= measure(conn, today).near]
    more: dict[str, list[sa.ColumnElement[bool]]] = {
        "open": [open_],
        "overdue": [open_, lead.c.due_on < today],
        "unmatched": [open_, lead.c.enterprise_id.is_(None)],
        "mine": [open_, _mine(viewer)],
        "returned": [open_, lead.c.returned.is_not(None)],
        "supervised": [open_, lead.c.supervised],
        "asked": [open_, lead.c.asked_until.is_not(None)],
        "closed": [lead.c.state.in_(LEAD_CLOSED)],
        "all": [],
    }
    return more.get(only, more["open"])


def _mine(viewer: Viewer) -> sa.ColumnElement[bool]:
    """Return the condition for leads that are the viewer's to handle."""
    if viewer.officer_id is None or not viewer.may(Right.HANDLE):
        return sa.false()
    nobody = sa.and_(lead.c.officer_id.is_(None), LEAD_GRID.in_(sorted(viewer.scope.grids)))
    handled = sa.and_(nobody, lead.c.state != "registered")
    return sa.or_(lead.c.officer_id == viewer.officer_id, handled)


def _asked(wanted: LeadFilter, today: date) -> list[sa.ColumnElement[bool]]:
    where: list[sa.ColumnElement[bool]] = []
    if wanted.stage in STAGES:
        where.append(lead.c.state.in_(STAGES[wanted.stage]))
    if wanted.age in ("0", "1", "2"):
        where += of_age(lead.c.received_on, int(wanted.age), today)
    if wanted.state:
        where.append(lead.c.state == wanted.state)
    if wanted.channel:
        where.append(lead.c.channel == wanted.channel)
    if wanted.district:
        where.append(in_district(LEAD_DISTRICT, wanted.district))
    if wanted.grid:
        where.append(own_grid.c.code == wanted.grid)
    if wanted.q:
        text = wanted.q.strip()
        where.append(
            sa.or_(
                *(
                    column.contains(text, autoescape=True)
                    for column in (lead.c.title, lead.c.subject, enterprise.c.name, lead.c.number_12315)
                ),
                lead.c.source_id == text,
            )
        )
    return where
