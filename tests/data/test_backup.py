"""A backup holds every row of every table, and either kind of database reads it back."""

from __future__ import annotations

import hashlib
import json
import zipfile
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from data import audit
from data.access import command_line
from data.backup import MANIFEST, backup, restore
from data.errors import Refused
from data.schema import metadata
from data.store import open_engine, reading, upgrade
from etl.frames import frame
from etl.load import publish
from tests.bench import nation

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


def _small_city(engine: sa.Engine) -> None:
    how: dict[str, Any] = {"source": "n", "filename": "f", "sha256": "x", "now": NOW}
    viewer = command_line()
    orgs = [
        {"code": "S1", "name": "所", "kind": "station", "parent": "B"},
        {"code": "B", "name": "局", "kind": "bureau"},
    ]
    publish(engine, viewer, "orgs", frame("orgs", orgs), **how)
    publish(engine, viewer, "grids", nation.grids(3), **how)
    enterprises = nation.enterprises(40, side=3)
    enterprises.at[0, "details"] = {"legal_rep": "张三", "$odd": [1, None]}
    publish(engine, viewer, "enterprises", enterprises, **how)
    visits = [
        {"source_id": f"V{n}", "enterprise": f"E{n % 5:06d}", "kind": "routine",
         "finished_on": date(2026, 3, 1), "finished_at": NOW, "conclusion": "pass", "score": 0.1 + n}
        for n in range(8)
    ]  # fmt: skip
    publish(engine, viewer, "inspections", frame("inspections", visits), **how)
    visits[0]["conclusion"] = "fail"
    publish(engine, viewer, "inspections", frame("inspections", visits), **how)
    findings = [{"source_id": "F1", "enterprise": "E000001", "inspection": "V1", "found_on": date(2026, 3, 1),
                 "severity": "major", "problem_state": "found"}]  # fmt: skip
    publish(engine, viewer, "findings", frame("findings", findings), **how)


def _everything(engine: sa.Engine) -> dict[str, list[tuple[Any, ...]]]:
    with reading(engine) as conn:
        return {
            table.name: [tuple(row) for row in conn.execute(sa.select(table).order_by(*table.primary_key))]
            for table in metadata.sorted_tables
        }


def _elsewhere(request: pytest.FixtureRequest, kind: str, tmp_path: Path) -> str:
    if kind == "sqlite":
        return f"sqlite:///{tmp_path / 'restored.db'}"
    server = request.getfixturevalue("postgres_server")
    name = f"r{abs(hash(str(tmp_path))) % 10**12}"
    admin = open_engine(server + "postgres").execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as conn:
        conn.exec_driver_sql(f"CREATE DATABASE {name}")
    admin.dispose()
    return str(server + name)


@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def test_a_restored_database_equals_the_one_that_was_backed_up(
    db: sa.Engine, kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    _small_city(db)
    rows = backup(db, tmp_path / "b.zip", now=NOW)
    other = open_engine(_elsewhere(request, kind, tmp_path))
    assert restore(other, tmp_path / "b.zip") == rows
    assert _everything(other) == _everything(db)
    with reading(other) as conn:
        assert audit.verify(conn) is None
    more = publish(
        other, command_line(), "enterprises", nation.enterprises(45, side=3), source="n", filename="f",
        sha256="y", now=NOW,
    )  # fmt: skip
    assert more.inserted == 5, "ids go on where the backup ended"
    other.dispose()


def test_a_backup_of_an_earlier_release_is_read_and_brought_up_to_date(
    db: sa.Engine, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    _small_city(db)
    backup(db, tmp_path / "b.zip", now=NOW)
    first = _first_release(tmp_path)
    with zipfile.ZipFile(tmp_path / "b.zip") as new, zipfile.ZipFile(tmp_path / "old.zip", "w") as old:
        manifest = json.loads(new.read(MANIFEST))
        manifest["revision"] = "0001"
        # what it did not have is made when it is brought up to date
        manifest["tables"] = {name: told for name, told in manifest["tables"].items() if name in first}
        for name, told in manifest["tables"].items():
            lines = new.read(f"{name}.jsonl").splitlines()
            rows = [_as_first_release(name, json.loads(line), first[name]) for line in lines]
            text = "".join(json.dumps(row) + "\n" for row in rows).encode()
            told["sha256"] = hashlib.sha256(text).hexdigest()
            old.writestr(f"{name}.jsonl", text)
        old.writestr(MANIFEST, json.dumps(manifest))
    other = open_engine(_elsewhere(request, db.dialect.name, tmp_path))
    restore(other, tmp_path / "old.zip")
    was, now = _everything(db), _everything(other)
    assert {name for name in was if was[name] != now[name]} == {"finding"}
    assert len(now["finding"]) == len(was["finding"]) == 1
    other.dispose()


def _first_release(folder: Path) -> dict[str, set[str]]:
    """Return table → columns of the first release."""
    engine = open_engine(f"sqlite:///{folder / 'first.db'}")
    upgrade(engine, "0001")
    stored = sa.MetaData()
    stored.reflect(engine)
    engine.dispose()
    return {name: set(table.c.keys()) for name, table in stored.tables.items()}


def _as_first_release(name: str, row: dict[str, Any], columns: set[str]) -> dict[str, Any]:
    """Return a row without the columns that the first release did not have."""
    if name == "inspection" and row["revision"] > 1:
        row["source_id"] += f"#{row['revision']}"
    return {key: value for key, value in row.items() if key in columns}


def test_a_backup_is_never_read_into_a_database_that_holds_something(
    sqlite_db: sa.Engine, tmp_path: Path
) -> None:
    backup(sqlite_db, tmp_path / "b.zip", now=NOW)
    with pytest.raises(Refused, match="restore_not_empty"):
        restore(sqlite_db, tmp_path / "b.zip")


def test_a_backup_is_never_overwritten(sqlite_db: sa.Engine, tmp_path: Path) -> None:
    (tmp_path / "b.zip").write_bytes(b"precious")
    with pytest.raises(Refused, match="backup_exists"):
        backup(sqlite_db, tmp_path / "b.zip", now=NOW)
    assert (tmp_path / "b.zip").read_bytes() == b"precious"


def test_a_damaged_backup_is_told_and_leaves_nothing_behind(sqlite_db: sa.Engine, tmp_path: Path) -> None:
    _small_city(sqlite_db)
    backup(sqlite_db, tmp_path / "b.zip", now=NOW)
    with zipfile.ZipFile(tmp_path / "b.zip") as whole, zipfile.ZipFile(tmp_path / "c.zip", "w") as short:
        for name in whole.namelist():
            text = whole.read(name)
            if name == "enterprise.jsonl":
                text = text[: text.rindex(b"\n", 0, -1) + 1]
            short.writestr(name, text)
        assert MANIFEST in whole.namelist()
    other = open_engine(f"sqlite:///{tmp_path / 'other.db'}")
    with pytest.raises(Refused, match="backup_damaged"):
        restore(other, tmp_path / "c.zip")
    with reading(other) as conn:
        assert conn.exec_driver_sql("SELECT count(*) FROM enterprise").scalar_one() == 0
    restore(other, tmp_path / "b.zip")
    assert _everything(other) == _everything(sqlite_db), "the good one is taken after the damaged one"
    other.dispose()
