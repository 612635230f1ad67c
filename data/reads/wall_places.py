"""Grids and districts of the wall: lights, pace, and who comes last."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from data.access import Viewer
from data.pace import Timeline, expected, light, needed_per_workday
from data.schema import coverage_count, district, grid

WORST = 16
BEST = 8
MIN_DUE = 10
"""A grid below it is not ranked by rate: a single visit would decide."""

LIGHTS = ("red", "yellow", "green", "grey")


def places(conn: sa.Connection, viewer: Viewer, plan_id: int) -> list[Any]:
    """Return one row a grid or a district's unplaced by reason."""
    count = coverage_count.c
    rows = (
        sa.select(
            count.grid_id,
            count.district_code,
            count.unplaced_reason,
            *(sa.func.sum(count[name]).label(name) for name in ("due", "done", "on_time", "late")),
        )
        .where(count.plan_id == plan_id, viewer.scope.clause(count.grid_id, count.district_code))
        .group_by(count.place, count.grid_id, count.district_code, count.unplaced_reason)
    )
    return list(conn.execute(rows).all())


def coverage(conn: sa.Connection, rows: list[Any], time: Timeline, *, imported: bool) -> dict[str, Any]:
    """Return ``total, grids, lights, worst, best, districts`` of the rows of `places`.

    Ranked by rate among the grids with at least `MIN_DUE` due (all, where none has so many).
    """
    names = {row.id: row for row in conn.execute(sa.select(grid.c.id, grid.c.code, grid.c.name))}
    district_names = dict(conn.execute(sa.select(district.c.code, district.c.name)).all())
    ratio = expected(1, time)
    codes: dict[str, list[Any]] = {}
    counts = dict.fromkeys(LIGHTS, 0)
    unplaced: dict[str, int] = {}
    sums: dict[str | None, list[int]] = {}
    total = [0, 0, 0, 0]
    loose_done = 0
    ranked = []
    for row in rows:
        due, done = int(row.due or 0), int(row.done or 0)
        total[0] += due
        total[1] += done
        total[2] += int(row.on_time or 0)
        total[3] += int(row.late or 0)
        held = sums.setdefault(row.district_code, [0, 0, 0])
        held[0] += due
        held[1] += done
        if row.grid_id is None:
            held[2] += due
            loose_done += done
            reason = row.unplaced_reason or "no_point"
            unplaced[reason] = unplaced.get(reason, 0) + due
            continue
        seen = str(light(due, done, time, imported=imported))
        counts[seen] += 1
        code = names[row.grid_id].code
        codes[code] = [seen, done, due]
        if due:
            ranked.append((done / due, -due, code, seen, done, due, row.grid_id, row.district_code))
    fair = sorted(item for item in ranked if item[5] >= MIN_DUE) or sorted(ranked)

    def line(item: tuple[Any, ...]) -> dict[str, Any]:
        _, _, code, seen, done, due, grid_id, district_code = item
        needed = needed_per_workday(due - done, time)
        return {
            "code": code,
            "name": names[grid_id].name,
            "district": district_names.get(district_code),
            "light": seen,
            "done": done,
            "due": due,
            "behind": max(0, -(-due * ratio.numerator // ratio.denominator) - done),
            "needed": None if needed is None else float(needed),
        }

    lines = []
    for code, (due, done, loose) in sums.items():
        lines.append(
            {
                "code": code,
                "name": district_names.get(code or ""),
                "due": due,
                "done": done,
                "unplaced": loose,
                "light": str(light(due, done, time, imported=imported)),
                # pace: percentage points ahead of (+) or behind (−) where the calendar says it should be
                "points": round(100 * float(done / due - ratio), 1) if due else None,
            }
        )
    lines.sort(key=lambda one: (one["points"] is None, one["points"], one["code"] or ""))
    due, done, on_time, late = total
    return {
        "total": {
            "due": due,
            "done": done,
            "on_time": on_time,
            "late": late,
            "remaining": due - done,
            "expected": float(expected(due, time)),
            "ratio": float(ratio),
            "unplaced": sum(unplaced.values()),
            "unplaced_remaining": sum(unplaced.values()) - loose_done,
            "unplaced_by": unplaced,
            "light": str(light(due, done, time, imported=imported)),
        },
        "grids": codes,
        "lights": counts,
        "worst": [line(item) for item in fair[:WORST]],
        "best": [line(item) for item in reversed(fair[-BEST:])] if len(fair) > WORST else [],
        "districts": lines,
    }
