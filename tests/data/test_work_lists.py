"""The lists of problems and leads on both databases: boards, orders and loads agree with their rows."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from data.access import Role
from data.errors import Denied
from data.reads.leads import SORTS as LEAD_SORTS
from data.reads.leads import LeadFilter, lead_list
from data.reads.problem_board import problem_board
from data.reads.problems_many import loads, outlooks
from data.reads.work import SORTS, WorkFilter, problems
from data.schema import problem, problem_event
from data.store import reading, writing
from data.workflow import LEAD_OPEN, PROBLEM_OPEN
from tests.factories import LOADED, NOW, TODAY, add_lead, add_problem, make_city, viewer

ZONE = "Asia/Shanghai"


@pytest.fixture
def city(db: sa.Engine) -> Any:
    """A city with a problem and a lead in each open state, of three ages."""
    with writing(db) as conn:
        made = make_city(conn)
        for n, state in enumerate(PROBLEM_OPEN):
            for days in (1, 9, 40):
                begun, due = TODAY - timedelta(days=days), TODAY + timedelta(days=n - 2)
                add_problem(conn, made.enterprises[n], begun, state=state, due_on=due)
                add_lead(conn, state=LEAD_OPEN[n], received_on=begun, due_on=due, title=f"线索{n}")
    return made


def test_a_board_of_problems_counts_what_its_list_shows(db: sa.Engine, city: Any):
    boss = viewer(Role.LEADER)
    with writing(db) as conn:
        one = conn.execute(sa.select(sa.func.max(problem.c.id)).where(problem.c.state == "replied")).scalar()
        event = {"problem_id": one, "at": NOW - timedelta(days=3), "from_state": "ordered",
                 "to_state": "replied", "verb": "reply", "round": 1, "recorded_at": LOADED}  # fmt: skip
        conn.execute(sa.insert(problem_event), event)
    with reading(db) as conn:
        found = problem_board(conn, boss, TODAY, ZONE)
        assert [stage["stage"] for stage in found["stages"]] == list(PROBLEM_OPEN)
        for stage in found["stages"]:
            state = stage["stage"]
            asked = [WorkFilter(state=state), WorkFilter(state=state, only="overdue")]
            asked += [WorkFilter(state=state, age=str(place)) for place in range(3)]
            totals = [problems(conn, boss, TODAY, one, limit=0).total for one in asked]
            assert totals == [stage["n"], stage["overdue"], *stage["ages"]], state
        replied = next(stage for stage in found["stages"] if stage["stage"] == "replied")
        assert replied["oldest"] == 9, "days in the state, not since it was opened"
        worst = max(found["stages"], key=lambda stage: stage["overdue"])
        assert worst["overdue"] and found["stuck"] in {
            stage["stage"] for stage in found["stages"] if stage["overdue"] == worst["overdue"]
        }
        nothing = viewer(Role.SUPERVISOR, everything=False)
        assert problem_board(conn, nothing, TODAY, ZONE)["open"] == 0
        with pytest.raises(Denied):
            problem_board(conn, viewer(Role.STEWARD), TODAY, ZONE)


def test_every_order_has_every_row_once_and_empty_days_last(db: sa.Engine, city: Any):
    boss = viewer(Role.LEADER)
    with writing(db) as conn:
        add_problem(conn, city.enterprises[0], TODAY, due_on=None)
        add_lead(conn, due_on=None)
    with reading(db) as conn:
        for word in [*SORTS, *(f"-{one}" for one in SORTS)]:
            rows = problems(conn, boss, TODAY, WorkFilter(), 0, 500, word).rows
            again = [row for at in range(0, len(rows), 7)
                     for row in problems(conn, boss, TODAY, WorkFilter(), at, 7, word).rows]  # fmt: skip
            assert again == rows and len({row.id for row in rows}) == len(rows), word
            if word.endswith("due"):
                assert rows[-1].due_on is None
            if word == "state":
                order = [PROBLEM_OPEN.index(row.state) for row in rows if row.state in PROBLEM_OPEN]
                assert order == sorted(order)
        for word in [*LEAD_SORTS, *(f"-{one}" for one in LEAD_SORTS)]:
            leads, total = lead_list(conn, boss, TODAY, LeadFilter(only="all"), word, 0, 500)
            assert len({one.id for one in leads}) == total == len(leads), word


def test_what_each_officer_has_before_and_after_adds_up(db: sa.Engine, city: Any):
    boss, (first, other) = viewer(Role.LEADER), city.officers[:2]
    with reading(db) as conn:
        rows = problems(conn, boss, TODAY, WorkFilter(only="open"), limit=500).rows
        asked = {row.id: row.version for row in rows[:9]}
        for verb in ("reassign", "assign_recheck"):
            found = outlooks(conn, boss, asked, verb, other, TODAY)
            held = loads(conn, boss, found, verb, other, TODAY)
            assert {one.id for one in found} == set(asked) and held[0].officer_id == other
            fits = [one for one in found if one.why is None]
            nobodys = sum(
                one.officer_id is None or (verb == "assign_recheck" and one.state != "awaiting_recheck")
                for one in fits
            )
            assert sum(one.after - one.before for one in held) == nobodys, verb
        assert first in {one.officer_id for one in outlooks(conn, boss, asked, "reassign", other, TODAY)}
