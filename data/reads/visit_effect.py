"""What a correction changes of coverage: told to whoever makes it, never silent."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import sqlalchemy as sa

from data.access import Right, Viewer
from data.plans import all_plans
from data.reads.labels import term
from data.schema import coverage_state
from data.text import text

Covered = dict[int, tuple[date | None, int | None]]
"""Plan → the day that it is done on (None: not done) and its grade of evidence."""


class Effect(NamedTuple):
    """What has changed under one plan: ``lost``, ``gained``, ``moved`` or ``grade``."""

    plan_id: int
    what: str
    before: tuple[date | None, int | None]
    after: tuple[date | None, int | None]


def covered(conn: sa.Connection, viewer: Viewer, enterprise_id: int) -> Covered:
    """Read how an enterprise stands under each plan, from the figures; nothing where there is none.

    Raises
    ------
    Denied
        Without `Right.WORK`. Whoever corrects a visit is asked for the place by the correction.
    """
    viewer.require(Right.WORK)
    c = coverage_state.c
    if not 0 < enterprise_id < 2**63:  # no database has another number
        return {}
    query = sa.select(c.plan_id, c.done_on, c.grade).where(c.enterprise_id == enterprise_id)
    return {row.plan_id: (row.done_on, row.grade) for row in conn.execute(query)}


def effects(before: Covered, after: Covered) -> list[Effect]:
    """Return what is different, by plan; empty: nothing is."""
    nothing = (None, None)
    found = []
    for plan_id in sorted({*before, *after}):
        then, now = before.get(plan_id, nothing), after.get(plan_id, nothing)
        what = _what(then, now)
        if what:
            found.append(Effect(plan_id, what, then, now))
    return found


def _what(then: tuple[date | None, int | None], now: tuple[date | None, int | None]) -> str:
    if then[0] != now[0]:
        return "lost" if now[0] is None else "gained" if then[0] is None else "moved"
    return "grade" if then[0] is not None and then[1] != now[1] else ""


def effect_words(conn: sa.Connection, found: list[Effect], language: str) -> list[str]:
    """Return one sentence for each effect; one that says so where there is none."""
    if not found:
        return [text("visit.effect_none", language)]
    names = {one.id: one.name(language) for one in all_plans(conn)}
    return [_sentence(one, names[one.plan_id], language) for one in found if one.plan_id in names]


def _sentence(one: Effect, plan: str, language: str) -> str:
    if one.what == "lost":
        return text("visit.effect_lost", language, plan=plan)
    if one.what == "gained":
        return text("visit.effect_gained", language, plan=plan, day=one.after[0])
    if one.what == "moved":
        return text("visit.effect_moved", language, plan=plan, before=one.before[0], after=one.after[0])
    then, now = (term("grade", str(grade or 0), language) for grade in (one.before[1], one.after[1]))
    return text("visit.effect_grade", language, plan=plan, before=then, after=now)
