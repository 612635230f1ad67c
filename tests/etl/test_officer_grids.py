"""Bindings of officers: each holds from its day until the next one, wherever it comes from."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from data.access import Role, Viewer, grid_officers_in_force
from data.clock import EVERYTHING
from data.schema import grid, officer
from data.store import writing
from data.writes.officers import bind_officer
from tests.etl.test_load import NOW, A, B, grids, load, rows

JANUARY, MARCH, JUNE = date(2026, 1, 1), date(2026, 3, 1), date(2026, 6, 1)


def bound(officer: str, grid: str, day: date | None) -> dict[str, Any]:
    return {"officer": officer, "grid": grid, "valid_from": day}


def held(engine: sa.Engine, day: date) -> dict[str, str]:
    found = grid_officers_in_force(day, EVERYTHING).subquery()
    tables = sa.select(grid.c.code, officer.c.name).join(found, found.c.grid_id == grid.c.id)
    return dict(rows(engine, tables.join(officer, found.c.officer_id == officer.c.id)))


@pytest.fixture
def city(db: sa.Engine) -> sa.Engine:
    load(db, "grids", grids())
    load(db, "officers", [{"source_id": one, "name": one} for one in "WXY"])
    for code in (A, B):
        load(db, "officer_grids", [bound("W", code, JANUARY), bound("Y", code, JUNE)])
    return db


def test_a_history_of_bindings_leaves_the_later_ones_and_again_changes_nothing(city: sa.Engine) -> None:
    history = [bound("X", A, JANUARY), bound("Y", A, JUNE)]
    assert load(city, "officer_grids", history).changed == 1
    assert (held(city, MARCH)[A], held(city, JUNE)[A]) == ("X", "Y")
    assert load(city, "officer_grids", history).unchanged == 2


def test_a_binding_by_hand_and_one_from_a_file_mean_the_same(city: sa.Engine) -> None:
    load(city, "officer_grids", [bound("X", A, MARCH)])
    number = rows(city, sa.select(officer.c.id).where(officer.c.name == "X"))[0][0]
    with writing(city) as conn:
        assert bind_officer(conn, Viewer("user:a", Role.ADMIN), B, "A", number, MARCH, now=NOW)
    for day, name in ((JANUARY, "W"), (MARCH, "X"), (JUNE, "Y")):
        assert held(city, day) == {A: name, B: name}
