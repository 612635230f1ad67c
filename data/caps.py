"""Guard against over-inspection: how often an enterprise may be visited before somebody must say why.

No law gives these numbers: they are the bureau's setting ``visit_caps``, ``{"day": 1, "week": 2,
"month": 4}`` unless it says otherwise; null lifts a cap. Counted are the visits on the spot that took
place, of whatever source: not rechecks (an order asks for them), not looks at web pages (they cost the
enterprise nothing), not visits that found nobody.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal, NamedTuple

import sqlalchemy as sa

from data.reads.labels import setting
from data.schema import inspection
from data.standing import standing

SETTING = "visit_caps"
WINDOWS = {"day": 1, "week": 7, "month": 30}
"""Days that end with the day of the visit."""
EXEMPT = ("recheck", "online_patrol")

State = Literal["free", "recent", "explain"]
"""可查, 近期已查, 需说明."""


@dataclass(frozen=True)
class Caps:
    """At most so many visits within a day, 7 days, 30 days; None: no cap."""

    day: int | None = 1
    week: int | None = 2
    month: int | None = 4


class CapState(NamedTuple):
    """Whether one more visit can be made, how many there were in each window, and the first cap that is full.

    `hit` is of `WINDOWS`, `most` what that cap allows; both None where no cap is full.
    """

    state: State = "free"
    day: int = 0
    week: int = 0
    month: int = 0
    last_on: date | None = None
    hit: str | None = None
    most: int | None = None


def caps(conn: sa.Connection) -> Caps:
    """Return the caps of this deployment."""
    return Caps(**{k: v for k, v in (setting(conn, SETTING) or {}).items() if k in WINDOWS})


def cap_states(conn: sa.Connection, enterprise_ids: Sequence[int], day: date) -> dict[int, CapState]:
    """Return the state of each enterprise for one more visit on `day`."""
    allowed, i = caps(conn), inspection.c
    counts = [
        sa.func.sum(sa.case((i.finished_on > day - timedelta(days=days), 1), else_=0)).label(name)
        for name, days in WINDOWS.items()
    ]
    rows = conn.execute(
        sa.select(i.enterprise_id, *counts, sa.func.max(i.finished_on).label("last_on"))
        .where(
            i.enterprise_id.in_(enterprise_ids),
            i.finished_on.between(day - timedelta(days=max(WINDOWS.values()) - 1), day),
            i.unable_reason.is_(None),
            i.same_as_id.is_(None),
            i.kind.not_in(EXEMPT),
            i.method.is_distinct_from("online"),
            standing(),
        )
        .group_by(i.enterprise_id)
    )
    found = {row.enterprise_id: _state(allowed, row) for row in rows}
    return {one: found.get(one, CapState()) for one in enterprise_ids}


def counts_as_visit(kind: str, method: str, unable_reason: str | None) -> bool:
    """Whether a visit is one that the caps count."""
    return kind not in EXEMPT and method != "online" and unable_reason is None


def _state(allowed: Caps, row: Any) -> CapState:
    full: list[tuple[str | None, int | None]] = [
        (name, cap)
        for name, cap in ((name, getattr(allowed, name)) for name in WINDOWS)
        if cap is not None and getattr(row, name) >= cap
    ]
    state: State = "explain" if full else "recent"
    return CapState(state, row.day, row.week, row.month, row.last_on, *(full or [(None, None)])[0])
