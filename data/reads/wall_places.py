"""Grids and districts of the wall: lights, pace, and who comes last."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import sqlalchemy as sa

from data.access import Viewer
from data.pace import Timeline, expected, light, needed_per_workday
from data.schema import coverage_place, district, grid

WORST = 16
BEST = 8
MIN_DUE = 10
"""A grid below it is not ranked by rate: a single visit would decide."""

Counted = npt.NDArray[np.int64]
LIGHTS = ("red", "yellow", "green", "grey")


class Places(NamedTuple):
    """Counts of grids and (without a code) of the unplaced of a district by reason, by column."""

    code: tuple[str | None, ...]
    district_code: tuple[str | None, ...]
    unplaced_reason: tuple[str | None, ...]
    due: tuple[int, ...]
    done: tuple[int, ...]
    late: tuple[int, ...]


def places(conn: sa.Connection, viewer: Viewer, plan_id: int) -> Places | None:
    """Return the places within the viewer's scope that have any enterprise of the plan; None without."""
    count = coverage_place.c
    query = (
        sa.select(grid.c.code, *(count[name] for name in Places._fields[1:]))
        .select_from(coverage_place.outerjoin(grid, grid.c.id == count.grid_id))
        .where(count.plan_id == plan_id, viewer.scope.clause(count.grid_id, count.district_code))
    )
    rows = conn.execute(query).all()
    return Places(*zip(*rows, strict=True)) if rows else None


def with_names(conn: sa.Connection, lines: list[dict[str, Any]]) -> None:
    """Give the lines of some grids their names: ten thousand grids are counted, two dozen are named."""
    codes = [line["code"] for line in lines]
    names = dict(conn.execute(sa.select(grid.c.code, grid.c.name).where(grid.c.code.in_(codes))).all())
    for line in lines:
        line["name"] = names[line["code"]]


def district_names(conn: sa.Connection) -> dict[str, str]:
    """Return code → name of the districts."""
    return dict(conn.execute(sa.select(district.c.code, district.c.name)).all())


def coverage(
    places: Places, districts: Mapping[str, str], time: Timeline, *, imported: bool
) -> dict[str, Any]:
    """Return ``total, grids, lights, worst, best, districts`` of places; the grids `with_names` later.

    Ranked by rate among the grids with at least `MIN_DUE` due (all, where none has so many).
    """
    ratio = expected(1, time)
    codes = np.array(places.code, dtype=object)
    due, done, late = (np.array(column, dtype=np.int64) for column in places[-3:])
    placed = codes != np.array(None)
    lights = _lights(due, done, time, imported=imported)
    counts = Counter(lights[placed].tolist())

    def line(index: int) -> dict[str, Any]:
        due_here, done_here = places.due[index], places.done[index]
        needed = needed_per_workday(due_here - done_here, time)
        return {
            "code": places.code[index],
            "district": districts.get(places.district_code[index] or ""),
            "light": lights[index],
            "done": done_here,
            "due": due_here,
            "behind": max(0, -(-due_here * ratio.numerator // ratio.denominator) - done_here),
            "needed": None if needed is None else float(needed),
        }

    ranked = placed & (due >= MIN_DUE)
    worst, best = _ends(np.flatnonzero(ranked if ranked.any() else placed & (due > 0)), codes, due, done)
    unplaced: Counter[str] = Counter()
    for index in np.flatnonzero(~placed):
        unplaced[places.unplaced_reason[index] or "no_point"] += places.due[index]
    all_due, all_done, all_late = (int(column.sum()) for column in (due, done, late))
    return {
        "total": {
            "due": all_due,
            "done": all_done,
            "on_time": all_done - all_late,
            "late": all_late,
            "remaining": all_due - all_done,
            "expected": float(expected(all_due, time)),
            "ratio": float(ratio),
            "unplaced": sum(unplaced.values()),
            "unplaced_remaining": int((due - done)[~placed].sum()),
            "unplaced_by": dict(unplaced),
            "light": str(light(all_due, all_done, time, imported=imported)),
        },
        "grids": dict(
            zip(
                codes[placed].tolist(),
                zip(*(column[placed].tolist() for column in (lights, done, due)), strict=True),
                strict=True,
            )
        ),
        "lights": {name: counts[name] for name in LIGHTS},
        "worst": [line(index) for index in worst],
        "best": [line(index) for index in best],
        "districts": _districts(places.district_code, due, done, placed, districts, time, imported=imported),
    }


def _lights(due: Counted, done: Counted, time: Timeline, *, imported: bool) -> npt.NDArray[np.object_]:
    # a nation has ten thousand grids, but few different counts
    width = int(done.max()) + 1
    pairs, place = np.unique(due * width + done, return_inverse=True)
    shown = [str(light(pair // width, pair % width, time, imported=imported)) for pair in pairs.tolist()]
    return np.array(shown, dtype=object)[place]


def _ends(
    fair: npt.NDArray[np.intp], codes: npt.NDArray[np.object_], due: Counted, done: Counted
) -> tuple[list[int], list[int]]:
    """Return where the worst and the best stand; nobody stands in both."""
    rate = done[fair] / due[fair]

    def ordered(some: npt.NDArray[np.bool_]) -> list[int]:
        here = fair[some]
        order: list[int] = here[np.lexsort((codes[here].astype(str), -due[here], rate[some]))].tolist()
        return order

    if len(fair) <= WORST + BEST:
        order = ordered(np.ones(len(fair), dtype=bool))
        return order[:WORST], order[WORST:][::-1]
    # only what can stand at either end is put in order
    lowest, highest = np.partition(rate, (WORST - 1, len(rate) - BEST))[[WORST - 1, len(rate) - BEST]]
    return ordered(rate <= lowest)[:WORST], ordered(rate >= highest)[: -BEST - 1 : -1]


def _districts(
    codes: Sequence[str | None],
    due: Counted,
    done: Counted,
    placed: npt.NDArray[np.bool_],
    names: Mapping[str, str],
    time: Timeline,
    *,
    imported: bool,
) -> list[dict[str, Any]]:
    number = {code: n for n, code in enumerate(dict.fromkeys(codes))}
    where = np.array([number[code] for code in codes])
    columns = (due, done, np.where(placed, 0, due))
    # a float counts whole numbers exactly, up to far more enterprises than there are
    sums = np.column_stack([np.bincount(where, column) for column in columns]).astype(np.int64)
    ratio = expected(1, time)
    lines = [
        {
            "code": code,
            "name": names.get(code or ""),
            "due": due_here,
            "done": done_here,
            "unplaced": loose,
            "light": str(light(due_here, done_here, time, imported=imported)),
            # pace: percentage points ahead of (+) or behind (−) where the calendar says it should be
            "points": round(100 * float(done_here / due_here - ratio), 1) if due_here else None,
        }
        for code, (due_here, done_here, loose) in zip(number, sums.tolist(), strict=True)
    ]
    return sorted(lines, key=lambda one: (one["points"] is None, one["points"], one["code"] or ""))
