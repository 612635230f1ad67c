"""While an import is compared: it is recorded when it is published, and compared with what holds."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from threading import Thread
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from data import figures, quality
from data.access import Role, command_line
from data.clock import EVERYTHING
from data.coverage import coverage
from data.errors import Refused
from data.plans import plan_by_code
from data.schema import enterprise, figures_meta, grid, inspection
from data.store import reading, writing
from data.writes import import_inspections, imports
from data.writes.day import begin_day
from data.writes.inspections import supersede
from data.writes.visit import Visit
from etl.frames import frame
from etl.load import publish
from tests.etl.test_load import B, grids, load, rows, shop
from tests.factories import viewer

SHANGHAI = ZoneInfo("Asia/Shanghai")
MORNING = datetime(2026, 11, 21, 10, 0, tzinfo=SHANGHAI)


class Watch:
    """A clock that somebody sets."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at


def load_meanwhile(
    engine: sa.Engine, kind: str, rows: list[dict[str, Any]], now: Any, meanwhile: Callable[[], Any]
) -> None:
    """Load rows; `meanwhile` happens once, after they were compared and before they are published."""
    waiting = [meanwhile]

    def progress(phase: str, done: int, _total: int) -> None:
        if (phase, done) == ("publish", 0) and waiting:
            waiting.pop()()

    publish(
        engine, command_line(), kind, frame(kind, rows), source="s", filename="f", sha256="x", now=now,
        progress=progress,
    )  # fmt: skip


def done_as_known(engine: sa.Engine, known_at: datetime) -> int:
    with reading(engine) as conn:
        plan, viewer = plan_by_code(conn, "annual-all"), command_line(Role.AUDITOR)
        return sum(row.done for row in coverage(conn, plan, date(2026, 11, 21), known_at, viewer=viewer))


def errors(engine: sa.Engine, now: datetime) -> list[str]:
    with reading(engine) as conn:
        return [finding.code for finding in quality.check(conn, now=now) if finding.level == "error"]


def test_a_figure_shown_while_an_import_ran_can_be_computed_again(db: sa.Engine) -> None:
    load(db, "enterprises", [shop()], now=MORNING)
    visit = {"source_id": "V1", "enterprise": "E1", "kind": "routine", "finished_on": date(2026, 3, 1)}
    watch, shown = Watch(MORNING), MORNING + timedelta(minutes=5)

    def look() -> None:
        assert done_as_known(db, shown) == 0
        watch.at = MORNING + timedelta(minutes=9)

    load_meanwhile(db, "inspections", [visit], watch, look)
    assert (done_as_known(db, shown), done_as_known(db, EVERYTHING)) == (0, 1)


def test_an_import_over_midnight_is_compared_with_the_new_day(db: sa.Engine) -> None:
    closing = {"status": "closed", "status_since": date(2026, 11, 22), "opened_on": date(2015, 1, 1)}
    load(db, "enterprises", [shop(opened_on=date(2015, 1, 1))], now=MORNING)
    load(db, "enterprises", [shop(**closing)], now=MORNING)
    watch = Watch(datetime(2026, 11, 21, 23, 58, tzinfo=SHANGHAI))

    def midnight() -> None:
        watch.at += timedelta(minutes=5)
        with writing(db) as conn:
            begin_day(conn, watch.at.date(), now=watch.at)

    many = [shop(source_id=f"N{n}") for n in range(600)]
    load_meanwhile(db, "enterprises", many, watch, midnight)
    assert rows(db, sa.select(figures_meta.c.as_of)) == [(date(2026, 11, 22),)]
    assert errors(db, watch.at) == []


def test_an_import_before_the_change_of_day_is_seen_to_leaves_the_change_to_be_made(db: sa.Engine) -> None:
    load(db, "enterprises", [shop()], now=MORNING)
    load(db, "enterprises", [shop(status="closed", status_since=date(2026, 11, 22))], now=MORNING)
    tomorrow = MORNING + timedelta(days=1)
    load(db, "enterprises", [shop(source_id=f"N{n}") for n in range(600)], now=tomorrow)
    with reading(db) as conn:
        meta = figures.meta(conn)
    assert meta is not None
    assert meta.as_of == MORNING.date()  # the worker sees to it as soon as it notices


@pytest.mark.parametrize("most", [imports.REFRESH_AT_MOST, 0], ids=["few", "many"])
def test_who_corrects_a_visit_while_its_source_corrects_it_is_told_so(
    db: sa.Engine, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(import_inspections, "REFRESH_AT_MOST", most)
    monkeypatch.setattr(imports, "REFRESH_AT_MOST", most)
    load(db, "enterprises", [shop()], now=MORNING)
    visit = {"source_id": "V1", "enterprise": "E1", "kind": "routine", "finished_on": date(2026, 3, 1)}
    load(db, "inspections", [visit], now=MORNING)
    [(first,)] = rows(db, sa.select(inspection.c.id))
    later = MORNING + timedelta(minutes=1)
    said: list[str] = []

    def by_hand() -> None:
        own = Visit("routine", MORNING, "pass")
        try:
            with writing(db) as conn:
                supersede(conn, viewer(Role.OFFICER), first, own, reason="误填", client_id="c", now=later)
        except Refused as refused:
            said.append(refused.code)

    hand = Thread(target=by_hand)

    def once_the_visits_are_in(_conn, _cursor, statement, *_) -> None:
        if statement.startswith("INSERT INTO inspection") and hand.ident is None:
            hand.start()
            until_somebody_waits(db)

    sa.event.listen(db, "after_cursor_execute", once_the_visits_are_in)
    load(db, "inspections", [visit | {"finished_on": date(2026, 3, 2)}], now=later)
    hand.join()
    assert said == ["inspection_superseded"]
    newest = sa.select(inspection.c.finished_on).where(inspection.c.supersedes_id == first)
    assert rows(db, newest) == [(date(2026, 3, 2),)]
    assert errors(db, later) == []


def until_somebody_waits(engine: sa.Engine) -> None:
    """Return once somebody waits for a lock; SQLite's writers wait from their beginning."""
    if engine.dialect.name == "postgresql":
        waits = sa.text("SELECT 1 FROM pg_locks WHERE NOT granted")
        while not rows(engine, waits):
            time.sleep(0.02)


def test_points_are_placed_again_when_shapes_came_meanwhile(db: sa.Engine) -> None:
    load(db, "grids", grids(), now=MORNING)
    later = MORNING + timedelta(minutes=1)
    load_meanwhile(
        db, "enterprises", [shop()], MORNING, lambda: load(db, "grids", grids(middle=123.02), now=later)
    )
    assert errors(db, later) == []
    held = sa.select(grid.c.code).join(enterprise, enterprise.c.grid_id == grid.c.id)
    assert rows(db, held) == [(B,)]


def test_shapes_take_in_the_enterprises_that_came_meanwhile(db: sa.Engine) -> None:
    load(db, "grids", grids(), now=MORNING)
    later = MORNING + timedelta(minutes=1)
    load_meanwhile(
        db, "grids", grids(middle=123.02), later, lambda: load(db, "enterprises", [shop()], now=MORNING)
    )
    assert errors(db, later) == []
    held = sa.select(grid.c.code).join(enterprise, enterprise.c.grid_id == grid.c.id)
    assert rows(db, held) == [(B,)]
