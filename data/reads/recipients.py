"""Who is to be told of something: the accounts of its officer, of its grid's officers, of who supervises."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import sqlalchemy as sa

from data.access import Role, answering_officers, root_of
from data.schema import grid, org, user


@dataclass
class Recipients:
    """Looks accounts up as of `today`; what it has looked up once it keeps, so a batch takes one of it."""

    conn: sa.Connection
    today: date
    _officers: dict[int, list[int]] | None = field(default=None, init=False)
    _duty: dict[int, int] | None = field(default=None, init=False)
    _orgs: dict[int, Any] | None = field(default=None, init=False)
    _grids: dict[int, int | None] = field(default_factory=dict, init=False)
    _supervisors: dict[int | None, list[int]] | None = field(default=None, init=False)

    def of_officer(self, officer_id: int | None) -> list[int]:
        """Return the active officer accounts of an officer; none is no error."""
        if self._officers is None:
            who = sa.select(user.c.officer_id, user.c.id).where(user.c.active, user.c.role == Role.OFFICER)
            self._officers = {}
            for officer, account in self.conn.execute(who.where(user.c.officer_id.is_not(None))):
                self._officers.setdefault(officer, []).append(account)
        return self._officers.get(officer_id, []) if officer_id is not None else []

    def officer_of_grid(self, grid_id: int | None) -> int | None:
        """Return the officer who answers for a grid (duty A, else B), if any."""
        if self._duty is None:
            answering = answering_officers(self.today)
            held = sa.select(answering.c.grid_id, answering.c.officer_id)
            self._duty = dict(self.conn.execute(held).all())
        return self._duty.get(grid_id) if grid_id is not None else None

    def supervisors(
        self, grid_id: int | None, district_code: str | None, *, of_bureau: bool = False
    ) -> list[int]:
        """Return the supervisors of the nearest organisation above a place that has any.

        From the grid's organisation upwards; without a grid from the district's bureau. Where no
        organisation on that way has a supervisor those of the root, which answers for everything. What a
        bureau alone decides (`of_bureau`) goes past the stations.
        """
        if self._orgs is None or self._supervisors is None:
            self._orgs = {
                row.id: row
                for row in self.conn.execute(
                    sa.select(org.c.id, org.c.parent_id, org.c.district_code, org.c.kind)
                )
            }
            who = sa.select(user.c.org_id, user.c.id).where(user.c.active, user.c.role == Role.SUPERVISOR)
            self._supervisors = {}
            for place, account in self.conn.execute(who):
                self._supervisors.setdefault(place, []).append(account)
        at = self._org_of_grid(grid_id)
        if at is None and district_code is not None:
            bureaus = (o.id for o in self._orgs.values() if o.kind == "district")
            at = next((one for one in bureaus if self._orgs[one].district_code == district_code), None)
        seen: set[int] = set()
        while at is not None and at in self._orgs and at not in seen:
            if at in self._supervisors and not (of_bureau and self._orgs[at].kind == "station"):
                return self._supervisors[at]
            seen.add(at)
            at = self._orgs[at].parent_id
        root = root_of(self._orgs.values())
        return self._supervisors.get(root, []) if root is not None else []

    def _org_of_grid(self, grid_id: int | None) -> int | None:
        if grid_id is None:
            return None
        if grid_id not in self._grids:
            found = self.conn.execute(sa.select(grid.c.org_id, grid.c.id).where(grid.c.id == grid_id)).first()
            self._grids[grid_id] = found.org_id if found else None
        return self._grids[grid_id]
