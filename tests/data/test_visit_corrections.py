"""A recorded visit is put right: corrected with its findings, withdrawn, or entered for an earlier day."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from data import audit, figures
from data.access import Role, Viewer
from data.caps import cap_states
from data.clock import EVERYTHING
from data.coverage import coverage
from data.documents.content import visit_record
from data.errors import Conflict, Denied, NotFound, Refused
from data.plans import all_plans
from data.reads.enterprise import enterprise_file
from data.reads.visit_corrected import corrected_visit
from data.reads.visit_effect import covered, effect_words, effects
from data.schema import (
    enterprise_profile,
    finding,
    grid,
    inspection,
    lead,
    message,
    problem,
    question,
    setting,
)
from data.schema.figures import FIGURES
from data.store import reading, writing
from data.writes.inspections import record
from data.writes.problems import order
from data.writes.visit import Finding, Visit
from data.writes.visit_correct import correct
from data.writes.visit_withdraw import withdraw
from tests.factories import NOW, TODAY, MadeCity, add_lead, add_org, add_user, make_city, viewer

DUSTY, COLD = (
    Finding("minor", "地面积灰"),
    Finding("major", "冷藏柜无温度记录，责任人电话13812345678", "YM.3"),
)
LATER = NOW + timedelta(hours=2)
NEXT_DAY = NOW + timedelta(days=1)


class Scene:
    """A shop with a visit of two officers that found two things."""

    def __init__(self, db: sa.Engine, **said: Any) -> None:
        self.db = db
        with writing(db) as conn:
            self.city: MadeCity = make_city(conn, visited=0)
            accounts = [add_user(conn, Role.OFFICER, officer_id=self.city.officers[n]) for n in (0, 1)]
            station = add_org(conn, "S")
            conn.execute(sa.update(grid).values(org_id=station))
            self.boss = add_user(conn, Role.SUPERVISOR, org_id=station)
        here = self.city.grids[0]
        self.shop = self.city.by_grid[here][0]
        self.first, self.second = (
            replace(viewer(Role.OFFICER, grids=(here,), officer_id=self.city.officers[n]), user_id=account)
            for n, account in enumerate(accounts)
        )
        self.above = replace(viewer(Role.SUPERVISOR, grids=(here,)), user_id=self.boss)
        self.said = Visit(
            "routine", NOW - timedelta(minutes=5), conclusion="rectify", officer2_id=self.city.officers[1],
            findings=(DUSTY, COLD), lon=123.4, lat=41.8, arrived_at=NOW - timedelta(hours=1),
        )  # fmt: skip
        self.said = replace(self.said, **said)
        with writing(db) as conn:
            self.visit = record(conn, self.first, self.shop, self.said, client_id="client-1", now=NOW)

    def correct(
        self, who: Viewer | None = None, client_id: str = "client-2", now: Any = LATER, **said: Any
    ) -> int:
        with writing(self.db) as conn:
            return correct(
                conn, who or self.first, self.shop, self.visit, replace(self.said, **said),
                reason="填错", client_id=client_id, now=now,
            )  # fmt: skip

    def withdraw(self, who: Viewer | None = None, now: Any = LATER, reason: str = "选错企业") -> int:
        with writing(self.db) as conn:
            return withdraw(conn, who or self.first, self.visit, reason=reason, now=now)

    def order(self, problem_id: int) -> None:
        with writing(self.db) as conn:
            order(conn, self.first, problem_id, kind="immediate", version=1, now=NOW)

    def rows(self, table: sa.Table) -> list[Any]:
        with reading(self.db) as conn:
            return list(conn.execute(sa.select(table).order_by(table.c.id)))

    def states(self) -> list[tuple[str, str]]:
        texts = {one.id: one.text for one in self.rows(finding)}
        return [(texts[one.finding_id], one.state) for one in self.rows(problem)]


def test_a_correction_keeps_what_stays_revokes_what_was_none_and_adds_what_was_forgotten(db: sa.Engine):
    it = Scene(db)
    with reading(db) as conn:
        shown = corrected_visit(conn, it.second, it.shop, it.visit)
    back = [
        Finding(one["severity"], one["text"], one["item_code"], one["clause"]) for one in shown["findings"]
    ]
    assert "138****5678" in back[1].text, "the form shows what was written masked"
    new = it.correct(it.second, findings=(back[1], Finding("minor", "证照未公示")), lon=None, lat=None)
    assert it.states() == [(DUSTY.text, "revoked"), (COLD.text, "found"), ("证照未公示", "found")]
    assert it.correct(it.second) == new, "sent again it is the same correction"
    row = it.rows(inspection)[-1]
    assert (row.supersedes_id, row.officer_id, row.distance_m) == (it.visit, it.city.officers[0], 0)
    assert row.details["arrived_at"] == (NOW - timedelta(hours=1)).isoformat()
    with writing(db) as conn:
        paper = str(visit_record(conn, it.first, new, "zh-CN").tables)
        assert DUSTY.text not in paper and "冷藏柜" in paper and "证照未公示" in paper
        assert [one["text"] for one in corrected_visit(conn, it.first, it.shop, new)["findings"]][
            -1
        ] == "证照未公示"
        told = conn.execute(sa.select(message.c.to_user_id, message.c.kind, message.c.object_id)).all()
        assert (it.first.user_id, "corrected", new) in told and audit.verify(conn) is None
    with pytest.raises(Conflict, match="inspection_superseded"):
        it.correct(client_id="client-3")


def test_who_takes_findings_back_later_is_the_supervisor_and_the_supervisor_hears_of_it(db: sa.Engine):
    it = Scene(db)
    with pytest.raises(Denied, match="findings_late"):
        it.correct(now=NEXT_DAY, findings=(COLD,))
    assert it.states() == [(DUSTY.text, "found"), (COLD.text, "found")]
    new = it.correct(findings=(COLD,))
    told = [(one.to_user_id, one.kind, one.object_id) for one in it.rows(message)]
    assert (it.boss, "corrected", new) in told, "what was found and is said no more is followed no more"


def test_a_number_made_by_a_phone_blocks_no_correction_and_no_withdrawal(db: sa.Engine):
    it = Scene(db)
    with pytest.raises(Conflict, match="visit_resent"):
        it.correct(client_id="client-1")
    with writing(db) as conn, pytest.raises(Refused, match="visit_client_id"):
        record(conn, it.first, it.shop, it.said, client_id=f"withdraws/{it.visit}", now=NOW)
    with writing(db) as conn, pytest.raises(NotFound, match="enterprise_unknown"):
        record(conn, it.first, 2**63, it.said, client_id="client-4", now=NOW)
    assert it.withdraw()


def test_of_a_visit_that_could_not_be_made_no_answers_are_kept(sqlite_db: sa.Engine):
    it = Scene(
        sqlite_db, conclusion=None, unable_reason="refused", findings=(), checklist="x" * 999,
        results={"k" * 999: "v" * 999}, notes={"n" * 999: "seen"},
    )  # fmt: skip
    assert not {"list", "checklist", "notes"} & set(it.rows(inspection)[0].details or {})


def test_a_finding_whose_work_has_begun_cannot_go_with_a_correction_or_the_visit(db: sa.Engine):
    it = Scene(db)
    first = it.rows(problem)[0].id
    it.order(first)
    with pytest.raises(Refused, match="finding_ordered") as told:
        it.correct(findings=(COLD,))
    assert told.value.params == {"id": first, "text": DUSTY.text}
    with pytest.raises(Refused, match="finding_ordered"):
        it.withdraw()
    assert len(it.rows(inspection)) == 1 and it.states()[1] == (COLD.text, "found"), "nothing of it is kept"
    assert it.correct(opinion="无异议")


def test_a_withdrawn_visit_counts_nowhere_and_asks_nothing(db: sa.Engine):
    it = Scene(db, point=(123.41, 41.8), leads=())
    with writing(db) as conn:
        about = add_lead(conn, enterprise_id=it.shop, state="investigating")
        conn.execute(sa.update(lead).where(lead.c.id == about).values(inspection_id=it.visit))
        before = covered(conn, it.first, it.shop)
    new = it.withdraw()
    row = it.rows(inspection)[-1]
    assert (row.id, row.unable_reason, row.conclusion, row.grade, row.lon) == (new, "mistaken", None, 0, None)
    assert {state for _, state in it.states()} == {"revoked"}
    assert it.rows(lead)[0].inspection_id is None
    assert [(one.state, one.answer) for one in it.rows(question)] == [("refused", "选错企业")]
    with reading(db) as conn:
        assert (
            "不再计入覆盖"
            in effect_words(conn, effects(before, covered(conn, it.first, it.shop)), "zh-CN")[0]
        )
        assert conn.execute(sa.select(enterprise_profile.c.visits, enterprise_profile.c.last_visit_on).where(
            enterprise_profile.c.enterprise_id == it.shop)).one() == (0, None)  # fmt: skip
        assert cap_states(conn, [it.shop], TODAY)[it.shop].state == "free"
        for plan in all_plans(conn):
            assert sum(one.done for one in coverage(conn, plan, TODAY, EVERYTHING, viewer=viewer())) == 0
            then = coverage(conn, plan, TODAY, NOW + timedelta(minutes=1), viewer=viewer())
            assert plan.code != "annual-all" or sum(one.done for one in then) == 1, "it was believed then"
        figures_now = {t.name: conn.execute(sa.select(*t.c)).all() for t in FIGURES}
        [visit] = [one for one in enterprise_file(conn, viewer(), it.shop, TODAY).timeline
                   if one.kind == "inspection"]  # fmt: skip
        assert visit.id == it.visit and visit.data["withdrawn"]["reason"] == "选错企业"
        told = conn.execute(sa.select(message.c.to_user_id).where(message.c.kind == "withdrawn")).scalars()
        assert it.second.user_id in list(told)
    with writing(db) as conn:
        figures.rebuild(conn, now=LATER)
        again = {t.name: conn.execute(sa.select(*t.c)).all() for t in FIGURES}
        assert {k: sorted(map(repr, v)) for k, v in again.items()} == {
            k: sorted(map(repr, v)) for k, v in figures_now.items()
        }
        assert audit.verify(conn) is None
    with reading(db) as conn:
        assert visit_record(conn, it.first, it.visit, "zh-CN").note == "本记录系误录，已作废"
        with pytest.raises(NotFound):
            visit_record(conn, it.first, new, "zh-CN")
    it.visit = new
    with pytest.raises(Refused, match="visit_withdrawn"):
        it.correct()


def test_who_may_withdraw_a_visit_and_until_when(db: sa.Engine):
    it = Scene(db, findings=(), conclusion="pass")
    stranger = replace(it.second, officer_id=it.city.officers[2], user_id=None)
    for who, now in ((it.first, NEXT_DAY), (stranger, LATER), (viewer(Role.AUDITOR), LATER)):
        with pytest.raises(Denied):
            it.withdraw(who, now)
    elsewhere = viewer(Role.SUPERVISOR, grids=(it.city.grids[1],))
    with pytest.raises(Denied, match="denied_scope"):
        it.withdraw(elsewhere)
    with pytest.raises(Refused, match="reason_missing"):
        it.withdraw(reason=" ")
    with writing(db) as conn, pytest.raises(NotFound):
        withdraw(conn, it.first, 10**6, reason="误", now=LATER)
    it.withdraw(it.above, NEXT_DAY)
    with pytest.raises(Refused, match="visit_withdrawn"):
        it.withdraw(it.above, NEXT_DAY)


def test_a_lead_that_rests_on_a_visit_keeps_it(sqlite_db: sa.Engine):
    it = Scene(sqlite_db, findings=(), conclusion="pass")
    with writing(sqlite_db) as conn:
        about = add_lead(conn, enterprise_id=it.shop, state="investigated")
        conn.execute(sa.update(lead).where(lead.c.id == about).values(inspection_id=it.visit))
    with pytest.raises(Refused, match="visit_proves_lead"):
        it.withdraw()


def test_a_visit_of_an_earlier_day_says_why_it_comes_late_and_not_longer_ago_than_allowed(db: sa.Engine):
    it = Scene(db, findings=(), conclusion="pass")
    other = it.city.by_grid[it.city.grids[0]][1]

    def enter(days: int, client_id: str, **said: Any) -> int:
        visit = Visit("routine", NOW - timedelta(days=days), "pass", officer2_id=it.city.officers[1], **said)
        with writing(db) as conn:
            return record(conn, it.first, other, visit, client_id=client_id, now=NOW)

    with pytest.raises(Refused, match="visit_late_reason") as told:
        enter(1, "late-0")
    assert told.value.field == "late_reason"
    enter(1, "late-1", pressed_at=NOW - timedelta(days=1))  # waited for a network, and nobody is asked why
    new = enter(7, "late-2", late_reason="纸质记录")
    with pytest.raises(Refused, match="visit_day_late") as told:
        enter(8, "late-3", late_reason="纸质记录")
    assert told.value.params == {"n": 7, "first": (TODAY - timedelta(days=7)).isoformat()}
    with pytest.raises(Refused, match="visit_future"):
        enter(0, "late-4", pressed_at=NOW - timedelta(hours=1))
    with writing(db) as conn:
        conn.execute(sa.insert(setting), {"key": "visit_late_days", "value": 2})
    with pytest.raises(Refused, match="visit_day_late"):
        enter(3, "late-5", late_reason="纸质记录")
    row = next(one for one in it.rows(inspection) if one.id == new)
    assert (row.finished_on, row.recorded_at) == (TODAY - timedelta(days=7), NOW)
    assert row.details["late_reason"] == "纸质记录"


def test_a_correction_moves_a_visit_no_further_than_the_record_could_have_said(sqlite_db: sa.Engine):
    it = Scene(sqlite_db, findings=(), conclusion="pass", arrived_at=None)
    with pytest.raises(Refused, match="visit_after_record"):
        it.correct(finished_at=LATER)
    with pytest.raises(Refused, match="visit_day_late"):
        it.correct(finished_at=NOW - timedelta(days=8))
    it.correct(finished_at=NOW - timedelta(days=2))
    assert it.rows(inspection)[-1].finished_on == TODAY - timedelta(days=2)
