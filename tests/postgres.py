"""A PostgreSQL of our own for as long as it is needed: in a temporary folder, on loopback, stopped after."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from data.store import open_engine

FAST = {"fsync": "off", "full_page_writes": "off", "synchronous_commit": "off"}
"""For tests: nothing has to survive a power cut."""


def binaries() -> Path | None:
    """Return the folder with the newest server that Debian's packages installed, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]))
    return found[-1].parent if found else None


@contextmanager
def running(settings: Mapping[str, str] = FAST) -> Iterator[str]:
    """Run a server; yields an address to append a database's name to."""
    found = binaries()
    if found is None:
        raise FileNotFoundError("Expected PostgreSQL under /usr/lib/postgresql; apt-get install postgresql.")
    folder = Path(tempfile.mkdtemp(prefix="gridward-pg-", dir=os.environ.get("PYTEST_DEBUG_TEMPROOT")))
    as_other: list[str] = []
    if os.geteuid() == 0:  # PostgreSQL refuses root
        shutil.chown(folder, "postgres")
        as_other = ["runuser", "-u", "postgres", "--"]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]

    def run(*command: str) -> None:
        subprocess.run(
            [*as_other, *command],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=folder,
        )

    place = f"{folder}/db"
    try:
        run(f"{found}/initdb", "-D", place, "-U", "gridward", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        options = {
            "listen_addresses": "127.0.0.1",
            "port": str(port),
            "unix_socket_directories": str(folder),
            **settings,
        }
        switches = " ".join(f"-c {name}={value}" for name, value in options.items())
        run(f"{found}/pg_ctl", "-D", place, "-w", "-l", f"{folder}/log", "-o", switches, "start")
        try:
            yield f"postgresql://gridward@127.0.0.1:{port}/"
        finally:
            run(f"{found}/pg_ctl", "-D", place, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def admin(url: str) -> Iterator[sa.Connection]:
    """Yield a connection that makes and drops databases."""
    engine = open_engine(url + "postgres").execution_options(isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as conn:
            yield conn
    finally:
        engine.dispose()
