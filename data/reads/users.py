"""Accounts: one for its session, all for the administrator, the demo's for the login page."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from data.access import Right, Viewer
from data.schema import officer, org, user


def account(conn: sa.Connection, user_id: int | None) -> sa.Row[Any] | None:
    """Return one active account's row, for its own session."""
    return conn.execute(sa.select(user).where(user.c.id == user_id, user.c.active)).one_or_none()


def demo_logins(conn: sa.Connection) -> list[dict[str, Any]]:
    """Return the demo accounts ``username, role`` in the order of the roles; none in a real deployment."""
    query = sa.select(user.c.username, user.c.role).where(user.c.demo, user.c.active).order_by(user.c.id)
    return [dict(row) for row in conn.execute(query).mappings()]


def has_demo_accounts(conn: sa.Connection) -> bool:
    """Whether accounts with published passwords exist."""
    return conn.execute(sa.select(user.c.id).where(user.c.demo, user.c.active).limit(1)).first() is not None


def list_users(conn: sa.Connection, viewer: Viewer) -> list[dict[str, Any]]:
    """Return all accounts for the administrator, by name.

    Keys: ``id, username, name, role, org_id, org, officer_id, officer, active, must_change, demo, version``.
    """
    viewer.require(Right.USERS)
    query = (
        sa.select(
            user.c.id,
            user.c.username,
            user.c.name,
            user.c.role,
            user.c.org_id,
            org.c.name.label("org"),
            user.c.officer_id,
            officer.c.name.label("officer"),
            user.c.active,
            user.c.must_change,
            user.c.demo,
            user.c.version,
        )
        .outerjoin(org, org.c.id == user.c.org_id)
        .outerjoin(officer, officer.c.id == user.c.officer_id)
        .order_by(user.c.username)
    )
    return [dict(row) for row in conn.execute(query).mappings()]
