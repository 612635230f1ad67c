"""A small town with people of all roles in one transaction: acts are savepoints, examples are taken back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa

from data import figures
from data.access import Role, Viewer, viewer_of_user, viewer_of_wall
from data.errors import Refused
from data.schema import (
    BEGINNING,
    attachment,
    audit,
    figures_meta,
    inspection,
    lead,
    lead_event,
    message,
    plan,
    problem,
    problem_event,
    user,
)
from tests.data.loops.law import LEAD_OPEN, MAY, PROBLEM_OPEN
from tests.factories import NOW, TODAY, add_org, add_user, make_city

OFFICERS = ("first", "second", "third")
PEOPLE = (*OFFICERS, "boss", "narrow", "leader", "auditor", "steward", "admin", "wall")
BASE_ROLES = dict.fromkeys(OFFICERS, "officer") | {
    "boss": "supervisor", "narrow": "supervisor", "leader": "leader", "auditor": "auditor",
    "steward": "steward", "admin": "admin", "wall": "wall",
}  # fmt: skip


def _count(table: sa.Table) -> Any:
    return sa.select(sa.func.count()).select_from(table).scalar_subquery()


def _sum(column: sa.Column[int]) -> Any:
    return sa.select(sa.func.coalesce(sa.func.sum(column), 0)).scalar_subquery()


LEDGER = sa.select(
    _count(audit).label("audit"),
    (_count(problem_event) + _count(lead_event)).label("events"),
    (_sum(problem.c.version) + _sum(lead.c.version)).label("versions"),
    sa.select(figures_meta.c.version).scalar_subquery().label("figures"),
    _count(inspection).label("visits"),
    _count(message).label("messages"),
)
"""What every act leaves a trace in, and what a refused one leaves as it was."""

GIVEN = sa.union(
    sa.select(problem.c.enterprise_id).where(
        sa.bindparam("me").in_([problem.c.officer_id, problem.c.recheck_officer_id]),
        problem.c.state.in_(PROBLEM_OPEN),
    ),
    sa.select(lead.c.enterprise_id).where(
        lead.c.officer_id == sa.bindparam("me"), lead.c.state.in_(LEAD_OPEN)
    ),
)
"""The enterprises of open work that an officer was given by name."""


@dataclass
class Loan:
    """An officer lent to a grid, or to one enterprise."""

    id: int
    who: str
    grid: int | None
    enterprise: int | None
    first: date
    last: date
    ended: date | None = None

    def holds(self, day: date) -> bool:
        return self.first <= day <= self.last and (self.ended is None or day < self.ended)


class Holder(NamedTuple):
    """Who has a grid under a duty from a day on, until somebody else has."""

    grid: int
    duty: str
    first: date
    officer: int


@dataclass
class Known:
    """What was done, remembered beside the database; taken back with it."""

    now: datetime = NOW
    sent: int = 0
    roles: dict[str, str] = field(default_factory=lambda: dict(BASE_ROLES))
    problem_hands: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    lead_hands: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    asked_by: dict[int, str] = field(default_factory=dict)
    receipts: set[int] = field(default_factory=set)
    set_by: dict[tuple[str, int], str] = field(default_factory=dict)  # who put a thing under supervision last
    closed_down: set[int] = field(default_factory=set)
    loans: list[Loan] = field(default_factory=list)
    papers: dict[tuple[str, int], Any] = field(default_factory=dict)  # kind and number → how it stands
    holders: list[Holder] = field(default_factory=list)  # in the order in which they were named


class Town:
    """Two districts of two grids with two enterprises each, and who works there."""

    def __init__(self, conn: sa.Connection) -> None:
        self.conn = conn
        self.known = Known()
        self.city = make_city(conn, enterprises=2, unplaced=0, visited=0, build=False)
        a, _ = self.city.districts
        self.root = add_org(conn, "root", kind="bureau")
        below = add_org(conn, "below", kind="district", parent_id=self.root, district_code=a)
        conn.execute(
            sa.text("UPDATE grid SET org_id = :org WHERE district_code = :code"), {"org": below, "code": a}
        )
        self.officers = dict(zip(OFFICERS, self.city.officers, strict=False))
        self.fourth = self.city.officers[3]  # no account: the second name on everybody's visits
        self.accounts = {
            name: add_user(conn, Role.OFFICER, officer_id=officer) for name, officer in self.officers.items()
        }
        posts = {"boss": (Role.SUPERVISOR, self.root), "narrow": (Role.SUPERVISOR, below)}
        posts |= {name: (Role(name), None) for name in ("leader", "auditor", "steward", "admin")}
        self.accounts |= {name: add_user(conn, role, org_id=org) for name, (role, org) in posts.items()}
        conn.execute(sa.update(plan).where(~plan.c.headline).values(active=False))
        self.grid_of = {e: g for g, own in self.city.by_grid.items() for e in own}
        self.places = [e for e in self.city.enterprises if self.grid_of[e] in self.city.grids[:3]]
        for name in OFFICERS:
            for n in range(3):
                row = {
                    "client_id": f"photo-{name}-{n}", "what": "photo", "name": "a.jpg", "size": 1,
                    "media": "image/jpeg", "sha256": "0" * 64, "user_id": self.accounts[name],
                    "recorded_at": NOW,
                }  # fmt: skip
                conn.execute(sa.insert(attachment), row)
        for grid, officer in zip(self.city.grids, self.city.officers, strict=True):
            self.known.holders.append(Holder(grid, "A", BEGINNING, officer))
        figures.build(conn, as_of=TODAY, now=NOW)

    # people

    @property
    def now(self) -> datetime:
        return self.known.now

    @property
    def today(self) -> date:
        return self.known.now.date()

    def viewer(self, name: str) -> Viewer:
        if name == "wall":
            return viewer_of_wall(self.conn, 1, None)
        found = viewer_of_user(self.conn, self.accounts[name], self.today)
        assert found is not None
        return found

    def may(self, name: str, right: str) -> bool:
        return self.known.roles[name] in MAY[right]

    def lifts(self, name: str, thing: tuple[str, int]) -> bool:
        """Whether a supervision is somebody's to lift: nobody lifts what is set above them."""
        height = {"leader": 3, "narrow": 1}
        return height.get(name, 2) >= height.get(self.known.set_by.get(thing, "narrow"), 2)

    def district(self, grid_id: int | None) -> str | None:
        return None if grid_id is None else self.city.districts[self.city.grids.index(grid_id) // 2]

    def grids(self, name: str) -> set[int]:
        """Return the grids that an officer answers for or is lent to today."""
        mine = self.officers[name]
        own = {g for g in self.city.grids if mine in (self.holder(g, "A"), self.holder(g, "B"))}
        return own | {one.grid for one in self._lent(name) if one.grid is not None}

    def holder(self, grid_id: int, duty: str, day: date | None = None) -> int | None:
        """Return the officer who has a grid under a duty on a day (today): the last one named by then."""
        own = [one for one in self.known.holders if (one.grid, one.duty) == (grid_id, duty)]
        held = sorted((one for one in own if one.first <= (day or self.today)), key=lambda one: one.first)
        return held[-1].officer if held else None

    def sees(
        self, name: str, grid_id: int | None, district: str | None, enterprise_id: int | None = None
    ) -> bool:
        """Whether a place, or the enterprise there, lies in somebody's scope; told anew."""
        role = self.known.roles[name]
        if role in ("leader", "auditor", "steward", "wall") or (role == "supervisor" and name != "narrow"):
            return True
        if role == "supervisor":
            a = self.city.districts[0]
            return grid_id in self.city.grids[:2] if grid_id is not None else district == a
        if role != "officer":
            return False
        given = enterprise_id is not None and enterprise_id in self.tasks(name)
        return given or grid_id in self.grids(name)

    def sees_enterprise(self, name: str, enterprise_id: int) -> bool:
        grid = self.grid_of[enterprise_id]
        return self.sees(name, grid, self.district(grid), enterprise_id)

    def tasks(self, name: str) -> set[int]:
        """Return the enterprises that open to an officer by work given by name, or lent one by one."""
        given = set(self.conn.execute(GIVEN, {"me": self.officers[name]}).scalars())
        return (given | {one.enterprise for one in self._lent(name)}) - {None}

    def _lent(self, name: str) -> list[Loan]:
        return [one for one in self.known.loans if one.who == name and one.holds(self.today)]

    def named(self, officer_id: int | None) -> set[str]:
        """Return who of the people is this officer."""
        return {name for name, officer in self.officers.items() if officer == officer_id}

    # things

    def rows(self, table: sa.Table, *states: str) -> list[Any]:
        found = self.conn.execute(sa.select(table).order_by(table.c.id)).all()
        return [row for row in found if not states or row.state in states]

    def row(self, table: sa.Table, key: int) -> Any:
        return self.conn.execute(sa.select(table).where(table.c.id == key)).one()

    def last(self, table: sa.Table, *where: Any) -> Any:
        return self.conn.execute(sa.select(table).where(*where).order_by(table.c[0].desc()).limit(1)).first()

    def ledger(self) -> Any:
        return self.conn.execute(LEDGER).one()

    def free_picture(self, name: str, client_id: str) -> bool:
        """Whether a picture is somebody's own and lies nowhere yet."""
        own = sa.select(attachment.c.object).where(
            attachment.c.client_id == client_id, attachment.c.user_id == self.accounts.get(name, 0)
        )
        return self.conn.execute(own).all() == [(None,)]

    # acts

    def attempt(
        self, act: Callable[[], Any], after: Callable[[Any, Any], None] | None = None, *, keep: bool = True,
        logged: int = 1, shown: bool = True,
    ) -> str | None:  # fmt: skip
        """Do something as a transaction of its own; a refusal leaves nothing behind.

        Parameters
        ----------
        after : callable, optional
            Holds what the act left, given the ledgers before and after it.
        keep : bool
            False: what was done is taken back once it was looked at.
        logged : int
            So many rows an act that is done leaves in the audit log.
        shown : bool
            False: no figure can change by it.

        Returns
        -------
        str or None
            The code of the refusal; None: it was done.
        """
        self.known.now += timedelta(minutes=1)
        before = self.ledger()
        inner = self.conn.begin_nested()
        try:
            act()
        except Refused as refused:
            inner.rollback()
            assert self.ledger() == before, "refused, but something stayed"
            return refused.code
        now = self.ledger()
        assert now.audit == before.audit + logged, "each act has its row in the log"
        assert now.figures > before.figures or not shown, "the screens are not told that something changed"
        remembered = None if keep else deepcopy(self.known)
        if after is not None:
            after(before, now)
        if remembered is None:
            inner.commit()
        else:
            inner.rollback()
            self.known = remembered
        return None

    def rises(self, name: str) -> None:
        """Make an officer a supervisor, or a risen one an officer again."""
        role = "officer" if self.known.roles[name] == "supervisor" else "supervisor"
        self.known.roles[name] = role
        own = sa.update(user).where(user.c.id == self.accounts[name])
        self.conn.execute(own.values(role=role, org_id=self.root))

    @contextmanager
    def taken_back(self) -> Iterator[None]:
        """Undo, in the database and in memory, whatever happens inside."""
        remembered, inner = deepcopy(self.known), self.conn.begin_nested()
        try:
            yield
        finally:
            inner.rollback()
            self.known = remembered
