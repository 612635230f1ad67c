"""Who is lent where: what a supervisor sees before lending somebody, and can take back."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import sqlalchemy as sa

from data.access import Right, Viewer
from data.reads.masks import mask_text
from data.schema import enterprise, grid, loan, officer


class LoanRow(NamedTuple):
    """One loan that is not over yet; `enterprise` is None where a whole grid is lent to."""

    id: int
    officer: str
    kind: str  # lend, cross
    grid: str | None
    enterprise_id: int | None
    enterprise: str | None
    from_on: date
    to_on: date
    task: str


def loans(conn: sa.Connection, viewer: Viewer, today: date) -> list[LoanRow]:
    """Return the loans within the viewer's scope that hold on `today` or later, the next to end first."""
    viewer.require(Right.ASSIGN)
    place = grid.alias("place")
    source = loan.join(officer, officer.c.id == loan.c.officer_id)
    source = source.outerjoin(enterprise, enterprise.c.id == loan.c.enterprise_id)
    at = sa.func.coalesce(loan.c.grid_id, enterprise.c.grid_id)
    source = source.outerjoin(place, place.c.id == at)
    query = (
        sa.select(
            loan.c.id, officer.c.name, loan.c.kind, place.c.name, loan.c.enterprise_id, enterprise.c.name,
            loan.c.from_on, loan.c.to_on, loan.c.task,
        )
        .select_from(source)
        .where(
            loan.c.to_on >= today,
            loan.c.ended_on.is_(None),
            viewer.scope.clause(at, sa.func.coalesce(enterprise.c.district_code, place.c.district_code)),
        )
        .order_by(loan.c.to_on, loan.c.id)
    )  # fmt: skip
    return [LoanRow(*row)._replace(task=mask_text(row.task) or "") for row in conn.execute(query)]
