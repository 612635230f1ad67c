"""Many officers at once: nothing lost, nothing doubled, figures and audit chain whole."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import sqlalchemy as sa

from data import audit, figures
from data.access import Role
from data.schema import coverage_count, coverage_day, coverage_state, enterprise_profile, inspection
from data.store import reading, writing
from data.writes.inspections import record
from data.writes.visit import Visit
from tests.factories import NOW, TODAY, make_city, viewer

OFFICERS, VISITS = 8, 6


def contents(conn: sa.Connection) -> list[list[str]]:
    tables = (coverage_state, coverage_count, coverage_day, enterprise_profile)
    return [sorted(repr(row) for row in conn.execute(sa.select(table))) for table in tables]


def test_visits_recorded_at_once_to_the_same_enterprises_all_count_once(db: sa.Engine) -> None:
    with writing(db) as conn:
        made = make_city(conn, visited=0)
    targets = made.by_grid[made.grids[0]][:3]
    officer = viewer(Role.OFFICER, grids=(made.grids[0],), officer_id=made.officers[0])

    def work(hand: int) -> None:
        for n in range(VISITS):
            visit = Visit("routine", NOW - timedelta(days=n, minutes=5), conclusion="pass")
            with writing(db) as conn:
                # every second hand sends what another has sent already
                client = f"{hand // 2}-{n}"
                record(conn, officer, targets[n % len(targets)], visit, client_id=client, now=NOW)

    with ThreadPoolExecutor(OFFICERS) as pool:
        list(pool.map(work, range(OFFICERS)))
    with writing(db) as conn:
        stored = conn.execute(sa.select(sa.func.count()).select_from(inspection)).scalar_one()
        assert stored == OFFICERS // 2 * VISITS
        kept = contents(conn)
        figures.build(conn, as_of=TODAY, now=NOW)
        assert contents(conn) == kept
    with reading(db) as conn:
        assert audit.verify(conn) is None
