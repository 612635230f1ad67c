"""Logging in on both databases: counts, locks, what is written down, passwords of before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from data.access import Role, command_line, viewer_of_user
from data.errors import Refused
from data.schema import audit, denial, password_history
from data.store import reading, writing
from data.writes.logins import change_password, log_in, log_out
from data.writes.users import create_user

NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)


def attempt(engine: sa.Engine, name: str, password: str, now: datetime = NOW, address: str = "10.0.0.1"):
    with writing(engine) as conn:
        return log_in(conn, name, password, address, now=now, logged_at=now)


def account(engine: sa.Engine) -> tuple[int, str]:
    with writing(engine) as conn:
        return create_user(conn, command_line(Role.ADMIN), "leader", "测试员", "leader", now=NOW)


def actions(engine: sa.Engine) -> list[tuple[str, bool]]:
    with reading(engine) as conn:
        rows = conn.execute(sa.select(audit.c.action, audit.c.success).order_by(audit.c.seq))
        return [(row.action, row.success) for row in rows]


def test_the_fifth_failure_locks_and_is_written_down_as_a_lock(db: sa.Engine):
    _, password = account(db)
    for _ in range(5):
        assert attempt(db, "leader", "wrong") is None
    with pytest.raises(Refused, match="login_locked"):
        attempt(db, "leader", password)
    assert actions(db)[1:] == [("login", False)] * 5 + [("login.locked", False)]
    assert attempt(db, "leader", password, NOW + timedelta(minutes=31)) is not None


def test_unknown_names_raise_a_number_instead_of_filling_the_log(db: sa.Engine):
    for n in range(30):
        attempt(db, f"nobody{n}", "wrong", address=f"10.0.{n}.1")
    assert actions(db) == [("login", False)]
    with reading(db) as conn:
        assert conn.execute(sa.select(denial.c.count)).scalar_one() == 30


def test_a_chosen_password_expires_after_ninety_days_and_five_are_remembered(db: sa.Engine):
    number, old = account(db)
    for n in range(7):
        with writing(db) as conn:
            who = viewer_of_user(conn, number, NOW.date())
            new = f"Proper-2027-pw{n}"
            change_password(conn, who, old, new, new, now=NOW + timedelta(minutes=n))
        old = new
    with pytest.raises(Refused, match="password_used"), writing(db) as conn:
        change_password(conn, who, old, "Proper-2027-pw2", "Proper-2027-pw2", now=NOW)
    with reading(db) as conn:
        assert conn.execute(sa.select(sa.func.count()).select_from(password_history)).scalar() == 5
    for days, asked in ((89, False), (91, True)):
        attempt(db, "leader", old, NOW + timedelta(days=days))
        with reading(db) as conn:
            row = conn.execute(sa.text('SELECT must_change FROM "user"')).scalar()
        assert bool(row) is asked


def test_a_logout_ends_every_session_of_the_account(db: sa.Engine):
    number, _ = account(db)
    with writing(db) as conn:
        who = viewer_of_user(conn, number, NOW.date())
        before = conn.execute(sa.text('SELECT session_epoch FROM "user"')).scalar()
        log_out(conn, who, now=NOW)
        assert conn.execute(sa.text('SELECT session_epoch FROM "user"')).scalar() == before + 1
    assert actions(db)[-1] == ("logout", True)
