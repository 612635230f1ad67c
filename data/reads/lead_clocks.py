"""The other clocks of a lead: by when people are to be told what was decided about it, and if they were."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, tzinfo
from itertools import groupby
from typing import Any, NamedTuple

import sqlalchemy as sa

from data.deadlines import Rule, due, rule_at
from data.duty import Bite, Measure
from data.errors import NotFound
from data.reads.places import LEAD_DISTRICT, LEAD_GRID, leads_with_place
from data.schema import lead, lead_event, reporter
from data.workdays import ONE_DAY, Due, WorkCalendar
from data.workflow import LEAD_CLOSED, LEAD_OPEN

PARTIES = ("reporter", "subject")
"""Who can be told: who reported (反映人), and whom it is about (被反映单位)."""

_NAMED = sa.exists().where(reporter.c.lead_id == lead.c.id, reporter.c.name.is_not(None))
_TERMS: dict[str, tuple[str, tuple[str, ...], sa.ColumnElement[bool]]] = {
    "mediation_told": ("investigated", PARTIES, lead.c.rule == "mediation"),
    "filing_told": (
        "disposed",
        ("reporter",),
        sa.and_(lead.c.disposal.in_(("filed", "not_filed")), _NAMED),
    ),
}
"""Rule → the state that a decision leads to, who is told of it, and which leads have such a term."""

_decision, _telling = lead_event.alias("decision"), lead_event.alias("telling")


@dataclass(frozen=True)
class Telling:
    """One term within which people are to be told of a decision.

    Parameters
    ----------
    decided_on : date
        The day of the decision, from which the term runs.
    told : tuple of dict
        What was done about it since, as its events keep it: ``whom, how, day, late``.
    """

    lead_id: int
    rule: Rule
    decided_on: date
    told: tuple[dict[str, Any], ...]
    officer_id: int | None
    grid_id: int | None
    district_code: str | None

    @property
    def left(self) -> tuple[str, ...]:
        """Who is still to be told."""
        done = {one for each in self.told for one in each["whom"]}
        return tuple(one for one in _TERMS[self.rule.code][1] if one not in done)

    @property
    def late(self) -> int:
        """By how many workdays whoever was told last was told too late; 0: all in time."""
        return max((int(one["late"]) for one in self.told), default=0)

    def due(self, calendar: WorkCalendar) -> Due:
        """Return the last day of the term."""
        return due(calendar, self.rule, self.decided_on)


def workdays_late(calendar: WorkCalendar, last: date, day: date) -> int:
    """Return by how many workdays `day` comes after the last day of a term, at least one if it does."""
    if day <= last:
        return 0
    return max(1, calendar.workdays_between(last + ONE_DAY, day + ONE_DAY))


def tellings(conn: sa.Connection, zone: tzinfo, *where: sa.ColumnElement[bool]) -> Iterator[Telling]:
    """Return the terms of telling that leads have, open or answered.

    ``mediation_told``: the mediation of a complaint was concluded; both sides are told (Order 121 art. 23).
    ``filing_told``: filing a case was decided; who reported by name is told (Order 20 art. 31, for what
    came in under it); towards an anonymous report there is no such duty. Which of them a lead has, its day
    of receipt decides. A lead that is taken up again has the term of its next decision, and nobody was told
    of that one.

    Parameters
    ----------
    zone : tzinfo
        Where the day of a decision is told.
    *where
        Conditions on `data.schema.lead`.
    """
    for code, (reached, _, has) in _TERMS.items():
        stands = LEAD_OPEN[LEAD_OPEN.index(reached) :]
        # one that the review sent back stands: its term does not begin anew
        made = sa.or_(lead_event.c.from_state.is_(None), lead_event.c.from_state.not_in(stands))
        latest = (
            sa.select(sa.func.max(lead_event.c.id))
            .where(lead_event.c.lead_id == lead.c.id, lead_event.c.to_state == reached, made)
            .correlate(lead)
            .scalar_subquery()
        )
        query = (
            sa.select(
                lead.c.id, lead.c.officer_id, lead.c.received_on, LEAD_GRID.label("grid"),
                LEAD_DISTRICT.label("district"), _decision.c.at, _decision.c.details,
                _telling.c.details.label("told"),
            )
            .select_from(leads_with_place().join(_decision, _decision.c.id == latest).outerjoin(
                _telling, sa.and_(
                    _telling.c.lead_id == lead.c.id, _telling.c.verb == "tell",
                    _telling.c.id > _decision.c.id,
                ),
            ))
            .where(lead.c.state.in_((*stands, *LEAD_CLOSED)), lead.c.merged_into_id.is_(None), has, *where)
            .order_by(lead.c.id, _telling.c.id)
        )  # fmt: skip
        for number, rows in groupby(conn.execute(query), key=lambda row: row.id):
            first, *more = rows
            try:
                rule = rule_at(conn, code, first.received_on)
            except NotFound:
                continue  # another order's
            # a file tells since when its state holds, though it came later
            since = (first.details or {}).get("state_since")
            day = date.fromisoformat(since) if since else first.at.astimezone(zone).date()
            told = tuple(one.told for one in (first, *more) if one.told and one.told["rule"] == code)
            yield Telling(number, rule, day, told, first.officer_id, first.grid, first.district)


def telling_of(conn: sa.Connection, row: Any, zone: tzinfo) -> Telling | None:
    """Return the term of telling that one lead has, if any."""
    return next(tellings(conn, zone, lead.c.id == row.id), None)


class TellingClock(NamedTuple):
    """A term of telling, its last day, and how far that is while somebody is still to be told."""

    term: Telling
    last: Due
    bite: Bite | None


def clock_of_telling(conn: sa.Connection, row: Any, here: Measure, zone: tzinfo) -> TellingClock | None:
    """Return the term of telling of one lead as it stands today, if it has any."""
    term = telling_of(conn, row, zone)
    if term is None:
        return None
    last = term.due(here.calendar)
    runs = term.left and row.state in LEAD_OPEN
    return TellingClock(term, last, here.bite(last.day) if runs else None)
