"""The queue and its worker: one job once, lost workers told, cancellation, the change of day."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from data import figures, jobs
from data.access import Role, Viewer, command_line
from data.clock import Clock
from data.errors import Denied, Refused
from data.schema import job, plan, user
from data.settings import Settings
from data.store import reading, writing
from data.writes.plan_rules import LISTS, PLAN_FIELDS
from etl.work import rebuild_for, step
from tests.factories import NOW, TODAY, make_city

MACHINE = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)


@pytest.fixture
def steward(db: sa.Engine) -> Viewer:
    """An account that may import."""
    with writing(db) as conn:
        values = {
            "username": "steward",
            "name": "测试员",
            "role": "steward",
            "password_hash": "x",
            "created_at": NOW,
        }
        made = conn.execute(sa.insert(user).values(values)).inserted_primary_key[0]
    return Viewer("user:steward", Role.STEWARD, user_id=made)


def settings(db: sa.Engine, folder: Path) -> Settings:
    return Settings(database_url=str(db.url), data=folder)


def submit(db: sa.Engine, viewer: Viewer, **params) -> int:
    with writing(db) as conn:
        return jobs.submit(conn, viewer, "import", params, now=MACHINE)


def row_of(db: sa.Engine, job_id: int):
    with reading(db) as conn:
        return conn.execute(sa.select(job).where(job.c.id == job_id)).one()


def test_a_job_runs_once_and_keeps_its_result(db: sa.Engine, steward: Viewer, tmp_path: Path):
    made = submit(db, steward, path="a.csv")

    def handler(_engine, viewer, params, _now, progress):
        progress("read", 1, 2)
        return {"who": viewer.actor, **params}

    assert step(db, settings(db, tmp_path), {"import": handler})
    assert not step(db, settings(db, tmp_path), {"import": handler})
    row = row_of(db, made)
    assert (row.state, row.result) == ("done", {"who": "user:steward", "path": "a.csv"})
    assert row.ended_at >= row.started_at


def test_two_workers_never_take_the_same_job(db: sa.Engine, steward: Viewer):
    wanted = {submit(db, steward) for _ in range(6)}
    taken: list[int] = []

    def take() -> None:
        while True:
            with writing(db) as conn:
                row = jobs.claim(conn, now=MACHINE)
            if row is None:
                return
            taken.append(row["id"])

    threads = [threading.Thread(target=take) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == sorted(wanted)


def test_a_refusal_is_kept_with_its_code_and_a_fault_with_a_neutral_one(
    db: sa.Engine, steward: Viewer, tmp_path: Path
):
    def refuse(*_):
        raise Refused("day_bad", found="x")

    def break_(*_):
        raise RuntimeError("secret")

    for handler, code in ((refuse, "day_bad"), (break_, "job_failed")):
        made = submit(db, steward)
        step(db, settings(db, tmp_path), {"import": handler})
        row = row_of(db, made)
        assert row.state == "failed" and row.error["code"] == code and "secret" not in repr(row.error)


def test_a_job_whose_worker_died_is_failed_with_a_sentence(db: sa.Engine, steward: Viewer):
    made = submit(db, steward)
    with writing(db) as conn:
        jobs.claim(conn, now=MACHINE)
        assert jobs.bury_lost(conn, now=MACHINE + timedelta(seconds=59)) == 0
        assert jobs.bury_lost(conn, now=MACHINE + timedelta(seconds=61)) == 1
        assert not jobs.finish(conn, made, "done", now=MACHINE)
    row = row_of(db, made)
    assert row.state == "failed" and row.error["code"] == "job_worker_lost"


def test_a_running_job_ends_at_its_next_step_after_a_cancellation(
    db: sa.Engine, steward: Viewer, tmp_path: Path
):
    made = submit(db, steward)

    def handler(_engine, _viewer, _params, _now, progress):
        with writing(db) as conn:
            jobs.cancel(conn, steward, made, now=MACHINE)
        for n in range(100):
            progress("read", n, 100)
            time.sleep(0.05)
        return {}

    step(db, settings(db, tmp_path), {"import": handler})
    assert row_of(db, made).state == "cancelled"


def test_progress_tells_the_stage_and_how_far_it_is(db: sa.Engine, steward: Viewer, tmp_path: Path):
    made = submit(db, steward)
    seen: list[tuple[str, int, int]] = []

    def handler(_engine, _viewer, _params, _now, progress):
        progress("check", 30, 40)
        deadline = time.monotonic() + 10
        while not seen and time.monotonic() < deadline:
            row = row_of(db, made)
            if row.stage:
                seen.append((row.stage, row.done, row.total))
            time.sleep(0.05)
        return {}

    step(db, settings(db, tmp_path), {"import": handler})
    assert seen == [("check", 30, 40)]


def test_a_queued_job_that_is_cancelled_never_runs(db: sa.Engine, steward: Viewer, tmp_path: Path):
    made = submit(db, steward)
    with writing(db) as conn:
        jobs.cancel(conn, steward, made, now=MACHINE)
    assert not step(db, settings(db, tmp_path), {})
    assert row_of(db, made).state == "cancelled"


def test_jobs_are_their_owners(db: sa.Engine, steward: Viewer):
    made = submit(db, steward)
    with reading(db) as conn:
        with pytest.raises(Denied):
            jobs.one(conn, Viewer("user:b", Role.STEWARD, user_id=999), made)
        assert jobs.one(conn, command_line(Role.ADMIN), made)["state"] == "queued"
    with pytest.raises(Denied):
        submit(db, Viewer("user:officer", Role.OFFICER, user_id=steward.user_id))


def test_at_the_change_of_day_the_figures_are_built_for_the_new_day_and_only_once(db: sa.Engine):
    with writing(db) as conn:
        make_city(conn)
    tomorrow = Clock(demo_day=TODAY + timedelta(days=1))
    assert not rebuild_for(db, Clock(demo_day=TODAY))
    assert rebuild_for(db, tomorrow)
    assert not rebuild_for(db, tomorrow)
    with reading(db) as conn:
        assert figures.meta(conn).as_of == TODAY + timedelta(days=1)


def test_the_worker_edits_a_plan_with_its_figures_or_tells_why_not(
    db: sa.Engine, steward: Viewer, tmp_path: Path
):
    with writing(db) as conn:
        make_city(conn)
        row = dict(conn.execute(sa.select(plan).where(plan.c.code == "annual-all")).mappings().one())
        wanted = {name: list(row[name]) if name in LISTS else row[name] for name in PLAN_FIELDS}
        params = {"act": "change", "row": {**wanted, "code": "annual-all", "visits": 2}, "version": 1}
        made = [jobs.submit(conn, steward, "plan", params, now=MACHINE) for _ in range(2)]
        before = figures.meta(conn)
    assert step(db, settings(db, tmp_path)) and step(db, settings(db, tmp_path))
    first, second = (row_of(db, one) for one in made)
    assert (first.state, first.result) == ("done", {"changed": True})
    assert (second.state, second.error["code"]) == ("failed", "changed_meanwhile")
    with reading(db) as conn:
        assert conn.execute(sa.select(plan.c.visits).where(plan.c.code == "annual-all")).scalar_one() == 2
        assert figures.meta(conn).version > before.version
