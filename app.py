"""The only place where things are wired: ``python app.py`` makes the demo city if there is none and serves.

A WSGI server of one's own takes ``app:create_app()`` and runs ``python -m etl work`` beside it.
"""

from __future__ import annotations

import gc
import logging
import os
import subprocess
import sys
import threading
import time
from datetime import date
from pathlib import Path
from typing import Any

import flask
import sqlalchemy as sa
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from dashboard import create_dashboard
from data.clock import Clock
from data.reads.labels import setting
from data.reads.users import demo_logins, has_demo_accounts
from data.schema import user
from data.settings import ANYWHERE, LOOPBACK, BadSetting, Settings
from data.store import open_engine, reading
from data.writes.reference import create_database

HERE = Path(__file__).resolve().parent
log = logging.getLogger("gridward")


def create_app(settings: Settings | None = None) -> flask.Flask:
    """Make the WSGI app on a database that is brought up to date first.

    Raises
    ------
    BadSetting
        A setting cannot be understood, or demo accounts would be reachable from elsewhere.
    """
    settings = settings or Settings.from_env()
    engine = open_engine(settings.database_url)
    create_database(engine, now=Clock(settings.zone).now())
    refuse_open_demo(engine, settings)
    return create_dashboard(engine, settings, clock_of(engine, settings))


def clock_of(engine: sa.Engine, settings: Settings) -> Clock:
    """Return the clock of this database: a demo city's stands on its demo date."""
    with reading(engine) as conn:
        demo = setting(conn, "demo")
    return Clock(settings.zone, date.fromisoformat(demo["day"]) if demo else None)


def refuse_open_demo(engine: sa.Engine, settings: Settings) -> None:
    """Refuse to be reachable beyond this machine while accounts with published passwords exist."""
    with reading(engine) as conn:
        demo = has_demo_accounts(conn)
    if demo and settings.opened_by:
        raise BadSetting(
            f"{settings.opened_by}, but this database has demo accounts whose passwords are published; "
            "leave the variable out, so that only this machine can ask, or use a database without demo city."
        )


def prepare(settings: Settings, console: Console) -> None:
    """Bring the database up to date; an empty one gets the demo city."""
    engine = open_engine(settings.database_url)
    create_database(engine, now=Clock(settings.zone).now())
    with reading(engine) as conn:
        empty = conn.execute(sa.select(user.c.id).limit(1)).first() is None
    if empty and settings.own_database:
        if settings.opened_by:
            raise BadSetting(
                f"{settings.opened_by}, but an empty database gets the demo city, which is for this machine "
                "alone; name a database of your own in GRIDWARD_DATABASE_URL."
            )
        _build_demo(engine, console)
    elif empty:
        console.print("no accounts yet: make the first with `python -m etl user USERNAME --name NAME`")
    refuse_open_demo(engine, settings)
    with reading(engine) as conn:
        demo, logins = setting(conn, "demo"), demo_logins(conn)
    shown = f"127.0.0.1:{settings.port}" if settings.host in ANYWHERE else settings.address
    console.print(f"gridward: http://{shown}/  (wall: /wall/)")
    if settings.opened_by and settings.names == LOOPBACK:
        console.print("other machines are not answered yet: GRIDWARD_HOSTS takes the names that browsers use")
    if logins:
        names = ", ".join(row["username"] for row in logins)
        console.print(f"demo accounts: {names}; password: {(demo or {}).get('password', '?')}")
    engine.dispose()


def _build_demo(engine: sa.Engine, console: Console) -> None:
    from etl.demo import build_demo

    bar = Progress(TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), console=console)
    with bar:
        task = bar.add_task("demo city", total=None)
        build_demo(engine, progress=lambda done, total: bar.update(task, completed=done, total=total))


class Worker:
    """The worker process beside the server: started again when it dies, ended with the server."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self.ended = threading.Event()
        # a web process that is forked while the worker is started would inherit the pipe on which the start
        # is reported, and keep the watching thread waiting for its end: forks wait until the start is done
        self.starting = threading.Lock()
        if hasattr(os, "register_at_fork"):
            release = self.starting.release
            os.register_at_fork(before=self.starting.acquire, after_in_parent=release, after_in_child=release)

    def start(self) -> None:
        """Start it and watch it from a thread."""
        self._launch()
        threading.Thread(target=self._watch, daemon=True).start()

    def _launch(self) -> None:
        command = [sys.executable, "-m", "etl", "work", "--parent", str(os.getpid())]
        # in the server's folder: settings may name files from there
        env = {**os.environ, "PYTHONPATH": str(HERE)}
        with self.starting:
            self.process = subprocess.Popen(command, env=env)  # noqa: S603 - our own command

    def _watch(self) -> None:
        pause = 1.0
        while True:
            started = time.monotonic()
            while self.process is not None and self.process.poll() is None and not self.ended.wait(0.5):
                pass
            # one that dies at once is not started again every second for ever
            pause = min(pause * 2, 60.0) if time.monotonic() - started < 10 else 1.0
            if not self.ended.is_set():
                log.warning("the worker ended; starting it again in %.0f s", pause)
            if self.ended.wait(pause):
                return
            self._launch()

    def end(self) -> None:
        """End it and wait for it, at most ten seconds."""
        self.ended.set()
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()


def _warmed(server: flask.Flask) -> flask.Flask:
    # what has been loaded stays: a large answer need not wait until the collector has walked all of it
    gc.collect()
    gc.freeze()
    # the map's shapes are drawn while the first reader still types a password
    threading.Thread(target=server.extensions["gridward"]["warm"], daemon=True).start()
    return server


def serve(settings: Settings) -> None:
    """Serve until told to end: gunicorn where it runs, waitress elsewhere."""
    worker = Worker()
    try:
        from gunicorn.app.base import BaseApplication
    except ImportError:
        import waitress  # type: ignore[import-untyped]

        worker.start()
        try:
            waitress.serve(_warmed(create_app(settings)), host=settings.host, port=settings.port, threads=8)
        finally:
            worker.end()
        return

    class Server(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            options: dict[str, Any] = {
                "bind": settings.address,
                "workers": settings.workers or os.cpu_count() or 1,
                "worker_class": "gthread",
                "threads": 4,
                "timeout": 120,
                "graceful_timeout": 10,
                "keepalive": 5,
                "forwarded_allow_ips": "",  # proxies are believed by GRIDWARD_PROXIES alone
                "loglevel": "warning",
                "proc_name": "gridward",
                "when_ready": lambda _: worker.start(),
                "on_exit": lambda _: worker.end(),
            }
            for name, value in options.items():
                self.cfg.set(name, value)

        def load(self) -> flask.Flask:
            return _warmed(create_app(settings))

    Server().run()


def main() -> int:
    """Build what is missing, start the worker, serve until told to end."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("alembic").setLevel(logging.WARNING)
    try:
        settings = Settings.from_env()
        prepare(settings, Console())
    except BadSetting as bad:
        print(bad, file=sys.stderr)
        return 2
    serve(settings)
    return 0


if __name__ == "__main__":
    sys.exit(main())
