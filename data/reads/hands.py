"""Whose work a problem is: who may take it on, and that nobody closes what they worked on themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa

from data.access import Viewer
from data.schema import finding, inspection, problem, problem_event, rectification

WORKED = (
    "find", "order", "amend_order", "reply", "fix_on_spot", "ask_extension", "pass_recheck", "fail_recheck",
)  # fmt: skip
"""Verbs of those who do the work, not of those who decide about it."""


@dataclass(frozen=True)
class Hands:
    """The officers and the accounts that worked on a problem."""

    officers: frozenset[int | None]
    users: frozenset[int | None]

    def of(self, viewer: Viewer, *responsible: int | None) -> bool:
        """Whether the viewer is among them, or is one of the officers `responsible`."""
        officer_id, user_id = viewer.officer_id, viewer.user_id
        if officer_id is not None and (officer_id in self.officers or officer_id in responsible):
            return True
        return user_id is not None and user_id in self.users


def finders(conn: sa.Connection, finding_id: int) -> tuple[int | None, ...]:
    """Return the officers of the visit that found something, the first name first, if any."""
    found = conn.execute(
        sa.select(inspection.c.officer_id, inspection.c.officer2_id)
        .join(finding, finding.c.inspection_id == inspection.c.id)
        .where(finding.c.id == finding_id)
    ).first()
    return tuple(found or ())


def on_the_spot(conn: sa.Connection, viewer: Viewer, finding_id: int, today: date) -> bool:
    """Whether something was found today, at a visit that the viewer is an officer of."""
    found_on = conn.execute(sa.select(finding.c.found_on).where(finding.c.id == finding_id)).scalar()
    return (
        found_on == today and viewer.officer_id is not None and viewer.officer_id in finders(conn, finding_id)
    )


def is_theirs(
    conn: sa.Connection, viewer: Viewer, grid_id: int | None, officer_id: int | None, finding_id: int
) -> bool:
    """Whether a problem is the viewer's to see through, at a place that lies in their scope.

    In their own grids and those lent to them every problem is; at an enterprise that one task has opened,
    what was given to them by name, and what they found there.

    Parameters
    ----------
    grid_id : int or None
        Of the enterprise.
    officer_id, finding_id
        Of the problem.
    """
    if viewer.scope.everything or grid_id in viewer.scope.grids:
        return True
    mine = viewer.officer_id
    return mine is not None and (mine == officer_id or mine in finders(conn, finding_id))


def hands_on(conn: sa.Connection, problem_id: int) -> Hands:
    """Return who found a problem, who handled it and who rechecked it, by officer and by account."""
    visit = (inspection.c.user_id, inspection.c.officer_id, inspection.c.officer2_id)
    found = conn.execute(
        sa.select(*visit, finding.c.user_id)
        .select_from(finding.outerjoin(inspection, inspection.c.id == finding.c.inspection_id))
        .join(problem, problem.c.finding_id == finding.c.id)
        .where(problem.c.id == problem_id)
    ).all()
    rechecked = conn.execute(
        sa.select(*visit)
        .join(rectification, rectification.c.inspection_id == inspection.c.id)
        .where(rectification.c.problem_id == problem_id)
    ).all()
    handled = conn.execute(
        sa.select(problem_event.c.user_id, problem_event.c.officer_id).where(
            problem_event.c.problem_id == problem_id, problem_event.c.verb.in_(WORKED)
        )
    ).all()
    visits = [*found, *rechecked]
    officers = {row[1] for row in visits} | {row[2] for row in visits} | {row[1] for row in handled}
    users = {row[0] for row in visits} | {row[3] for row in found} | {row[0] for row in handled}
    return Hands(frozenset(officers), frozenset(users))
