"""What always holds of papers, what each person is shown of them, and the way that they go."""

from __future__ import annotations

import sqlalchemy as sa

from data.access import Right
from data.reads.paper_list import PaperFilter, papers, papers_to_approve
from data.reads.papers import paper_file
from data.schema import inspection, paper, rectification
from tests.data.loops import aside
from tests.data.loops.law import PAPER
from tests.data.loops.papers import (
    approves_many,
    corrects_the_name,
    everything,
    handed_in,
    is_own,
    known,
    place_of,
    stands_as_the_law_says,
    superseded,
    tries,
    verdict,
)
from tests.data.loops.town import OFFICERS, PEOPLE, Town

LISTED = ("second", "boss", "narrow")


def hold(town: Town) -> None:
    """Hold of all papers: how they stand, whose they are, that no number is there twice."""
    accounts = {account: name for name, account in town.accounts.items()}
    for what, one in town.known.papers.items():
        stands_as_the_law_says(town, what)
        own = paper.c.inspection_id if what[0] == "visit" else paper.c.rectification_id
        for row in town.conn.execute(sa.select(paper).where(own == what[1])):
            assert row.decided_by is None or accounts[row.decided_by] not in one.hands
        if one.state == "approved" and what[0] == "order":
            assert town.row(rectification, what[1]).number
    numbers = [row.number for row in town.rows(rectification) if row.number and row.notice_of is None]
    assert len(numbers) == len(set(numbers)), "two papers have one number"
    for name in LISTED:
        lists_are_the_law(town, name)


def lists_are_the_law(town: Town, name: str) -> None:
    """Hold that what waits for somebody is what they may decide, or what was given back to them."""
    here, approves = town.viewer(name), town.may(name, "approve")
    found = {(row.kind, row.number) for row in papers(town.conn, here, PaperFilter(todo=True), 0, 999).rows}
    mine = {
        what
        for what in handed_in(town, "submitted" if approves else "returned")
        if town.sees_enterprise(name, place_of(town, what))
        and (not is_own(town, name, what) if approves else known(town, what).by == name)
    }
    assert found == mine, name
    assert papers_to_approve(town.conn, here) == (len(mine) if approves else 0)


def offers_are_the_law(town: Town, name: str, what: tuple[str, int]) -> None:
    """Hold that what is offered to somebody is what they may do."""
    here = town.viewer(name)
    if here.may(Right.WORK) and town.sees_enterprise(name, place_of(town, what)):
        offered = set(paper_file(town.conn, here, *what, "zh-CN").moves)
        fitting = {verb for verb in PAPER if verdict(town, verb, name, what, f"新〔{what[1]}〕") is None}
        if superseded(town, what):
            offered -= {"submit"}
        assert offered == fitting, f"{name} is offered {offered} of {what}, the law says {fitting}"


def goes_its_way(town: Town) -> None:
    """Let each verb be tried on a visit's record and an order by one of each role, in each state."""
    visit = next(what for what in everything(town) if what[0] == "visit")
    ordered = [what for what in everything(town) if what[0] == "order"]
    for what in (visit, ordered[0]):
        for verb, n in (("submit", 2), ("return", 2), ("submit", 2), ("approve", 4)):
            for other in PAPER:
                for name in PEOPLE:
                    if other != verb or not town.may(name, PAPER[verb][0]):
                        tries(town, other, name, what, n, keep=False)
            for name in LISTED:
                offers_are_the_law(town, name, what)
            tries(town, "return", "leader", what, 0, keep=False)
            assert tries(town, verb, "second" if verb == "submit" else "boss", what, n) is None
            lists_are_the_law(town, "boss" if verb == "submit" else "second")
            tries(town, verb, "leader", what, n, stale=True, keep=False)
        assert tries(town, "submit", "second", what) == "paper_holds"
    tries(town, "submit", "second", ordered[1])
    for n, code in ((1, "text_missing"), (3, "paper_number_taken")):
        assert tries(town, "approve", "boss", ordered[1], n) == code
    with town.taken_back():  # what it says changes under the hand of who looked at it, and after the approval
        corrects_the_name(town, place_of(town, visit))
        for what in (visit, ordered[0], ordered[1]):
            stands_as_the_law_says(town, what)
            tries(town, "approve", "boss", what, 4)
            offers_are_the_law(town, "boss", what)
        assert tries(town, "submit", "second", visit) is None
        assert tries(town, "submit", "second", ordered[0]) is None
        # the first is no more than the second name on this visit, and the second did no more than hand in
        first = town.officers["first"]
        named = next(row.id for row in town.rows(inspection) if row.officer2_id == first)
        assert tries(town, "submit", "third", ("visit", named)) is None
        assert tries(town, "return", "narrow", ("visit", named), 2) == "denied_scope"
        for name in OFFICERS:
            with town.taken_back():
                town.rises(name)
                for what in (visit, ("visit", named), *ordered[:2]):
                    tries(town, "approve", name, what, 4, keep=False)
                lists_are_the_law(town, name)
        assert approves_many(town, "boss", [visit, *ordered[:2]], 4) == "paper_changed"
        approves_many(town, "second", [visit], 4)
        approves_many(town, "boss", [ordered[0], visit], 4)
        assert aside.corrects(town, "first", visit[1], 1) is None
        assert tries(town, "submit", "second", visit) == "paper_superseded"
        hold(town)
    hold(town)
