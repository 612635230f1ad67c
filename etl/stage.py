"""Canonical frames → temporary tables, in chunks and outside the write lock."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from data.schema.base import pack_tokens
from data.store import prepare_bulk
from data.writes.staged import staged

CHUNK = 20_000
Progress = Callable[[str, int, int], None]
"""Told ``(phase, done, total)`` while long work goes on; phases are keys of the catalogue ``etl``."""


def silent(_phase: str, _done: int, _total: int) -> None:
    """Tell nobody."""


@contextmanager
def staging(engine: sa.Engine) -> Iterator[sa.Connection]:
    """Open a connection with empty temporary tables; they vanish at the end, whatever happens.

    Use ``with conn.begin():`` for each step. Steps outside `for_writing` take no write lock.
    """
    with engine.connect() as conn:
        try:
            with conn.begin():
                staged.create_all(conn, checkfirst=False)
            yield conn
        finally:
            # a connection that has temporary tables must not go back to the pool
            conn.invalidate()


@contextmanager
def for_writing(conn: sa.Connection) -> Iterator[sa.Connection]:
    """Open the one short writing transaction on a staging connection."""
    conn.execution_options(write=True)  # SQLite: BEGIN IMMEDIATE
    try:
        with conn.begin():
            prepare_bulk(conn)
            yield conn
    finally:
        conn.execution_options(write=False)


def put(conn: sa.Connection, table: sa.Table, frame: pd.DataFrame, progress: Progress = silent) -> None:
    """Copy the frame's columns into a temporary table; columns absent or empty stay null.

    PostgreSQL: COPY; SQLite: executemany. Only columns that the table has may be in the frame.
    """
    names = [column.name for column in table.c if column.name in frame and frame[column.name].notna().any()]
    raw = conn.connection.cursor()
    try:
        for start in range(0, len(frame), CHUNK):
            part = frame.iloc[start : start + CHUNK]
            rows = zip(*(cells(part[name]) for name in names), strict=True)
            if conn.dialect.name == "postgresql":
                with raw.copy(f"COPY {table.name} ({', '.join(names)}) FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row(row)
            else:
                marks = ", ".join("?" * len(names))
                raw.executemany(f"INSERT INTO {table.name} ({', '.join(names)}) VALUES ({marks})", list(rows))
            progress("stage", min(start + CHUNK, len(frame)), len(frame))
    finally:
        raw.close()
    analyse(conn, table)


def analyse(conn: sa.Connection, table: sa.Table) -> None:
    """Let the planner of PostgreSQL know how large a temporary table has become."""
    if conn.dialect.name == "postgresql":
        conn.exec_driver_sql(f"ANALYZE {table.name}")


def cells(values: pd.Series) -> list[Any]:
    """Return a column as what both databases take as text: numbers, strings, None.

    Dates and instants become what SQLAlchemy stores in SQLite, which PostgreSQL reads as well.
    """
    dtype = values.dtype
    if isinstance(dtype, pd.DatetimeTZDtype):
        found = np.datetime_as_string(values.dt.tz_localize(None).to_numpy().astype("datetime64[us]"))
        return _blank(np.char.replace(found, "T", " ").tolist(), values)
    if isinstance(dtype, np.dtype) and dtype.kind == "M":
        return _blank(np.datetime_as_string(values.to_numpy().astype("datetime64[D]")).tolist(), values)
    if isinstance(dtype, np.dtype) and dtype.kind == "O":
        first = next((value for value in values if value is not None), None)
        if isinstance(first, tuple):
            packed = {value: pack_tokens(value) for value in set(values)}
            return [packed[value] for value in values]
        if isinstance(first, dict):
            return [_json(value) for value in values]
        return values.tolist()
    return _blank(values.tolist(), values)


def _blank(found: list[Any], values: pd.Series) -> list[Any]:
    present = values.notna().to_numpy()
    return found if present.all() else [v if ok else None for v, ok in zip(found, present, strict=True)]


def _json(value: dict[str, Any] | None) -> str | None:
    # sorted, so that equal details are equal text: SQLite compares them as such
    return json.dumps(value, ensure_ascii=False, sort_keys=True, default=str) if value else None
