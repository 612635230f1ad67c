"""Who is due, done and closed: the definition by examples."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from data.clock import EVERYTHING
from data.coverage import coverage
from data.plans import plan_by_code
from data.reads.behind import coverage_enterprises
from data.schema import BEGINNING, plan
from data.store import writing
from tests.factories import LOADED, TODAY, add_enterprise, add_fact, add_inspection, viewer

COUNTED = ("due", "done", "closed_visited", "closed_unvisited")


def counted(
    conn: sa.Connection, code: str = "annual-all", as_of: date = TODAY, **more: Any
) -> tuple[int, ...]:
    """Return `COUNTED` of a plan."""
    known_at = more.pop("known_at", EVERYTHING)
    rows = coverage(conn, plan_by_code(conn, code), as_of, known_at, viewer=viewer(), **more)
    return tuple(sum(getattr(row, name) for row in rows) for name in COUNTED)


def test_a_recheck_does_not_count_as_coverage(db: sa.Engine) -> None:
    with writing(db) as conn:
        for kind in ("recheck", "routine"):
            add_inspection(conn, add_enterprise(conn), date(2026, 5, 4), kind=kind)
        assert counted(conn) == (2, 1, 0, 0)


def test_a_visit_after_the_deadline_is_done_but_late(db: sa.Engine) -> None:
    with writing(db) as conn:
        add_inspection(conn, add_enterprise(conn), date(2026, 12, 3))
        annual = plan_by_code(conn, "annual-all")
        (row,) = coverage(conn, annual, date(2026, 12, 10), EVERYTHING, viewer=viewer())
        assert (row.due, row.done, row.on_time, row.late) == (1, 1, 0, 1)
        assert counted(conn, as_of=date(2026, 12, 2)) == (1, 0, 0, 0)


def test_what_was_recorded_later_was_not_known_before(db: sa.Engine) -> None:
    at = LOADED + timedelta(days=300)
    with writing(db) as conn:
        add_inspection(conn, add_enterprise(conn), date(2026, 5, 4), recorded_at=at)
        assert counted(conn, known_at=at - timedelta(days=1)) == (1, 0, 0, 0)
        assert counted(conn, known_at=at) == (1, 1, 0, 0)


@pytest.mark.parametrize(
    ("cycle", "opened_by", "opened_on", "due"),
    [
        ("year", "06-30", None, 1),
        ("year", "06-30", date(2026, 6, 30), 1),
        ("year", "06-30", date(2026, 7, 1), 0),
        ("year", "06-30", date(2025, 9, 1), 1),
        ("half_year", "03-31", date(2026, 5, 10), 1),  # before the second half: long open
        ("half_year", "09-30", date(2026, 10, 1), 0),
        ("half_year", "09-30", date(2026, 9, 30), 1),
        ("year", None, TODAY, 1),
        ("year", None, TODAY + timedelta(days=1), 0),
    ],
)
def test_what_opened_too_late_for_the_period_is_not_due_and_not_closed(
    sqlite_db: sa.Engine, cycle: str, opened_by: str | None, opened_on: date | None, due: int
) -> None:
    with writing(sqlite_db) as conn:
        conn.execute(
            sa.update(plan)
            .where(plan.c.code == "annual-all")
            .values(cycle=cycle, opened_by=opened_by, deadline_month=None, deadline_day=None)
        )
        shop = add_enterprise(conn, opened_on=opened_on)
        assert counted(conn) == (due, 0, 0, 0)
        add_inspection(conn, shop, TODAY)
        assert counted(conn) == (due, due, 0, 0)


def test_what_opens_after_the_deadline_is_not_due_in_its_period(db: sa.Engine) -> None:
    with writing(db) as conn:
        add_enterprise(conn, opened_on=date(2026, 12, 5))
        assert counted(conn, as_of=date(2026, 12, 20)) == (0, 0, 0, 0)
        assert counted(conn, as_of=date(2027, 1, 5)) == (1, 0, 0, 0)


@pytest.mark.parametrize(
    ("closed_on", "visited", "told"),
    [
        (date(2015, 1, 1), False, (0, 0, 0, 0)),  # years ago: nobody of this period
        (date(2026, 1, 1), False, (0, 0, 0, 0)),  # it never operated in the period
        (date(2026, 1, 2), False, (0, 0, 0, 1)),
        (date(2026, 6, 1), True, (0, 0, 1, 0)),
        (TODAY, False, (0, 0, 0, 1)),
        (TODAY + timedelta(days=1), False, (1, 0, 0, 0)),
    ],
)
def test_closed_are_those_that_operated_at_some_time_of_the_period(
    db: sa.Engine, closed_on: date, visited: bool, told: tuple[int, ...]
) -> None:
    with writing(db) as conn:
        shop = add_enterprise(conn)
        add_fact(conn, "status", shop, valid_from=closed_on, status="closed")
        if visited:
            add_inspection(conn, shop, date(2026, 5, 4))
        assert counted(conn) == told
        rows = coverage_enterprises(conn, viewer(), None, TODAY, EVERYTHING, "closed")
        assert len(list(rows)) == told[2] + told[3]


def test_one_that_was_always_closed_is_not_counted_whenever_that_was_recorded(db: sa.Engine) -> None:
    with writing(db) as conn:
        add_enterprise(conn, status="closed")
        corrected = add_enterprise(conn)
        later = LOADED + timedelta(days=9)
        add_fact(conn, "status", corrected, valid_from=BEGINNING, status="closed", recorded_at=later)
        assert counted(conn) == (0, 0, 0, 0)
        assert counted(conn, known_at=LOADED) == (1, 0, 0, 0)


def test_one_that_opened_again_for_a_while_was_to_be_visited(db: sa.Engine) -> None:
    with writing(db) as conn:
        shop = add_enterprise(conn, status="closed")
        add_fact(conn, "status", shop, valid_from=date(2026, 3, 1), status="operating")
        add_fact(conn, "status", shop, valid_from=date(2026, 3, 9), status="closed")
        assert counted(conn) == (0, 0, 0, 1)
        assert counted(conn, as_of=date(2026, 3, 8)) == (1, 0, 0, 0)
        assert counted(conn, as_of=date(2026, 2, 28)) == (0, 0, 0, 0)
        assert counted(conn, as_of=date(2027, 6, 1)) == (0, 0, 0, 0)
