"""Looking at the platforms from which leads come: kept, with who and when; who should is reminded."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa

from data import audit
from data.access import Right, Role, Viewer
from data.errors import Refused
from data.reads.platforms import looked_at, watched
from data.reads.recipients import Recipients
from data.schema import platform_check, user
from data.writes.messages import end


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
    seen(conn, platform, now=now)
    audit.append(conn, viewer, "platform.check", "platform", platform, now=now)


def seen(conn: sa.Connection, platform: str, *, now: datetime) -> None:
    """End what was told of a platform: somebody has looked, or imported its file."""
    end(conn, "platform", 0, about=platform, now=now)


def neglected(
    conn: sa.Connection, who: Recipients, today: date, *, now: datetime
) -> Iterator[dict[str, Any]]:
    """Yield the messages of platforms that nobody looked at in time.

    They go to the stewards, who import, and to the supervisors of the bureau; where there are none, to its
    leaders: all of them may note a look.
    """
    late = [one for one in looked_at(conn, today, now.tzinfo or UTC) if one.late]
    if not late:
        return
    to = sorted({*_accounts(conn, Role.STEWARD), *who.supervisors(None, None)}) or _accounts(
        conn, Role.LEADER
    )
    for one in late:
        due = {"due_on": one.until.isoformat()} if one.until is not None else {}
        told = {
            "kind": "overdue", "object": "platform", "object_id": 0, "at": now, "params": due,
            "cause": f"{one.platform}:{due.get('due_on', 'never')}",
        }  # fmt: skip
        yield from ({"to_user_id": account, **told} for account in to)


def _accounts(conn: sa.Connection, role: Role) -> list[int]:
    known = sa.select(user.c.id).where(user.c.active, user.c.role == role).order_by(user.c.id)
    return list(conn.execute(known).scalars())
