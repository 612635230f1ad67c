"""Officers lent to another grid, or given one enterprise elsewhere (交叉检查): dated, for a task."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from data import audit, figures
from data.access import Right, Viewer
from data.errors import NotFound, Refused
from data.reads.recipients import Recipients
from data.schema import enterprise, grid, loan
from data.writes import messages
from data.writes.problem_days import not_before
from data.writes.problem_moves import known_officer
from data.writes.written import need


@dataclass(frozen=True)
class NewLoan:
    """Whom to lend for what: to a grid, or to one enterprise, never both."""

    officer_id: int
    from_on: date
    to_on: date  # the last day
    task: str
    grid_id: int | None = None
    enterprise_id: int | None = None


def lend(conn: sa.Connection, viewer: Viewer, new: NewLoan, *, now: datetime) -> int:
    """Lend an officer; inside the days they see and do there what they do in their own grid.

    At one enterprise they visit, and see through what they find: its other problems stay with whose they
    are. What the loan is for stays with it: it may name people, and the log can never forget.

    Returns
    -------
    int
        Id of the loan.

    Raises
    ------
    Denied
        Without `Right.ASSIGN`, or where the viewer does not answer for the place.
    Refused
        ``loan_place``: not exactly one of grid and enterprise; ``grid_unknown``, ``enterprise_unknown``,
        ``officer_unknown``, ``text_missing``, ``day_past``, ``loan_days``.
    """
    viewer.require(Right.ASSIGN)
    if (new.grid_id is None) == (new.enterprise_id is None):
        raise Refused("loan_place", field="grid_id")
    kind = "lend" if new.grid_id is not None else "cross"
    grid_id, district = _place(conn, viewer, new)
    officer_id = known_officer(conn, new.officer_id, "officer_id")
    task = need(new.task, "task")
    not_before(new.to_on, now.date(), "to_on")
    if new.to_on < new.from_on:
        raise Refused("loan_days", field="to_on", found=new.to_on, least=new.from_on)
    row = {
        "officer_id": officer_id, "kind": kind, "grid_id": new.grid_id, "enterprise_id": new.enterprise_id,
        "from_on": new.from_on, "to_on": new.to_on, "task": task, "user_id": viewer.user_id,
        "recorded_at": now,
    }  # fmt: skip
    loan_id = int(conn.execute(sa.insert(loan).returning(loan.c.id), row).scalar_one())
    people = Recipients(conn, now.date())
    params = {"from": new.from_on.isoformat(), "until": new.to_on.isoformat()}
    messages.tell(
        conn, people.of_officer(officer_id), "assigned", "loan", loan_id, "lent", params, now=now
    )  # fmt: skip
    figures.touch(conn, now)
    audit.append(
        conn, viewer, f"loan.{kind}", "loan", loan_id, now=now, officer=officer_id, grid=grid_id,
        enterprise=new.enterprise_id, district=district, from_on=new.from_on, to_on=new.to_on,
    )  # fmt: skip
    return loan_id


def end(conn: sa.Connection, viewer: Viewer, loan_id: int, *, now: datetime) -> bool:
    """Take a loan back from today on; False if it is over already and nothing was written.

    Raises
    ------
    Denied, NotFound
        ``loan_unknown``.
    """
    viewer.require(Right.ASSIGN)
    row = conn.execute(sa.select(loan).where(loan.c.id == loan_id).with_for_update()).one_or_none()
    if row is None:
        raise NotFound("loan_unknown", found=loan_id)
    _place(conn, viewer, row)
    today = now.date()
    if row.to_on < today or row.ended_on is not None:
        return False
    conn.execute(sa.update(loan).where(loan.c.id == loan_id).values(ended_on=today))
    messages.end(conn, "loan", loan_id, now=now)
    figures.touch(conn, now)
    audit.append(conn, viewer, "loan.end", "loan", loan_id, now=now, officer=row.officer_id)
    return True


def _place(
    conn: sa.Connection, viewer: Viewer, asked: NewLoan | sa.Row[tuple[object, ...]]
) -> tuple[int | None, str | None]:
    if asked.grid_id is not None:
        noun, wanted = "grid", asked.grid_id
        place = sa.select(grid.c.id.label("grid_id"), grid.c.district_code).where(grid.c.id == wanted)
    else:
        noun, wanted = "enterprise", asked.enterprise_id or 0
        place = sa.select(enterprise.c.grid_id, enterprise.c.district_code).where(enterprise.c.id == wanted)
    # no database has another number
    found = conn.execute(place).one_or_none() if 0 < wanted < 2**63 else None
    if found is None:
        raise NotFound(f"{noun}_unknown", field=f"{noun}_id", got=wanted, found=wanted)
    viewer.require_place(found.grid_id, found.district_code)
    return found.grid_id, found.district_code
