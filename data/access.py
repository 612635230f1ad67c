"""Who may see and do what. Every read and every write takes a `Viewer`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from data.clock import EVERYTHING
from data.errors import Denied
from data.schema import fact_grid_officer, grid, lead, loan, org, problem, user
from data.workflow import LEAD_OPEN, PROBLEM_OPEN


class Role(StrEnum):
    """The roles a person or a screen can have."""

    LEADER = "leader"
    SUPERVISOR = "supervisor"
    OFFICER = "officer"
    AUDITOR = "auditor"
    STEWARD = "steward"
    ADMIN = "admin"
    WALL = "wall"


class Right(StrEnum):
    """What a role can be allowed to do; scope is asked separately."""

    FIGURES = "figures"  # counts, without names of persons
    ENTERPRISES = "enterprises"
    WORK = "work"  # inspections, problems, leads as rows
    NAMES = "names"  # officers' names
    MASTER = "master"  # plans, the calendar, organisations
    UNMASK = "unmask"  # personal data in clear, with a reason and an audit row
    AUDIT_LOG = "audit_log"
    IMPORT = "import"  # imports, placements; edits of plans, the calendar, organisations
    RECORD = "record"  # visits
    HANDLE = "handle"  # problems and leads that are one's own: order, reply, investigate, conclude …
    ASSIGN = "assign"  # whose work it is: assign, lend, give back, supervise, merge, split
    APPROVE = "approve"  # extensions, close-out, revoking, filing, transfers
    INTAKE = "intake"  # leads as they come in
    ANSWER = "answer"  # questions about facts that visits raise
    USERS = "users"  # users, roles, officers' grids, tokens
    SYSTEM = "system"  # state of the system: jobs, versions


_R = Right
_SEES_WORK = frozenset({_R.FIGURES, _R.ENTERPRISES, _R.WORK, _R.NAMES})
RIGHTS: dict[Role, frozenset[Right]] = {
    Role.LEADER: _SEES_WORK | {_R.MASTER, _R.ASSIGN, _R.APPROVE, _R.INTAKE},
    Role.SUPERVISOR: _SEES_WORK | {_R.MASTER, _R.UNMASK, _R.ASSIGN, _R.APPROVE, _R.INTAKE},
    Role.OFFICER: _SEES_WORK | {_R.RECORD, _R.HANDLE, _R.INTAKE},
    Role.AUDITOR: _SEES_WORK | {_R.MASTER, _R.AUDIT_LOG},
    Role.STEWARD: frozenset({_R.FIGURES, _R.ENTERPRISES, _R.NAMES, _R.MASTER, _R.IMPORT, _R.ANSWER}),
    Role.ADMIN: frozenset({_R.USERS, _R.SYSTEM}),
    Role.WALL: frozenset({_R.FIGURES}),
}


@dataclass(frozen=True)
class Scope:
    """The part of the city a viewer sees: everything, or some grids and some districts' unplaced.

    Single enterprises come with a task there: their rows and work are seen, counts stay by grid.
    """

    everything: bool = False
    grids: frozenset[int] = frozenset()
    districts: frozenset[str] = frozenset()  # whose unplaced enterprises are seen too
    org_id: int | None = None
    enterprises: frozenset[int] = frozenset()

    def clause(
        self,
        grid_id: sa.ColumnElement[Any],
        district_code: sa.ColumnElement[Any],
        enterprise_id: sa.ColumnElement[Any] | None = None,
    ) -> sa.ColumnElement[bool]:
        """Return the condition that keeps rows inside the scope; rows of enterprises name theirs."""
        if self.everything:
            return sa.true()
        inside = [
            grid_id.in_(sorted(self.grids)),
            sa.and_(grid_id.is_(None), district_code.in_(sorted(self.districts))),
        ]
        if enterprise_id is not None and self.enterprises:
            inside.append(enterprise_id.in_(sorted(self.enterprises)))
        return sa.or_(*inside)

    def covers(
        self, grid_id: int | None, district_code: str | None, enterprise_id: int | None = None
    ) -> bool:
        """Whether one place, or the enterprise there, lies inside the scope."""
        if self.everything or enterprise_id in self.enterprises:
            return True
        return grid_id in self.grids if grid_id is not None else district_code in self.districts

    def contains(self, other: Scope) -> bool:
        """Whether all grids and districts of another scope lie inside this one."""
        if self.everything or other.everything:
            return self.everything
        return self.grids >= other.grids and self.districts >= other.districts


@dataclass(frozen=True)
class Viewer:
    """Who looks: an account, a wall or an API client, with its role and scope."""

    actor: str  # "user:name", "wall:7", "cli"
    role: Role
    scope: Scope = field(default_factory=Scope)
    user_id: int | None = None
    officer_id: int | None = None

    def may(self, right: Right) -> bool:
        """Whether the role carries `right`."""
        return right in RIGHTS[self.role]

    def require(self, right: Right) -> None:
        """Raise `Denied` unless the role carries `right`."""
        if not self.may(right):
            raise Denied("denied_right", right=str(right), role=str(self.role))

    def require_place(
        self, grid_id: int | None, district_code: str | None, enterprise_id: int | None = None
    ) -> None:
        """Raise `Denied` unless the place, or the enterprise there, lies inside the viewer's scope."""
        if not self.scope.covers(grid_id, district_code, enterprise_id):
            raise Denied("denied_scope", role=str(self.role))


def command_line(role: Role = Role.STEWARD) -> Viewer:
    """Return the viewer of somebody with a shell on the server: everything, as `role`."""
    return Viewer(actor="cli", role=role, scope=Scope(everything=True))


def viewer_of_user(conn: sa.Connection, user_id: int, today: date) -> Viewer | None:
    """Return the viewer of an active account as of `today`, or None if there is none."""
    row = conn.execute(sa.select(user).where(user.c.id == user_id, user.c.active)).one_or_none()
    if row is None:
        return None
    role = Role(row.role)
    if role in (Role.LEADER, Role.AUDITOR, Role.STEWARD):
        scope = Scope(everything=True, org_id=row.org_id)
    elif role is Role.SUPERVISOR:
        scope = scope_of_org(conn, row.org_id)
    elif role is Role.OFFICER:
        scope = _scope_of_officer(conn, row.officer_id, row.org_id, today)
    else:
        scope = Scope()
    return Viewer(f"user:{row.username}", role, scope, user_id=row.id, officer_id=row.officer_id)


def viewer_of_wall(conn: sa.Connection, token_id: int, org_id: int | None) -> Viewer:
    """Return the viewer of a wall screen that shows one organisation (None: the whole city)."""
    scope = Scope(everything=True) if org_id is None else scope_of_org(conn, org_id)
    return Viewer(f"wall:{token_id}", Role.WALL, scope)


def root_of(orgs: Iterable[Any]) -> int | None:
    """Return the bureau at the root of the tree, the first of them, that answers for everything."""
    return min((row.id for row in orgs if row.parent_id is None and row.kind == "bureau"), default=None)


def scope_of_org(conn: sa.Connection, org_id: int | None) -> Scope:
    """Return what an organisation answers for: its grids and those below; the one root sees everything.

    A district bureau also answers for the unplaced enterprises of its district; a station and a
    functional zone answer for their grids alone.
    """
    if org_id is None:
        return Scope()
    rows = conn.execute(sa.select(org.c.id, org.c.parent_id, org.c.district_code, org.c.kind)).all()
    by_id = {row.id: row for row in rows}
    if org_id == root_of(rows):
        return Scope(everything=True, org_id=org_id)
    children: dict[int | None, list[int]] = {}
    for row in rows:
        children.setdefault(row.parent_id, []).append(row.id)
    below: set[int] = set()
    pending = [org_id]
    while pending:
        current = pending.pop()
        if current not in below:
            below.add(current)
            pending.extend(children.get(current, ()))
    bureaus = [by_id[i] for i in below if i in by_id and by_id[i].kind == "district"]
    districts = {row.district_code for row in bureaus if row.district_code}
    grids = conn.execute(sa.select(grid.c.id).where(grid.c.org_id.in_(sorted(below)))).scalars()
    return Scope(grids=frozenset(grids), districts=frozenset(districts), org_id=org_id)


def _scope_of_officer(conn: sa.Connection, officer_id: int | None, org_id: int | None, today: date) -> Scope:
    """Return an officer's own grids, what is lent on `today`, and the enterprises of work given by name.

    A problem to see through or to recheck, and a lead, open the one enterprise that they are about
    until they are done: whoever is given a task can do it.
    """
    if officer_id is None:
        return Scope(org_id=org_id)
    lent = conn.execute(
        sa.select(loan.c.grid_id, loan.c.enterprise_id).where(
            loan.c.officer_id == officer_id,
            loan.c.from_on <= today,
            loan.c.to_on >= today,
            sa.or_(loan.c.ended_on.is_(None), loan.c.ended_on > today),
        )
    ).all()
    own = sa.or_(problem.c.officer_id == officer_id, problem.c.recheck_officer_id == officer_id)
    given = sa.union(
        sa.select(problem.c.enterprise_id).where(own, problem.c.state.in_(PROBLEM_OPEN)),
        sa.select(lead.c.enterprise_id).where(
            lead.c.officer_id == officer_id, lead.c.state.in_(LEAD_OPEN), lead.c.enterprise_id.is_not(None)
        ),
    )
    return Scope(
        grids=grids_of_officer(conn, officer_id, today) | {one.grid_id for one in lent if one.grid_id},
        enterprises=frozenset(conn.execute(given).scalars())
        | {one.enterprise_id for one in lent if one.enterprise_id},
        org_id=org_id,
    )


def grids_of_officer(conn: sa.Connection, officer_id: int | None, today: date) -> frozenset[int]:
    """Return the grids that an officer answers for (duty A or B) on `today`."""
    if officer_id is None:
        return frozenset()
    in_force = grid_officers_in_force(today, EVERYTHING).subquery()
    found = conn.execute(sa.select(in_force.c.grid_id).where(in_force.c.officer_id == officer_id))
    return frozenset(found.scalars())


def answering_officers(as_of: date) -> sa.Subquery:
    """Return ``grid_id, officer_id`` of who answers for each grid: duty A, else B; none where vacant."""
    held = grid_officers_in_force(as_of, EVERYTHING).subquery()
    first = sa.func.row_number().over(partition_by=held.c.grid_id, order_by=held.c.duty)
    ranked = (
        sa.select(held.c.grid_id, held.c.officer_id, first.label("rank"))
        .where(held.c.officer_id.is_not(None))
        .subquery()
    )
    return sa.select(ranked.c.grid_id, ranked.c.officer_id).where(ranked.c.rank == 1).subquery()


def grid_officers_in_force(as_of: date, known_at: datetime) -> sa.Select[Any]:
    """Select ``grid_id, duty, officer_id`` of the bindings in force; vacant ones have no officer."""
    fact = fact_grid_officer
    rank = sa.func.row_number().over(
        partition_by=(fact.c.grid_id, fact.c.duty),
        order_by=(fact.c.valid_from.desc(), fact.c.recorded_at.desc(), fact.c.id.desc()),
    )
    ranked = (
        sa.select(fact.c.grid_id, fact.c.duty, fact.c.officer_id, rank.label("rank"))
        .where(fact.c.valid_from <= as_of, fact.c.recorded_at <= known_at)
        .subquery()
    )
    return sa.select(ranked.c.grid_id, ranked.c.duty, ranked.c.officer_id).where(ranked.c.rank == 1)
