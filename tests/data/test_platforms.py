"""The platforms from which leads come: looked at in time, by whom, or not."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from data.access import Role
from data.errors import Denied, Refused
from data.reads.platforms import CHECK_DAYS, platform_checks
from data.schema import audit, batch
from data.store import writing
from data.writes.platforms import note_check
from data.writes.settings import keep_setting
from tests.factories import NOW, TODAY, viewer


def late(conn: sa.Connection, days: int) -> list[tuple[str, int | None, bool]]:
    found = platform_checks(conn, viewer(Role.SUPERVISOR), TODAY + timedelta(days=days))
    return [(one.platform, one.days, one.late) for one in found]


def test_a_platform_is_late_once_nobody_has_looked_for_longer_than_the_bureau_allows(db: sa.Engine) -> None:
    with writing(db) as conn:
        assert late(conn, 0) == [("monitoring", None, True)], "nobody ever looked, as far as is known"
        note_check(conn, viewer(Role.SUPERVISOR), "monitoring", now=NOW)
        assert late(conn, 7) == [("monitoring", 7, False)]
        assert late(conn, 8) == [("monitoring", 8, True)]
        keep_setting(conn, CHECK_DAYS, {"monitoring": 2, "12315": 1})
        assert late(conn, 3) == [("12315", None, True), ("monitoring", 3, True)]
        [logged] = conn.execute(sa.select(audit.c.action, audit.c.object_id)).all()
        assert tuple(logged) == ("platform.check", "monitoring")


def test_who_imports_a_file_of_the_platform_has_looked_at_it(db: sa.Engine) -> None:
    file = {"source": "m", "filename": "f.xlsx", "sha256": "x", "recorded_at": NOW}
    with writing(db) as conn:
        conn.execute(sa.insert(batch), {"kind": "leads", "profile": "12315", **file})
        conn.execute(sa.insert(batch), {"kind": "enterprises", "profile": "monitoring", **file})
        assert late(conn, 1) == [("monitoring", None, True)], "of another platform, and no leads"
        conn.execute(sa.insert(batch), {"kind": "leads", "profile": "monitoring", **file})
        [found] = platform_checks(conn, viewer(Role.LEADER), TODAY)
    assert (found.days, found.late, found.batch_id) == (0, False, 3)


def test_a_look_is_noted_by_who_assigns_or_imports_and_only_of_what_is_watched(db: sa.Engine) -> None:
    with writing(db) as conn:
        for role in (Role.OFFICER, Role.AUDITOR, Role.ADMIN, Role.WALL):
            with pytest.raises(Denied):
                note_check(conn, viewer(role), "monitoring", now=NOW)
        with pytest.raises(Refused, match="platform_unknown"):
            note_check(conn, viewer(Role.LEADER), "12315", now=NOW)
        note_check(conn, viewer(Role.STEWARD), "monitoring", now=NOW)
        with pytest.raises(Denied):
            platform_checks(conn, viewer(Role.WALL), TODAY)
