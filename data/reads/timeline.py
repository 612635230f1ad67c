"""Everything that happened to one enterprise, in one line of time, newest first."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from data.access import Right, Viewer
from data.clock import DEFAULT_ZONE
from data.reads.attachments import attachments_of
from data.reads.facts import FactVersion
from data.reads.masks import mask_text
from data.reads.notices import HEAD, problems_of
from data.reads.officers import given_to, receiver
from data.reads.papers import paper_states
from data.reads.visit_rows import is_own
from data.schema import (
    finding,
    inspection,
    lead,
    lead_event,
    officer,
    paper,
    problem,
    problem_event,
    rectification,
    user,
)
from data.standing import MISTAKEN

REASONS = ("over_cap_reason", "far_reason", "late_reason")
"""What an officer had to say of a visit; it stays on its record."""
DAYS_SET = ("due_on", "day", "until")
"""The deadlines that a step of a problem sets or asks for: of an order, of a recheck, of an extension."""


class Activity(NamedTuple):
    """One thing that happened.

    `kind` is inspection, finding (one that belongs to no known visit), problem, paper, lead or fact; `day`
    is None for facts without a date (起始日不详); `at` is the instant where it is known, in local time.
    """

    kind: str
    day: date | None
    at: datetime | None
    id: int
    data: dict[str, Any]


def timeline(
    conn: sa.Connection,
    viewer: Viewer,
    enterprise_id: int,
    facts: dict[str, list[FactVersion]],
    zone: str = DEFAULT_ZONE,
) -> list[Activity]:
    """Return the activities, newest first; without `Right.WORK` the changes of facts alone."""
    found = [
        Activity("fact", version.valid_from, version.recorded_at, version.id, {
            "group": version.group, "values": version.values, "changed": version.changed,
            "reason": version.reason, "in_force": version.in_force, "first": n == len(versions) - 1,
        })
        for versions in facts.values()
        for n, version in enumerate(versions)
    ]  # fmt: skip
    if viewer.may(Right.WORK):
        found += _inspections(conn, viewer, enterprise_id)
        found += _problems(conn, viewer, enterprise_id, zone)
        found += _papers(conn, viewer, enterprise_id, zone)
        found += _leads(conn, viewer, enterprise_id, zone)
    here = ZoneInfo(zone)
    local = (one if one.at is None else one._replace(at=one.at.astimezone(here)) for one in found)
    return sorted(local, key=_newest, reverse=True)


def _newest(one: Activity) -> tuple[int, float, str, int]:
    instant = one.at.timestamp() if one.at is not None else 0.0
    return (one.day or date.min).toordinal(), instant, one.kind, one.id


def _local(at: datetime, zone: str) -> date:
    return at.astimezone(ZoneInfo(zone)).date()


def _inspections(conn: sa.Connection, viewer: Viewer, enterprise_id: int) -> list[Activity]:
    first, second = officer.alias("first"), officer.alias("second")
    later = inspection.alias("later")
    query = (
        sa.select(
            inspection.c.id, inspection.c.enterprise_id, inspection.c.finished_on, inspection.c.finished_at,
            inspection.c.kind, inspection.c.source_kind, inspection.c.method, inspection.c.conclusion,
            inspection.c.source_result, inspection.c.score, inspection.c.unable_reason,
            inspection.c.grade, inspection.c.distance_m, inspection.c.details,
            inspection.c.same_as_id, inspection.c.supersedes_id, inspection.c.reason, inspection.c.source,
            inspection.c.source_id, inspection.c.batch_id, inspection.c.row_no, inspection.c.recorded_at,
            inspection.c.user_id, inspection.c.officer_id, inspection.c.officer2_id,
            first.c.name.label("officer"), second.c.name.label("officer2"), user.c.name.label("by"),
            sa.exists().where(later.c.supersedes_id == inspection.c.id).label("superseded"),
        )
        .outerjoin(first, first.c.id == inspection.c.officer_id)
        .outerjoin(second, second.c.id == inspection.c.officer2_id)
        .outerjoin(user, user.c.id == inspection.c.user_id)
        .where(inspection.c.enterprise_id == enterprise_id)
    )  # fmt: skip
    findings: dict[int | None, list[dict[str, Any]]] = {}
    own = sa.select(finding).where(finding.c.enterprise_id == enterprise_id).order_by(finding.c.id)
    for row in conn.execute(own):
        findings.setdefault(row.inspection_id, []).append(
            {"id": row.id, "found_on": row.found_on, "item_code": row.item_code, "severity": row.severity,
             "text": mask_text(row.text), "matches": row.matches}
        )  # fmt: skip
    found = []
    every = conn.execute(query).all()
    # a row that withdraws a visit is told with the visit, struck through; it is none itself
    withdrawn = {row.supersedes_id: row for row in every if row.unable_reason == MISTAKEN}
    rows = [row for row in every if row.unable_reason != MISTAKEN]
    earlier = {row.id: row for row in every}
    ids = [row.id for row in rows]
    files = attachments_of(conn, viewer, "inspection", ids)
    papers = paper_states(conn, viewer, "visit", ids)
    for row in rows:
        data = dict(row._mapping)
        said = data.pop("details") or {}
        data |= {name: mask_text(str(said[name])) for name in REASONS if said.get(name)}
        data["notes"] = {item: mask_text(note) for item, note in (said.get("notes") or {}).items()}
        data["attachments"] = files.get(row.id, [])
        data["paper"] = papers.get(row.id, "draft")
        if not viewer.may(Right.NAMES):
            data["officer"] = data["officer2"] = None
        data["reason"] = mask_text(data["reason"])
        data["findings"] = findings.get(row.id, [])
        data["withdrawn"] = _withdrawn(viewer, withdrawn.get(row.id))
        data["first_at"] = _first(row, earlier).recorded_at
        data["own"] = is_own(viewer, row)
        found.append(Activity("inspection", row.finished_on, row.finished_at, row.id, data))
    # joined by enterprise and date, and more than one visit of that day could be meant
    found += [Activity("finding", one["found_on"], None, one["id"], one) for one in findings.get(None, [])]
    return found


def _first(row: Any, earlier: dict[int, Any]) -> Any:
    while row.supersedes_id in earlier:
        row = earlier[row.supersedes_id]
    return row


def _withdrawn(viewer: Viewer, row: Any) -> dict[str, Any] | None:
    """Return who withdrew a visit, when and why."""
    if row is None:
        return None
    by = row.by if viewer.may(Right.NAMES) else None
    return {"by": by, "at": row.recorded_at, "reason": mask_text(row.reason)}


def _problems(conn: sa.Connection, viewer: Viewer, enterprise_id: int, zone: str) -> list[Activity]:
    ordered = sa.and_(
        rectification.c.problem_id == problem_event.c.problem_id,
        rectification.c.round == problem_event.c.round, problem_event.c.verb.in_(("order", "fail_recheck")),
    )  # fmt: skip
    query = (
        sa.select(
            problem_event.c.id, problem_event.c.at, problem_event.c.from_state, problem_event.c.to_state,
            problem_event.c.verb, problem_event.c.round, problem_event.c.note,
            problem_event.c.details, problem.c.id.label("problem_id"), finding.c.severity, finding.c.text,
            sa.func.coalesce(officer.c.name, user.c.name).label("officer"), HEAD.label("notice"),
        )
        .join(problem, problem.c.id == problem_event.c.problem_id)
        .join(finding, finding.c.id == problem.c.finding_id)
        .outerjoin(officer, officer.c.id == problem_event.c.officer_id)
        .outerjoin(user, user.c.id == problem_event.c.user_id)
        .outerjoin(rectification, ordered)
        .where(problem.c.enterprise_id == enterprise_id)
    )  # fmt: skip
    found, rows = [], conn.execute(query).all()
    notices = problems_of(conn, {row.notice for row in rows if row.notice is not None})
    names = given_to(conn, (row.details for row in rows)) if viewer.may(Right.NAMES) else {}
    for row in rows:
        data = dict(row._mapping)
        # the day that this step set: the problem's own is only the last of them
        said = data.pop("details") or {}
        data["to"] = names.get(receiver(said) or 0)
        data["due_on"] = next((said[name] for name in DAYS_SET if said.get(name)), None)
        data["on"] = said.get("on")
        data["note"], data["text"] = mask_text(data["note"]), mask_text(data["text"])
        data["together"] = notices.get(row.notice, ())
        if not viewer.may(Right.NAMES):
            data["officer"] = None
        found.append(Activity("problem", _local(row.at, zone), row.at, row.id, data))
    return found


def _papers(conn: sa.Connection, viewer: Viewer, enterprise_id: int, zone: str) -> list[Activity]:
    decider = user.alias("decider")
    query = (
        sa.select(
            paper, user.c.name.label("by"), decider.c.name.label("decider")
        )
        .outerjoin(user, user.c.id == paper.c.user_id)
        .outerjoin(decider, decider.c.id == paper.c.decided_by)
        .where(paper.c.enterprise_id == enterprise_id)
    )  # fmt: skip
    found, named = [], viewer.may(Right.NAMES)
    for row in conn.execute(query):
        kind = "order" if row.inspection_id is None else "visit"
        about = {"kind": kind, "number": row.inspection_id or row.rectification_id}
        steps: list[tuple[Any, ...]] = [("submitted", row.recorded_at, row.by, None)]
        if row.decided_at is not None:
            steps.append((row.state, row.decided_at, row.decider, mask_text(row.reason)))
        for state, at, by, note in steps:
            data = {**about, "state": state, "officer": by if named else None, "note": note}
            found.append(Activity("paper", _local(at, zone), at, row.id, data))
    return found


def _leads(conn: sa.Connection, viewer: Viewer, enterprise_id: int, zone: str) -> list[Activity]:
    arrived = sa.select(
        lead.c.id, lead.c.received_on, lead.c.channel, lead.c.title, lead.c.source_id, lead.c.state
    ).where(lead.c.enterprise_id == enterprise_id)
    found = []
    for row in conn.execute(arrived):
        data = {**row._mapping, "lead_id": row.id, "title": mask_text(row.title), "to_state": "registered"}
        found.append(Activity("lead", row.received_on, None, row.id, data))
    query = (
        sa.select(
            lead_event.c.id, lead_event.c.at, lead_event.c.from_state, lead_event.c.to_state,
            lead_event.c.verb, lead_event.c.note, lead_event.c.details, lead.c.id.label("lead_id"),
            lead.c.channel, lead.c.title, sa.func.coalesce(officer.c.name, user.c.name).label("officer"),
        )
        .join(lead, lead.c.id == lead_event.c.lead_id)
        .outerjoin(officer, officer.c.id == lead_event.c.officer_id)
        .outerjoin(user, user.c.id == lead_event.c.user_id)
        .where(lead.c.enterprise_id == enterprise_id, lead_event.c.to_state != "registered")
    )  # fmt: skip
    named, events = viewer.may(Right.NAMES), conn.execute(query).all()
    names = given_to(conn, (event.details for event in events)) if named else {}
    for event in events:
        data = {**event._mapping, "title": mask_text(event.title), "note": mask_text(event.note)}
        said = data.pop("details") or {}
        data |= {"officer": event.officer if named else None, "to": names.get(receiver(said) or 0)}
        data["into"] = said.get("into")
        found.append(Activity("lead", _local(event.at, zone), event.at, event.id, data))
    return found
