"""A process that is killed while it imports leaves everything as it was, or the whole batch; never a part."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from data import quality
from data.access import command_line
from data.schema import audit, batch, enterprise, fact_placement, fact_status
from data.store import reading
from etl.load import publish
from tests.bench import nation

ROOT = Path(__file__).parents[2]
NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
ROWS = 4_000
CHILD = f"""
import sys
from datetime import UTC, datetime
from data.access import command_line
from data.store import open_engine
from etl.load import publish
from tests.bench import nation
frame = nation.enterprises({ROWS}, side=10)
print("ready", flush=True)
publish(open_engine(sys.argv[1]), command_line(), "enterprises", frame, source="n", filename="f", sha256="x",
        now=datetime(2026, 11, 21, 10, 0, tzinfo=UTC))
print("done", flush=True)
"""


def _count(engine: sa.Engine, table: sa.Table) -> int:
    with reading(engine) as conn:
        return int(conn.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def _import_and_kill(url: str, after: float | None) -> float:
    """Run an importing process; kill it `after` seconds from when it starts to import."""
    child = subprocess.Popen([sys.executable, "-c", CHILD, url], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n"
    start = time.monotonic()
    if after is not None:
        time.sleep(after)
        child.send_signal(signal.SIGKILL)
    child.wait(timeout=120)
    child.stdout.close()
    return time.monotonic() - start


def test_a_killed_import_leaves_nothing_half_done(db: sa.Engine, db_url: str, tmp_path: Path) -> None:
    viewer = command_line()
    publish(db, viewer, "grids", nation.grids(10), source="n", filename="g", sha256="g", now=NOW)
    before = (_count(db, batch), _count(db, audit))
    luck = random.Random(20261121)
    longest = 1.5
    for moment in sorted(luck.uniform(0.02, longest) for _ in range(5)):
        _import_and_kill(db_url, moment)
        found = _count(db, enterprise)
        assert found in (0, ROWS)
        assert _count(db, fact_placement) == found
        assert _count(db, fact_status) == found
        assert (_count(db, batch), _count(db, audit)) == (
            before if not found else tuple(n + 1 for n in before)
        )
        if found:
            break
    _import_and_kill(db_url, None)
    assert _count(db, enterprise) == ROWS
    with reading(db) as conn:
        assert [f.code for f in quality.check(conn, now=NOW)] == ["grid_without_officer"]
    again = publish(
        db,
        viewer,
        "enterprises",
        nation.enterprises(ROWS, side=10),
        source="n",
        filename="f",
        sha256="x",
        now=NOW,
    )
    assert (again.inserted, again.changed, again.unchanged) == (0, 0, ROWS)


@pytest.mark.parametrize("phase", ["place", "stage", "compare", "publish"])
def test_an_import_that_is_cancelled_in_any_phase_writes_nothing(db: sa.Engine, phase: str) -> None:
    class Cancelled(Exception):  # noqa: N818
        pass

    def tell(now_in: str, _done: int, _total: int) -> None:
        if now_in == phase:
            raise Cancelled

    with pytest.raises(Cancelled):
        publish(
            db, command_line(), "enterprises", nation.enterprises(50, side=2), source="n", filename="f",
            sha256="x", now=NOW, progress=tell,
        )  # fmt: skip
    assert _count(db, enterprise) == 0
    assert _count(db, batch) == 0
