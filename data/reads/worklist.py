"""Whom to visit first: what is left of a plan in one grid, most urgent first, and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from data.access import Viewer
from data.reads.enterprises import EnterpriseRow, all_enterprises
from data.reads.filters import EnterpriseFilter

LICENCE_SOON = timedelta(days=30)
HIGH_RISK = 4


@dataclass(frozen=True)
class Reason:
    """Why an enterprise stands where it stands: a code of the catalogue ``grid`` with its values."""

    code: str
    params: dict[str, Any]


@dataclass(frozen=True)
class WorkItem:
    """One enterprise that is still to be visited."""

    enterprise: EnterpriseRow
    reasons: tuple[Reason, ...]


def work_list(
    conn: sa.Connection, viewer: Viewer, grid_code: str, plan_code: str, today: date
) -> list[WorkItem]:
    """Return the remaining enterprises of a grid, most urgent first.

    First those with an overdue problem, then high risk, then never visited, then the longest ago;
    ties by name. The order is a proposal of this product, not a rule of law.
    """
    wanted = EnterpriseFilter(grid=grid_code, plan=plan_code, state="remaining")
    rows = sorted(all_enterprises(conn, viewer, wanted), key=lambda row: _urgency(row, today))
    return [WorkItem(row, _reasons(row, today)) for row in rows]


def _overdue(row: EnterpriseRow, today: date) -> bool:
    return row.open_problems > 0 and row.next_problem_due is not None and row.next_problem_due < today


def _urgency(row: EnterpriseRow, today: date) -> tuple[bool, bool, date, str]:
    high = row.risk_level == HIGH_RISK
    return not _overdue(row, today), not high, row.last_visit_on or date.min, row.name


def _reasons(row: EnterpriseRow, today: date) -> tuple[Reason, ...]:
    found = []
    if _overdue(row, today):
        found.append(Reason("why_problem_overdue", {"n": row.open_problems}))
    elif row.open_problems:
        found.append(Reason("why_problem", {"n": row.open_problems}))
    if row.risk_level == HIGH_RISK:
        found.append(Reason("why_risk", {}))
    if row.last_visit_on is None:
        found.append(Reason("why_never", {}))
    else:
        days = (today - row.last_visit_on).days
        found.append(Reason("why_last", {"day": row.last_visit_on, "n": days}))
    if row.licence_to is not None and row.licence_to <= today + LICENCE_SOON:
        found.append(Reason("why_licence", {"day": row.licence_to}))
    return tuple(found)
