"""What people are told: once for each cause, until the cause is over, and who has not looked."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from data.access import Role, Viewer, command_line, viewer_of_user
from data.audit import verify
from data.errors import Denied, NotFound
from data.reads.messages import by_officer, inbox, unread
from data.schema import audit, calendar_day, lead, lead_event, message, problem, problem_event, reporter
from data.store import reading, writing
from data.writes import messages
from data.writes.reminders import daily
from data.writes.settings import keep_setting
from tests.factories import (
    NOW,
    TODAY,
    add_district,
    add_enterprise,
    add_grid,
    add_lead,
    add_officer,
    add_org,
    add_problem,
    add_user,
    bind_officer,
    viewer,
)

LATER = NOW + timedelta(hours=1)
FRIDAY = date(2026, 11, 20)


class Place:
    """A grid with its officer and supervisor, each with an account."""

    def __init__(self, conn: sa.Connection) -> None:
        self.district = add_district(conn)
        self.bureau = bureau = add_org(conn, "B", kind="bureau")
        self.org = add_org(conn, "D", kind="district", parent_id=bureau, district_code=self.district)
        station = add_org(conn, "S", parent_id=self.org)
        self.grid = add_grid(conn, "G1", self.district, org_id=station)
        self.officer = add_officer(conn, "网格员甲", org_id=station)
        self.other = add_officer(conn, "网格员乙", org_id=station)
        bind_officer(conn, self.grid, self.officer)
        self.enterprise = add_enterprise(conn, grid_id=self.grid, district_code=self.district)
        self.hand = add_user(conn, Role.OFFICER, officer_id=self.officer)
        self.second = add_user(conn, Role.OFFICER, officer_id=self.other)
        self.above = add_user(conn, Role.SUPERVISOR, org_id=self.org)

    def viewer(self, conn: sa.Connection, user_id: int) -> Viewer:
        found = viewer_of_user(conn, user_id, TODAY)
        assert found is not None
        return found


def live(conn: sa.Connection) -> set[tuple[int, str, str, int]]:
    """Return to whom what is told of which work and not over; platforms are looked at in a test of theirs."""
    query = sa.select(message.c.to_user_id, message.c.kind, message.c.object, message.c.object_id)
    work = (message.c.ended_at.is_(None), message.c.object != "platform")
    return {tuple(row) for row in conn.execute(query.where(*work))}


def test_the_same_cause_is_told_once_to_each_and_keeps_what_was_read(db: sa.Engine):
    with writing(db) as conn:
        at = Place(conn)
        for now in (NOW, LATER):
            messages.tell(conn, [at.hand, at.hand, None, at.second], "assigned", "lead", 7, "v1", now=now)
            messages.read(conn, at.viewer(conn, at.hand), 1, now=NOW)
        rows = conn.execute(sa.select(message).order_by(message.c.to_user_id)).all()
    assert [(row.to_user_id, row.at, row.read_at) for row in rows] == [
        (at.hand, NOW, NOW), (at.second, NOW, None),
    ]  # fmt: skip


def test_a_message_ends_with_its_cause_and_opens_again_unread_with_it(db: sa.Engine):
    with writing(db) as conn:
        at = Place(conn)
        messages.tell(conn, [at.hand], "returned", "problem", 3, "v2", {"reason": "照片不清"}, now=NOW)
        messages.tell(conn, [at.hand], "supervised", "problem", 3, "v2", now=NOW)
        messages.read(conn, at.viewer(conn, at.hand), 1, now=NOW)
        messages.end(conn, "problem", 3, kinds=("returned",), now=LATER)
        assert live(conn) == {(at.hand, "supervised", "problem", 3)}
        messages.tell(conn, [at.hand], "returned", "problem", 3, "v2", {"reason": "仍不清"}, now=LATER)
        again = conn.execute(sa.select(message).where(message.c.kind == "returned")).one()
        messages.end(conn, "problem", 3, now=LATER)
        assert live(conn) == set()
    assert (again.read_at, again.ended_at, again.params) == (None, None, {"reason": "仍不清"})


def test_a_kind_without_words_is_a_mistake_of_ours(sqlite_db: sa.Engine):
    with writing(sqlite_db) as conn, pytest.raises(ValueError, match="words in the catalogue"):
        messages.tell(conn, [1], "shouted", "lead", 1, "x", now=NOW)


def test_somebody_elses_message_is_neither_read_nor_acknowledged(db: sa.Engine):
    with writing(db) as conn:
        at = Place(conn)
        messages.tell(conn, [at.hand], "assigned", "lead", 7, "v1", now=NOW)
        for act in (messages.read, messages.acknowledge):
            with pytest.raises(NotFound):
                act(conn, at.viewer(conn, at.second), 1, now=NOW)


def test_an_acknowledged_message_is_read_and_written_into_the_audit_log_once(db: sa.Engine):
    with writing(db) as conn:
        at = Place(conn)
        messages.tell(conn, [at.hand], "assigned", "lead", 7, "v1", now=NOW)
        for now in (NOW, LATER):
            messages.acknowledge(conn, at.viewer(conn, at.hand), 1, now=now)
        row = conn.execute(sa.select(message)).one()
        log = conn.execute(sa.select(audit).where(audit.c.action == "message.acknowledge")).all()
        assert verify(conn) is None
    assert (row.read_at, row.acknowledged_at) == (NOW, NOW)
    assert [(one.object_kind, one.object_id) for one in log] == [("lead", "7")]


def test_an_inbox_has_what_the_message_is_about_unread_first_and_no_telephone_in_clear(db: sa.Engine):
    with writing(db) as conn:
        at = Place(conn)
        found = add_problem(conn, at.enterprise, TODAY)
        told = add_lead(conn, title="举报电话13812345678", enterprise_id=at.enterprise, grid_id=at.grid)
        messages.tell(conn, [at.hand], "assigned", "problem", found, "a", now=NOW)
        messages.tell(conn, [at.hand], "assigned", "lead", told, "a", now=LATER)
        messages.tell(conn, [at.hand], "overdue", "lead", told, "b", now=LATER)
        messages.end(conn, "lead", told, kinds=("overdue",), now=LATER)
        me = at.viewer(conn, at.hand)
        newest = inbox(conn, me)[0][0]
        messages.read(conn, me, newest.id, now=LATER)
        rows, total = inbox(conn, me)
        everything, all_of_them = inbox(conn, me, ended=True)
        assert unread(conn, me) == 1
        assert unread(conn, command_line()) == 0
        assert inbox(conn, at.viewer(conn, at.second)) == ([], 0)
        other_role, _ = inbox(conn, replace(me, role=Role.STEWARD))
        assert {(one.title, one.text, one.enterprise_id) for one in other_role} == {(None, None, None)}
    assert [(row.object, row.enterprise_id) for row in rows] == [
        ("problem", at.enterprise), ("lead", at.enterprise),
    ]  # fmt: skip
    assert (total, all_of_them, everything[-1].kind) == (2, 3, "overdue")
    assert "13812345678" not in rows[1].title
    assert rows[0].text == "处方药销售记录不全"


def test_a_supervisor_sees_who_has_not_looked_in_the_own_part_alone(db: sa.Engine):
    with writing(db) as conn:
        at = Place(conn)
        elsewhere = add_grid(conn, "G2", add_district(conn, "210103"))
        bind_officer(conn, elsewhere, at.other)
        for object_id in (1, 2):
            messages.tell(conn, [at.hand, at.second], "assigned", "lead", object_id, "a", now=NOW)
        messages.tell(conn, [at.hand], "due_soon", "lead", 1, "a", now=LATER)
        messages.read(conn, at.viewer(conn, at.hand), 1, now=LATER)
        mine = by_officer(conn, at.viewer(conn, at.above), TODAY)
        everybody = by_officer(conn, viewer(Role.LEADER), TODAY)
        with pytest.raises(Denied):
            by_officer(conn, at.viewer(conn, at.hand), TODAY)
    assert [(one.name, one.open, one.unread, one.unacknowledged) for one in mine] == [("网格员甲", 3, 2, 2)]
    assert mine[0].waiting_since == NOW
    assert {one.name for one in everybody} == {"网格员甲", "网格员乙"}


def test_what_is_near_its_deadline_is_told_to_its_officer_and_what_is_over_to_the_supervisor_too(db):
    with writing(db) as conn:
        at = Place(conn)
        near, far, over, named = (
            add_problem(conn, at.enterprise, FRIDAY - timedelta(days=20), due_on=due)
            for due in (date(2026, 11, 24), date(2026, 12, 30), date(2026, 11, 19), date(2026, 11, 25))
        )
        conn.execute(sa.update(problem).where(problem.c.id == named).values(officer_id=at.other))
        closing = add_problem(conn, at.enterprise, FRIDAY, state="recheck_passed", due_on=date(2026, 11, 24))
        told = add_lead(conn, enterprise_id=at.enterprise, state="investigating", due_on=date(2026, 11, 19))
        root = add_user(conn, Role.SUPERVISOR, org_id=at.bureau)
        lost = add_lead(conn, grid_id=None, state="investigating", due_on=date(2026, 11, 19))
        daily(conn, TODAY, now=NOW)
        first = live(conn)
        daily(conn, TODAY, now=LATER)
        assert live(conn) == first, "nothing doubled, nothing ended"
        for table in (problem_event, lead_event):
            told_above = conn.execute(sa.select(table.c[1], table.c.verb, table.c.user_id)).all()
            ids = (over,) if table is problem_event else (told, lost)
            assert told_above == [(one, "escalate", None) for one in ids]
        version = conn.execute(sa.select(problem.c.version).where(problem.c.id == over)).scalar_one()
        assert version == 1, "nobody's hand moved it"
        marked = set(conn.execute(sa.select(problem.c.id).where(problem.c.escalated_on == TODAY)).scalars())
        leads = set(conn.execute(sa.select(lead.c.id).where(lead.c.escalated_on == TODAY)).scalars())
        work = sa.select(sa.func.count()).where(message.c.object != "platform")
        number = conn.execute(work).scalar_one()
    assert first == {
        (at.hand, "due_soon", "problem", near), (at.hand, "overdue", "problem", over),
        (at.above, "escalated", "problem", over), (at.second, "due_soon", "problem", named),
        (at.above, "due_soon", "problem", closing), (at.hand, "overdue", "lead", told),
        (at.above, "escalated", "lead", told), (root, "escalated", "lead", lost),
    }  # fmt: skip
    assert (marked, leads, number) == ({over}, {told, lost}, 8)
    assert far not in marked


def test_a_deadline_on_a_rest_day_is_told_as_the_last_on_the_workday_before(db: sa.Engine):
    sunday = date(2026, 11, 29)
    with writing(db) as conn:
        at = Place(conn)
        add_problem(conn, at.enterprise, FRIDAY, due_on=sunday)
        kinds = []
        for day in (date(2026, 11, 26), date(2026, 11, 27), sunday, date(2026, 11, 30)):
            daily(conn, day, now=NOW)
            kinds.append({kind for user_id, kind, *_ in live(conn) if user_id == at.hand})
    assert kinds == [{"due_soon"}, {"last_day"}, {"last_day"}, {"overdue"}]


def test_who_has_the_work_now_is_told_and_who_had_it_no_longer(db: sa.Engine):
    with writing(db) as conn:
        at = Place(conn)
        one = add_problem(conn, at.enterprise, FRIDAY, state="awaiting_recheck", due_on=date(2026, 11, 24))
        daily(conn, TODAY, now=NOW)
        before = live(conn)
        conn.execute(sa.update(problem).where(problem.c.id == one).values(recheck_officer_id=at.other))
        daily(conn, TODAY, now=NOW)
        after = live(conn)
        conn.execute(sa.update(problem).where(problem.c.id == one).values(due_on=date(2027, 1, 20)))
        daily(conn, TODAY, now=NOW)
        assert live(conn) == set(), "extended: nothing is near any more"
    assert (before, after) == (
        {(at.hand, "due_soon", "problem", one)},
        {(at.second, "due_soon", "problem", one)},
    )


def test_a_later_deadline_that_is_missed_is_escalated_again(db: sa.Engine):
    with writing(db) as conn:
        at = Place(conn)
        one = add_problem(conn, at.enterprise, FRIDAY, due_on=date(2026, 11, 19))
        daily(conn, TODAY, now=NOW)
        conn.execute(sa.update(problem).where(problem.c.id == one).values(due_on=date(2026, 11, 25)))
        daily(conn, date(2026, 11, 27), now=NOW)
        on = conn.execute(sa.select(problem.c.escalated_on)).scalar_one()
        steps = sa.select(problem_event.c.details).where(problem_event.c.verb == "escalate")
        missed = [step["due_on"] for step in conn.execute(steps.order_by(problem_event.c.id)).scalars()]
        assert missed == ["2026-11-19", "2026-11-25"]
        told = sa.select(message.c.cause).where(message.c.kind == "escalated").order_by(message.c.cause)
        assert conn.execute(told).scalars().all() == ["2026-11-19", "2026-11-25"]
        assert (at.above, "escalated", "problem", one) in live(conn)
    assert on == date(2026, 11, 27)


def test_a_closed_problem_leaves_no_message_but_the_news_of_it(db: sa.Engine):
    with writing(db) as conn:
        at = Place(conn)
        one = add_problem(conn, at.enterprise, FRIDAY, state="closed_out")
        messages.tell(conn, [at.hand], "assigned", "problem", one, "a", now=NOW)
        messages.tell(conn, [at.hand], "closed", "problem", one, "b", now=NOW)
        daily(conn, TODAY, now=NOW)
        assert live(conn) == {(at.hand, "closed", "problem", one)}
        daily(conn, TODAY, now=NOW + timedelta(days=31))
        assert live(conn) == set()


def test_who_has_to_be_told_what_was_decided_is_a_clock_of_its_own_that_ends_with_the_lead(db: sa.Engine):
    concluded, decided = date(2026, 11, 13), date(2026, 4, 13)
    with writing(db) as conn:
        at = Place(conn)
        own = {"enterprise_id": at.enterprise, "officer_id": at.officer}
        mediated = add_lead(conn, state="reviewing", rule="mediation", due_on=date(2027, 1, 5), **own)
        filed, unnamed, reported = (
            add_lead(conn, state="disposed", disposal="filed", rule="lead_verify", received_on=day, **own)
            for day in (date(2026, 4, 1), date(2026, 4, 1), date(2026, 4, 15))
        )
        for one, state, day in (
            (mediated, "investigated", concluded), (filed, "disposed", decided),
            (unnamed, "disposed", decided), (reported, "disposed", decided),
        ):  # fmt: skip
            at_ten = NOW.replace(year=day.year, month=day.month, day=day.day)
            event = {"lead_id": one, "from_state": "investigating", "to_state": state, "at": at_ten}
            conn.execute(sa.insert(lead_event), {**event, "recorded_at": at_ten})
        for one in (filed, reported):
            conn.execute(sa.insert(reporter), {"lead_id": one, "name": "测试甲", "recorded_at": NOW})
        daily(conn, TODAY, now=NOW)
        told = conn.execute(sa.select(message.c.object_id, message.c.kind, message.c.params)).all()
        conn.execute(sa.update(lead).where(lead.c.id == mediated).values(state="investigating"))
        conn.execute(sa.update(lead).where(lead.c.id == filed).values(state="closed_out"))
        daily(conn, TODAY, now=NOW)
        assert live(conn) == set(), "taken up again, and closed"
    # seven workdays from Friday the 13th; five from Monday the 13th of April
    assert sorted(told) == [
        (mediated, "due_soon", {"due_on": "2026-11-24", "rule": "mediation_told"}),
        (filed, "overdue", {"due_on": "2026-04-20", "rule": "filing_told"}),
    ]


def test_the_bureau_sets_how_early_it_is_told(db: sa.Engine):
    with writing(db) as conn:
        at = Place(conn)
        one = add_problem(conn, at.enterprise, FRIDAY, due_on=date(2026, 11, 30))
        keep_setting(conn, "due_soon_workdays", 2)
        daily(conn, TODAY, now=NOW)
        assert live(conn) == set()
        keep_setting(conn, "due_soon_workdays", 8)
        conn.execute(sa.delete(calendar_day))
        daily(conn, TODAY, now=NOW)
        assert live(conn) == {(at.hand, "due_soon", "problem", one)}
    with reading(db) as conn:
        assert verify(conn) is None
