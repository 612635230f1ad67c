"""One notice for whatever was found at an enterprise: one paper, one number, one message."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from data import audit
from data.access import Role, Viewer, viewer_of_user
from data.documents.approval import issued
from data.errors import Conflict, Denied, Refused
from data.reads.notices import orderable_beside
from data.reads.papers import paper_file
from data.reads.problems import problem_file
from data.schema import attachment, message, paper, problem, rectification
from data.store import reading, writing
from data.writes import problems as on_the_way
from data.writes import problems_aside as aside
from data.writes.inspections import record, supersede
from data.writes.loans import NewLoan, lend
from data.writes.notice_amend import amend_order
from data.writes.papers import approve_paper, submit_paper
from data.writes.problems_many import order_many
from data.writes.rechecks import Recheck
from data.writes.reminders import daily
from data.writes.visit import Finding, Visit
from tests.data.test_problems import RECHECK, WITH_FINDING
from tests.factories import NOW, TODAY, add_org, add_user, make_city

THREE = tuple(Finding("minor", f"不符合{n}", None, f"第{n}条") for n in (1, 2, 3))
TERM = TODAY + timedelta(days=19)


@dataclass
class Shop:
    """An enterprise with three findings of one visit, who found them, and who supervises."""

    db: sa.Engine
    id: int
    grid: int
    officers: list[int]
    problems: list[int]
    finder: Viewer
    boss: Viewer
    visit: int

    def order(self, who: Viewer, *numbers: int, seen: int = 1, **said: object) -> int:
        with writing(self.db) as conn:
            versions = dict.fromkeys(numbers, seen)
            return order_many(conn, who, versions, **{"kind": "term", "due_on": TERM, **said}, now=NOW)

    def act(self, verb, who: Viewer, number: int, /, **said: object):
        with writing(self.db) as conn:
            seen = conn.execute(sa.select(problem.c.version).where(problem.c.id == number)).scalar_one()
            return verb(conn, who, number, version=seen, now=NOW, **said)

    def rounds(self, nth: int = 1) -> list[sa.Row]:
        r = rectification.c
        with reading(self.db) as conn:
            return conn.execute(sa.select(r).where(r.round == nth).order_by(r.problem_id)).all()

    def paper(self, number: int, language: str = "zh-CN"):
        with reading(self.db) as conn:
            return issued(conn, self.boss, "order", number, language)

    def told(self, who: Viewer, kind: str = "assigned") -> list[tuple[int, str, dict]]:
        m = message.c
        own = (m.to_user_id == who.user_id, m.kind == kind, m.ended_at.is_(None))
        with reading(self.db) as conn:
            rows = conn.execute(sa.select(m.object_id, m.cause, m.params).where(*own)).all()
        return [(row.object_id, row.cause.partition(":")[0], row.params) for row in rows]


@pytest.fixture
def shop(db: sa.Engine) -> Shop:
    with writing(db) as conn:
        made = make_city(conn, enterprises=2, unplaced=0, visited=0)
        root = add_org(conn, "root", kind="bureau")
        own = add_user(conn, Role.OFFICER, officer_id=made.officers[0])
        finder, boss = (
            viewer_of_user(conn, one, TODAY) for one in (own, add_user(conn, Role.SUPERVISOR, org_id=root))
        )
        grid = made.grids[0]
        one = made.by_grid[grid][0]
        visit = replace(WITH_FINDING, officer2_id=made.officers[3], findings=THREE)
        new = record(conn, finder, one, visit, client_id="found", now=NOW)
        ids = list(conn.execute(sa.select(problem.c.id).order_by(problem.c.id)).scalars())
    return Shop(db, one, grid, made.officers, ids, finder, boss, new)


def test_one_notice_orders_all_findings_of_a_visit_each_with_its_clause(shop: Shop) -> None:
    first, second, third = shop.problems
    assert shop.order(shop.finder, third, first, second, clauses={second: "GSP 第十二条"}) == 1
    rounds = shop.rounds()
    head = rounds[0].id
    assert [one.notice_of for one in rounds] == [None, head, head]
    papers = [shop.paper(one.id)[0] for one in rounds]
    assert len({one.seal for one in papers}) == 1, "asked for by any of its rounds it is one paper"
    table = papers[2].tables[0]
    said = [(row[3], row[table.heads.index("违反条款")]) for row in table.rows]
    assert said == [("不符合1", "第1条"), ("不符合2", "GSP 第十二条"), ("不符合3", "第3条")]
    assert "2026年12月10日" in papers[0].closing[0] and papers[0].addressee.endswith("：")
    with reading(shop.db) as conn:
        assert audit.verify(conn) is None
        one = problem_file(conn, shop.finder, third, TODAY).rounds[0]
    assert (one.notice, one.together) == (head, (first, second))


def test_an_approval_numbers_the_whole_notice_and_is_that_of_each_round(shop: Shop) -> None:
    shop.order(shop.finder, *shop.problems)
    last = shop.rounds()[-1].id
    with writing(shop.db) as conn:
        handed = submit_paper(conn, shop.finder, "order", last, now=NOW)
        with pytest.raises(Refused, match="paper_waits"):
            submit_paper(conn, shop.finder, "order", shop.rounds()[1].id, now=NOW)
        approve_paper(conn, shop.boss, handed, number="A-1", now=NOW)
        assert conn.execute(sa.select(paper.c.rectification_id)).scalars().all() == [shop.rounds()[0].id]
    assert {one.number for one in shop.rounds()} == {"A-1"}
    assert all(shop.paper(one.id)[1].holds for one in shop.rounds())
    with reading(shop.db) as conn:
        found = problem_file(conn, shop.boss, shop.problems[2], TODAY)
        assert [found.papers[one.notice] for one in found.rounds] == ["approved"]
        assert paper_file(conn, shop.boss, "order", last, "zh-CN").number == shop.rounds()[0].id
    with writing(shop.db) as conn:
        conn.execute(sa.update(rectification).where(rectification.c.id == last).values(kind="immediate"))
    assert shop.paper(shop.rounds()[0].id)[0].mark == "草稿", "what one of them says is part of the paper"


def test_what_becomes_of_a_problem_later_changes_no_word_of_its_notice(shop: Shop) -> None:
    first, second, third = shop.problems
    shop.order(shop.finder, *shop.problems)
    head = shop.rounds()[0].id
    with writing(shop.db) as conn:
        handed = submit_paper(conn, shop.finder, "order", head, now=NOW)
        approve_paper(conn, shop.boss, handed, number="A-1", now=NOW)
    as_ordered = shop.paper(head)[0]
    shop.act(aside.revoke, shop.boss, first, reason="误录")
    shop.act(aside.file, shop.boss, second, note="立案")
    until = TERM + timedelta(days=10)
    shop.act(aside.ask_extension, shop.finder, third, until=until, reason="设备未到")
    shop.act(aside.decide_extension, shop.boss, third, approved=True)
    now, how = shop.paper(shop.rounds()[2].id)
    assert how.holds and replace(now, note="") == as_ordered
    assert now.note == "第 3 项的整改期限经批准延至 2026年12月20日", "more time changes no order"


def test_a_notice_that_was_written_wrong_is_put_right_whole_until_it_is_answered(shop: Shop) -> None:
    first, second, third = shop.problems
    shop.act(aside.reassign, shop.boss, third, officer_id=shop.officers[1])
    with writing(shop.db) as conn:  # the task opens the enterprise
        helper = viewer_of_user(conn, add_user(conn, Role.OFFICER, officer_id=shop.officers[1]), TODAY)
    year = TERM.replace(year=2027)
    with writing(shop.db) as conn:
        order_many(conn, shop.finder, {first: 1, second: 1, third: 2}, kind="term", due_on=year, now=NOW)
    with writing(shop.db) as conn:
        handed = submit_paper(conn, shop.finder, "order", shop.rounds()[0].id, now=NOW)
        approve_paper(conn, shop.boss, handed, number="A-1", now=NOW)
    shop.act(aside.revoke, shop.boss, first, reason="误录")
    shop.act(aside.ask_extension, shop.finder, third, until=year + timedelta(days=1), reason="设备未到")
    head = shop.rounds()[0].id
    said = {"kind": "term", "day": TODAY, "due_on": TERM, "reason": "年份写错"}
    with pytest.raises(Refused, match="reason_missing"):
        shop.act(amend_order, shop.finder, second, **{**said, "reason": " "})
    with pytest.raises(Denied, match="problem_not_yours"):
        shop.act(amend_order, helper, third, **said)
    with pytest.raises(Refused, match="order_at_once"):
        shop.act(amend_order, shop.finder, second, **{**said, "kind": "immediate"})
    shop.act(amend_order, shop.finder, second, **said, number="A-2", clause="GSP 第九条")
    assert {(one.due_on, one.number) for one in shop.rounds()} == {(TERM, "A-2")}
    paper_now, how = shop.paper(head)
    assert not how.holds and paper_now.mark == "草稿" and paper_now.number == "A-2"
    assert "2026年12月10日" in paper_now.closing[0] and paper_now.note == "内容在批准后有变更，须重新批准"
    assert [row[4] for row in paper_now.tables[0].rows] == ["第1条", "GSP 第九条", "第3条"]
    with reading(shop.db) as conn:
        rows = conn.execute(sa.select(problem.c.due_on, problem.c.asked_until).order_by(problem.c.id)).all()
        [*_, step] = problem_file(conn, shop.boss, third, TODAY).steps
    assert [tuple(one) for one in rows[1:]] == [(TERM, None)] * 2 and shop.told(shop.boss, "asked") == []
    assert (step.verb, step.note, step.details["was_due_on"]) == ("amend_order", "年份写错", year.isoformat())
    assert "on" not in step.details, "the day of handing over stays, and is not told again"
    assert shop.told(helper) == [(third, "notice", {"due_on": TERM.isoformat(), "n": 2})]
    with pytest.raises(Refused, match="amend_same"):
        shop.act(amend_order, shop.finder, second, **said)
    with pytest.raises(Refused, match="amend_late"), writing(shop.db) as conn:
        after = NOW + timedelta(days=20)
        late = {**said, "due_on": year, "version": 3, "now": after}
        amend_order(conn, shop.finder, second, **late)
    shop.act(on_the_way.reply, shop.finder, second, text="已改")
    with pytest.raises(Refused, match="order_answered"):
        shop.act(amend_order, shop.finder, third, **said, number="A-3")
    with reading(shop.db) as conn:
        assert "amend_order" not in problem_file(conn, shop.finder, third, TODAY).moves


def test_a_notice_waits_for_approval_while_one_of_its_problems_is_open(shop: Shop) -> None:
    shop.order(shop.finder, *shop.problems)
    with writing(shop.db) as conn:
        submit_paper(conn, shop.finder, "order", shop.rounds()[0].id, now=NOW)
    for n, number in enumerate(shop.problems):
        with writing(shop.db) as conn:
            daily(conn, TODAY, now=NOW)
        assert len(shop.told(shop.boss, "asked")) == 1, n
        shop.act(aside.revoke, shop.boss, number, reason="误录")
    with writing(shop.db) as conn:
        daily(conn, TODAY, now=NOW)
    assert shop.told(shop.boss, "asked") == []


def test_all_are_ordered_or_none_by_those_who_may_as_they_were_seen(shop: Shop) -> None:
    first, second, third = shop.problems
    shop.act(aside.reassign, shop.boss, second, officer_id=shop.officers[1])
    for numbers, code in (((first, second, third), "problem_changed"), ((), "many_number")):
        with pytest.raises((Conflict, Refused), match=code):
            shop.order(shop.finder, *numbers)
    for said, code in (({"kind": "tea"}, "order_kind"), ({"due_on": NOW.date() - timedelta(1)}, "day_past")):
        with pytest.raises(Refused, match=code):
            shop.order(shop.finder, first, third, **said)
    with pytest.raises(Denied, match="denied_right"):
        shop.order(shop.boss, first, third)
    with writing(shop.db) as conn:
        helper = viewer_of_user(conn, add_user(conn, Role.OFFICER, officer_id=shop.officers[1]), TODAY)
    with pytest.raises(Denied, match="problem_not_yours"):
        shop.order(helper, first, third)
    shop.act(on_the_way.order, shop.finder, third, kind="term")
    with pytest.raises(Refused, match="problem_is_ordered"), writing(shop.db) as conn:
        order_many(conn, shop.finder, {first: 1, third: 2}, kind="term", now=NOW)
    assert len(shop.rounds()) == 1, "of those that were refused nothing stayed"


def test_problems_of_two_enterprises_make_two_notices_and_one_number_fits_none(shop: Shop) -> None:
    with writing(shop.db) as conn:
        other = conn.execute(
            sa.text("SELECT id FROM enterprise WHERE grid_id = :grid AND id != :id LIMIT 1"),
            {"grid": shop.grid, "id": shop.id},
        ).scalar_one()
        visit = replace(WITH_FINDING, officer2_id=shop.officers[3])
        record(conn, shop.finder, other, visit, client_id="other", now=NOW)
        far = conn.execute(sa.select(problem.c.id).where(problem.c.enterprise_id == other)).scalar_one()
    with pytest.raises(Refused, match="order_number_one"):
        shop.order(shop.finder, *shop.problems, far, number="A-1")
    assert shop.order(shop.finder, *shop.problems, far) == 2
    heads = {one.notice_of or one.id for one in shop.rounds()}
    assert len(heads) == 2 and shop.rounds()[-1].notice_of is None


def test_no_two_notices_have_one_number_whoever_gives_it(shop: Shop) -> None:
    first, second, third = shop.problems
    shop.order(shop.finder, first, number="A-1")
    with pytest.raises(Refused, match="paper_number_taken"):
        shop.order(shop.finder, second, third, number="A-1")
    shop.order(shop.finder, second, third)
    said = {"kind": "term", "due_on": TERM, "reason": "写错"}
    with pytest.raises(Refused, match="paper_number_taken"):
        shop.act(amend_order, shop.finder, third, **said, number="A-1")
    shop.act(amend_order, shop.finder, third, **said, number="A-2")
    shop.act(amend_order, shop.finder, second, **said, number="A-2", clause="GSP 第九条")
    assert [one.number for one in shop.rounds()] == ["A-1", "A-2", "A-2"]


def test_each_hand_is_told_once_of_a_notice_until_the_last_of_it_is_answered(shop: Shop) -> None:
    first, second, third = shop.problems
    with writing(shop.db) as conn:
        helper = viewer_of_user(conn, add_user(conn, Role.OFFICER, officer_id=shop.officers[1]), TODAY)
    for number in (first, second):
        shop.act(aside.reassign, shop.boss, number, officer_id=shop.officers[1])
    with writing(shop.db) as conn:
        order_many(conn, shop.finder, {first: 2, second: 2, third: 1}, kind="term", due_on=TERM, now=NOW)
    params = {"due_on": TERM.isoformat(), "n": 3}
    assert shop.told(helper) == [(first, "notice", params)] and shop.told(shop.finder) == []
    shop.act(on_the_way.reply, shop.finder, first, text="已改")
    assert shop.told(helper) == [(second, "notice", params)], "the second of theirs is still ordered"
    shop.act(on_the_way.reply, shop.finder, second, text="已改")
    assert shop.told(helper) == []


def test_a_hand_is_the_same_by_name_and_by_its_grid(shop: Shop) -> None:
    first, second, third = shop.problems
    with writing(shop.db) as conn:
        lent = NewLoan(shop.officers[1], TODAY, TODAY, "支援", grid_id=shop.grid)
        lend(conn, shop.boss, lent, now=NOW)
        helper = viewer_of_user(conn, add_user(conn, Role.OFFICER, officer_id=shop.officers[1]), TODAY)
    shop.act(aside.reassign, shop.boss, first, officer_id=shop.officers[0])
    with writing(shop.db) as conn:
        order_many(conn, helper, {first: 2, second: 1, third: 1}, kind="term", due_on=TERM, now=NOW)
    where = []
    for number in (second, first, third):
        where.append([one[0] for one in shop.told(shop.finder) if one[1] == "notice"])
        shop.act(on_the_way.reply, shop.finder, number, text="已改")
    assert where == [[first], [first], [third]] and shop.told(shop.finder) == []


def test_what_fails_at_one_recheck_is_ordered_again_in_one_notice(shop: Shop) -> None:
    shop.order(shop.finder, *shop.problems)
    for number in shop.problems:
        shop.act(on_the_way.reply, shop.finder, number, text="已改")
        shop.act(on_the_way.assign_recheck, shop.boss, number, officer_id=shop.officers[0], day=TODAY)
    first, second, third = shop.problems
    results = {first: Recheck(True), second: Recheck(False, "仍缺记录"), third: Recheck(False, "仍未校准")}
    with writing(shop.db) as conn:
        visit = replace(RECHECK, officer2_id=shop.officers[2], rechecks=results)
        record(conn, shop.finder, shop.id, visit, client_id="again", now=NOW)
    before, again = shop.rounds(), shop.rounds(2)
    assert [one.notice_of for one in again] == [None, again[0].id]
    [(at, cause, params)] = shop.told(shop.finder)
    assert (at, cause, params["n"], params["reason"]) == (second, "notice", 2, "仍缺记录；仍未校准")
    old, new = shop.paper(before[0].id)[0], shop.paper(again[1].id)[0]
    assert [len(one.tables[0].rows) for one in (old, new)] == [3, 2], "each round has its own notice"


def test_what_can_be_ordered_together_is_told_with_that_of_the_same_visit_first(shop: Shop) -> None:
    first, second, _ = shop.problems
    with writing(shop.db) as conn:
        later = replace(
            WITH_FINDING,
            officer2_id=shop.officers[3],
            over_cap_reason="回访",
            finished_at=NOW - timedelta(1),
            late_reason="纸质记录",
        )
        record(conn, shop.finder, shop.id, later, client_id="another", now=NOW)
        added = Visit(
            "routine", WITH_FINDING.finished_at, "rectify", officer2_id=shop.officers[3],
            findings=(*THREE, Finding("minor", "漏录的问题")), over_cap_reason="回访",
        )  # fmt: skip
        supersede(conn, shop.finder, shop.visit, added, reason="漏录", client_id="right", now=NOW)
    with writing(shop.db) as conn:  # the visit has a photo: no other is needed
        photo = {"object": "inspection", "object_id": shop.visit, "what": "photo", "name": "a.jpg", "size": 1}
        known = {"client_id": "photo-of-visit", "media": "image/jpeg", "sha256": "0" * 64, "recorded_at": NOW}
        conn.execute(sa.insert(attachment), photo | known)
    shop.act(on_the_way.fix_on_spot, shop.finder, second, note="当场改正")
    with reading(shop.db) as conn:
        row = problem_file(conn, shop.finder, first, TODAY).row
        found = orderable_beside(conn, shop.finder, row)
        texts = [(one.text, one.together) for one in found]
        away = replace(shop.finder, scope=replace(shop.finder.scope, grids=frozenset()), officer_id=None)
        assert orderable_beside(conn, away, row) == []
    assert texts[0] == ("不符合3", True) and ("处方药未凭处方销售", False) in texts
    assert ("漏录的问题", True) in texts, "what a correction adds is of the same visit"
