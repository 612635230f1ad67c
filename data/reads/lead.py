"""The file of one lead: what it says, where it stands, and its whole story in one line of time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from data.access import Right, Viewer
from data.clock import DEFAULT_ZONE
from data.duty import Bite, measure
from data.reads.labels import mask_name, mask_phone
from data.reads.lead_clocks import TellingClock, clock_of_telling
from data.reads.lead_row import evidence_visit, is_counted, may_unmask, moves_open, read_in_scope
from data.reads.lead_visits import visits_told
from data.reads.masks import mask_text
from data.reads.officers import given_to, receiver
from data.reads.timeline import Activity
from data.schema import (
    attachment,
    district,
    enterprise,
    grid,
    lead,
    lead_event,
    officer,
    reporter,
    user,
)
from data.workdays import ONE_DAY, WorkCalendar
from data.workflow import LEAD_OPEN

WRITTEN = ("title", "text", "subject", "address", "result", "returned", "receiver", "receipt")
"""Fields that people wrote: persons in them are masked."""


@dataclass(frozen=True)
class LeadFile:
    """Everything about one lead that the viewer may see; personal data are masked.

    Parameters
    ----------
    facts : dict
        The row with ``enterprise``, ``grid_name``, ``district_name``, ``officer`` (names);
        ``inspection_id`` is the visit that can be its evidence.
    bite : Bite or None
        How far the deadline of an open lead is.
    reporter : dict or None
        ``name, phone, address``, masked; None where nobody is known.
    moves : tuple of str
        What this viewer may do now.
    merged, parts : list of (id, title)
        Reports merged into it; leads that were split from it.
    story : list of Activity
        Newest first: ``report`` (it, or one merged into it, came in), ``event`` (a step, with ``days`` and
        ``workdays`` since the step before), ``visit`` (with its ``findings`` and their problems).
    papers : list of dict
        Its attachments: ``id, name, media``.
    telling : TellingClock or None
        By when people are to be told of the decision about it, and whether they were.
    counted : bool
        Whether a locked period counts its outcome, so that it is neither split nor given away.
    unmasks : bool
        Whether its reporter can be shown to this viewer in clear, for a reason.
    """

    id: int
    version: int
    facts: dict[str, Any]
    bite: Bite | None
    reporter: dict[str, str] | None
    moves: tuple[str, ...]
    merged: list[tuple[int, str]]
    parts: list[tuple[int, str]]
    story: list[Activity]
    papers: list[dict[str, Any]]
    telling: TellingClock | None
    counted: bool
    unmasks: bool


def lead_file(
    conn: sa.Connection, viewer: Viewer, lead_id: int, today: date, zone: str = DEFAULT_ZONE
) -> LeadFile:
    """Read the file of one lead.

    Raises
    ------
    NotFound
        ``lead_unknown``.
    Denied
        Without `Right.WORK`, or outside the scope.
    """
    row = read_in_scope(conn, viewer, lead_id)
    merged = _titles(conn, lead.c.merged_into_id == lead_id)
    family = [lead_id, *(one for one, _ in merged)]
    here = measure(conn, today)
    events = _events(conn, viewer, family)
    story = [
        *_reports(conn, family),
        *_steps(events, here.calendar, zone),
        *visits_told(conn, viewer, row, events),
    ]
    return LeadFile(
        id=lead_id,
        version=row.version,
        facts=_facts(conn, viewer, row),
        bite=here.bite(row.due_on) if row.state in LEAD_OPEN and row.due_on else None,
        reporter=_reporter(conn, lead_id),
        moves=moves_open(conn, viewer, row, today),
        merged=merged,
        parts=_titles(conn, lead.c.split_from_id == lead_id),
        story=sorted(story, key=_newest, reverse=True),
        papers=_papers(conn, lead_id),
        telling=clock_of_telling(conn, row, here, ZoneInfo(zone)),
        counted=row.state in LEAD_OPEN and is_counted(conn, row),
        unmasks=may_unmask(viewer, row),
    )


def _newest(one: Activity) -> tuple[int, float, str, int]:
    instant = one.at.timestamp() if one.at is not None else 0.0
    return (one.day or date.min).toordinal(), instant, one.kind, one.id


def _facts(conn: sa.Connection, viewer: Viewer, row: Any) -> dict[str, Any]:
    facts = dict(row._mapping)
    facts |= {name: mask_text(facts[name]) for name in WRITTEN}
    facts["inspection_id"] = evidence_visit(conn, row)
    names = sa.select(
        sa.select(enterprise.c.name).where(enterprise.c.id == row.enterprise_id).scalar_subquery(),
        sa.select(grid.c.name).where(grid.c.id == row.grid).scalar_subquery(),
        sa.select(grid.c.code).where(grid.c.id == row.grid).scalar_subquery(),
        sa.select(district.c.name).where(district.c.code == row.district).scalar_subquery(),
        sa.select(officer.c.name).where(officer.c.id == row.officer_id).scalar_subquery(),
    )
    found = tuple(conn.execute(names).one())
    facts |= dict(
        zip(("enterprise", "grid_name", "grid_code", "district_name", "officer"), found, strict=True)
    )
    if not viewer.may(Right.NAMES):
        facts["officer"] = None
    return facts


def _titles(conn: sa.Connection, where: sa.ColumnElement[bool]) -> list[tuple[int, str]]:
    rows = conn.execute(sa.select(lead.c.id, lead.c.title).where(where).order_by(lead.c.id))
    return [(number, mask_text(title) or "") for number, title in rows]


def _reporter(conn: sa.Connection, lead_id: int) -> dict[str, str] | None:
    query = sa.select(reporter).where(reporter.c.lead_id == lead_id).order_by(reporter.c.id.desc()).limit(1)
    row = conn.execute(query).one_or_none()
    if row is None:
        return None
    return {
        "name": mask_name(row.name),
        "phone": mask_phone(row.phone),
        "address": "***" if row.address else "",
    }


def _papers(conn: sa.Connection, lead_id: int) -> list[dict[str, Any]]:
    query = sa.select(attachment.c.id, attachment.c.name, attachment.c.media).where(
        attachment.c.object == "lead", attachment.c.object_id == lead_id
    )
    return [dict(row._mapping) for row in conn.execute(query.order_by(attachment.c.id))]


def _reports(conn: sa.Connection, family: Sequence[int]) -> list[Activity]:
    query = sa.select(
        lead.c.id, lead.c.received_on, lead.c.channel, lead.c.title, lead.c.source, lead.c.source_id,
        lead.c.number_12315,
    ).where(lead.c.id.in_(family))  # fmt: skip
    return [
        Activity(
            "report", row.received_on, None, row.id, {**row._mapping, "title": mask_text(row.title) or ""}
        )
        for row in conn.execute(query)
    ]


def _events(conn: sa.Connection, viewer: Viewer, family: Sequence[int]) -> list[dict[str, Any]]:
    query = (
        sa.select(
            lead_event.c.id, lead_event.c.lead_id, lead_event.c.at, lead_event.c.from_state,
            lead_event.c.to_state, lead_event.c.verb, lead_event.c.note, lead_event.c.details,
            lead_event.c.batch_id,
            sa.func.coalesce(officer.c.name, user.c.name).label("who"),
        )
        .outerjoin(officer, officer.c.id == lead_event.c.officer_id)
        .outerjoin(user, user.c.id == lead_event.c.user_id)
        .where(lead_event.c.lead_id.in_(family))
        .order_by(lead_event.c.id)
    )  # fmt: skip
    named, rows = viewer.may(Right.NAMES), conn.execute(query).all()
    names = given_to(conn, (row.details for row in rows)) if named else {}
    return [
        {**row._mapping, "note": mask_text(row.note), "who": row.who if named else None,
         "to": names.get(receiver(row.details) or 0), "details": _masked(row.details or {})}
        for row in rows
    ]  # fmt: skip


def _masked(details: dict[str, Any]) -> dict[str, Any]:
    """Return an event's details; what people wrote, before and after it was set right, masked."""
    said = {
        name: {k: mask_text(v) if isinstance(v, str) else v for k, v in details[name].items()}
        for name in ("before", "after")
        if isinstance(details.get(name), dict)
    }
    lines = {name: mask_text(details[name]) for name in ("receiver", "demand") if details.get(name)}
    return {**details, **said, **lines}


def _steps(events: list[dict[str, Any]], calendar: WorkCalendar, zone: str) -> list[Activity]:
    """Return the events; one that moved the lead tells how long the state before it lasted."""
    began: dict[int, date] = {}
    found = []
    for one in events:
        day = one["at"].astimezone(ZoneInfo(zone)).date()
        moved = one["from_state"] != one["to_state"]
        data = dict(one)
        before = began.get(one["lead_id"])
        if moved and before is not None:
            # the day on which it began is not counted, as in every term
            data["days"] = (day - before).days
            data["workdays"] = calendar.workdays_between(before + ONE_DAY, day + ONE_DAY)
        if moved:
            # a file knows since when, though it came later
            since = one["details"].get("state_since")
            began[one["lead_id"]] = date.fromisoformat(since) if since else day
        found.append(Activity("event", day, one["at"], one["id"], data))
    return found
