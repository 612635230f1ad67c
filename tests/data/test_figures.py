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
from data.coverage import coverage
from data.plans import all_plans
from data.schema import (
    BEGINNING,
    coverage_count,
    coverage_day,
    district,
    enterprise,
    fact_identity,
    fact_placement,
    fact_scopes,
    fact_status,
    grid,
    inspection,
    plan,
)
from data.schema.figures import FIGURES
from data.store import reading, writing
from data.writes.plans import edit_plan, keep_versions
from tests.data.plain_words import agrees_with_plain_words

TODAY = date(2026, 11, 21)
T0 = datetime(2026, 1, 1, tzinfo=UTC)
DAYS = st.sampled_from(
    [
        BEGINNING,
        date(2025, 6, 1),
        date(2026, 1, 1),
        date(2026, 3, 1),
        date(2026, 7, 1),
        TODAY,
        date(2026, 12, 5),
    ]
)
OPENED = st.sampled_from(
    [None, date(2024, 2, 1), date(2026, 1, 1), date(2026, 7, 31), date(2026, 10, 1), date(2026, 12, 2)]
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
        OPENED,
    ),
    st.tuples(
        st.just("scopes"),
        DAYS,
        st.sets(st.sampled_from(["narcotic", "cold_chain", "online_retail"])),
        st.sets(st.sampled_from(["large", "watched"])),
    ),
    st.tuples(
        st.just("visit"),
        st.dates(date(2025, 12, 20), date(2026, 12, 20)),
        st.sampled_from(["routine", "recheck", "online_patrol"]),
        st.integers(0, 2),
        st.booleans(),
    ),
    st.tuples(
        st.just("correction"),
        st.integers(0, 9),
        st.dates(date(2025, 12, 20), date(2026, 12, 20)),
        st.booleans(),
    ),
    st.tuples(
        st.just("plan"),
        st.sampled_from(
            [
                {"visits": 2},
                {"opened_by": "07-31"},
                {"opened_by": None, "tags": ("large",)},
                {"categories": (), "tags": ()},
                {"kinds": ("online_patrol",)},
            ]
        ),
    ),
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
        write(conn, n, ("identity", BEGINNING, "retail", "210102", None), T0)
        write(conn, n, ("status", BEGINNING, "operating"), T0)
    blank = {"categories": (), "scopes": (), "tags": (), "kinds": ("routine",), "first_year": 2026,
             "recorded_at": T0}  # fmt: skip
    twice = {"code": "twice", "name_zh": "两次", "name_en": "Twice", "visits": 2, "cycle": "half_year",
             "opened_by": "09-30"}  # fmt: skip
    large = {"code": "large", "name_zh": "大", "name_en": "Large", "visits": 1, "cycle": "year",
             "tags": ("large",), "opened_by": "07-31"}  # fmt: skip
    for one in (twice, large):
        conn.execute(sa.insert(plan), blank | one)
    keep_versions(conn, ["twice", "large"])


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
            {
                **base, "valid_from": rest[0], "name": "x", "category": rest[1], "district_code": rest[2],
                "opened_on": rest[3],
            },
        )  # fmt: skip
    elif kind == "scopes":
        kinds = {"scopes": rest[1], "tags": rest[2]}
        conn.execute(sa.insert(fact_scopes), {**base, "valid_from": rest[0], **kinds})
    elif kind == "plan":
        row = conn.execute(sa.select(plan).where(plan.c.code == "annual-all")).mappings().one()
        edit_plan(conn, command_line(Role.STEWARD), "change", {**row, **rest[0]}, row["version"], now=at)
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
        number, day, mistaken = rest
        standing = conn.execute(
            sa.select(inspection.c.id)
            .where(
                inspection.c.enterprise_id == who,
                inspection.c.id.not_in(
                    sa.select(inspection.c.supersedes_id).where(inspection.c.supersedes_id.is_not(None))
                ),
            )
            .order_by(inspection.c.id)
        ).scalars()
        found = list(standing)
        if found:
            conn.execute(
                sa.insert(inspection),
                {
                    **base, "source": "t", "source_id": f"{who}-{at.timestamp()}", "kind": "routine",
                    "finished_on": day, "supersedes_id": found[number % len(found)],
                    "unable_reason": "mistaken" if mistaken else None,
                },
            )  # fmt: skip


def dump(conn):
    return {
        t.name: sorted(map(repr, conn.execute(sa.select(*t.c).order_by(*t.primary_key)).all()))
        for t in FIGURES
    }


@settings(
    max_examples=15,
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


def test_building_again_writes_only_the_rows_that_differ(db):
    written = Counter()

    def count(_conn, cursor, statement, *_more):
        words = statement.split()
        if words[0] in ("INSERT", "UPDATE", "DELETE"):
            written[words[1 if words[0] == "UPDATE" else 2]] += cursor.rowcount

    def build(conn):
        written.clear()
        figures.build(conn, as_of=TODAY, now=T0)
        return {t.name: written[t.name] for t in FIGURES if written[t.name]}

    with writing(db) as conn:
        a_city(conn)
        write(conn, 1, ("visit", date(2026, 5, 4), "routine", 0, False), T0)
        sa.event.listen(conn, "after_cursor_execute", count)
        assert build(conn).keys() == {t.name for t in FIGURES}
        first = dump(conn)
        assert build(conn) == {} and dump(conn) == first
        write(conn, 2, ("visit", date(2026, 5, 5), "routine", 0, False), T0)
        annual_and_three_years = 2
        again = build(conn)
        # the old row goes, the new one comes; a new day has no old row
        assert again["coverage_state"] == 2 * annual_and_three_years
        assert again["coverage_day"] == annual_and_three_years
        assert again["enterprise_profile"] == 2
    with reading(db) as conn:
        assert figures.meta(conn).version == 3
