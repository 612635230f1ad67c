"""A process that is killed while it imports leaves everything as it was, or the whole batch; never a part."""

from __future__ import annotations

import random
import signal
import time
from multiprocessing import Pipe
from pathlib import Path

import pytest
import sqlalchemy as sa

from data import quality
from data.access import command_line
from data.schema import audit, batch, enterprise, fact_placement, fact_status
from data.store import reading
from etl.load import publish
from tests import forks
from tests.bench import nation
from tests.etl import importing
from tests.etl.importing import NOW, ROWS


def _count(engine: sa.Engine, table: sa.Table) -> int:
    with reading(engine) as conn:
        return int(conn.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def _import_and_kill(url: str, after: float | None) -> None:
    """Run an importing process; kill it `after` seconds from when it starts to import, or let it end."""
    here, there = Pipe()
    child = forks.start(importing.run, url, there)
    assert here.recv() == "ready"
    if after is not None:
        time.sleep(after)
        child.kill()
    child.join(120)
    assert child.exitcode == 0 or (after is not None and child.exitcode == -signal.SIGKILL)


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
