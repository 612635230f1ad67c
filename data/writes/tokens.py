"""Tokens of walls and API clients: shown once, kept as hashes, revocable."""

from __future__ import annotations

import secrets
from datetime import datetime

import sqlalchemy as sa

from data import audit
from data.access import Right, Role, Viewer
from data.errors import NotFound, Refused
from data.passwords import token_hash
from data.schema import api_token, org, user, wall_token


def create_wall_token(
    conn: sa.Connection, viewer: Viewer, name: str, org_id: int | None, *, now: datetime
) -> tuple[int, str]:
    """Make a wall's token for one organisation (None: the whole city).

    Returns
    -------
    tuple of int and str
        Its id and the token itself, which nobody can read again.

    Raises
    ------
    Denied
        Without `Right.USERS`.
    Refused
        ``name_missing``; ``org_unknown``.
    """
    viewer.require(Right.USERS)
    _check_org(conn, org_id)
    token = secrets.token_urlsafe(32)
    values = {**_row(viewer, name, token, now), "org_id": org_id}
    made = int(conn.execute(sa.insert(wall_token).returning(wall_token.c.id), values).scalar_one())
    audit.append(conn, viewer, "wall_token.create", "wall_token", made, now=now, name=name, org_id=org_id)
    return made, token


def create_api_token(
    conn: sa.Connection, viewer: Viewer, name: str, user_id: int, *, now: datetime
) -> tuple[int, str]:
    """Make an API client's token; the client acts with the role and scope of `user_id`.

    Raises
    ------
    Denied
        Without `Right.USERS`.
    Refused
        ``name_missing``; ``user_unknown``; ``token_admin``: an administrator has no API.
    """
    viewer.require(Right.USERS)
    row = conn.execute(sa.select(user).where(user.c.id == user_id, user.c.active)).one_or_none()
    if row is None:
        raise Refused("user_unknown", field="user_id")
    if row.role == Role.ADMIN:
        raise Refused("token_admin", field="user_id")
    token = "gw_" + secrets.token_urlsafe(32)
    values = {**_row(viewer, name, token, now), "user_id": user_id}
    made = int(conn.execute(sa.insert(api_token).returning(api_token.c.id), values).scalar_one())
    audit.append(conn, viewer, "api_token.create", "api_token", made, now=now, name=name, user=row.username)
    return made, token


def revoke_token(
    conn: sa.Connection, viewer: Viewer, table: sa.Table, token_id: int, *, now: datetime
) -> None:
    """End a token of `wall_token` or `api_token` at once; ending it again changes nothing."""
    viewer.require(Right.USERS)
    if conn.execute(sa.select(table.c.id).where(table.c.id == token_id)).first() is None:
        raise NotFound("token_unknown", id=token_id)
    ended = conn.execute(
        sa.update(table).where(table.c.id == token_id, table.c.revoked_at.is_(None)).values(revoked_at=now)
    )
    if ended.rowcount:
        audit.append(conn, viewer, f"{table.name}.revoke", table.name, token_id, now=now)


def _row(viewer: Viewer, name: str, token: str, now: datetime) -> dict[str, object]:
    if not name.strip():
        raise Refused("name_missing", field="name")
    return {
        "name": name.strip()[:100],
        "token_hash": token_hash(token),
        "created_at": now,
        "created_by": viewer.user_id,
    }


def _check_org(conn: sa.Connection, org_id: int | None) -> None:
    if org_id is not None and conn.execute(sa.select(org.c.id).where(org.c.id == org_id)).first() is None:
        raise Refused("org_unknown", field="org_id")
