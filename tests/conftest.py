"""Real databases for the tests, SQLite and PostgreSQL alike; what is missing is said, not hidden."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from data.store import open_engine
from data.writes.reference import create_database

REQUIRE_ALL = os.environ.get("GRIDWARD_TEST_REQUIRE") == "1"


def missing(what: str, cure: str) -> None:
    """Skip with the cure, or fail where the switch says that nothing may be missing."""
    sentence = f"{what} was not found; {cure}."
    if REQUIRE_ALL:
        pytest.fail(sentence)
    pytest.skip(sentence)


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """The folder with the real cities and vectors, beside the checkout."""
    here = Path(__file__).resolve().parents[2]
    folder = Path(os.environ.get("GRIDWARD_TEST_SHARED", here / "shared"))
    if not (folder / "cases").is_dir():
        pytest.skip(f"the real cases are not at {folder}; name their folder in GRIDWARD_TEST_SHARED")
    return folder


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "gridward.db"
    engine = open_engine(f"sqlite:///{path}")
    create_database(engine)
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A throw-away PostgreSQL in a temporary folder, on a free port of 127.0.0.1."""
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    found = next((b for b in binaries if Path(b, "initdb").exists()), None)
    if found is None:
        missing("PostgreSQL", "install it with: apt-get install postgresql")
    folder = Path(tempfile.mkdtemp(prefix="gridward-pg-"))
    as_other: list[str] = []
    if os.geteuid() == 0:  # PostgreSQL refuses root
        shutil.chown(folder, "postgres")
        as_other = ["runuser", "-u", "postgres", "--"]
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    try:
        run = {"check": True, "stdout": subprocess.DEVNULL, "cwd": folder}
        subprocess.run(
            [*as_other, f"{found}/initdb", "-D", f"{folder}/db", "-U", "gridward", "-A", "trust", "-E",
             "UTF8", "--locale=C.UTF-8"], **run,
        )  # fmt: skip
        options = (
            f"-c listen_addresses=127.0.0.1 -p {port} -c unix_socket_directories={folder} "
            "-c fsync=off -c full_page_writes=off -c synchronous_commit=off"
        )
        subprocess.run(
            [*as_other, f"{found}/pg_ctl", "-D", f"{folder}/db", "-w", "-l", f"{folder}/log", "-o", options,
             "start"], **run,
        )  # fmt: skip
        url = f"postgresql://gridward@127.0.0.1:{port}/"
        try:
            engine = open_engine(url + "postgres").execution_options(isolation_level="AUTOCOMMIT")
            with engine.connect() as conn:
                conn.exec_driver_sql("CREATE DATABASE template_gridward")
            engine.dispose()
            template = open_engine(url + "template_gridward")
            create_database(template)
            template.dispose()
            yield url
        finally:
            subprocess.run(
                [*as_other, f"{found}/pg_ctl", "-D", f"{folder}/db", "-m", "immediate", "stop"], **run
            )
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def db_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a fresh database with schema and reference rows, once per kind of database."""
    if request.param == "sqlite":
        path = tmp_path / "gridward.db"
        shutil.copy(request.getfixturevalue("sqlite_template"), path)
        yield f"sqlite:///{path}"
        return
    server = request.getfixturevalue("postgres_server")
    name = f"t{abs(hash(request.node.nodeid + str(tmp_path))) % 10**12}"
    admin = open_engine(server + "postgres").execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as conn:
        conn.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE template_gridward")
    try:
        yield server + name
    finally:
        with admin.connect() as conn:
            conn.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
        admin.dispose()


@pytest.fixture
def db(db_url: str) -> Iterator[sa.Engine]:
    """An engine on `db_url`."""
    engine = open_engine(db_url)
    yield engine
    engine.dispose()


@pytest.fixture
def sqlite_db(sqlite_template: Path, tmp_path: Path) -> Iterator[sa.Engine]:
    """A fresh SQLite database, for what does not depend on the kind of database."""
    path = tmp_path / "gridward.db"
    shutil.copy(sqlite_template, path)
    engine = open_engine(f"sqlite:///{path}")
    yield engine
    engine.dispose()
