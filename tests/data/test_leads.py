"""Leads from their registration to their close-out: each verb, and what it must never allow."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from data import audit
from data.access import Right, Role, viewer_of_user
from data.errors import Conflict, Denied, NotFound, Refused
from data.reads.city import city
from data.reads.lead import lead_file
from data.reads.lead_periods import period_outlook
from data.reads.lead_steps import step_clocks
from data.reads.lead_visits import visits_for
from data.reads.leads import LeadFilter, board, lead_list
from data.reads.recipients import Recipients
from data.schema import audit as audit_log
from data.schema import enterprise, grid, lead, lead_event, message, reporter
from data.store import reading, writing
from data.workflow import LEAD_STATES
from data.writes.inspections import record
from data.writes.leads import amend, match, register
from data.writes.leads_given import NewLead, Reporter, check_number
from data.writes.leads_periods import lock_period
from data.writes.leads_side import Part, ask_extension, decide_extension, merge, receipt, split, supervise
from data.writes.leads_steps import (
    acknowledge,
    assign,
    close_out,
    conclude,
    dispose,
    give_back,
    investigate,
    reassign,
    send_back,
    submit,
)
from data.writes.unmask import unmask_reporter
from data.writes.visit import Finding, Visit
from tests.data.lead_help import brought_to, people, report, row
from tests.data.test_many_hands import until_it_waits
from tests.factories import NOW, TODAY, add_inspection, add_lead, add_org, add_user, viewer


def test_a_lead_goes_from_registration_to_close_out_and_the_figures_follow(db: sa.Engine) -> None:
    p = people(db)
    with writing(db) as conn:
        n = brought_to(conn, p, "reviewing")
        assert city(conn, p.leader).grids[0].counts.open_leads == 1
    with writing(db) as conn:
        close_out(conn, p.supervisor, n, version=row(conn, n).version, now=NOW)
        done = row(conn, n)
        assert (done.state, done.closed_on, done.outcome) == ("closed_out", TODAY, "true")
        assert city(conn, p.leader).grids[0].counts.open_leads == 0
        states = [
            e.to_state
            for e in conn.execute(
                sa.select(lead_event).where(lead_event.c.lead_id == n).order_by(lead_event.c.id)
            )
        ]
        assert states == list(LEAD_STATES)
        assert audit.verify(conn) is None


def test_a_lead_sent_twice_is_registered_once(db: sa.Engine) -> None:
    p = people(db)
    sent = report(p, title="反映药店 ", received_on=TODAY - timedelta(days=1))  # it is kept without the blank

    def send(_nth: int) -> int:
        with writing(db) as conn:
            return register(conn, p.officer, sent, client_id="c1", now=NOW)

    with ThreadPoolExecutor(2) as pool:  # both at once
        first, again = pool.map(send, range(2))
    assert first == again
    with writing(db) as conn:
        v = amend(conn, p.officer, first, {"title": "已更名"}, version=1, now=NOW)
        conn.execute(sa.update(lead).where(lead.c.id == first).values(outcome="true"))
        lock_period(conn, p.leader, sent.received_on, sent.received_on, now=NOW)
    assert send(3) == first
    with writing(db) as conn:
        assert conn.execute(sa.select(sa.func.count()).select_from(lead)).scalar() == 1
        assert row(conn, first).version == v
    with writing(db) as conn, pytest.raises(Conflict, match="lead_resent"):
        register(conn, p.officer, replace(sent, title="另一件"), client_id="c1", now=NOW)


@pytest.mark.parametrize(
    ("rule", "received", "due"),
    [
        ("lead_verify", date(2026, 9, 18), date(2026, 10, 15)),
        ("complaint_accept", date(2026, 9, 18), date(2026, 9, 29)),
    ],
)
def test_the_day_of_receipt_sets_the_deadline(
    sqlite_db: sa.Engine, rule: str, received: date, due: date
) -> None:
    p = people(sqlite_db)
    with writing(sqlite_db) as conn:
        new = report(p, rule=rule, received_on=date(2026, 9, 18))
        n = register(conn, p.officer, new, client_id="c1", now=NOW)
        assert (row(conn, n).rule, row(conn, n).due_on) == (rule, due)


def test_a_deadline_in_a_year_without_notice_is_provisional(sqlite_db: sa.Engine) -> None:
    p = people(sqlite_db)
    with writing(sqlite_db) as conn:
        late = NOW + timedelta(days=33)
        n = register(conn, p.officer, report(p, received_on=late.date()), client_id="c1", now=late)
        assert row(conn, n).due_provisional


def test_accepting_a_complaint_begins_its_mediation_term(sqlite_db: sa.Engine) -> None:
    p = people(sqlite_db)
    with writing(sqlite_db) as conn:
        n = brought_to(conn, p, "investigating", rule="complaint_accept")
        assert (row(conn, n).rule, row(conn, n).due_on) == ("mediation", TODAY + timedelta(days=60))


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"channel": "rumour"}, "lead_channel"),
        ({"client_id": "split/1/1/1"}, "lead_client_id"),  # the part that a split would make
        ({"title": " "}, "lead_title"),
        ({"title": "字" * 201}, "lead_long"),
        ({"uscc": "9" * 201}, "lead_long"),
        ({"reporter": Reporter(phone="1" * 201)}, "lead_long"),
        ({"received_on": TODAY + timedelta(days=1)}, "lead_received"),
        ({"rule": "mediation"}, "lead_rule"),
        ({"rule": "complaint_accept", "channel": "sampling"}, "lead_rule"),
        ({"number_12315": "编号"}, "lead_number"),
        ({"district": "999999"}, "district_unknown"),
    ],
)
def test_what_is_wrong_with_a_new_lead_is_named(sqlite_db: sa.Engine, change: dict, code: str) -> None:
    p = people(sqlite_db)
    sent = change.pop("client_id", "c1")
    with writing(sqlite_db) as conn, pytest.raises(Refused, match=code):
        register(conn, p.officer, replace(report(p), **change), client_id=sent, now=NOW)


def test_a_12315_number_stands_for_one_lead_also_when_two_register_it_at_once(db: sa.Engine) -> None:
    p = people(db)

    def second() -> None:
        with writing(db) as conn:
            register(conn, p.officer, report(p, number_12315="1210100001"), client_id="c2", now=NOW)

    with ThreadPoolExecutor(1) as pool:
        with writing(db) as conn:
            check_number(conn, "1210100001")
            waits = pool.submit(second)
            until_it_waits(conn)
            register(conn, p.officer, report(p, number_12315="1210100001"), client_id="c1", now=NOW)
        with pytest.raises(Refused, match="lead_number_taken"):
            waits.result()


def test_who_may_register_and_for_which_enterprise(sqlite_db: sa.Engine) -> None:
    p = people(sqlite_db)
    for role in (Role.AUDITOR, Role.STEWARD, Role.ADMIN, Role.WALL):
        with writing(sqlite_db) as conn, pytest.raises(Denied):
            register(conn, viewer(role), report(p), client_id="c1", now=NOW)
    with writing(sqlite_db) as conn, pytest.raises(Denied):
        register(conn, p.other, report(p), client_id="c1", now=NOW)
    with writing(sqlite_db) as conn, pytest.raises(NotFound):
        register(conn, p.officer, report(p, enterprise_id=10**6), client_id="c1", now=NOW)


def test_a_visit_leads_to_a_lead_about_whom_it_visited(db: sa.Engine) -> None:
    p = people(db)
    with writing(db) as conn:
        one = p.made.by_grid[p.made.grids[0]][1]
        visit = add_inspection(conn, one, TODAY)
        new = NewLead("inspection", "发现购进渠道可疑", TODAY, inspection_id=visit)
        n = register(conn, p.officer, new, client_id="c1", now=NOW)
        assert row(conn, n).enterprise_id == one
        assert [s.id for s in lead_file(conn, p.officer, n, TODAY).story if s.kind == "visit"] == [visit]


def test_only_the_handler_takes_the_steps_and_only_in_order(db: sa.Engine) -> None:
    p = people(db)
    with writing(db) as conn:
        n = brought_to(conn, p, "assigned")
        v = row(conn, n).version
        for who in (p.other, p.supervisor, p.leader, viewer(Role.OFFICER, grids=(p.made.grids[0],))):
            with pytest.raises(Denied):
                acknowledge(conn, who, n, version=v, now=NOW)
        with pytest.raises(Refused, match="lead_is_assigned"):
            investigate(conn, p.officer, n, version=v, now=NOW)
        with pytest.raises(Refused, match="lead_is_assigned"):
            close_out(conn, p.supervisor, n, version=v, now=NOW)


def test_a_lead_given_to_somebody_elsewhere_is_theirs_to_see_and_do(db: sa.Engine) -> None:
    p = people(db)
    with writing(db) as conn:
        n = register(conn, p.leader, report(p, enterprise_id=None), client_id="c1", now=NOW)
        with pytest.raises(Denied):
            lead_file(conn, p.other, n, TODAY)
        v = assign(conn, p.leader, n, p.other.officer_id, version=1, now=NOW)
        assert lead_file(conn, p.other, n, TODAY).moves[0] == "acknowledge"
        acknowledge(conn, p.other, n, version=v, now=NOW)


def test_the_second_of_two_is_told_what_the_first_did(db: sa.Engine) -> None:
    p = people(db)
    with writing(db) as conn:
        n = brought_to(conn, p, "assigned")
        v = row(conn, n).version
        acknowledge(conn, p.officer, n, version=v, now=NOW)
    with writing(db) as conn, pytest.raises(Conflict) as told:
        reassign(conn, p.supervisor, n, p.other.officer_id, reason="回避", version=v, now=NOW)
    assert told.value.params["theirs"]["state"] == "acknowledged"
    assert told.value.params["mine"] == v


def test_a_lead_can_be_given_back_before_it_is_looked_into(db: sa.Engine) -> None:
    p = people(db)
    with writing(db) as conn:
        n = brought_to(conn, p, "acknowledged")
        v = row(conn, n).version
        with pytest.raises(Refused, match="reason_missing"):
            give_back(conn, p.officer, n, reason=" ", version=v, now=NOW)
        give_back(conn, p.officer, n, reason="不属于本网格管辖", version=v, now=NOW)
        back = row(conn, n)
        assert (back.state, back.officer_id, back.returned) == ("registered", None, "不属于本网格管辖")
        started = brought_to(conn, p, "investigating")
        with pytest.raises(Refused, match="lead_is_investigating"):
            give_back(conn, p.officer, started, reason="太忙", version=row(conn, started).version, now=NOW)


def test_nobody_closes_what_they_handled(db: sa.Engine) -> None:
    p = people(db)
    # an account whose owner handled the lead and then became a supervisor
    promoted = viewer(Role.SUPERVISOR, grids=(p.made.grids[0],), officer_id=p.officer.officer_id)
    with writing(db) as conn:
        n = brought_to(conn, p, "reviewing")
        v = row(conn, n).version
        with pytest.raises(Denied, match="own_work"):
            close_out(conn, promoted, n, version=v, now=NOW)
        # nor after it was given to somebody else on paper
        conn.execute(sa.update(lead).where(lead.c.id == n).values(officer_id=p.other.officer_id))
        with pytest.raises(Denied, match="own_work"):
            close_out(conn, promoted, n, version=v, now=NOW)
        assert "close_out" not in lead_file(conn, promoted, n, TODAY).moves
        assert "close_out" in lead_file(conn, p.supervisor, n, TODAY).moves


def test_whoever_made_the_visit_does_not_close_the_lead(db: sa.Engine) -> None:
    p = people(db)
    with writing(db) as conn:
        n = brought_to(conn, p, "reviewing")
        visit = add_inspection(conn, row(conn, n).enterprise_id, TODAY, officer2_id=p.other.officer_id)
        conn.execute(sa.update(lead).where(lead.c.id == n).values(inspection_id=visit))
        second = viewer(Role.SUPERVISOR, grids=(p.made.grids[0],), officer_id=p.other.officer_id)
        with pytest.raises(Denied, match="own_work"):
            close_out(conn, second, n, version=row(conn, n).version, now=NOW)


def test_closing_asks_for_result_number_and_evidence(db: sa.Engine) -> None:
    p = people(db)
    with writing(db) as conn:
        n = brought_to(conn, p, "disposed")
        whole = row(conn, n)
        for gone, code in (
            ({"result": None}, "lead_result"),
            ({"number_12315": None}, "lead_number_missing"),
            ({"inspection_id": None}, "lead_evidence"),
            ({"disposal": "hand_over", "receiver": "市卫健委"}, "lead_receipt_missing"),
        ):
            conn.execute(sa.update(lead).where(lead.c.id == n).values(gone))
            with pytest.raises(Refused, match=code):
                submit(conn, p.officer, n, version=whole.version, now=NOW)
            conn.execute(sa.update(lead).where(lead.c.id == n).values({k: getattr(whole, k) for k in gone}))
        submit(conn, p.officer, n, version=whole.version, now=NOW)


def test_a_suspected_crime_is_transferred_or_a_reason_is_given(db: sa.Engine) -> None:
    p = people(db)
    with writing(db) as conn:
        n = brought_to(conn, p, "reviewing", crime=True)
        v = row(conn, n).version
        with pytest.raises(Refused, match="lead_crime"):
            close_out(conn, p.supervisor, n, version=v, now=NOW)
        close_out(conn, p.supervisor, n, note="货值未达立案追诉标准", version=v, now=NOW)


def test_a_transfer_stays_open_until_its_receipt(db: sa.Engine) -> None:
    p = people(db)
    with writing(db) as conn:
        n = brought_to(conn, p, "investigated")
        v = row(conn, n).version
        with pytest.raises(Refused, match="lead_receiver"):
            dispose(conn, p.officer, n, disposal="transfer_police", version=v, now=NOW)
        v = dispose(conn, p.officer, n, disposal="transfer_police", receiver="市公安局", version=v, now=NOW)
        with pytest.raises(Refused, match="lead_receipt_missing"):
            submit(conn, p.officer, n, version=v, now=NOW)
        v = receipt(conn, p.officer, n, "送达回证 12 号", version=v, now=NOW)
        submit(conn, p.officer, n, version=v, now=NOW)


def test_an_untrue_report_is_neither_filed_nor_ordered(sqlite_db: sa.Engine) -> None:
    p = people(sqlite_db)
    with writing(sqlite_db) as conn:
        n = brought_to(conn, p, "investigating")
        v = conclude(
            conn, p.officer, n, outcome="false", result="未发现", version=row(conn, n).version, now=NOW
        )
        with pytest.raises(Refused, match="lead_disposal_outcome"):
            dispose(conn, p.officer, n, disposal="filed", version=v, now=NOW)
        dispose(conn, p.officer, n, disposal="not_filed", version=v, now=NOW)


def test_a_review_sends_back_with_a_reason_that_shows_until_it_is_done_again(db: sa.Engine) -> None:
    p = people(db)
    with writing(db) as conn:
        n = brought_to(conn, p, "reviewing")
        v = send_back(
            conn, p.supervisor, n, reason="证据不足", again=True, version=row(conn, n).version, now=NOW
        )
        assert (row(conn, n).state, row(conn, n).returned) == ("investigating", "证据不足")
        visit = row(conn, n).inspection_id
        conclude(conn, p.officer, n, outcome="partly", result="补充核查", version=v, now=NOW)
        assert (row(conn, n).returned, row(conn, n).inspection_id) == (None, visit)


def test_a_visit_to_somebody_else_is_no_evidence(sqlite_db: sa.Engine) -> None:
    p = people(sqlite_db)
    with writing(sqlite_db) as conn:
        n = brought_to(conn, p, "investigating")
        elsewhere = add_inspection(conn, p.made.by_grid[p.made.grids[0]][2], TODAY)
        with pytest.raises(Refused, match="lead_inspection"):
            conclude(
                conn, p.officer, n, outcome="true", result="属实", inspection_id=elsewhere,
                version=row(conn, n).version, now=NOW,
            )  # fmt: skip


def test_a_visit_before_the_report_or_without_a_check_is_no_evidence_and_one_of_the_same_day_is(
    db: sa.Engine,
) -> None:
    p = people(db)
    with writing(db) as conn:
        about = p.made.by_grid[p.made.grids[0]][0]
        before, same = (add_inspection(conn, about, day) for day in (TODAY - timedelta(days=1), TODAY))
        # it came to light at the earlier visit, and was reported a day after it
        n = brought_to(conn, p, "investigating", channel="inspection", inspection_id=before)
        v = row(conn, n).version
        with pytest.raises(Refused, match="lead_inspection_before"):
            conclude(
                conn, p.officer, n, outcome="true", result="属实", inspection_id=before, version=v, now=NOW
            )
        unable = add_inspection(conn, about, TODAY, kind="for_cause", unable_reason="closed")
        noted = {"lead_id": n, "at": NOW, "to_state": "investigating", "verb": "visit", "recorded_at": NOW}
        conn.execute(sa.insert(lead_event), {**noted, "details": {"inspection": unable}})
        with pytest.raises(Refused, match="lead_inspection_unable"):
            conclude(
                conn, p.officer, n, outcome="true", result="属实", inspection_id=unable, version=v, now=NOW
            )
        assert [one.id for one in visits_for(conn, about, TODAY)] == [same]
        v = conclude(conn, p.officer, n, outcome="true", result="属实", version=v, now=NOW)
        assert row(conn, n).inspection_id is None
        v = dispose(conn, p.officer, n, disposal="guidance", version=v, now=NOW)
        with pytest.raises(Refused, match="lead_evidence"):
            submit(conn, p.officer, n, version=v, now=NOW)
        submit(conn, p.officer, n, inspection_id=same, version=v, now=NOW)
        seen = {one.id for one in lead_file(conn, p.officer, n, TODAY).story if one.kind == "visit"}
        assert seen == {before, same, unable}


def test_a_lead_matched_to_somebody_else_loses_the_visit_as_its_evidence(sqlite_db: sa.Engine) -> None:
    p = people(sqlite_db)
    with writing(sqlite_db) as conn:
        n = brought_to(conn, p, "disposed")
        elsewhere = p.made.by_grid[p.made.grids[0]][2]
        v = match(conn, p.supervisor, n, elsewhere, version=row(conn, n).version, now=NOW)
        with pytest.raises(Refused, match="lead_evidence"):
            submit(conn, p.officer, n, version=v, now=NOW)


def test_an_extension_is_asked_once_and_decided_by_somebody_else(db: sa.Engine) -> None:
    p = people(db)
    with writing(db) as conn:
        n = brought_to(conn, p, "investigating", received_on=date(2026, 9, 18))
        assert row(conn, n).due_on == date(2026, 10, 15)
        v = row(conn, n).version
        # a term that is over is not extended; who asked in time on its last day may be answered late
        with pytest.raises(Refused, match="lead_extension_late"):
            ask_extension(conn, p.officer, n, reason="等待检验报告", version=v, now=NOW)
        assert "ask_extension" not in lead_file(conn, p.officer, n, date(2026, 10, 16)).moves
        assert "ask_extension" in lead_file(conn, p.officer, n, date(2026, 10, 15)).moves
        in_time = NOW.replace(month=10, day=15)
        v = ask_extension(conn, p.officer, n, reason="等待检验报告", version=v, now=in_time)
        assert row(conn, n).asked_until == date(2026, 11, 5)
        with pytest.raises(Refused, match="lead_asked"):
            ask_extension(conn, p.officer, n, reason="再等", version=v, now=NOW)
        promoted = viewer(Role.SUPERVISOR, grids=(p.made.grids[0],), officer_id=p.officer.officer_id)
        with pytest.raises(Denied, match="own_work"):
            decide_extension(conn, promoted, n, True, version=v, now=NOW)
        # the head of a bureau decides it, a station does not, and is not asked
        place = row(conn, n).district_code
        bureau = add_org(conn, "D", kind="district", district_code=place)
        station = add_org(conn, "S", kind="station", parent_id=bureau)
        conn.execute(sa.update(grid).where(grid.c.id == p.made.grids[0]).values(org_id=station))
        below, above = (add_user(conn, Role.SUPERVISOR, org_id=one) for one in (station, bureau))
        chief, head = (viewer_of_user(conn, one, TODAY) for one in (below, above))
        with pytest.raises(Denied, match="lead_extension_bureau"):
            decide_extension(conn, chief, n, True, version=v, now=NOW)
        offered = [set(lead_file(conn, one, n, TODAY).moves) for one in (chief, head)]
        assert ["decide_extension" in one for one in offered] == [False, True]
        assert Recipients(conn, TODAY).supervisors(p.made.grids[0], place) == [below]
        assert Recipients(conn, TODAY).supervisors(p.made.grids[0], place, of_bureau=True) == [above]
        v = decide_extension(conn, p.supervisor, n, True, version=v, now=NOW)
        after = row(conn, n)
        assert (after.due_on, after.extended, after.asked_until) == (date(2026, 11, 5), True, None)
        with pytest.raises(Refused, match="lead_no_extension"):
            ask_extension(conn, p.officer, n, reason="再等", version=v, now=NOW)


def test_a_refused_extension_needs_a_reason_and_changes_no_deadline(sqlite_db: sa.Engine) -> None:
    p = people(sqlite_db)
    with writing(sqlite_db) as conn:
        n = brought_to(conn, p, "investigating")
        due = row(conn, n).due_on
        v = ask_extension(conn, p.officer, n, reason="等待检验报告", version=row(conn, n).version, now=NOW)
        with pytest.raises(Refused, match="reason_missing"):
            decide_extension(conn, p.supervisor, n, False, version=v, now=NOW)
        decide_extension(conn, p.supervisor, n, False, reason="可先行核查", version=v, now=NOW)
        assert (row(conn, n).due_on, row(conn, n).extended, row(conn, n).asked_until) == (due, False, None)


def test_merging_a_later_report_of_new_facts_starts_the_clock_again_at_its_day(db: sa.Engine) -> None:
    p = people(db)
    with writing(db) as conn:
        old = brought_to(conn, p, "investigating", received_on=date(2026, 9, 18))
        new = register(
            conn,
            p.officer,
            report(p, title="再次反映", received_on=date(2026, 11, 2)),
            client_id="n",
            now=NOW,
        )
        before = row(conn, old).version
        with pytest.raises(Denied):
            merge(conn, p.officer, new, old, version=1, now=NOW)
        with pytest.raises(Refused, match="lead_merge_facts"):
            merge(conn, p.supervisor, new, old, version=1, now=NOW)
        merge(conn, p.supervisor, new, old, new_facts=True, version=1, now=NOW)
        kept, gone = row(conn, old), row(conn, new)
        assert (kept.last_received_on, kept.due_on) == (date(2026, 11, 2), date(2026, 11, 23))
        assert (kept.version, kept.state) == (before + 1, "investigating")
        assert (gone.state, gone.disposal, gone.merged_into_id) == ("closed_out", "merged", old)
        told = lead_file(conn, p.supervisor, old, TODAY)
        assert told.merged == [(new, "再次反映")]
        assert any(one.data["details"].get("new_facts") for one in told.story if one.kind == "event")
        assert {s.id for s in told.story if s.kind == "report"} == {old, new}
        assert city(conn, p.leader).grids[0].counts.open_leads == 1


def test_leads_about_different_enterprises_or_under_review_are_not_merged(sqlite_db: sa.Engine) -> None:
    p = people(sqlite_db)
    with writing(sqlite_db) as conn:
        one = register(conn, p.supervisor, report(p), client_id="a", now=NOW)
        elsewhere = p.made.by_grid[p.made.grids[0]][1]
        two = register(conn, p.supervisor, report(p, enterprise_id=elsewhere), client_id="b", now=NOW)
        with pytest.raises(Refused, match="lead_merge_enterprise"):
            merge(conn, p.supervisor, one, two, version=1, now=NOW)
        with pytest.raises(Refused, match="lead_merge_self"):
            merge(conn, p.supervisor, one, one, version=1, now=NOW)
        reviewing = brought_to(conn, p, "reviewing")
        with pytest.raises(Refused, match="lead_merge_state"):
            merge(conn, p.supervisor, one, reviewing, version=1, now=NOW)


def test_a_lead_of_several_matters_is_split(db: sa.Engine) -> None:
    p = people(db)
    with writing(db) as conn:
        n = brought_to(conn, p, "investigating", received_on=date(2026, 9, 18), rule="complaint_accept")
        parts = [Part("其一", "冷链"), Part("其二", subject="另一家药店")]
        made = split(conn, p.supervisor, n, parts, version=row(conn, n).version, now=NOW)
        assert [(row(conn, i).split_from_id, row(conn, i).state) for i in made] == [(n, "registered")] * 2
        assert {(row(conn, i).rule, row(conn, i).due_on) for i in made} == {
            ("mediation", row(conn, n).due_on)
        }
        assert lead_file(conn, p.supervisor, n, TODAY).parts == [(made[0], "其一"), (made[1], "其二")]


def test_supervision_is_put_on_and_lifted_with_reasons(sqlite_db: sa.Engine) -> None:
    p = people(sqlite_db)
    with writing(sqlite_db) as conn:
        n = brought_to(conn, p, "assigned")
        v = supervise(conn, p.leader, n, True, reason="舆情关注", version=row(conn, n).version, now=NOW)
        with pytest.raises(Refused, match="lead_supervised"):
            supervise(conn, p.leader, n, True, reason="再挂", version=v, now=NOW)
        assert lead_list(conn, p.leader, TODAY, LeadFilter(only="supervised"))[1] == 1
        supervise(conn, p.leader, n, False, reason="已降温", version=v, now=NOW)
        assert not row(conn, n).supervised


def test_matching_moves_the_lead_to_the_enterprise_and_its_figures(db: sa.Engine) -> None:
    p = people(db)
    with writing(db) as conn:
        n = register(conn, p.leader, report(p, enterprise_id=None), client_id="c", now=NOW)
        assert board(conn, p.leader, TODAY).unmatched == 1
        one = p.made.by_grid[p.made.grids[0]][0]
        v = match(conn, p.leader, n, one, version=1, now=NOW)
        assert city(conn, p.leader).grids[0].counts.open_leads == 1
        event = conn.execute(sa.select(lead_event).order_by(lead_event.c.id.desc()).limit(1)).one()
        assert event.details == {"enterprise": [None, one], "basis": "person"}
        v = match(conn, p.leader, n, None, version=v, now=NOW)
        assert city(conn, p.leader).grids[0].counts.open_leads == 0
        # what speaks for an enterprise is computed, not said by whoever chooses it
        conn.execute(sa.update(enterprise).where(enterprise.c.id == one).values(uscc="91210102MA0000001X"))
        v = amend(conn, p.leader, n, {"text": "代码 91210102MA0000001X"}, version=v, now=NOW)
        match(conn, p.leader, n, one, version=v, now=NOW)
        event = conn.execute(sa.select(lead_event).order_by(lead_event.c.id.desc()).limit(1)).one()
        assert event.details == {"enterprise": [None, one], "basis": "uscc", "score": 100.0}


def test_what_a_lead_says_can_be_set_right(sqlite_db: sa.Engine) -> None:
    p = people(sqlite_db)
    with writing(sqlite_db) as conn:
        n = brought_to(conn, p, "assigned", number_12315="1210100001")
        v = row(conn, n).version
        v = amend(conn, p.officer, n, {"number_12315": "1210100002", "crime": True}, version=v, now=NOW)
        assert (row(conn, n).number_12315, row(conn, n).crime) == ("1210100002", True)
        assert amend(conn, p.officer, n, {"crime": True}, version=v, now=NOW) == v  # nothing to write
        with pytest.raises(Refused, match="lead_field"):
            amend(conn, p.officer, n, {"due_on": "2030-01-01"}, version=v, now=NOW)
        with pytest.raises(Denied):
            amend(conn, p.supervisor, n, {"result": "属实"}, version=v, now=NOW)


def test_a_period_is_locked_only_when_every_lead_has_its_outcome(db: sa.Engine) -> None:
    p = people(db)
    october = (date(2026, 10, 1), date(2026, 10, 31))
    with writing(db) as conn:
        done = brought_to(conn, p, "investigated", received_on=date(2026, 10, 31))
        left = brought_to(conn, p, "investigating", received_on=date(2026, 10, 1))
        with pytest.raises(Denied):
            lock_period(conn, p.supervisor, *october, now=NOW)
        with pytest.raises(Denied):
            period_outlook(conn, p.supervisor, *october)
        found = period_outlook(conn, p.leader, *october)
        assert (found.total, found.waiting, [one.id for one in found.named]) == (2, 1, [left])
        with pytest.raises(Refused, match="period_open"):
            lock_period(conn, p.leader, *october, now=NOW)
        repeated = register(
            conn, p.supervisor, report(p, received_on=date(2026, 10, 5)), client_id="r", now=NOW
        )
        merge(conn, p.supervisor, repeated, left, new_facts=False, version=1, now=NOW)
        with pytest.raises(Refused, match="period_open"):  # a merged one has its target's outcome
            lock_period(conn, p.leader, *october, now=NOW)
        v = row(conn, left).version
        conclude(conn, p.officer, left, outcome="unverifiable", result="查无此店", version=v, now=NOW)
        assert lock_period(conn, p.leader, *october, now=NOW) == 3
        with pytest.raises(Refused, match="lead_period_locked"):
            register(conn, p.officer, report(p, received_on=date(2026, 10, 15)), client_id="z", now=NOW)
        with pytest.raises(Refused, match="period_taken"):
            lock_period(conn, p.leader, date(2026, 10, 31), date(2026, 11, 2), now=NOW)
        assert row(conn, done).outcome == "true"


def test_who_reported_is_masked_and_shown_in_clear_only_for_a_reason(db: sa.Engine) -> None:
    p = people(db)
    who = Reporter("王小明", "13812341234", "沈阳市某街 1 号")
    with writing(db) as conn:
        n = register(conn, p.officer, report(p, reporter=who), client_id="c", now=NOW)
        shown = lead_file(conn, p.officer, n, TODAY).reporter
        assert shown == {"name": "王**", "phone": "138****1234", "address": "***"}
        for one in (p.officer, p.leader):
            assert not one.may(Right.UNMASK)
            with pytest.raises(Denied):
                unmask_reporter(conn, one, n, "联系举报人", now=NOW)
        with pytest.raises(Refused, match="reason_missing"):
            unmask_reporter(conn, p.supervisor, n, " ", now=NOW)
        clear = unmask_reporter(conn, p.supervisor, n, "核实线索细节", now=NOW)
        assert clear == {"name": "王小明", "phone": "13812341234", "address": "沈阳市某街 1 号"}
        # the named handler of an open complaint reaches its reporter, for a reason too; of a report nobody's
        complaint = register(
            conn, p.officer, report(p, reporter=who, rule="complaint_accept"), client_id="d", now=NOW
        )
        given = [n, complaint]
        for one in given:
            assert not lead_file(conn, p.officer, one, TODAY).unmasks, "in the officer's grid, but unnamed"
            assign(conn, p.supervisor, one, p.officer.officer_id, version=1, now=NOW)
        assert [lead_file(conn, p.officer, one, TODAY).unmasks for one in given] == [False, True]
        with pytest.raises(Refused, match="reason_missing"):
            unmask_reporter(conn, p.officer, complaint, "", now=NOW)
        assert unmask_reporter(conn, p.officer, complaint, "约定调解时间", now=NOW) == clear
        for one, number in ((p.officer, n), (p.other, complaint), (p.leader, complaint)):
            with pytest.raises(Denied):
                unmask_reporter(conn, one, number, "约定调解时间", now=NOW)
        conn.execute(sa.update(lead).where(lead.c.id == complaint).values(state="closed_out"))
        with pytest.raises(Denied, match="denied_right"):
            unmask_reporter(conn, p.officer, complaint, "约定调解时间", now=NOW)
        kept = [str(tuple(r)) for r in conn.execute(sa.select(audit_log))]
        assert sum("lead.unmask" in one for one in kept) == 2
        assert not any("王小明" in one or "13812341234" in one for one in kept)
        assert any("lead.unmask" in one and "核实线索细节" in one for one in kept)
        assert conn.execute(sa.select(sa.func.count()).select_from(reporter)).scalar() == 2


def test_the_handler_and_the_supervisor_are_told_and_the_telling_ends(db: sa.Engine) -> None:
    p = people(db)
    with writing(db) as conn:
        account = add_user(conn, Role.OFFICER, officer_id=p.officer.officer_id)
        n = brought_to(conn, p, "assigned")

        def told() -> list[str]:
            mine = sa.select(message.c.kind).where(
                message.c.to_user_id == account, message.c.ended_at.is_(None), message.c.object == "lead"
            )
            return list(conn.execute(mine).scalars())

        assert told() == ["assigned"]
        acknowledge(conn, p.officer, n, version=row(conn, n).version, now=NOW)
        assert told() == []


def test_the_board_has_the_rows_of_its_cells(db: sa.Engine) -> None:
    p = people(db)
    with writing(db) as conn:
        brought_to(conn, p, "assigned", received_on=TODAY - timedelta(days=7))
        brought_to(conn, p, "investigating", received_on=TODAY - timedelta(days=8))
        brought_to(conn, p, "reviewing", received_on=TODAY - timedelta(days=40))
        found = board(conn, p.supervisor, TODAY)
        assert (found.open, found.overdue, found.stuck) == (3, 1, "review")
        for stage in found.stages:
            for age, n in enumerate(stage["ages"]):
                wanted = LeadFilter(stage=stage["stage"], age=str(age))
                assert lead_list(conn, p.supervisor, TODAY, wanted)[1] == n
        assert lead_list(conn, p.supervisor, TODAY, LeadFilter(only="overdue"))[1] == found.overdue
        assert lead_list(conn, p.other, TODAY, LeadFilter())[1] == 0


def test_the_story_tells_how_long_each_step_took(db: sa.Engine) -> None:
    p = people(db)
    with writing(db) as conn:
        n = brought_to(conn, p, "assigned")
        later = NOW + timedelta(days=3)  # from a Saturday to the Tuesday after it
        acknowledge(conn, p.officer, n, version=row(conn, n).version, now=later)
        story = lead_file(conn, p.officer, n, later.date()).story
        step = next(s.data for s in story if s.kind == "event" and s.data["verb"] == "acknowledge")
        assert (step["days"], step["workdays"], step["to"]) == (3, 2, None)
        given = next(s.data for s in story if s.kind == "event" and s.data["verb"] == "assign")
        assert given["to"], "to whom it was handed"
        assert story[0].data["verb"] == "acknowledge"


def test_each_step_has_its_clock_and_that_of_the_present_one_runs(sqlite_db: sa.Engine) -> None:
    p = people(sqlite_db)
    with writing(sqlite_db) as conn:
        n = brought_to(conn, p, "acknowledged")
        monday, friday = NOW + timedelta(days=2), NOW + timedelta(days=6)  # NOW is a Saturday
        reassign(
            conn, p.supervisor, n, p.other.officer_id, reason="回避", version=row(conn, n).version, now=monday
        )
        found = lead_file(conn, p.leader, n, friday.date())
        clocks = {one.state: one[1:] for one in step_clocks(conn, found, friday.date())}
        assert list(clocks) == ["registered", "assigned", "acknowledged"]
        assert clocks["acknowledged"] == (2, 1, 1, False)
        assert clocks["assigned"] == (4, 4, 2, True)  # none on the Saturday, and since Monday
        assert clocks["registered"] == (0, 0, 1, False)


def test_leads_are_kept_from_who_may_not_see_work(sqlite_db: sa.Engine) -> None:
    p = people(sqlite_db)
    with writing(sqlite_db) as conn:
        n = brought_to(conn, p, "assigned")
    with reading(sqlite_db) as conn:
        for role in (Role.STEWARD, Role.ADMIN, Role.WALL):
            with pytest.raises(Denied):
                lead_file(conn, viewer(role), n, TODAY)
            with pytest.raises(Denied):
                lead_list(conn, viewer(role), TODAY, LeadFilter())
        with pytest.raises(Denied):
            lead_file(conn, p.other, n, TODAY)
        with pytest.raises(NotFound):
            lead_file(conn, p.leader, 10**9, TODAY)


def test_a_visit_that_looked_into_a_lead_is_its_evidence_and_stands_in_its_story(db: sa.Engine) -> None:
    p = people(db)
    with writing(db) as conn:
        n = brought_to(conn, p, "investigating")
        about = row(conn, n).enterprise_id
        visit = Visit(
            "for_cause", NOW - timedelta(minutes=9), conclusion="rectify", leads=(n,),
            findings=(Finding("major", "过期药品未下架"),), officer2_id=p.made.officers[1],
        )  # fmt: skip
        made = record(conn, p.officer, about, visit, client_id="visit-for-lead", now=NOW)
        v = conclude(conn, p.officer, n, outcome="true", result="查实", version=row(conn, n).version, now=NOW)
        assert row(conn, n).inspection_id == made
        v = dispose(conn, p.officer, n, disposal="correction_order", version=v, now=NOW)
        v = submit(conn, p.officer, n, version=v, now=NOW)
        story = lead_file(conn, p.supervisor, n, TODAY).story
        (told,) = [one.data for one in story if one.kind == "visit"]
        assert told["findings"][0]["state"] == "found" and told["findings"][0]["problem_id"]
        # matched to somebody else since, it tells who may not see the place visited that there was a visit
        elsewhere = p.made.by_grid[p.made.grids[1]][0]
        conn.execute(sa.update(lead).where(lead.c.id == n).values(enterprise_id=elsewhere))
        apart = viewer(Role.SUPERVISOR, grids=(p.made.grids[1],))
        (kept,) = [one.data for one in lead_file(conn, apart, n, TODAY).story if one.kind == "visit"]
        assert (kept["kind"], kept["enterprise_id"], kept["findings"]) == ("for_cause", None, [])
        assert (kept["officer"], kept["conclusion"]) == (None, None)
        conn.execute(sa.update(lead).where(lead.c.id == n).values(enterprise_id=about))
        # who went along as the second officer does not close it either
        second = viewer(Role.SUPERVISOR, grids=(p.made.grids[0],), officer_id=p.made.officers[1])
        with pytest.raises(Denied, match="own_work"):
            close_out(conn, second, n, version=v, now=NOW)
        close_out(conn, p.supervisor, n, version=v, now=NOW)


def test_what_is_missing_can_be_given_when_a_lead_is_handed_in(sqlite_db: sa.Engine) -> None:
    p = people(sqlite_db)
    with writing(sqlite_db) as conn:
        n = brought_to(conn, p, "disposed")
        conn.execute(sa.update(lead).where(lead.c.id == n).values(result=None, inspection_id=None))
        visit = add_inspection(conn, row(conn, n).enterprise_id, TODAY)
        v = row(conn, n).version
        elsewhere = add_inspection(conn, p.made.by_grid[p.made.grids[0]][2], TODAY)
        with pytest.raises(Refused, match="lead_inspection"):
            submit(conn, p.officer, n, result="查实", inspection_id=elsewhere, version=v, now=NOW)
        submit(conn, p.officer, n, result="查实", inspection_id=visit, version=v, now=NOW)
        assert (row(conn, n).result, row(conn, n).inspection_id) == ("查实", visit)


def test_a_lead_of_a_file_without_a_name_is_its_grid_officers(db: sa.Engine) -> None:
    p = people(db)
    with writing(db) as conn:
        grid = p.made.grids[0]
        n = add_lead(conn, grid_id=grid, district_code=p.made.districts[0], state="acknowledged")
        with pytest.raises(Denied):
            investigate(conn, p.other, n, version=1, now=NOW)
        assert "investigate" in lead_file(conn, p.officer, n, TODAY).moves
        assert lead_list(conn, p.officer, TODAY, LeadFilter(only="mine"))[1] == 1
        investigate(conn, p.officer, n, version=1, now=NOW)
        assert row(conn, n).officer_id == p.officer.officer_id


def test_the_log_tells_the_steps_of_a_lead_and_not_what_was_written_of_people(db: sa.Engine) -> None:
    p = people(db)
    with writing(db) as conn:
        n = brought_to(conn, p, "investigating")
        conclude(
            conn,
            p.officer,
            n,
            outcome="false",
            result="举报人甲记错了店名",
            version=row(conn, n).version,
            now=NOW,
        )
        told = conn.execute(sa.select(audit_log.c.detail).where(audit_log.c.action == "lead.conclude"))
        assert "举报人甲" not in str(told.scalar_one())
        written = conn.execute(sa.select(lead_event.c.note).where(lead_event.c.verb == "conclude"))
        assert written.scalar_one() == "举报人甲记错了店名"
