"""The definition of coverage, read aloud in plain loops over all rows: what the statements are held to."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from functools import cache

import sqlalchemy as sa

from data.coverage import enterprise_rows
from data.plans import all_plans, period_at
from data.schema import (
    FACT_TABLES,
    enterprise,
    fact_identity,
    fact_placement,
    fact_scopes,
    fact_status,
    grid,
    inspection,
)


def agrees_with_plain_words(conn, as_of, known_at):
    """Hold every row of the definition to loops over all kept facts."""
    kept = {table: conn.execute(sa.select(table)).all() for table in FACT_TABLES.values()}

    def versions(table, who, day):
        rows = [
            r
            for r in kept[table]
            if r.enterprise_id == who and r.valid_from <= day and r.recorded_at <= known_at
        ]
        return max(rows, key=lambda r: (r.valid_from, r.recorded_at, r.id), default=None)

    @cache
    def operated(who, day):
        state = versions(fact_status, who, day)
        return state is not None and state.status == "operating"

    visits = [r for r in conn.execute(sa.select(inspection)) if r.recorded_at <= known_at]
    replaced = {v.supersedes_id for v in visits}
    parents = {"chain_store": "retail", "vaccination_unit": "vaccination"}
    districts = dict(conn.execute(sa.select(grid.c.id, grid.c.district_code)).all())
    everybody = conn.execute(sa.select(enterprise.c.id)).scalars().all()
    for one in all_plans(conn):
        period = period_at(one, as_of)
        day = min(as_of, period.deadline)
        wanted = {}
        for who in everybody:
            identity = versions(fact_identity, who, day)
            if identity is None or versions(fact_status, who, day) is None:
                continue
            opened = identity.opened_on
            if opened and opened > day:
                continue  # not yet due
            if opened and one.opened_by and period.start <= opened:
                month, last = map(int, one.opened_by.split("-"))
                if opened > date(period.end.year, month, last):
                    continue  # opened too late for this period
            days_of_it = range((day - period.start).days + 1)
            if not any(operated(who, period.start + timedelta(days=n)) for n in days_of_it):
                continue  # closed all the time
            scopes = versions(fact_scopes, who, day)
            held = set(scopes.scopes if scopes else ())
            marks = set(scopes.tags if scopes else ())
            kinds = {identity.category, parents.get(identity.category)}
            asked = ((one.categories, kinds), (one.scopes, held), (one.tags, marks))
            if any(any_of and not set(any_of) & own for any_of, own in asked):
                continue
            place = versions(fact_placement, who, day)
            where = place.grid_id if place else None
            days: Counter[date] = Counter()
            for v in visits:
                if (
                    v.enterprise_id == who
                    and v.id not in replaced
                    and v.unable_reason is None
                    and v.kind in one.kinds
                    and period.start <= v.finished_on <= min(period.end, as_of)
                ):
                    days[v.finished_on] = max(days[v.finished_on], v.grade)
            enough = len(days) >= one.visits
            wanted[who] = (
                where,
                districts[where] if where else identity.district_code,
                None if where else (place.unplaced_reason if place and place.unplaced_reason else "no_point"),
                identity.category,
                operated(who, day),
                sorted(days)[one.visits - 1] if enough else None,
                sorted(days.values(), reverse=True)[one.visits - 1] if enough else None,
            )
        found = {
            r[0]: (*r[1:4], r.category, bool(r.due), r.done_on, r.grade)
            for r in conn.execute(enterprise_rows(one, period, as_of, known_at))
        }
        assert found == wanted
