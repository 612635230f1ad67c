"""The inspection plans as a steward edits them and everybody else reads them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from data.access import Right, Viewer
from data.plans import Period, Plan, all_plans, period_at
from data.schema import plan as plan_table


@dataclass(frozen=True)
class PlanRow:
    """One plan with its present period; `version` is what an editor has seen."""

    plan: Plan
    active: bool
    sort: int
    version: int
    period: Period | None


def list_plans(conn: sa.Connection, viewer: Viewer, today: date) -> list[PlanRow]:
    """Return the plans in their order, those that are retired last.

    Raises
    ------
    Denied
        Without `Right.MASTER`.
    """
    viewer.require(Right.MASTER)
    kept = {
        row.id: row
        for row in conn.execute(
            sa.select(plan_table.c.id, plan_table.c.active, plan_table.c.sort, plan_table.c.version)
        )
    }
    return [
        PlanRow(plan, kept[plan.id].active, kept[plan.id].sort, kept[plan.id].version, period_at(plan, today))
        for plan in all_plans(conn, retired=True)
    ]


def used_tags(conn: sa.Connection, viewer: Viewer) -> list[str]:
    """Return the tags that plans ask for, to choose from."""
    viewer.require(Right.MASTER)
    return sorted({tag for plan in all_plans(conn, retired=True) for tag in plan.tags})
