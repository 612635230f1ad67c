"""Staged inspections → inspections. They are append-only: a correction supersedes, nothing is changed."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from data.access import Right, Viewer
from data.schema import enterprise, inspection
from data.store import filling
from data.writes.compare_inspections import PLAIN, RESOLVED, VisitDiff, known_enterprise
from data.writes.imports import REFRESH_AT_MOST, BatchInfo, StoredIssue, Touched, open_batch
from data.writes.leads_act import lock_enterprises
from data.writes.staged import inspections as staged
from data.writes.staged import visits
from data.writes.versions import ANALYSE_FROM, analyse
from data.writes.visit_days import rejoin


def publish(
    conn: sa.Connection, viewer: Viewer, info: BatchInfo, diff: VisitDiff, *, now: datetime
) -> tuple[int, Touched]:
    """Insert the staged visits; flag those that are equal to an earlier one but for their id."""
    viewer.require(Right.IMPORT)
    batch_id = open_batch(conn, viewer, info, now=now)
    extra = {
        "source": sa.literal(info.source),
        "source_id": staged.c.source_id,
        "revision": visits.c.revision,
        "supersedes_id": visits.c.supersedes_id,
        "reason": sa.case((visits.c.supersedes_id.is_not(None), "import"), else_=None),
        "batch_id": sa.literal(batch_id),
        "row_no": staged.c.row_no,
        "user_id": sa.literal(viewer.user_id, inspection.c.user_id.type),
        "recorded_at": sa.literal(now, inspection.c.recorded_at.type),
    }
    wanted = {
        **{name: staged.c[name] for name in PLAIN},
        **{name: visits.c[name] for name in RESOLVED},
        **extra,
    }
    # a correction may take a visit from one enterprise to another: both are touched
    corrects = inspection.c.id == visits.c.supersedes_id
    both = sa.union(
        sa.select(visits.c.enterprise_id), sa.select(inspection.c.enterprise_id).join(visits, corrects)
    ).subquery()
    touched_ids = sa.select(both.c.enterprise_id)
    count = conn.execute(sa.select(sa.func.count()).select_from(touched_ids.subquery())).scalar_one()
    if count <= REFRESH_AT_MOST:
        # refreshing their figures will lock them: now, before the visits, as whoever corrects one by hand
        lock_enterprises(conn, list(conn.execute(touched_ids).scalars()))
    rows = (
        sa.select(*(expression.label(name) for name, expression in wanted.items()))
        .select_from(visits.join(staged, staged.c.row_no == visits.c.row_no))
        .order_by(staged.c.row_no)
    )
    with filling(conn, inspection, rows=diff.inserted):
        conn.execute(sa.insert(inspection).from_select(list(wanted), rows, include_defaults=False))
    if diff.inserted + diff.changed >= ANALYSE_FROM:
        analyse(conn, inspection)
    _flag_same(conn, info.source, batch_id)
    return batch_id, Touched(
        diff.inserted,
        diff.changed,
        diff.unchanged,
        enterprises=touched_ids,
        count=count,
        taken=sa.select(staged.c.source_id).join(enterprise, known_enterprise(diff.sources.enterprises)),
        issues=_rejoin_findings(conn),
    )


def _rejoin_findings(conn: sa.Connection) -> list[StoredIssue]:
    """Look again at the findings of the days of these visits; tell which belong to no visit any more."""
    new = sa.select(visits.c.enterprise_id, staged.c.finished_on.label("day")).join(
        staged, staged.c.row_no == visits.c.row_no
    )
    old = sa.select(inspection.c.enterprise_id, inspection.c.finished_on).join(
        visits, visits.c.supersedes_id == inspection.c.id
    )
    ambiguous = rejoin(conn, sa.union(new, old))
    if not ambiguous:
        return []
    first = sa.select(
        visits.c.enterprise_id, staged.c.finished_on, staged.c.enterprise, staged.c.row_no, staged.c.source_id
    ).join(staged, staged.c.row_no == visits.c.row_no).order_by(staged.c.row_no.desc())  # fmt: skip
    rows = {(row.enterprise_id, row.finished_on): row for row in conn.execute(first)}
    return [
        StoredIssue(
            row.row_no, "finished_on", "finding_ambiguous_now", found.source_id,
            {"finding": found.source_id, "enterprise": row.enterprise, "day": str(found.found_on),
             "count": found.visits},
            "warning", source_id=row.source_id,
        )
        for found in ambiguous
        if (row := rows.get((found.enterprise_id, found.found_on))) is not None
    ]  # fmt: skip


def _flag_same(conn: sa.Connection, source: str, batch_id: int) -> None:
    day = ("enterprise_id", "finished_on")
    repeated = (
        sa.select(*(inspection.c[name] for name in day))
        .where(inspection.c.source == source)
        .group_by(*(inspection.c[name] for name in day))
        .having(sa.func.count() > 1, sa.func.max(inspection.c.batch_id) >= batch_id)
        .subquery()
    )
    superseded = sa.select(inspection.c.supersedes_id).where(inspection.c.supersedes_id.is_not(None))
    everything = [inspection.c[name] for name in (*RESOLVED, *PLAIN)]
    first = sa.func.min(inspection.c.id).over(partition_by=everything)
    groups = (
        sa.select(inspection.c.id, first.label("first"))
        .join(repeated, sa.and_(*(repeated.c[name] == inspection.c[name] for name in day)))
        .where(inspection.c.source == source, inspection.c.id.not_in(superseded))
        .subquery()
    )
    conn.execute(
        sa.update(inspection)
        .values(same_as_id=groups.c.first)
        .where(
            inspection.c.id == groups.c.id,
            groups.c.first != inspection.c.id,
            inspection.c.batch_id == batch_id,
        )
    )
