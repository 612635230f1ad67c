"""The town's first day: a problem and a lead in every state, got there by the verbs themselves."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from data.schema import inspection, lead, problem
from data.workflow import LEAD_MOVES, PROBLEM_MOVES
from tests.data.loops import aside, holds, leads, problems
from tests.data.loops.law import LEAD, LEAD_STATES, PROBLEM, PROBLEM_STATES
from tests.data.loops.town import OFFICERS, PEOPLE, Town

WAY_OF_PROBLEM = ("order", "reply", "assign_recheck", "pass_recheck", "close_out")
WAY_OF_LEAD = ("assign", "acknowledge", "investigate", "conclude", "dispose", "submit", "close_out")

ONE_OF_EACH_ROLE = ("second", "narrow", "leader", "auditor", "steward", "admin", "wall")
DECIDED = (
    (problems, "recheck_passed", "close_out"), (problems, "ordered", "decide_extension"),
    (leads, "reviewing", "close_out"), (leads, "investigating", "decide_extension"),
)  # fmt: skip
"""What nobody decides about their own work."""


def settle_in(town: Town) -> None:
    """Bring a problem and a lead into every state that work leads to; many people have a hand in them.

    The first officer finds, the second orders, the third rechecks, and the fourth answers for it. Leads go
    from the first officer to the second, and a visit of the third looks into them.
    """
    here = town.places[0]  # in the first officer's grid
    aside.lends(town, "boss", "second", here, cross=False)
    aside.lends(town, "boss", "third", here, cross=True)
    problems.visits_as_the_law_says(town, "first", here, len(PROBLEM_STATES), 0)
    for n in range(len(LEAD_STATES) + 1):
        assert leads.registers(town, "boss", here, 6 * n + 1) is None
    leads.registers(town, "boss", here, 5)  # a complaint: both sides are to be told what came of it
    leads.registers(town, "boss", town.places[4], 1)  # where half of the people do not look
    for n in (1, 3):  # two of the leads are named at a visit
        problems.visits_as_the_law_says(town, "third", here, 0, n)
    ways = {"filed": ("file",), "transferred": ("transfer",), "revoked": ("revoke",)}
    ways |= {state: WAY_OF_PROBLEM[:n] for n, state in enumerate(PROBLEM_STATES[:6])}
    ways["ordered"] = ("order", "ask_extension")
    for row, state in zip(town.rows(problem), PROBLEM_STATES, strict=True):
        for verb in ways.get(state, ()):
            _goes(town, problems, verb, row.id, 2, second="third" if verb == "pass_recheck" else "second")
            if verb == "order":
                _goes(town, problems, "reassign", row.id, 3)
    # where the second name on a visit is all that the first, or the second officer had to do with it
    problems.visits_as_the_law_says(town, "third", town.places[4], 2, 0, second=town.officers["first"])
    *_, mended, rechecked = town.rows(problem)
    _goes(town, problems, "fix_on_spot", mended.id, 2, second="third")
    for verb in WAY_OF_PROBLEM[:4]:
        _goes(town, problems, verb, rechecked.id, 9 if verb == "pass_recheck" else 2, second="third")
    for one in (mended, rechecked):
        _goes(town, problems, "reassign", one.id, 3)
    for row, end in zip(town.rows(lead), (0, *range(len(LEAD_STATES)), 6, 0), strict=True):
        if end > 1:  # the first officer has it for a while
            for verb, n in (("assign", 6), ("acknowledge", 7), ("reassign", 7)):
                _goes(town, leads, verb, row.id, n, second="first")
        for verb in WAY_OF_LEAD[end > 1 : end]:
            _goes(town, leads, verb, row.id, 7)
        if end == 3:
            _goes(town, leads, "ask_extension", row.id, 7)
    assert {row.state for row in town.rows(problem)} == set(PROBLEM_STATES) - {"ended"}
    assert {row.state for row in town.rows(lead)} == set(LEAD_STATES)


def _goes(town: Town, kind: ModuleType, verb: str, key: int, n: int, second: str = "second") -> None:
    name = "leader" if kind.LAW[verb].right in ("assign", "approve") else second
    assert kind.tries(town, verb, name, key, n) is None, verb


def everybody_tries_everything(town: Town) -> None:
    """Try every verb in every state by who may, and once by all who may not; all of it is taken back."""
    assert PROBLEM.keys() == PROBLEM_MOVES.keys() and LEAD.keys() == LEAD_MOVES.keys(), "tell the law of it"
    for kind in (problems, leads):
        for state in kind.STATES:
            for row in town.rows(kind.TABLE, state)[-1:]:
                for verb in kind.LAW:
                    name, n = _able(town, kind, verb, kind.read(town, row.id))
                    kind.tries(town, verb, name, row.id, n, keep=False)
                for name in ("second", "narrow", "leader"):
                    kind.offers_are_the_law(town, name, row.id)
        for verb in kind.LAW:
            _try_in_vain(town, kind, verb)


def _try_in_vain(town: Town, kind: ModuleType, verb: str) -> None:
    """Let a verb be tried with an old version, by those without the right, and by those from elsewhere."""
    move = kind.LAW[verb]
    near, far = town.rows(kind.TABLE, *move.sources)[0], town.rows(kind.TABLE)[-1]
    name, n = _able(town, kind, verb, kind.read(town, near.id))
    kind.tries(town, verb, name, near.id, n, stale=True, keep=False)
    for other in ONE_OF_EACH_ROLE:
        if not town.may(other, move.right) or not kind.sees(town, other, kind.read(town, far.id)):
            kind.tries(town, verb, other, far.id, n, keep=False)


def _able(town: Town, kind: ModuleType, verb: str, row: Any) -> tuple[str, int]:
    """Return who can do it, and with what to say; else who could were it in another state."""
    for n in range(2, 8) if row.state in kind.LAW[verb].sources else ():
        for name in able_to(town, kind, verb, row, n):
            return name, n
    could = [name for name in PEOPLE if town.may(name, kind.LAW[verb].right) and kind.sees(town, name, row)]
    return (could or ["leader"])[-1], 2


def able_to(town: Town, kind: ModuleType, verb: str, row: Any, n: int) -> list[str]:
    """Return who can do it now, saying what `n` chooses."""

    def refused(name: str) -> str | None:
        return kind.verdict(town, verb, name, row, kind.said_of(town, verb, name, row, n), False)

    return [name for name in PEOPLE if refused(name) is None]


def the_worker_rises(town: Town) -> None:
    """Let each officer become a supervisor and decide about what they had a hand in; taken back."""
    for name in OFFICERS:
        with town.taken_back():
            town.rises(name)
            for kind, state, verb in DECIDED:
                for row in town.rows(kind.TABLE, state):
                    kind.tries(town, verb, name, row.id, 1, keep=False)


def the_second_takes_what_is_others(town: Town) -> None:
    """Let the second officer make the third's recheck, and bring along an own picture and the first's."""
    kinds = (problems, "awaiting_recheck", "pass_recheck", 2), (problems, "ordered", "reply", 5)
    kinds += (problems, "ordered", "reply", 6), (leads, "investigating", "conclude", 6)
    for kind, state, verb, n in kinds:
        row = town.rows(kind.TABLE, state)[0]
        done = kind.tries(town, verb, "second", row.id, n, keep=False)
        assert done == {2: "recheck_of_others", 5: None, 6: "attachment_missing"}[n]


def the_sides_are_told(town: Town) -> None:
    """Let one side be told, then both at once, that side again, the other, once more; then close it."""
    with town.taken_back():
        told = town.rows(lead, "reviewing")[-1]
        codes = [leads.tries(town, "tell", "second", told.id, n) for n in (4, 3, 4, 2, 2)]
        assert codes == [None, "lead_tell_whom", "lead_tell_whom", None, "lead_tell_done"]
        leads.offers_are_the_law(town, "second", told.id)
        assert leads.tries(town, "close_out", "leader", told.id, 1) is None


def everybody_does_the_rest(town: Town) -> None:
    """Let one of each role visit, correct, register, lend and give many away where half of them may not."""
    far = town.places[4]
    near_and_far = [*town.rows(problem, "found", "ordered")[:2], *town.rows(problem, "recheck_passed")[-1:]]
    for name in ONE_OF_EACH_ROLE:
        with town.taken_back():
            problems.visits_as_the_law_says(town, name, far, 1, 1)
            leads.registers(town, name, far, 1)
            aside.takes_back(town, name, town.known.loans[0])
            aside.lends(town, name, "first", far, cross=True, days=0)
            aside.gives_many(town, "reassign", name, near_and_far, town.officers["first"])
            aside.gives_many(town, "assign_recheck", name, town.rows(problem, "replied"), town.fourth)
            aside.orders_many(town, name, [*town.rows(problem, "found"), *near_and_far], 0)
            aside.corrects(town, name, town.rows(inspection)[0].id, 3)
    # the second orders what the first is to see put right, and somebody else had seen it otherwise
    with town.taken_back():
        for place, findings in zip(town.places[:2], (2, 1), strict=True):  # one notice each
            problems.visits_as_the_law_says(town, "first", place, findings, 0)
        for n, code in ((3, "problem_changed"), (1, None)):
            assert aside.orders_many(town, "second", town.rows(problem, "found"), n) == code
        holds.everything(town)
        for row in town.rows(problem, "ordered"):  # what was told moves on to what is still ordered
            problems.tries(town, "reply", "second", row.id, 2)
            holds.notices_are_whole(town)
    # the far one was visited once, and rechecked: corrected, that is no coverage
    [once, *_] = [row.id for row in town.rows(inspection) if row.enterprise_id == far]
    first = town.rows(inspection)[0].id
    for name, visit, n in (("third", once, 1), ("first", first, 2), ("first", first, 3), ("first", first, 4)):
        with town.taken_back():
            aside.corrects(town, name, visit, n)
            aside.corrects(town, name, visit, n)
            holds.everything(town)


def a_loan_ends(town: Town) -> None:
    """Let a loan end on its day, and by being taken back; who was lent does there nothing any more."""
    far = town.places[5]
    for cross in (True, False):
        for ended in (True, False):
            with town.taken_back():
                aside.lends(town, "leader", "first", far, cross=cross, days=2)
                problems.visits_as_the_law_says(town, "first", far, 0, 0)
                if ended:
                    aside.takes_back(town, "leader", town.known.loans[-1])
                else:
                    aside.days_pass(town, 3)
                problems.visits_as_the_law_says(town, "first", far, 0, 0)
                holds.everything(town)
