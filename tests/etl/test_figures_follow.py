"""Figures after an import are those of the definition, for the day that the figures are of."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import shapely
import sqlalchemy as sa

from data import figures, quality
from data.access import command_line
from data.clock import Clock
from data.schema import coverage_count, enterprise
from data.store import reading, writing
from data.writes.day import begin_day
from data.writes.imports import REFRESH_AT_MOST
from etl.frames import frame
from etl.load import publish
from etl.work import rebuild_for
from tests.factories import NOW, TODAY

TOMORROW = TODAY + timedelta(days=1)


def load(engine: sa.Engine, kind: str, *given: dict[str, Any], now=NOW, **how: Any) -> None:
    made = frame(kind, list(given))
    publish(engine, command_line(), kind, made, source="s", filename="f", sha256="x", now=now, **how)


def shop(number: int = 1, **changes: Any) -> dict[str, Any]:
    row = {"source_id": f"E{number}", "name": "药店", "category": "chain_store", "lon": 123.05, "lat": 41.05}
    return {**row, **changes}


def many() -> list[dict[str, Any]]:
    return [shop(n) for n in range(100, 101 + REFRESH_AT_MOST)]


def faults(engine: sa.Engine, now=NOW) -> list[str]:
    with reading(engine) as conn:
        return [found.code for found in quality.check(conn, now=now) if found.level == "error"]


def day_of(engine: sa.Engine) -> date:
    with reading(engine) as conn:
        known = figures.meta(conn)
    assert known is not None
    return known.as_of


def test_a_large_import_early_in_the_morning_leaves_the_change_of_day_to_the_worker(db: sa.Engine) -> None:
    load(db, "enterprises", shop())
    load(db, "enterprises", shop(status="closed", status_since=TOMORROW))
    morning = NOW + timedelta(days=1)
    load(db, "enterprises", *many(), now=morning)
    assert day_of(db) == TODAY
    assert rebuild_for(db, Clock(demo_day=TOMORROW))
    assert day_of(db) == TOMORROW
    with reading(db) as conn:
        closed = sa.select(enterprise.c.source_id).where(enterprise.c.status == "closed")
        assert conn.execute(closed).scalars().all() == ["E1"]
    assert faults(db, morning) == []


def test_a_large_import_over_midnight_does_not_take_the_figures_back(sqlite_db: sa.Engine) -> None:
    load(sqlite_db, "enterprises", shop())
    begun = []

    def progress(_phase: str, _done: int, _total: int) -> None:
        if not begun:
            begun.append(True)
            with writing(sqlite_db) as conn:
                begin_day(conn, TOMORROW, now=NOW + timedelta(hours=15))

    load(sqlite_db, "enterprises", *many(), progress=progress)
    assert begun and day_of(sqlite_db) == TOMORROW
    assert faults(sqlite_db, NOW + timedelta(days=1)) == []


def test_a_grid_that_another_district_takes_over_takes_its_enterprises_along(db: sa.Engine) -> None:
    load(db, "districts", {"code": "210102", "name": "甲区"}, {"code": "210103", "name": "乙区"})
    grid = {"code": "G1", "name": "甲", "geometry": shapely.box(123.0, 41.0, 123.1, 41.1)}
    load(db, "grids", {**grid, "district": "210102"})
    load(db, "enterprises", shop())
    load(db, "grids", {**grid, "district": "210103"})
    with reading(db) as conn:
        counted = sa.select(coverage_count.c.district_code).distinct()
        assert conn.execute(counted).scalars().all() == ["210103"]
    assert faults(db) == []
