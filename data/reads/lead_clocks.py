"""The other clocks of a lead: by when people are to be told what was decided about it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, tzinfo
from typing import NamedTuple

import sqlalchemy as sa

from data.deadlines import due, rule_at
from data.errors import NotFound
from data.reads.places import LEAD_DISTRICT, LEAD_GRID, leads_with_place
from data.schema import lead, lead_event, reporter
from data.workdays import WorkCalendar
from data.workflow import LEAD_OPEN


class Clock(NamedTuple):
    """One term that runs beside a lead's own."""

    lead_id: int
    rule: str  # of `data.deadlines`
    day: date  # its last
    officer_id: int | None
    grid_id: int | None
    district_code: str | None


def lead_clocks(conn: sa.Connection, calendar: WorkCalendar, near: date, zone: tzinfo) -> Iterator[Clock]:
    """Return the clocks of open leads that end at or before `near`.

    ``mediation_told``: the mediation of a complaint was concluded; both sides are told (Order 121 art. 23).
    ``filing_told``: filing a case was decided; who reported by name is told (Order 20 art. 31, for what
    came in under it). Both run until the lead is closed, or is taken up again. Which of them a lead has,
    its day of receipt decides.

    Parameters
    ----------
    zone : tzinfo
        Where the day of a decision is told.
    """
    named = sa.exists().where(reporter.c.lead_id == lead.c.id, reporter.c.name.is_not(None))
    clocks = {
        "mediation_told": ("investigated", lead.c.rule == "mediation"),
        "filing_told": ("disposed", sa.and_(lead.c.disposal.in_(("filed", "not_filed")), named)),
    }
    for code, (reached, has) in clocks.items():
        since = sa.select(sa.func.max(lead_event.c.at)).where(
            lead_event.c.lead_id == lead.c.id,
            lead_event.c.to_state == reached,
            lead_event.c.from_state.is_distinct_from(reached),
        )
        query = (
            sa.select(
                lead.c.id, lead.c.officer_id, lead.c.received_on, LEAD_GRID.label("grid"),
                LEAD_DISTRICT.label("district"), since.scalar_subquery().label("since"),
            )
            .select_from(leads_with_place())
            .where(lead.c.state.in_(LEAD_OPEN[LEAD_OPEN.index(reached) :]), has)
        )  # fmt: skip
        for row in conn.execute(query):
            try:
                rule = rule_at(conn, code, row.received_on)
            except NotFound:
                continue  # another order's
            if row.since is None:
                continue  # a file told the state, but not since when
            last = due(calendar, rule, row.since.astimezone(zone).date()).day
            if last <= near:
                yield Clock(row.id, code, last, row.officer_id, row.grid, row.district)
