"""Whatever people of all roles do, to whatever is theirs and is not, in whichever order: the law holds."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from data.schema import inspection, problem
from tests.data.loops import aside, grids, holds, leads, papers, papers_seen, problems
from tests.data.loops.law import LEAD_OPEN, PAPER, PROBLEM, PROBLEM_OPEN
from tests.data.loops.stories import (
    a_loan_ends,
    able_to,
    everybody_does_the_rest,
    everybody_tries_everything,
    settle_in,
    the_second_takes_what_is_others,
    the_sides_are_told,
    the_worker_rises,
)
from tests.data.loops.town import OFFICERS, PEOPLE, Town

# most acts by those who may, so that stories get somewhere
people = st.one_of(st.sampled_from(("first", "second", "boss", "leader")), st.sampled_from(PEOPLE))
officers = st.sampled_from(OFFICERS)
numbers = st.integers(0, 60)
kinds = st.sampled_from((problems, leads))
verbs_of_papers = st.sampled_from(("submit", "submit", *PAPER))
OPEN = {problems: PROBLEM_OPEN, leads: LEAD_OPEN}


class Loops(RuleBasedStateMachine):
    """People of the town; what an example does is taken back after it."""

    def __init__(self, town: Town) -> None:
        super().__init__()
        self.town = town
        self.undo = town.taken_back()
        self.undo.__enter__()

    def teardown(self) -> None:
        try:
            holds.everything(self.town)
        finally:
            self.undo.__exit__(None, None, None)

    def place(self, n: int) -> int:
        return self.town.places[n % len(self.town.places)]

    @rule(name=people, n=numbers, findings=st.integers(0, 2))
    def visits(self, name: str, n: int, findings: int) -> None:
        problems.visits_as_the_law_says(self.town, name, self.place(n), findings, n)

    @rule(name=officers, n=numbers)
    def corrects_a_visit(self, name: str, n: int) -> None:
        rows = self.town.rows(inspection)
        aside.corrects(self.town, name, rows[n % len(rows)].id, n)

    @rule(kind=kinds, verb=numbers, name=people, key=numbers, n=numbers, stale=st.booleans())
    def tries(self, kind: ModuleType, verb: int, name: str, key: int, n: int, stale: bool) -> None:
        verbs, rows = list(kind.LAW), self.town.rows(kind.TABLE)
        row = rows[key % len(rows)]
        kind.tries(self.town, verbs[verb % len(verbs)], name, row.id, n, stale=stale)
        kind.offers_are_the_law(self.town, name, row.id)

    @rule(kind=kinds, key=numbers, steps=st.lists(st.tuples(numbers, numbers), min_size=2, max_size=6))
    def goes_on(self, kind: ModuleType, key: int, steps: list[tuple[int, int]]) -> None:
        """Take one thing on, step by step, by what usually comes next and somebody who may."""
        rows = self.town.rows(kind.TABLE, *OPEN[kind])
        for which, n in steps:
            row = kind.read(self.town, rows[key % len(rows)].id) if rows else None
            if row is None or row.state not in kind.NEXT:
                return
            verb = kind.NEXT[row.state][which % len(kind.NEXT[row.state])]
            able = able_to(self.town, kind, verb, row, n)
            if able:
                kind.tries(self.town, verb, able[n % len(able)], row.id, n)

    @rule(kind=kinds, name=officers, key=numbers)
    def rises_and_wants_to_decide(self, kind: ModuleType, name: str, key: int) -> None:
        self.town.rises(name)
        rows = self.town.rows(kind.TABLE, "recheck_passed", "reviewing")
        if rows:
            kind.tries(self.town, "close_out", name, rows[key % len(rows)].id, 1)

    @rule(name=people, place=numbers, n=numbers)
    def registers_a_lead(self, name: str, place: int, n: int) -> None:
        leads.registers(self.town, name, self.place(place) if n % 4 else None, n)

    @rule(
        verb=st.sampled_from(("reassign", "assign_recheck")), name=people, officer=officers,
        keys=st.sets(numbers, min_size=1, max_size=3),
    )  # fmt: skip
    def gives_many_away(self, verb: str, name: str, officer: str, keys: set[int]) -> None:
        rows = self.town.rows(problem, *PROBLEM[verb].sources) or self.town.rows(problem)
        chosen = {rows[key % len(rows)].id: rows[key % len(rows)] for key in keys}
        aside.gives_many(self.town, verb, name, list(chosen.values()), self.town.officers[officer])

    @rule(name=people, keys=st.sets(numbers, min_size=1, max_size=4), n=numbers)
    def orders_many(self, name: str, keys: set[int], n: int) -> None:
        rows = self.town.rows(problem, *PROBLEM["order"].sources) or self.town.rows(problem)
        chosen = {rows[key % len(rows)].id: rows[key % len(rows)] for key in keys}
        aside.orders_many(self.town, name, list(chosen.values()), n)

    @rule(verb=verbs_of_papers, name=people, key=numbers, n=numbers, stale=st.booleans())
    def tries_a_paper(self, verb: str, name: str, key: int, n: int, stale: bool) -> None:
        there = papers.handed_in(self.town, "submitted") if verb != "submit" and n % 4 else []
        there = there or papers.everything(self.town)
        papers.tries(self.town, verb, name, there[key % len(there)], n, stale=stale)
        papers_seen.offers_are_the_law(self.town, name, there[key % len(there)])

    @rule(name=people, keys=st.sets(numbers, min_size=1, max_size=4), n=numbers)
    def approves_many(self, name: str, keys: set[int], n: int) -> None:
        there = papers.handed_in(self.town, "submitted") or papers.handed_in(self.town)
        if there:
            papers.approves_many(self.town, name, [there[key % len(there)] for key in sorted(keys)], n)

    @rule(place=numbers)
    def a_name_is_corrected(self, place: int) -> None:
        papers.corrects_the_name(self.town, self.place(place))

    @rule(
        name=people, to=officers, keys=st.sets(numbers, min_size=1, max_size=2), n=numbers,
        duty=st.sampled_from("AB"), stale=st.booleans(),
    )  # fmt: skip
    def hands_over(self, name: str, to: str, keys: set[int], n: int, duty: str, stale: bool) -> None:
        every = self.town.city.grids
        chosen = sorted({every[key % len(every)] for key in keys})
        grids.hands_over(self.town, name, to, chosen, n, duty, stale=stale and n % 3 == 0)

    @rule(name=people, to=officers, place=numbers, cross=st.booleans(), days=st.integers(0, 9))
    def lends(self, name: str, to: str, place: int, cross: bool, days: int) -> None:
        aside.lends(self.town, name, to, self.place(place), cross=cross, days=days)

    @rule(name=people, n=numbers)
    def takes_a_loan_back(self, name: str, n: int) -> None:
        still = [one for one in self.town.known.loans if one.ended is None and one.last >= self.town.today]
        if still:
            aside.takes_back(self.town, name, still[n % len(still)])

    @rule(place=numbers)
    def an_enterprise_closes(self, place: int) -> None:
        aside.closes_down(self.town, self.place(place))

    @rule(days=st.sampled_from((1, 1, 8, 30)))
    def days_pass(self, days: int) -> None:
        aside.days_pass(self.town, days)


@pytest.fixture
def town(db: sa.Engine) -> Iterator[Town]:
    """A town that nothing of is kept."""
    with db.connect() as conn, conn.begin() as everything:
        made = Town(conn)
        settle_in(made)
        yield made
        everything.rollback()


def test_whatever_people_do_the_law_holds(town: Town) -> None:
    holds.everything(town)
    everybody_tries_everything(town)
    the_worker_rises(town)
    the_second_takes_what_is_others(town)
    the_sides_are_told(town)
    everybody_does_the_rest(town)
    a_loan_ends(town)
    with town.taken_back():
        papers_seen.goes_its_way(town)
    grids.change_hands(town)
    # the law is the same on both databases; what they store is held by the shorter run too
    examples = 10 if town.conn.dialect.name == "sqlite" else 3
    run_state_machine_as_test(
        lambda: Loops(town),
        settings=settings(
            max_examples=examples, stateful_step_count=15, deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )  # fmt: skip
