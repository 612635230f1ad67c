"""Logging in: password, lockout per account and per address, sessions that can be ended."""

from __future__ import annotations

import math
from datetime import datetime, timedelta

import sqlalchemy as sa

from data import audit
from data.access import Role, Viewer
from data.errors import Refused
from data.passwords import check_new_password, hash_password, verify_password
from data.schema import login_failure, password_history, user

FAILURES = {"user": 5, "ip": 20}  # an office behind one address must not lock itself out by one person
LOCK = timedelta(minutes=30)
FORGET = timedelta(days=1)
PASSWORD_AGE = timedelta(days=90)
REMEMBERED = 5  # passwords that may not be used again


def log_in(
    conn: sa.Connection, username: str, password: str, address: str, *, now: datetime, logged_at: datetime
) -> sa.Row[tuple[object, ...]] | None:
    """Return the account's row if the password is right; count the failure and return None if not.

    The caller commits in both cases, so that the count is kept.

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
    locks = conn.execute(
        sa.select(sa.func.max(login_failure.c.locked_until, type_=login_failure.c.locked_until.type)).where(
            login_failure.c.key.in_(keys), login_failure.c.locked_until > now
        )
    ).scalar()
    if locks is not None:
        raise Refused("login_locked", minutes=math.ceil((locks - now).total_seconds() / 60))
    row = conn.execute(sa.select(user).where(user.c.username == username.lower())).one_or_none()
    right = verify_password(None if row is None else row.password_hash, password)
    if right and row is not None and row.active:
        conn.execute(sa.delete(login_failure).where(login_failure.c.key == keys[0]))
        who = Viewer(f"user:{row.username}", Role(row.role), user_id=row.id)
        audit.append(conn, who, "login", "user", row.id, now=logged_at, address=address)
        _expire(conn, row.id, logged_at)
        return row
    locked = [_count_failure(conn, key, now) for key in keys]
    if row is None:
        # only the address is told: people type passwords into the wrong field
        nobody = Viewer("anonymous", Role.WALL)
        if not audit.repeated(conn, nobody.actor, "login", now=logged_at):
            audit.append(
                conn, nobody, "login", "user", "?", now=logged_at, success=False, address=address, known=False
            )
        return None
    who = Viewer(f"user:{row.username}", Role.WALL)
    for action in ("login", "login.locked") if locked[0] else ("login",):
        audit.append(conn, who, action, "user", row.id, now=logged_at, success=False, address=address)
    return None


def log_out(conn: sa.Connection, viewer: Viewer, *, now: datetime) -> None:
    """End every session of the viewer's account, so that a copied cookie is worth nothing."""
    conn.execute(
        sa.update(user).where(user.c.id == viewer.user_id).values(session_epoch=user.c.session_epoch + 1)
    )
    audit.append(conn, viewer, "logout", "user", viewer.user_id, now=now)


def _count_failure(conn: sa.Connection, key: str, now: datetime) -> bool:
    """Count a failure of a name or an address; return whether it is locked now."""
    kept = conn.execute(sa.select(login_failure).where(login_failure.c.key == key)).one_or_none()
    if kept is None:
        conn.execute(sa.delete(login_failure).where(login_failure.c.last_at < now - FORGET))
        conn.execute(sa.insert(login_failure), {"key": key, "count": 1, "last_at": now})
        return False
    count = kept._mapping["count"] + 1 if now - kept.last_at < LOCK else 1
    until = now + LOCK if count >= FAILURES[key.split(":")[0]] else None
    values = {"count": 0 if until else count, "last_at": now, "locked_until": until}
    conn.execute(sa.update(login_failure).where(login_failure.c.key == key).values(values))
    return until is not None


def change_password(
    conn: sa.Connection, viewer: Viewer, old: str, new: str, again: str, *, now: datetime
) -> int:
    """Set the viewer's own password; every other session of the account ends.

    Returns
    -------
    int
        The new session epoch.

    Raises
    ------
    Refused
        ``password_wrong``, ``password_again``, ``password_used`` for one of the last five, or a rule of
        `check_new_password`.
    """
    row = conn.execute(sa.select(user).where(user.c.id == viewer.user_id).with_for_update()).one()
    if not verify_password(row.password_hash, old):
        raise Refused("password_wrong", field="old")
    if new != again:
        raise Refused("password_again", field="again")
    check_new_password(new, row.username, admin=row.role == Role.ADMIN, old_hash=row.password_hash)
    hashed = hash_password(new)
    _remember(conn, row.id, new, hashed, now)
    epoch = int(row.session_epoch) + 1
    conn.execute(
        sa.update(user)
        .where(user.c.id == row.id)
        .values(password_hash=hashed, must_change=False, session_epoch=epoch, version=row.version + 1)
    )
    audit.append(conn, viewer, "password.change", "user", row.id, now=now)
    return epoch


def _remember(conn: sa.Connection, user_id: int, new: str, hashed: str, now: datetime) -> None:
    """Refuse one of the last passwords; keep the new one's hash and day, forget what is older."""
    kept = conn.execute(
        sa.select(password_history.c.id, password_history.c.password_hash)
        .where(password_history.c.user_id == user_id)
        .order_by(password_history.c.set_at.desc(), password_history.c.id.desc())
    ).all()
    if any(verify_password(row.password_hash, new) for row in kept[:REMEMBERED]):
        raise Refused("password_used", field="new", n=REMEMBERED)
    forgotten = [row.id for row in kept[REMEMBERED - 1 :]]
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
