"""Visits entered by officers: one at a time, append-only, corrected by a row that supersedes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from data import audit, figures
from data.access import Right, Viewer
from data.clock import DEFAULT_ZONE
from data.deadlines import STEPS
from data.errors import Conflict, NotFound, Refused
from data.reads.recipients import Recipients
from data.reads.visit_rows import ENTERED as ENTERED
from data.reads.visit_rows import is_own
from data.schema import enterprise, finding, inspection, problem, problem_event, rectification, user
from data.standing import MISTAKEN, chain
from data.store import inserting
from data.workdays import load_calendar
from data.writes.attachments import attached
from data.writes.messages import end, tell
from data.writes.problem_days import by_rule
from data.writes.problem_moves import note_all
from data.writes.rechecks import apply_rechecks
from data.writes.visit import Visit, check, row_of
from data.writes.visit_days import rejoin
from data.writes.visit_findings import take_back
from data.writes.visit_follows import check_here, check_second, follow
from data.writes.visit_late import check_day

COMPARED = ("kind", "finished_on", "conclusion", "unable_reason", "officer_id", "officer2_id", "grade")
"""What the log says of a correction: before and after."""


def record(
    conn: sa.Connection, viewer: Viewer, enterprise_id: int, visit: Visit, *,
    client_id: str, now: datetime, zone: str = DEFAULT_ZONE,
) -> int:  # fmt: skip
    """Record one visit; each finding opens a problem (发现).

    Parameters
    ----------
    client_id : str
        Made by the client before it sends: the same visit sent again is the same row.
    zone : str
        The bureau's time zone; it says on which local date the visit was finished.

    Returns
    -------
    int
        Id of the inspection.

    Raises
    ------
    Denied
        Without `Right.RECORD`, or outside the scope.
    NotFound
        ``enterprise_unknown``.
    Refused
        ``visit_…``: what is wrong with the visit; ``attachment_missing``: a photo did not arrive.
    Conflict
        ``visit_resent``: `client_id` stands for another visit already.
    """
    viewer.require(Right.RECORD)
    place = lock_place(conn, enterprise_id)
    visit = replace(visit, officer_id=visit.officer_id or viewer.officer_id)
    check(visit, client_id, now)
    row = row_of(visit, place.lon, place.lat, zone)
    # before the scope: a task that this visit has done no longer opens the enterprise to its second sending
    sent = conn.execute(
        sa.select(inspection).where(inspection.c.source == ENTERED, inspection.c.source_id == client_id)
    ).one_or_none()
    if sent is not None:
        same = sent.enterprise_id == enterprise_id and sent.user_id == viewer.user_id
        if same and all(getattr(sent, name) == row[name] for name in ("kind", "finished_at", "conclusion")):
            return int(sent.id)
        raise Conflict("visit_resent", field="client_id")
    viewer.require_place(place.grid_id, place.district_code, enterprise_id)
    check_here(conn, enterprise_id, visit, row["distance_m"], row["finished_on"])
    check_day(conn, visit, row["finished_on"], now, zone)
    new = insert_row(conn, viewer, enterprise_id, row, client_id, now)
    _open_problems(conn, viewer, enterprise_id, new, visit, row["finished_on"], client_id, now)
    rechecked = apply_rechecks(
        conn, viewer, new, enterprise_id, visit.rechecks,
        officers=(visit.officer_id, visit.officer2_id), day=row["finished_on"], now=now,
    )  # fmt: skip
    follow(conn, viewer, enterprise_id, new, visit, row, now=now)
    rejoin(conn, days_of(enterprise_id, row["finished_on"]))
    figures.refresh(conn, [enterprise_id], now=now)
    note_all(conn, viewer, rechecked, now=now)
    audit.append(
        conn, viewer, "inspection.record", "inspection", new, now=now, enterprise=enterprise_id,
        kind=visit.kind, finished_on=row["finished_on"], conclusion=visit.conclusion,
        unable_reason=visit.unable_reason, findings=len(visit.findings),
        # that there was a reason; what it says stays with the visit: it may name people
        over_cap=bool(visit.over_cap_reason), far=bool(visit.far_reason),
        late_entry=bool(visit.late_reason),
    )  # fmt: skip
    return new


def supersede(
    conn: sa.Connection, viewer: Viewer, inspection_id: int, visit: Visit, *,
    reason: str, client_id: str, now: datetime, zone: str = DEFAULT_ZONE, gone: Sequence[int] = (),
) -> int:  # fmt: skip
    """Correct a visit by a new row that supersedes it; the old one is kept, with who and why.

    Findings stay with the row they were found at, and so do their problems; further ones are added, and
    what it says otherwise of the enterprise's state or place is asked of the steward, as a visit does.
    The officers whom the visit names are told.

    Parameters
    ----------
    gone : sequence of int
        Findings of the visit that were none: their problems are revoked (`take_back`).

    Raises
    ------
    Denied
        Without `Right.RECORD`, or outside the scope; another's visit at an enterprise opened by a task alone.
    NotFound
        ``inspection_unknown``.
    Refused
        ``reason_missing``, ``recheck_in_correction``, ``recheck_stands``: the visit has decided about a
        recheck, so it cannot have found nobody; ``visit_withdrawn``; what `take_back` raises; or what is
        wrong with the visit.
    Conflict
        ``inspection_superseded``: somebody has corrected it already.
    """
    viewer.require(Right.RECORD)
    if not reason.strip():
        raise Refused("reason_missing", field="reason")
    if visit.rechecks:
        raise Refused("recheck_in_correction", field="rechecks")
    old = conn.execute(sa.select(inspection).where(inspection.c.id == inspection_id)).one_or_none()
    if old is None:
        raise NotFound("inspection_unknown", got=inspection_id)
    place = lock_place(conn, old.enterprise_id)
    # a task at an enterprise opens it, and not what others have recorded there
    own = old.enterprise_id if is_own(viewer, old) else None
    viewer.require_place(place.grid_id, place.district_code, own)
    if old.unable_reason == MISTAKEN:
        raise Refused("visit_withdrawn", id=inspection_id)
    visit = replace(visit, officer_id=visit.officer_id or old.officer_id)
    check(visit, client_id, now)
    check_second(conn, visit, old.officer2_id)
    if visit.unable_reason is not None and decided(conn, inspection_id):
        raise Refused("recheck_stands", field="unable_reason")
    later = conn.execute(
        sa.select(inspection.c.id, inspection.c.source_id).where(inspection.c.supersedes_id == inspection_id)
    ).one_or_none()
    if later is not None:
        if later.source_id == client_id:
            return int(later.id)
        raise Conflict("inspection_superseded", theirs=later.id)
    # what the visit proved it still proves: its photos stay with the row they came with
    shown = (*attached(conn, inspection_id), *visit.attachments)
    row = {
        **row_of(replace(visit, attachments=shown), place.lon, place.lat, zone),
        "supersedes_id": inspection_id,
        "reason": reason.strip(),
    }
    if gone:
        row["details"] = {**(row["details"] or {}), "dropped": sorted(gone)}
    new = insert_row(conn, viewer, old.enterprise_id, row, client_id, now)
    revoked = take_back(conn, viewer, gone, place, inspection_id=new, reason=reason.strip(), now=now)
    follow(conn, viewer, old.enterprise_id, new, _further(old, visit), row, now=now)
    _open_problems(conn, viewer, old.enterprise_id, new, visit, row["finished_on"], client_id, now)
    rejoin(conn, days_of(old.enterprise_id, old.finished_on, row["finished_on"]))
    figures.refresh(conn, [old.enterprise_id], now=now)
    # what was found and is said no more is no more followed: who answers for the place is to know
    above = Recipients(conn, now.date()).supervisors(place.grid_id, place.district_code) if gone else ()
    tell_changed(
        conn, viewer, "corrected", old, new, reason.strip(), now, also=visit.officer2_id, besides=above
    )
    note_all(conn, viewer, revoked, now=now)
    changed = {name: [getattr(old, name), row[name]] for name in COMPARED if getattr(old, name) != row[name]}
    audit.append(
        conn, viewer, "inspection.supersede", "inspection", new, now=now, enterprise=old.enterprise_id,
        supersedes=inspection_id, reason=reason.strip(), changed=changed,
    )  # fmt: skip
    return new


def tell_changed(
    conn: sa.Connection, viewer: Viewer, kind: str, old: Any, about: int, reason: str, now: datetime,
    also: int | None = None, besides: Sequence[int] = (),
) -> None:  # fmt: skip
    """Tell the officers of a visit, but not who did it, that it was corrected or withdrawn.

    What they were told of the paper of the row before is over: it stands no more.
    """
    end(conn, "record", old.id, now=now)
    officers = {old.officer_id, old.officer2_id, also} - {None}
    accounts = conn.execute(sa.select(user.c.id).where(user.c.active, user.c.officer_id.in_(officers)))
    to = {*accounts.scalars(), *besides} - {viewer.user_id}
    tell(conn, sorted(to), kind, "record", about, "", {"reason": reason}, now=now)


def lock_place(conn: sa.Connection, enterprise_id: int) -> Any:
    """Lock an enterprise for what is written of its visits, and return its place and point.

    On PostgreSQL two visits to one enterprise wait for each other from here on.

    Raises
    ------
    NotFound
        ``enterprise_unknown``.
    """
    e = enterprise.c
    query = sa.select(e.grid_id, e.district_code, e.lon, e.lat).where(e.id == enterprise_id)
    known = 0 < enterprise_id < 2**63  # no database has another number
    row = conn.execute(query.with_for_update(key_share=True)).one_or_none() if known else None
    if row is None:
        raise NotFound("enterprise_unknown", got=enterprise_id)
    return row


def _further(old: Any, visit: Visit) -> Visit:
    """Return what a correction sets off: what the row before it has not set off already."""
    told = old.details or {}
    return replace(
        visit,
        leads=[one for one in visit.leads if one not in told.get("leads", ())],
        unable_reason=None if visit.unable_reason == old.unable_reason else visit.unable_reason,
        point=None if list(visit.point or ()) == told.get("point") else visit.point,
    )


def decided(conn: sa.Connection, inspection_id: int) -> bool:
    """Whether a visit, or one that it corrects, has said what came of a recheck."""
    visits = chain(conn, inspection_id)
    rounds = sa.select(rectification.c.id).where(rectification.c.inspection_id.in_(visits))
    return conn.execute(rounds.limit(1)).first() is not None


def days_of(enterprise_id: int, *days: date) -> sa.SelectBase:
    """Select days of an enterprise as `rejoin` takes them."""
    one = sa.literal(enterprise_id, enterprise.c.id.type).label("enterprise_id")
    return sa.union(*(sa.select(one, sa.literal(day, sa.Date).label("day")) for day in days))


def insert_row(
    conn: sa.Connection,
    viewer: Viewer,
    enterprise_id: int,
    row: dict[str, Any],
    client_id: str,
    now: datetime,
) -> int:  # fmt: skip
    """Store one row of a visit, or raise `Conflict` (``inspection_superseded``, ``visit_resent``)."""
    values = {
        **row, "enterprise_id": enterprise_id, "source": ENTERED, "source_id": client_id,
        "user_id": viewer.user_id, "recorded_at": now,
    }  # fmt: skip
    new = inserting(conn.dialect, inspection, values).on_conflict_do_nothing()
    made = conn.execute(new.returning(inspection.c.id)).scalar()
    if made is not None:
        return int(made)
    # an import locks no enterprise: its correction came in between
    later = sa.select(inspection.c.id).where(inspection.c.supersedes_id == row.get("supersedes_id"))
    theirs = conn.execute(later).scalar()
    if theirs is not None:
        raise Conflict("inspection_superseded", theirs=theirs)
    raise Conflict("visit_resent", field="client_id")


def _open_problems(
    conn: sa.Connection, viewer: Viewer, enterprise_id: int, inspection_id: int, visit: Visit, day: date,
    client_id: str, now: datetime,
) -> None:  # fmt: skip
    if not visit.findings:
        return
    own = {"user_id": viewer.user_id, "recorded_at": now}
    to_order = by_rule(conn, load_calendar(conn), STEPS["found"], day)
    for n, one in enumerate(visit.findings, start=1):
        found = {
            **own, "source": ENTERED, "source_id": f"{client_id}/{n}", "enterprise_id": enterprise_id,
            "inspection_id": inspection_id, "found_on": day, **asdict(one),
        }  # fmt: skip
        finding_id = conn.execute(sa.insert(finding).returning(finding.c.id), found).scalar_one()
        opened = {
            **own, "finding_id": finding_id, "enterprise_id": enterprise_id, "state": "found",
            "opened_on": day, **to_order,
        }  # fmt: skip
        problem_id = conn.execute(sa.insert(problem).returning(problem.c.id), opened).scalar_one()
        event = {
            **own, "problem_id": problem_id, "at": visit.finished_at, "to_state": "found", "verb": "find",
            "officer_id": visit.officer_id,
        }  # fmt: skip
        conn.execute(sa.insert(problem_event), event)
