"""The whole database in one file that either kind of database reads back, with a manifest to check it by."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic.runtime.migration import MigrationContext

from data import audit
from data.errors import Refused
from data.schema import metadata
from data.store import reading, upgrade, writing

FORMAT = "gridward-backup-1"
MANIFEST = "manifest.json"
CHUNK = 5_000
Progress = Callable[[int, int], None]


def backup(engine: sa.Engine, path: Path, *, now: datetime, progress: Progress | None = None) -> int:
    """Write every table as JSON lines into one zip, from one consistent snapshot; writers go on.

    Returns
    -------
    int
        Rows written.

    Raises
    ------
    Refused
        ``backup_exists``: never overwrites.
    """
    if path.exists():
        raise Refused("backup_exists", file=str(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    tables: dict[str, dict[str, Any]] = {}
    with reading(engine) as conn, zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as pack:
        revision = MigrationContext.configure(conn).get_current_revision()
        for number, table in enumerate(metadata.sorted_tables, start=1):
            digest, rows = hashlib.sha256(), 0
            with pack.open(f"{table.name}.jsonl", "w", force_zip64=True) as out:
                for line in _lines(conn, table):
                    out.write(line)
                    digest.update(line)
                    rows += 1
            tables[table.name] = {"rows": rows, "sha256": digest.hexdigest()}
            if progress:
                progress(number, len(metadata.sorted_tables))
        manifest = {"format": FORMAT, "revision": revision, "at": now.isoformat(), "tables": tables}
        pack.writestr(MANIFEST, json.dumps(manifest, indent=1))
    part.rename(path)  # a backup that was cut short never has its name
    return sum(int(told["rows"]) for told in tables.values())


def _lines(conn: sa.Connection, table: sa.Table) -> Iterator[bytes]:
    keys = list(table.primary_key.columns)
    query = sa.select(table).order_by(*keys).execution_options(yield_per=CHUNK)
    names = [column.name for column in table.c]
    for row in conn.execute(query):
        values = {name: _packed(value) for name, value in zip(names, row, strict=True)}
        yield (json.dumps(values, ensure_ascii=False, sort_keys=True) + "\n").encode()


def _packed(value: Any) -> Any:
    if isinstance(value, bytes | memoryview):
        return {"$bytes": base64.b64encode(bytes(value)).decode()}
    if isinstance(value, datetime):
        return {"$instant": value.isoformat()}
    if isinstance(value, date):
        return {"$date": value.isoformat()}
    if isinstance(value, tuple):
        return {"$tokens": list(value)}
    return {"$json": value} if isinstance(value, dict | list) else value


def _unpacked(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    ((kind, inner),) = value.items()
    if kind == "$bytes":
        return base64.b64decode(inner)
    if kind == "$instant":
        return datetime.fromisoformat(inner)
    if kind == "$date":
        return date.fromisoformat(inner)
    return tuple(inner) if kind == "$tokens" else inner


def restore(engine: sa.Engine, path: Path, *, progress: Progress | None = None) -> int:
    """Read a backup into an empty database, in one transaction, and check it.

    Returns
    -------
    int
        Rows read.

    Raises
    ------
    Refused
        ``restore_not_empty``, ``backup_unreadable``, ``backup_damaged`` (a table is not what the
        manifest says, or the audit chain is broken).
    """
    if sa.inspect(engine).get_table_names():
        raise Refused("restore_not_empty")
    try:
        with zipfile.ZipFile(path) as pack:
            manifest = json.loads(pack.read(MANIFEST))
            if manifest.get("format") != FORMAT:
                raise Refused("backup_unreadable", file=str(path))
            upgrade(engine, manifest["revision"])
            with writing(engine) as conn:
                rows = _read_tables(conn, pack, manifest["tables"], progress)
                broken = audit.verify(conn)
                if broken is not None:
                    raise Refused("backup_damaged", table="audit", detail=f"{broken.seq} {broken.reason}")
    except (OSError, zipfile.BadZipFile, KeyError, json.JSONDecodeError) as error:
        raise Refused("backup_unreadable", file=str(path)) from error
    upgrade(engine)
    return rows


def _read_tables(
    conn: sa.Connection, pack: zipfile.ZipFile, told: dict[str, Any], progress: Progress | None
) -> int:
    if conn.dialect.name == "sqlite":
        conn.exec_driver_sql("PRAGMA defer_foreign_keys=ON")  # rows of one table may refer to later ones
    total = 0
    for number, table in enumerate(metadata.sorted_tables, start=1):
        expected = told.get(table.name)
        if expected is None:
            continue
        digest, rows = hashlib.sha256(), 0
        late = _own_references(table)
        pending: list[dict[str, Any]] = []
        with pack.open(f"{table.name}.jsonl") as file:
            for chunk in _chunks(file, digest):
                values = [{k: _unpacked(v) for k, v in json.loads(line).items()} for line in chunk]
                for row in values:
                    for name in table.c.keys():  # noqa: SIM118 - a column collection, not a dict
                        if row[name] is None:
                            row[name] = sa.null() if isinstance(table.c[name].type, sa.JSON) else None
                    if late and any(row[name] is not None for name in late):
                        pending.append(
                            {
                                **{f"key_{c.name}": row[c.name] for c in table.primary_key},
                                **{n: row[n] for n in late},
                            }
                        )
                        row.update(dict.fromkeys(late))
                conn.execute(sa.insert(table), values)
                rows += len(values)
        if (rows, digest.hexdigest()) != (expected["rows"], expected["sha256"]):
            raise Refused("backup_damaged", table=table.name, detail=f"{rows}/{expected['rows']}")
        _point_back(conn, table, late, pending)
        _next_id(conn, table)
        total += rows
        if progress:
            progress(number, len(metadata.sorted_tables))
    return total


def _chunks(file: Any, digest: Any) -> Iterator[list[bytes]]:
    chunk: list[bytes] = []
    for line in io.BufferedReader(file):
        digest.update(line)
        chunk.append(line)
        if len(chunk) == CHUNK:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _own_references(table: sa.Table) -> list[str]:
    """Return the columns that refer to the same table: filled in once all its rows are there."""
    return [c.name for c in table.c if any(key.column.table is table for key in c.foreign_keys)]


def _point_back(conn: sa.Connection, table: sa.Table, late: list[str], pending: list[dict[str, Any]]) -> None:
    if not pending:
        return
    where = [column == sa.bindparam(f"key_{column.name}") for column in table.primary_key]
    values: dict[str, Any] = {name: sa.bindparam(name) for name in late}
    conn.execute(sa.update(table).where(*where).values(values), pending)


def _next_id(conn: sa.Connection, table: sa.Table) -> None:
    """Let PostgreSQL go on counting where the backup ended."""
    column = table.c.get("id")
    if conn.dialect.name != "postgresql" or column is None or column is not table.autoincrement_column:
        return
    sequence = conn.execute(sa.select(sa.func.pg_get_serial_sequence(f'"{table.name}"', "id"))).scalar()
    if sequence:
        last = conn.execute(sa.select(sa.func.max(column))).scalar()
        if last:
            conn.execute(sa.select(sa.func.setval(sequence, last)))
