"""Telling people what was decided about a lead (告知): whom, how and when, within the term for it."""

from __future__ import annotations

from datetime import UTC, date, datetime

import sqlalchemy as sa

from data.access import Viewer
from data.errors import Refused
from data.reads.lead_clocks import PARTIES, telling_of, workdays_late
from data.workdays import load_calendar
from data.writes.leads_act import begin, finish
from data.writes.messages import end
from data.writes.written import noted

WHOM = {"both": PARTIES, **{one: (one,) for one in PARTIES}}
"""Word of the form → who is told."""

UNABLE = "unable"
HOW = ("platform", "phone", "message", "post", "in_person", UNABLE)


def tell(
    conn: sa.Connection, viewer: Viewer, lead_id: int, *, whom: str, how: str, day: date | None,
    note: str | None = None, version: int, now: datetime,
) -> int:  # fmt: skip
    """Record that people were told of the decision about a lead, or could not be, and why.

    It answers the term that runs (`data.reads.lead_clocks`): in time, or so many workdays late, as the
    calendar is known now. Once everybody was told, reminders of the term end.

    Parameters
    ----------
    whom : str
        Of `WHOM`: ``both``, ``reporter``, ``subject``.
    how : str
        Of `HOW`; ``unable`` (无法告知) asks for a reason in `note`.
    day : date
        From the day of the decision to today.
    note : str, optional
        What was said, the number of the letter; who reported is named nowhere else.

    Raises
    ------
    Refused
        ``lead_tell_none``: nobody is to be told; ``lead_tell_done``: everybody was; ``lead_tell_whom``,
        ``lead_tell_how``, ``lead_tell_day``, ``lead_tell_why``; and as every act.
    """
    row = begin(conn, viewer, lead_id, "tell", version, now)
    zone = now.tzinfo or UTC
    term = telling_of(conn, row, zone)
    if term is None:
        raise Refused("lead_tell_none")
    if not term.left:
        raise Refused("lead_tell_done")
    people = WHOM.get(whom, ())
    if not people or not set(people) <= set(term.left):
        raise Refused("lead_tell_whom", field="whom")
    if how not in HOW:
        raise Refused("lead_tell_how", field="how")
    if day is None or not term.decided_on <= day <= now.date():
        raise Refused(
            "lead_tell_day", field="day", start=term.decided_on.isoformat(), end=now.date().isoformat()
        )
    said = noted(note, "note")
    if how == UNABLE and said is None:
        raise Refused("lead_tell_why", field="note")
    calendar = load_calendar(conn)
    last = term.due(calendar).day
    if set(people) == set(term.left):
        end(conn, "lead", row.id, about=term.rule.code, now=now)
    return finish(
        conn, viewer, row, "tell", now=now, note=said, rule=term.rule.code, whom=list(people), how=how,
        day=day.isoformat(), due_on=last.isoformat(), late=workdays_late(calendar, last, day),
    )  # fmt: skip
