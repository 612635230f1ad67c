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
from data.backup_files import pack_files, unpack_files
from data.errors import Refused
from data.schema import metadata
from data.store import downgrade, putting_off, reading, upgrade, writing

FORMAT = "gridward-backup-1"
MANIFEST = "manifest.json"
CHUNK = 5_000
Progress = Callable[[int, int], None]


def backup(
    engine: sa.Engine, path: Path, *, now: datetime, data: Path | None = None,
    progress: Progress | None = None,
) -> int:  # fmt: skip
    """Write every table as JSON lines into one zip, from one consistent snapshot; writers go on.

    With the data folder also the attachments that the tables name.

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
        manifest: dict[str, Any] = {
            "format": FORMAT, "revision": revision, "at": now.isoformat(), "tables": tables
        }  # fmt: skip
        if data is not None:
            manifest["attachments"] = pack_files(conn, pack, data)
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


def restore(
    engine: sa.Engine, path: Path, *, data: Path | None = None, progress: Progress | None = None
) -> int:
    """Read a backup into a database without rows, in one transaction, and check it.

    With the data folder also its attachments, each checked against its name.

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
    _require_empty(engine)
    try:
        with zipfile.ZipFile(path) as pack:
            manifest = json.loads(pack.read(MANIFEST))
            if manifest.get("format") != FORMAT:
                raise Refused("backup_unreadable", file=str(path))
            if data is not None:
                unpack_files(pack, data)
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


def _require_empty(engine: sa.Engine) -> None:
    """Take away tables without rows, which a restore that failed leaves; refuse where there are rows."""
    stored = sa.MetaData()
    stored.reflect(engine)
    tables = [table for name, table in stored.tables.items() if name != "alembic_version"]
    with reading(engine) as conn:
        if any(conn.execute(sa.select(sa.literal(1)).select_from(t).limit(1)).first() for t in tables):
            raise Refused("restore_not_empty")
    if tables:
        downgrade(engine)


def _read_tables(
    conn: sa.Connection, pack: zipfile.ZipFile, told: dict[str, Any], progress: Progress | None
) -> int:
    # the tables of the backup's release, which may have other columns and keys than ours
    stored = sa.MetaData()
    stored.reflect(conn)
    total = 0
    with putting_off(conn, *stored.tables.values()):
        for number, (name, expected) in enumerate(told.items(), start=1):
            digest, rows = hashlib.sha256(), 0
            with pack.open(f"{name}.jsonl") as file:
                for chunk in _chunks(file, digest):
                    values = [{k: _unpacked(v) for k, v in json.loads(line).items()} for line in chunk]
                    conn.execute(sa.insert(_target(name, values[0])), values)
                    rows += len(values)
            if (rows, digest.hexdigest()) != (expected["rows"], expected["sha256"]):
                raise Refused("backup_damaged", table=name, detail=f"{rows}/{expected['rows']}")
            _next_id(conn, stored.tables[name])
            total += rows
            if progress:
                progress(number, len(told))
    return total


def _target(name: str, row: dict[str, Any]) -> sa.TableClause:
    """Return a table with just the columns of a row, in our types and without defaults."""
    ours = dict(metadata.tables[name].c) if name in metadata.tables else {}
    return sa.table(
        name, *(sa.column(key, _nullable(ours[key].type) if key in ours else None) for key in row)
    )


def _nullable(kind: sa.types.TypeEngine[Any]) -> sa.types.TypeEngine[Any]:
    """Return the type; of a JSON column one that keeps nothing as nothing, not as JSON's null."""
    return sa.JSON(none_as_null=True) if isinstance(kind, sa.JSON) else kind


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
