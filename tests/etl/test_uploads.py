"""Uploaded files are kept while somebody needs them, and no longer."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from data.schema import job
from data.store import writing
from etl.uploads import erase_uploads

NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)


def upload(folder: Path, token: str, days_ago: float) -> Path:
    """Lay down a file as the imports page does, some days old."""
    place = folder / "user_steward" / token
    place.mkdir(parents=True)
    (place / "名单.xlsx").write_bytes(b"rows")
    came = (NOW - timedelta(days=days_ago)).timestamp()
    os.utime(place, (came, came))
    return place / "名单.xlsx"


def note(db: sa.Engine, path: Path, state: str, *, dry_run: bool, days_ago: float = 0.1) -> None:
    """Note a job that reads the file."""
    ended = None if state in ("queued", "running") else NOW - timedelta(days=days_ago)
    values = {"kind": "import", "state": state, "params": {"path": str(path), "dry_run": dry_run},
              "created_at": NOW, "ended_at": ended}  # fmt: skip
    with writing(db) as conn:
        conn.execute(sa.insert(job), values)


@pytest.mark.parametrize(
    ("days_ago", "jobs", "kept"),
    [
        (0.1, [], True),  # just chosen, not yet tried
        (6.9, [("done", True)], True),  # tried; may still be published
        (7.1, [("done", True)], False),  # tried and left
        (7.1, [], False),  # chosen and left
        (0.1, [("done", True), ("done", False)], False),  # published
        (0.1, [("done", True), ("failed", False)], True),  # not published: may be tried again
        (0.1, [("done", False), ("queued", True)], True),  # published, and tried again just now
        (9, [("done", True), ("running", False)], True),  # being published, if late
    ],
)
def test_an_upload_is_kept_for_a_week_or_until_it_is_published(db, tmp_path, days_ago, jobs, kept):
    path = upload(tmp_path, "a" * 32, days_ago)
    other = upload(tmp_path, "b" * 32, 1)
    for state, dry_run in jobs:
        note(db, path, state, dry_run=dry_run)
    assert erase_uploads(db, tmp_path, now=NOW) == (not kept)
    assert path.parent.exists() == path.exists() == kept
    assert other.exists()


def test_files_outside_the_folder_of_uploads_are_never_touched(db: sa.Engine, tmp_path: Path):
    own = tmp_path / "exports" / "list.csv"
    own.parent.mkdir()
    own.write_text("x")
    note(db, own, "done", dry_run=False)
    assert erase_uploads(db, tmp_path / "uploads", now=NOW) == 0
    assert own.exists()
