"""Deadlines by dated rules: how many days a law gives, in which unit, from when to when it is in force."""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from datetime import date
from functools import cache

import sqlalchemy as sa

from data.errors import NotFound
from data.reads.labels import REFERENCE, setting
from data.workdays import Due, WorkCalendar

OWN_DAYS = "deadline_days"
"""Setting with a bureau's own numbers of days, ``{code: days}``, for rules that no law fixes."""

STEPS = {"found": "order", "replied": "recheck", "recheck_passed": "close_out"}
"""State of a problem → the rule by which our own next step is due: no law fixes it, a bureau may."""


@dataclass(frozen=True)
class Rule:
    """One rule as it stands in ``data/reference/deadline_rules.csv``.

    Parameters
    ----------
    start, end : date or None
        First and last day of receipt that the rule is for; None: open.
    unit : str
        ``workdays``, or ``calendar`` days that roll forward from a statutory holiday (Order 121 art. 45).
    extension : int
        Days, in the same unit, by which it can be extended once with approval; 0: not at all.
    evidence : str
        V: read in the law's own text; D: proposed here, because no law fixes it.
    """

    code: str
    start: date | None
    end: date | None
    days: int
    unit: str
    extension: int
    source: str
    article: str
    evidence: str


def rule_at(conn: sa.Connection | None, code: str, day: date) -> Rule:
    """Return the rule `code` that is for what was received on `day`.

    The day of receipt chooses: the new order has no clause of transition, so what came in under the old
    one keeps its terms. With a connection, the bureau's own days take the place of proposed ones.

    Raises
    ------
    NotFound
        ``deadline_rule_unknown``: no such rule, or none for that day.
    """
    for rule in rules():
        if rule.code == code and (rule.start or day) <= day <= (rule.end or day):
            own = setting(conn, OWN_DAYS) if conn is not None and rule.evidence == "D" else None
            return replace(rule, days=int(own[code])) if own and code in own else rule
    raise NotFound("deadline_rule_unknown", got=code, day=day.isoformat())


def due(calendar: WorkCalendar, rule: Rule, start: date) -> Due:
    """Return the last day of a term that runs from `start`; that day itself is not counted."""
    return _after(calendar, rule.unit, start, rule.days)


def extended(calendar: WorkCalendar, rule: Rule, last: Due) -> Due:
    """Return the last day of a term whose present last day is `last`, once its extension is approved."""
    longer = _after(calendar, rule.unit, last.day, rule.extension)
    return Due(longer.day, longer.provisional or last.provisional)


@cache
def rules() -> tuple[Rule, ...]:
    """Return all rules as shipped."""
    with (REFERENCE / "deadline_rules.csv").open(encoding="utf-8", newline="") as file:
        return tuple(
            Rule(
                code=row["code"],
                start=date.fromisoformat(row["from"]) if row["from"] else None,
                end=date.fromisoformat(row["to"]) if row["to"] else None,
                days=int(row["days"]),
                unit=row["unit"],
                extension=int(row["extension"]),
                source=row["source_zh"],
                article=row["article"],
                evidence=row["evidence"],
            )
            for row in csv.DictReader(file)
        )


def _after(calendar: WorkCalendar, unit: str, start: date, days: int) -> Due:
    if unit == "workdays":
        return calendar.add_workdays(start, days)
    return calendar.add_calendar_days(start, days)
