"""Corrections of visits: each visit has one that stands, whoever made it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
import sqlalchemy as sa

from data import quality
from data.access import Role, Scope, Viewer
from data.schema import inspection
from data.store import reading, writing
from data.writes.inspections import supersede
from data.writes.visit import Visit
from tests.etl.test_load import NOW, load, rows, shop

VISIT = {
    "source_id": "V1", "enterprise": "E1", "kind": "routine", "finished_on": date(2026, 3, 1),
    "conclusion": "pass",
}  # fmt: skip
OFFICER = Viewer("user:officer", Role.OFFICER, Scope(everything=True))
BY_HAND = Visit("routine", datetime(2026, 3, 5, 2, tzinfo=UTC), "pass")


def correct(engine: sa.Engine, found: int, visit: Visit = BY_HAND) -> int:
    with writing(engine) as conn:
        return supersede(conn, OFFICER, found, visit, reason="日期录错", client_id=f"c{found}", now=NOW)


def standing(engine: sa.Engine) -> list[tuple[Any, ...]]:
    later = inspection.alias("later")
    i = inspection.c
    found = sa.select(i.source_id, i.revision, i.finished_on, i.conclusion)
    stands = ~sa.exists().where(later.c.supersedes_id == i.id)
    return rows(engine, found.where(stands).order_by(i.finished_on))


def errors(engine: sa.Engine) -> list[str]:
    with reading(engine) as conn:
        return [finding.code for finding in quality.check(conn, now=NOW) if finding.level == "error"]


@pytest.fixture
def city(db: sa.Engine) -> sa.Engine:
    load(db, "enterprises", [shop()])
    load(db, "inspections", [VISIT])
    return db


def first(engine: sa.Engine) -> int:
    return int(rows(engine, sa.select(sa.func.min(inspection.c.id)))[0][0])


def test_a_correction_made_here_stands_and_the_change_of_the_source_waits(city: sa.Engine) -> None:
    correct(city, first(city))
    again = load(city, "inspections", [VISIT])
    assert (again.unchanged, again.quarantined) == (1, 0), "the source says what it said before"
    other = load(city, "inspections", [{**VISIT, "conclusion": "rectify"}])
    assert (other.changed, [issue.code for issue in other.issues]) == (0, ["visit_corrected_here"])
    assert [row[2:] for row in standing(city)] == [(date(2026, 3, 5), "pass")]
    assert errors(city) == []


def test_a_source_that_follows_a_correction_made_here_changes_nothing(city: sa.Engine) -> None:
    correct(city, first(city))
    followed = load(city, "inspections", [{**VISIT, "finished_on": date(2026, 3, 5)}])
    assert (followed.unchanged, followed.quarantined) == (1, 0)


def test_a_correction_made_here_after_one_of_the_source_stands_too(city: sa.Engine) -> None:
    load(city, "inspections", [{**VISIT, "conclusion": "fail"}])
    second = correct(city, first(city) + 1)
    correct(city, second, Visit("routine", datetime(2026, 3, 6, 2, tzinfo=UTC), "pass"))
    assert load(city, "inspections", [{**VISIT, "conclusion": "fail"}]).unchanged == 1
    assert load(city, "inspections", [VISIT]).quarantined == 1
    assert [row[2:] for row in standing(city)] == [(date(2026, 3, 6), "pass")]


def test_no_visit_can_have_two_corrections(city: sa.Engine) -> None:
    row = {
        "source": "s", "enterprise_id": 1, "kind": "routine", "finished_on": date(2026, 3, 1),
        "supersedes_id": first(city), "recorded_at": NOW,
    }  # fmt: skip
    with pytest.raises(sa.exc.IntegrityError), writing(city) as conn:
        conn.execute(sa.insert(inspection), [{**row, "source_id": "X"}, {**row, "source_id": "Y"}])


def test_ids_of_a_source_may_look_like_corrections(city: sa.Engine) -> None:
    load(city, "inspections", [{**VISIT, "source_id": "V1#2", "finished_on": date(2026, 4, 1)}])
    assert load(city, "inspections", [{**VISIT, "conclusion": "fail"}]).changed == 1
    assert standing(city) == [("V1", 2, date(2026, 3, 1), "fail"), ("V1#2", 1, date(2026, 4, 1), "pass")]
