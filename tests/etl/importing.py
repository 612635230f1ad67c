"""The import that the tests kill, as a process of its own runs it."""

from __future__ import annotations

from datetime import UTC, datetime
from multiprocessing.connection import Connection

from data.access import command_line
from data.store import open_engine
from etl.load import publish
from tests.bench import nation

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
ROWS = 4_000


def run(url: str, told: Connection) -> None:
    """Import a small nation's enterprises, and tell when it begins."""
    frame = nation.enterprises(ROWS, side=10)
    told.send("ready")
    publish(
        open_engine(url), command_line(), "enterprises", frame, source="n", filename="f", sha256="x", now=NOW
    )
