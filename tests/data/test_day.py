"""What was recorded for a later day begins to hold when that day comes."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from data import figures
from data.schema import coverage_count, enterprise
from data.store import writing
from data.writes.day import begin_day
from tests.factories import NOW, TODAY, add_enterprise, add_fact, add_grid


def test_a_closure_recorded_for_tomorrow_takes_the_enterprise_off_tomorrow(db):
    tomorrow = TODAY + timedelta(days=1)
    with writing(db) as conn:
        one = add_enterprise(conn, grid_id=add_grid(conn, "G1"))
        add_fact(conn, "status", one, valid_from=tomorrow, status="closed")
        seen = []
        for day in (TODAY, tomorrow):
            begin_day(conn, day, now=NOW)
            status = conn.execute(sa.select(enterprise.c.status).where(enterprise.c.id == one)).scalar_one()
            due = conn.execute(sa.select(sa.func.max(coverage_count.c.due))).scalar_one()
            seen.append((status, due, figures.meta(conn).as_of))
    assert seen == [("operating", 1, TODAY), ("closed", 0, tomorrow)]
