"""Who stands behind a token."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from data.access import Right, Viewer, viewer_of_user, viewer_of_wall
from data.passwords import token_hash
from data.schema import api_token, org, user, wall_token


def wall_viewer(conn: sa.Connection, token: str) -> Viewer | None:
    """Return the wall behind a token that is not revoked."""
    row = conn.execute(
        sa.select(wall_token.c.id, wall_token.c.org_id).where(
            wall_token.c.token_hash == token_hash(token), wall_token.c.revoked_at.is_(None)
        )
    ).one_or_none()
    return None if row is None else viewer_of_wall(conn, row.id, row.org_id)


def api_viewer(conn: sa.Connection, token: str, today: date) -> Viewer | None:
    """Return the viewer of an API client: its account's, under the name of the token."""
    row = conn.execute(
        sa.select(api_token.c.id, api_token.c.user_id)
        .join(user, user.c.id == api_token.c.user_id)
        .where(
            api_token.c.token_hash == token_hash(token), api_token.c.revoked_at.is_(None), ~user.c.must_change
        )
    ).one_or_none()
    if row is None:
        return None
    found = viewer_of_user(conn, row.user_id, today)
    if found is None:
        return None
    return Viewer(
        f"api:{row.id}", found.role, found.scope, user_id=found.user_id, officer_id=found.officer_id
    )


def list_wall_tokens(conn: sa.Connection, viewer: Viewer) -> list[dict[str, object]]:
    """Return all wall tokens, newest first: ``id, name, org, created_at, revoked_at``."""
    viewer.require(Right.USERS)
    query = (
        sa.select(
            wall_token.c.id,
            wall_token.c.name,
            org.c.name.label("org"),
            wall_token.c.created_at,
            wall_token.c.revoked_at,
        )
        .outerjoin(org, org.c.id == wall_token.c.org_id)
        .order_by(wall_token.c.id.desc())
    )
    return [dict(row) for row in conn.execute(query).mappings()]


def list_api_tokens(conn: sa.Connection, viewer: Viewer) -> list[dict[str, object]]:
    """Return all API tokens, newest first: ``id, name, username, created_at, revoked_at``."""
    viewer.require(Right.USERS)
    query = (
        sa.select(
            api_token.c.id,
            api_token.c.name,
            user.c.username,
            api_token.c.created_at,
            api_token.c.revoked_at,
        )
        .join(user, user.c.id == api_token.c.user_id)
        .order_by(api_token.c.id.desc())
    )
    return [dict(row) for row in conn.execute(query).mappings()]
