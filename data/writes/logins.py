"""Logging in: password, lockout per account and per address, sessions that can be ended."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from data import audit
from data.access import Role, Viewer
from data.errors import Refused
from data.passwords import check_new_password, hash_password, verify_password
from data.schema import login_failure, password_history, user
from data.store import inserting, reading, writing

FAILURES = {"user": 5, "ip": 20}  # an office behind one address must not lock itself out by one person
LOCK = timedelta(minutes=30)
FORGET = timedelta(days=1)
PASSWORD_AGE = timedelta(days=90)
REMEMBERED = 5  # passwords that may not be used again


def log_in(
    engine: sa.Engine, username: str, password: str, address: str, *, now: datetime, logged_at: datetime
) -> sa.Row[tuple[object, ...]] | None:
    """Return the account's row if the password is right; count the failure and return None if not.

    The password is looked at between two transactions: it takes a tenth of a second, and others want to
    write meanwhile. The second asks again for locks, so that many guesses at once are no more than five.

    Parameters
    ----------
    now : datetime
        The true instant, for locks.
    logged_at : datetime
        The clock's instant, for the audit log.

    Raises
    ------
    Refused
        ``login_locked``: after 5 failures an account, after 20 an address rests for 30 minutes,
        whether or not such an account exists; the right password does not open a lock.
    """
    keys = (f"user:{username.lower()[:100]}", f"ip:{address}")
    query = sa.select(user).where(user.c.username == username.lower())
    with reading(engine) as conn:
        _refuse_locked(conn, keys, now)
        seen = conn.execute(query).one_or_none()
    kept = None if seen is None else seen.password_hash
    right = verify_password(kept, password)
    with writing(engine) as conn:
        row = conn.execute(query.with_for_update()).one_or_none()
        _refuse_locked(conn, keys, now)
        if right and row is not None and row.active and row.password_hash == kept:
            conn.execute(sa.delete(login_failure).where(login_failure.c.key == keys[0]))
            who = Viewer(f"user:{row.username}", Role(row.role), user_id=row.id)
            _expire(conn, row.id, logged_at)
            audit.append(conn, who, "login", "user", row.id, now=logged_at, address=address)
            return row
        locked = [_count_failure(conn, key, now) for key in keys]
        _note_failure(conn, row, address, locked=locked[0], now=logged_at)
    return None


def _refuse_locked(
    conn: sa.Connection, keys: tuple[str, ...], now: datetime, field: str | None = None
) -> None:
    until = conn.execute(
        sa.select(sa.func.max(login_failure.c.locked_until, type_=login_failure.c.locked_until.type)).where(
            login_failure.c.key.in_(keys), login_failure.c.locked_until > now
        )
    ).scalar()
    if until is not None:
        raise Refused("login_locked", field=field, minutes=math.ceil((until - now).total_seconds() / 60))


def _note_failure(
    conn: sa.Connection, row: sa.Row[Any] | None, address: str, *, locked: bool, now: datetime
) -> None:
    if row is None:
        # only the address is told: people type passwords into the wrong field
        nobody = Viewer(audit.ANONYMOUS, Role.WALL)
        if not audit.repeated(conn, nobody.actor, "login", now=now):
            audit.append(
                conn, nobody, "login", "user", "?", now=now, success=False, signed_in=False, address=address,
                known=False,
            )  # fmt: skip
        return
    who = Viewer(f"user:{row.username}", Role.WALL)
    for action in ("login", "login.locked") if locked else ("login",):
        audit.append(
            conn, who, action, "user", row.id, now=now, success=False, signed_in=False, address=address
        )


def log_out(conn: sa.Connection, viewer: Viewer, *, now: datetime) -> None:
    """End every session of the viewer's account, so that a copied cookie is worth nothing."""
    conn.execute(
        sa.update(user).where(user.c.id == viewer.user_id).values(session_epoch=user.c.session_epoch + 1)
    )
    audit.append(conn, viewer, "logout", "user", viewer.user_id, now=now)


def _count_failure(conn: sa.Connection, key: str, now: datetime) -> bool:
    """Count a failure of a name or an address; return whether it is locked now."""
    # the row is there and ours until the end of the transaction, whoever else fails at the same time
    first = inserting(conn.dialect, login_failure, {"key": key, "count": 0, "last_at": now})
    ours = first.on_conflict_do_update(index_elements=["key"], set_={"key": first.excluded.key})
    kept = conn.execute(ours.returning(login_failure)).one()._mapping
    count = kept["count"] + 1 if now - kept["last_at"] < LOCK else 1
    until = now + LOCK if count >= FAILURES[key.split(":")[0]] else None
    values = {"count": 0 if until else count, "last_at": now, "locked_until": until}
    conn.execute(sa.update(login_failure).where(login_failure.c.key == key).values(values))
    if count == 1:
        old = sa.select(login_failure.c.key).where(login_failure.c.last_at < now - FORGET)
        free = old.with_for_update(skip_locked=True)  # what somebody else counts just now is not old
        conn.execute(sa.delete(login_failure).where(login_failure.c.key.in_(free)))
    return until is not None


def change_password(
    engine: sa.Engine, viewer: Viewer, old: str, new: str, again: str, *, now: datetime, logged_at: datetime
) -> None:
    """Set the viewer's own password; every other session of the account ends.

    Passwords are compared before the transaction that writes, as in `log_in`, and a wrong present one counts
    as there: whoever finds a screen unattended guesses no longer than at the door.

    Parameters
    ----------
    now, logged_at : datetime
        As in `log_in`.

    Raises
    ------
    Refused
        ``password_wrong``, ``login_locked``, ``password_again``, ``password_used`` for one of the last five,
        or a rule of `check_new_password`.
    """
    with reading(engine) as conn:
        row = conn.execute(sa.select(user).where(user.c.id == viewer.user_id)).one()
        keys = (f"user:{row.username}",)
        _refuse_locked(conn, keys, now, field="old")
        kept = _kept(conn, row.id)
    if not verify_password(row.password_hash, old):
        with writing(engine) as conn:
            conn.execute(sa.select(user.c.id).where(user.c.id == row.id).with_for_update())
            _refuse_locked(conn, keys, now, field="old")
            locked = _count_failure(conn, keys[0], now)
            for action in ("password.change", "login.locked") if locked else ("password.change",):
                audit.append(conn, viewer, action, "user", row.id, now=logged_at, success=False)
        raise Refused("password_wrong", field="old")
    if new != again:
        raise Refused("password_again", field="again")
    check_new_password(new, row.username, admin=row.role == Role.ADMIN, old_hash=row.password_hash)
    if any(verify_password(one.password_hash, new) for one in kept[:REMEMBERED]):
        raise Refused("password_used", field="new", n=REMEMBERED)
    hashed = hash_password(new)
    with writing(engine) as conn:
        present = conn.execute(sa.select(user).where(user.c.id == row.id).with_for_update()).one()
        _refuse_locked(conn, keys, now, field="old")
        if present.password_hash != row.password_hash:
            raise Refused("password_wrong", field="old")
        conn.execute(sa.delete(login_failure).where(login_failure.c.key == keys[0]))
        _remember(conn, row.id, hashed, logged_at)
        conn.execute(
            sa.update(user)
            .where(user.c.id == row.id)
            .values(
                password_hash=hashed,
                must_change=False,
                session_epoch=present.session_epoch + 1,
                version=present.version + 1,
            )
        )
        audit.append(conn, viewer, "password.change", "user", row.id, now=logged_at)


def _kept(conn: sa.Connection, user_id: int) -> Sequence[Any]:
    """Return the passwords that an account has had, the latest first."""
    return conn.execute(
        sa.select(password_history.c.id, password_history.c.password_hash)
        .where(password_history.c.user_id == user_id)
        .order_by(password_history.c.set_at.desc(), password_history.c.id.desc())
    ).all()


def _remember(conn: sa.Connection, user_id: int, hashed: str, now: datetime) -> None:
    """Keep a new password's hash and day, forget what is older than the last five."""
    forgotten = [row.id for row in _kept(conn, user_id)[REMEMBERED - 1 :]]
    conn.execute(sa.delete(password_history).where(password_history.c.id.in_(forgotten)))
    conn.execute(sa.insert(password_history), {"user_id": user_id, "password_hash": hashed, "set_at": now})


def _expire(conn: sa.Connection, user_id: int, now: datetime) -> None:
    """Ask for a new password where the present one is ninety days old."""
    set_at = conn.execute(
        sa.select(sa.func.max(password_history.c.set_at, type_=password_history.c.set_at.type)).where(
            password_history.c.user_id == user_id
        )
    ).scalar()
    if set_at is not None and now - set_at >= PASSWORD_AGE:
        conn.execute(sa.update(user).where(user.c.id == user_id).values(must_change=True))


def prefer(conn: sa.Connection, viewer: Viewer, *, language: str | None, theme: str | None) -> None:
    """Keep the viewer's own language or colours; no audit row, for it touches nobody else."""
    chosen = {k: v for k, v in (("language", language), ("theme", theme)) if v is not None}
    if chosen and viewer.user_id is not None:
        conn.execute(sa.update(user).where(user.c.id == viewer.user_id).values(chosen))
