"""Accounts: made, changed, ended and given a new first password by the administrator."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from data import audit
from data.access import Right, Role, Viewer
from data.errors import Conflict, Refused
from data.passwords import OneTime
from data.schema import officer, org, user
from data.store import inserting

ROLES = tuple(role for role in Role if role is not Role.WALL)
USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{2,31}")


def create_user(
    conn: sa.Connection,
    viewer: Viewer,
    username: str,
    name: str,
    role: str,
    first: OneTime,
    *,
    org_id: int | None = None,
    officer_id: int | None = None,
    now: datetime,
) -> int:
    """Make an account and return its id.

    Parameters
    ----------
    first : OneTime
        Its one-time password, to be handed over and changed at the first login.

    Raises
    ------
    Denied
        Without `Right.USERS`.
    Refused
        ``username_bad``, ``username_taken``, ``name_missing``, ``role_unknown``, ``org_missing``,
        ``org_unknown``, ``officer_missing``, ``officer_unknown``.
    """
    viewer.require(Right.USERS)
    username = username.strip().lower()
    if not USERNAME.fullmatch(username):
        raise Refused("username_bad", field="username", found=username[:40])
    values = {
        **_checked(conn, name, role, org_id, officer_id),
        "username": username,
        "password_hash": first.hashed,
        "must_change": True,
        "created_at": now,
    }
    added = inserting(conn.dialect, user, values).on_conflict_do_nothing(index_elements=["username"])
    made = conn.execute(added.returning(user.c.id)).scalar()
    if made is None:
        raise Refused("username_taken", field="username", found=username)
    audit.append(
        conn, viewer, "user.create", "user", made, now=now, username=username, role=role, org_id=org_id
    )
    return int(made)


def change_user(
    conn: sa.Connection,
    viewer: Viewer,
    user_id: int,
    version: int,
    *,
    name: str,
    role: str,
    org_id: int | None,
    officer_id: int | None,
    active: bool,
    now: datetime,
) -> None:
    """Change an account; with another role, place or an end of it, its sessions are over.

    Raises
    ------
    Denied, Refused
        As for `create_user`; ``last_admin``: nobody would be left to administer.
    Conflict
        ``changed_meanwhile``: somebody else was first; the row as it is now is in ``params["theirs"]``.
    """
    viewer.require(Right.USERS)
    _lock_admins(conn)
    row = _row(conn, user_id)
    if row["version"] != version:
        shown = {k: row[k] for k in ("name", "role", "org_id", "officer_id", "active", "version")}
        raise Conflict("changed_meanwhile", theirs=shown)
    values = {**_checked(conn, name, role, org_id, officer_id), "active": active}
    if row["role"] == Role.ADMIN and row["active"] and (role != Role.ADMIN or not active):
        _keep_an_admin(conn, user_id)
    changed = {k: [row[k], v] for k, v in values.items() if row[k] != v}
    if not changed:
        return
    epoch = row["session_epoch"] + bool(changed.keys() - {"name"})
    conn.execute(
        sa.update(user).where(user.c.id == user_id).values(**values, session_epoch=epoch, version=version + 1)
    )
    changed.pop("name", None)  # a person's name stays out of the log
    audit.append(conn, viewer, "user.change", "user", user_id, now=now, changed=changed)


def reset_password(
    conn: sa.Connection, viewer: Viewer, user_id: int, first: OneTime, *, now: datetime
) -> None:
    """Give an account a new one-time password and end its sessions."""
    viewer.require(Right.USERS)
    row = _row(conn, user_id)
    conn.execute(
        sa.update(user)
        .where(user.c.id == user_id)
        .values(
            password_hash=first.hashed,
            must_change=True,
            session_epoch=row["session_epoch"] + 1,
            version=row["version"] + 1,
        )
    )
    audit.append(conn, viewer, "user.reset_password", "user", user_id, now=now)


def _row(conn: sa.Connection, user_id: int) -> dict[str, Any]:
    row = conn.execute(sa.select(user).where(user.c.id == user_id).with_for_update()).mappings().one_or_none()
    if row is None:
        raise Refused("user_unknown", field="user_id")
    return dict(row)


def _checked(
    conn: sa.Connection, name: str, role: str, org_id: int | None, officer_id: int | None
) -> dict[str, Any]:
    if not name.strip():
        raise Refused("name_missing", field="name")
    if role not in ROLES:
        raise Refused("role_unknown", field="role", found=role)
    if role == Role.SUPERVISOR and org_id is None:
        raise Refused("org_missing", field="org_id")
    if role == Role.OFFICER and officer_id is None:
        raise Refused("officer_missing", field="officer_id")
    for table, key, value in ((org, "org", org_id), (officer, "officer", officer_id)):
        if (
            value is not None
            and conn.execute(sa.select(table.c.id).where(table.c.id == value)).first() is None
        ):
            raise Refused(f"{key}_unknown", field=f"{key}_id")
    return {"name": name.strip()[:60], "role": role, "org_id": org_id, "officer_id": officer_id}


def _lock_admins(conn: sa.Connection) -> None:
    # on PostgreSQL two who demote each other would each find the other; in order, so that no ring waits
    admins = sa.select(user.c.id).where(user.c.role == Role.ADMIN, user.c.active)
    conn.execute(admins.order_by(user.c.id).with_for_update())


def _keep_an_admin(conn: sa.Connection, user_id: int) -> None:
    others = sa.select(user.c.id).where(user.c.role == Role.ADMIN, user.c.active, user.c.id != user_id)
    if conn.execute(others.limit(1)).first() is None:
        raise Refused("last_admin")
