"""Lists of enterprises: the rows behind every number, filtered, sorted, paged and exported."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa

from data.access import Right, Viewer
from data.errors import Refused
from data.reads.filters import EnterpriseFilter, Frame, conditions, frame_of, sources, state_of
from data.reads.places import DISTRICT, own_grid
from data.schema import coverage_state, district, enterprise, enterprise_profile

CHUNK = 2000
LARGEST_PAGE = 1000

_state = coverage_state.c
_profile = enterprise_profile.c


class EnterpriseRow(NamedTuple):
    """One enterprise of a list; `due` and `done_on` are those of the filter's plan."""

    id: int
    source: str
    source_id: str
    name: str
    uscc: str | None
    category: str | None
    status: str
    scopes: tuple[str, ...]
    tags: tuple[str, ...]
    risk_level: int | None
    address: str | None
    grid_id: int | None
    grid_code: str | None
    grid_name: str | None
    district_code: str | None
    district: str | None
    unplaced_reason: str | None
    lon: float | None
    lat: float | None
    due: bool | None  # None: not in the plan's scope
    done_on: date | None
    visits: int
    last_visit_on: date | None
    last_conclusion: str | None
    open_problems: int
    next_problem_due: date | None
    open_leads: int
    next_lead_due: date | None
    licence_to: date | None
    state: str  # on_time, late, remaining, overdue, closed_visited, closed_unvisited, not_due


class Point(NamedTuple):
    """One enterprise on the map."""

    id: int
    lon: float
    lat: float
    name: str
    category: str | None
    state: str
    open_problems: int
    open_leads: int


@dataclass(frozen=True)
class Page:
    """Some rows of a list, and how many there are in all."""

    rows: list[EnterpriseRow]
    total: int


SORTS: dict[str, sa.ColumnElement[Any]] = {
    "name": enterprise.c.name,
    "code": enterprise.c.source_id,
    "uscc": enterprise.c.uscc,
    "category": enterprise.c.category,
    "status": enterprise.c.status,
    "risk": enterprise.c.risk_level,
    "grid": own_grid.c.code,
    "district": DISTRICT,
    "done_on": _state.done_on,
    "last_visit": _profile.last_visit_on,
    "problems": _profile.open_problems,
    "problem_due": _profile.next_problem_due,
    "leads": _profile.open_leads,
    "licence_to": _profile.licence_to,
}
"""Sort key → column; a leading ``-`` turns it round; empty values come last either way."""


def enterprises(
    conn: sa.Connection,
    viewer: Viewer,
    filters: EnterpriseFilter | None = None,
    sort: str = "name",
    offset: int = 0,
    limit: int = 50,
) -> Page:
    """Read one page of the enterprises that match, within the viewer's scope.

    Where the filter names a state, `total` is exactly the count that the figures show for the same
    plan, place, category and state: both read the same rows.

    Raises
    ------
    Refused
        ``sort_unknown``, ``state_unknown``.
    NotFound
        ``plan_unknown``.
    """
    viewer.require(Right.ENTERPRISES)
    wanted = filters or EnterpriseFilter()
    frame = frame_of(conn, wanted)
    where = conditions(conn, viewer, wanted, frame)
    source = sources(wanted, frame.plan_id)
    total = conn.execute(sa.select(sa.func.count()).select_from(source).where(*where)).scalar_one()
    query = (
        _select(source)
        .where(*where)
        .order_by(*_order(sort))
        .offset(max(0, offset))
        .limit(max(0, min(limit, LARGEST_PAGE)))
    )
    return Page(_rows(conn.execute(query), frame), total)


def all_enterprises(
    conn: sa.Connection, viewer: Viewer, filters: EnterpriseFilter | None = None, sort: str = "name"
) -> Iterator[EnterpriseRow]:
    """Yield every enterprise that matches, for an export; memory stays small."""
    viewer.require(Right.ENTERPRISES)
    wanted = filters or EnterpriseFilter()
    frame = frame_of(conn, wanted)
    query = (
        _select(sources(wanted, frame.plan_id))
        .where(*conditions(conn, viewer, wanted, frame))
        .order_by(*_order(sort))
    )
    for part in conn.execute(query.execution_options(yield_per=CHUNK)).partitions():
        yield from _rows(part, frame)


def points(conn: sa.Connection, viewer: Viewer, filters: EnterpriseFilter | None = None) -> list[Point]:
    """Read the enterprises that match and have a position, for the map."""
    viewer.require(Right.ENTERPRISES)
    wanted = filters or EnterpriseFilter()
    frame = frame_of(conn, wanted)
    query = (
        sa.select(
            enterprise.c.id, enterprise.c.lon, enterprise.c.lat, enterprise.c.name, enterprise.c.category,
            sa.func.coalesce(_profile.open_problems, 0), sa.func.coalesce(_profile.open_leads, 0),
            _state.due, _state.done_on,
        )
        .select_from(sources(wanted, frame.plan_id))
        .where(
            *conditions(conn, viewer, wanted, frame),
            enterprise.c.lon.is_not(None), enterprise.c.lat.is_not(None),
        )
        .order_by(enterprise.c.id)
    )  # fmt: skip
    return [
        Point(one, lon, lat, name, category, state_of(frame, due, done_on), problems, leads)
        for one, lon, lat, name, category, problems, leads, due, done_on in conn.execute(query)
    ]


def _select(source: sa.FromClause) -> sa.Select[Any]:
    return sa.select(
        *(enterprise.c[name] for name in EnterpriseRow._fields[:11]),
        own_grid.c.id, own_grid.c.code, own_grid.c.name,
        DISTRICT, district.c.name,
        sa.case((own_grid.c.id.is_(None), sa.func.coalesce(enterprise.c.unplaced_reason, "no_point"))),
        enterprise.c.lon, enterprise.c.lat,
        _state.due, _state.done_on,
        sa.func.coalesce(_profile.visits, 0), _profile.last_visit_on, _profile.last_conclusion,
        sa.func.coalesce(_profile.open_problems, 0), _profile.next_problem_due,
        sa.func.coalesce(_profile.open_leads, 0), _profile.next_lead_due, _profile.licence_to,
    ).select_from(source.outerjoin(district, district.c.code == DISTRICT))  # fmt: skip


_DUE = EnterpriseRow._fields.index("due")


def _rows(found: Any, frame: Frame) -> list[EnterpriseRow]:
    return [EnterpriseRow._make((*row, state_of(frame, row[_DUE], row[_DUE + 1]))) for row in found]


def _order(sort: str) -> list[sa.ColumnElement[Any]]:
    key = sort.removeprefix("-")
    if key not in SORTS:
        raise Refused("sort_unknown", field="sort", got=key, known=", ".join(SORTS))
    column = SORTS[key].desc() if sort.startswith("-") else SORTS[key].asc()
    return [column.nulls_last(), enterprise.c.id]
