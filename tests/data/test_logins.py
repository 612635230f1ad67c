"""Logging in on both databases: counts, locks, what is written down, passwords of before."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from data.access import Role, Viewer, command_line, viewer_of_user
from data.errors import Refused
from data.passwords import _hasher as real  # what tests hash with is cheap
from data.passwords import one_time_password
from data.schema import audit, denial, login_failure, password_history, user
from data.store import open_engine, reading, writing
from data.writes import logins
from data.writes.logins import change_password, log_in, log_out
from data.writes.users import create_user, reset_password

NOW = datetime(2026, 11, 21, 1, 0, tzinfo=UTC)


def attempt(engine: sa.Engine, name: str, password: str, now: datetime = NOW, address: str = "10.0.0.1"):
    return log_in(engine, name, password, address, now=now, logged_at=now)


def account(engine: sa.Engine) -> tuple[int, str]:
    first = one_time_password()
    with writing(engine) as conn:
        number = create_user(conn, command_line(Role.ADMIN), "leader", "测试员", "leader", first, now=NOW)
    return number, first.shown


def owner(engine: sa.Engine, number: int) -> Viewer:
    with reading(engine) as conn:
        found = viewer_of_user(conn, number, NOW.date())
    assert found is not None
    return found


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
    with reading(db) as conn:
        known = conn.execute(sa.select(audit.c.role).where(~audit.c.success).distinct()).scalars().all()
    assert known == ["nobody"], "who has not signed in has no role yet"
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
        new = f"Proper-2027-pw{n}"
        change_password(db, owner(db, number), old, new, new, now=NOW, logged_at=NOW + timedelta(minutes=n))
        old = new
    with pytest.raises(Refused, match="password_used"):
        change_password(
            db, owner(db, number), old, "Proper-2027-pw2", "Proper-2027-pw2", now=NOW, logged_at=NOW
        )
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


def test_nobody_waits_for_a_password_to_be_looked_at(db: sa.Engine, db_url: str, monkeypatch):
    number, password = account(db)
    other = open_engine(db_url)
    asked = "PRAGMA busy_timeout=50" if db.dialect.name == "sqlite" else "SET lock_timeout='50ms'"
    looked = []

    def write_meanwhile(*args: object) -> object:
        with writing(other) as conn:
            conn.exec_driver_sql(asked)
            conn.execute(sa.update(user).where(user.c.id == number).values(name="测试员甲"))
        looked.append(args)
        return verify(*args)

    verify = logins.verify_password
    monkeypatch.setattr(logins, "verify_password", write_meanwhile)
    assert attempt(db, "leader", password) is not None
    assert attempt(db, "leader", "wrong") is None
    change_password(
        db, owner(db, number), password, "Proper-2027-pw", "Proper-2027-pw", now=NOW, logged_at=NOW
    )
    assert len(looked) >= 3
    other.dispose()


def test_failures_at_once_count_each_and_lock_after_the_fifth(db: sa.Engine):
    account(db)

    def fail(_: int) -> str:
        try:
            return str(attempt(db, "leader", "wrong"))
        except Refused as refused:
            return refused.code

    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(fail, range(12)))
    assert sorted(said) == ["None"] * 5 + ["login_locked"] * 7
    assert actions(db)[1:] == [("login", False)] * 5 + [("login.locked", False)]


def test_whoever_guesses_the_present_password_of_an_open_session_locks_the_account(db: sa.Engine):
    number, password = account(db)
    who = owner(db, number)

    def change(old: str) -> str | None:
        try:
            return change_password(db, who, old, "Proper-2027-pw", "Proper-2027-pw", now=NOW, logged_at=NOW)
        except Refused as refused:
            assert refused.field == "old"
            return refused.code

    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(change, ["wrong"] * 8))
    assert sorted(said) == ["login_locked"] * 3 + ["password_wrong"] * 5
    assert change(password) == "login_locked"
    with pytest.raises(Refused, match="login_locked"):
        attempt(db, "leader", password)
    assert actions(db)[1:] == [("password.change", False)] * 5 + [("login.locked", False)]


def test_strangers_who_fail_at_once_for_the_first_time_are_all_counted(db: sa.Engine):
    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(lambda _: attempt(db, "nobody", "wrong"), range(4)))
    assert said == [None] * 4
    with reading(db) as conn:
        assert conn.execute(sa.select(login_failure.c.count)).scalars().all() == [4, 4]
        assert conn.execute(sa.select(denial.c.count)).scalars().all() == [4]


def test_a_password_that_was_changed_while_it_was_looked_at_opens_nothing(db: sa.Engine, monkeypatch):
    number, password = account(db)
    fresh = one_time_password()

    def reset_meanwhile(*args: object) -> object:
        right = verify(*args)
        with writing(db) as conn:
            reset_password(conn, command_line(Role.ADMIN), number, fresh, now=NOW)
        return right

    verify = logins.verify_password
    monkeypatch.setattr(logins, "verify_password", reset_meanwhile)
    assert attempt(db, "leader", password) is None
    with pytest.raises(Refused, match="password_wrong"):
        change_password(
            db, owner(db, number), password, "Proper-2027-pw", "Proper-2027-pw", now=NOW, logged_at=NOW
        )


def test_two_accounts_of_one_name_made_at_once_are_one_and_a_refusal(db: sa.Engine):
    def make(_: int) -> str:
        try:
            return str(account(db)[0])
        except Refused as refused:
            return refused.code

    with ThreadPoolExecutor(4) as pool:
        said = list(pool.map(make, range(4)))
    assert said.count("username_taken") == 3


def test_a_guesser_pays_for_each_guess_what_the_baseline_asks() -> None:
    assert (real().time_cost, real().memory_cost, real().parallelism) == (2, 19 * 1024, 1)
