"""The platforms from which leads come: looked at in time, by whom, or not."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from data.access import Role, command_line
from data.errors import Denied, Refused
from data.reads.platforms import CHECK_DAYS, platform_checks
from data.schema import audit, batch, message
from data.store import writing
from data.writes.platforms import note_check
from data.writes.reminders import daily
from data.writes.settings import keep_setting
from tests.factories import NOW, TODAY, add_org, add_user, viewer


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


def told(conn: sa.Connection, days: int) -> set[tuple[int, str, str | None]]:
    """Let so many days pass; return to whom what is told of a platform, and by when somebody was to look."""
    now = NOW + timedelta(days=days)
    for _ in range(2):  # told once, however often it is asked
        daily(conn, now.date(), now=now)
    live = sa.select(message).where(message.c.object == "platform", message.c.ended_at.is_(None))
    return {(one.to_user_id, one.cause.split(":")[0], one.params.get("due_on")) for one in conn.execute(live)}


def test_who_answers_for_a_platform_is_told_when_nobody_looked_until_somebody_does(db: sa.Engine) -> None:
    with writing(db) as conn:
        bureau = add_org(conn, "root", kind="bureau")
        below = add_org(conn, "B1", kind="district", parent_id=bureau)
        leader = add_user(conn, Role.LEADER)
        for role in (Role.AUDITOR, Role.ADMIN, Role.OFFICER):
            add_user(conn, role)
        assert told(conn, 0) == {(leader, "monitoring", None)}, "there is nobody else"
        boss, _ = (add_user(conn, Role.SUPERVISOR, org_id=one) for one in (bureau, below))
        steward = add_user(conn, Role.STEWARD)
        assert told(conn, 0) == {(boss, "monitoring", None), (steward, "monitoring", None)}
        note_check(conn, viewer(Role.SUPERVISOR), "monitoring", now=NOW)
        keep_setting(conn, CHECK_DAYS, {"monitoring": 7, "12315": 30})
        note_check(conn, viewer(Role.SUPERVISOR), "12315", now=NOW)
        assert told(conn, 7) == set()
        assert {one[1:] for one in told(conn, 8)} == {("monitoring", "2026-11-28")}
        assert len(told(conn, 40)) == 4
        note_check(conn, command_line(), "monitoring", now=NOW + timedelta(days=40))
        live = sa.select(message.c.cause).where(message.c.ended_at.is_(None))
        assert {one.split(":")[0] for one in conn.execute(live).scalars()} == {"12315"}, "at once"
