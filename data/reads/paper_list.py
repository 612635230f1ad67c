"""Papers as a list: those that wait for the viewer, those given back, every one that was handed in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from data.access import Right, Viewer
from data.reads.filters import MOST_WORDS
from data.reads.hands import WORKED
from data.reads.places import DISTRICT, enterprise_scope, in_district, own_grid, with_place
from data.reads.work import WorkPage
from data.schema import enterprise, finding, inspection, paper, problem, problem_event, rectification, user

STATES = ("submitted", "returned", "approved")
SORTS: dict[str, sa.ColumnElement[Any]] = {
    "handed": paper.c.recorded_at, "enterprise": enterprise.c.name,
    "state": sa.case({state: n for n, state in enumerate(STATES)}, value=paper.c.state),
}  # fmt: skip


class PaperRow(NamedTuple):
    """One paper with its latest handing-in; whether it has changed since is not looked into."""

    id: int  # of the handing-in
    kind: str  # visit, order
    number: int  # of the inspection, or of the rectification round
    enterprise_id: int
    enterprise: str
    grid_name: str | None
    on: date | None  # the day of the visit; of the order
    order_number: str | None  # 文书编号
    state: str  # submitted, returned, approved
    at: datetime  # handed in
    by: str | None  # None without `Right.NAMES`


@dataclass(frozen=True)
class PaperFilter:
    """What to list; ``todo``: what waits for the viewer alone."""

    todo: bool = False
    state: str | None = None
    kind: str | None = None
    district: str | None = None
    grid: str | None = None
    q: str = ""  # part of the enterprise's name or of the order's number


def papers(
    conn: sa.Connection, viewer: Viewer, filters: PaperFilter, offset: int = 0, limit: int = 50,
    sort: str = "handed",
) -> WorkPage[PaperRow]:  # fmt: skip
    """Read papers that were handed in, in the viewer's scope; `sort` is of `SORTS`, ``-`` reverses.

    Raises
    ------
    Denied
        Without `Right.WORK`.
    """
    viewer.require(Right.WORK)
    where = [enterprise_scope(viewer), *_asked(viewer, filters)]
    source = with_place(paper.join(enterprise, enterprise.c.id == paper.c.enterprise_id))
    source = source.outerjoin(inspection, inspection.c.id == paper.c.inspection_id)
    source = source.outerjoin(rectification, rectification.c.id == paper.c.rectification_id)
    column = SORTS.get(sort.lstrip("-"), paper.c.recorded_at)
    order = column.desc() if sort.startswith("-") else column.asc()
    query = (
        sa.select(
            paper.c.id, kind_of, number_of, enterprise.c.id, enterprise.c.name, own_grid.c.name,
            sa.func.coalesce(inspection.c.finished_on, rectification.c.ordered_on), rectification.c.number,
            paper.c.state, paper.c.recorded_at, user.c.name if viewer.may(Right.NAMES) else sa.null(),
        )
        .select_from(source.outerjoin(user, user.c.id == paper.c.user_id))
        .where(*where)
        .order_by(order, paper.c.id)
    )  # fmt: skip
    total = sa.select(sa.func.count()).select_from(source).where(*where)
    found = [PaperRow._make(row) for row in conn.execute(query.offset(offset).limit(limit))] if limit else []
    return WorkPage(found, int(conn.execute(total).scalar_one()))


def papers_to_approve(conn: sa.Connection, viewer: Viewer) -> int:
    """Count the papers that wait for the viewer's approval; 0 for who approves nothing."""
    if not viewer.may(Right.APPROVE):
        return 0
    return papers(conn, viewer, PaperFilter(todo=True), limit=0).total


kind_of: sa.ColumnElement[str] = sa.case((paper.c.inspection_id.is_not(None), "visit"), else_="order")
number_of: sa.ColumnElement[int] = sa.func.coalesce(paper.c.inspection_id, paper.c.rectification_id)


def had_in_hand(viewer: Viewer) -> sa.ColumnElement[bool]:
    """Return the condition on `paper` that keeps those the viewer had a hand in.

    The same as `data.documents.approval.is_own`, asked of all at once: who handed it in, whose visit it
    records, who found, handled or rechecked what is ordered.
    """
    earlier, visit, again = paper.alias("earlier"), inspection.alias("visit"), rectification.alias("again")
    rechecked = rectification.alias("rechecked")
    e = problem_event.c
    # a notice is of the round that heads it and of those that name it
    heads = (again.c.id, again.c.notice_of)
    ordered = sa.select(again.c.problem_id).where(
        sa.or_(*(column == paper.c.rectification_id for column in heads))
    )
    ordered = ordered.correlate(paper)
    finder = finding.outerjoin(visit, visit.c.id == finding.c.inspection_id)
    hands = (
        sa.select(earlier.c.id).where(_same(earlier), _is(earlier.c.user_id, viewer.user_id)),
        sa.select(visit.c.id).where(visit.c.id == paper.c.inspection_id, _by(viewer, visit)),
        sa.select(problem.c.id)
        .select_from(problem.join(finder, finding.c.id == problem.c.finding_id))
        .where(
            problem.c.id.in_(ordered), sa.or_(_by(viewer, visit), _is(finding.c.user_id, viewer.user_id))
        ),
        sa.select(rechecked.c.id)
        .join(visit, visit.c.id == rechecked.c.inspection_id)
        .where(rechecked.c.problem_id.in_(ordered), _by(viewer, visit)),
        sa.select(e.id).where(
            e.problem_id.in_(ordered), e.verb.in_(WORKED),
            sa.or_(_is(e.user_id, viewer.user_id), _is(e.officer_id, viewer.officer_id)),
        ),
    )  # fmt: skip
    return sa.or_(*(one.correlate(paper).exists() for one in hands))


def _by(viewer: Viewer, visit: sa.FromClause) -> sa.ColumnElement[bool]:
    """Whether a visit was recorded by the viewer's account, or names them."""
    named = (_is(column, viewer.officer_id) for column in (visit.c.officer_id, visit.c.officer2_id))
    return sa.or_(_is(visit.c.user_id, viewer.user_id), *named)


def _is(column: sa.ColumnElement[Any], number: int | None) -> sa.ColumnElement[bool]:
    """Whether a column holds the number; where there is none it is nobody's."""
    return column == number if number is not None else sa.false()


def _same(other: sa.FromClause) -> sa.ColumnElement[bool]:
    """Whether another handing-in is of the same paper."""
    return sa.or_(
        other.c.inspection_id == paper.c.inspection_id, other.c.rectification_id == paper.c.rectification_id
    )


def _asked(viewer: Viewer, wanted: PaperFilter) -> Sequence[sa.ColumnElement[bool]]:
    later = paper.alias("later")
    where = [~sa.select(later.c.id).where(_same(later), later.c.id > paper.c.id).exists()]
    if wanted.todo and viewer.may(Right.APPROVE):
        where += [paper.c.state == "submitted", ~had_in_hand(viewer)]
    elif wanted.todo:
        where += [paper.c.state == "returned", _is(paper.c.user_id, viewer.user_id)]
    if wanted.state is not None:
        where.append(paper.c.state == wanted.state)
    if wanted.kind is not None:
        where.append(kind_of == wanted.kind)
    if wanted.grid is not None:
        where.append(own_grid.c.code == wanted.grid)
    if wanted.district is not None:
        where.append(in_district(DISTRICT, wanted.district))
    for word in wanted.q.split()[:MOST_WORDS]:
        columns = (enterprise.c.name, rectification.c.number)
        where.append(sa.or_(*(column.contains(word, autoescape=True) for column in columns)))
    return where
