"""Import whole real cities once a database kind, through what the command line calls."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from data.access import command_line
from data.clock import EVERYTHING
from data.coverage import CoverageRow, coverage
from data.plans import plan_by_code
from data.store import prepare_bulk, reading
from etl.run import ImportReport, run_import

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


class City:
    """A database with a city in it."""

    def __init__(self, engine: sa.Engine, profile: str | Path) -> None:
        self.engine, self.profile = engine, profile

    def take(self, kind: str, path: Path, **how: object) -> ImportReport:
        return run_import(self.engine, command_line(), kind, path, self.profile, now=NOW, **how)  # type: ignore[arg-type]

    def rows(self, query: str) -> list[tuple[object, ...]]:
        with reading(self.engine) as conn:
            return [tuple(row) for row in conn.exec_driver_sql(query)]

    def coverage(self, plan: str, day: date) -> list[CoverageRow]:
        with reading(self.engine) as conn:
            prepare_bulk(conn)
            found = plan_by_code(conn, plan)
            return coverage(conn, found, day, EVERYTHING, viewer=command_line())


@pytest.fixture
def gm_folder() -> Path:
    return Path(__file__).parent / "gm_pharmacies"


PER_GRID = "SELECT g.code, count(e.id) FROM grid g LEFT JOIN enterprise e ON e.grid_id = g.id GROUP BY g.code"
REASONS = "SELECT unplaced_reason, count(*) FROM enterprise WHERE grid_id IS NULL GROUP BY unplaced_reason"
