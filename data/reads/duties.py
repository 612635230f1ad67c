"""An officer's working list: every duty in hand, those at one enterprise in one row, and why."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from data.access import Right, Viewer
from data.duty import Bite, Measure, bites_on, leads_with_officers, measure, problems_with_officers, soon
from data.plans import Period, headline, period_at, plan_by_code
from data.reads.enterprises import EnterpriseRow, all_enterprises
from data.reads.filters import EnterpriseFilter
from data.reads.masks import mask_text
from data.reads.places import LEAD_GRID, enterprise_scope, lead_scope, leads_with_place, with_place
from data.reads.worklist import LICENCE_SOON
from data.schema import enterprise, finding, inspection, lead, loan, problem
from data.standing import standing

KINDS = ("recheck", "lead", "problem", "visit", "cross", "licence")
"""复查, 线索核查, 督促整改, 日常检查, 交叉检查, 证照到期; in the order in which a row tells them."""

ON_SITE = ("recheck", "lead", "visit", "cross")
"""Kinds that a visit does; a problem whose rectification is overdue is looked after there too."""

FILTERS = ("unvisited", "soon", "overdue", "recheck", "lead", "problem", "licence")
"""未检, 临期, 逾期, 复查, 线索, 整改, 证照."""


@dataclass(frozen=True)
class Duty:
    """What is to be done at one place, and when it bites.

    Attributes
    ----------
    kind : str
        Of `KINDS`.
    ids : tuple of int
        The problems or leads, those that bite first at the front; empty for the other kinds.
    bite : Bite or None
        None: no day is set.
    overdue : bool
        Its deadline is over, as counted everywhere; a recheck whose planned day is over alone is not.
    state : str or None
        Of the first problem or lead.
    text : str or None
        What was found; the lead's title; the loan's task.
    """

    kind: str
    ids: tuple[int, ...] = ()
    bite: Bite | None = None
    overdue: bool = False
    state: str | None = None
    text: str | None = None


@dataclass(frozen=True)
class DutyRow:
    """All duties at one enterprise; a lead without an enterprise (未匹配) stands alone."""

    enterprise: EnterpriseRow | None
    duties: tuple[Duty, ...]

    @property
    def key(self) -> str:
        """What tells the row from others: ``e12``, or ``l5`` for a lead without an enterprise."""
        return f"e{self.enterprise.id}" if self.enterprise else f"l{self.duties[0].ids[0]}"

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of its duties."""
        return tuple(one.kind for one in self.duties)

    @property
    def overdue(self) -> bool:
        """Whether a deadline is over."""
        return any(one.overdue for one in self.duties)

    @property
    def workdays(self) -> int | None:
        """In how many workdays the first of its duties bites; negative: since when."""
        return min((one.bite.workdays for one in self.duties if one.bite), default=None)

    @property
    def on_site(self) -> bool:
        """Whether a visit is to be made."""
        return self.enterprise is not None and any(
            one.kind in ON_SITE or (one.kind == "problem" and one.overdue) for one in self.duties
        )

    @property
    def rank(self) -> tuple[int, int, int]:
        """How urgent it is, the least first: when it bites, then risk, then how many duties one visit does.

        0 overdue, 1 within two workdays, 2 within five, 3 later or undated.
        """
        left = self.workdays
        class_ = 0 if self.overdue else 3 if left is None or left > 5 else 2 if left > 2 else 1
        risk = self.enterprise.risk_level if self.enterprise else None
        return class_, -(risk or 0), -sum(one.kind != "licence" for one in self.duties)


@dataclass(frozen=True)
class Duties:
    """The whole list, most urgent first; `soon` is how many workdays before its day work is 临期."""

    rows: tuple[DutyRow, ...]
    soon: int  # workdays
    period: Period | None  # of the plan

    def shown(self, name: str | None) -> list[DutyRow]:
        """Return the rows of a filter of `FILTERS`; all of them without one."""
        return [row for row in self.rows if name is None or self._is(row, name)]

    def count(self, name: str) -> int:
        """Count the rows of a filter."""
        return sum(self._is(row, name) for row in self.rows)

    def _is(self, row: DutyRow, name: str) -> bool:
        if name == "unvisited":
            return "visit" in row.kinds
        if name == "soon":
            ahead = (one.bite for one in row.duties if not one.overdue and one.kind != "licence")
            return any(bite is not None and (bite.soon or bite.past) for bite in ahead)
        return row.overdue if name == "overdue" else name in row.kinds


def duties(conn: sa.Connection, viewer: Viewer, today: date, plan_code: str | None = None) -> Duties:
    """Read what is in the viewer's hands: own and lent grids, and what was given by name.

    Visits are those that a plan (by default the headline's) still asks for, none without an active one;
    problems and leads those that wait for the viewer, or for nobody by name in the viewer's grids. First what
    is overdue, then by the workday on which it bites; ties by risk, by how many duties one visit does, never
    visited or longest ago first, then by name.

    Raises
    ------
    Denied
        Without `Right.RECORD`: nobody else has such a list.
    """
    viewer.require(Right.RECORD)
    here = measure(conn, today)
    plan = plan_by_code(conn, plan_code) if plan_code else headline(conn)
    wanted = EnterpriseFilter(plan=plan.code if plan else None)
    places = {row.id: row for row in all_enterprises(conn, viewer, wanted)}
    period = period_at(plan, today) if plan else None
    found: dict[int, list[Duty]] = {}
    alone: list[DutyRow] = []
    for one, duty in _work(conn, viewer, here):
        if one is None:
            alone.append(DutyRow(None, (duty,)))
        elif one in places:
            found.setdefault(one, []).append(duty)
    for row in places.values():
        found.setdefault(row.id, []).extend(_by_plan(row, viewer, period, here))
    rows = [DutyRow(places[one], _merged(own)) for one, own in found.items() if own]
    return Duties(tuple(sorted([*rows, *alone], key=_order)), soon(conn), period)


def _order(row: DutyRow) -> tuple[Any, ...]:
    who = row.enterprise
    left = row.workdays
    last = who.last_visit_on if who else None
    when = (not row.overdue, left if left is not None else 10**6)
    return *when, *row.rank[1:], last or date.min, who.name if who else "", row.key


def _by_plan(row: EnterpriseRow, viewer: Viewer, period: Period | None, here: Measure) -> Iterator[Duty]:
    """Yield the visit that the plan asks for and the licence that ends, in the viewer's grids."""
    if row.grid_id not in viewer.scope.grids:
        return
    if row.state in ("remaining", "overdue") and period is not None:
        yield Duty("visit", (), here.bite(period.deadline), row.state == "overdue")
    if row.licence_to is not None and row.licence_to <= here.today + LICENCE_SOON:
        yield Duty("licence", (), here.bite(row.licence_to))


def _work(conn: sa.Connection, viewer: Viewer, here: Measure) -> Iterator[tuple[int | None, Duty]]:
    """Yield the enterprise and one duty for each problem, lead and cross-check in the viewer's hands."""
    for one, number, state, text, due_on, recheck_on in _problems(conn, viewer):
        day = bites_on(state, due_on, recheck_on)
        kind = "recheck" if state == "awaiting_recheck" else "problem"
        yield one, _duty(kind, number, here, day, due_on, state, text)
    for one, number, state, title, due_on in _leads(conn, viewer):
        yield one, _duty("lead", number, here, due_on, due_on, state, title)
    for one, task, to_on in _crosses(conn, viewer, here.today):
        yield one, Duty("cross", (), here.bite(to_on), text=mask_text(task))


def _duty(
    kind: str, number: int, here: Measure, day: date | None, due_on: date | None,
    state: str, text: str | None,
) -> Duty:  # fmt: skip
    over = due_on is not None and due_on < here.today
    return Duty(kind, (number,), here.bite(day) if day else None, over, state, mask_text(text))


def _problems(conn: sa.Connection, viewer: Viewer) -> Iterable[Any]:
    rechecker = sa.func.coalesce(problem.c.recheck_officer_id, problem.c.officer_id)
    hands = sa.case((problem.c.state == "awaiting_recheck", rechecker), else_=problem.c.officer_id)
    source = with_place(problem.join(enterprise, enterprise.c.id == problem.c.enterprise_id))
    return conn.execute(
        sa.select(
            problem.c.enterprise_id, problem.c.id, problem.c.state, finding.c.text, problem.c.due_on,
            problem.c.recheck_on,
        )
        .select_from(source.join(finding, finding.c.id == problem.c.finding_id))
        .where(
            problem.c.state.in_(sorted(problems_with_officers())), enterprise_scope(viewer),
            _mine(viewer, hands, enterprise.c.grid_id),
        )
        .order_by(problem.c.id)
    )  # fmt: skip


def _leads(conn: sa.Connection, viewer: Viewer) -> Iterable[Any]:
    return conn.execute(
        sa.select(lead.c.enterprise_id, lead.c.id, lead.c.state, lead.c.title, lead.c.due_on)
        .select_from(leads_with_place())
        .where(
            lead.c.state.in_(sorted(leads_with_officers())),
            sa.or_(lead_scope(viewer), lead.c.officer_id == viewer.officer_id),
            _mine(viewer, lead.c.officer_id, LEAD_GRID),
        )
        .order_by(lead.c.id)
    )


def _crosses(conn: sa.Connection, viewer: Viewer, today: date) -> Iterable[Any]:
    """Return the cross-checks of today that this officer has not made yet."""
    done = sa.exists().where(
        inspection.c.enterprise_id == loan.c.enterprise_id,
        inspection.c.finished_on >= loan.c.from_on,
        sa.or_(inspection.c.officer_id == loan.c.officer_id, inspection.c.officer2_id == loan.c.officer_id),
        inspection.c.unable_reason.is_(None), standing(),  # who found nobody has checked nothing
    )  # fmt: skip
    return conn.execute(
        sa.select(loan.c.enterprise_id, loan.c.task, loan.c.to_on).where(
            loan.c.officer_id == viewer.officer_id, loan.c.enterprise_id.is_not(None),
            loan.c.from_on <= today, loan.c.to_on >= today,
            sa.or_(loan.c.ended_on.is_(None), loan.c.ended_on > today), ~done,
        )
    )  # fmt: skip


def _mine(
    viewer: Viewer, hands: sa.ColumnElement[Any], grid_id: sa.ColumnElement[Any]
) -> sa.ColumnElement[bool]:
    nobody = sa.and_(hands.is_(None), grid_id.in_(sorted(viewer.scope.grids)))
    return nobody if viewer.officer_id is None else sa.or_(hands == viewer.officer_id, nobody)


def _merged(own: Iterable[Duty]) -> tuple[Duty, ...]:
    """Return one duty a kind, in the order of `KINDS`: the first that bites, with the ids of all."""

    def first(one: Duty) -> tuple[bool, int, tuple[int, ...]]:
        return not one.overdue, one.bite.workdays if one.bite else 10**6, one.ids

    kinds: dict[str, list[Duty]] = {}
    for one in own:
        kinds.setdefault(one.kind, []).append(one)
    merged = []
    for kind in KINDS:
        if kind in kinds:
            same = sorted(kinds[kind], key=first)
            ids = tuple(number for one in same for number in one.ids)
            head = same[0]
            merged.append(Duty(kind, ids, head.bite, head.overdue, head.state, head.text))
    return tuple(merged)
