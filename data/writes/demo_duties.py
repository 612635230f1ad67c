"""Gives the demo's open work into hands, so that its officers have a day and its inboxes have messages."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from data import audit
from data.access import Right, Role, Viewer, grid_officers_in_force, viewer_of_user
from data.clock import EVERYTHING
from data.reads.places import DISTRICT, LEAD_DISTRICT, LEAD_GRID, leads_with_place, with_place
from data.reads.recipients import Recipients
from data.schema import enterprise, lead, message, org, platform_check, problem, user
from data.workdays import load_calendar
from data.writes import messages, reminders
from data.writes.loans import NewLoan, lend

HANDLED = ("assigned", "acknowledged", "investigating", "investigated", "disposed", "reviewing")
CROSS = "处方药销售登记专项（演示）"
CROSS_WORKDAYS = 5
DAYS_BACK = 3
_EACH = 3  # one in so many rechecks is given to the officer who stands in


def give_duties(conn: sa.Connection, viewer: Viewer, *, today: date, now: datetime) -> None:
    """Assign rechecks and leads of the demo, give one cross-check, tell everybody, and let some be read.

    Rechecks go to the officer of the grid, every third to the one who stands in; leads from 交办 on to the
    officer of the grid. In a district whose first officer has an account that one gets the leads and the
    rechecks that are overdue, so that whoever tries the demo meets them. The same city, the same duties.

    Raises
    ------
    Denied
        Without `Right.USERS`.
    """
    viewer.require(Right.USERS)
    held = grid_officers_in_force(today, EVERYTHING).subquery()
    duty: dict[tuple[int, str], int] = {}
    for place, name, officer_id in conn.execute(sa.select(held.c.grid_id, held.c.duty, held.c.officer_id)):
        if officer_id is not None:
            duty[place, name] = officer_id
    who = Recipients(conn, today)
    known = _accounts(conn)
    rechecks = _rechecks(conn, duty, known, today)
    leads = _leads(conn, duty, known)
    earlier = now - timedelta(days=DAYS_BACK)
    told: list[dict[str, Any]] = [
        {"to_user_id": account, "kind": "assigned", "object": object, "object_id": one, "cause": "demo",
         "params": {"due_on": due.isoformat()} if due else {}, "at": earlier}
        for object, rows in (("problem", rechecks), ("lead", leads))
        for one, officer_id, due in rows
        for account in who.of_officer(officer_id)
    ]  # fmt: skip
    messages.tell_all(conn, told)
    leader = conn.execute(sa.select(sa.func.min(user.c.id)).where(user.c.role == Role.LEADER)).scalar()
    looked = {"platform": "monitoring", "user_id": leader, "recorded_at": earlier}
    conn.execute(sa.insert(platform_check), looked)
    reminders.daily(conn, today, now=now)
    # most have been looked at, some have not
    seen = sa.and_(message.c.kind == "assigned", message.c.object_id % _EACH != 0)
    conn.execute(sa.update(message).where(seen).values(read_at=message.c.at, acknowledged_at=message.c.at))
    crosses = _cross(conn, today, now)
    audit.append(
        conn, viewer, "demo.duties", "source", "demo", now=now, rechecks=len(rechecks), leads=len(leads),
        crosses=crosses,
    )  # fmt: skip


Given = list[tuple[int, int, date | None]]
"""Id of the thing, officer, day."""


def _accounts(conn: sa.Connection) -> dict[str, int]:
    """Return district → the first officer with an account there."""
    query = (
        sa.select(org.c.district_code, user.c.officer_id)
        .join(org, org.c.id == user.c.org_id)
        .where(user.c.role == Role.OFFICER, user.c.officer_id.is_not(None), org.c.district_code.is_not(None))
        .order_by(user.c.id.desc())
    )
    return {district: officer_id for district, officer_id in conn.execute(query)}  # noqa: C416 - dict() reads a result as a mapping


def _rechecks(
    conn: sa.Connection, duty: dict[tuple[int, str], int], known: dict[str, int], today: date
) -> Given:
    query = (
        sa.select(problem.c.id, enterprise.c.grid_id, DISTRICT, problem.c.due_on)
        .select_from(with_place(problem.join(enterprise, enterprise.c.id == problem.c.enterprise_id)))
        .where(problem.c.state == "awaiting_recheck", enterprise.c.grid_id.is_not(None))
        .order_by(problem.c.id)
    )
    given: Given = []
    for n, (one, place, district, due) in enumerate(conn.execute(query)):
        officer_id = duty.get((place, "B" if n % _EACH == 0 else "A")) or duty.get((place, "A"))
        if due is not None and due < today:
            officer_id = known.get(district, officer_id)
        if officer_id is not None:
            given.append((one, officer_id, due))
    _write(conn, problem, [
        {"one": one, "recheck_officer_id": officer_id, "recheck_on": due} for one, officer_id, due in given
    ])  # fmt: skip
    return given


def _leads(conn: sa.Connection, duty: dict[tuple[int, str], int], known: dict[str, int]) -> Given:
    query = (
        sa.select(lead.c.id, LEAD_GRID, LEAD_DISTRICT, lead.c.due_on)
        .select_from(leads_with_place())
        .where(lead.c.state.in_(HANDLED), LEAD_GRID.is_not(None))
        .order_by(lead.c.id)
    )
    rows = [
        (one, known.get(district, duty.get((place, "A"))), due)
        for one, place, district, due in conn.execute(query)
    ]
    given: Given = [(one, officer_id, due) for one, officer_id, due in rows if officer_id is not None]
    _write(conn, lead, [{"one": one, "officer_id": officer_id} for one, officer_id, _ in given])
    return given


def _cross(conn: sa.Connection, today: date, now: datetime) -> int:
    """Let each supervisor give the own officers with an account an enterprise of the neighbour's grid."""
    until = load_calendar(conn).add_workdays(today, CROSS_WORKDAYS).day
    held = grid_officers_in_force(today, EVERYTHING).subquery()
    mine = (
        sa.select(user.c.officer_id, sa.func.min(held.c.grid_id))
        .join(held, held.c.officer_id == user.c.officer_id)
        .where(user.c.active, user.c.role == Role.OFFICER)
        .group_by(user.c.officer_id)
        .order_by(user.c.officer_id)
    )
    supervisors = conn.execute(sa.select(user.c.id).where(user.c.role == Role.SUPERVISOR)).scalars().all()
    officers = conn.execute(mine).all()
    number = 0
    for above in supervisors:
        viewer = viewer_of_user(conn, above, today)
        for officer_id, own in officers:
            if viewer is None or own not in viewer.scope.grids:
                continue
            other = min(viewer.scope.grids - {own}, default=None)
            first = sa.select(sa.func.min(enterprise.c.id)).where(enterprise.c.grid_id == other)
            one = conn.execute(first).scalar()
            if one is not None:
                new = NewLoan(officer_id, today, until, CROSS, enterprise_id=one)
                lend(conn, viewer, new, now=now)
                number += 1
    return number


def _write(conn: sa.Connection, table: sa.Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        names = [name for name in rows[0] if name != "one"]
        values = {name: sa.bindparam(f"new_{name}", type_=table.c[name].type) for name in names}
        conn.execute(
            sa.update(table).where(table.c.id == sa.bindparam("one")).values(values),
            [{"one": row["one"], **{f"new_{name}": row[name] for name in names}} for row in rows],
        )
