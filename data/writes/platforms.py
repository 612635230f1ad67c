"""Looking at the platforms from which leads come: kept, with who and when."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from data import audit
from data.access import Right, Viewer
from data.errors import Refused
from data.reads.platforms import watched
from data.schema import platform_check


def note_check(conn: sa.Connection, viewer: Viewer, platform: str, *, now: datetime) -> None:
    """Note that somebody has looked at a platform, and found nothing new or has entered what there was.

    An import of the platform's file needs no such note: it is one.

    Raises
    ------
    Denied
        Without `Right.ASSIGN` or `Right.IMPORT`.
    Refused
        ``platform_unknown``: it is none of those that are watched.
    """
    if not viewer.may(Right.IMPORT):
        viewer.require(Right.ASSIGN)
    known = watched(conn)
    if platform not in known:
        raise Refused("platform_unknown", got=platform, known=", ".join(known))
    own = {"platform": platform, "user_id": viewer.user_id, "recorded_at": now}
    conn.execute(sa.insert(platform_check), own)
    audit.append(conn, viewer, "platform.check", "platform", platform, now=now)
