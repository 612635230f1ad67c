"""What an act on a lead leaves behind: what it was before, who is told, and the log's row, last."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from data.access import Role
from data.errors import Refused
from data.reads.attachments import attachment_row
from data.reads.lead import lead_file
from data.reads.lead_row import evidence_visit, moves_open
from data.schema import attachment, audit, grid, lead, lead_event, message
from data.store import writing
from data.writes.leads import amend, register
from data.writes.leads_given import Reporter
from data.writes.leads_periods import lock_period, require_unlocked
from data.writes.leads_side import (
    Part,
    ask_extension,
    decide_extension,
    merge,
    receipt,
    split,
    supervise,
)
from data.writes.leads_steps import assign, close_out, dispose, give_back, reassign, send_back, submit
from data.writes.messages import tell
from tests.data.lead_help import People, brought_to, people, report, row
from tests.data.test_many_hands import until_it_waits
from tests.factories import NOW, TODAY, add_inspection, add_org, add_user


def accounts(conn: sa.Connection, p: People) -> tuple[int, int, int]:
    """Give the two officers and the supervisor accounts; return these."""
    station = add_org(conn, "B1", kind="district", district_code=p.made.districts[0])
    conn.execute(sa.update(grid).where(grid.c.id.in_(p.made.grids[:2])).values(org_id=station))
    one, two = (add_user(conn, Role.OFFICER, officer_id=who) for who in p.made.officers[:2])
    return one, two, add_user(conn, Role.SUPERVISOR, org_id=station)


def told(conn: sa.Connection, lead_id: int) -> list[tuple[int, str]]:
    """Return to whom what is told of a lead and not over."""
    live = (message.c.object == "lead", message.c.object_id == lead_id, message.c.ended_at.is_(None))
    return [tuple(one) for one in conn.execute(sa.select(message.c.to_user_id, message.c.kind).where(*live))]


def test_what_is_set_right_is_kept_as_it_was_but_not_in_the_log(db: sa.Engine) -> None:
    p = people(db)
    with writing(db) as conn:
        n = register(conn, p.supervisor, report(p, title="王小明 13812345678"), client_id="a", now=NOW)
        v = amend(conn, p.supervisor, n, {"title": "卖假药", "crime": True}, version=1, now=NOW)
        kept = conn.execute(sa.select(lead_event.c.details).where(lead_event.c.verb == "amend")).scalar_one()
        assert kept["before"] == {"title": "王小明 13812345678", "crime": False}
        assert kept["after"] == {"title": "卖假药", "crime": True}
        logged = conn.execute(sa.select(audit.c.detail).where(audit.c.action == "lead.amend")).scalar_one()
        assert logged == {"fields": ["crime", "title"]}
        seen = next(one.data for one in lead_file(conn, p.supervisor, n, TODAY).story if one.kind == "event")
        assert seen["details"]["before"]["title"] == "王小明 138****5678"
        with pytest.raises(Refused, match="lead_long"):
            amend(conn, p.supervisor, n, {"title": "长" * 201}, version=v, now=NOW)


def test_the_log_has_codes_and_whether_a_reporter_is_known_and_no_receiver(sqlite_db: sa.Engine) -> None:
    p = people(sqlite_db)
    with writing(sqlite_db) as conn:
        n = brought_to(conn, p, "investigated", reporter=Reporter())
        name = "市公安局王小明"
        v = dispose(
            conn, p.officer, n, disposal="hand_over", receiver=name, version=row(conn, n).version, now=NOW
        )
        receipt(conn, p.officer, n, "已收", version=v, now=NOW)
        log = [tuple(one) for one in conn.execute(sa.select(audit.c.action, audit.c.detail))]
        assert dict(log)["lead.register"]["reporter"] is False
        assert name not in str(log)
        kept = conn.execute(
            sa.select(lead_event.c.details).where(lead_event.c.verb == "dispose")
        ).scalar_one()
        assert kept["receiver"] == name


def test_a_report_of_nothing_new_or_not_the_last_or_another_rule_changes_no_term(db: sa.Engine) -> None:
    p = people(db)
    with writing(db) as conn:
        one, two, _ = accounts(conn, p)
        kept = brought_to(conn, p, "investigating", received_on=TODAY - timedelta(days=3))
        v = ask_extension(conn, p.officer, kept, reason="取证", version=row(conn, kept).version, now=NOW)
        decide_extension(conn, p.supervisor, kept, True, version=v, now=NOW)
        granted = row(conn, kept).due_on
        earlier = register(
            conn, p.supervisor, report(p, received_on=TODAY - timedelta(days=20)), client_id="e", now=NOW
        )
        v = assign(conn, p.supervisor, earlier, p.other.officer_id, version=1, now=NOW)
        merge(conn, p.supervisor, earlier, kept, version=v, now=NOW)
        now_so = row(conn, kept)
        assert (now_so.due_on, now_so.extended) == (granted, True)
        assert now_so.last_received_on == TODAY - timedelta(days=3)
        assert (one, "merged") in told(conn, kept) and told(conn, earlier) == [(two, "closed")]
        same = register(conn, p.supervisor, report(p), client_id="same", now=NOW)
        merge(conn, p.supervisor, same, kept, new_facts=False, version=1, now=NOW)
        now_so = row(conn, kept)
        assert (now_so.due_on, now_so.extended) == (granted, True), "the same facts are not handled again"
        assert now_so.last_received_on == TODAY - timedelta(days=3)

        complaint = brought_to(
            conn, p, "investigating", rule="complaint_accept", received_on=date(2026, 9, 18)
        )
        until = row(conn, complaint).due_on
        later = register(conn, p.supervisor, report(p), client_id="l", now=NOW)
        merge(conn, p.supervisor, later, complaint, new_facts=True, version=1, now=NOW)
        assert (row(conn, complaint).rule, row(conn, complaint).due_on) == ("mediation", until)
        assert row(conn, complaint).last_received_on == TODAY


def test_a_term_that_begins_anew_ends_what_was_told_of_the_old_one(db: sa.Engine) -> None:
    p = people(db)
    with writing(db) as conn:
        one, _, boss = accounts(conn, p)
        n = brought_to(conn, p, "investigating", received_on=TODAY - timedelta(days=3))
        v = ask_extension(conn, p.officer, n, reason="取证", version=row(conn, n).version, now=NOW)
        tell(conn, [one], "last_day", "lead", n, "x", now=NOW)
        assert sorted(kind for _, kind in told(conn, n)) == ["asked", "last_day"]
        again = register(conn, p.supervisor, report(p), client_id="l", now=NOW)
        merge(conn, p.supervisor, again, n, new_facts=True, version=1, now=NOW)
        assert told(conn, n) == [(one, "merged")]

        v = ask_extension(conn, p.officer, n, reason="取证", version=v + 1, now=NOW)
        tell(conn, [one], "last_day", "lead", n, "y", now=NOW)
        decide_extension(conn, p.supervisor, n, True, version=v, now=NOW)
        assert not {"last_day", "asked"} & {kind for _, kind in told(conn, n)}
        assert boss not in [who for who, _ in told(conn, n)]


def test_who_gives_a_lead_away_has_nothing_of_it_any_more(db: sa.Engine) -> None:
    p = people(db)
    with writing(db) as conn:
        one, two, boss = accounts(conn, p)
        n = brought_to(conn, p, "disposed")
        v = supervise(conn, p.supervisor, n, True, reason="舆情关注", version=row(conn, n).version, now=NOW)
        v = reassign(conn, p.supervisor, n, p.other.officer_id, reason="休假", version=v, now=NOW)
        assert sorted(told(conn, n)) == [(two, "assigned"), (two, "supervised")]
        anew = row(conn, n)
        assert (anew.state, anew.outcome, anew.disposal) == ("assigned", None, None)
        v = ask_extension(conn, p.other, n, reason="取证", version=v, now=NOW)
        give_back(conn, p.other, n, reason="非本辖区", version=v, now=NOW)
        assert told(conn, n) == [(boss, "returned")]
        assert row(conn, n).asked_until is None
        assert one not in (who for who, _ in told(conn, n))


def test_a_locked_period_stays_whole(db: sa.Engine) -> None:
    p = people(db)
    day = TODAY - timedelta(days=9)
    with writing(db) as conn:
        n = brought_to(conn, p, "reviewing", received_on=TODAY)
        same = register(conn, p.supervisor, report(p, received_on=day), client_id="s", now=NOW)
        other = brought_to(conn, p, "disposed", received_on=day)
        conn.execute(sa.update(lead).where(lead.c.id == same).values(state="closed_out", merged_into_id=n))
        with pytest.raises(Refused, match="period_bad"):  # it is not over yet
            lock_period(conn, p.leader, day, TODAY, now=NOW)
        lock_period(conn, p.leader, day, day, now=NOW)
        barred = {"split", "reassign", "reinvestigate"}
        assert not barred & set(moves_open(conn, p.supervisor, row(conn, other), TODAY))
        assert lead_file(conn, p.supervisor, other, TODAY).counted
        assert barred & set(moves_open(conn, p.supervisor, row(conn, n), TODAY)) == {"split"}
        tries = [
            lambda v: split(conn, p.supervisor, other, [Part("另一件")], version=v, now=NOW),
            lambda v: reassign(
                conn, p.supervisor, other, p.other.officer_id, reason="休假", version=v, now=NOW
            ),
        ]
        for act in tries:
            with pytest.raises(Refused, match="lead_period_locked"):
                act(row(conn, other).version)
        # one that was merged into it counts with its outcome
        with pytest.raises(Refused, match="lead_period_locked"):
            send_back(conn, p.supervisor, n, reason="再查", again=True, version=row(conn, n).version, now=NOW)
        conn.execute(sa.update(lead).where(lead.c.id == same).values(merged_into_id=None))
        send_back(conn, p.supervisor, n, reason="再查", again=True, version=row(conn, n).version, now=NOW)
        assert (row(conn, n).outcome, row(conn, n).result) == (None, None), "what was found out is history"
        assert "现场核实属实" in str(lead_file(conn, p.supervisor, n, TODAY).story)
        with pytest.raises(Refused, match="period_open"):
            lock_period(conn, p.leader, TODAY, TODAY, now=NOW + timedelta(days=1))


def test_a_lead_that_comes_in_while_its_period_is_locked_keeps_it_open(db: sa.Engine) -> None:
    p = people(db)
    day = TODAY - timedelta(days=9)

    def lock() -> None:
        with writing(db) as conn:
            lock_period(conn, p.leader, day, day, now=NOW)

    with ThreadPoolExecutor(1) as pool:
        with writing(db) as conn:
            require_unlocked(conn, [day])
            locks = pool.submit(lock)
            until_it_waits(conn)
            register(conn, p.supervisor, report(p, received_on=day), client_id="late", now=NOW)
        with pytest.raises(Refused, match="period_open"):
            locks.result()


def test_the_row_in_the_log_is_the_last_thing_that_an_act_writes(db: sa.Engine) -> None:
    p = people(db)
    written: list[str] = []

    @sa.event.listens_for(db, "before_cursor_execute")
    def note(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        words = statement.split()
        if words[0] in ("INSERT", "UPDATE"):
            written.append(words[2] if words[0] == "INSERT" else words[1])

    with writing(db) as conn:
        accounts(conn, p)
        n = brought_to(conn, p, "disposed")
        acts = [
            lambda v: supervise(conn, p.supervisor, n, True, reason="关注", version=v, now=NOW),
            lambda v: ask_extension(conn, p.officer, n, reason="取证", version=v, now=NOW),
            lambda v: decide_extension(conn, p.supervisor, n, True, version=v, now=NOW),
            lambda v: submit(conn, p.officer, n, version=v, now=NOW),
            lambda v: send_back(conn, p.supervisor, n, reason="不清", version=v, now=NOW),
            lambda v: submit(conn, p.officer, n, version=v, now=NOW),
            lambda v: close_out(conn, p.supervisor, n, version=v, now=NOW),
        ]
        again = register(conn, p.supervisor, report(p), client_id="x", now=NOW)
        into = brought_to(conn, p, "assigned")
        others = [
            lambda: assign(conn, p.supervisor, again, p.officer.officer_id, version=1, now=NOW),
            lambda: reassign(
                conn, p.supervisor, again, p.other.officer_id, reason="休假", version=2, now=NOW
            ),
            lambda: merge(conn, p.supervisor, again, into, version=3, now=NOW),
            lambda: give_back(conn, p.officer, into, reason="不属", version=row(conn, into).version, now=NOW),
        ]
        for act in [*(lambda one=one: one(row(conn, n).version) for one in acts), *others]:
            written.clear()
            act()
            assert "message" in written
            assert written[-2:] == ["audit", "audit_head"]
            assert Counter(written)["audit"] == 1


def test_a_corrected_visit_is_no_evidence_and_the_row_that_corrects_it_is(db: sa.Engine) -> None:
    p = people(db)
    with writing(db) as conn:
        n = brought_to(conn, p, "disposed")
        was = row(conn, n)
        right = add_inspection(conn, was.enterprise_id, TODAY, supersedes_id=was.inspection_id)
        with pytest.raises(Refused, match="lead_evidence"):
            submit(conn, p.officer, n, version=was.version, now=NOW)
        with pytest.raises(Refused, match="lead_inspection_corrected"):
            submit(conn, p.officer, n, inspection_id=was.inspection_id, version=was.version, now=NOW)
        assert evidence_visit(conn, row(conn, n)) == right
        submit(conn, p.officer, n, inspection_id=right, version=was.version, now=NOW)


def test_whoever_handles_a_lead_sees_its_photos_wherever_it_lies(sqlite_db: sa.Engine) -> None:
    p = people(sqlite_db)
    with writing(sqlite_db) as conn:
        _, own, _ = accounts(conn, p)
        n = register(conn, p.leader, report(p, enterprise_id=None), client_id="u", now=NOW)
        assign(conn, p.leader, n, p.other.officer_id, version=1, now=NOW)
        made = conn.execute(
            sa.insert(attachment).returning(attachment.c.id),
            {
                "client_id": "photo-1", "object": "lead", "object_id": n, "what": "photo", "name": "a.jpg",
                "media": "image/jpeg", "size": 1, "sha256": "0" * 64, "user_id": own, "recorded_at": NOW,
            },
        ).scalar_one()  # fmt: skip
        assert attachment_row(conn, p.other, made).object_id == n


@pytest.mark.parametrize("field", ["reason", "receiver", "note"])
def test_what_is_written_of_a_lead_has_its_length(sqlite_db: sa.Engine, field: str) -> None:
    p = people(sqlite_db)
    long = "长" * 5000
    with writing(sqlite_db) as conn, pytest.raises(Refused, match="_long") as refused:
        n = brought_to(conn, p, "investigated")
        said = {"version": row(conn, n).version, "now": NOW}
        if field == "reason":
            supervise(conn, p.supervisor, n, True, reason=long, **said)
        dispose(conn, p.officer, n, disposal="hand_over", **{"receiver": "卫健委", field: long}, **said)
    assert refused.value.field == field
