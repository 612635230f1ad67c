"""What officers found to be otherwise than recorded: asked by visits, answered by a steward.

A status question comes from 无法检查 (closed, moved, not found), a point question from an officer who
stood before the right door. Nothing of the enterprise changes until the steward says yes.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import geopandas as gpd
import sqlalchemy as sa

from data import audit, figures
from data.access import Right, Viewer
from data.clock import EVERYTHING
from data.errors import Conflict, NotFound, Refused
from data.schema import enterprise, inspection, question, status
from data.writes.grids import shapes_in_force
from data.writes.messages import end, tell
from data.writes.versions import GROUPS, add_versions, bring_current, stamp
from geo.locate import Locator
from geo.shapes import from_wkb

STATUS_REASONS = ("closed", "moved", "not_found")
"""Why a visit was not possible that make the recorded status doubtful; a refusal does not."""


def ask(
    conn: sa.Connection, viewer: Viewer, enterprise_id: int, inspection_id: int, kind: str,
    asked: dict[str, Any], *, now: datetime,
) -> int | None:  # fmt: skip
    """Open a question; None where the same kind is open for this enterprise already.

    Part of recording a visit: rights and place have been checked, the audit row is the visit's.
    """
    standing = sa.select(question.c.id).where(
        question.c.enterprise_id == enterprise_id, question.c.kind == kind, question.c.state == "open"
    )
    if conn.execute(standing).first() is not None:
        return None
    row = {
        "enterprise_id": enterprise_id, "inspection_id": inspection_id, "kind": kind, "asked": asked,
        "state": "open", "user_id": viewer.user_id, "recorded_at": now,
    }  # fmt: skip
    return int(conn.execute(sa.insert(question).returning(question.c.id), row).scalar_one())


def accept_status(
    conn: sa.Connection, viewer: Viewer, question_id: int, new_status: str, *, now: datetime
) -> None:
    """Give the enterprise the status that the officer's visit speaks for, from the visit's day on.

    Raises
    ------
    Denied
        Without `Right.ANSWER`.
    NotFound
        ``question_unknown``.
    Refused
        ``question_kind``, ``status_unknown``.
    Conflict
        ``question_answered``: somebody else was first.
    """
    row = _open(conn, viewer, question_id, "status")
    if conn.execute(sa.select(status.c.code).where(status.c.code == new_status)).first() is None:
        raise NotFound("status_unknown", field="status", found=new_status or "—")
    before = conn.execute(
        sa.select(enterprise.c.status).where(enterprise.c.id == row.enterprise_id)
    ).scalar_one()
    _add(conn, viewer, row, "status", {"status": new_status}, now)
    bring_current(conn, now.date(), _this(row), ("status",))
    _answer(conn, viewer, row, "accepted", None, now, before={"status": before}, after={"status": new_status})


def accept_point(conn: sa.Connection, viewer: Viewer, question_id: int, *, now: datetime) -> None:
    """Move the enterprise to where the officer stood; its grid follows, unless a steward had decided it.

    Raises
    ------
    Denied
        Without `Right.ANSWER`.
    NotFound
        ``question_unknown``.
    Refused
        ``question_kind``.
    Conflict
        ``question_answered``: somebody else was first.
    """
    row = _open(conn, viewer, question_id, "point")
    old = conn.execute(
        sa.select(enterprise).where(enterprise.c.id == row.enterprise_id).with_for_update()
    ).one()
    lon, lat = float(row.asked["lon"]), float(row.asked["lat"])
    _add(
        conn, viewer, row, "point",
        {"lon": lon, "lat": lat, "src_lon": lon, "src_lat": lat, "datum": "WGS84", "geo_source": "surveyed",
         "suspicion": None}, now,
    )  # fmt: skip
    if old.basis != "steward":
        _add(
            conn, viewer, row, "placement",
            {"declared_grid": old.declared_grid, **_placed(conn, lon, lat, now)}, now,
        )  # fmt: skip
    bring_current(conn, now.date(), _this(row), ("point", "placement"))
    _answer(
        conn, viewer, row, "accepted", None, now,
        before={"lon": old.lon, "lat": old.lat}, after={"lon": lon, "lat": lat},
    )  # fmt: skip


def refuse(conn: sa.Connection, viewer: Viewer, question_id: int, reason: str, *, now: datetime) -> None:
    """Leave the facts as they are, and say why; the officer is told.

    Raises
    ------
    Denied
        Without `Right.ANSWER`.
    NotFound
        ``question_unknown``.
    Refused
        ``reason_missing``.
    Conflict
        ``question_answered``: somebody else was first.
    """
    row = _open(conn, viewer, question_id)
    if not reason.strip():
        raise Refused("reason_missing", field="reason")
    _answer(conn, viewer, row, "refused", reason.strip(), now)


def _open(conn: sa.Connection, viewer: Viewer, question_id: int, kind: str | None = None) -> Any:
    viewer.require(Right.ANSWER)
    row = conn.execute(
        sa.select(question, inspection.c.finished_on, enterprise.c.grid_id, enterprise.c.district_code)
        .join(enterprise, enterprise.c.id == question.c.enterprise_id)
        .outerjoin(inspection, inspection.c.id == question.c.inspection_id)
        .where(question.c.id == question_id)
        .with_for_update(of=question)
    ).one_or_none()
    if row is None:
        raise NotFound("question_unknown", got=question_id)
    viewer.require_place(row.grid_id, row.district_code, row.enterprise_id)
    if row.state != "open":
        raise Conflict("question_answered", theirs=row.state)
    if kind is not None and row.kind != kind:
        raise Refused("question_kind", got=row.kind)
    return row


def _add(
    conn: sa.Connection, viewer: Viewer, row: Any, group: str, values: dict[str, Any], now: datetime
) -> None:
    types = enterprise.c
    version = sa.select(
        sa.literal(row.enterprise_id, types.id.type).label("enterprise_id"),
        sa.literal(row.finished_on or now.date(), sa.Date).label("valid_from"),
        sa.literal(None, sa.Integer).label("row_no"),
        *(sa.cast(sa.literal(values[name], types[name].type), types[name].type).label(name)
          for name in GROUPS[group]),
    )  # fmt: skip
    reason = f"question {row.id}"
    add_versions(conn, group, version, stamp(None, viewer.user_id, now, reason), correction=True)


def _this(row: Any) -> sa.Select[Any]:
    return sa.select(enterprise.c.id).where(enterprise.c.id == row.enterprise_id)


def _placed(conn: sa.Connection, lon: float, lat: float, now: datetime) -> dict[str, Any]:
    shapes = conn.execute(shapes_in_force(now.date(), EVERYTHING)).all()
    if not shapes:
        return {"grid_id": None, "basis": None, "unplaced_reason": "outside", "distance_m": None}
    frame = gpd.GeoDataFrame(
        {"code": [one.code for one in shapes]}, geometry=from_wkb([one.geom for one in shapes]), crs=4326
    )
    found = Locator(frame).locate(lon, lat)
    at, metres = int(found.grid[0]), float(found.distance_m[0])
    if at < 0:
        return {"grid_id": None, "basis": None, "unplaced_reason": "outside", "distance_m": metres}
    return {"grid_id": shapes[at].id, "basis": "point", "unplaced_reason": None, "distance_m": None}


def _answer(
    conn: sa.Connection, viewer: Viewer, row: Any, state: str, reason: str | None, now: datetime,
    **changed: Any,
) -> None:  # fmt: skip
    conn.execute(
        sa.update(question)
        .where(question.c.id == row.id)
        .values(state=state, answer=reason, answered_at=now, answered_by=viewer.user_id)
    )
    end(conn, "question", row.id, now=now)
    tell(conn, [row.user_id], "answered", "question", row.id, state, {"reason": reason} if reason else {},
         now=now)  # fmt: skip
    if state == "accepted":
        figures.refresh(conn, [row.enterprise_id], now=now)
    audit.append(
        conn, viewer, f"question.{state}", "question", row.id, now=now, enterprise=row.enterprise_id,
        kind=row.kind, **changed,
    )  # fmt: skip


def take_back(
    conn: sa.Connection, viewer: Viewer, inspection_ids: list[int], reason: str, *, now: datetime
) -> int:
    """Ask no more what visits have asked that were none; return how many questions were open.

    Part of withdrawing a visit: rights and place have been checked, the audit row is the visit's.
    """
    waiting = (question.c.inspection_id.in_(inspection_ids), question.c.state == "open")
    over = {"state": "refused", "answer": reason, "answered_at": now, "answered_by": viewer.user_id}
    found = (
        conn.execute(sa.update(question).where(*waiting).values(over).returning(question.c.id))
        .scalars()
        .all()
    )
    for one in found:
        end(conn, "question", one, now=now)
    return len(found)
