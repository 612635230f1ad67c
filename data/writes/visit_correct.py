"""Correcting a visit from its form (更正): everything is said anew, what was proved there is kept."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from data.access import Right, Viewer
from data.caps import cap_states, counts_as_visit
from data.clock import DEFAULT_ZONE
from data.errors import Conflict, Denied, NotFound, Refused
from data.reads.masks import mask_text
from data.reads.visit_rows import ENTERED, is_own
from data.reads.visit_withdrawn import may_withdraw
from data.schema import enterprise, inspection
from data.standing import chain
from data.writes.inspections import supersede
from data.writes.visit import LONG, Visit, check, check_whole
from data.writes.visit_findings import sort_out
from data.writes.visit_late import check_moved


def correct(
    conn: sa.Connection, viewer: Viewer, enterprise_id: int, inspection_id: int, visit: Visit, *,
    reason: str, client_id: str, now: datetime, zone: str = DEFAULT_ZONE,
) -> int:  # fmt: skip
    """Correct a visit by what its form says now; unlike `supersede`, its findings are all there are.

    Findings that are said as before stay, with their problems; those that are said no more are taken back
    (`data.writes.visit_findings.take_back`), further ones are added. When and where the officers arrived
    cannot be proved afterwards: it stays as it was recorded, and so do the leads that were looked into.

    Raises
    ------
    Denied
        As `supersede`; ``findings_late``: findings are taken back neither by the visit's officers on the day
        it was recorded nor with `Right.ASSIGN`.
    NotFound
        ``inspection_unknown``: there is none, or it is of another enterprise.
    Refused
        ``visit_imported``, ``visit_withdrawn``; what `supersede`, `check_moved` and `check_whole` raise;
        ``visit_over_cap``: it counts now and did not before.
    Conflict
        ``inspection_superseded``: somebody has corrected it already.
    """
    viewer.require(Right.RECORD)
    if not reason.strip():
        raise Refused("reason_missing", field="correct_reason")
    if len(reason) > LONG:
        raise Refused("visit_text_long", field="correct_reason", most=LONG, found=len(reason))
    i, e = inspection.c, enterprise.c
    here = sa.select(inspection, e.grid_id, e.district_code).join(enterprise, e.id == i.enterprise_id)
    old = conn.execute(here.where(i.id == inspection_id, i.enterprise_id == enterprise_id)).one_or_none()
    if old is None:
        raise NotFound("inspection_unknown", got=inspection_id)
    own = enterprise_id if is_own(viewer, old) else None
    later = conn.execute(
        sa.select(i.id, i.source_id, i.user_id).where(i.supersedes_id == old.id)
    ).one_or_none()
    # before the scope, as a visit that is sent again: the task that opened the enterprise may be done
    if later is not None and (later.source_id, later.user_id) == (client_id, viewer.user_id):
        return int(later.id)
    viewer.require_place(old.grid_id, old.district_code, own)
    if later is not None:
        raise Conflict("inspection_superseded", theirs=later.id)
    if old.source != ENTERED:
        raise Refused("visit_imported", id=inspection_id)
    visit = _as_proved(old, visit)
    check(visit, client_id, now)
    check_whole(visit, old.distance_m)
    day = visit.finished_at.astimezone(ZoneInfo(zone)).date()
    first = conn.execute(
        sa.select(sa.func.min(i.recorded_at)).where(i.id.in_(chain(conn, old.id)))
    ).scalar_one()
    check_moved(conn, visit, day, old.finished_on, first, zone)
    if _counts(visit) and not _counts(old):
        cap = cap_states(conn, [enterprise_id], day)[enterprise_id]
        if cap.state == "explain" and not (visit.over_cap_reason or "").strip():
            counts = {"day": cap.day, "week": cap.week, "month": cap.month}
            raise Refused("visit_over_cap", field="over_cap_reason", **counts)
    added, gone = sort_out(conn, inspection_id, visit.findings)
    if gone and not may_withdraw(viewer, old, first, now.astimezone(ZoneInfo(zone))):
        raise Denied("findings_late", role=str(viewer.role))
    return supersede(
        conn, viewer, inspection_id, replace(visit, findings=added), reason=reason, client_id=client_id,
        now=now, zone=zone, gone=gone,
    )  # fmt: skip


def _counts(visit: Any) -> bool:
    return counts_as_visit(visit.kind, visit.method, visit.unable_reason)


def _as_proved(old: Any, visit: Visit) -> Visit:
    """Return what is said now, with what only the place could prove, and unmasked where it is unchanged."""
    told = old.details or {}
    notes = told.get("notes") or {}
    leads = [one for one in told.get("leads", ()) if one not in visit.leads]
    return replace(
        visit,
        officer_id=old.officer_id or visit.officer_id,
        lon=old.lon,
        lat=old.lat,
        arrived_at=_instant(told.get("arrived_at")),
        pressed_at=_instant(told.get("pressed_at")),
        leads=[*visit.leads, *leads],
        opinion=_written(visit.opinion, old.opinion),
        note=_written(visit.note, told.get("note")),
        point_note=_written(visit.point_note, told.get("point_note")),
        over_cap_reason=_written(visit.over_cap_reason, told.get("over_cap_reason")),
        far_reason=_written(visit.far_reason, told.get("far_reason")),
        late_reason=_written(visit.late_reason, told.get("late_reason")),
        notes={code: _written(said, notes.get(code)) or "" for code, said in visit.notes.items()},
    )


def _instant(told: str | None) -> datetime | None:
    return datetime.fromisoformat(told) if told else None


def _written(said: str | None, before: str | None) -> str | None:
    return before if before and said == mask_text(before) else said
