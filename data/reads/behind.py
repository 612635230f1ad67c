"""The enterprises behind any figure of coverage, computed from the facts for any day."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from typing import NamedTuple

import sqlalchemy as sa

from data.access import Right, Viewer
from data.coverage import enterprise_rows
from data.errors import Refused
from data.plans import Period, Plan, headline, period_at, period_by_code, plan_by_code
from data.reads.filters import STATES, Frame, state_of
from data.schema import enterprise, grid
from data.store import prepare_bulk


class CoveredEnterprise(NamedTuple):
    """One enterprise as a figure counted it; name and codes are today's."""

    id: int
    source: str
    source_id: str
    name: str
    uscc: str | None
    category: str | None
    district_code: str | None
    grid_code: str | None
    unplaced_reason: str | None
    due: bool
    done_on: date | None
    grade: int | None
    state: str


ASKABLE = tuple(state for state in STATES if state != "not_due")


def coverage_enterprises(
    conn: sa.Connection, viewer: Viewer, plan_code: str | None, as_of: date, known_at: datetime, status: str,
    *, period: str | None = None,
) -> Iterator[CoveredEnterprise]:  # fmt: skip
    """Return the rows behind one count of coverage, read as they are asked for, by grid and source id.

    Parameters
    ----------
    status : str
        One of `ASKABLE`; due includes done, and unplaced are the due ones without a grid.

    Raises
    ------
    NotFound
        ``plan_unknown``, ``period_unknown``.
    Refused
        ``state_unknown``.
    """
    viewer.require(Right.ENTERPRISES)
    if status not in ASKABLE:
        raise Refused("state_unknown", field="status", got=status, known=", ".join(ASKABLE))
    # what was published under a plan that is retired since can still be computed
    plan = plan_by_code(conn, plan_code, known_at, retired=True) if plan_code else headline(conn, known_at)
    if plan is None:
        return iter(())
    chosen = period_by_code(plan, period) if period else period_at(plan, as_of)
    if chosen is None:
        return iter(())
    # what is refused is refused now, not when the first row is asked for
    return _read(conn, viewer, plan, chosen, as_of, known_at, status)


def _read(
    conn: sa.Connection, viewer: Viewer, plan: Plan, chosen: Period, as_of: date, known_at: datetime,
    status: str,
) -> Iterator[CoveredEnterprise]:  # fmt: skip
    frame = Frame(plan.id, chosen, as_of)
    row = enterprise_rows(plan, chosen, as_of, known_at).subquery()
    query = (
        sa.select(
            *(enterprise.c[name] for name in CoveredEnterprise._fields[:5]),
            row.c.category, row.c.district_code, grid.c.code, row.c.unplaced_reason, row.c.due, row.c.done_on,
            row.c.grade,
        )
        .select_from(
            row.join(enterprise, enterprise.c.id == row.c.enterprise_id).outerjoin(
                grid, grid.c.id == row.c.grid_id
            )
        )
        .where(viewer.scope.clause(row.c.grid_id, row.c.district_code))
        .order_by(grid.c.code.nulls_last(), enterprise.c.source_id, enterprise.c.id)
    )  # fmt: skip
    prepare_bulk(conn)
    for found in conn.execute(query.execution_options(yield_per=2000)):
        state = state_of(frame, found.due, found.done_on)
        if _belongs(status, state, placed=found.code is not None):
            yield CoveredEnterprise._make((*found, state))


def _belongs(status: str, state: str, *, placed: bool) -> bool:
    due = state in ("on_time", "late", "remaining", "overdue")
    return {
        "due": due,
        "done": state in ("on_time", "late"),
        "remaining": state in ("remaining", "overdue"),
        "unplaced": due and not placed,
        "closed": state.startswith("closed"),
    }.get(status, state == status)
