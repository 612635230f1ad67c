"""The list of papers shows each person what waits for them; many are approved at once, all or none."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from data import audit
from data.access import Role, Viewer
from data.documents.approval import is_own
from data.errors import Conflict, Denied, Refused
from data.reads.paper_list import PaperFilter, papers, papers_to_approve
from data.reads.papers_many import paper_outlooks
from data.schema import inspection, paper, rectification
from data.store import reading, writing
from data.writes.inspections import record
from data.writes.papers import submit_paper
from data.writes.papers_many import MOST, approve_papers
from data.writes.visit import Visit
from tests.data.test_papers import Case, case  # noqa: F401 - a fixture
from tests.factories import NOW, add_user, viewer

TODO = PaperFilter(todo=True)


def waiting(case: Case, who: Viewer, wanted: PaperFilter = TODO) -> list[tuple[str, int]]:  # noqa: F811
    with reading(case.db) as conn:
        found = papers(conn, who, wanted)
        assert found.total == len(found.rows)
        if wanted is TODO and who.role is Role.SUPERVISOR:
            assert papers_to_approve(conn, who) == found.total
        for row in found.rows:
            assert not is_own(conn, who, row.kind, row.number) or who.role is Role.OFFICER
    return [(row.kind, row.number) for row in found.rows]


def test_each_sees_what_waits_for_them_and_nobody_their_own_work(case: Case) -> None:  # noqa: F811
    visit, order = ("visit", case.visit), ("order", case.round)
    with writing(case.db) as conn:
        another = add_user(conn, Role.OFFICER, officer_id=case.city.officers[2])
        third = replace(case.officer, user_id=another, officer_id=case.city.officers[2])
        handed = [submit_paper(conn, third, kind, number, now=NOW) for kind, number in (visit, order)]
    assert waiting(case, case.chief) == [visit, order]
    assert waiting(case, viewer(Role.LEADER)) == [visit, order], "whom no account names has a hand in nothing"
    first, second = case.city.officers[:2]
    for own in (
        replace(case.chief, user_id=another), replace(case.chief, user_id=case.officer.user_id),
        replace(case.chief, officer_id=first), replace(case.chief, officer_id=second),
    ):  # fmt: skip
        assert waiting(case, own) == []
    assert waiting(case, viewer(Role.SUPERVISOR, grids=(case.city.grids[1],))) == []
    case.give_back(handed[0])
    assert waiting(case, case.chief) == [order]
    assert (waiting(case, third), waiting(case, case.officer)) == ([visit], [])
    with writing(case.db) as conn:
        submit_paper(conn, third, *visit, now=NOW + timedelta(hours=1))
    assert waiting(case, third) == [], "handed in again: the one that came back is over"
    assert waiting(case, case.chief) == [order, visit], "who waits longest comes first"
    everything = PaperFilter()
    assert waiting(case, viewer(Role.AUDITOR), everything) == [order, visit], "each paper once"
    for wanted, found in (
        (PaperFilter(kind="order"), [order]), (PaperFilter(state="approved"), []),
        (PaperFilter(grid="no-such"), []), (PaperFilter(q="no-such"), []),
    ):  # fmt: skip
        assert waiting(case, case.chief, wanted) == found
    with reading(case.db) as conn, pytest.raises(Denied):
        papers(conn, viewer(Role.STEWARD), everything)


def test_many_are_approved_at_once_as_they_were_looked_at_or_none(case: Case) -> None:  # noqa: F811
    with writing(case.db) as conn:
        shop = case.city.by_grid[case.city.grids[0]][1]
        visit = Visit("routine", NOW - timedelta(minutes=9), "pass", officer2_id=case.city.officers[1])
        other = record(conn, case.officer, shop, visit, client_id="c-9", now=NOW)
        taken = {"problem_id": case.problem, "round": 9, "kind": "term", "number": "A-1", "recorded_at": NOW}
        conn.execute(sa.insert(rectification), taken)
    one, order = case.submit(), case.submit("order")
    with writing(case.db) as conn:
        two = submit_paper(conn, case.officer, "visit", other, now=NOW)

    def outlook(who: Viewer = case.chief) -> dict[int, str | None]:
        with reading(case.db) as conn:
            return {row.id: row.why for row in paper_outlooks(conn, who, [one, order, two, 10**9])}

    def refused(code: str, numbers: dict[int, str], who: Viewer = case.chief, kind: type = Refused) -> str:
        with pytest.raises(kind) as told, writing(case.db) as conn:
            approve_papers(conn, who, numbers, now=NOW)
        assert told.value.code == code
        with reading(case.db) as conn:
            assert set(conn.execute(sa.select(paper.c.state)).scalars()) == {"submitted"}
        return told.value.field or ""

    assert outlook() == dict.fromkeys((one, order, two))
    assert refused("text_missing", {one: "", order: " ", two: ""}) == f"number:{order}"
    assert refused("paper_number_taken", {one: "", order: "A-1", two: ""}) == f"number:{order}"
    refused("many_number", {})
    refused("many_number", dict.fromkeys(range(1, MOST + 2), ""))
    refused("paper_unknown", {one: "", 10**9: ""})
    refused("denied_right", {one: ""}, case.officer, Denied)
    mine = replace(case.chief, officer_id=case.city.officers[1])
    refused("own_work", {one: "", two: ""}, mine, Denied)
    assert outlook(mine) == dict.fromkeys((one, order, two), "own")
    assert outlook(viewer(Role.SUPERVISOR, grids=(case.city.grids[1],))) == {}
    case.change(sa.update(inspection).where(inspection.c.id == other).values(opinion="有异议"))
    assert outlook() == {one: None, order: None, two: "changed"}
    refused("paper_changed", {one: "", order: "A-2", two: ""})
    with writing(case.db) as conn:
        assert approve_papers(conn, case.chief, {order: "A-2", one: ""}, now=NOW) == 2
        acts = conn.execute(sa.select(audit.audit).order_by(audit.audit.c.seq)).all()[-2:]
        assert audit.verify(conn) is None
    assert sorted(row.object_id for row in acts) == sorted((str(one), str(order)))
    assert {row.action for row in acts} == {"paper.decide"}
    assert case.mark() == case.mark("order") == ("", "")
    assert outlook() == {one: "decided", order: "decided", two: "changed"}
    with pytest.raises(Conflict, match="paper_decided"), writing(case.db) as conn:
        approve_papers(conn, case.chief, {one: ""}, now=NOW)
