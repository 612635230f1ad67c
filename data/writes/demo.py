"""Marks a database as the demo city and opens its accounts, whose password is published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from data import audit
from data.access import Right, Role, Viewer
from data.errors import Refused
from data.passwords import hash_password
from data.schema import officer, org, setting, user


@dataclass(frozen=True)
class Account:
    """A demo account; organisation and officer by their codes."""

    username: str
    name: str
    role: Role
    org: str | None = None
    officer: str | None = None


def require_unused(conn: sa.Connection) -> None:
    """Raise `Refused` (``demo_not_empty``) if the database has accounts: nothing here is for a real one."""
    if conn.execute(sa.select(user.c.id).limit(1)).first() is not None:
        raise Refused("demo_not_empty")


def open_demo(
    conn: sa.Connection,
    viewer: Viewer,
    *,
    day: date,
    city: Mapping[str, Any],
    label: str,
    accounts: Sequence[Account],
    password: str,
    now: datetime,
) -> None:
    """Set the settings ``demo`` and ``city`` and make the accounts, none of which must change its password.

    Parameters
    ----------
    day : date
        The day on which the demo's clock stands.
    city : mapping
        ``name``, ``name_en``, ``title``, ``title_en``.
    label : str
        What marks the data as invented (演示数据).

    Raises
    ------
    Denied
        Without `Right.USERS`.
    Refused
        ``demo_not_empty``: the database has accounts already; a real one must never get these.
    """
    viewer.require(Right.USERS)
    require_unused(conn)
    shown = {"day": day.isoformat(), "city": city["name"], "label": label, "password": password}
    conn.execute(sa.insert(setting), [{"key": "demo", "value": shown}, {"key": "city", "value": dict(city)}])
    orgs = {row.code: row.id for row in conn.execute(sa.select(org.c.code, org.c.id))}
    officers = {row.source_id: row.id for row in conn.execute(sa.select(officer.c.source_id, officer.c.id))}
    hashed = hash_password(password)  # one salt for all: the password is published anyway
    conn.execute(
        sa.insert(user),
        [
            {
                "username": account.username,
                "name": account.name,
                "role": str(account.role),
                "org_id": orgs[account.org] if account.org else None,
                "officer_id": officers[account.officer] if account.officer else None,
                "password_hash": hashed,
                "must_change": False,
                "demo": True,
                "created_at": now,
            }
            for account in accounts
        ],
    )
    names = [account.username for account in accounts]
    audit.append(conn, viewer, "demo.open", "setting", "demo", now=now, day=day, accounts=names)
