"""Deadlines by dated rules: the day of receipt chooses the rule, the calendar the day."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from data.deadlines import due, extended, rule_at, rules
from data.errors import NotFound
from data.schema import setting
from data.store import reading, writing
from data.workdays import Due, WorkCalendar

PLAIN = WorkCalendar({})


def term(code: str, received: str, start: str | None = None) -> Due:
    return due(
        PLAIN, rule_at(None, code, date.fromisoformat(received)), date.fromisoformat(start or received)
    )


@pytest.mark.parametrize(
    ("code", "received", "last"),
    [
        ("complaint_accept", "2026-04-15", "2026-04-24"),
        ("complaint_accept", "2026-04-29", "2026-05-12"),
        ("complaint_accept", "2026-09-18", "2026-09-29"),
        ("complaint_accept", "2026-02-10", "2026-02-26"),
        ("lead_verify", "2026-04-15", "2026-05-09"),  # a make-up Saturday
        ("lead_verify", "2026-09-18", "2026-10-15"),
        ("mediation", "2026-04-20", "2026-06-22"),  # 19 June is a holiday
        ("mediation", "2026-08-03", "2026-10-08"),
        ("penalty_decision", "2026-03-02", "2026-05-31"),  # an ordinary Sunday does not roll
    ],
)
def test_published_terms_are_reproduced(code: str, received: str, last: str) -> None:
    assert term(code, received) == Due(date.fromisoformat(last), False)


@pytest.mark.parametrize(("received", "last"), [("2026-04-15", "2026-05-29"), ("2026-09-18", "2026-11-05")])
def test_a_lead_is_extended_once_by_fifteen_workdays(received: str, last: str) -> None:
    rule = rule_at(None, "lead_verify", date.fromisoformat(received))
    assert extended(PLAIN, rule, term("lead_verify", received)).day == date.fromisoformat(last)


def test_what_came_in_on_the_last_day_of_the_old_order_keeps_its_terms() -> None:
    old, new = rule_at(None, "mediation", date(2026, 4, 14)), rule_at(None, "mediation", date(2026, 4, 15))
    assert (old.days, old.unit, old.article) == (45, "workdays", "21")
    assert (new.days, new.unit, new.article) == (60, "calendar", "23")
    # art. 27 is of what came to light in mediation: a lead of another channel stands on the rules of penalty
    verify = rule_at(None, "lead_verify", date(2026, 4, 15))
    assert "调解中发现的线索" in verify.source and verify.evidence != "V"
    # accepted under the new order, received under the old one
    assert term("mediation", "2026-04-14", "2026-04-20").day == PLAIN.add_workdays(date(2026, 4, 20), 45).day


def test_days_beyond_the_announced_calendar_are_provisional() -> None:
    assert term("complaint_accept", "2026-12-24").provisional
    rule = rule_at(None, "lead_verify", date(2026, 12, 7))
    first = due(PLAIN, rule, date(2026, 12, 7))
    assert not first.provisional and extended(PLAIN, rule, first).provisional


def test_every_day_since_the_old_order_has_exactly_one_rule_for_a_lead() -> None:
    for code in ("lead_verify", "complaint_accept", "mediation"):
        for day in (date(2020, 1, 1), date(2026, 4, 14), date(2026, 4, 15), date(2030, 1, 1)):
            fits = [r for r in rules() if r.code == code and (r.start or day) <= day <= (r.end or day)]
            assert len(fits) == 1


def test_a_rule_that_was_not_in_force_is_refused() -> None:
    with pytest.raises(NotFound, match="deadline_rule_unknown"):
        rule_at(None, "mediation_told", date(2026, 4, 14))
    with pytest.raises(NotFound, match="deadline_rule_unknown"):
        rule_at(None, "tea", date(2026, 5, 1))


def test_a_bureau_sets_its_own_days_where_no_law_does(sqlite_db: sa.Engine) -> None:
    with writing(sqlite_db) as conn:
        own = {"rectify_term": 20, "lead_verify": 99}
        conn.execute(sa.insert(setting), {"key": "deadline_days", "value": own})
    with reading(sqlite_db) as conn:
        assert rule_at(conn, "rectify_term", date(2026, 5, 1)).days == 20
        assert rule_at(conn, "lead_verify", date(2026, 5, 1)).days == 15  # the law's


@given(st.sampled_from(rules()), st.dates(date(2026, 4, 15), date(2028, 12, 31)))
def test_a_term_ends_after_it_began_and_an_extension_never_shortens_it(rule, start: date) -> None:
    last = due(PLAIN, rule, start)
    longer = extended(PLAIN, rule, last)
    assert start < last.day <= longer.day
    assert longer.provisional or not last.provisional
