"""Approval of papers: drafts until somebody else approves them, drafts again once they say something else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from data import audit
from data.access import Role, Viewer
from data.checklists import checklists
from data.documents.approval import issued
from data.documents.content import visit_record
from data.errors import Conflict, Denied, NotFound, Refused
from data.reads.enterprise import enterprise_file
from data.reads.messages import inbox
from data.reads.papers import paper_file
from data.reads.problems import problem_file
from data.schema import fact_identity, finding, inspection, problem, rectification
from data.store import reading, writing
from data.writes.inspections import record, supersede
from data.writes.papers import approve_paper, return_paper, submit_paper
from data.writes.problems import order
from data.writes.reminders import daily
from data.writes.visit import Finding, Visit
from tests.factories import NOW, TODAY, MadeCity, add_fact, add_org, add_user, make_city, viewer

VISIT = Visit(
    "routine", NOW - timedelta(minutes=5), "rectify", checklist="vaccine", opinion="无异议",
    results={item.code: "conforms" for item in checklists("en")["vaccine"].items} | {"YM.3": "fails"},
    findings=(Finding("major", "冷链断链", "YM.3", "第三十七条"),),
)  # fmt: skip


@dataclass
class Case:
    """A visit with one finding that is ordered to be put right, its officer and two supervisors."""

    db: sa.Engine
    city: MadeCity
    shop: int
    visit: int
    problem: int
    round: int
    officer: Viewer
    chief: Viewer

    def submit(self, kind: str = "visit", who: Viewer | None = None) -> int:
        with writing(self.db) as conn:
            return submit_paper(conn, who or self.officer, kind, self.number(kind), now=NOW)

    def approve(self, paper_id: int, who: Viewer | None = None, number: str = "") -> None:
        with writing(self.db) as conn:
            approve_paper(conn, who or self.chief, paper_id, number=number, now=NOW)

    def give_back(self, paper_id: int, reason: str = "地址有误", who: Viewer | None = None) -> None:
        with writing(self.db) as conn:
            return_paper(conn, who or self.chief, paper_id, reason=reason, now=NOW)

    def number(self, kind: str) -> int:
        return self.visit if kind == "visit" else self.round

    def mark(self, kind: str = "visit", language: str = "zh-CN") -> tuple[str, str]:
        """Return the mark that the paper leaves the house with, and the note under its title."""
        with reading(self.db) as conn:
            made, _ = issued(conn, self.chief, kind, self.number(kind), language)
        return made.mark, made.note

    def change(self, statement: Any) -> None:
        with writing(self.db) as conn:
            conn.execute(statement)

    def told(self, who: Viewer) -> list[tuple[str, str]]:
        with reading(self.db) as conn:
            return [(one.kind, one.object) for one in inbox(conn, who)[0] if one.object != "platform"]


@pytest.fixture
def case(db: sa.Engine) -> Iterator[Case]:
    with writing(db) as conn:
        made = make_city(conn, visited=0)
        shop = made.by_grid[made.grids[0]][0]
        bureau = add_org(conn, "B", kind="bureau")
        grid_org = sa.text("UPDATE grid SET org_id = :org").bindparams(org=bureau)
        conn.execute(grid_org)
        account = add_user(conn, Role.OFFICER, officer_id=made.officers[0])
        officer = replace(
            viewer(Role.OFFICER, grids=(made.grids[0],), officer_id=made.officers[0]), user_id=account
        )
        chief = replace(viewer(Role.SUPERVISOR), user_id=add_user(conn, Role.SUPERVISOR, org_id=bureau))
        new = record(
            conn, officer, shop, replace(VISIT, officer2_id=made.officers[1]), client_id="c-1", now=NOW
        )
        one = conn.execute(sa.select(problem.c.id)).scalar_one()
        order(conn, officer, one, kind="term", due_on=TODAY + timedelta(days=19), version=1, now=NOW)
        ordered = conn.execute(sa.select(rectification.c.id)).scalar_one()
    yield Case(db, made, shop, new, one, ordered, officer, chief)


@pytest.mark.parametrize("kind", ["visit", "order"])
def test_a_paper_is_a_draft_until_it_is_approved_and_each_step_is_told_once(case: Case, kind: str) -> None:
    about = {"visit": "record", "order": "order"}[kind]
    assert case.mark(kind) == ("草稿", "")
    handed = case.submit(kind)
    assert case.mark(kind) == ("草稿", "") and case.told(case.chief) == [("asked", about)]
    case.approve(handed, number="测市监责改〔2026〕12号")
    assert case.mark(kind) == ("", "") and case.mark(kind, "en") == ("", "")
    assert (case.told(case.chief), case.told(case.officer)) == ([], [("approved", about)])
    with reading(case.db) as conn:
        made, how = issued(conn, case.chief, kind, case.number(kind), "zh-CN")
        known = paper_file(conn, case.officer, kind, case.number(kind), "zh-CN")
        told = enterprise_file(conn, case.chief, case.shop, TODAY).timeline
        acts = conn.execute(sa.select(audit.audit.c.action).order_by(audit.audit.c.seq)).scalars()
        assert list(acts)[-2:] == ["paper.submit", "paper.decide"] and audit.verify(conn) is None
    assert how.holds and any("批准人" in line and "2026年11月21日" in line for line in made.closing)
    assert (known.state, known.moves, len(known.steps)) == ("approved", (), 1)
    assert [one.data["state"] for one in told if one.kind == "paper"].count("approved") == 1


def test_an_order_needs_a_number_of_its_own_which_it_then_says(case: Case) -> None:
    handed = case.submit("order")
    with pytest.raises(Refused, match="text_missing") as told:
        case.approve(handed)
    assert told.value.field == "number"
    with writing(case.db) as conn:
        other = {"problem_id": case.problem, "round": 9, "kind": "term", "number": "A-1", "recorded_at": NOW}
        conn.execute(sa.insert(rectification), other)
    with pytest.raises(Refused, match="paper_number_taken"):
        case.approve(handed, number="A-1")
    case.approve(handed, number=" A-2 ")
    with reading(case.db) as conn:
        made, _ = issued(conn, case.chief, "order", case.round, "zh-CN")
    assert (made.number, made.mark) == ("A-2", "")
    case.change(sa.update(rectification).where(rectification.c.round == 1).values(number="A-3"))
    assert case.mark("order")[0] == "草稿"


CHANGES: dict[str, tuple[str, Any]] = {
    "what was found": ("visit", sa.update(finding).values(text="另一问题")),
    "the officers": ("visit", sa.update(inspection).values(officer2_id=None)),
    "the answers": ("visit", sa.update(inspection).values(details={"list": "vaccine"})),
    "the name on that day": ("visit", sa.update(fact_identity).values(name="另一药店")),
    "the kind": ("order", sa.update(rectification).values(kind="immediate")),
    "the clause": ("order", sa.update(finding).values(clause="第一条")),
}


def test_after_any_change_an_approved_paper_is_a_draft_again_and_says_so(case: Case) -> None:
    for kind in ("visit", "order"):
        case.approve(case.submit(kind), number="A-1")
    for what, (kind, change) in CHANGES.items():
        with case.db.connect() as conn:  # never committed
            conn.execute(change)
            made, _ = issued(conn, case.chief, kind, case.number(kind), "zh-CN")
            known = paper_file(conn, case.officer, kind, case.number(kind), "zh-CN")
        assert (made.mark, made.note) == ("草稿", "内容在批准后有变更，须重新批准"), what
        assert (known.state, known.moves) == ("changed", ("submit",)), what
    case.change(CHANGES["the kind"][1])
    case.approve(case.submit("order"))
    assert case.mark("visit") == case.mark("order") == ("", "")


def test_the_order_of_an_earlier_round_stays_approved_in_the_next(case: Case) -> None:
    case.approve(case.submit("order"), number="A-1")
    case.change(sa.update(problem).values(round=2))
    with writing(case.db) as conn:
        again = {"problem_id": case.problem, "round": 2, "kind": "term", "ordered_on": TODAY}
        conn.execute(sa.insert(rectification), {**again, "recorded_at": NOW})
        known = problem_file(conn, case.chief, case.problem, TODAY)
    assert case.mark("order") == ("", "")
    assert [known.papers.get(one.id) for one in known.rounds] == ["approved", None]


def test_what_became_of_the_enterprise_later_leaves_an_approved_paper_as_it_was(case: Case) -> None:
    case.approve(case.submit())
    with writing(case.db) as conn:
        add_fact(
            conn, "identity", case.shop, valid_from=TODAY + timedelta(days=1), name="新名称", recorded_at=NOW
        )
    assert case.mark() == ("", "")


def test_a_paper_that_changed_while_it_waited_is_given_back_not_approved(case: Case) -> None:
    handed = case.submit()
    case.change(sa.update(finding).values(text="另一问题"))
    with pytest.raises(Refused, match="paper_changed"):
        case.approve(handed)
    with reading(case.db) as conn:
        assert paper_file(conn, case.chief, "visit", case.visit, "zh-CN").moves == ("return",)
    case.give_back(handed)
    assert case.told(case.officer) == [("returned", "record")]
    case.approve(case.submit())
    assert case.mark() == ("", "") and case.told(case.officer) == [("approved", "record")]


def test_a_paper_is_given_back_with_a_reason_and_decided_once(case: Case) -> None:
    handed = case.submit()
    with pytest.raises(Refused, match="reason_missing"):
        case.give_back(handed, " ")
    case.give_back(handed)
    for again in (case.approve, case.give_back):
        with pytest.raises(Conflict, match="paper_decided"):
            again(handed)
    with reading(case.db) as conn:
        known = paper_file(conn, case.officer, "visit", case.visit, "zh-CN")
    assert (known.state, known.steps[0].reason, known.moves) == ("returned", "地址有误", ("submit",))
    assert case.mark() == ("草稿", "")


@pytest.mark.parametrize("kind", ["visit", "order"])
def test_nobody_approves_their_own_work_nor_outside_their_scope(case: Case, kind: str) -> None:
    with writing(case.db) as conn:
        another = add_user(conn, Role.OFFICER, officer_id=case.city.officers[2])
    handed = case.submit(kind, replace(case.officer, user_id=another, officer_id=case.city.officers[2]))
    # who handed it in, who recorded the visit, and its two officers, grown into another post meanwhile
    first, second = case.city.officers[0], case.city.officers[1]
    for own in (
        replace(case.chief, user_id=another), replace(case.chief, user_id=case.officer.user_id),
        replace(case.chief, officer_id=first), replace(case.chief, officer_id=second),
    ):  # fmt: skip
        with pytest.raises(Denied, match="own_work"):
            case.approve(handed, own, number="A-1")
        with reading(case.db) as conn:
            assert paper_file(conn, own, kind, case.number(kind), "zh-CN").moves == ()
    elsewhere = viewer(Role.SUPERVISOR, grids=(case.city.grids[1],))
    for who in (elsewhere, viewer(Role.AUDITOR), viewer(Role.STEWARD), case.officer):
        with pytest.raises(Denied):
            case.approve(handed, who, number="A-1")
        with pytest.raises(Denied):
            case.give_back(handed, who=who)
    for who in (case.chief, viewer(Role.OFFICER, grids=(case.city.grids[1],))):
        with pytest.raises(Denied):
            case.submit(kind, who)


def test_a_paper_is_handed_in_once_and_not_again_while_it_holds(case: Case) -> None:
    handed = case.submit()
    with pytest.raises(Refused, match="paper_waits"):
        case.submit()
    case.approve(handed)
    with pytest.raises(Refused, match="paper_holds"):
        case.submit()
    with writing(case.db) as conn:
        for kind, number in (("visit", 10**9), ("order", 10**9), ("letter", 1), ("visit", 2**70)):
            with pytest.raises(NotFound):
                submit_paper(conn, case.officer, kind, number, now=NOW)
        with pytest.raises(NotFound, match="paper_unknown"):
            approve_paper(conn, case.chief, 10**9, now=NOW)


def test_what_waits_of_a_problem_that_is_closed_otherwise_is_no_longer_asked(case: Case) -> None:
    case.submit("order")
    case.change(sa.update(problem).values(state="revoked"))
    with writing(case.db) as conn:
        daily(conn, TODAY, now=NOW)
    assert case.told(case.chief) == []


def test_a_corrected_visit_is_no_longer_approved_the_correction_is(case: Case) -> None:
    case.approve(case.submit())
    with writing(case.db) as conn:
        right = replace(VISIT, officer2_id=case.city.officers[1], opinion="有异议", findings=())
        new = supersede(conn, case.officer, case.visit, right, reason="意见录错", client_id="c-2", now=NOW)
        tables = visit_record(conn, case.officer, new, "zh-CN").tables
        assert ["冷链断链" in str(one.rows) for one in tables].count(True) == 1  # it was found, and stays so
    assert case.mark() == ("草稿", f"本记录已被更正，以编号 {new} 的检查记录为准")
    with pytest.raises(Refused, match="paper_superseded"):
        case.submit()
    with writing(case.db) as conn:
        approve_paper(conn, case.chief, submit_paper(conn, case.officer, "visit", new, now=NOW), now=NOW)
