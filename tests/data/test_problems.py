"""Problems go their way from finding to close-out, by the right people, one step after the other."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
import sqlalchemy as sa

from data import audit
from data.access import Role, Viewer, viewer_of_user
from data.errors import Conflict, Denied, NotFound, Refused
from data.reads.problems import problem_file
from data.reads.work import WorkFilter, problems
from data.schema import attachment, enterprise, message, problem, problem_event, rectification
from data.schema import audit as audit_table
from data.store import reading, writing
from data.writes import problems as on_the_way
from data.writes import problems_aside as aside
from data.writes.inspections import record, supersede
from data.writes.problems_many import assign_rechecks, reassign_many
from data.writes.rechecks import Recheck
from data.writes.reminders import daily
from data.writes.visit import Finding, Visit
from tests.factories import NOW, TODAY, add_org, add_user, make_city

YESTERDAY = TODAY - timedelta(days=1)
WITH_FINDING = Visit(
    kind="routine", finished_at=NOW - timedelta(minutes=5), conclusion="rectify",
    findings=(Finding("major", "处方药未凭处方销售"),),
)  # fmt: skip
RECHECK = replace(WITH_FINDING, kind="recheck", conclusion="pass", findings=())


@dataclass
class Scene:
    """A problem that the first officer has found, and the people around it."""

    enterprise: int
    problem: int
    officers: list[int]
    finder: Viewer  # officer of the first grid
    other: Viewer  # officer of the second grid
    boss: Viewer  # supervisor of everything
    leader: Viewer


def scene(db: sa.Engine, **changes: object) -> Scene:
    with writing(db) as conn:
        made = make_city(conn, visited=0)
        root = add_org(conn, "root", kind="bureau")
        accounts = [add_user(conn, Role.OFFICER, officer_id=one) for one in made.officers[:2]]
        accounts += [add_user(conn, Role.SUPERVISOR, org_id=root), add_user(conn, Role.LEADER, org_id=root)]
        people = [viewer_of_user(conn, one, TODAY) for one in accounts]
        one = made.by_grid[made.grids[0]][0]
        visit = replace(WITH_FINDING, officer2_id=made.officers[3], **changes)
        record(conn, people[0], one, visit, client_id="found", now=NOW)
        own = conn.execute(sa.select(problem.c.id).where(problem.c.enterprise_id == one)).scalars().all()
    return Scene(one, own[0], made.officers, *people)


def state(db: sa.Engine, it: Scene) -> sa.Row:
    with reading(db) as conn:
        return conn.execute(sa.select(problem).where(problem.c.id == it.problem)).one()


def act(db: sa.Engine, verb, who: Viewer, it: Scene, *, version: int | None = None, now=NOW, **said):
    with writing(db) as conn:
        seen = conn.execute(sa.select(problem.c.version).where(problem.c.id == it.problem)).scalar_one()
        return verb(conn, who, it.problem, version=version or seen, now=now, **said)


def picture(db: sa.Engine, who: Viewer, **where: object) -> list[str]:
    with writing(db) as conn:
        conn.execute(sa.insert(attachment), {
            "client_id": "photo", "what": "photo", "name": "a.jpg", "media": "image/jpeg", "sha256": "0" * 64,
            "size": 1, "user_id": who.user_id, "recorded_at": NOW, **where,
        })  # fmt: skip
    return ["photo"]


def rechecked(db: sa.Engine, it: Scene, who: Viewer, result: Recheck, name: str, **changes) -> int:
    with writing(db) as conn:
        again = viewer_of_user(conn, who.user_id, TODAY)  # the task opens the enterprise
        said = {"officer2_id": it.officers[2], "rechecks": {it.problem: result}, **changes}
        visit = replace(RECHECK, **said)
        return record(conn, again, it.enterprise, visit, client_id=name, now=NOW)


def brought_to(db: sa.Engine, it: Scene, wanted: str) -> None:
    """Bring a found problem to a state on the way."""
    steps = [
        ("ordered", lambda: act(db, on_the_way.order, it.finder, it, kind="term")),
        ("replied", lambda: act(db, on_the_way.reply, it.finder, it, text="已补齐处方")),
        (
            "awaiting_recheck",
            lambda: act(db, on_the_way.assign_recheck, it.boss, it, officer_id=it.officers[1], day=TODAY),
        ),
        ("recheck_passed", lambda: rechecked(db, it, it.other, Recheck(True), "recheck")),
        ("closed_out", lambda: act(db, on_the_way.close_out, it.boss, it, result="整改到位")),
    ]
    for name, step in steps:
        step()
        if name == wanted:
            return


def test_a_problem_goes_from_finding_to_close_out_by_three_people(db: sa.Engine) -> None:
    it = scene(db)
    brought_to(db, it, "closed_out")
    row = state(db, it)
    assert (row.state, row.closed_on, row.version) == ("closed_out", TODAY, 6)
    with reading(db) as conn:
        events = conn.execute(sa.select(problem_event).order_by(problem_event.c.id)).all()
        first = conn.execute(sa.select(rectification)).one()
        assert audit.verify(conn) is None
    assert [e.verb for e in events] == [
        "find", "order", "reply", "assign_recheck", "pass_recheck", "close_out",
    ]  # fmt: skip
    assert all(after.from_state == before.to_state for before, after in pairwise(events))
    assert first.passed and first.same_officer is False and first.officer_id == it.officers[1]


def test_what_the_law_leaves_open_the_rule_of_workdays_fills(db: sa.Engine) -> None:
    it = scene(db)
    assert state(db, it).due_on == date(2026, 11, 24)  # the 21st is a Saturday; two workdays to order it
    act(db, on_the_way.order, it.finder, it, kind="immediate")
    assert state(db, it).due_on == date(2026, 11, 23)
    act(db, on_the_way.reply, it.finder, it, text="已补齐处方")
    assert state(db, it).due_on == date(2026, 11, 27)  # five, to recheck it
    with reading(db) as conn:
        assert problem_file(conn, it.boss, it.problem, TODAY).step.code == "recheck"


def test_what_nobody_orders_is_told_to_who_answers_for_it_and_then_above(db: sa.Engine) -> None:
    it = scene(db)
    kinds = []
    with writing(db) as conn:
        for day in (TODAY, date(2026, 11, 24), date(2026, 11, 25)):
            daily(conn, day, now=NOW)
            live = sa.select(message.c.to_user_id, message.c.kind).where(
                message.c.ended_at.is_(None), message.c.object == "problem"
            )
            kinds.append({tuple(row) for row in conn.execute(live)})
    finder, boss = it.finder.user_id, it.boss.user_id
    assert kinds == [
        {(finder, "due_soon")}, {(finder, "last_day")}, {(finder, "overdue"), (boss, "escalated")},
    ]  # fmt: skip


def test_who_answers_in_time_is_not_overdue_the_next_day_and_who_is_late_stays_so(db: sa.Engine) -> None:
    it = scene(db, findings=WITH_FINDING.findings * 2)
    late = replace(it, problem=it.problem + 1)
    act(db, on_the_way.order, it.finder, it, kind="term", due_on=TODAY)
    act(db, on_the_way.order, it.finder, late, kind="term", due_on=TODAY)
    with writing(db) as conn:
        conn.execute(sa.update(problem).where(problem.c.id == late.problem).values(due_on=YESTERDAY))
    for one in (it, late):
        act(db, on_the_way.reply, it.finder, one, text="已补齐处方")
    with reading(db) as conn:
        over = problems(conn, it.boss, TODAY + timedelta(days=1), WorkFilter(only="overdue")).rows
    assert [one.id for one in over] == [late.problem]


def test_an_order_and_an_answer_have_their_own_days_however_late_they_are_typed(db: sa.Engine) -> None:
    it = scene(db, findings=WITH_FINDING.findings * 2)
    late = replace(it, problem=it.problem + 1)
    monday, tuesday = NOW + timedelta(days=2), NOW + timedelta(days=3)
    for day, code in ((YESTERDAY, "day_past"), (TODAY + timedelta(days=3), "day_ahead")):
        with pytest.raises(Refused, match=code):
            act(db, on_the_way.order, it.finder, it, kind="term", day=day, now=monday)
    act(db, on_the_way.order, it.finder, it, kind="immediate", day=TODAY, now=monday)
    assert state(db, it).due_on == monday.date(), "the term runs from the day of handing over"
    act(db, on_the_way.order, it.finder, late, kind="immediate", due_on=TODAY, now=NOW)
    for day, code in ((YESTERDAY, "day_past"), (tuesday.date() + timedelta(days=1), "day_ahead")):
        with pytest.raises(Refused, match=code):
            act(db, on_the_way.reply, it.finder, it, text="已补齐", day=day, now=tuesday)
    act(db, on_the_way.reply, it.finder, it, text="已补齐", day=monday.date(), now=tuesday)
    act(db, on_the_way.reply, it.finder, late, text="已补齐", day=monday.date(), now=tuesday)
    assert state(db, it).due_on == date(2026, 12, 1), "in time: the next hand has its five days from today"
    assert state(db, late).due_on == TODAY, "late, and it stays so"
    with reading(db) as conn:
        rounds = conn.execute(sa.select(rectification.c.ordered_on, rectification.c.replied_on)).all()
        told = conn.execute(sa.select(message.c.params).where(message.c.cause == "recheck:1")).scalars()
        assert {one["on"] for one in told} == {monday.date().isoformat()}
        steps = problem_file(conn, it.boss, it.problem, TODAY).steps
    assert [tuple(one) for one in rounds] == [(TODAY, monday.date())] * 2
    assert [one.details.get("on") for one in steps[1:]] == [TODAY.isoformat(), monday.date().isoformat()]


def test_a_supervision_keeps_what_is_asked_and_is_lifted_by_nobody_below_who_set_it(db: sa.Engine) -> None:
    it = scene(db)
    said = {"on": True, "reason": "群众反映强烈", "until": date(2026, 12, 1), "demand": "每周报进展"}
    act(db, aside.supervise, it.leader, it, **said)
    with reading(db) as conn:
        found = problem_file(conn, it.boss, it.problem, TODAY)
        told = conn.execute(sa.select(message.c.params).where(message.c.kind == "supervised")).scalar_one()
        assert "unsupervise" in problem_file(conn, it.leader, it.problem, TODAY).moves
    assert found.supervision.until == date(2026, 12, 1) and "unsupervise" not in found.moves
    assert told == {"reason": "群众反映强烈", "until": "2026-12-01", "demand": "每周报进展"}
    with pytest.raises(Denied, match="supervised_above"):
        act(db, aside.supervise, it.boss, it, on=False, reason="本所认为无需督办")
    with pytest.raises(Refused, match="reason_missing"):
        act(db, aside.supervise, it.leader, it, on=False, reason=" ")
    act(db, aside.supervise, it.leader, it, on=False, reason="已有进展")
    with writing(db) as conn:
        below = add_user(conn, Role.SUPERVISOR, org_id=add_org(conn, "below", parent_id=it.boss.scope.org_id))
        station = replace(viewer_of_user(conn, below, TODAY), scope=it.finder.scope)
    for who, code in ((it.boss, "supervised_above"), (station, None)):  # the bureau's, and the station's own
        act(db, aside.supervise, who, it, on=True, reason="重点")
        if code:
            with pytest.raises(Denied, match=code):
                act(db, aside.supervise, station, it, on=False, reason="本所认为无需督办")
        act(db, aside.supervise, who, it, on=False, reason="已有进展")


def test_a_receipt_that_does_not_come_is_listed_and_told_to_who_supervises_until_it_is_there(
    db: sa.Engine,
) -> None:
    it = scene(db)
    with pytest.raises(Refused, match="receiver_kind"):
        act(db, aside.transfer, it.boss, it, receiver_kind="tea", receiver="市公安局", note="涉嫌犯罪")
    act(db, aside.transfer, it.boss, it, receiver_kind="police", receiver="市公安局", note="涉嫌犯罪")
    told = sa.select(message.c.to_user_id, message.c.cause).where(
        message.c.ended_at.is_(None), message.c.object == "problem"
    )
    seen = []
    for day in (date(2026, 11, 27), date(2026, 11, 28), date(2026, 11, 28)):  # five workdays from a Saturday
        with writing(db) as conn:
            daily(conn, day, now=NOW)
            seen.append([tuple(row) for row in conn.execute(told)])
    assert seen == [[], *[[(it.boss.user_id, "receipt:2026-11-27")]] * 2]
    with reading(db) as conn:
        waiting = problems(conn, it.boss, TODAY, WorkFilter(only="receipt")).rows
    assert [one.id for one in waiting] == [it.problem]
    act(db, aside.acknowledge_transfer, it.boss, it, receipt="已接收")
    with writing(db) as conn:
        assert conn.execute(told).all() == []
        daily(conn, date(2026, 12, 8), now=NOW)
        assert conn.execute(told).all() == []
        assert problems(conn, it.boss, TODAY, WorkFilter(only="receipt")).rows == []


def test_what_is_overdue_gets_no_more_time_and_what_is_at_once_no_year(db: sa.Engine) -> None:
    it = scene(db)
    with pytest.raises(Refused, match="order_at_once"):
        act(db, on_the_way.order, it.finder, it, kind="immediate", due_on=date(2027, 11, 21))
    act(db, on_the_way.order, it.finder, it, kind="term", due_on=TODAY)
    later, until = NOW + timedelta(days=1), date(2026, 12, 20)
    with pytest.raises(Refused, match="extension_late"):
        act(db, aside.ask_extension, it.finder, it, until=until, reason="忘了", now=later)
    with reading(db) as conn:
        assert "ask_extension" not in problem_file(conn, it.finder, it.problem, later.date()).moves
    act(db, aside.ask_extension, it.finder, it, until=until, reason="设备未到")
    act(db, aside.decide_extension, it.boss, it, approved=True, now=later)
    assert state(db, it).due_on == until, "asked in time"


def test_what_does_not_pass_opens_the_next_round_with_a_deadline_of_its_own(db: sa.Engine) -> None:
    it = scene(db)
    brought_to(db, it, "awaiting_recheck")
    with pytest.raises(Refused, match="text_missing"):
        rechecked(db, it, it.other, Recheck(False, " "), "no reason")
    rechecked(db, it, it.other, Recheck(False, "仍有两张处方缺失"), "r1")
    row = state(db, it)
    assert (row.state, row.round, row.recheck_officer_id) == ("ordered", 2, None)
    assert row.due_on is not None and row.due_on > TODAY
    with reading(db) as conn:
        rounds = conn.execute(sa.select(rectification).order_by(rectification.c.round)).all()
    assert [(r.round, r.passed, r.reason) for r in rounds] == [
        (1, False, "仍有两张处方缺失"),
        (2, None, None),
    ]
    assert rounds[1].due_on == row.due_on


def test_a_recheck_is_for_whom_it_was_given_to(db: sa.Engine) -> None:
    it = scene(db)
    brought_to(db, it, "awaiting_recheck")
    with pytest.raises(Refused, match="recheck_of_others"):
        rechecked(db, it, it.finder, Recheck(True), "r1")
    rechecked(db, it, it.finder, Recheck(True), "r2", officer2_id=it.officers[1])
    assert state(db, it).state == "recheck_passed"


def test_the_finder_may_recheck_and_is_flagged(db: sa.Engine) -> None:
    it = scene(db)
    brought_to(db, it, "replied")
    act(db, on_the_way.assign_recheck, it.boss, it, officer_id=it.officers[0], day=TODAY)
    rechecked(db, it, it.finder, Recheck(True), "r1")
    with reading(db) as conn:
        assert conn.execute(sa.select(rectification.c.same_officer)).scalar() is True


def test_a_recheck_of_another_enterprise_or_without_its_turn_keeps_the_visit_out(db: sa.Engine) -> None:
    it = scene(db)
    with pytest.raises(Refused, match="problem_is_found"):
        rechecked(db, it, it.finder, Recheck(True), "r1")
    brought_to(db, it, "awaiting_recheck")
    with writing(db) as conn:
        elsewhere = conn.execute(
            sa.select(enterprise.c.id).where(enterprise.c.grid_id == min(it.other.scope.grids)).limit(1)
        ).scalar_one()
    with pytest.raises(Refused, match="recheck_elsewhere"), writing(db) as conn:
        again = viewer_of_user(conn, it.other.user_id, TODAY)
        visit = replace(RECHECK, officer2_id=it.officers[2], rechecks={it.problem: Recheck(True)})
        record(conn, again, elsewhere, visit, client_id="r2", now=NOW)
    with pytest.raises(Refused, match="recheck_early"):
        rechecked(db, it, it.other, Recheck(True), "r3", finished_at=NOW - timedelta(days=1),
                  late_reason="纸质记录")  # fmt: skip
    with reading(db) as conn:
        assert conn.execute(sa.text("SELECT count(*) FROM inspection")).scalar() == 1


def test_the_same_recheck_sent_again_counts_once(db: sa.Engine) -> None:
    it = scene(db)
    brought_to(db, it, "awaiting_recheck")
    first = rechecked(db, it, it.other, Recheck(False, "未整改"), "r1")
    # the task is over and the enterprise out of sight, but the phone did not hear the answer
    assert rechecked(db, it, it.other, Recheck(False, "未整改"), "r1") == first
    assert state(db, it).round == 2


def test_a_correction_of_a_visit_does_not_decide_about_a_recheck(db: sa.Engine) -> None:
    it = scene(db)
    brought_to(db, it, "awaiting_recheck")
    first = rechecked(db, it, it.other, Recheck(True), "r1", officer2_id=it.officers[0])
    with writing(db) as conn, pytest.raises(Refused, match="recheck_in_correction"):
        visit = replace(RECHECK, rechecks={it.problem: Recheck(False, "未整改")})
        supersede(conn, it.finder, first, visit, reason="误填", client_id="c", now=NOW)
    gone = replace(RECHECK, conclusion=None, unable_reason="closed")
    with writing(db) as conn:
        later = supersede(conn, it.finder, first, RECHECK, reason="误填", client_id="c", now=NOW)
        with pytest.raises(Refused, match="recheck_stands"):
            supersede(conn, it.finder, later, gone, reason="误填", client_id="d", now=NOW)


def test_nobody_closes_their_own_work(db: sa.Engine) -> None:
    it = scene(db)
    brought_to(db, it, "recheck_passed")
    for officer_id in it.officers[:2]:  # who found it and who rechecked it, were they supervisors now
        own = replace(it.boss, officer_id=officer_id)
        with pytest.raises(Denied, match="own_work"):
            act(db, on_the_way.close_out, own, it, result="好")
    for worked in (it.finder, it.other):
        same_person = replace(it.boss, user_id=worked.user_id)
        with pytest.raises(Denied, match="own_work"):
            act(db, on_the_way.close_out, same_person, it, result="好")
    with pytest.raises(Denied, match="denied_right"):
        act(db, on_the_way.close_out, it.finder, it, result="好")
    act(db, on_the_way.close_out, it.leader, it, result="好")


def test_work_given_back_shows_why_until_it_is_done_again(db: sa.Engine) -> None:
    it = scene(db)
    brought_to(db, it, "recheck_passed")
    with pytest.raises(Refused, match="reason_missing"):
        act(db, on_the_way.send_back, it.boss, it, reason=" ")
    act(db, on_the_way.send_back, it.boss, it, reason="照片看不清")
    row = state(db, it)
    assert (row.state, row.returned) == ("awaiting_recheck", "照片看不清")
    assert row.recheck_officer_id == it.officers[1]
    act(db, on_the_way.assign_recheck, it.boss, it, officer_id=it.officers[0], day=TODAY)
    assert state(db, it).returned == "照片看不清"
    rechecked(db, it, it.finder, Recheck(True), "again")
    assert state(db, it).returned is None


def test_what_is_put_right_on_the_spot_needs_evidence_and_somebody_else_to_close_it(db: sa.Engine) -> None:
    it = scene(db)
    with pytest.raises(Refused, match="evidence_missing"):
        act(db, on_the_way.fix_on_spot, it.finder, it, note="已当场改正")
    with pytest.raises(Refused, match="attachment_missing"):
        act(db, on_the_way.fix_on_spot, it.finder, it, attachments=["never-sent"])
    picture(db, it.finder)
    with pytest.raises(Refused, match="attachment_missing"):  # somebody else's
        act(
            db,
            on_the_way.fix_on_spot,
            replace(it.finder, user_id=it.other.user_id),
            it,
            attachments=["photo"],
        )
    with pytest.raises(Refused, match="spot_over"):  # at the desk, the day after
        act(db, on_the_way.fix_on_spot, it.finder, it, attachments=["photo"], now=NOW + timedelta(days=1))
    with pytest.raises(Refused, match="spot_over"):  # who was not there
        away = replace(it.finder, officer_id=it.officers[2])
        act(db, on_the_way.fix_on_spot, away, it, attachments=["photo"])
    act(db, on_the_way.fix_on_spot, it.finder, it, attachments=["photo"])
    assert state(db, it).state == "recheck_passed"
    act(db, on_the_way.send_back, it.boss, it, reason="再看一次")
    assert state(db, it).recheck_officer_id == it.officers[0]


def test_the_second_of_two_hands_is_told_who_was_first(db: sa.Engine) -> None:
    it = scene(db)
    act(db, on_the_way.order, it.finder, it, kind="term")
    with pytest.raises(Conflict) as told:
        act(db, on_the_way.order, it.finder, it, kind="immediate", version=1)
    assert told.value.code == "problem_changed"
    assert told.value.params["mine"] == 1
    assert told.value.params["theirs"]["state"] == "ordered" and told.value.params["theirs"]["version"] == 2
    assert told.value.params["at"] == "11-21 09:30"


@pytest.mark.parametrize("which", ["other", "finder"])
def test_nobody_moves_what_lies_outside_the_scope_or_the_right(db: sa.Engine, which: str) -> None:
    it = scene(db)
    who = getattr(it, which)
    with pytest.raises(Denied):
        if which == "other":
            act(db, on_the_way.order, who, it, kind="term")
        else:
            act(db, aside.revoke, who, it, reason="误录")
    with writing(db) as conn, pytest.raises(NotFound, match="problem_unknown"):
        on_the_way.order(conn, it.finder, 10**30, kind="term", version=1, now=NOW)
    assert state(db, it).version == 1


def test_a_task_at_an_enterprise_opens_no_problem_of_others_there_but_those_one_has_found(
    db: sa.Engine,
) -> None:
    it = scene(db, findings=WITH_FINDING.findings * 2)
    theirs = replace(it, problem=it.problem + 1)
    act(db, aside.reassign, it.boss, it, officer_id=it.officers[1])
    with writing(db) as conn:
        it.other = viewer_of_user(conn, it.other.user_id, TODAY)  # the task opens the enterprise
        visit = replace(WITH_FINDING, officer2_id=it.officers[2], over_cap_reason="线索核查")
        record(conn, it.other, it.enterprise, visit, client_id="their own", now=NOW)
        found = conn.execute(sa.select(sa.func.max(problem.c.id))).scalar_one()
    with pytest.raises(Denied, match="problem_not_yours"):
        act(db, on_the_way.fix_on_spot, it.other, theirs, note="已改")
    with reading(db) as conn:
        assert problem_file(conn, it.other, theirs.problem, TODAY).moves == ()
    act(db, on_the_way.order, it.other, it, kind="term")
    act(db, on_the_way.fix_on_spot, it.other, replace(it, problem=found), attachments=picture(db, it.other))


def test_who_gets_a_problem_takes_over_its_messages_and_nobody_elses(db: sa.Engine) -> None:
    it = scene(db, findings=WITH_FINDING.findings * 2)
    asked = replace(it, problem=it.problem + 1)
    brought_to(db, it, "replied")
    act(db, aside.supervise, it.boss, it, on=True, reason="群众反映强烈")
    act(db, on_the_way.assign_recheck, it.boss, it, officer_id=it.officers[1], day=TODAY)
    act(db, on_the_way.order, it.finder, asked, kind="term")
    act(db, aside.ask_extension, it.finder, asked, until=date(2027, 1, 20), reason="设备未到")
    with writing(db) as conn:
        third = add_user(conn, Role.OFFICER, officer_id=it.officers[2])
    for one in (it, asked):
        act(db, aside.reassign, it.boss, one, officer_id=it.officers[2])
    with reading(db) as conn:
        live = sa.select(message.c.to_user_id, message.c.kind, message.c.object_id, message.c.params)
        told = conn.execute(live.where(message.c.ended_at.is_(None))).all()
    assert {row[:3] for row in told} == {
        (it.other.user_id, "assigned", it.problem), (third, "assigned", it.problem),
        (third, "supervised", it.problem), (it.boss.user_id, "asked", asked.problem),
        (third, "assigned", asked.problem),
    }  # fmt: skip
    assert [row.params for row in told if row.kind == "supervised"] == [{"reason": "群众反映强烈"}]


def test_more_time_is_asked_for_and_granted_by_somebody_else(db: sa.Engine) -> None:
    it = scene(db)
    act(db, on_the_way.order, it.finder, it, kind="term", due_on=TODAY + timedelta(days=3))
    with pytest.raises(Refused, match="extension_short"):
        act(db, aside.ask_extension, it.finder, it, until=TODAY + timedelta(days=3), reason="设备未到")
    with pytest.raises(Refused, match="extension_none"):
        act(db, aside.decide_extension, it.boss, it, approved=True)
    until = TODAY + timedelta(days=10)
    act(db, aside.ask_extension, it.finder, it, until=until, reason="设备未到")
    with pytest.raises(Refused, match="extension_waits"):
        act(db, aside.ask_extension, it.finder, it, until=until, reason="设备未到")
    with pytest.raises(Denied, match="own_work"):
        act(db, aside.decide_extension, replace(it.boss, user_id=it.finder.user_id), it, approved=True)
    with pytest.raises(Refused, match="reason_missing"):
        act(db, aside.decide_extension, it.boss, it, approved=False)
    act(db, aside.decide_extension, it.boss, it, approved=True)
    row = state(db, it)
    assert (row.due_on, row.asked_until) == (until, None)
    with reading(db) as conn:
        assert conn.execute(sa.select(rectification.c.due_on)).scalar() == until


def test_a_transfer_waits_for_its_receipt(db: sa.Engine) -> None:
    it = scene(db)
    act(db, aside.transfer, it.boss, it, receiver_kind="police", receiver="市公安局", note="涉嫌犯罪")
    assert state(db, it).state == "transferred"
    act(db, aside.acknowledge_transfer, it.boss, it, receipt="回执 1 号")
    with pytest.raises(Refused, match="receipt_there"):
        act(db, aside.acknowledge_transfer, it.boss, it, receipt="回执 1 号")
    with pytest.raises(Refused, match="problem_is_transferred"):
        act(db, aside.revoke, it.boss, it, reason="误录")


def test_what_was_written_of_a_problem_stays_with_it_and_out_of_the_log(db: sa.Engine) -> None:
    it = scene(db)
    act(db, on_the_way.order, it.finder, it, kind="term", clause="王某某13812345678反映", number="7号")
    act(
        db, aside.transfer, it.boss, it, receiver_kind="police", receiver="王某某13812345678", note="涉嫌犯罪"
    )
    with reading(db) as conn:
        log = str(conn.execute(sa.select(audit_table.c.detail)).scalars().all())
        steps = problem_file(conn, it.boss, it.problem, TODAY).steps
    assert "王某某" not in log and "7号" not in log
    assert [one.details.get("receiver") for one in steps] == [None, None, "王某某138****5678"]


def test_only_the_problems_of_closed_enterprises_end(db: sa.Engine) -> None:
    it = scene(db)
    with pytest.raises(Refused, match="enterprise_operates"):
        act(db, aside.end, it.boss, it, reason="已停业")
    with writing(db) as conn:
        conn.execute(sa.update(enterprise).where(enterprise.c.id == it.enterprise).values(status="closed"))
    act(db, aside.end, it.boss, it, reason="已停业")
    assert state(db, it).state == "ended"


def test_supervision_and_filing_leave_their_trace(db: sa.Engine) -> None:
    it = scene(db)
    act(db, aside.supervise, it.boss, it, on=True, reason="群众反映强烈")
    with pytest.raises(Refused, match="supervised_already"):
        act(db, aside.supervise, it.boss, it, on=True, reason="再")
    assert state(db, it).supervised
    act(db, aside.supervise, it.boss, it, on=False, reason="已办结")
    act(db, aside.file, it.boss, it, note="立案查处", number="1号")
    assert (state(db, it).state, state(db, it).closed_on) == ("filed", TODAY)


def test_many_change_hands_together_or_not_at_all(db: sa.Engine) -> None:
    findings = tuple(Finding("minor", f"问题{n}") for n in range(3))
    it = scene(db, findings=findings)
    with writing(db) as conn:
        ids = conn.execute(sa.select(problem.c.id)).scalars().all()
    with pytest.raises(Conflict, match="problem_changed"), writing(db) as conn:
        reassign_many(conn, it.boss, {ids[0]: 1, ids[1]: 1, ids[2]: 9}, officer_id=it.officers[1], now=NOW)
    assert state(db, it).officer_id is None
    with writing(db) as conn:
        told = dict.fromkeys(ids, 1)
        assert reassign_many(conn, it.boss, told, officer_id=it.officers[1], now=NOW) == 3
    with writing(db) as conn:
        again = dict.fromkeys(ids, 2)
        assert reassign_many(conn, it.boss, again, officer_id=it.officers[1], now=NOW) == 0
        seen = viewer_of_user(conn, it.other.user_id, TODAY)
        assert seen.scope.enterprises == {it.enterprise}
        assert audit.verify(conn) is None
    with pytest.raises(Refused, match="problem_is_found"), writing(db) as conn:
        assign_rechecks(conn, it.boss, dict.fromkeys(ids, 2), officer_id=it.officers[1], day=TODAY, now=NOW)


def test_people_are_told_what_waits_for_them_until_it_is_done(db: sa.Engine) -> None:
    it = scene(db)

    def open_messages(who: Viewer) -> list[str]:
        with reading(db) as conn:
            own = sa.select(message.c.kind).where(
                message.c.to_user_id == who.user_id, message.c.ended_at.is_(None)
            )
            return sorted(conn.execute(own).scalars())

    brought_to(db, it, "replied")
    brought_to_recheck = {"officer_id": it.officers[1], "day": TODAY}
    act(db, on_the_way.assign_recheck, it.boss, it, **brought_to_recheck)
    assert open_messages(it.other) == ["assigned"]
    rechecked(db, it, it.other, Recheck(True), "r1")
    assert open_messages(it.other) == []
    act(db, on_the_way.send_back, it.boss, it, reason="照片看不清")
    assert open_messages(it.other) == ["returned"]
