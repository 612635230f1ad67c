"""Findings that name no visit belong to the visit of their day, as long as there is only one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa

from data.schema import finding, inspection
from data.standing import is_visit


def visits_by_day(*where: sa.ColumnElement[bool]) -> sa.Subquery:
    """Select ``enterprise_id, finished_on, visits, first``: how many visits stand, and one of them."""
    corrected = sa.select(inspection.c.supersedes_id).where(inspection.c.supersedes_id.is_not(None))
    return (
        sa.select(
            inspection.c.enterprise_id,
            inspection.c.finished_on,
            sa.func.count().label("visits"),
            sa.func.min(inspection.c.id).label("first"),
        )
        .where(inspection.c.id.not_in(corrected), is_visit(), *where)
        .group_by(inspection.c.enterprise_id, inspection.c.finished_on)
        .subquery()
    )


def rejoin(conn: sa.Connection, days: sa.SelectBase) -> Sequence[sa.Row[*tuple[str, int, date, int]]]:
    """Join the findings of days on which visits were added or corrected again.

    Where a day now has several visits, none can be told to be the one (ambiguous); where it has one, that is
    it. A day that has lost its only visit leaves its findings with it.

    Parameters
    ----------
    days : SelectBase
        ``enterprise_id, day``, one column each.

    Returns
    -------
    list of rows
        ``source_id, enterprise_id, found_on, visits`` of the findings that have become ambiguous.
    """
    day = days.subquery()
    own, found_on = finding.c.enterprise_id, finding.c.found_on
    by_day = sa.or_(finding.c.by_day, finding.c.matches > 1)
    on_day = sa.exists().where(day.c.enterprise_id == own, day.c.day == found_on)
    looked_at = sa.select(finding.c.id, own, found_on).where(by_day, on_day)
    if conn.execute(looked_at.limit(1)).first() is None:
        return []
    visits = visits_by_day(inspection.c.enterprise_id.in_(sa.select(day.c.enterprise_id)))
    visit = sa.case((visits.c.visits == 1, visits.c.first), else_=None)
    here = (visits.c.enterprise_id == own) & (visits.c.finished_on == found_on)
    moved = sa.or_(finding.c.matches != visits.c.visits, finding.c.inspection_id.is_distinct_from(visit))
    ambiguous = conn.execute(
        sa.select(finding.c.source_id, own, found_on, visits.c.visits)
        .join(visits, here)
        .where(by_day, on_day, finding.c.matches == 1, visits.c.visits > 1)
        .order_by(finding.c.id)
    ).all()
    conn.execute(
        sa.update(finding)
        .where(here, by_day, on_day, moved)
        .values(inspection_id=visit, matches=visits.c.visits, by_day=True)
    )
    return ambiguous
