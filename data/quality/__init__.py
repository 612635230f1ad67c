"""Whether what is stored holds together. Each check names what is off; none repairs anything."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from data.quality import facts, figures, places, system, work
from data.quality.found import Check, Finding
from data.store import prepare_bulk

__all__ = ["CHECKS", "Check", "Finding", "check"]

CHECKS: tuple[Check, ...] = (
    figures.day,
    figures.states,
    figures.counts,
    figures.days,
    figures.profiles,
    figures.districts,
    facts.current_rows,
    facts.plans,
    places.placements,
    places.points,
    places.shapes,
    places.officers,
    work.problems,
    work.leads,
    work.visits,
    system.audit_chain,
    system.storage,
)
"""In the order in which they run."""


def check(conn: sa.Connection, *, now: datetime) -> list[Finding]:
    """Run all checks; an empty list means that everything holds.

    Parameters
    ----------
    now : datetime
        Aware, in the bureau's zone.
    """
    prepare_bulk(conn)
    return [found for one in CHECKS for found in one(conn, now)]
