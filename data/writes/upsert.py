"""Small tables from a file: compare by key, insert what is new, change what differs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

SAMPLES = 5


@dataclass
class Comparison:
    """What differs between a file and what is stored, row by row.

    Attributes
    ----------
    new, changed : list of dict
        Rows as in the file; of `changed`, those of which at least one field differs.
    unchanged : int
    fields : dict
        Field → how many rows change in it.
    samples : list of dict
        ``field, source_id, line, before, after``, a few per field.
    """

    new: list[dict[str, Any]] = field(default_factory=list)
    changed: list[dict[str, Any]] = field(default_factory=list)
    unchanged: int = 0
    fields: dict[str, int] = field(default_factory=dict)
    samples: list[dict[str, Any]] = field(default_factory=list)


def compare(
    rows: Sequence[Mapping[str, Any]],
    stored: Mapping[Any, Mapping[str, Any]],
    key: Sequence[str],
    compared: Sequence[str],
) -> Comparison:
    """Compare rows of a file with stored rows, both in codes.

    Parameters
    ----------
    stored : mapping
        Key (a value, or a tuple where `key` has several names) → stored row.
    compared : sequence of str
        Fields that make a difference. A row's key ``absent`` names those that its file does not have.
    """
    found = Comparison()
    for row in rows:
        at = key_of(row, key)
        before = stored.get(at)
        if before is None:
            found.new.append(dict(row))
            continue
        # columns that the file does not have at all are unknown, not empty
        row = {**row, **{name: before[name] for name in row.get("absent", ()) if name in before}}
        different = [name for name in compared if before[name] != row[name]]
        if not different:
            found.unchanged += 1
            continue
        found.changed.append(dict(row))
        for name in different:
            found.fields[name] = found.fields.get(name, 0) + 1
            if found.fields[name] <= SAMPLES:
                found.samples.append(
                    {
                        "field": name,
                        "source_id": "/".join(map(str, at)) if isinstance(at, tuple) else str(at),
                        "line": row.get("line"),
                        "before": before[name],
                        "after": row[name],
                    }
                )
    return found


def key_of(row: Mapping[str, Any], key: Sequence[str]) -> Any:
    """Return the row's key: the value itself, or a tuple of several."""
    return row[key[0]] if len(key) == 1 else tuple(row[name] for name in key)


def stored_rows(conn: sa.Connection, select: sa.Select[Any], key: Sequence[str]) -> dict[Any, dict[str, Any]]:
    """Read stored rows by their key."""
    return {key_of(row, key): row for row in map(dict, conn.execute(select).mappings())}


def ids_by_code(conn: sa.Connection, table: sa.Table) -> dict[str, int]:
    """Return the ids of a table by its codes."""
    return {row.code: row.id for row in conn.execute(sa.select(table.c.code, table.c.id))}


def write_rows(
    conn: sa.Connection,
    table: sa.Table,
    found: Comparison,
    key: Sequence[str],
    plain: Callable[[dict[str, Any]], dict[str, Any]],
    origin: Mapping[str, Any],
) -> None:
    """Insert the new rows and update the changed ones; a table that counts versions counts one more.

    Parameters
    ----------
    plain : callable
        A compared row → the table's own columns.
    origin : mapping
        Where the rows come from, as `data.schema.base.origin` has it; empty where the table has no origin.
    """

    def full(row: dict[str, Any]) -> dict[str, Any]:
        return {**plain(row), **origin, **({"row_no": row.get("line")} if origin else {})}

    if found.new:
        conn.execute(sa.insert(table), [full(row) for row in found.new])
    for row in found.changed:
        values = full(row)
        if "version" in table.c:
            values["version"] = table.c.version + 1
        conn.execute(sa.update(table).where(*(table.c[k] == values[k] for k in key)).values(values))


def by_hand(viewer_id: int | None, now: datetime) -> dict[str, Any]:
    """Return the origin of a row that a person has entered."""
    return {"batch_id": None, "user_id": viewer_id, "recorded_at": now}
