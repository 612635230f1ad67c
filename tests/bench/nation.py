"""A country-sized city: 640,000 enterprises over 10,000 square grids, 5 million visits. All synthetic."""

from __future__ import annotations

import csv
import resource
import tempfile
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd
import shapely
import sqlalchemy as sa

from data.access import Role, command_line
from data.reads.matching import candidates
from data.schema import enterprise, inspection
from data.store import filling, open_engine, reading, writing
from data.writes.leads import register
from data.writes.leads_given import NewLead
from data.writes.reference import create_database
from etl.frames import complete
from etl.load import publish
from etl.run import run_import
from etl.stage import put
from tests import postgres
from tests.bench.city import one_visit, wall_data, whole_build
from tests.bench.figure import Figure
from tests.factories import viewer

WEST, SOUTH, STEP = 100.0, 25.0, 0.1


def grids(side: int = 100) -> pd.DataFrame:
    """Return side × side square grids as a canonical frame."""
    rows, columns = np.divmod(np.arange(side * side), side)
    x, y = WEST + columns * STEP, SOUTH + rows * STEP
    codes = [f"99{row:05d}{column:05d}" for row, column in zip(rows, columns, strict=True)]
    boxes = shapely.box(x, y, x + STEP, y + STEP)
    return complete("grids", pd.DataFrame({"code": codes, "name": codes, "geometry": list(boxes)}))


def enterprises(count: int = 640_000, side: int = 100, seed: int = 1) -> pd.DataFrame:
    """Return enterprises spread evenly over the grids; 3 % without a point."""
    rng = np.random.default_rng(seed)
    number = np.arange(count)
    lon, lat = rng.uniform((WEST, SOUTH), (WEST + side * STEP, SOUTH + side * STEP), (count, 2)).T
    lon[rng.random(count) < 0.03] = np.nan
    kinds = np.array(["chain_store", "independent_pharmacy", "vaccination_unit"], dtype=object)
    scopes = np.empty(count, dtype=object)
    scopes[:] = [("chemical", "otc_b")] * count
    opened = np.datetime64("2005-01-01") + rng.integers(0, 7000, count).astype("timedelta64[D]")
    text = [f"{n:06d}" for n in number]
    return complete(
        "enterprises",
        pd.DataFrame(
            {
                "source_id": ["E" + t for t in text],
                "name": ["合成药店" + t for t in text],
                "category": kinds[rng.choice(3, count, p=(0.6, 0.35, 0.05))],
                "address": ["合成路" + t + "号" for t in text],
                "status": "operating",
                "opened_on": opened.astype("datetime64[s]"),
                "scopes": scopes,
                "risk_level": rng.integers(1, 5, count),
                "lon": lon,
                "lat": lat,
                "licence_kind": "drug",
                "licence_number": ["辽CB0" + t for t in text],
            }
        ),
    )


def inspections(
    count: int = 5_000_000, among: int = 640_000, year: int = 2026, seed: int = 2
) -> pd.DataFrame:
    """Return visits of four years up to November of `year`."""
    rng = np.random.default_rng(seed)
    who = rng.integers(0, among, count)
    first = np.datetime64(f"{year - 3}-01-01")
    span = int((np.datetime64(f"{year}-11-20") - first).astype(int))
    day = first + rng.integers(0, span, count).astype("timedelta64[D]")
    ids = np.array([f"E{n:06d}" for n in range(among)], dtype=object)
    kinds = np.array(["routine", "special", "recheck"], dtype=object)
    ends = np.array(["pass", "rectify", "fail"], dtype=object)
    return complete(
        "inspections",
        pd.DataFrame(
            {
                "source_id": [f"V{n:07d}" for n in range(count)],
                "enterprise": ids[who],
                "kind": kinds[rng.choice(3, count, p=(0.8, 0.1, 0.1))],
                "finished_on": day.astype("datetime64[s]"),
                "conclusion": ends[rng.choice(3, count, p=(0.8, 0.18, 0.02))],
                "grade": rng.integers(0, 3, count),
            }
        ),
    )


NOW = datetime(2026, 11, 21, 7, tzinfo=UTC)
VISIT = [
    "source",
    "source_id",
    "revision",
    "enterprise_id",
    "kind",
    "finished_on",
    "conclusion",
    "grade",
    "recorded_at",
]


def measure() -> Iterator[Figure]:
    """Measure on PostgreSQL where it is installed, then on SQLite, each in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "enterprises.csv"
        _write(enterprises(), file)
        if postgres.binaries():
            with postgres.running({"shared_buffers": "512MB", "max_wal_size": "4GB"}) as server:
                admin = open_engine(server + "postgres").execution_options(isolation_level="AUTOCOMMIT")
                with admin.connect() as conn:
                    conn.exec_driver_sql("CREATE DATABASE nation")
                admin.dispose()
                yield from _apart("PostgreSQL", server + "nation", file)
        yield from _apart("SQLite", f"sqlite:///{folder}/nation.db", file)


def _apart(store: str, url: str, file: Path) -> list[Figure]:
    # the peak of memory is a process's own
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(_nation, store, url, file).result()


def _nation(store: str, url: str, file: Path) -> list[Figure]:
    engine = open_engine(url)
    create_database(engine, now=NOW)
    how = {"source": "nation", "filename": "grids", "sha256": "0" * 64, "now": NOW}
    publish(engine, command_line(), "grids", grids(), **how)
    target = store == "PostgreSQL"
    start = perf_counter()
    run_import(engine, command_line(), "enterprises", file, "standard", now=NOW, source="nation")
    found = [
        Figure(
            f"import 640,000 enterprises from CSV, {store}",
            perf_counter() - start,
            "s",
            90 if target else None,
        )
    ]
    found.append(Figure(f"peak memory of that import, {store}", _peak_gib(), "GiB", 4 if target else None))
    _load_visits(engine)
    build = whole_build(engine, "nation with 5 M inspections", store, NOW, 60)
    found.append(build if target else Figure(build.what, build.found, build.unit))
    found.append(one_visit(engine, "nation", store, NOW, 30))
    if target:  # the wall is asked of a database at rest, not of one that tidies up after millions of rows
        with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as conn:
            conn.exec_driver_sql("VACUUM (ANALYZE)")
    found.extend(wall_data(engine, "nation", store, NOW))
    found.extend(_candidates(engine, store))
    engine.dispose()
    return found


def _candidates(engine: sa.Engine, store: str) -> Iterator[Figure]:
    """Measure whom leads may be about: by name and address alone, and by a licence number."""
    leader = viewer(Role.LEADER)
    asked = {
        "by a name written wrongly and an address": (
            0.5,
            "s",
            {"subject": "合成药店4{n}7x", "address": "合成路4{n}7号"},
        ),
        "by a licence number": (0.02, "s", {"licence": "辽CB04{n}7"}),
    }
    for how, (target, unit, said) in asked.items():
        took = []
        for n in range(1000, 1010):
            new = NewLead(
                "complaint", "反映药店问题", NOW.date(), **{k: v.format(n=n) for k, v in said.items()}
            )
            with writing(engine) as conn:
                made = register(conn, leader, new, client_id=f"{how}{n}", now=NOW)
            start = perf_counter()
            with reading(engine) as conn:
                if not candidates(conn, leader, made):
                    raise AssertionError(f"expected candidates of lead {made} ({new}), found none")
            took.append(perf_counter() - start)
        yield Figure(
            f"nation: candidates of a lead {how} (of ten, the slowest), {store}", max(took), unit, target
        )


def _peak_gib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def _write(frame: pd.DataFrame, path: Path) -> None:
    kept = frame.drop(columns=["line", "details"], errors="ignore").dropna(axis=1, how="all")
    kept["scopes"] = kept["scopes"].map("、".join)
    kept.to_csv(path, index=False, quoting=csv.QUOTE_MINIMAL)


def _load_visits(engine: sa.Engine) -> None:
    """Put five million visits beside the enterprises: how they came in is not what is measured here."""
    with writing(engine) as conn, filling(conn, inspection, rows=5_000_000):
        own = dict(conn.execute(sa.select(enterprise.c.source_id, enterprise.c.id)).all())
        for part in range(5):
            frame = inspections(1_000_000, seed=part)
            frame["enterprise_id"] = frame["enterprise"].map(own)
            frame["source"] = "nation"
            frame["source_id"] = f"P{part}-" + frame["source_id"]
            frame["revision"] = 1
            frame["recorded_at"] = pd.Timestamp(NOW)
            put(conn, inspection, frame[VISIT])
