"""Whether what is stored holds together. Each check names what is off; none repairs anything."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from data.quality import facts, figures, files, places, system, work
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


def check(
    conn: sa.Connection, *, now: datetime, data: Path | None = None, hashes: bool = False
) -> list[Finding]:
    """Run all checks; an empty list means that everything holds.

    Parameters
    ----------
    now : datetime
        Aware, in the bureau's zone.
    data : Path, optional
        The data folder: with it the attachments' files are looked for, with `hashes` also read.
    """
    prepare_bulk(conn)
    found = [one for each in CHECKS for one in each(conn, now)]
    return found if data is None else [*found, *files.attachments(conn, data, hashes=hashes)]
