"""An officer's day in one look: how my grids stand, what waits, what to visit today and from where."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import sqlalchemy as sa

from data.access import Right, Viewer
from data.caps import CapState, cap_states
from data.pace import recent_mean
from data.plans import headline
from data.reads.city import City, city
from data.reads.duties import Duties, DutyRow, duties
from data.reads.extent import grid_extent
from data.reads.labels import setting
from data.reads.progress import done_by_day
from data.round import MOST_STOPS, Position, Round, Stop, propose
from data.schema import grid, org
from data.workdays import load_calendar

STATIONS = "stations"
"""The setting with the positions of stations: ``{organisation's code: [lon, lat]}``, WGS 84."""

FEWEST, USUAL_MOST = 4, 10
"""Stops that are proposed where nobody says how many."""

Bounds = tuple[float, float, float, float]


@dataclass(frozen=True)
class Start:
    """Where a round begins: ``here`` (the phone's position), ``station``, or ``grid`` (its middle)."""

    at: Position
    what: str


@dataclass(frozen=True)
class MyDay:
    """What `my_day` returns; `done_today` and `recent` count visits of the plan in my grids."""

    city: City | None  # my grids alone; None where no plan is active
    duties: Duties
    done_today: int
    recent: Fraction  # done a workday lately
    start: Start | None
    extent: Bounds | None


@dataclass(frozen=True)
class Proposal:
    """Today's round: the rows to visit in their order, with the metres from the one before."""

    round: Round
    rows: dict[str, DutyRow]
    caps: dict[int, CapState]  # by enterprise


def my_day(conn: sa.Connection, viewer: Viewer, today: date, plan: str | None = None) -> MyDay:
    """Read the officer's day under a plan, by default the headline plan; without one what waits beside it.

    Raises
    ------
    Denied
        Without `Right.RECORD`.
    NotFound
        ``plan_unknown``.
    """
    viewer.require(Right.RECORD)
    mine = city(conn, viewer, plan) if plan or headline(conn) else None
    by_day = done_by_day(conn, viewer, mine.plan.id) if mine else {}
    recent = Fraction(0)
    if mine and mine.period is not None:
        recent = recent_mean(by_day, mine.period.start, today, load_calendar(conn))
    codes = sa.select(grid.c.code).where(grid.c.id.in_(sorted(viewer.scope.grids))).order_by(grid.c.code)
    found = [grid_extent(conn, viewer, code) for code in conn.execute(codes).scalars()]
    extent = _around([one for one in found if one is not None])
    found_duties = duties(conn, viewer, today, plan)
    return MyDay(mine, found_duties, by_day.get(today, 0), recent, _start(conn, viewer, extent), extent)


def proposal(conn: sa.Connection, day: MyDay, today: date, n: int, here: Position | None = None) -> Proposal:
    """Propose up to `n` visits, from `here` or from where the day begins.

    An enterprise that has been visited as often as the caps allow is proposed only for what cannot wait:
    a recheck, a lead, or something overdue.
    """
    rows = {row.key: row for row in day.duties.rows if row.on_site}
    ids = [row.enterprise.id for row in rows.values() if row.enterprise]
    caps = cap_states(conn, ids, today)
    stops = []
    for key, row in rows.items():
        who = row.enterprise
        if who is None or (caps[who.id].state == "explain" and not _cannot_wait(row)):
            continue
        at = (who.lon, who.lat) if who.lon is not None and who.lat is not None else None
        stops.append(Stop(key, at, row.rank))
    start = here or (day.start.at if day.start else None)
    return Proposal(propose(stops, min(n, MOST_STOPS), start), rows, caps)


def usual_number(day: MyDay) -> int:
    """Return how many visits to propose where nobody says: what a workday needs, within reason."""
    needed = day.city.needed if day.city else None
    return min(max(FEWEST, math.ceil(needed or 0)), USUAL_MOST)


def _cannot_wait(row: DutyRow) -> bool:
    return row.overdue or not {"recheck", "lead"}.isdisjoint(row.kinds)


def _start(conn: sa.Connection, viewer: Viewer, extent: Bounds | None) -> Start | None:
    stations = setting(conn, STATIONS) or {}
    code = conn.execute(sa.select(org.c.code).where(org.c.id == viewer.scope.org_id)).scalar()
    if code in stations:
        lon, lat = stations[code]
        return Start((float(lon), float(lat)), "station")
    if extent is None:
        return None
    west, south, east, north = extent
    return Start(((west + east) / 2, (south + north) / 2), "grid")


def _around(parts: list[Bounds]) -> Bounds | None:
    if not parts:
        return None
    west, south, east, north = zip(*parts, strict=True)
    return min(west), min(south), max(east), max(north)
