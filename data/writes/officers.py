"""Who answers for a grid: dated bindings of officers, duty A (responsible) and B (stands in)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from data import audit, figures
from data.access import Right, Viewer, grid_officers_in_force
from data.clock import EVERYTHING
from data.errors import Refused
from data.schema import fact_grid_officer, grid, officer

DUTIES = ("A", "B")


def bind_officer(
    conn: sa.Connection,
    viewer: Viewer,
    grid_code: str,
    duty: str,
    officer_id: int | None,
    valid_from: date,
    *,
    now: datetime,
    reason: str | None = None,
) -> bool:
    """Bind an officer to a grid from a day on (None: nobody); the earlier bindings stay as history.

    Returns
    -------
    bool
        False if exactly this holds already on that day and nothing was written.

    Raises
    ------
    Denied
        Without `Right.USERS`.
    Refused
        ``grid_unknown``, ``duty_unknown``, ``officer_unknown``.
    """
    viewer.require(Right.USERS)
    grid_id = conn.execute(sa.select(grid.c.id).where(grid.c.code == grid_code)).scalar()
    if grid_id is None:
        raise Refused("grid_unknown", field="grid", found=grid_code)
    if duty not in DUTIES:
        raise Refused("duty_unknown", field="duty", found=duty)
    known = sa.select(officer.c.id).where(officer.c.id == officer_id, officer.c.active)
    if officer_id is not None and conn.execute(known).first() is None:
        raise Refused("officer_unknown", field="officer_id")
    before = grid_officers_in_force(valid_from, EVERYTHING).subquery()
    held = conn.execute(
        sa.select(before.c.officer_id).where(before.c.grid_id == grid_id, before.c.duty == duty)
    ).scalar()
    if held == officer_id:
        return False
    origin = {"reason": reason, "user_id": viewer.user_id, "recorded_at": now}
    add_binding(conn, grid_id, duty, officer_id, valid_from, origin)
    figures.touch(conn, now)
    audit.append(
        conn,
        viewer,
        "grid.bind_officer",
        "grid",
        grid_code,
        now=now,
        duty=duty,
        before=held,
        after=officer_id,
        valid_from=valid_from,
    )
    return True


def add_binding(
    conn: sa.Connection, grid_id: int, duty: str, officer_id: int | None, valid_from: date,
    origin: dict[str, Any],
) -> None:  # fmt: skip
    """Add a binding that holds from its day until the next one: later days keep their own officers."""
    binding = {"grid_id": grid_id, "duty": duty, "officer_id": officer_id, "valid_from": valid_from}
    conn.execute(sa.insert(fact_grid_officer), {**binding, **origin})
