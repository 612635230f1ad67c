"""The demo city: from nothing, built whole, refreshed after one visit, its wall on the server's side."""

from __future__ import annotations

import gc
import tempfile
import uuid
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from time import perf_counter

import orjson
import sqlalchemy as sa

from app import clock_of
from data import figures
from data.access import Role, command_line
from data.reads.wall import version, wall
from data.schema import enterprise, figures_meta, inspection
from data.schema.figures import FIGURES
from data.settings import Settings
from data.store import open_engine, reading, writing
from etl.demo import build_demo
from tests import postgres
from tests.bench.figure import Figure, milliseconds, percentile

VISITS, WARM = 60, 10


def measure() -> Iterator[Figure]:
    """Measure the demo city on SQLite and, where it is installed, on PostgreSQL."""
    with tempfile.TemporaryDirectory() as folder:
        yield from _city("SQLite", f"sqlite:///{Path(folder) / 'city.db'}")
    if postgres.binaries():
        # as installed: every commit reaches the disk
        with postgres.running({}) as server:
            admin = open_engine(server + "postgres").execution_options(isolation_level="AUTOCOMMIT")
            with admin.connect() as conn:
                conn.exec_driver_sql("CREATE DATABASE city")
            admin.dispose()
            yield from _city("PostgreSQL", server + "city")


def _city(store: str, url: str) -> Iterator[Figure]:
    engine = open_engine(url)
    start = perf_counter()
    build_demo(engine)
    yield Figure(f"demo city from nothing, {store}", perf_counter() - start, "s", 20)
    clock = clock_of(engine, Settings(url, Path()))
    yield whole_build(engine, "demo city", store, clock.now(), 1)
    yield one_visit(engine, "city", store, clock.now(), 10)
    yield from wall_data(engine, "city", store, clock.now())
    engine.dispose()


def whole_build(engine: sa.Engine, what: str, store: str, now: datetime, wanted: float) -> Figure:
    """Measure a whole build of the figures from the facts, into empty tables of figures."""
    with writing(engine) as conn:
        for table in (*FIGURES, figures_meta):
            conn.execute(sa.delete(table))
    start = perf_counter()
    with writing(engine) as conn:
        figures.build(conn, as_of=now.date(), now=now)
    return Figure(f"build, whole, {what}, {store}", perf_counter() - start, "s", wanted)


def one_visit(engine: sa.Engine, what: str, store: str, now: datetime, wanted: float) -> Figure:
    """Measure the refresh of the figures after one visit, the commit apart."""
    taken = []
    gc.collect()
    gc.freeze()  # what building the city has left behind is no matter of a visit
    with writing(engine) as conn:
        ids = list(
            conn.execute(sa.select(enterprise.c.id).order_by(enterprise.c.id).limit(WARM + VISITS)).scalars()
        )
        for enterprise_id in ids:
            _visit(conn, enterprise_id, now.date(), now)
            start = perf_counter()
            figures.refresh(conn, [enterprise_id], now=now)
            taken.append((perf_counter() - start) * 1000)
    return Figure(
        f"figures after one visit, {what}, {store} (p95)", percentile(taken[WARM:], 0.95), "ms", wanted
    )


def _visit(conn: sa.Connection, enterprise_id: int, day: date, now: datetime) -> None:
    visit = {"source": "bench", "source_id": str(uuid.uuid4()), "enterprise_id": enterprise_id}
    conn.execute(
        sa.insert(inspection),
        {**visit, "kind": "routine", "finished_on": day, "recorded_at": now, "grade": 1},
    )


def wall_data(engine: sa.Engine, what: str, store: str, now: datetime) -> Iterator[Figure]:
    """Measure the wall's data as the server makes them, when something changed and when nothing did."""
    viewer = command_line(Role.LEADER)

    def changed() -> None:
        with reading(engine) as conn:
            orjson.dumps(wall(conn, viewer, now=now), option=orjson.OPT_NON_STR_KEYS)

    def unchanged() -> None:
        with reading(engine) as conn:
            version(conn, viewer, today=now.date())

    gc.collect()
    gc.freeze()  # as the server does with what it has loaded
    for act, name, wanted in ((changed, "changed", 50), (unchanged, "unchanged", 5)):
        act()
        taken = percentile(milliseconds(act, 40), 0.95)
        yield Figure(f"wall data, {what}, {store}, {name} (p95)", taken, "ms", wanted)
