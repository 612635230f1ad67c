"""An officer's day: whose work it is, why, when it bites, and what one visit does at once."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from data import figures
from data.access import Role, viewer_of_user
from data.duty import Bite, Measure, bites_on
from data.errors import Denied
from data.reads.duties import FILTERS, duties
from data.reads.leads import LeadFilter, lead_list
from data.reads.my_day import my_day, proposal, usual_number
from data.reads.problems import problem_file
from data.reads.work import WorkFilter, problems
from data.schema import loan, message, plan, problem
from data.store import reading, writing
from data.workdays import WorkCalendar
from data.writes.reminders import daily
from data.writes.settings import keep_setting
from tests.factories import (
    LOADED,
    NOW,
    TODAY,
    add_district,
    add_enterprise,
    add_grid,
    add_inspection,
    add_lead,
    add_licence,
    add_officer,
    add_org,
    add_problem,
    add_user,
    bind_officer,
    viewer,
)

SPRING = date(2026, 3, 5)
SOON = date(2026, 11, 25)
FAR = date(2026, 12, 21)


class Day:
    """One grid with its officer, another with another."""

    def __init__(self, conn: sa.Connection) -> None:
        self.code = add_district(conn)
        self.org = add_org(conn, "S1", district_code=self.code)
        self.grid = add_grid(conn, "G1", self.code, org_id=self.org)
        self.there = add_grid(conn, "G2", self.code, org_id=self.org)
        self.me, self.other = add_officer(conn), add_officer(conn, "测试员乙")
        bind_officer(conn, self.grid, self.me)
        bind_officer(conn, self.there, self.other)
        self.user = add_user(conn, Role.OFFICER, officer_id=self.me, org_id=self.org)

    def shop(self, conn: sa.Connection, name: str, *, visited: bool = True, there: bool = False,
             **values: object) -> int:  # fmt: skip
        values.setdefault("lon", 123.4)
        values.setdefault("lat", 41.8)
        grid_id = self.there if there else self.grid
        one = add_enterprise(conn, grid_id=grid_id, district_code=self.code, name=name, **values)
        if visited:
            add_inspection(conn, one, SPRING)
        return one

    def officer(self, conn: sa.Connection):
        figures.build(conn, as_of=TODAY, now=NOW)
        return viewer_of_user(conn, self.user, TODAY)


def told(found) -> list[tuple[str, tuple[str, ...]]]:
    return [(row.enterprise.name if row.enterprise else "—", row.kinds) for row in found.rows]


def test_workdays_are_counted_with_today_and_the_day_itself_and_back_after_it():
    calendar = WorkCalendar({})
    friday, saturday = date(2026, 11, 20), date(2026, 11, 21)

    def bite(day: date, today: date) -> Bite:
        return Measure(calendar, today, friday).bite(day)

    assert bite(date(2026, 11, 30), saturday) == Bite(date(2026, 11, 30), 6)
    assert bite(friday, friday) == Bite(friday, 1, soon=True)
    assert bite(saturday, saturday).workdays == 0
    assert bite(friday, saturday) == Bite(friday, -1)
    assert bite(friday, date(2026, 11, 24)).workdays == -2
    assert bite(friday, saturday).past
    assert not bite(saturday, saturday).past
    assert bites_on("awaiting_recheck", FAR, SOON) == SOON
    assert bites_on("ordered", FAR, SOON) == FAR
    assert bites_on("awaiting_recheck", None, SOON) == SOON


def test_several_duties_at_one_enterprise_are_one_row_the_most_urgent_first(db: sa.Engine):
    with writing(db) as conn:
        day = Day(conn)
        day.shop(conn, "毕")
        many = day.shop(conn, "多", visited=False)
        late, risky = day.shop(conn, "逾"), day.shop(conn, "险", visited=False, risk_level=4)
        day.shop(conn, "常", visited=False)
        for due in (FAR, SOON):
            add_problem(conn, many, SPRING, state="awaiting_recheck", due_on=due)
        add_lead(conn, enterprise_id=many, grid_id=day.grid, state="investigating", due_on=FAR)
        add_problem(conn, late, SPRING, due_on=TODAY - timedelta(days=2))
        found = duties(conn, day.officer(conn), TODAY)
    assert told(found) == [
        ("逾", ("problem",)), ("多", ("recheck", "lead", "visit")), ("险", ("visit",)), ("常", ("visit",)),
    ]  # fmt: skip
    row = found.rows[1]
    assert [(len(one.ids), one.bite.day) for one in row.duties] == [
        (2, SOON), (1, FAR), (0, date(2026, 11, 30)),
    ]  # fmt: skip
    assert [found.rows[0].overdue, found.rows[0].workdays, row.workdays] == [True, -1, 3]
    assert risky == found.rows[2].enterprise.id


def test_what_bites_sooner_stands_before_what_is_riskier_but_bites_later(db: sa.Engine):
    with writing(db) as conn:
        day = Day(conn)
        add_licence(conn, day.shop(conn, "证"), "L1", valid_to=date(2026, 12, 1))
        add_licence(conn, day.shop(conn, "后", risk_level=4), "L2", valid_to=date(2026, 12, 10))
        day.shop(conn, "常", visited=False)
        found = duties(conn, day.officer(conn), TODAY)
    assert [name for name, _ in told(found)] == ["常", "证", "后"]


def test_each_filter_shows_as_many_rows_as_it_counts_and_all_of_them_the_list(db: sa.Engine):
    with writing(db) as conn:
        day = Day(conn)
        for n in range(3):
            day.shop(conn, f"未{n}", visited=False)
        ending = day.shop(conn, "证")
        add_licence(conn, ending, "L1", valid_to=TODAY + timedelta(days=9))
        one = day.shop(conn, "查")
        add_problem(conn, one, SPRING, state="awaiting_recheck", due_on=SOON)
        add_problem(conn, day.shop(conn, "改"), SPRING, due_on=FAR)
        add_lead(conn, enterprise_id=one, grid_id=day.grid, due_on=TODAY - timedelta(days=1))
        found = duties(conn, day.officer(conn), TODAY)
    assert {name: found.count(name) for name in FILTERS} == {
        "unvisited": 3, "soon": 1, "overdue": 1, "recheck": 1, "lead": 1, "problem": 1, "licence": 1,
    }  # fmt: skip
    for name in FILTERS:
        assert len(found.shown(name)) == found.count(name)
    assert found.shown(None) == list(found.rows)


def test_work_that_waits_for_somebody_else_is_not_on_my_list(db: sa.Engine):
    with writing(db) as conn:
        day = Day(conn)
        shop = day.shop(conn, "店")
        for state in ("replied", "recheck_passed", "closed_out"):
            add_problem(conn, shop, SPRING, state=state, due_on=SOON)
        theirs = add_problem(conn, shop, SPRING, due_on=SOON)
        conn.execute(sa.update(problem).where(problem.c.id == theirs).values(officer_id=day.other))
        taken = add_problem(conn, shop, SPRING, state="awaiting_recheck", due_on=SOON)
        conn.execute(
            sa.update(problem).where(problem.c.id == taken)
            .values(officer_id=day.me, recheck_officer_id=day.other)
        )  # fmt: skip
        for state in ("registered", "reviewing", "closed_out"):
            add_lead(conn, enterprise_id=shop, grid_id=day.grid, state=state)
        add_lead(conn, enterprise_id=shop, grid_id=day.grid, officer_id=day.other)
        assert duties(conn, day.officer(conn), TODAY).rows == ()


def test_work_given_by_name_is_mine_wherever_it_lies(db: sa.Engine):
    with writing(db) as conn:
        day = Day(conn)
        far, cross, lent = (day.shop(conn, name, visited=False, there=True) for name in "远交借")
        day.shop(conn, "他", visited=False, there=True)
        one = add_problem(conn, far, SPRING, state="awaiting_recheck", due_on=SOON)
        conn.execute(sa.update(problem).where(problem.c.id == one).values(recheck_officer_id=day.me))
        lost = add_lead(conn, state="assigned", title="来信", officer_id=day.me)
        values = {
            "officer_id": day.me, "kind": "cross", "enterprise_id": cross, "from_on": TODAY, "to_on": SOON,
            "task": "交叉检查", "recorded_at": LOADED,
        }  # fmt: skip
        conn.execute(sa.insert(loan).values(values))
        conn.execute(
            sa.insert(loan).values({**values, "enterprise_id": lent, "to_on": TODAY - timedelta(days=1)})
        )
        me = day.officer(conn)
        found = duties(conn, me, TODAY)
        assert set(told(found)) == {("远", ("recheck",)), ("—", ("lead",)), ("交", ("cross",))}
        assert {row.key for row in found.rows} == {f"e{far}", f"l{lost}", f"e{cross}"}
        assert [row.on_site for row in found.rows if row.enterprise is None] == [False]
        add_inspection(conn, cross, TODAY, kind="cross", officer_id=day.me)
        assert f"e{cross}" not in {row.key for row in duties(conn, me, TODAY).rows}


def test_a_lent_grid_brings_its_visits(db: sa.Engine):
    with writing(db) as conn:
        day = Day(conn)
        day.shop(conn, "借", visited=False, there=True)
        conn.execute(
            sa.insert(loan).values(
                officer_id=day.me, kind="lend", grid_id=day.there, from_on=TODAY, to_on=SOON, task="顶岗",
                recorded_at=LOADED,
            )
        )  # fmt: skip
        found = my_day(conn, day.officer(conn), TODAY)
    assert told(found.duties) == [("借", ("visit",))]
    assert [grid.code for grid in found.city.grids] == ["G1", "G2"]


def test_the_overdue_are_those_that_the_grids_page_counts(db: sa.Engine):
    with writing(db) as conn:
        day = Day(conn)
        planned = add_problem(conn, day.shop(conn, "计"), SPRING, state="awaiting_recheck", due_on=FAR)
        early = TODAY - timedelta(days=4)
        conn.execute(sa.update(problem).where(problem.c.id == planned).values(recheck_on=early))
        add_problem(conn, day.shop(conn, "逾"), SPRING, due_on=early)
        me = day.officer(conn)
        found = duties(conn, me, TODAY)
        counted = problems(conn, me, TODAY, WorkFilter(grid="G1", only="overdue")).total
    assert found.count("overdue") == counted == 1
    assert all(row.workdays < 0 for row in found.rows)
    assert found.count("soon") == 1, "its planned day is over, its deadline is not"


def test_after_the_deadline_every_unvisited_one_is_overdue(db: sa.Engine):
    december = date(2026, 12, 2)
    with writing(db) as conn:
        day = Day(conn)
        day.shop(conn, "店", visited=False)
        me = day.officer(conn)
        figures.build(conn, as_of=december, now=NOW)
        found = duties(conn, me, december)
    assert (found.count("overdue"), found.count("unvisited"), found.rows[0].workdays) == (1, 1, -2)


def test_without_an_active_plan_what_else_waits_is_still_told(db: sa.Engine):
    with writing(db) as conn:
        at = Day(conn)
        lonely = at.shop(conn, "甲店")
        add_problem(conn, lonely, SPRING, due_on=SOON)
        add_lead(conn, enterprise_id=lonely, state="investigating", officer_id=at.me, due_on=SOON)
        me = at.officer(conn)
        conn.execute(sa.update(plan).values(active=False))
        day = my_day(conn, me, TODAY)
        assert told(day.duties) == [("甲店", ("lead", "problem"))]
        assert day.city is None and len(proposal(conn, day, TODAY, usual_number(day)).round.legs) == 1


def test_soon_is_one_number_of_workdays_for_every_list_and_for_reminders(db: sa.Engine):
    with writing(db) as conn:
        at = Day(conn)
        keep_setting(conn, "due_soon_workdays", 10)
        edge = date(2026, 12, 4)  # the tenth workday after Saturday the 21st
        near, _ = (
            add_lead(conn, enterprise_id=at.shop(conn, name), state="investigating", due_on=day)
            for name, day in (("甲店", edge), ("乙店", edge + timedelta(days=3)))
        )
        me = at.officer(conn)
        daily(conn, TODAY, now=NOW)
        listed, _ = lead_list(conn, me, TODAY, LeadFilter(only="due_soon"))
        mine = duties(conn, me, TODAY).shown("soon")
        told = conn.execute(sa.select(message.c.object_id)).scalars().all()
    assert [row.id for row in listed] == told == [near]
    assert [row.enterprise.name for row in mine if "lead" in row.kinds] == ["甲店"]


def test_where_the_first_officer_is_vacant_the_second_answers_on_every_list(db: sa.Engine):
    with writing(db) as conn:
        at = Day(conn)
        bind_officer(conn, at.grid, None, valid_from=TODAY)
        bind_officer(conn, at.grid, at.other, duty="B", valid_from=TODAY)
        one = add_problem(conn, at.shop(conn, "甲店"), SPRING)
        me = at.officer(conn)
        leader = viewer(Role.LEADER)
        assert problem_file(conn, leader, one, TODAY).handler == "测试员乙"
        assert [row.officer for row in problems(conn, leader, TODAY).rows] == ["测试员乙"]
        assert problems(conn, leader, TODAY, WorkFilter(handler=at.other)).total == 1
        assert problems(conn, leader, TODAY, WorkFilter(handler=me.officer_id)).total == 0


def test_nobody_but_who_records_visits_has_such_a_list(db: sa.Engine):
    with reading(db) as conn:
        for role in (Role.LEADER, Role.SUPERVISOR, Role.AUDITOR, Role.STEWARD, Role.ADMIN):
            with pytest.raises(Denied):
                my_day(conn, viewer(role), TODAY)


def test_the_look_counts_todays_visits_and_the_round_begins_at_the_station(db: sa.Engine):
    with writing(db) as conn:
        day = Day(conn)
        done = day.shop(conn, "毕", visited=False)
        add_inspection(conn, done, TODAY)
        for n in range(6):
            day.shop(conn, f"未{n}", visited=False, lon=123.4 + n / 100)
        keep_setting(conn, "stations", {"S1": [123.46, 41.8]})
        me = day.officer(conn)
        found = my_day(conn, me, TODAY)
        round_ = proposal(conn, found, TODAY, 3)
        here = proposal(conn, found, TODAY, 2, (123.4, 41.8))
    assert (found.done_today, found.city.total.done, found.city.total.due) == (1, 1, 7)
    assert found.start.what == "station"
    names = [round_.rows[leg.stop.key].enterprise.name for leg in round_.round.legs]
    assert names == ["未5", "未4", "未3"]
    assert [here.rows[leg.stop.key].enterprise.name for leg in here.round.legs] == ["未0", "未1"]
    assert usual_number(found) == 4


def test_who_was_visited_as_often_as_allowed_is_proposed_only_for_what_cannot_wait(db: sa.Engine):
    with writing(db) as conn:
        day = Day(conn)
        full, pressing = day.shop(conn, "满", visited=False), day.shop(conn, "急", visited=False)
        for one in (full, pressing):
            add_inspection(conn, one, TODAY, kind="other")  # counts for the caps, not for the plan
        add_lead(conn, enterprise_id=pressing, grid_id=day.grid, due_on=SOON)
        me = day.officer(conn)
        keep_setting(conn, "visit_caps", {"day": 1, "week": None, "month": None})
        found = my_day(conn, me, TODAY)
        round_ = proposal(conn, found, TODAY, 5)
    assert [round_.rows[leg.stop.key].enterprise.name for leg in round_.round.legs] == ["急"]
    assert round_.caps[full].state == "explain"
