"""Real databases for the tests, SQLite and PostgreSQL alike; what is missing is said, not hidden."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from data import passwords
from data.store import open_engine
from data.writes.reference import create_database
from tests import postgres
from tests.factories import LOADED

REQUIRE_ALL = os.environ.get("GRIDWARD_TEST_REQUIRE") == "1"
MEMORY = Path("/dev/shm")
if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > 4 * 2**30:
    # thousands of small databases: nothing has to survive a power cut
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(MEMORY))


def missing(what: str, cure: str) -> None:
    """Skip with the cure, or fail where the switch says that nothing may be missing."""
    sentence = f"{what} was not found; {cure}."
    if REQUIRE_ALL:
        pytest.fail(sentence)
    pytest.skip(sentence)


@pytest.fixture(scope="session", autouse=True)
def cheap_passwords() -> Iterator[None]:
    """Let hashing, which is slow by intent, cost each of a thousand logins nothing."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_hasher", lambda: cheap)
        yield


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
    create_database(engine, now=LOADED)
    engine.dispose()
    return path


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A throw-away PostgreSQL in a temporary folder, on a free port of 127.0.0.1."""
    if postgres.binaries() is None:
        missing("PostgreSQL", "install it with: apt-get install postgresql")
    with postgres.running() as url:
        with postgres.admin(url) as conn:
            conn.exec_driver_sql("CREATE DATABASE template_gridward")
        template = open_engine(url + "template_gridward")
        create_database(template, now=LOADED)
        template.dispose()
        yield url


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
    with postgres.admin(server) as conn:
        # the log of a copy is larger than the copy
        conn.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE template_gridward STRATEGY FILE_COPY")
        yield server + name
        conn.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


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
