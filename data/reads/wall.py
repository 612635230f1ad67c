"""Everything that one wall shows, as one payload made of the materialised figures.

No names of persons or enterprises, no words: texts are chosen where it is drawn.
"""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from data import figures, plans
from data.access import Right, Viewer
from data.pace import forecast, needed_per_workday, recent_mean, timeline
from data.reads import wall_places, wall_work
from data.reads.counts import anything_imported
from data.reads.labels import setting
from data.reads.progress import done_by_day, weekly
from data.schema import (
    category,
    coverage_category,
    coverage_count,
    fact_grid_shape,
)
from data.workdays import load_calendar


def version(conn: sa.Connection, viewer: Viewer, *, today: date) -> str:
    """Return the mark that changes whenever `wall` of this viewer would: an ETag.

    One row is read.
    """
    viewer.require(Right.FIGURES)
    meta = figures.meta(conn)
    scope = viewer.scope
    place = "all" if scope.everything else repr((sorted(scope.grids), sorted(scope.districts)))
    kept = "none" if meta is None else f"{meta.version}:{meta.as_of}:{meta.built_at.timestamp()}"
    return hashlib.blake2b(f"{kept}|{today}|{place}".encode(), digest_size=12).hexdigest()


def wall(conn: sa.Connection, viewer: Viewer, *, now: datetime) -> dict[str, Any]:
    """Return the payload of the wall for what `viewer` may see.

    Parameters
    ----------
    now : datetime
        The clock's instant; its local day decides what is overdue. Coverage is of the day that the
        figures were built for (``meta.as_of``), which may be an earlier one.

    Returns
    -------
    dict
        ``state`` is ``ok``, ``empty`` (no enterprise or no figures yet) or ``no_plan``; ``meta`` and
        ``city`` always; in the state ``ok`` also ``plan, total, pace, grids, lights, worst, best,
        districts, weeks, categories, leads, problems, visits_today, events``. Grids are
        ``code → (light, done, due)``; Σ grids + unplaced = districts, Σ districts = total.

    Raises
    ------
    Denied
        The viewer has no right to figures.
    """
    viewer.require(Right.FIGURES)
    today = now.date()
    meta = figures.meta(conn)
    payload: dict[str, Any] = {
        "state": "empty",
        "meta": {
            "today": today,
            "demo": setting(conn, "demo") is not None,
            "min_due": wall_places.MIN_DUE,
            "shapes": conn.execute(sa.select(sa.func.max(fact_grid_shape.c.id))).scalar() or 0,
        },
        "city": setting(conn, "city"),
    }
    if meta is None:
        return payload
    payload["meta"] |= {
        "as_of": meta.as_of,
        "built_at": meta.built_at.astimezone(now.tzinfo),
        "changed_at": meta.changed_at.astimezone(now.tzinfo),
        "version": meta.version,
        "current": meta.as_of == today,
    }
    plan = plans.headline(conn)
    period = plans.period_at(plan, meta.as_of) if plan else None
    if plan is None or period is None:
        payload["state"] = "no_plan"
        return payload
    places = wall_places.places(conn, viewer, plan.id)
    if places is None:
        return payload
    calendar = load_calendar(conn)
    time = timeline(calendar, period.start, meta.as_of, period.deadline)
    days = done_by_day(conn, viewer, plan.id)
    covered = wall_places.coverage(
        places, wall_places.district_names(conn), time, imported=anything_imported(conn)
    )
    wall_places.with_names(conn, covered["worst"] + covered["best"])
    payload |= {
        "state": "ok",
        "plan": {
            "code": plan.code,
            "name": {"zh-CN": plan.name_zh, "en": plan.name_en},
            "period": period.code,
            "start": period.start,
            "deadline": period.deadline,
            "visits": plan.visits,
            "days_left": time.days_left,
            "workdays_left": time.left,
            "past": time.past,
            "provisional": time.provisional,
        },
        **covered,
        "categories": _categories(conn, viewer, plan.id),
        "weeks": weekly(days, covered["total"]["due"], period, meta.as_of, calendar),
        **wall_work.work(conn, viewer, today=today, now=now),
    }
    remaining = payload["total"]["remaining"]
    mean = recent_mean(days, period.start, meta.as_of, calendar)
    ahead = forecast(remaining, mean, meta.as_of, calendar)
    needed = needed_per_workday(remaining, time)
    payload["pace"] = {
        "needed": None if needed is None else float(needed),
        "mean": float(ahead.mean),
        "finish": ahead.finish,
        "finished": ahead.finished,
        "late_days": (ahead.finish - period.deadline).days if ahead.finish else None,
        "provisional": ahead.provisional,
    }
    return payload


def _categories(conn: sa.Connection, viewer: Viewer, plan_id: int) -> list[dict[str, Any]]:
    count, all_places = coverage_count.c, coverage_category.c
    query = sa.select(all_places.category, all_places.due, all_places.done)
    query = query.where(all_places.plan_id == plan_id)
    if not viewer.scope.everything:
        query = (
            sa.select(count.category, sa.func.sum(count.due), sa.func.sum(count.done))
            .where(count.plan_id == plan_id, viewer.scope.clause(count.grid_id, count.district_code))
            .group_by(count.category)
        )
    rows = conn.execute(query).all()
    known = {row.code: row for row in conn.execute(sa.select(category))}
    found = [
        {
            "code": code,
            "name": {"zh-CN": known[code].name_zh, "en": known[code].name_en} if code in known else None,
            "due": int(due or 0),
            "done": int(done or 0),
        }
        for code, due, done in rows
        if due
    ]
    return sorted(found, key=lambda one: -one["due"])
