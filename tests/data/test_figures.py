"""Figures built whole, figures refreshed row by row, and the definition always agree."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta

import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data import figures
from data.access import Role, command_line
from data.clock import EVERYTHING
from data.coverage import coverage, enterprise_rows
from data.plans import all_plans, period_at, plan_by_code
from data.schema import (
    BEGINNING,
    coverage_count,
    coverage_day,
    coverage_state,
    district,
    enterprise,
    enterprise_profile,
    fact_identity,
    fact_placement,
    fact_scopes,
    fact_status,
    grid,
    inspection,
    plan,
)
from data.store import reading, writing

TODAY = date(2026, 11, 21)
T0 = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = st.sampled_from(
    [BEGINNING, date(2025, 6, 1), date(2026, 3, 1), date(2026, 7, 1), TODAY, date(2026, 12, 5)]
)

FACT = st.one_of(
    st.tuples(st.just("status"), DAYS, st.sampled_from(["operating", "closed", "suspended"])),
    st.tuples(
        st.just("placement"), DAYS, st.sampled_from([1, 2, 3, None]), st.sampled_from(["no_point", "outside"])
    ),
    st.tuples(
        st.just("identity"),
        DAYS,
        st.sampled_from(["retail", "chain_store", "vaccination_unit", "wholesaler", None]),
        st.sampled_from(["210102", "210103", None]),
    ),
    st.tuples(st.just("scopes"), DAYS, st.sets(st.sampled_from(["narcotic", "cold_chain", "online_retail"]))),
    st.tuples(
        st.just("visit"),
        st.dates(date(2025, 12, 20), date(2026, 12, 20)),
        st.sampled_from(["routine", "recheck", "online_patrol"]),
        st.integers(0, 2),
        st.booleans(),
    ),
    st.tuples(st.just("correction"), st.integers(0, 9), st.dates(date(2025, 12, 20), date(2026, 12, 20))),
)
ACTS = st.lists(st.tuples(st.integers(1, 4), FACT), max_size=14)


def a_city(conn):
    conn.execute(
        sa.insert(district), [{"code": "210102", "name": "和平区"}, {"code": "210103", "name": "沈河区"}]
    )
    conn.execute(
        sa.insert(grid),
        [
            {"id": n, "code": f"G{n}", "name": f"网格{n}", "district_code": code, "recorded_at": T0}
            for n, code in ((1, "210102"), (2, "210103"), (3, None))
        ],
    )
    for n in range(1, 5):
        conn.execute(
            sa.insert(enterprise),
            {
                "id": n, "source": "t", "source_id": str(n), "name": f"药房{n}", "status": "operating",
                "recorded_at": T0,
            },
        )  # fmt: skip
        write(conn, n, ("identity", BEGINNING, "retail", "210102"), T0)
        write(conn, n, ("status", BEGINNING, "operating"), T0)
    conn.execute(
        sa.insert(plan),
        {
            "code": "twice", "name_zh": "两次", "name_en": "Twice", "categories": (), "kinds": ("routine",),
            "visits": 2, "cycle": "half_year", "first_year": 2026, "recorded_at": T0,
            "scopes": (), "tags": (),
        },
    )  # fmt: skip


def write(conn, who, fact, at):
    kind, *rest = fact
    base = {"enterprise_id": who, "recorded_at": at}
    if kind == "status":
        conn.execute(sa.insert(fact_status), {**base, "valid_from": rest[0], "status": rest[1]})
    elif kind == "placement":
        reason = None if rest[1] else rest[2]
        conn.execute(
            sa.insert(fact_placement),
            {**base, "valid_from": rest[0], "grid_id": rest[1], "unplaced_reason": reason},
        )
    elif kind == "identity":
        conn.execute(
            sa.insert(fact_identity),
            {**base, "valid_from": rest[0], "name": "x", "category": rest[1], "district_code": rest[2]},
        )
    elif kind == "scopes":
        conn.execute(sa.insert(fact_scopes), {**base, "valid_from": rest[0], "scopes": rest[1], "tags": ()})
    elif kind == "visit":
        day, what, grade, unable = rest
        conn.execute(
            sa.insert(inspection),
            {
                **base, "source": "t", "source_id": f"{who}-{at.timestamp()}", "kind": what,
                "finished_on": day, "grade": grade, "unable_reason": "closed" if unable else None,
            },
        )  # fmt: skip
    else:
        number, day = rest
        standing = conn.execute(
            sa.select(inspection.c.id).where(inspection.c.enterprise_id == who).order_by(inspection.c.id)
        ).scalars()
        found = list(standing)
        if found:
            conn.execute(
                sa.insert(inspection),
                {
                    **base, "source": "t", "source_id": f"{who}-{at.timestamp()}", "kind": "routine",
                    "finished_on": day, "supersedes_id": found[number % len(found)],
                },
            )  # fmt: skip


def dump(conn):
    tables = (coverage_state, coverage_count, coverage_day, enterprise_profile)
    return {
        t.name: sorted(map(repr, conn.execute(sa.select(*t.c).order_by(*t.primary_key)).all()))
        for t in tables
    }


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(acts=ACTS)
def test_refreshing_row_by_row_ends_where_building_whole_does(db, acts):
    with db.connect() as conn:
        transaction = conn.begin()
        a_city(conn)
        figures.build(conn, as_of=TODAY, now=T0)
        for n, (who, fact) in enumerate(acts):
            write(conn, who, fact, T0 + timedelta(hours=n + 1))
            figures.refresh(conn, [who], now=T0)
        refreshed = dump(conn)
        figures.build(conn, as_of=TODAY, now=T0)
        assert refreshed == dump(conn)
        sums_hold(conn)
        agrees_with_plain_words(conn, TODAY, EVERYTHING)
        agrees_with_plain_words(conn, date(2026, 12, 10), T0 + timedelta(hours=5))
        transaction.rollback()


def sums_hold(conn):
    viewer = command_line(Role.AUDITOR)
    for one in all_plans(conn):
        rows = coverage(conn, one, TODAY, EVERYTHING, viewer=viewer)
        stored = conn.execute(sa.select(coverage_count).where(coverage_count.c.plan_id == one.id)).all()
        for name in ("due", "done", "on_time", "late", "closed_visited", "closed_unvisited", "evidenced"):
            assert sum(getattr(r, name) for r in rows) == sum(getattr(r, name) for r in stored)
        for row in rows:
            assert row.done == row.on_time + row.late <= row.due
            assert (row.grid_id is None) == (row.unplaced_reason is not None)
        days = conn.execute(
            sa.select(sa.func.sum(coverage_day.c.done)).where(coverage_day.c.plan_id == one.id)
        ).scalar()
        assert (days or 0) == sum(r.done for r in rows)


def agrees_with_plain_words(conn, as_of, known_at):
    """The definition of the design, read aloud in plain loops over all rows."""

    def versions(table, who, day):
        rows = [
            r
            for r in conn.execute(sa.select(table).where(table.c.enterprise_id == who))
            if r.valid_from <= day and r.recorded_at <= known_at
        ]
        return max(rows, key=lambda r: (r.valid_from, r.recorded_at, r.id), default=None)

    visits = [r for r in conn.execute(sa.select(inspection)) if r.recorded_at <= known_at]
    replaced = {v.supersedes_id for v in visits}
    parents = {"chain_store": "retail", "vaccination_unit": "vaccination"}
    districts = dict(conn.execute(sa.select(grid.c.id, grid.c.district_code)).all())
    for one in all_plans(conn):
        period = period_at(one, as_of)
        day = min(as_of, period.deadline)
        wanted = {}
        for who in range(1, 5):
            identity, state = versions(fact_identity, who, day), versions(fact_status, who, day)
            if identity is None or state is None:
                continue
            scopes = versions(fact_scopes, who, day)
            held = set(scopes.scopes if scopes else ())
            kinds = {identity.category, parents.get(identity.category)}
            if (one.categories and not kinds & set(one.categories)) or (
                one.scopes and not held & set(one.scopes)
            ):
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
                state.status == "operating",
                sorted(days)[one.visits - 1] if enough else None,
                sorted(days.values(), reverse=True)[one.visits - 1] if enough else None,
            )
        found = {
            r[0]: (*r[1:4], r.category, bool(r.due), r.done_on, r.grade)
            for r in conn.execute(enterprise_rows(one, period, as_of, known_at))
        }
        assert found == wanted


def test_a_recheck_does_not_count_as_coverage(db):
    with writing(db) as conn:
        a_city(conn)
        write(conn, 1, ("visit", date(2026, 5, 4), "recheck", 2, False), T0)
        write(conn, 2, ("visit", date(2026, 5, 4), "routine", 2, False), T0)
        rows = coverage(conn, plan_by_code(conn, "annual-all"), TODAY, EVERYTHING, viewer=command_line())
    assert sum(r.done for r in rows) == 1


def test_a_visit_after_the_deadline_is_done_but_late(db):
    with writing(db) as conn:
        a_city(conn)
        write(conn, 1, ("visit", date(2026, 12, 3), "routine", 0, False), T0)
        annual = plan_by_code(conn, "annual-all")
        (row,) = coverage(conn, annual, date(2026, 12, 10), EVERYTHING, viewer=command_line())
        before = coverage(conn, annual, date(2026, 12, 2), EVERYTHING, viewer=command_line())
    assert (row.due, row.done, row.on_time, row.late) == (4, 1, 0, 1)
    assert sum(r.done for r in before) == 0


def test_what_was_recorded_later_was_not_known_before(db):
    with writing(db) as conn:
        a_city(conn)
        write(conn, 1, ("visit", date(2026, 5, 4), "routine", 0, False), T0 + timedelta(days=300))
        annual = plan_by_code(conn, "annual-all")
        known = [
            sum(r.done for r in coverage(conn, annual, TODAY, at, viewer=command_line()))
            for at in (T0 + timedelta(days=299), T0 + timedelta(days=300))
        ]
    assert known == [0, 1]


def test_building_twice_writes_nothing_new(db):
    with writing(db) as conn:
        a_city(conn)
        figures.build(conn, as_of=TODAY, now=T0)
        first = dump(conn)
        figures.build(conn, as_of=TODAY, now=T0)
        assert dump(conn) == first
    with reading(db) as conn:
        assert figures.meta(conn).version == 2
