"""The city by grid: everything that a map with its table needs, from the figures."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

import sqlalchemy as sa

from data.access import Right, Viewer
from data.errors import NotFound
from data.figures import Meta, meta
from data.pace import Light, Timeline, timeline
from data.plans import Period, Plan, headline, period_at, plan_by_code
from data.reads.counts import Counts, Edge, add, anything_imported, officers_of_grids, place_counts
from data.reads.places import district_names
from data.schema import grid, org
from data.workdays import load_calendar


class GridRow(NamedTuple):
    """One grid for one plan; `expected` and `needed` are divided here, at the edge."""

    id: int
    code: str
    name: str
    district_code: str | None
    district: str | None
    org: str | None
    officer: str | None  # responsible (A); None also where the viewer may not see names
    deputies: tuple[str, ...]
    counts: Counts
    expected: float  # visits that an even pace would have made before today
    light: Light
    needed: float | None  # visits a workday until the deadline; None: no workday is left


class UnplacedRow(NamedTuple):
    """The enterprises of one district that lie in no grid, for one reason."""

    district_code: str | None
    district: str | None
    reason: str
    counts: Counts


class DistrictRow(NamedTuple):
    """A district: the sum of its grids and of its unplaced."""

    code: str | None
    name: str | None  # None: 区县不详
    grids: int
    counts: Counts
    unplaced: int  # due enterprises among them that lie in no grid
    expected: float
    light: Light
    needed: float | None


@dataclass(frozen=True)
class City:
    """What `city` returns; Σ grids + unplaced = districts = total, for every count.

    `meta`, `period` and `time` are None before the figures were first built (or before the plan's
    first year); then all counts are zero and all lights grey.
    """

    plan: Plan
    period: Period | None
    meta: Meta | None
    time: Timeline | None
    imported: bool  # any inspection known at all
    grids: list[GridRow]
    unplaced: list[UnplacedRow]
    districts: list[DistrictRow]
    total: Counts
    expected: float
    light: Light
    needed: float | None

    @property
    def as_of(self) -> date | None:
        """The day the figures stand for."""
        return None if self.meta is None else self.meta.as_of

    @property
    def changed_at(self) -> datetime | None:
        """When the figures last changed: the age of the data."""
        return None if self.meta is None else self.meta.changed_at


def city(conn: sa.Connection, viewer: Viewer, plan_code: str | None = None) -> City:
    """Read the viewer's part of the city for one plan (by default the headline plan).

    Raises
    ------
    NotFound
        ``plan_unknown``; ``plan_none`` where no plan is active.
    """
    viewer.require(Right.FIGURES)
    plan = headline(conn) if plan_code is None else plan_by_code(conn, plan_code)
    if plan is None:
        raise NotFound("plan_none")
    known = meta(conn)
    period = period_at(plan, known.as_of) if known else None
    time = None
    if known and period:
        time = timeline(load_calendar(conn), period.start, known.as_of, period.deadline)
    imported = anything_imported(conn)
    edge = Edge(time, imported)
    counts = place_counts(conn, viewer, plan, known.as_of if known else None)
    names = district_names(conn)

    of_grid: dict[int, list[tuple[str | None, Counts]]] = {}
    unplaced = []
    for (grid_id, district_code, reason), count in counts.items():
        if grid_id is not None:
            of_grid.setdefault(grid_id, []).append((district_code, count))
        else:
            unplaced.append(UnplacedRow(district_code, names.get(district_code), reason or "no_point", count))
    unplaced.sort(key=lambda row: (row.district_code or "~", row.reason))
    grids = _grid_rows(conn, viewer, known.as_of if known else None, of_grid, names, edge)
    total = add(counts.values())
    return City(
        plan, period, known, time, imported, grids, unplaced,
        _districts(grids, unplaced, edge), total, *edge.of(total),
    )  # fmt: skip


def _grid_rows(
    conn: sa.Connection,
    viewer: Viewer,
    as_of: date | None,
    of_grid: dict[int, list[tuple[str | None, Counts]]],
    names: dict[str | None, str],
    edge: Edge,
) -> list[GridRow]:
    query = (
        sa.select(grid.c.id, grid.c.code, grid.c.name, grid.c.district_code, org.c.name, grid.c.active)
        .select_from(grid.outerjoin(org, org.c.id == grid.c.org_id))
        .order_by(grid.c.code)
    )
    if not viewer.scope.everything:
        query = query.where(grid.c.id.in_(sorted(viewer.scope.grids)))
    officers = officers_of_grids(conn, as_of) if as_of and viewer.may(Right.NAMES) else {}
    result = []
    for grid_id, code, name, own, org_name, active in conn.execute(query).all():
        parts = of_grid.get(grid_id, [])
        if not active and not parts:
            continue  # a retired grid without anything left in it
        count = parts[0][1] if len(parts) == 1 else add(part for _, part in parts)
        bound = officers.get(grid_id, {})
        responsible = bound.get("A", ())
        result.append(
            GridRow(
                grid_id, code, name, own, names.get(own), org_name, responsible[0] if responsible else None,
                bound.get("B", ()), count, *edge.of(count),
            )
        )  # fmt: skip
    return result


def _districts(grids: list[GridRow], unplaced: list[UnplacedRow], edge: Edge) -> list[DistrictRow]:
    """Sum the rows that are shown, so that what is shown always adds up."""
    names: dict[str | None, str | None] = {}
    parts: dict[str | None, list[Counts]] = {}
    places = [(*row[3:5], row.counts) for row in grids] + [(*row[:2], row.counts) for row in unplaced]
    for code, name, count in places:
        names[code] = name
        parts.setdefault(code, []).append(count)
    numbers = Counter(row.district_code for row in grids)
    lost: Counter[str | None] = Counter()
    for row in unplaced:
        lost[row.district_code] += row.counts.due
    result = []
    for code in sorted(parts, key=lambda c: c or "~"):
        total = add(parts[code])
        result.append(DistrictRow(code, names[code], numbers[code], total, lost[code], *edge.of(total)))
    return result
