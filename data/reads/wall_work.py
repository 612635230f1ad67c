"""What is open and what just happened, for the wall: counts, ages and events without names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from data.access import Viewer
from data.reads.places import (
    DISTRICT,
    LEAD_DISTRICT,
    enterprise_scope,
    lead_scope,
    leads_with_place,
    own_grid,
)
from data.schema import batch, district, enterprise, inspection, lead, lead_event, problem, problem_event
from data.standing import is_visit, standing
from data.workflow import BY_NOBODY, ESCALATE, LEAD_OPEN, PROBLEM_OPEN

STAGES = {
    "assign": ("registered", "assigned"),
    "acknowledge": ("acknowledged",),
    "investigate": ("investigating",),
    "dispose": ("investigated", "disposed"),
    "review": ("reviewing",),
}
"""The open states of a lead as five stages: whose turn it is."""
AGES = (7, 30)  # days since received: up to a week, up to a month, longer
EVENTS = 12
OF_A_SORT = 2
LOOKED_AT = 60
"""Latest events of a sort among which `EVENTS` different ones are looked for."""
LATER = inspection.alias("later")
RECENT = timedelta(days=10)
"""How far back visits are looked for: over the longest holiday, so that a morning shows the last work day."""


def work(conn: sa.Connection, viewer: Viewer, *, today: date, now: datetime) -> dict[str, Any]:
    """Return ``leads, problems, visits_today, events`` of what the viewer's scope holds."""
    return {
        "leads": lead_stages(conn, viewer, today),
        "problems": _problems(conn, viewer, today),
        "visits_today": _visits(conn, viewer, today),
        "events": _events(conn, viewer, now),
    }


def lead_stages(conn: sa.Connection, viewer: Viewer, today: date) -> dict[str, Any]:
    """Count the open leads of the scope by stage and age: ``open, overdue, stages, stuck``."""
    rows = conn.execute(
        sa.select(lead.c.state, lead.c.state_since, lead.c.received_on, lead.c.due_on)
        .select_from(leads_with_place())
        .where(lead.c.state.in_(LEAD_OPEN), lead_scope(viewer))
    ).all()
    stage_of = {state: name for name, states in STAGES.items() for state in states}
    return by_stage(STAGES, ((stage_of[state], *more) for state, *more in rows), today)


def by_stage(
    names: Iterable[str], rows: Iterable[tuple[str, date, date, date | None]], today: date
) -> dict[str, Any]:
    """Count open work by stage and age: ``open, overdue, stages, stuck``.

    Parameters
    ----------
    rows : iterable
        Stage, since when in it, since when at all, and by when.

    Returns
    -------
    dict
        ``stages``: for each name ``stage, n, overdue, oldest, waiting, ages``, with `waiting` the mean days
        in the stage; ``stuck``: the stage where most lie past their day, None where none does.
    """
    stages = {
        name: {"stage": name, "n": 0, "overdue": 0, "oldest": 0, "waiting": 0, "ages": [0] * (len(AGES) + 1)}
        for name in names
    }
    for name, since, begun, due in rows:
        stage: dict[str, Any] = stages[name]
        waited = max(0, (today - since).days)
        stage["n"] += 1
        stage["overdue"] += due is not None and due < today
        stage["oldest"] = max(stage["oldest"], waited)
        stage["waiting"] += waited
        stage["ages"][sum((today - begun).days > limit for limit in AGES)] += 1
    found: list[dict[str, Any]] = list(stages.values())
    # stuck: where leads past their day lie, else where they have waited longest in all
    most = max(found, key=lambda one: (one["overdue"], one["waiting"]))
    for one in found:
        one["waiting"] = round(one["waiting"] / one["n"], 1) if one["n"] else 0
    return {
        "open": sum(one["n"] for one in found),
        "overdue": sum(one["overdue"] for one in found),
        "stages": found,
        "stuck": most["stage"] if most["overdue"] else None,
    }


def of_age(column: sa.ColumnElement[Any], place: int, today: date) -> list[sa.ColumnElement[bool]]:
    """Return the condition for one of the ages: days since `column`, up to the next limit."""
    bounds = [-1, *AGES]
    where = [column < today - timedelta(days=bounds[place])] if place else []
    if place < len(AGES):
        where.append(column >= today - timedelta(days=AGES[place]))
    return where


def _problems(conn: sa.Connection, viewer: Viewer, today: date) -> dict[str, int]:
    late = sa.case((problem.c.due_on < today, 1), else_=0)
    query = (
        sa.select(problem.c.state, sa.func.count(), sa.func.sum(late))
        .where(problem.c.state.in_(PROBLEM_OPEN))
        .group_by(problem.c.state)
    )
    rows = conn.execute(_within(query, viewer, problem.c.enterprise_id)).all()
    by_state = {state: (int(n), int(overdue or 0)) for state, n, overdue in rows}
    return {
        "open": sum(n for n, _ in by_state.values()),
        "overdue": sum(overdue for _, overdue in by_state.values()),
        "rechecks": by_state.get("awaiting_recheck", (0, 0))[0],
        "rechecks_overdue": by_state.get("awaiting_recheck", (0, 0))[1],
    }


def _visits(conn: sa.Connection, viewer: Viewer, today: date) -> int:
    of_today = sa.select(sa.func.count()).where(inspection.c.finished_on == today, is_visit())
    # corrections are few: counted apart, the thousands of a nation's day need not be looked up one by one
    corrected = of_today.join(LATER, LATER.c.supersedes_id == inspection.c.id).where(
        LATER.c.supersedes_id.is_not(None)
    )
    all_of, gone = (
        conn.execute(_within(query, viewer, inspection.c.enterprise_id)).scalar_one()
        for query in (of_today.select_from(inspection), corrected)
    )
    return int(all_of - gone)


def _within(query: sa.Select[Any], viewer: Viewer, enterprise_id: sa.ColumnElement[Any]) -> sa.Select[Any]:
    if viewer.scope.everything:
        return query
    return query.where(enterprise_id.in_(sa.select(enterprise.c.id).where(enterprise_scope(viewer))))


def _events(conn: sa.Connection, viewer: Viewer, now: datetime) -> list[dict[str, Any]]:
    """Return the latest visits, steps of problems and leads, and imports, newest first.

    Of what happened alike within one minute one stands for all.
    """
    visits = _placed(
        sa.select(
            inspection.c.finished_at.label("at"),
            sa.literal("visit").label("kind"),
            inspection.c.conclusion.label("what"),
            inspection.c.unable_reason.label("more"),
        )
        .where(
            inspection.c.finished_on.between(now.date() - RECENT, now.date()),
            inspection.c.finished_at <= now,
            standing(),
        )
        .order_by(inspection.c.finished_on.desc(), inspection.c.finished_at.desc()),
        inspection.c.enterprise_id,
        viewer,
    )
    steps = _placed(
        sa.select(
            problem_event.c.at,
            sa.literal("problem").label("kind"),
            problem_event.c.to_state.label("what"),
            sa.null().label("more"),
        )
        .join(problem, problem.c.id == problem_event.c.problem_id)
        .where(problem_event.c.at <= now, problem_event.c.verb.is_distinct_from(ESCALATE))
        .order_by(problem_event.c.id.desc()),
        problem.c.enterprise_id,
        viewer,
    )
    leads = (
        sa.select(
            lead_event.c.at,
            sa.literal("lead").label("kind"),
            lead_event.c.to_state.label("what"),
            lead.c.channel.label("more"),
            own_grid.c.name.label("grid"),
            district.c.name.label("district"),
        )
        .select_from(leads_with_place().outerjoin(district, district.c.code == LEAD_DISTRICT))
        .join(lead_event, lead_event.c.lead_id == lead.c.id)
        .where(
            lead_event.c.at <= now,
            sa.or_(lead_event.c.verb.is_(None), lead_event.c.verb.not_in(BY_NOBODY)),
            lead_scope(viewer),
        )
        .order_by(lead_event.c.id.desc())
        .limit(LOOKED_AT)
    )
    found = [_plain(row) for query in (visits, steps, leads) for row in conn.execute(query)]
    if viewer.scope.everything:
        imports = (
            sa.select(
                batch.c.recorded_at.label("at"),
                sa.literal("import").label("kind"),
                batch.c.kind.label("what"),
                (batch.c.inserted + batch.c.changed).label("more"),
            )
            .where(batch.c.recorded_at <= now, batch.c.inserted + batch.c.changed > 0)
            .order_by(batch.c.id.desc())
            .limit(LOOKED_AT)
        )
        found += [_plain(row) for row in conn.execute(imports)]
    known = sorted((one for one in found if one["at"]), key=lambda one: one["at"], reverse=True)
    return _different([one | {"at": one["at"].astimezone(now.tzinfo)} for one in known])


def _different(known: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Keep one of what is alike within a minute, imports summed, and few of a sort: variety is news."""
    kept: dict[tuple[Any, ...], dict[str, Any]] = {}
    sorts: Counter[tuple[Any, ...]] = Counter()
    for one in known:
        sort = (one["kind"], None if one["kind"] == "import" else one["what"])
        alike = (*sort, one["at"].replace(second=0, microsecond=0))
        if alike in kept:
            if one["kind"] == "import":
                kept[alike]["more"] += one["more"]
        elif sorts[sort] < OF_A_SORT:
            sorts[sort] += 1
            kept[alike] = one
    return list(kept.values())[:EVENTS]


def _plain(row: sa.Row[Any]) -> dict[str, Any]:
    # SQLAlchemy's names are a kind of str that JSON writers refuse as keys
    return {str(name): value for name, value in row._mapping.items()}


def _placed(query: sa.Select[Any], enterprise_id: sa.ColumnElement[Any], viewer: Viewer) -> sa.Select[Any]:
    return (
        query.join(enterprise, enterprise.c.id == enterprise_id)
        .outerjoin(own_grid, own_grid.c.id == enterprise.c.grid_id)
        .outerjoin(district, district.c.code == DISTRICT)
        .add_columns(own_grid.c.name.label("grid"), district.c.name.label("district"))
        .where(enterprise_scope(viewer))
        .limit(LOOKED_AT)
    )
