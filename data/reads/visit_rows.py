"""A visit as it is stored: whose it is, and what it found by itself and by the rows that it corrects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from data.access import Viewer
from data.schema import finding
from data.standing import chain, dropped

ENTERED = "gridward"
"""Source of what is entered here; the source id is made by the client, so that a retry is no second visit."""


def is_own(viewer: Viewer, visit: Any) -> bool:
    """Whether the viewer has recorded a visit, or is one of the officers that it names."""
    named = {visit.officer_id, visit.officer2_id} - {None}
    return (viewer.user_id is not None and viewer.user_id == visit.user_id) or viewer.officer_id in named


def findings_of(conn: sa.Connection, inspection_id: int) -> Sequence[Any]:
    """Return what a visit says was found, by itself and by the rows that it corrects; each by its id."""
    visits = chain(conn, inspection_id)
    gone = dropped(conn, visits)
    query = sa.select(finding).where(finding.c.inspection_id.in_(visits)).order_by(finding.c.id)
    return [one for one in conn.execute(query) if one.id not in gone]
