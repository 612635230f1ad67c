"""All that a plan ever was is kept: a figure that was shown before a change can be computed again."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from data import quality
from data.access import Role
from data.coverage import coverage
from data.plans import all_plans, headline, period_at, plan_by_code
from data.reads.behind import coverage_enterprises
from data.reads.coverage_table import coverage_table
from data.schema import audit, plan, plan_version
from data.store import reading, writing
from data.writes import import_master
from data.writes.imports import BatchInfo, close_batch
from data.writes.plan_rules import PLAN_FIELDS
from data.writes.plans import edit_plan
from tests.data.test_figures import FACT, T0, a_city, write
from tests.factories import NOW, TODAY, make_city, viewer

STEWARD = viewer(Role.STEWARD)
LATER = NOW + timedelta(days=1)
CHANGES: list[dict[str, Any]] = [
    {"visits": 2}, {"visits": 1}, {"tags": ("large",)}, {"categories": (), "tags": ()},
    {"categories": ("retail",)}, {"opened_by": "07-31"}, {"opened_by": None}, {"kinds": ("online_patrol",)},
    {"kinds": ("routine",), "headline": True}, {"deadline_month": 3, "deadline_day": 1},
]  # fmt: skip


def stored(conn: sa.Connection, code: str) -> dict[str, Any]:
    return dict(conn.execute(sa.select(plan).where(plan.c.code == code)).mappings().one())


def by_hand(conn: sa.Connection, code: str, now: Any, **values: Any) -> None:
    row = stored(conn, code)
    edit_plan(conn, STEWARD, "change", row | values, row["version"], now=now)


def by_file(conn: sa.Connection, code: str, now: Any, **values: Any) -> None:
    row = {name: stored(conn, code)[name] for name in ("code", *PLAN_FIELDS)} | values | {"line": 2}
    batch_id, touched = import_master.publish(
        conn, STEWARD, BatchInfo("plans", "s", "f", "x"), [row], now=now
    )
    close_batch(conn, STEWARD, batch_id, touched, [], now=now)


WAYS = (by_hand, by_file)


@pytest.mark.parametrize("change", WAYS)
def test_a_figure_known_before_a_plan_was_changed_stays_as_it_was_shown(db: sa.Engine, change: Any) -> None:
    with writing(db) as conn:
        make_city(conn)
        change(conn, "annual-all", NOW, name_en="Mine")
        asked = (conn, viewer(), "annual-all", TODAY)
        shown = coverage_table(*asked, NOW, language="en")
        rows = list(coverage_enterprises(*asked, NOW, "done"))
        assert shown.total["done"] == len(rows) == 4
    with writing(db) as conn:
        change(conn, "annual-all", LATER, visits=2, deadline_day=15, name_en="Other")
    with reading(db) as conn:
        asked = (conn, *asked[1:])
        assert coverage_table(*asked, NOW, language="en") == shown
        assert list(coverage_enterprises(*asked, NOW, "done")) == rows
        now = coverage_table(*asked, LATER, language="en")
        assert (now.total["done"], now.plan.visits, now.period.deadline.day) == (0, 2, 15)
        assert "plan_wrong" not in {one.code for one in quality.check(conn, now=LATER)}


@pytest.mark.parametrize("change", WAYS)
def test_both_ways_of_changing_a_plan_tell_before_and_after(db: sa.Engine, change: Any) -> None:
    with writing(db) as conn:
        make_city(conn)
        change(conn, "annual-all", NOW, visits=2, tags=["large"])
        detail = conn.execute(sa.select(audit.c.detail).order_by(audit.c.seq.desc()).limit(1)).scalar_one()
    told = detail["plans"]["annual-all"] if change is by_file else detail
    assert told["before"] == {"visits": 1, "tags": []}
    assert told["after"] == {"visits": 2, "tags": ["large"]}


def test_what_the_wall_opened_with_and_which_plans_were_followed_is_known_of_then(db: sa.Engine) -> None:
    with writing(db) as conn:
        by_hand(conn, "online-sellers", NOW, headline=True)
        edit_plan(conn, STEWARD, "retire", {"code": "annual-all"}, 1, now=LATER)
        new = stored(conn, "online-sellers") | {"code": "brand-new", "headline": False}
        edit_plan(conn, STEWARD, "add", new, now=LATER)
        before = NOW - timedelta(days=400)
        assert [headline(conn, at).code for at in (before, NOW, LATER)] == [
            "annual-all", "online-sellers", "online-sellers"
        ]  # fmt: skip
        followed = [[one.code for one in all_plans(conn, at)] for at in (NOW, LATER)]
        assert ["annual-all" in codes for codes in followed] == [True, False]
        assert all_plans(conn, LATER) == all_plans(conn)
        # one that nobody knew then is as it was at first
        assert plan_by_code(conn, "brand-new", before) == plan_by_code(conn, "brand-new")


def test_every_shipped_plan_has_its_first_version_and_versions_are_only_added(db: sa.Engine) -> None:
    query = sa.select(plan_version).order_by(plan_version.c.id)
    with writing(db) as conn:
        first = conn.execute(query).all()
        assert len(first) == len(all_plans(conn, retired=True))
        for n, values in enumerate(CHANGES):
            WAYS[n % 2](conn, "annual-all", NOW, **values)
        kept = conn.execute(query).all()
    assert kept[: len(first)] == first and len(kept) == len(first) + len(CHANGES)


def test_a_plan_that_was_changed_past_its_versions_is_found(db: sa.Engine) -> None:
    with writing(db) as conn:
        conn.execute(sa.update(plan).where(plan.c.code == "annual-all").values(visits=2))
        found = [one.params for one in quality.check(conn, now=NOW) if one.code == "plan_wrong"]
    assert found == [{"plan": "annual-all"}]


STEP = st.one_of(
    st.tuples(st.sampled_from(WAYS), st.sampled_from(["annual-all", "twice"]), st.sampled_from(CHANGES[:9])),
    st.tuples(st.integers(1, 4), FACT),
)


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(STEP, max_size=8))
def test_whatever_happens_each_figure_shown_can_be_computed_again(db: sa.Engine, steps: list[Any]) -> None:
    with db.connect() as conn, conn.begin() as attempt:
        a_city(conn)
        shown = []
        for n, step in enumerate(steps):
            at = T0 + timedelta(hours=n + 1)
            if len(step) == 3:
                change, code, values = step
                change(conn, code, at, **values)
            else:
                write(conn, *step, at)
            shown.append((at, everything(conn, at)))
        assert [(at, everything(conn, at)) for at, _ in shown] == shown
        attempt.rollback()


def everything(conn: sa.Connection, known_at: Any) -> dict[Any, Any]:
    days = (TODAY, date(2026, 12, 10))
    return {
        (one.code, day): sorted(coverage(conn, one, day, known_at, viewer=viewer()), key=repr)
        for one in all_plans(conn, known_at)
        if one.code in ("annual-all", "twice")
        for day in days
        if period_at(one, day)
    }
