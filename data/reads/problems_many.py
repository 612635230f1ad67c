"""Many problems at once, before it is done: what becomes of each, and how much each officer then has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import sqlalchemy as sa

from data.access import Right, Viewer, answering_officers
from data.reads.hands import is_theirs
from data.reads.masks import mask_text
from data.reads.places import enterprise_scope
from data.schema import enterprise, finding, officer, problem
from data.workflow import PROBLEM_MOVES, PROBLEM_OPEN


class Outlook(NamedTuple):
    """What would become of one of many problems; `why` is the code of what keeps it out, None: it fits.

    `officer_id` has it now: who sees it through (named, else the grid's officer), or is to recheck it where
    a recheck is assigned.
    """

    id: int
    enterprise: str
    text: str | None
    state: str
    version: int
    officer_id: int | None
    why: str | None  # changed, state, same, mine
    enterprise_id: int = 0


class Load(NamedTuple):
    """How many problems (or rechecks) an officer has now and would have then; `name` by `Right.NAMES`."""

    officer_id: int
    name: str | None
    before: int
    after: int


def outlooks(
    conn: sa.Connection, viewer: Viewer, versions: dict[int, int], verb: str, officer_id: int | None,
    today: date,
) -> list[Outlook]:  # fmt: skip
    """Return what `verb` (reassign, assign_recheck, order) would do to many problems, those due first.

    Parameters
    ----------
    versions : dict
        Problem id → version as the list showed it; what lies outside the scope is left out.
    """
    viewer.require(Right(PROBLEM_MOVES[verb].right))
    source, hands = _in_hands(verb, today)
    query = (
        sa.select(
            problem.c.id, enterprise.c.name, finding.c.text, problem.c.state, problem.c.version,
            hands, problem.c.enterprise_id, enterprise.c.grid_id, problem.c.officer_id, problem.c.finding_id,
        )
        .select_from(source.join(finding, finding.c.id == problem.c.finding_id))
        .where(problem.c.id.in_(sorted(versions)), enterprise_scope(viewer))
        .order_by(problem.c.due_on.asc().nulls_last(), problem.c.id)
    )  # fmt: skip
    found = []
    for number, name, text, state, version, holder, owner, *place in conn.execute(query).all():
        why = None
        if version != versions[number]:
            why = "changed"
        elif state not in PROBLEM_MOVES[verb].sources:
            why = "state"
        elif verb == "reassign" and holder == officer_id:
            why = "same"
        elif verb == "order" and not is_theirs(conn, viewer, *place):
            why = "mine"
        found.append(Outlook(number, name, mask_text(text), state, version, holder, why, owner))
    return found


def loads(
    conn: sa.Connection, viewer: Viewer, found: Sequence[Outlook], verb: str, officer_id: int, today: date
) -> list[Load]:
    """Return how many each officer concerned has in the viewer's scope before and after, who gets them first.

    A problem counts while it is open, a recheck while it waits.
    """
    viewer.require(Right(PROBLEM_MOVES[verb].right))
    source, hands = _in_hands(verb, today)
    counted = PROBLEM_OPEN if verb == "reassign" else ("awaiting_recheck",)
    moved = Counter(one.officer_id for one in found if one.why is None and one.state in counted)
    gets = sum(one.why is None for one in found)
    ids = {officer_id, *(one for one in moved if one is not None)}
    held = dict(
        conn.execute(
            sa.select(hands, sa.func.count())
            .select_from(source)
            .where(problem.c.state.in_(counted), hands.in_(sorted(ids)), enterprise_scope(viewer))
            .group_by(hands)
        ).all()
    )
    named = viewer.may(Right.NAMES)
    names = conn.execute(sa.select(officer.c.id, officer.c.name).where(officer.c.id.in_(sorted(ids))))
    told = []
    for number, name in names:
        before = held.get(number, 0)
        after = before - moved[number] + (gets if number == officer_id else 0)
        told.append(Load(number, name if named else None, before, after))
    return sorted(told, key=lambda one: (one.officer_id != officer_id, -one.before, one.officer_id))


def _in_hands(verb: str, today: date) -> tuple[sa.FromClause, sa.ColumnElement[int]]:
    """Return problems with their enterprise, and the column of the officer who has them for this verb."""
    duty = answering_officers(today)
    source = problem.join(enterprise, enterprise.c.id == problem.c.enterprise_id)
    source = source.outerjoin(duty, duty.c.grid_id == enterprise.c.grid_id)
    if verb != "assign_recheck":
        return source, sa.func.coalesce(problem.c.officer_id, duty.c.officer_id)
    return source, problem.c.recheck_officer_id.label("holder")
