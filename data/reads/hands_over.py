"""Who answers for which grid, and what each officer would have when some are handed over."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import NamedTuple

import sqlalchemy as sa

from data.access import Right, Viewer, grid_officers_in_force
from data.clock import EVERYTHING
from data.reads.city import city
from data.schema import enterprise, lead, officer, problem
from data.workflow import LEAD_OPEN, PROBLEM_OPEN


class GridHands(NamedTuple):
    """One grid in force on a day: its officers by duty, and the work that goes with it."""

    id: int
    code: str
    name: str
    district: str | None
    officers: dict[str, int]  # duty (A, B) → officer
    remaining: int  # enterprises to inspect under the headline plan
    problems: int  # open ones
    leads: int  # open ones


class Holding(NamedTuple):
    """What goes with the grids of one officer under one duty."""

    grids: int = 0
    remaining: int = 0
    problems: int = 0
    leads: int = 0

    def plus(self, one: GridHands) -> Holding:
        """Add one grid."""
        work = (one.remaining, one.problems, one.leads)
        return Holding(self.grids + 1, *(a + b for a, b in zip(self[1:], work, strict=True)))


def grid_hands(conn: sa.Connection, viewer: Viewer, as_of: date) -> list[GridHands]:
    """Return the grids in the viewer's scope, by code.

    Raises
    ------
    Denied
        Without `Right.ASSIGN`.
    """
    viewer.require(Right.ASSIGN)
    held = conn.execute(grid_officers_in_force(as_of, EVERYTHING)).all()
    officers: dict[int, dict[str, int]] = {}
    for row in held:
        if row.officer_id is not None:
            officers.setdefault(row.grid_id, {})[row.duty] = row.officer_id
    problems = _open(conn, problem, PROBLEM_OPEN)
    leads = _open(conn, lead, LEAD_OPEN)
    return [
        GridHands(
            one.id, one.code, one.name, one.district, officers.get(one.id, {}),
            one.counts.due - one.counts.done, problems.get(one.id, 0), leads.get(one.id, 0),
        )
        for one in city(conn, viewer).grids
    ]  # fmt: skip


def _open(conn: sa.Connection, table: sa.Table, states: Collection[str]) -> dict[int, int]:
    query = (
        sa.select(enterprise.c.grid_id, sa.func.count())
        .join(table, table.c.enterprise_id == enterprise.c.id)
        .where(table.c.state.in_(states), enterprise.c.grid_id.is_not(None))
        .group_by(enterprise.c.grid_id)
    )
    return dict(conn.execute(query).all())


def handed_over(
    grids: Sequence[GridHands], chosen: Collection[int], duty: str, officer_id: int
) -> dict[int, tuple[Holding, Holding]]:
    """Return officer → what they have under a duty before and after; who gets the grids first."""
    moved = [one for one in grids if one.id in chosen and one.officers.get(duty) != officer_id]
    people = [officer_id, *dict.fromkeys(one.officers[duty] for one in moved if duty in one.officers)]
    found = {}
    for who in people:
        before = after = Holding()
        for one in grids:
            mine, gone = one.officers.get(duty) == who, one in moved
            before = before.plus(one) if mine else before
            after = after.plus(one) if (gone and who == officer_id) or (mine and not gone) else after
        found[who] = before, after
    return found


def officer_names(conn: sa.Connection, viewer: Viewer, grids: Sequence[GridHands]) -> Mapping[int, str]:
    """Return the names of the grids' officers."""
    viewer.require(Right.NAMES)
    ids = sorted({who for one in grids for who in one.officers.values()})
    return dict(conn.execute(sa.select(officer.c.id, officer.c.name).where(officer.c.id.in_(ids))).all())
