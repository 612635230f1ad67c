"""Telling people what was decided: within a term of its own, which ends when they were told."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from data.access import Role, Viewer
from data.errors import Conflict, Denied, Refused
from data.reads.lead import lead_file
from data.reads.lead_row import moves_open
from data.schema import audit, lead, lead_event, message
from data.store import writing
from data.writes.leads_given import Reporter
from data.writes.leads_steps import close_out, conclude, dispose, reassign, send_back, submit
from data.writes.leads_tell import tell
from data.writes.reminders import daily
from tests.data.lead_help import People, brought_to, people, row
from tests.data.test_leads_told import accounts
from tests.factories import NOW, TODAY, add_inspection, viewer

LATER = NOW + timedelta(days=11)  # 2 December; seven workdays from 21 November end on the 1st
BEFORE_2026_04_15 = date(2026, 4, 1)


def mediated(conn: sa.Connection, p: People, state: str = "investigated", **more: Any) -> int:
    """Register a complaint and take it to its conclusion, or on from there."""
    return brought_to(conn, p, state, rule="complaint_accept", **more)


def says(
    conn: sa.Connection, who: Viewer, n: int, whom: str = "both", day: date | None = TODAY, *,
    how: str = "phone", note: str | None = None, now: datetime = NOW,
) -> int:  # fmt: skip
    return tell(conn, who, n, whom=whom, how=how, day=day, note=note, version=row(conn, n).version, now=now)


def reminded(conn: sa.Connection, n: int) -> list[str]:
    live = (message.c.object_id == n, message.c.object == "lead", message.c.ended_at.is_(None))
    rules = conn.execute(sa.select(message.c.params).where(*live)).scalars()
    return [one["rule"] for one in rules if "rule" in one]


def test_who_was_told_stops_the_clock_and_how_late_it_was_is_kept(db: sa.Engine) -> None:
    p = people(db)
    with writing(db) as conn:
        accounts(conn, p)
        n = mediated(conn, p)
        daily(conn, LATER.date(), now=LATER)
        assert reminded(conn, n) == ["mediation_told"]
        assert lead_file(conn, p.officer, n, LATER.date()).telling.bite.past

        says(conn, p.officer, n, "reporter", TODAY)
        assert reminded(conn, n) == ["mediation_told"], "the other side does not know yet"
        assert lead_file(conn, p.officer, n, TODAY).telling.term.left == ("subject",)
        with pytest.raises(Refused, match="lead_tell_whom"):
            says(conn, p.officer, n, "both")
        says(conn, p.officer, n, "subject", LATER.date(), now=LATER)
        assert reminded(conn, n) == [] and "tell" not in moves_open(conn, p.officer, row(conn, n), TODAY)
        daily(conn, LATER.date(), now=LATER)
        assert reminded(conn, n) == []
        found = lead_file(conn, p.officer, n, LATER.date()).telling
        assert (found.term.left, found.term.late, found.bite) == ((), 1, None)
        with pytest.raises(Refused, match="lead_tell_done"):
            says(conn, p.officer, n)

        kept = (
            conn.execute(sa.select(lead_event.c.details).where(lead_event.c.verb == "tell")).scalars().all()
        )
        assert [(one["whom"], one["day"], one["late"]) for one in kept] == [
            (["reporter"], "2026-11-21", 0), (["subject"], "2026-12-02", 1),
        ]  # fmt: skip
        log = conn.execute(sa.select(audit.c.detail).where(audit.c.action == "lead.tell")).scalars().all()
        assert log == kept


def test_a_lead_is_not_closed_before_everybody_was_told_or_could_not_be(db: sa.Engine) -> None:
    p = people(db)
    with writing(db) as conn:
        n = mediated(conn, p, "reviewing")
        with pytest.raises(Refused, match="lead_untold"):
            close_out(conn, p.supervisor, n, version=row(conn, n).version, now=NOW)
        assert "close_out" not in moves_open(conn, p.supervisor, row(conn, n), TODAY)
        says(conn, p.officer, n, "reporter")
        with pytest.raises(Refused, match="lead_tell_why"):
            says(conn, p.officer, n, "subject", how="unable", note=" ")
        name = "王小明 13812345678 空号"
        says(conn, p.officer, n, "subject", how="unable", note=name)
        assert name not in str(conn.execute(sa.select(audit.c.detail)).all())
        story = lead_file(conn, p.officer, n, TODAY).story
        assert "138****5678" in str(story) and "13812345678" not in str(story)
        assert "close_out" in moves_open(conn, p.supervisor, row(conn, n), TODAY)
        close_out(conn, p.supervisor, n, version=row(conn, n).version, now=NOW)
        found = lead_file(conn, p.officer, n, TODAY).telling
        assert (found.term.left, found.term.late) == ((), 0), "it stays with the closed lead"


def test_who_tells_handles_the_lead_and_says_whom_how_and_on_a_day_since_the_decision(db: sa.Engine) -> None:
    p = people(db)
    with writing(db) as conn:
        n = mediated(conn, p)
        version = row(conn, n).version
        wrong: list[tuple[str, dict[str, Any]]] = [
            ("lead_tell_day", {"day": TODAY + timedelta(days=1)}), ("lead_tell_day", {"day": None}),
            ("lead_tell_day", {"day": TODAY - timedelta(days=1)}), ("lead_tell_how", {"how": "pigeon"}),
            ("lead_tell_whom", {"whom": "nobody"}), ("text_long", {"note": "长" * 2001}),
        ]  # fmt: skip
        for code, told in wrong:
            with pytest.raises(Refused, match=code):
                says(conn, p.officer, n, **told)
        for who in (p.other, p.supervisor, viewer(Role.AUDITOR), viewer(Role.STEWARD)):
            with pytest.raises(Denied):
                says(conn, who, n)
        with pytest.raises(Conflict):
            tell(conn, p.officer, n, whom="both", how="phone", day=TODAY, version=version - 1, now=NOW)
        early, plain = (
            brought_to(conn, p, "investigating", rule="complaint_accept"),
            brought_to(conn, p, "disposed"),
        )
        for one, code in ((early, "lead_is_investigating"), (plain, "lead_tell_none")):
            with pytest.raises(Refused, match=code):
                says(conn, p.officer, one)
        assert row(conn, n).version == version


def test_only_a_named_reporter_under_the_old_order_is_told_of_filing_and_a_review_begins_no_new_term(
    db: sa.Engine,
) -> None:
    p = people(db)
    with writing(db) as conn:
        named, anonymous, new = (
            brought_to(conn, p, "investigated", received_on=day, reporter=Reporter(name))
            for name, day in (("测试甲", BEFORE_2026_04_15), (None, BEFORE_2026_04_15), ("测试乙", TODAY))
        )
        for n in (named, anonymous, new):
            dispose(conn, p.officer, n, disposal="filed", version=row(conn, n).version, now=NOW)
            submit(conn, p.officer, n, version=row(conn, n).version, now=NOW)
        assert [bool(lead_file(conn, p.officer, n, TODAY).telling) for n in (named, anonymous, new)] == [
            True, False, False,
        ]  # fmt: skip
        version = row(conn, named).version
        send_back(conn, p.supervisor, named, reason="补充", version=version, now=LATER)
        term = lead_file(conn, p.officer, named, LATER.date()).telling.term
        assert (term.decided_on, term.left) == (TODAY, ("reporter",))
        with pytest.raises(Refused, match="lead_tell_whom"):
            says(conn, p.officer, named, "subject")
        says(conn, p.officer, named, "reporter")

        complaint = mediated(conn, p)
        says(conn, p.officer, complaint)
        v = row(conn, complaint).version
        reassign(conn, p.supervisor, complaint, p.other.officer_id, reason="休假", version=v, now=LATER)
        assert lead_file(conn, p.other, complaint, LATER.date()).telling is None
        conn.execute(sa.update(lead).where(lead.c.id == complaint).values(state="investigating"))
        visit = add_inspection(conn, row(conn, complaint).enterprise_id, TODAY)
        conclude(
            conn, p.other, complaint, outcome="false", result="未达成", inspection_id=visit,
            version=row(conn, complaint).version, now=LATER,
        )  # fmt: skip
        term = lead_file(conn, p.other, complaint, LATER.date()).telling.term
        assert (term.decided_on, len(term.left)) == (LATER.date(), 2), "of this one nobody was told"
