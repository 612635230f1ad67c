"""A steward edits plans: rights, rules, versions, the audit row, and figures that equal the definition."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from data import audit, figures, quality
from data.access import Role
from data.clock import EVERYTHING
from data.coverage import coverage
from data.errors import Conflict, Denied, NotFound, Refused
from data.plans import CYCLES, Plan, all_plans, headline, period_at, plan_by_code
from data.reads.coverage_table import coverage_table
from data.reads.plans import list_plans
from data.schema import audit as audit_table
from data.schema import coverage_count, plan
from data.schema.figures import FIGURES
from data.store import reading, writing
from data.writes import plans as verb
from data.writes.plan_rules import PLAN_FIELDS, plan_fault
from data.writes.plans import edit_plan
from tests.factories import NOW, TODAY, add_enterprise, make_city, viewer

STEWARD = viewer(Role.STEWARD)
NEW: dict[str, Any] = {
    "code": "cold-chain", "name_zh": "冷链专项", "name_en": "Cold chain", "cycle": "year", "categories": [],
    "scopes": ["cold_chain"], "tags": [], "kinds": ["special", "routine"], "visits": 1, "first_year": 2026,
    "deadline_month": 9, "deadline_day": 30, "opened_by": None, "headline": False, "sort": 9,
    "legal_source": "本局通知", "evidence": "D",
}  # fmt: skip


def stored(conn: sa.Connection, code: str) -> dict[str, Any]:
    return dict(conn.execute(sa.select(plan).where(plan.c.code == code)).mappings().one())


def change(conn: sa.Connection, code: str, version: int | None = None, **values: Any) -> bool:
    row = {**stored(conn, code), **values}
    return edit_plan(conn, STEWARD, "change", row, row["version"] if version is None else version, now=NOW)


def figures_equal_the_definition(conn: sa.Connection) -> bool:
    known = figures.meta(conn)
    assert known is not None
    seen = set()
    for one in all_plans(conn):
        if period_at(one, known.as_of) is None:
            continue
        names = ("due", "done", "on_time", "late", "closed_visited", "closed_unvisited")
        wanted = [0] * len(names)
        for row in coverage(conn, one, known.as_of, EVERYTHING, viewer=viewer()):
            wanted = [a + getattr(row, n) for a, n in zip(wanted, names, strict=True)]
        sums = [sa.func.coalesce(sa.func.sum(coverage_count.c[n]), 0) for n in names]
        shown = conn.execute(sa.select(*sums).where(coverage_count.c.plan_id == one.id)).one()
        if list(shown) != wanted:
            return False
        seen.add(one.id)
    for table in FIGURES[:-1]:
        if not set(conn.execute(sa.select(table.c.plan_id).distinct()).scalars()) <= seen:
            return False
    return True


def noted(conn: sa.Connection, action: str) -> list[Any]:
    return list(
        conn.execute(sa.select(audit_table).where(audit_table.c.action == action).order_by(audit_table.c.seq))
    )


def test_a_changed_definition_changes_the_figures_in_the_same_transaction(db: sa.Engine) -> None:
    with writing(db) as conn:
        make_city(conn, enterprises=4, visited=3)
    with writing(db) as conn:
        before = conn.execute(sa.select(sa.func.sum(coverage_count.c.done))).scalar_one()
        assert change(conn, "annual-all", visits=2)
    with reading(db) as conn:
        assert figures_equal_the_definition(conn)
        assert conn.execute(sa.select(sa.func.sum(coverage_count.c.done))).scalar_one() < before
        (row,) = noted(conn, "plan.change")
        assert row.object_id == "annual-all"
        assert row.detail == {"before": {"visits": 1}, "after": {"visits": 2}}
        assert stored(conn, "annual-all")["version"] == 2
        assert audit.verify(conn) is None
        assert not [one for one in quality.check(conn, now=NOW) if one.code.endswith("_wrong")]


def test_each_part_of_a_definition_leaves_figures_that_equal_it(db: sa.Engine) -> None:
    with writing(db) as conn:
        made = make_city(conn, enterprises=3, visited=2)
        add_enterprise(conn, grid_id=made.grids[0], category="vaccination_unit", scopes=("cold_chain",))
    for values in (
        {"categories": ("vaccination",)},
        {"categories": (), "scopes": ("cold_chain",)},
        {"scopes": (), "kinds": ("gsp",)},
        {"kinds": ("routine",), "cycle": "half_year", "deadline_month": None, "deadline_day": None},
        {"cycle": "three_years", "first_year": 2025},
        {"cycle": "year", "first_year": 2027},
        {"first_year": 2026, "deadline_month": 2, "deadline_day": 29},
        {"opened_by": "06-30"},
    ):
        with writing(db) as conn:
            assert change(conn, "annual-all", **values)
        with reading(db) as conn:
            assert figures_equal_the_definition(conn), values


def test_a_new_name_or_source_builds_nothing_but_tells_the_screens(db: sa.Engine) -> None:
    with writing(db) as conn:
        make_city(conn)
        known = figures.meta(conn)
    with writing(db) as conn:
        assert change(conn, "annual-all", name_zh=" 年度检查 ", legal_source="")
    with reading(db) as conn:
        now = figures.meta(conn)
        row = stored(conn, "annual-all")
        assert (row["name_zh"], row["legal_source"]) == ("年度检查", None)
        assert now.version == known.version + 1 and now.built_at == known.built_at


def test_a_plan_is_added_with_its_figures(db: sa.Engine) -> None:
    with writing(db) as conn:
        made = make_city(conn)
        add_enterprise(conn, grid_id=made.grids[0], scopes=("cold_chain",))
        figures.build(conn, as_of=TODAY, now=NOW)
    with writing(db) as conn:
        assert edit_plan(conn, STEWARD, "add", NEW, now=NOW)
    with reading(db) as conn:
        one = plan_by_code(conn, "cold-chain")
        assert (one.scopes, one.kinds) == (("cold_chain",), ("routine", "special"))
        due = sa.select(coverage_count.c.due).where(coverage_count.c.plan_id == one.id)
        assert conn.execute(due).scalars().all() == [1]
        assert figures_equal_the_definition(conn)
        (row,) = noted(conn, "plan.add")
        assert row.detail["before"] is None and row.detail["after"]["scopes"] == ["cold_chain"]


def test_a_retired_plan_leaves_every_figure_but_can_still_be_computed(db: sa.Engine) -> None:
    with writing(db) as conn:
        make_city(conn)
        asked = (conn, viewer(), "vaccination-yearly", TODAY, EVERYTHING)
        before = coverage_table(*asked, language="en")
    with writing(db) as conn:
        assert edit_plan(conn, STEWARD, "retire", {"code": "vaccination-yearly"}, 1, now=NOW)
    with reading(db) as conn:
        assert "vaccination-yearly" not in [one.code for one in all_plans(conn)]
        assert figures_equal_the_definition(conn)
        after = coverage_table(conn, *asked[1:], language="en")
        assert (after.rows, after.total) == (before.rows, before.total)
        last = list_plans(conn, STEWARD, TODAY)[-1]
        assert last.plan.code == "vaccination-yearly" and not last.active
    with writing(db) as conn:
        with pytest.raises(Refused) as caught:
            change(conn, "vaccination-yearly", visits=2)
        assert caught.value.code == "plan_retired"
        edit_plan(conn, STEWARD, "reinstate", {"code": "vaccination-yearly"}, 2, now=NOW)
    with reading(db) as conn:
        assert figures_equal_the_definition(conn)
        assert plan_by_code(conn, "vaccination-yearly")
        assert [len(noted(conn, f"plan.{act}")) for act in ("retire", "reinstate")] == [1, 1]


def test_the_wall_always_has_exactly_one_plan_to_open_with(db: sa.Engine) -> None:
    with writing(db) as conn:
        make_city(conn)
        for act, values in (("change", {"headline": False}), ("retire", {})):
            with pytest.raises(Refused) as caught:
                edit_plan(conn, STEWARD, act, {**stored(conn, "annual-all"), **values}, 1, now=NOW)
            assert caught.value.code.startswith("plan_headline")
        assert change(conn, "online-sellers", headline=True)
        assert headline(conn).code == "online-sellers"
        assert conn.execute(sa.select(plan.c.code).where(plan.c.headline)).scalars().all() == [
            "online-sellers"
        ]
        assert noted(conn, "plan.change")[0].detail["headline_was"] == "annual-all"


def test_the_second_editor_is_told_and_nothing_is_lost(db: sa.Engine) -> None:
    with writing(db) as conn:
        make_city(conn)
        change(conn, "annual-all", deadline_day=15)
    with writing(db) as conn, pytest.raises(Conflict) as caught:
        change(conn, "annual-all", version=1, deadline_day=20)
    assert caught.value.params["theirs"]["deadline_day"] == 15
    with writing(db) as conn:
        assert stored(conn, "annual-all")["deadline_day"] == 15
        assert change(conn, "annual-all", version=caught.value.params["theirs"]["version"], deadline_day=20)


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.STEWARD])
def test_nobody_but_a_steward_edits_a_plan(sqlite_db: sa.Engine, role: Role) -> None:
    with writing(sqlite_db) as conn:
        for act in ("add", "change", "retire", "reinstate"):
            with pytest.raises(Denied):
                edit_plan(conn, viewer(role), act, NEW, 1, now=NOW)
        if role in (Role.OFFICER, Role.ADMIN, Role.WALL):
            with pytest.raises(Denied):
                list_plans(conn, viewer(role), TODAY)
        else:
            assert list_plans(conn, viewer(role), TODAY)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("code", {"code": "Kühl"}),
        ("code", {"code": "annual-all"}),
        ("name_zh", {"name_zh": "  "}),
        ("name_en", {"name_en": None}),
        ("kinds", {"kinds": []}),
        ("kinds", {"kinds": ["routine", "visit"]}),
        ("categories", {"categories": ["pub"]}),
        ("scopes", {"scopes": ["beer"]}),
        ("visits", {"visits": 0}),
        ("visits", {"visits": None}),
        ("visits", {"visits": 1.5}),
        ("first_year", {"first_year": 26}),
        ("cycle", {"cycle": "week"}),
        ("deadline_day", {"deadline_month": 2, "deadline_day": 30}),
        ("deadline_day", {"deadline_day": None}),
        ("deadline_month", {"deadline_month": None}),
        ("deadline_month", {"cycle": "half_year"}),
        ("opened_by", {"opened_by": "9月30日"}),
        ("opened_by", {"opened_by": "02-29"}),
        ("evidence", {"evidence": "X"}),
    ],
)
def test_a_bad_plan_is_refused_at_its_field(sqlite_db: sa.Engine, field: str, values: dict[str, Any]) -> None:
    with writing(sqlite_db) as conn, pytest.raises(Refused) as caught:
        edit_plan(conn, STEWARD, "add", {**NEW, **values}, now=NOW)
    assert caught.value.field == field


def test_a_plan_that_is_not_there_is_not_found(sqlite_db: sa.Engine) -> None:
    with writing(sqlite_db) as conn, pytest.raises(NotFound):
        edit_plan(conn, STEWARD, "change", {**NEW, "code": "gone"}, 1, now=NOW)


def test_what_does_not_differ_is_not_written(sqlite_db: sa.Engine) -> None:
    with writing(sqlite_db) as conn:
        assert not change(conn, "annual-all")
        assert noted(conn, "plan.change") == [] and stored(conn, "annual-all")["version"] == 1


def test_a_change_that_fails_leaves_plan_and_figures_as_they_were(
    db: sa.Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with writing(db) as conn:
        make_city(conn)

    def fail(*_args: Any, **_more: Any) -> None:
        raise RuntimeError

    monkeypatch.setattr(verb.audit, "append", fail)
    with pytest.raises(RuntimeError), writing(db) as conn:
        change(conn, "annual-all", visits=2)
    with reading(db) as conn:
        assert stored(conn, "annual-all")["visits"] == 1
        assert figures_equal_the_definition(conn)


numbers = st.one_of(st.none(), st.integers(-2, 40))
days = st.builds("{:02}-{:02}".format, st.integers(0, 19), st.integers(0, 39))


@given(
    st.sampled_from(CYCLES), st.integers(1990, 2100), numbers, numbers,
    st.one_of(st.none(), days), st.integers(0, 3000),
)  # fmt: skip
def test_a_plan_without_fault_can_be_expanded_on_any_day(
    cycle: str, first: int, month: int | None, day: int | None, opened: str | None, later: int
) -> None:
    row = {**NEW, "cycle": cycle, "first_year": first, "deadline_month": month, "deadline_day": day,
           "opened_by": opened}  # fmt: skip
    if plan_fault(row) is not None:
        return
    made = Plan(id=1, code="x", **{name: row[name] for name in PLAN_FIELDS if name != "sort"})
    when = TODAY.replace(year=first) + timedelta(days=later)
    period = period_at(made, when)
    assert period is not None and period.start <= period.deadline <= period.end
    made.opened_by_day(period)
