"""Plans and organisations from a file keep the rules that a steward's form keeps."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from data import figures
from data.clock import EVERYTHING
from data.coverage import coverage
from data.plans import plan_by_code
from data.reads.imports import message
from data.schema import coverage_count, import_issue, org, plan
from data.store import reading, writing
from data.text import LANGUAGES
from data.writes.imports import BatchResult
from tests.etl.test_load import load
from tests.factories import TODAY, make_city, viewer

PLAN = {
    "code": "yearly", "name_zh": "年度", "name_en": "Yearly", "cycle": "year", "kinds": ("routine",),
    "visits": 1, "first_year": 2026,
}  # fmt: skip


def plans(engine: sa.Engine, *rows: dict[str, Any]) -> BatchResult:
    return load(engine, "plans", [{**PLAN, **row} for row in rows])


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"cycle": "half_year", "deadline_month": 11, "deadline_day": 30}, "deadline_month"),
        ({"deadline_month": 11}, "deadline_day"),
        ({"deadline_month": 13, "deadline_day": 1}, "deadline_day"),
        ({"opened_by": "02-29"}, "opened_by"),
        ({"visits": 0}, "visits"),
    ],
)
def test_a_plan_that_no_period_can_be_made_of_stays_in_quarantine(
    db: sa.Engine, values: dict[str, Any], field: str
) -> None:
    done = plans(db, values, {"code": "good"})
    assert (done.inserted, done.quarantined) == (1, 1)
    with reading(db) as conn:
        row = conn.execute(sa.select(import_issue)).one()
        assert (row.level, row.field, row.source_id) == ("error", field, "yearly")
        for language in LANGUAGES:
            assert message(row.code, language, row.params) != row.code
        assert conn.execute(sa.select(plan.c.code).where(plan.c.code == "yearly")).first() is None


def test_a_file_that_changes_a_definition_changes_the_figures_with_it(db: sa.Engine) -> None:
    with writing(db) as conn:
        make_city(conn, enterprises=3, visited=2)
        before = figures.meta(conn)
    plans(db, {"categories": ("retail",)})
    with reading(db) as conn:
        one = plan_by_code(conn, "yearly")
        wanted = sum(row.due for row in coverage(conn, one, TODAY, EVERYTHING, viewer=viewer()))
        shown = sa.select(sa.func.sum(coverage_count.c.due)).where(coverage_count.c.plan_id == one.id)
        assert wanted > 0 and conn.execute(shown).scalar_one() == wanted
        built = figures.meta(conn).built_at
        assert built > before.built_at
    plans(db, {"categories": ("retail",), "name_en": "Another name"})
    with reading(db) as conn:
        assert figures.meta(conn).built_at == built, "a name alone builds nothing"


def test_an_organisation_below_one_that_is_not_there_or_in_a_ring_stays_in_quarantine(db: sa.Engine) -> None:
    rows = [
        {"code": "B", "name": "市局", "kind": "bureau"},
        {"code": "D", "name": "区局", "kind": "district", "parent": "B"},
        {"code": "S", "name": "所", "kind": "station", "parent": "nowhere"},
        {"code": "R1", "name": "甲", "kind": "district", "parent": "R2"},
        {"code": "R2", "name": "乙", "kind": "district", "parent": "R1"},
    ]
    done = load(db, "orgs", rows)
    assert (done.inserted, done.quarantined) == (2, 3)
    with reading(db) as conn:
        assert conn.execute(sa.select(org.c.code).order_by(org.c.code)).scalars().all() == ["B", "D"]
        codes = (
            conn.execute(sa.select(import_issue.c.code).order_by(import_issue.c.source_id)).scalars().all()
        )
        assert codes == ["org_ring", "org_ring", "org_parent_unknown"]


def test_a_file_brings_no_second_root_which_would_see_everything(db: sa.Engine) -> None:
    root = {"code": "R", "name": "市局", "kind": "bureau"}
    zone = {"code": "Q", "name": "某分局", "kind": "bureau"}
    assert load(db, "orgs", [root]).inserted == 1
    done = load(db, "orgs", [zone, {**zone, "code": "P", "kind": "district", "parent": "R"}])
    assert (done.inserted, [issue.code for issue in done.issues]) == (1, ["org_second_root"])
    assert load(db, "orgs", [root]).unchanged == 1
