"""Grids and districts of the wall: lights, pace, and who comes last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from functools import cache
from heapq import nlargest, nsmallest
from typing import Any, NamedTuple

import sqlalchemy as sa

from data.access import Viewer
from data.pace import Timeline, expected, light, needed_per_workday
from data.schema import coverage_count, district, grid

WORST = 16
BEST = 8
MIN_DUE = 10
"""A grid below it is not ranked by rate: a single visit would decide."""

LIGHTS = ("red", "yellow", "green", "grey")


class Place(NamedTuple):
    """Counts of a grid, or (without a code) of the unplaced of a district by reason."""

    code: str | None
    name: str | None
    district_code: str | None
    unplaced_reason: str | None
    due: int
    done: int
    on_time: int
    late: int


def places(conn: sa.Connection, viewer: Viewer, plan_id: int) -> list[Place]:
    """Return the places within the viewer's scope that have any enterprise of the plan."""
    count = coverage_count.c
    # grouped by the key's own order: no sorting; a place has one grid, district and reason
    kept = ("grid_id", "district_code", "unplaced_reason")
    summed = (
        sa.select(
            *(sa.func.min(count[name]).label(name) for name in kept),
            *(sa.cast(sa.func.sum(count[name]), sa.Integer).label(name) for name in Place._fields[4:]),
        )
        .where(count.plan_id == plan_id, viewer.scope.clause(count.grid_id, count.district_code))
        .group_by(count.place)
        .subquery()
    )
    rows = sa.select(grid.c.code, grid.c.name, *(summed.c[name] for name in Place._fields[2:])).select_from(
        summed.outerjoin(grid, grid.c.id == summed.c.grid_id)
    )
    return [Place._make(row) for row in conn.execute(rows).all()]


def district_names(conn: sa.Connection) -> dict[str, str]:
    """Return code → name of the districts."""
    return dict(conn.execute(sa.select(district.c.code, district.c.name)).all())


def coverage(
    rows: list[Place], districts: Mapping[str, str], time: Timeline, *, imported: bool
) -> dict[str, Any]:
    """Return ``total, grids, lights, worst, best, districts`` of the rows of `places`.

    Ranked by rate among the grids with at least `MIN_DUE` due (all, where none has so many).
    """
    ratio = expected(1, time)

    @cache  # a nation has ten thousand grids, but few different counts
    def shown(due: int, done: int) -> str:
        return str(light(due, done, time, imported=imported))

    grids: dict[str, list[Any]] = {}
    unplaced: dict[str, int] = {}
    sums: dict[str | None, list[int]] = {}
    loose_done = 0
    for code, _, district_code, reason, due, done, _, _ in rows:
        held = sums.setdefault(district_code, [0, 0, 0])
        held[0] += due
        held[1] += done
        if code is None:
            held[2] += due
            loose_done += done
            unplaced[reason or "no_point"] = unplaced.get(reason or "no_point", 0) + due
        else:
            grids[code] = [shown(due, done), done, due]
    counts = Counter(one[0] for one in grids.values())
    ranked = [row for row in rows if row.code is not None and row.due]
    fair = [row for row in ranked if row.due >= MIN_DUE] or ranked
    worst = nsmallest(WORST, fair, key=_rate)
    # nobody stands in both lists
    best = nlargest(min(BEST, max(0, len(fair) - WORST)), fair, key=_rate)

    def line(row: Place) -> dict[str, Any]:
        needed = needed_per_workday(row.due - row.done, time)
        return {
            "code": row.code,
            "name": row.name,
            "district": districts.get(row.district_code or ""),
            "light": shown(row.due, row.done),
            "done": row.done,
            "due": row.due,
            "behind": max(0, -(-row.due * ratio.numerator // ratio.denominator) - row.done),
            "needed": None if needed is None else float(needed),
        }

    lines = []
    for code, (due, done, loose) in sums.items():
        lines.append(
            {
                "code": code,
                "name": districts.get(code or ""),
                "due": due,
                "done": done,
                "unplaced": loose,
                "light": shown(due, done),
                # pace: percentage points ahead of (+) or behind (−) where the calendar says it should be
                "points": round(100 * float(done / due - ratio), 1) if due else None,
            }
        )
    lines.sort(key=lambda one: (one["points"] is None, one["points"], one["code"] or ""))
    due, done = sum(row.due for row in rows), sum(row.done for row in rows)
    return {
        "total": {
            "due": due,
            "done": done,
            "on_time": sum(row.on_time for row in rows),
            "late": sum(row.late for row in rows),
            "remaining": due - done,
            "expected": float(expected(due, time)),
            "ratio": float(ratio),
            "unplaced": sum(unplaced.values()),
            "unplaced_remaining": sum(unplaced.values()) - loose_done,
            "unplaced_by": unplaced,
            "light": shown(due, done),
        },
        "grids": grids,
        "lights": {name: counts[name] for name in LIGHTS},
        "worst": [line(row) for row in worst],
        "best": [line(row) for row in best],
        "districts": lines,
    }


def _rate(row: Place) -> tuple[float, int, str]:
    return row.done / row.due, -row.due, row.code or ""
