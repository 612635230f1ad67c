"""The worker: takes jobs from the queue one after another, rebuilds the figures at the change of day,
and erases uploads and photos that nobody needs any more.

It ends when its parent (the server) ends, and on SIGTERM after the present step.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from data import figures, jobs
from data.access import Viewer, viewer_of_user
from data.clock import Clock
from data.errors import Refused
from data.reads.labels import setting
from data.schema import job
from data.settings import Settings
from data.store import open_engine, reading, writing
from data.writes import plans, reminders
from data.writes.day import begin_day
from etl.uploads import erase_photos, erase_uploads

log = logging.getLogger("gridward.work")
POLL_S = 1.0
BEAT_S = 1.0

Progress = Callable[[str, int, int], None]
Handler = Callable[[sa.Engine, Viewer, dict[str, Any], Callable[[], datetime], Progress], dict[str, Any]]


class Cancelled(Exception):  # noqa: N818 - somebody's wish, not a fault
    """The job was asked to end."""


def run_forever(settings: Settings, *, parent: int | None = None) -> None:
    """Work until told to end, or until the process `parent` is no longer ours."""
    engine = open_engine(settings.database_url)
    from etl.offer import offer

    offer(engine, settings.data)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    tidied: date | None = None
    while not stop.is_set() and (parent is None or os.getppid() == parent):
        try:
            worked = step(engine, settings)
            now = Clock(settings.zone).now()
            if tidied != now.date():
                remind(engine, settings)
                told = clock_of(engine, settings).now()
                erase_photos(engine, settings.data, now=told, machine_now=now)
            if worked or tidied != now.date():
                erase_uploads(engine, settings.uploads, now=now)
                tidied = now.date()
        except sa.exc.OperationalError:
            log.exception("the database does not answer; trying again")
            worked = False
        if not worked:
            stop.wait(POLL_S)
    engine.dispose()


def step(engine: sa.Engine, settings: Settings, handlers: dict[str, Handler] | None = None) -> bool:
    """Do what is due now: bury lost jobs, rebuild for a new day, run one job; return whether one ran."""
    now = Clock(settings.zone).now()  # jobs beat in true time, also in a demo city
    clock = clock_of(engine, settings)
    if _lost(engine, now):
        with writing(engine) as conn:
            jobs.bury_lost(conn, now=now)
    rebuild_for(engine, clock)
    if not _waiting(engine):
        return False
    with writing(engine) as conn:
        row = jobs.claim(conn, now=now)
    if row is None:
        return False
    _run(engine, settings, clock, row, handlers or HANDLERS)
    return True


def clock_of(engine: sa.Engine, settings: Settings) -> Clock:
    """Return the clock of this database."""
    with reading(engine) as conn:
        demo = setting(conn, "demo")
    return Clock(settings.zone, date.fromisoformat(demo["day"]) if demo else None)


def rebuild_for(engine: sa.Engine, clock: Clock) -> bool:
    """Build the figures if they speak of another day than today; polling writes nothing."""
    with reading(engine) as conn:
        meta = figures.meta(conn)
    if meta is None or meta.as_of == clock.today():
        return False
    with writing(engine) as conn:
        begin_day(conn, clock.today(), now=clock.now())
    log.info("figures built for %s", clock.today())
    return True


def remind(engine: sa.Engine, settings: Settings) -> None:
    """Tell what is due: at the worker's start, for a server that stood still over a change of day."""
    clock = clock_of(engine, settings)
    with writing(engine) as conn:
        reminders.daily(conn, clock.today(), now=clock.now())


def _lost(engine: sa.Engine, now: datetime) -> bool:
    query = sa.select(job.c.id).where(job.c.state == "running", job.c.beat_at < now - jobs.LOST_AFTER)
    with reading(engine) as conn:
        return conn.execute(query.limit(1)).first() is not None


def _waiting(engine: sa.Engine) -> bool:
    with reading(engine) as conn:
        return conn.execute(sa.select(job.c.id).where(job.c.state == "queued").limit(1)).first() is not None


def _run(
    engine: sa.Engine, settings: Settings, clock: Clock, row: dict[str, Any], handlers: dict[str, Handler]
) -> None:
    machine = Clock(settings.zone)
    state, result, error = "done", None, None
    with _Beats(engine, machine, row["id"]) as beats:
        try:
            with reading(engine) as conn:
                viewer = viewer_of_user(conn, row["user_id"], clock.today())
            if viewer is None:
                raise Refused("user_unknown")
            result = handlers[row["kind"]](engine, viewer, row["params"], clock.now, beats.progress)
        except Cancelled:
            state = "cancelled"
        except Refused as refused:
            state, error = "failed", {"code": refused.code, "params": _plain(refused.params)}
        except Exception:
            log.exception("job %s (%s)", row["id"], row["kind"])
            state, error = "failed", {"code": "job_failed", "params": {}}
    with writing(engine) as conn:
        jobs.finish(conn, row["id"], state, now=machine.now(), result=result, error=error)


def _plain(params: dict[str, Any]) -> dict[str, Any]:
    return {
        k: v if isinstance(v, (int, float, str, bool)) or v is None else str(v) for k, v in params.items()
    }


class _Beats:
    """Shows every second that the job lives, from a thread of its own; hands on cancellation."""

    def __init__(self, engine: sa.Engine, clock: Clock, job_id: int) -> None:
        self.engine, self.clock, self.job_id = engine, clock, job_id
        self.at: tuple[str | None, int, int] = (None, 0, 0)
        self.go_on = True
        self.end = threading.Event()
        self.thread = threading.Thread(target=self._loop, daemon=True)

    def progress(self, stage: str, done: int, total: int) -> None:
        """Note how far it is; raise `Cancelled` once somebody asked for the end."""
        self.at = (stage, done, total)
        if not self.go_on:
            raise Cancelled

    def _loop(self) -> None:
        while not self.end.wait(BEAT_S):
            stage, done, total = self.at
            try:
                with writing(self.engine) as conn:
                    now = self.clock.now()
                    self.go_on = jobs.beat(conn, self.job_id, stage, done, total or None, now=now)
            except sa.exc.OperationalError:
                log.warning("no beat for job %s: the database is busy", self.job_id)

    def __enter__(self) -> _Beats:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.end.set()
        self.thread.join()


def import_file(
    engine: sa.Engine, viewer: Viewer, params: dict[str, Any], now: Callable[[], datetime], progress: Progress
) -> dict[str, Any]:
    """Run an uploaded file's dry run or its import: ``kind, path, profile, dry_run, options``."""
    from etl.run import run_import

    done = run_import(
        engine,
        viewer,
        params["kind"],
        Path(params["path"]),
        params.get("profile"),
        dry_run=bool(params.get("dry_run")),
        now=now,
        progress=progress,
        **(params.get("options") or {}),
    )
    return done.as_dict()


def edit_plan(
    engine: sa.Engine, viewer: Viewer, params: dict[str, Any], now: Callable[[], datetime], progress: Progress
) -> dict[str, Any]:
    """Edit a plan whose figures take long to build: ``act, row, version``, both in one transaction."""
    progress("publish", 0, 1)
    with writing(engine) as conn:
        changed = plans.edit_plan(conn, viewer, params["act"], params["row"], params["version"], now=now())
    return {"changed": changed}


HANDLERS: dict[str, Handler] = {"import": import_file, "plan": edit_plan}
