"""Many officers at once: nothing lost, nothing doubled, figures and audit chain whole."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import sqlalchemy as sa

from data import audit, figures
from data.access import Role, Viewer
from data.errors import Refused
from data.passwords import one_time_password
from data.schema import (
    coverage_count,
    coverage_state,
    inspection,
    message,
    problem,
)
from data.schema.figures import FIGURES
from data.store import reading, writing
from data.writes.inspections import record
from data.writes.problems import reply
from data.writes.reminders import daily
from data.writes.users import change_user, create_user
from data.writes.visit import Visit
from tests.factories import (
    NOW,
    TODAY,
    add_enterprise,
    add_fact,
    add_grid,
    add_officer,
    add_org,
    add_problem,
    add_user,
    make_city,
    viewer,
)

OFFICERS, VISITS = 8, 6


def contents(conn: sa.Connection) -> list[list[str]]:
    return [sorted(repr(row) for row in conn.execute(sa.select(table))) for table in FIGURES]


def test_visits_recorded_at_once_to_the_same_enterprises_all_count_once(db: sa.Engine) -> None:
    with writing(db) as conn:
        made = make_city(conn, visited=0)
    targets = made.by_grid[made.grids[0]][:3]
    officer = viewer(Role.OFFICER, grids=(made.grids[0],), officer_id=made.officers[0])

    def work(hand: int) -> None:
        for n in range(VISITS):
            at = NOW - timedelta(days=n, minutes=5)
            visit = Visit(
                "routine",
                at,
                "pass",
                officer2_id=made.officers[1],
                over_cap_reason="测试",
                late_reason="补录" if n else None,
            )
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


def test_a_visit_that_waits_for_the_change_of_day_counts_on_the_new_day(db: sa.Engine) -> None:
    tomorrow = TODAY + timedelta(days=1)
    with writing(db) as conn:
        shop = add_enterprise(conn, grid_id=add_grid(conn, "G1"))
        second = add_officer(conn)
        add_fact(conn, "status", shop, valid_from=tomorrow, status="closed")
        figures.build(conn, as_of=TODAY, now=NOW)
    officer = viewer(Role.OFFICER)

    def visit() -> None:
        with writing(db) as conn:
            seen = Visit("routine", NOW, "pass", officer2_id=second)
            record(conn, officer, shop, seen, client_id="c", now=NOW)

    with ThreadPoolExecutor(1) as pool:
        with writing(db) as conn:
            figures.build(conn, as_of=tomorrow, now=NOW)
            recorded = pool.submit(visit)
            until_it_waits(conn)
        recorded.result()
    with reading(db) as conn:
        assert figures.meta(conn).as_of == tomorrow
        assert conn.execute(sa.select(coverage_state.c.due)).scalars().all() == [False] * 2
        assert conn.execute(sa.select(sa.func.sum(coverage_count.c.due))).scalar_one() == 0


def test_a_move_and_the_nights_reminders_of_the_same_problem_wait_for_each_other(db: sa.Engine) -> None:
    with writing(db) as conn:
        made = make_city(conn, visited=0)
        add_user(conn, Role.OFFICER, officer_id=made.officers[0])
        above = add_user(conn, Role.SUPERVISOR, org_id=add_org(conn, "root", kind="bureau"))
        late = add_problem(conn, made.by_grid[made.grids[0]][0], TODAY, state="ordered", due_on=TODAY)
        daily(conn, TODAY, now=NOW)
    tomorrow = NOW + timedelta(days=1)
    officer = viewer(Role.OFFICER, grids=(made.grids[0],), officer_id=made.officers[0])

    def night() -> None:
        with writing(db) as conn:
            daily(conn, tomorrow.date(), now=tomorrow)

    with ThreadPoolExecutor(1) as pool:
        with writing(db) as conn:
            conn.execute(sa.select(problem.c.id).with_for_update()).all()
            told = pool.submit(night)
            until_it_waits(conn)
            reply(conn, officer, late, text="已补齐处方", version=1, now=tomorrow)
        told.result()
    with reading(db) as conn:
        row = conn.execute(sa.select(problem.c.state, problem.c.escalated_on)).one()
        assert tuple(row) == ("replied", tomorrow.date())
        asked = sa.select(message.c.to_user_id, message.c.kind).where(message.c.ended_at.is_(None))
        told = {tuple(one) for one in conn.execute(asked)}
        assert told == {(above, "asked"), (above, "overdue")}, "the reminders are those after the move"


def test_two_administrators_who_demote_each_other_leave_one(db: sa.Engine) -> None:
    boss, first = Viewer("user:boss", Role.ADMIN), one_time_password()
    with writing(db) as conn:
        ids = [create_user(conn, boss, name, name, "admin", first, now=NOW) for name in ("one", "two")]
    gate = Barrier(2)

    def demote(number: int) -> str:
        gate.wait()
        try:
            with writing(db) as conn:
                change_user(
                    conn, boss, number, 1, name="x", role="leader", org_id=None, officer_id=None,
                    active=True, now=NOW,
                )  # fmt: skip
                time.sleep(0.3)  # so that the other one begins before this one ends
        except Refused as refused:
            return refused.code
        return "done"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(demote, ids)) == ["done", "last_admin"]


def until_it_waits(conn: sa.Connection) -> None:
    """Return once somebody waits for a lock; SQLite's writers wait from their beginning."""
    if conn.dialect.name == "postgresql":
        waiting = "SELECT 1 FROM pg_locks WHERE NOT granted"
        while conn.exec_driver_sql(waiting).first() is None:
            time.sleep(0.02)
