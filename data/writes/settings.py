"""Settings that a process publishes for the others: a JSON value under a key."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from data.schema import setting


def keep_setting(conn: sa.Connection, key: str, value: Any) -> bool:
    """Store a value; return whether it changed (what is the same is not written again)."""
    row = conn.execute(sa.select(setting.c.value).where(setting.c.key == key)).one_or_none()
    if row is None:
        conn.execute(sa.insert(setting), {"key": key, "value": value})
        return True
    if row.value == value:
        return False
    conn.execute(sa.update(setting).where(setting.c.key == key).values(value=value))
    return True
