"""A steward's decision where an enterprise belongs; it stays, whatever later files and shapes say."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from data import audit, figures
from data.access import Right, Viewer
from data.errors import Conflict, NotFound, Refused
from data.schema import enterprise, grid
from data.writes.versions import add_versions, bring_current, stamp


def place_enterprise(
    conn: sa.Connection,
    viewer: Viewer,
    enterprise_id: int,
    grid_code: str,
    reason: str,
    *,
    version: int,
    now: datetime,
) -> None:
    """Place an enterprise in a grid from today on.

    Parameters
    ----------
    reason : str
        Why; kept with the version and in the audit log.
    version : int
        Of the enterprise as the steward saw it.

    Raises
    ------
    Denied
        The viewer may not decide on placements.
    NotFound
        ``enterprise_unknown``, ``grid_unknown``.
    Refused
        ``reason_missing``, ``grid_retired``.
    Conflict
        ``changed_meanwhile``: somebody else was first.
    """
    viewer.require(Right.IMPORT)
    reason = reason.strip()
    if not reason:
        raise Refused("reason_missing", field="reason")
    row = conn.execute(
        sa.select(enterprise).where(enterprise.c.id == enterprise_id).with_for_update()
    ).one_or_none()
    if row is None:
        raise NotFound("enterprise_unknown", got=enterprise_id)
    viewer.require_place(row.grid_id, row.district_code)
    target = conn.execute(sa.select(grid).where(grid.c.code == grid_code)).one_or_none()
    if target is None:
        raise NotFound("grid_unknown", field="grid", found=grid_code or "—")
    if not target.active:
        raise Refused("grid_retired", field="grid", got=grid_code)
    if row.version != version:
        raise Conflict("changed_meanwhile", mine=version, theirs=row.version)
    decided = sa.select(
        sa.literal(enterprise_id).label("enterprise_id"),
        sa.literal(now.date(), sa.Date).label("valid_from"),
        sa.literal(None, sa.Integer).label("row_no"),
        sa.literal(target.id).label("grid_id"),
        sa.literal("steward").label("basis"),
        sa.literal(None, sa.String).label("unplaced_reason"),
        sa.cast(None, sa.Float).label("distance_m"),
        sa.literal(row.declared_grid, sa.String).label("declared_grid"),
    )
    add_versions(conn, "placement", decided, stamp(None, viewer.user_id, now, reason), correction=True)
    this = sa.select(enterprise.c.id).where(enterprise.c.id == enterprise_id)
    bring_current(conn, now.date(), this, ("placement",))
    figures.refresh(conn, [enterprise_id], now=now)
    before = conn.execute(sa.select(grid.c.code).where(grid.c.id == row.grid_id)).scalar_one_or_none()
    audit.append(
        conn, viewer, "placement.decide", "enterprise", enterprise_id, now=now,
        before={"grid": before, "basis": row.basis}, after={"grid": grid_code, "basis": "steward"},
        reason=reason,
    )  # fmt: skip
