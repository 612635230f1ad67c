"""Rows that say from when they hold: what is known for later days is never undone by them."""

from __future__ import annotations

from datetime import date
from itertools import permutations
from typing import Any

import sqlalchemy as sa

from data.clock import EVERYTHING
from data.in_force import in_force
from data.schema import FACT_TABLES, enterprise
from tests.etl.test_load import load, rows, shop


def held(engine: sa.Engine, group: str, column: str, day: date) -> Any:
    """Return the value in force of the one enterprise on a day."""
    fact = in_force(FACT_TABLES[group], day, EVERYTHING)
    [(value,)] = rows(engine, sa.select(fact.c[column]))
    return value


def test_an_earlier_list_that_comes_again_changes_nothing(db: sa.Engine) -> None:
    load(db, "enterprises", [shop(opened_on=date(2019, 1, 1))])
    march = shop(opened_on=date(2019, 1, 1), status="suspended", status_since=date(2026, 3, 1))
    june = shop(opened_on=date(2019, 1, 1), status="operating", status_since=date(2026, 6, 1))
    assert [load(db, "enterprises", [row]).changed for row in (march, june, march, june)] == [1, 1, 0, 0]
    assert rows(db, sa.select(enterprise.c.status)) == [("operating",)]


def test_lists_of_different_days_give_the_same_truth_in_any_order(sqlite_db: sa.Engine) -> None:
    lists = {date(2026, 1, 1): "甲", date(2026, 3, 1): "乙", date(2026, 6, 1): "丙"}
    for number, order in enumerate(permutations(lists)):
        for day in order:
            row = shop(source_id=f"E{number}", name=lists[day], valid_from=day)
            load(sqlite_db, "enterprises", [row])
    for day, name in lists.items():
        fact = in_force(FACT_TABLES["identity"], day, EVERYTHING)
        assert {name} == {found for (found,) in rows(sqlite_db, sa.select(fact.c.name))}


def test_a_correction_goes_on_in_later_versions_that_took_its_value_over(db: sa.Engine) -> None:
    load(db, "enterprises", [shop(name="旧名", address="旧址")])
    load(db, "enterprises", [shop(name="新名", address="旧址", valid_from=date(2026, 6, 1))])
    load(db, "enterprises", [shop(name="旧名", address="正址", valid_from=date(2026, 1, 1))])
    assert rows(db, sa.select(enterprise.c.name, enterprise.c.address)) == [("新名", "正址")]
    assert held(db, "identity", "address", date(2025, 12, 31)) == "旧址"
    assert held(db, "identity", "name", date(2026, 5, 31)) == "旧名"


def test_a_correction_ends_where_another_value_was_known(db: sa.Engine) -> None:
    load(db, "enterprises", [shop()])
    for day, status in ((date(2026, 3, 1), "suspended"), (date(2026, 6, 1), "operating")):
        load(db, "enterprises", [shop(status=status, status_since=day)])
    load(db, "enterprises", [shop(status="closed", status_since=date(2026, 2, 1))])
    days = (date(2026, 1, 31), date(2026, 2, 1), date(2026, 3, 1), date(2026, 6, 1))
    found = [held(db, "status", "status", day) for day in days]
    assert found == ["operating", "closed", "suspended", "operating"]


def test_a_column_that_a_dated_list_lacks_keeps_what_was_held_on_its_day(db: sa.Engine) -> None:
    load(db, "enterprises", [shop(address="老路")])
    load(db, "enterprises", [shop(address="新路")])
    bare = {"source_id": "E1", "name": "更名", "category": "chain_store", "valid_from": date(2025, 1, 1)}
    load(db, "enterprises", [bare], attrs={"absent": ("address", "lon", "lat", "uscc")})
    assert held(db, "identity", "address", date(2025, 1, 1)) == "老路"
    assert rows(db, sa.select(enterprise.c.name, enterprise.c.address)) == [("更名", "新路")]


def test_whoever_opened_before_the_day_of_its_status_operated_until_then(db: sa.Engine) -> None:
    load(db, "enterprises", [shop(opened_on=date(2015, 1, 1), status_since=date(2026, 6, 1))])
    assert held(db, "status", "status", date(2026, 3, 1)) == "operating"
