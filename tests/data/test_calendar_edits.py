"""A steward sets days of the calendar: at once, by right, and never over somebody else's word."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa

from data import figures
from data.access import Role
from data.errors import Conflict, Denied, Refused
from data.reads.calendar import calendar_year
from data.schema import audit, calendar_day, lead, lead_event, problem
from data.store import reading, writing
from data.workdays import load_calendar
from data.writes.calendar import clear_day, set_day
from data.writes.leads_side import ask_extension, decide_extension
from tests.data.lead_help import brought_to, people, row
from tests.factories import NOW, TODAY, add_problem, make_city, viewer

STEWARD = viewer(Role.STEWARD)
MONDAY = date(2026, 11, 23)


def noted(conn: sa.Connection) -> list[tuple[str, str, object, object]]:
    rows = conn.execute(sa.select(audit).where(audit.c.object_kind == "day").order_by(audit.c.seq))
    return [(row.action, row.object_id, row.detail["before"], row.detail["after"]) for row in rows]


def test_a_day_is_set_changed_and_taken_back(db: sa.Engine) -> None:
    with writing(db) as conn:
        make_city(conn)
        version = figures.meta(conn).version
        assert set_day(conn, STEWARD, MONDAY, False, " 暴雪停工 ", seen=None, now=NOW)
        assert not load_calendar(conn).is_workday(MONDAY)
        assert figures.meta(conn).version == version + 1, "walls must ask again"
        assert not set_day(conn, STEWARD, MONDAY, False, "暴雪停工", seen=(False, "暴雪停工"), now=NOW)
        assert set_day(conn, STEWARD, MONDAY, True, None, seen=(False, "暴雪停工"), now=NOW)
        assert load_calendar(conn).is_workday(MONDAY)
        assert clear_day(conn, STEWARD, MONDAY, seen=(True, None), now=NOW)
        assert not clear_day(conn, STEWARD, MONDAY, seen=None, now=NOW)
        storm, plain = {"is_workday": False, "name": "暴雪停工"}, {"is_workday": True, "name": None}
        day = MONDAY.isoformat()
        assert noted(conn) == [
            ("calendar.set", day, None, storm),
            ("calendar.set", day, storm, plain),
            ("calendar.clear", day, plain, None),
        ]
        assert conn.execute(sa.select(calendar_day)).all() == []


def test_the_second_editor_of_a_day_is_told(db: sa.Engine) -> None:
    with writing(db) as conn:
        set_day(conn, STEWARD, MONDAY, False, "甲", seen=None, now=NOW)
    for attempt in (
        lambda conn: set_day(conn, STEWARD, MONDAY, False, "乙", seen=None, now=NOW),
        lambda conn: clear_day(conn, STEWARD, MONDAY, seen=(True, "甲"), now=NOW),
    ):
        with pytest.raises(Conflict) as caught, writing(db) as conn:
            attempt(conn)
        assert caught.value.params["theirs"] == {"is_workday": False, "name": "甲"}


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.STEWARD])
def test_nobody_but_a_steward_sets_a_day(sqlite_db: sa.Engine, role: Role) -> None:
    with writing(sqlite_db) as conn:
        with pytest.raises(Denied):
            set_day(conn, viewer(role), MONDAY, False, None, seen=None, now=NOW)
        with pytest.raises(Denied):
            clear_day(conn, viewer(role), MONDAY, seen=None, now=NOW)


def test_a_far_year_and_an_endless_name_are_refused(sqlite_db: sa.Engine) -> None:
    with writing(sqlite_db) as conn:
        for day, name, field in ((date(1026, 11, 23), None, "day"), (MONDAY, "长" * 41, "name")):
            with pytest.raises(Refused) as caught:
                set_day(conn, STEWARD, day, False, name, seen=None, now=NOW)
            assert caught.value.field == field


def test_a_year_tells_what_is_announced_what_is_set_and_what_is_a_guess(sqlite_db: sa.Engine) -> None:
    with writing(sqlite_db) as conn:
        set_day(conn, STEWARD, MONDAY, False, "校准", seen=None, now=NOW)
    with reading(sqlite_db) as conn:
        year = calendar_year(conn, viewer(Role.AUDITOR), 2026, "zh-CN")
        days = {day.day: day for day in year.days}
        assert len(days) == 365 and year.announced_until == date(2026, 12, 28)
        holiday, makeup = days[date(2026, 10, 1)], days[date(2026, 10, 10)]
        assert (holiday.name, holiday.workday, holiday.unusual) == ("国庆节", False, True)
        assert makeup.workday and makeup.unusual
        assert days[MONDAY].override == (False, "校准") and days[MONDAY].unusual
        assert [day.day.day for day in year.days if day.provisional] == [29, 30, 31]
        assert year.workdays == load_calendar(conn).workdays_between(date(2026, 1, 1), date(2027, 1, 1))
        guess = calendar_year(conn, viewer(Role.AUDITOR), 2027, "en")
        assert guess.announced_until is None and all(day.provisional for day in guess.days)
        with pytest.raises(Denied):
            calendar_year(conn, viewer(Role.OFFICER), 2026, "en")


def test_a_provisional_term_is_computed_again_when_its_days_are_announced(db: sa.Engine) -> None:
    p = people(db)
    new_year, october = date(2027, 1, 1), date(2027, 10, 1)
    with writing(db) as conn:
        one = brought_to(conn, p, "investigating")
        ask_extension(conn, p.officer, one, reason="待检验结果", version=row(conn, one).version, now=NOW)
        decide_extension(conn, p.supervisor, one, True, version=row(conn, one).version, now=NOW)
        before = row(conn, one)
        assert (before.due_on, before.due_provisional) == (new_year, True), (
            "nobody has announced it as a holiday"
        )
        named = add_problem(conn, before.enterprise_id, TODAY, due_on=new_year)
        conn.execute(sa.update(problem).where(problem.c.id == named).values(due_provisional=True))
        set_day(conn, STEWARD, new_year, False, "元旦", seen=None, now=NOW)
        moved = row(conn, one)
        assert (moved.due_on, moved.due_provisional, moved.version) == (
            date(2027, 1, 4),
            True,
            before.version,
        )
        set_day(conn, STEWARD, october, False, "国庆节", seen=None, now=NOW)  # the year's notice is here
        assert row(conn, one).due_on == date(2027, 1, 4) and not row(conn, one).due_provisional
        days = {"before": {"due_on": "2027-01-01"}, "after": {"due_on": "2027-01-04"}}
        told = sa.select(lead_event.c.details).where(
            lead_event.c.lead_id == one, lead_event.c.verb == "recount"
        )
        assert conn.execute(told).scalars().all() == [days], "once: the second day moved nothing"
        kept = conn.execute(sa.select(problem).where(problem.c.id == named)).one()
        assert (kept.due_on, kept.due_provisional) == (new_year, False), "a notice named it: it stays"
        conn.execute(sa.update(lead).where(lead.c.id == one).values(state="closed_out", due_provisional=True))
        set_day(conn, STEWARD, date(2027, 1, 4), False, "雪", seen=None, now=NOW)
        assert row(conn, one).due_on == date(2027, 1, 4), "what is closed stays as it was"
