"""The platforms from which leads come, and when somebody last looked at each."""

from __future__ import annotations

from datetime import date, datetime, timedelta, tzinfo
from typing import NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from data.access import Right, Viewer
from data.clock import DEFAULT_ZONE
from data.reads.labels import setting
from data.schema import batch, platform_check, user

CHECK_DAYS = "platform_check_days"
"""Setting: platform → days within which it is to be looked at, e.g. ``{"monitoring": 7, "12315": 1}``."""

CHECK_DAYS_PROPOSED = {"monitoring": 7}
"""Where the bureau says nothing. No rule fixes the days: the national monitoring platform is to be looked
at regularly, and a week is what we propose. A platform goes by the source profile of its files."""


class PlatformCheck(NamedTuple):
    """One platform, and how long nobody has looked at it."""

    platform: str
    allowed: int  # days
    at: datetime | None  # of the last look; None: none is known
    by: str | None  # who looked; None without `Right.NAMES`
    batch_id: int | None  # of the file that was imported, where that was the look
    days: int | None  # since then, today not counted
    until: date | None  # the day by which it is to be looked at again

    @property
    def late(self) -> bool:
        """Whether it is longer ago than the bureau allows."""
        return self.days is None or self.days > self.allowed


def platform_checks(
    conn: sa.Connection, viewer: Viewer, today: date, zone: str = DEFAULT_ZONE
) -> list[PlatformCheck]:
    """Return the watched platforms; whoever imports a file of one has looked at it.

    Raises
    ------
    Denied
        Without `Right.WORK` or `Right.IMPORT`.
    """
    if not viewer.may(Right.IMPORT):
        viewer.require(Right.WORK)
    found = looked_at(conn, today, ZoneInfo(zone))
    return found if viewer.may(Right.NAMES) else [one._replace(by=None) for one in found]


def looked_at(conn: sa.Connection, today: date, zone: tzinfo) -> list[PlatformCheck]:
    """Return the watched platforms with who looked at them last, for who reminds of them."""
    return [_check(conn, one, days, today, zone) for one, days in watched(conn).items()]


def watched(conn: sa.Connection) -> dict[str, int]:
    """Return the platforms that are to be looked at → within how many days."""
    found = setting(conn, CHECK_DAYS)
    return {one: int(days) for one, days in sorted((CHECK_DAYS_PROPOSED if found is None else found).items())}


def _check(conn: sa.Connection, platform: str, allowed: int, today: date, zone: tzinfo) -> PlatformCheck:
    none = sa.literal(None, batch.c.id.type)
    looks = sa.union_all(
        sa.select(
            platform_check.c.recorded_at.label("at"), platform_check.c.user_id, none.label("batch_id")
        ).where(platform_check.c.platform == platform),
        sa.select(batch.c.recorded_at, batch.c.user_id, batch.c.id).where(
            batch.c.kind == "leads", batch.c.profile == platform
        ),
    ).subquery()
    last = conn.execute(
        sa.select(looks.c.at, user.c.name, looks.c.batch_id)
        .outerjoin(user, user.c.id == looks.c.user_id)
        .order_by(looks.c.at.desc())
        .limit(1)
    ).first()
    if last is None:
        return PlatformCheck(platform, allowed, None, None, None, None, None)
    day = last.at.astimezone(zone).date()
    until = day + timedelta(days=allowed)
    return PlatformCheck(
        platform, allowed, last.at, last.name, last.batch_id, max(0, (today - day).days), until
    )
