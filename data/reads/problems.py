"""One problem: what was found, its rounds, everything that was done, and what the viewer may do now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from data.access import Right, Viewer
from data.deadlines import STEPS, Rule, due, rule_at
from data.duty import Bite, bites_on, measure
from data.errors import NotFound
from data.reads.attachments import attachments_of
from data.reads.hands import hands_on, is_theirs, on_the_spot
from data.reads.masks import mask_text
from data.reads.notices import HEAD, amend_bar, problems_of
from data.reads.officers import given_to, receiver
from data.reads.papers import paper_states
from data.reads.places import DISTRICT, own_grid, with_place
from data.reads.recipients import Recipients
from data.reads.supervised import Supervision, may_lift, supervision_of
from data.schema import (
    enterprise,
    finding,
    inspection,
    officer,
    problem,
    problem_event,
    rectification,
    status,
    user,
)
from data.workdays import load_calendar
from data.workflow import PROBLEM_CLOSED, PROBLEM_MOVES

BY_VISIT = ("pass_recheck", "fail_recheck")
"""Moves that a visit makes, not a form."""


WRITTEN = ("clause", "was_clause", "receiver", "demand")
"""Details of an event that people wrote."""


class Round(NamedTuple):
    """One rectification round (整改轮次)."""

    id: int
    round: int
    kind: str  # on_spot, immediate, term
    number: str | None
    ordered_on: date | None
    due_on: date | None
    replied_on: date | None
    reply: str | None
    officer: str | None
    inspection_id: int | None
    rechecked_on: date | None
    passed: bool | None
    same_officer: bool | None
    reason: str | None
    notice: int = 0  # the round that heads its notice
    together: tuple[int, ...] = ()  # the other problems of the notice


class Step(NamedTuple):
    """One thing that was done to a problem; who did it, and to whom it was given, need `Right.NAMES`."""

    id: int
    at: datetime
    verb: str | None
    from_state: str | None
    to_state: str
    round: int
    by: str | None
    note: str | None
    details: dict[str, Any]
    to: str | None = None


@dataclass(frozen=True)
class ProblemFile:
    """Everything about one problem that the viewer may see; `row` is the table's, numbers masked."""

    row: dict[str, Any]
    bite: Bite | None
    handler: str | None
    rechecker: str | None
    rounds: list[Round]
    steps: list[Step]
    files: list[dict[str, Any]]
    moves: tuple[str, ...]
    to_recheck: bool  # the viewer is the one to recheck it, by a visit
    own: bool  # the viewer's own work: they cannot close it
    receipt: bool  # of whom it was handed to
    step: Rule | None  # of the deadline, where it is that of our own next step
    supervision: Supervision | None  # while it is under supervision
    papers: dict[int, str]  # notice → the state of its paper; one never handed in is not there


def problem_file(conn: sa.Connection, viewer: Viewer, problem_id: int, today: date) -> ProblemFile:
    """Read one problem.

    Raises
    ------
    NotFound
        ``problem_unknown``.
    Denied
        Outside the viewer's scope.
    """
    viewer.require(Right.WORK)
    row = _row(conn, viewer, problem_id)
    named = viewer.may(Right.NAMES)
    steps = _steps(conn, problem_id, named)
    rounds = _rounds(conn, problem_id, named)
    receipt = any(step.verb == "acknowledge_transfer" for step in steps)
    responsible = row["officer_id"] or Recipients(conn, today).officer_of_grid(row["grid_id"])
    own = hands_on(conn, problem_id).of(viewer, responsible, row["recheck_officer_id"])
    day = (
        bites_on(row["state"], row["due_on"], row["recheck_on"])
        if row["state"] not in PROBLEM_CLOSED
        else None
    )
    above = supervision_of(conn, problem, problem_id) if row["supervised"] else None
    own_round = (problem_id, row["round"], row["grid_id"])
    fits = {
        "close_out": not own,
        "acknowledge_transfer": not receipt,
        "fix_on_spot": on_the_spot(conn, viewer, row["finding_id"], today),
        "amend_order": row["state"] == "ordered" and amend_bar(conn, viewer, *own_round) is None,
        "unsupervise": bool(row["supervised"]) and may_lift(conn, viewer, above),
    }
    if not is_theirs(conn, viewer, row["grid_id"], row["officer_id"], row["finding_id"]):
        fits |= {verb: False for verb, move in PROBLEM_MOVES.items() if move.right == Right.HANDLE}
    waits = row["state"] == "awaiting_recheck" and viewer.may(Right.RECORD)
    return ProblemFile(
        row=row,
        bite=measure(conn, today).bite(day) if day else None,
        handler=_name(conn, responsible) if named else None,
        rechecker=_name(conn, row["recheck_officer_id"]) if named else None,
        rounds=rounds,
        steps=steps,
        files=attachments_of(conn, viewer, "problem", [problem_id]).get(problem_id, []),
        moves=moves_open(viewer, row, fits, today),
        to_recheck=waits and viewer.officer_id is not None and row["recheck_officer_id"] == viewer.officer_id,
        own=own,
        receipt=receipt,
        step=_step(conn, row, rounds),
        supervision=above if above is None or named else above._replace(by=None),
        papers=paper_states(conn, viewer, "order", [one.notice for one in rounds]),
    )


def _step(conn: sa.Connection, row: dict[str, Any], rounds: list[Round]) -> Rule | None:
    """Return the rule by which the deadline was set, or None: by hand, by a source, for the enterprise."""
    last = rounds[-1] if rounds else None
    since = {
        "found": row["opened_on"],
        "replied": last and last.replied_on,
        "recheck_passed": last and last.rechecked_on,
    }.get(row["state"])
    if since is None:
        return None
    rule = rule_at(conn, STEPS[row["state"]], since)
    return rule if due(load_calendar(conn), rule, since).day == row["due_on"] else None


def moves_open(viewer: Viewer, row: dict[str, Any], fits: Mapping[str, bool], today: date) -> tuple[str, ...]:
    """Return the verbs by which this viewer may move a problem now, in the order of the table of moves.

    Parameters
    ----------
    fits : mapping
        Verb → whether it can be done here and now, of those that ask for more than the row itself.
    """
    asked = row["asked_until"] is not None
    known = {
        "ask_extension": not asked and (row["due_on"] is None or row["due_on"] >= today),
        "decide_extension": asked,
        "supervise": not row["supervised"],
        "end": not row["operating"],
        **fits,
    }
    return tuple(
        verb
        for verb, move in PROBLEM_MOVES.items()
        if verb not in BY_VISIT
        and row["state"] in move.sources
        and viewer.may(Right(move.right))
        and known.get(verb, True)
    )


def _row(conn: sa.Connection, viewer: Viewer, problem_id: int) -> dict[str, Any]:
    found = None
    if 0 < problem_id < 2**63:  # no database has another number
        source = with_place(problem.join(enterprise, enterprise.c.id == problem.c.enterprise_id))
        source = source.join(finding, finding.c.id == problem.c.finding_id)
        source = source.outerjoin(inspection, inspection.c.id == finding.c.inspection_id)
        source = source.outerjoin(status, status.c.code == enterprise.c.status)
        query = sa.select(
            problem, enterprise.c.name.label("enterprise"), enterprise.c.address, enterprise.c.grid_id,
            enterprise.c.district_code.label("own_district"),
            own_grid.c.code.label("grid_code"), own_grid.c.name.label("grid_name"),
            DISTRICT.label("district_code"), finding.c.severity, finding.c.text, finding.c.item_code,
            finding.c.clause, finding.c.found_on, finding.c.inspection_id,
            inspection.c.kind.label("found_by"),
            sa.func.coalesce(status.c.operating, True).label("operating"),
        ).select_from(source)  # fmt: skip
        found = conn.execute(query.where(problem.c.id == problem_id)).one_or_none()
    if found is None:
        raise NotFound("problem_unknown", found=problem_id)
    viewer.require_place(found.grid_id, found.own_district, found.enterprise_id)
    row = dict(found._mapping)
    return row | {name: mask_text(row[name]) for name in ("text", "returned")}


def _rounds(conn: sa.Connection, problem_id: int, named: bool) -> list[Round]:
    own = rectification.c
    named_apart = {"officer": officer.c.name, "notice": HEAD.label("notice")}
    columns = [named_apart[name] if name in named_apart else own[name] for name in Round._fields[:-1]]
    query = (
        sa.select(*columns)
        .select_from(rectification.outerjoin(officer, officer.c.id == own.officer_id))
        .where(own.problem_id == problem_id)
        .order_by(own.round)
    )
    rows = conn.execute(query).all()
    notices = problems_of(conn, [row.notice for row in rows])
    return [
        Round(*row)._replace(
            reply=mask_text(row.reply), reason=mask_text(row.reason), officer=row.name if named else None,
            together=tuple(one for one in notices[row.notice] if one != problem_id),
        )
        for row in rows
    ]  # fmt: skip


def _steps(conn: sa.Connection, problem_id: int, named: bool) -> list[Step]:
    event = problem_event.c
    query = (
        sa.select(
            event.id, event.at, event.verb, event.from_state, event.to_state, event.round,
            sa.func.coalesce(officer.c.name, user.c.name).label("by"), event.note, event.details,
        )
        .select_from(
            problem_event.outerjoin(officer, officer.c.id == event.officer_id)
            .outerjoin(user, user.c.id == event.user_id)
        )
        .where(event.problem_id == problem_id)
        .order_by(event.at, event.id)
    )  # fmt: skip
    rows = conn.execute(query).all()
    names = given_to(conn, (row.details for row in rows)) if named else {}
    return [
        Step(*row)._replace(
            note=mask_text(row.note), by=row.by if named else None, details=_masked(row.details or {}),
            to=names.get(receiver(row.details) or 0),
        )
        for row in rows
    ]  # fmt: skip


def _masked(details: dict[str, Any]) -> dict[str, Any]:
    """Return an event's details, the numbers of persons masked where people wrote."""
    return details | {name: mask_text(details[name]) for name in WRITTEN if name in details}


def _name(conn: sa.Connection, officer_id: int | None) -> str | None:
    return conn.execute(sa.select(officer.c.name).where(officer.c.id == officer_id)).scalar()
