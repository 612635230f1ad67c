"""The database: one engine, reading and writing transactions, alike on SQLite and PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy.dialects import postgresql, sqlite

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_TIMEOUT_MS = 60_000


def open_engine(url: str) -> sa.Engine:
    """Open the database.

    Parameters
    ----------
    url : str
        ``sqlite:///path``, ``postgresql://…`` (psycopg 3 is used).

    Returns
    -------
    sqlalchemy.Engine
        SQLite: WAL, foreign keys on, a generous busy timeout, and transactions that start where we
        say so. PostgreSQL: pooled, checked before use, so that a database restart heals by itself.
    """
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
        return sa.create_engine(parsed, pool_pre_ping=True, pool_size=8, max_overflow=16)
    if parsed.get_backend_name() != "sqlite":
        raise ValueError(
            f"Expected a database address that starts with sqlite: or postgresql:, "
            f"got {parsed.drivername!r}; set GRIDWARD_DATABASE_URL to one of them."
        )
    if parsed.database and parsed.database != ":memory:":
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(
        parsed,
        connect_args={"check_same_thread": False},
        # as batches stage it: equal values are equal text, by which SQLite compares them
        json_serializer=partial(json.dumps, ensure_ascii=False),
    )
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver must not open transactions by itself
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute("PRAGMA cache_size=-65536")
    cursor.execute("PRAGMA temp_store=MEMORY")
    cursor.close()


def _begin_sqlite(connection: sa.Connection) -> None:
    write = connection.get_execution_options().get("write")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


@contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Open one consistent snapshot to read from; nothing it does is kept."""
    if engine.dialect.name == "postgresql":
        engine = engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
    with engine.connect() as connection:
        yield connection


@contextmanager
def writing(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Open one writing transaction: all of it is kept at the end, or nothing after an error.

    On SQLite it takes the write lock at once (``BEGIN IMMEDIATE``), so that what was read inside
    it still holds when it writes.
    """
    if engine.dialect.name == "sqlite":
        engine = engine.execution_options(write=True)
    with engine.begin() as connection:
        yield connection


def inserting(dialect: sa.Dialect, table: sa.Table, row: dict[str, Any] | None = None) -> Any:
    """Return the insert of this kind of database, which can say what becomes of a row that is there already.

    What two transactions may add at once is added so (``on_conflict_do_update``, ``on_conflict_do_nothing``):
    on PostgreSQL the second of two plain inserts fails.
    """
    kind: Any = postgresql if dialect.name == "postgresql" else sqlite
    statement = kind.insert(table)
    return statement if row is None else statement.values(row)


def prepare_bulk(conn: sa.Connection) -> None:
    """Let the statements of this transaction, reading or writing, sort, hash and join in bulk (PostgreSQL).

    The planner takes "the latest version of each" for a few rows and would loop over hundreds of
    thousands; with its default memory a nation's figures take minutes, not seconds.
    """
    if conn.dialect.name == "postgresql":
        conn.exec_driver_sql("SET LOCAL work_mem = '256MB'")
        conn.exec_driver_sql("SET LOCAL maintenance_work_mem = '256MB'")
        conn.exec_driver_sql("SET LOCAL jit = off")
        conn.exec_driver_sql("SET LOCAL enable_nestloop = off")


@contextmanager
def filling(conn: sa.Connection, *tables: sa.Table, rows: int) -> Iterator[None]:
    """Let empty tables take very many rows at once: see `putting_off`.

    Tables that hold rows already are left alone, and so is everything where only a few `rows` come.
    """
    empty = [table for table in tables if rows >= FILLING_FROM and _is_empty(conn, table)]
    with putting_off(conn, *empty):
        yield


@contextmanager
def putting_off(conn: sa.Connection, *tables: sa.Table) -> Iterator[None]:
    """Make the indices of tables, and check their keys, after they have been filled.

    Keeping an index in order row by row takes several times as long as making it once, and so does
    checking keys one by one. Primary and unique keys that a foreign key refers to stay. Nobody else can
    read the tables until the transaction ends.
    """
    indices = [index for table in tables for index in table.indexes]
    keys: list[sa.Constraint] = [key for table in tables for key in table.foreign_key_constraints]
    unique: list[sa.Constraint] = [key for table in tables for key in _unique_keys(table)]
    if conn.dialect.name == "sqlite":
        conn.exec_driver_sql("PRAGMA defer_foreign_keys=ON")  # until this transaction ends
        keys, unique = [], []
    for key in [*keys, *unique]:
        conn.execute(sa.schema.DropConstraint(key))
    for index in indices:
        conn.execute(sa.schema.DropIndex(index))
    yield
    for key in unique:
        conn.execute(sa.schema.AddConstraint(key))
    for index in indices:
        conn.execute(sa.schema.CreateIndex(index))
    for key in keys:
        conn.execute(sa.schema.AddConstraint(key))


def _unique_keys(table: sa.Table) -> list[sa.Constraint]:
    """Return the primary and unique keys of a table that no foreign key refers to, its own included."""
    referred = {key.column for other in table.metadata.tables.values() for key in other.foreign_keys}
    return [
        key
        for key in table.constraints
        if isinstance(key, sa.PrimaryKeyConstraint | sa.UniqueConstraint) and referred.isdisjoint(key.columns)
    ]


FILLING_FROM = 100_000
"""Rows from which on it pays to make indices anew."""


def _is_empty(conn: sa.Connection, table: sa.Table) -> bool:
    return conn.execute(sa.select(sa.literal(1)).select_from(table).limit(1)).first() is None


def alembic_config(engine: sa.Engine) -> Config:
    """Return the migration settings for this database."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["engine"] = engine
    return config


def downgrade(engine: sa.Engine, revision: str = "base") -> None:
    """Take the schema back to `revision`; ``base``: to no table at all."""
    command.downgrade(alembic_config(engine), revision)


def upgrade(engine: sa.Engine, revision: str = "head") -> None:
    """Bring the schema to `revision`; an up-to-date database is left alone."""
    command.upgrade(alembic_config(engine), revision)
