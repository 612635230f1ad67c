"""One grid tells what the city tells of it; imports tell what was refused and why."""

from __future__ import annotations

from datetime import date, timedelta

import sqlalchemy as sa

from data.access import Role
from data.plans import all_plans
from data.reads.city import city
from data.reads.counts import add
from data.reads.enterprise import enterprise_file
from data.reads.grid import grid_file
from data.reads.imports import all_issues, batch_file, batches, issues, open_quarantine
from data.schema import BEGINNING, batch, import_issue
from data.store import reading, writing
from data.text import LANGUAGES, catalogue
from tests.factories import (
    LOADED,
    NOW,
    TODAY,
    add_enterprise,
    add_fact,
    add_grid,
    add_officer,
    bind_officer,
    make_city,
    viewer,
)


def test_a_grid_stands_under_each_plan_as_the_city_says(db: sa.Engine) -> None:
    with writing(db) as conn:
        make_city(conn, enterprises=5, visited=2)
    with reading(db) as conn:
        plans = {plan.code for plan in all_plans(conn)}
        found = grid_file(conn, viewer(), "210102001001", TODAY)
        assert {p.plan.code for p in found.plans} <= plans and found.plans
        for own in found.plans:
            row = next(g for g in city(conn, viewer(), own.plan.code).grids if g.code == found.code)
            assert own.counts[:4] == row.counts[:4]
            assert (own.expected, own.light, own.needed) == (row.expected, row.light, row.needed)
        assert add(count for _, count in found.categories) == found.plans[0].counts
        assert len(found.visits) == 2 and found.officers == {"A": ("网格员00",)}


def test_officers_follow_each_other_and_a_correction_replaces_its_day(db: sa.Engine) -> None:
    with writing(db) as conn:
        home = add_grid(conn, "G1")
        first, wrong, right = (add_officer(conn, name) for name in ("甲", "乙", "丙"))
        bind_officer(conn, home, first)
        bind_officer(conn, home, wrong, valid_from=date(2026, 6, 1))
        bind_officer(conn, home, right, valid_from=date(2026, 6, 1), recorded_at=LOADED + timedelta(days=1))
        bind_officer(conn, home, None, valid_from=date(2026, 9, 1))
    with reading(db) as conn:
        shown = grid_file(conn, viewer(), "G1", TODAY).bindings
    assert [(b.name, b.valid_from, b.valid_to) for b in shown] == [
        (None, date(2026, 9, 1), None),
        ("丙", date(2026, 6, 1), date(2026, 8, 31)),
        ("甲", None, date(2026, 5, 31)),
    ]
    assert shown[1].phone == "138****1234"


def test_the_file_tells_which_version_holds_and_what_each_changed(db: sa.Engine) -> None:
    with writing(db) as conn:
        one = add_enterprise(conn, name="旧名")
        add_fact(conn, "identity", one, valid_from=date(2026, 3, 1), name="新名", category="chain_store")
        add_fact(conn, "identity", one, valid_from=date(2027, 1, 1), name="未来名", category="chain_store")
    with reading(db) as conn:
        versions = enterprise_file(conn, viewer(), one, TODAY).history["identity"]
    assert [(v.values["name"], v.in_force, v.changed) for v in versions] == [
        ("未来名", False, ("name",)),
        ("新名", True, ("name",)),
        ("旧名", False, ()),
    ]
    assert versions[-1].valid_from is None and BEGINNING not in [v.valid_from for v in versions]


def test_facts_without_a_date_end_the_timeline(db: sa.Engine) -> None:
    with writing(db) as conn:
        made = make_city(conn)
    with reading(db) as conn:
        line = enterprise_file(conn, viewer(), made.by_grid[made.grids[0]][0], TODAY).timeline
        steward = enterprise_file(conn, viewer(Role.STEWARD), made.by_grid[made.grids[0]][0], TODAY)
    days = [one.day or BEGINNING for one in line]
    assert days == sorted(days, reverse=True)
    assert line[0].kind in ("inspection", "lead") and line[-1].day is None
    assert {one.kind for one in steward.timeline} == {"fact"} and steward.problems == []


def test_quarantine_is_counted_by_row_and_told_in_both_languages(db: sa.Engine) -> None:
    code = next(
        key.removeprefix("import.") for key, words in catalogue("en").items()
        if key.startswith("import.") and "{" not in words
    )  # fmt: skip
    with writing(db) as conn:
        batch_id = conn.execute(
            sa.insert(batch).returning(batch.c.id),
            {"kind": "enterprises", "source": "t", "filename": "a.csv", "sha256": "0", "rows": 3,
             "quarantined": 2, "recorded_at": NOW},
        ).scalar_one()  # fmt: skip
        row = {
            "batch_id": batch_id,
            "params": {},
            "value": "x",
            "raw": None,
            "field": "uscc",
            "resolved_by": None,
        }
        conn.execute(
            sa.insert(import_issue),
            [
                {**row, "level": "error", "line": 2, "code": code},
                {**row, "level": "error", "line": 2, "code": "lost_code"},
                {**row, "level": "error", "line": 3, "code": code, "resolved_by": batch_id},
                {**row, "level": "warning", "line": 4, "code": code},
            ],
        )
    who = viewer(Role.STEWARD)
    with reading(db) as conn:
        assert open_quarantine(conn, who) == open_quarantine(conn, who, batch_id) == 1
        assert batch_file(conn, who, batch_id).open == 1
        assert [b.id for b in batches(conn, who)[0]] == [batch_id]
        assert batches(conn, who, kind="leads") == ([], 0)
        page = issues(conn, who, batch_id, "en", level="error")
        assert page.total == 3 and page.codes == {code: 2, "lost_code": 1}
        assert issues(conn, who, batch_id, "en", open_only=True).total == 2
        assert issues(conn, who, batch_id, "en", code=code, limit=1).total == 3
        told = [next(all_issues(conn, who, batch_id, language)).message for language in LANGUAGES]
    assert told == [catalogue(language)[f"import.{code}"] for language in LANGUAGES]
