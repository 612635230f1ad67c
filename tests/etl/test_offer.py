"""What the worker offers is made once, and again when what it is made of has changed."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from data.reads.labels import setting
from data.store import reading
from etl import offer as offering


def test_profiles_and_templates_are_made_once_and_again_after_a_change(
    db: sa.Engine, tmp_path: Path, monkeypatch
):
    assert offering.offer(db, tmp_path)
    workbook = tmp_path / "templates" / "zh-CN" / "enterprises.xlsx"
    made = workbook.stat().st_mtime_ns
    with reading(db) as conn:
        assert "standard" in {one["name"] for one in setting(conn, "profiles")}

    assert not offering.offer(db, tmp_path)
    assert workbook.stat().st_mtime_ns == made

    monkeypatch.setattr(offering, "fingerprint", lambda: "another")
    assert offering.offer(db, tmp_path)
    assert workbook.stat().st_mtime_ns > made


def test_another_database_gets_its_profiles_though_the_templates_are_there(db: sa.Engine, tmp_path: Path):
    templates = tmp_path / "templates"
    templates.mkdir()
    (templates / offering.MARK).write_text(offering.fingerprint(), encoding="utf-8")
    assert offering.offer(db, tmp_path)
    with reading(db) as conn:
        assert setting(conn, "profiles")
    assert not list(templates.glob("*/*.xlsx"))
