"""Uploaded files are kept while somebody needs them, and no longer."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from data import audit, quality
from data.schema import attachment, job
from data.store import reading, writing
from data.writes.attachments import Picture, path_of, store
from etl.uploads import erase_photos, erase_uploads

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


def photo(db: sa.Engine, folder: Path, n: int, sha: str, days_ago: float, object: str | None = None) -> None:
    """Store a photo some days old, taken by a visit or by nothing."""
    at = NOW - timedelta(days=days_ago)
    store(folder, Picture(sha.encode(), "image/jpeg", sha))
    os.utime(path_of(folder, sha), (at.timestamp(), at.timestamp()))
    row = {"client_id": f"photo-{n}", "object": object, "object_id": 1 if object else None, "what": "photo",
           "name": "a.jpg", "media": "image/jpeg", "sha256": sha, "size": 1, "recorded_at": at}  # fmt: skip
    with writing(db) as conn:
        conn.execute(sa.insert(attachment), row)


def test_a_photo_that_nobody_took_in_a_month_is_erased_with_its_file_unless_another_has_it(db, tmp_path):
    left, taken, young, shared, again = (letter * 64 for letter in "abcde")
    photo(db, tmp_path, 1, left, 31)
    photo(db, tmp_path, 2, taken, 400, "inspection")
    photo(db, tmp_path, 3, young, 29)
    photo(db, tmp_path, 4, shared, 31)
    photo(db, tmp_path, 5, shared, 31, "problem")
    photo(db, tmp_path, 6, again, 31)
    os.utime(path_of(tmp_path, again), (NOW.timestamp() - 60,) * 2)  # its officer has just sent it once more
    assert erase_photos(db, tmp_path, now=NOW, machine_now=NOW) == 1
    assert [one for one in (left, taken, young, shared, again) if path_of(tmp_path, one).is_file()] == [
        taken, young, shared, again,
    ]  # fmt: skip
    with reading(db) as conn:
        rows = conn.execute(sa.select(attachment.c.client_id).order_by(attachment.c.id)).scalars().all()
        [noted] = conn.execute(sa.select(audit.audit).where(audit.audit.c.action == "attachment.erase"))
        assert audit.verify(conn) is None
    assert rows == ["photo-2", "photo-3", "photo-5"]
    assert (noted.actor, noted.detail) == ("worker", {"rows": 3, "files": 2})
    assert erase_photos(db, tmp_path, now=NOW, machine_now=NOW) == 0
    with reading(db) as conn:
        assert len(conn.execute(sa.select(audit.audit)).all()) == noted.seq  # nothing to erase: nothing noted


def test_a_photo_sent_again_is_as_young_as_its_last_sending(tmp_path: Path):
    picture = Picture(b"x", "image/jpeg", "a" * 64)
    store(tmp_path, picture)
    os.utime(path_of(tmp_path, picture.sha256), (0, 0))
    store(tmp_path, picture)
    assert path_of(tmp_path, picture.sha256).stat().st_mtime > 0


def test_quality_names_attachments_whose_file_is_lost_or_is_another(sqlite_db, tmp_path):
    db = sqlite_db
    body = b"as it was"
    right = hashlib.sha256(body).hexdigest()
    photo(db, tmp_path, 1, right, 1)
    path_of(tmp_path, right).write_bytes(body)

    def told(hashes: bool) -> list[tuple[str, int]]:
        with reading(db) as conn:
            found = quality.check(conn, now=NOW, data=tmp_path, hashes=hashes)
        return [(one.code, one.params["count"]) for one in found if one.code.startswith("attachment")]

    assert told(True) == []
    path_of(tmp_path, right).write_bytes(b"not any more")
    assert (told(False), told(True)) == ([], [("attachment_changed", 1)])
    path_of(tmp_path, right).unlink()
    assert told(False) == told(True) == [("attachment_lost", 1)]
