"""Versions of facts and plans: the current rows that follow them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import sqlalchemy as sa

from data.quality.found import Finding
from data.schema import plan, plan_version
from data.schema.plans import DEFINITION
from data.writes.versions import out_of_step


def current_rows(conn: sa.Connection, now: datetime) -> Iterator[Finding]:
    """The current row of each enterprise is what its versions in force say."""
    found = out_of_step(conn, now.date())
    for group in sorted({group for _, group in found}):
        ids = [i for i, g in found if g == group]
        yield Finding("current_wrong", "error", {"group": group, "count": len(ids), "example": ids[0]})


def plans(conn: sa.Connection, now: datetime) -> Iterator[Finding]:
    """Each plan is what its last version says."""
    newest = sa.select(sa.func.max(plan_version.c.id)).group_by(plan_version.c.plan_id)
    same = sa.and_(
        plan_version.c.plan_id == plan.c.id,
        plan_version.c.id.in_(newest),
        *(plan_version.c[name].is_not_distinct_from(plan.c[name]) for name in DEFINITION),
    )
    wrong = conn.execute(
        sa.select(plan.c.code).where(~sa.exists().where(same)).order_by(plan.c.code)
    ).scalars()
    for code in wrong:
        yield Finding("plan_wrong", "error", {"plan": code})
