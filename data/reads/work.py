"""Problems and leads as lists: the rows behind every count of open work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Generic, NamedTuple, TypeVar

import sqlalchemy as sa

from data.access import Right, Viewer, answering_officers
from data.reads.filters import MOST_WORDS
from data.reads.masks import mask_text
from data.reads.places import (
    DISTRICT,
    LEAD_DISTRICT,
    enterprise_scope,
    in_district,
    lead_scope,
    leads_with_place,
    own_grid,
    with_place,
)
from data.reads.receipts import awaits_receipt
from data.reads.wall_work import of_age
from data.schema import enterprise, finding, lead, officer, problem
from data.workflow import LEAD_OPEN, PROBLEM_OPEN, PROBLEM_STATES

Row = TypeVar("Row")
FREE = ("text", "returned", "title", "subject", "outcome", "disposal")
"""Fields that people wrote: numbers of persons in them are masked."""
SORTS: dict[str, sa.ColumnElement[Any]] = {
    "due": problem.c.due_on, "opened": problem.c.opened_on, "enterprise": enterprise.c.name,
    "state": sa.case({state: n for n, state in enumerate(PROBLEM_STATES)}, value=problem.c.state),
    "severity": sa.case({"critical": 0, "major": 1, "minor": 2}, value=finding.c.severity, else_=3),
}  # fmt: skip


class ProblemRow(NamedTuple):
    """One problem."""

    id: int
    enterprise_id: int
    enterprise: str
    grid_code: str | None
    grid_name: str | None
    district_code: str | None
    state: str
    round: int
    severity: str
    text: str | None
    opened_on: date
    due_on: date | None
    closed_on: date | None
    overdue: bool
    version: int
    due_provisional: bool
    recheck_on: date | None
    supervised: bool
    returned: str | None
    asked_until: date | None
    officer: str | None  # who sees it through: named, else the grid's; None without Right.NAMES


class LeadRow(NamedTuple):
    """One lead; its subject is the enterprise's name, or whom the source names."""

    id: int
    source_id: str
    channel: str
    title: str
    enterprise_id: int | None
    subject: str | None
    grid_code: str | None
    grid_name: str | None
    district_code: str | None
    state: str
    state_since: date
    received_on: date
    due_on: date | None
    due_provisional: bool
    outcome: str | None
    disposal: str | None
    closed_on: date | None
    overdue: bool


@dataclass(frozen=True)
class WorkFilter:
    """What to list: codes of grid and district (``"unknown"``: 区县不详), ``open`` or ``overdue`` work.

    ``only="extension"`` asks for problems whose extension waits for approval, ``"receipt"`` for those that
    were handed on and have no receipt. `handler` is the officer
    who sees it through (of a problem also as the grid's officer), `recheck` the one who is to recheck it.
    """

    grid: str | None = None
    district: str | None = None
    enterprise_id: int | None = None
    state: str | None = None
    only: str | None = None  # open, overdue, extension, receipt
    q: str = ""  # part of what was found or of the enterprise's name
    age: str | None = None  # of a problem: the place of one of the wall's ages ("0": up to a week)
    handler: int | None = None
    recheck: int | None = None


@dataclass(frozen=True)
class WorkPage(Generic[Row]):
    """Some rows of a list, and how many there are in all."""

    rows: list[Row]
    total: int


def problems(
    conn: sa.Connection, viewer: Viewer, today: date, filters: WorkFilter | None = None,
    offset: int = 0, limit: int = 50, sort: str = "due",
) -> WorkPage[ProblemRow]:  # fmt: skip
    """Read problems; overdue is open and due before `today`; `sort` is of `SORTS`, ``-`` reverses."""
    viewer.require(Right.WORK)
    wanted = filters or WorkFilter()
    late = sa.and_(problem.c.state.in_(PROBLEM_OPEN), problem.c.due_on < today)
    duty = answering_officers(today)
    responsible = sa.func.coalesce(problem.c.officer_id, duty.c.officer_id)
    where = [enterprise_scope(viewer), *_asked(wanted, problem, PROBLEM_OPEN, DISTRICT, late)]
    if wanted.only == "receipt":
        where.append(awaits_receipt())
    if wanted.only == "extension":
        where.append(problem.c.asked_until.is_not(None))
    if wanted.handler is not None:
        where.append(responsible == wanted.handler)
    if wanted.recheck is not None:
        waiting = problem.c.state == "awaiting_recheck"
        where += [problem.c.recheck_officer_id == wanted.recheck, waiting]
    if wanted.age in ("0", "1", "2"):
        where += of_age(problem.c.opened_on, int(wanted.age), today)
    for word in wanted.q.split()[:MOST_WORDS]:
        told = (column.contains(word, autoescape=True) for column in (finding.c.text, enterprise.c.name))
        where.append(sa.or_(*told))
    source = with_place(problem.join(enterprise, enterprise.c.id == problem.c.enterprise_id))
    source = source.outerjoin(duty, duty.c.grid_id == enterprise.c.grid_id)
    source = source.join(finding, finding.c.id == problem.c.finding_id)
    column = SORTS.get(sort.lstrip("-"), problem.c.due_on)
    order = column.desc() if sort.startswith("-") else column.asc()
    name = officer.c.name if viewer.may(Right.NAMES) else sa.null()
    query = (
        sa.select(
            problem.c.id, problem.c.enterprise_id, enterprise.c.name, own_grid.c.code, own_grid.c.name,
            DISTRICT, problem.c.state, problem.c.round, finding.c.severity, finding.c.text,
            problem.c.opened_on, problem.c.due_on, problem.c.closed_on,
            sa.func.coalesce(late, sa.false()), problem.c.version, problem.c.due_provisional,
            problem.c.recheck_on, problem.c.supervised, problem.c.returned, problem.c.asked_until, name,
        )
        .select_from(
            source.outerjoin(officer, officer.c.id == responsible)
        )
        .order_by(order.nulls_last(), problem.c.id)
    )  # fmt: skip
    return _page(conn, query, source, where, ProblemRow, offset, limit)


def leads(
    conn: sa.Connection, viewer: Viewer, today: date, filters: WorkFilter | None = None,
    offset: int = 0, limit: int = 50,
) -> WorkPage[LeadRow]:  # fmt: skip
    """Read leads, those due first; overdue is open and due before `today`."""
    viewer.require(Right.WORK)
    late = sa.and_(lead.c.state.in_(LEAD_OPEN), lead.c.due_on < today)
    wanted = filters or WorkFilter()
    where = [lead_scope(viewer), *_asked(wanted, lead, LEAD_OPEN, LEAD_DISTRICT, late)]
    if wanted.handler is not None:
        where.append(lead.c.officer_id == wanted.handler)
    source = leads_with_place()
    query = (
        sa.select(
            lead.c.id, lead.c.source_id, lead.c.channel, lead.c.title, lead.c.enterprise_id,
            sa.func.coalesce(enterprise.c.name, lead.c.subject), own_grid.c.code, own_grid.c.name,
            LEAD_DISTRICT, lead.c.state, lead.c.state_since, lead.c.received_on, lead.c.due_on,
            lead.c.due_provisional, lead.c.outcome, lead.c.disposal, lead.c.closed_on,
            sa.func.coalesce(late, sa.false()),
        )
        .select_from(source)
        .order_by(lead.c.due_on.asc().nulls_last(), lead.c.id)
    )  # fmt: skip
    return _page(conn, query, source, where, LeadRow, offset, limit)


def _asked(
    wanted: WorkFilter, of: sa.Table, open_states: tuple[str, ...], district_code: sa.ColumnElement[Any],
    late: sa.ColumnElement[bool],
) -> list[sa.ColumnElement[bool]]:  # fmt: skip
    """Return what is asked of problems and leads alike: where, of whom, in which state."""
    where: list[sa.ColumnElement[bool]] = []
    if wanted.grid:
        where.append(own_grid.c.code == wanted.grid)
    if wanted.district:
        where.append(in_district(district_code, wanted.district))
    if wanted.state:
        where.append(of.c.state == wanted.state)
    if wanted.only == "open":
        where.append(of.c.state.in_(open_states))
    if wanted.only == "overdue":
        where.append(late)
    if wanted.enterprise_id is not None:
        where.append(of.c.enterprise_id == wanted.enterprise_id)
    return where


def _page(
    conn: sa.Connection, query: sa.Select[Any], source: sa.FromClause, where: list[sa.ColumnElement[bool]],
    row: Any, offset: int, limit: int,
) -> WorkPage[Any]:  # fmt: skip
    total = conn.execute(sa.select(sa.func.count()).select_from(source).where(*where)).scalar_one()
    found = conn.execute(query.where(*where).offset(offset).limit(limit))
    return WorkPage([_masked(row(*one)) for one in found], total)


def _masked(row: Any) -> Any:
    return row._replace(**{name: mask_text(getattr(row, name)) for name in FREE if hasattr(row, name)})
