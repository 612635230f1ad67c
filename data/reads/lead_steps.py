"""How long a lead has been in each of its states: the clocks of its steps."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

import sqlalchemy as sa

from data.reads.lead import LeadFile
from data.workdays import ONE_DAY, load_calendar
from data.workflow import LEAD_CLOSED, LEAD_STATES


class StepClock(NamedTuple):
    """The time that a lead has spent in one state; `times`: how often it came there, `running`: is there."""

    state: str
    days: int
    workdays: int
    times: int
    running: bool


def step_clocks(conn: sa.Connection, found: LeadFile, today: date) -> list[StepClock]:
    """Return the clocks of a lead's own steps, in the order of the way; that of its present state runs.

    The first day of a stay is not counted, as in every term. What was merged into the lead has clocks of
    its own.
    """
    steps = [
        one.data for one in reversed(found.story)
        if one.kind == "event" and one.data["lead_id"] == found.id
        and one.data["from_state"] != one.data["to_state"]
    ]  # fmt: skip
    spent: dict[str, list[tuple[int, int]]] = {}
    for data in steps:
        if data["from_state"] is not None and "days" in data:
            spent.setdefault(data["from_state"], []).append((data["days"], data["workdays"]))
    now, since = found.facts["state"], found.facts["state_since"]
    running = now not in LEAD_CLOSED
    if running:
        workdays = load_calendar(conn).workdays_between(since + ONE_DAY, today + ONE_DAY)
        spent.setdefault(now, []).append((max(0, (today - since).days), max(0, workdays)))
    return [
        StepClock(
            state, sum(days for days, _ in stays), sum(work for _, work in stays), len(stays),
            running and state == now,
        )
        for state in LEAD_STATES
        if (stays := spent.get(state))
    ]  # fmt: skip
