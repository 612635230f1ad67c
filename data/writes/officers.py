"""Who answers for a grid: dated bindings of officers, duty A (responsible) and B (stands in)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from data import audit, figures
from data.access import Right, Viewer, grid_officers_in_force
from data.clock import EVERYTHING
from data.errors import Conflict, NotFound, Refused
from data.reads.recipients import Recipients
from data.schema import fact_grid_officer, grid
from data.writes import messages
from data.writes.problem_days import not_before
from data.writes.problem_moves import known_officer
from data.writes.written import need

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

    Who has it then, and who had it until then, are told.

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
    _check_duty(duty)
    if officer_id is not None:
        known_officer(conn, officer_id, "officer_id")
    held = _held(conn, [grid_id], duty, valid_from).get(grid_id)
    if held == officer_id:
        return False
    origin = {"reason": reason, "user_id": viewer.user_id, "recorded_at": now}
    add_binding(conn, grid_id, duty, officer_id, valid_from, origin)
    _tell(conn, Recipients(conn, now.date()), grid_id, duty, held, officer_id, valid_from, origin)
    figures.touch(conn, now)
    _tell_audit(conn, viewer, grid_code, duty, held, officer_id, valid_from, now)
    return True


def hand_over(
    conn: sa.Connection, viewer: Viewer, seen: Mapping[int, int | None], *, duty: str, officer_id: int,
    valid_from: date, reason: str, now: datetime,
) -> int:  # fmt: skip
    """Give many grids to one officer from a day on; those that the officer has already stay as they are.

    Work that was given to somebody by name stays with whom it was given to. Who gets a grid, and who had it
    until then, are told once for each grid and day.

    Parameters
    ----------
    seen : mapping
        Grid → the officer whom the preview showed there on that day, None where nobody was.

    Returns
    -------
    int
        How many grids changed hands; all of them or, where one is refused, none.

    Raises
    ------
    Denied
        Without `Right.ASSIGN`, or a grid outside the scope.
    Conflict
        ``grid_handed``: somebody else has given one of them away meanwhile.
    Refused
        ``grids_none``, ``duty_unknown``, ``officer_unknown``, ``day_past``, ``day_far``, ``reason_missing``.
    """
    viewer.require(Right.ASSIGN)
    if not seen:
        raise Refused("grids_none", field="grids")
    # in one order, so that two supervisors wait for each other and see what the first has done
    query = sa.select(grid.c.id, grid.c.code, grid.c.name, grid.c.district_code).where(grid.c.id.in_(seen))
    rows = conn.execute(query.order_by(grid.c.id).with_for_update(key_share=True)).all()
    for row in rows:
        viewer.require_place(row.id, row.district_code)
    if len(rows) < len(seen):
        raise NotFound("grid_unknown", field="grids", found=min(set(seen) - {row.id for row in rows}))
    _check_duty(duty)
    chosen = known_officer(conn, officer_id, "officer_id")
    not_before(valid_from, now.date(), "from")
    said = need(reason, "reason")
    held = _held(conn, seen, duty, valid_from)
    for row in rows:
        if held.get(row.id) != seen[row.id]:
            raise Conflict("grid_handed", field="grids", grid=row.name)
    moved = [row for row in rows if held.get(row.id) != chosen]
    who = Recipients(conn, now.date())
    origin = {"reason": said, "user_id": viewer.user_id, "recorded_at": now}
    for row in moved:
        add_binding(conn, row.id, duty, chosen, valid_from, origin)
        _tell(conn, who, row.id, duty, held.get(row.id), chosen, valid_from, origin)
    figures.touch(conn, now)
    for row in moved:
        _tell_audit(conn, viewer, row.code, duty, held.get(row.id), chosen, valid_from, now)
    return len(moved)


def _check_duty(duty: str) -> None:
    if duty not in DUTIES:
        raise Refused("duty_unknown", field="duty", found=duty)


def _held(conn: sa.Connection, grids: Collection[int], duty: str, day: date) -> dict[int, int | None]:
    """Return grid → the officer under a duty on a day."""
    found = grid_officers_in_force(day, EVERYTHING).subquery()
    query = sa.select(found.c.grid_id, found.c.officer_id).where(
        found.c.grid_id.in_(grids), found.c.duty == duty
    )
    return dict(conn.execute(query).all())


def _tell(
    conn: sa.Connection, who: Recipients, grid_id: int, duty: str, before: int | None, after: int | None,
    valid_from: date, origin: Mapping[str, Any],
) -> None:  # fmt: skip
    """Tell who has a grid from a day on and who had it until then; what either was told before is over.

    Others who hold it on other days keep what they were told: their days have not changed.
    """
    now, about = origin["recorded_at"], f"grid:{duty}"
    params = {"from": valid_from.isoformat(), "duty": duty}
    if origin["reason"]:
        params["reason"] = origin["reason"]
    for officer_id, kind, over in ((before, "handed_on", "assigned"), (after, "assigned", "handed_on")):
        told = who.of_officer(officer_id)
        messages.end(conn, "grid", grid_id, kinds=[over], to=told, about=about, now=now)
        messages.tell(conn, told, kind, "grid", grid_id, f"{about}:{valid_from}", params, now=now)


def _tell_audit(
    conn: sa.Connection, viewer: Viewer, grid_code: str, duty: str, before: int | None, after: int | None,
    valid_from: date, now: datetime,
) -> None:  # fmt: skip
    audit.append(
        conn, viewer, "grid.bind_officer", "grid", grid_code, now=now, duty=duty, before=before, after=after,
        valid_from=valid_from,
    )  # fmt: skip


def add_binding(
    conn: sa.Connection, grid_id: int, duty: str, officer_id: int | None, valid_from: date,
    origin: dict[str, Any],
) -> None:  # fmt: skip
    """Add a binding that holds from its day until the next one: later days keep their own officers."""
    binding = {"grid_id": grid_id, "duty": duty, "officer_id": officer_id, "valid_from": valid_from}
    conn.execute(sa.insert(fact_grid_officer), {**binding, **origin})
