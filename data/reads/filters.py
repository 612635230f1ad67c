"""What a list of enterprises can be asked for, as SQL conditions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from data.access import Viewer
from data.errors import NotFound, Refused
from data.figures import meta
from data.plans import Period, headline, period_at, plan_by_code
from data.reads.labels import category_below
from data.reads.places import DISTRICT, enterprise_scope, in_district, own_grid, with_place
from data.schema import (
    coverage_state,
    enterprise,
    enterprise_profile,
    grid,
    has_token,
    licence,
)

STATES = (
    "due", "done", "on_time", "late", "remaining", "overdue", "unplaced", "closed", "closed_visited",
    "closed_unvisited", "not_due",
)  # fmt: skip
"""States under a plan; due includes done, and unplaced are the due ones without a grid."""

MOST_WORDS = 10  # of a search: each asks five columns

_state = coverage_state.c
_profile = enterprise_profile.c


@dataclass(frozen=True)
class EnterpriseFilter:
    """What to list; every part that is given narrows the list.

    Parameters
    ----------
    q : str
        Part of a name, social credit code, licence number, address or source id; all words must match.
    grid, district, category
        Codes; ``district="unknown"`` asks for 区县不详, a category includes those below it.
    plan : str
        Code of the plan that `state` is about; by default the headline plan.
    state : str
        One of `STATES`. With it place and category are those that the figures counted, which after
        the deadline are the ones in force on the deadline.
    unplaced_reason : str
        ``no_point``, ``outside``, ``suspicious``, or ``any``.
    problems, leads : str
        ``open`` or ``overdue``.
    """

    q: str = ""
    grid: str | None = None
    district: str | None = None
    category: str | None = None
    plan: str | None = None
    state: str | None = None
    status: str | None = None
    scope: str | None = None
    tag: str | None = None
    risk: int | None = None
    unplaced_reason: str | None = None
    problems: str | None = None
    leads: str | None = None
    batch: int | None = None


@dataclass(frozen=True)
class Frame:
    """For which plan, period and day a list tells its states; no plan, no states."""

    plan_id: int | None
    period: Period | None
    as_of: date | None

    @property
    def past(self) -> bool:
        """Whether the deadline is over."""
        return self.period is not None and self.as_of is not None and self.as_of > self.period.deadline


def frame_of(conn: sa.Connection, wanted: EnterpriseFilter) -> Frame:
    """Return for which plan, period and day the list is read; the figures say the day."""
    plan = plan_by_code(conn, wanted.plan) if wanted.plan else headline(conn)
    if plan is None and wanted.state:
        raise NotFound("plan_none")
    as_of = known.as_of if (known := meta(conn)) else None
    period = period_at(plan, as_of) if plan and as_of else None
    return Frame(plan.id if plan else None, period, as_of)


def state_of(frame: Frame, due: bool | None, done_on: date | None) -> str:
    """Return the state of one enterprise under the plan: `filters.STATES` that exclude each other."""
    if due is None:
        return "not_due"
    if not due:
        return "closed_unvisited" if done_on is None else "closed_visited"
    if done_on is None:
        return "overdue" if frame.past else "remaining"
    return "on_time" if frame.period is None or done_on <= frame.period.deadline else "late"


def sources(wanted: EnterpriseFilter, plan_id: int | None) -> sa.FromClause:
    """Join the enterprises with their place, their state under the plan and their profile."""
    state = sa.and_(_state.enterprise_id == enterprise.c.id, _state.plan_id == plan_id)
    if _counted(wanted):
        # the state's own place: those of the figures, so that a list is as long as its number
        base = coverage_state.join(enterprise, state).outerjoin(own_grid, own_grid.c.id == _state.grid_id)
    else:
        base = with_place().outerjoin(coverage_state, state)
    return base.outerjoin(enterprise_profile, _profile.enterprise_id == enterprise.c.id)


def conditions(
    conn: sa.Connection, viewer: Viewer, wanted: EnterpriseFilter, frame: Frame
) -> list[sa.ColumnElement[bool]]:
    """Return what must hold for a row of `sources`; the viewer's scope is always among it."""
    counted = _counted(wanted)
    place = _state if counted else enterprise.c
    where = [
        viewer.scope.clause(_state.grid_id, _state.district_code) if counted else enterprise_scope(viewer),
        *(_search(word) for word in wanted.q.split()[:MOST_WORDS]),
    ]
    if wanted.state:
        where.append(_in_state(wanted.state, frame))
    if wanted.grid:
        asked = sa.select(grid.c.id).where(grid.c.code == wanted.grid).scalar_subquery()
        where.append(place.grid_id == asked)
    if wanted.district:
        where.append(in_district(_state.district_code if counted else DISTRICT, wanted.district))
    if wanted.category:
        where.append(place.category.in_(sorted(category_below(conn, wanted.category))))
    if wanted.unplaced_reason:
        reason = sa.func.coalesce(place.unplaced_reason, "no_point")
        asked_for_any = wanted.unplaced_reason == "any"
        where += [place.grid_id.is_(None), sa.true() if asked_for_any else reason == wanted.unplaced_reason]
    if wanted.status:
        where.append(enterprise.c.status == wanted.status)
    if wanted.scope:
        where.append(has_token(enterprise.c.scopes, wanted.scope))
    if wanted.tag:
        where.append(has_token(enterprise.c.tags, wanted.tag))
    if wanted.risk is not None:
        where.append(enterprise.c.risk_level == wanted.risk)
    if wanted.batch is not None:
        where.append(enterprise.c.batch_id == wanted.batch)
    where += _work(wanted.problems, _profile.open_problems, _profile.next_problem_due, frame.as_of)
    where += _work(wanted.leads, _profile.open_leads, _profile.next_lead_due, frame.as_of)
    return where


def _counted(wanted: EnterpriseFilter) -> bool:
    return wanted.state is not None and wanted.state != "not_due"


def _in_state(state: str, frame: Frame) -> sa.ColumnElement[bool]:
    seen = _state.done_on.is_not(None)
    deadline = frame.period.deadline if frame.period else date.max
    known: dict[str, sa.ColumnElement[bool]] = {
        "due": _state.due,
        "done": sa.and_(_state.due, seen),
        "on_time": sa.and_(_state.due, _state.done_on <= deadline),
        "late": sa.and_(_state.due, _state.done_on > deadline),
        "remaining": sa.and_(_state.due, sa.not_(seen)),
        "overdue": sa.and_(_state.due, sa.not_(seen), sa.true() if frame.past else sa.false()),
        "unplaced": sa.and_(_state.due, _state.grid_id.is_(None)),
        "closed": sa.not_(_state.due),
        "closed_visited": sa.and_(sa.not_(_state.due), seen),
        "closed_unvisited": sa.and_(sa.not_(_state.due), sa.not_(seen)),
        "not_due": _state.enterprise_id.is_(None),
    }
    if state not in known:
        raise Refused("state_unknown", field="state", got=state, known=", ".join(STATES))
    return known[state]


def _search(word: str) -> sa.ColumnElement[bool]:
    columns = (enterprise.c.name, enterprise.c.uscc, enterprise.c.address, enterprise.c.source_id)
    numbered = sa.select(licence.c.enterprise_id).where(licence.c.number.icontains(word, autoescape=True))
    return sa.or_(
        *(column.icontains(word, autoescape=True) for column in columns), enterprise.c.id.in_(numbered)
    )


def _work(
    wanted: str | None, number: sa.ColumnElement[Any], next_due: sa.ColumnElement[Any], as_of: date | None
) -> list[sa.ColumnElement[bool]]:
    if wanted is None:
        return []
    if wanted not in ("open", "overdue"):
        raise Refused("work_unknown", got=wanted, known="open, overdue")
    if wanted == "open":
        return [number > 0]
    return [next_due < as_of if as_of is not None else sa.false()]
