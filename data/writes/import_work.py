"""Staged inspections → inspections. They are append-only: a correction supersedes, nothing is changed."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from data.access import Right, Viewer
from data.schema import enterprise, inspection, officer
from data.store import filling
from data.writes.details import keep_details
from data.writes.imports import BatchInfo, StoredIssue, Touched, open_batch
from data.writes.staged import corrected, visits
from data.writes.staged import inspections as staged
from data.writes.versions import ANALYSE_FROM, analyse, differs
from data.writes.visit_days import rejoin

PLAIN = (
    "kind", "source_kind", "method", "finished_on", "finished_at", "conclusion", "source_result", "score",
    "unable_reason", "lon", "lat", "grade", "details", "entered_at",
)  # fmt: skip
"""Columns that a staged inspection gives as they are stored."""
RESOLVED = ("enterprise_id", "officer_id", "officer2_id")
SUBSTANCE = ("enterprise_id", "kind", "finished_on", "conclusion", "unable_reason")
"""What of a visit figures and screens are made of."""
OFFICERS = {"officer": "officer_id", "officer2": "officer2_id"}


@dataclass(frozen=True)
class Sources:
    """Where the codes of a file's rows come from: one name space each."""

    enterprises: str
    officers: str
    inspections: str


@dataclass(frozen=True)
class VisitDiff:
    """What a batch of inspections would do; `orphans`, `strangers` and `held` are ``(row_no, value)``.

    `held` are changes of the source to visits that somebody here has corrected otherwise.
    """

    inserted: int
    changed: int
    unchanged: int
    fields: dict[str, int]
    sources: Sources
    orphans: list[tuple[int, str]]
    strangers: list[tuple[int, str]]
    held: list[tuple[int, str]]


def compare(
    conn: sa.Connection,
    source: str,
    sources: Sources,
    absent: Collection[str] = (),
    keys: Collection[str] | None = None,
) -> VisitDiff:
    """Fill the staged visits with what is new or corrected, resolved to our ids.

    A visit that somebody here has corrected keeps that correction; the source's change is `held`.
    Columns that the file does not have at all (`absent`), and details other than `keys` (None: all there
    are), stay as they are stored: unknown is not empty.
    """
    _find_corrected(conn, source)
    _keep_absent(conn, source, absent, keys)
    base, latest, standing = (inspection.alias(name) for name in ("base", "latest", "standing"))
    one, two = officer.alias("one"), officer.alias("two")
    known = _known(sources.enterprises)
    tables = (
        sa.outerjoin(staged, enterprise, known)
        .outerjoin(one, (one.c.source == sources.officers) & (one.c.source_id == staged.c.officer))
        .outerjoin(two, (two.c.source == sources.officers) & (two.c.source_id == staged.c.officer2))
        .outerjoin(base, _first(base, source) & (base.c.source_id == staged.c.source_id))
        .outerjoin(corrected, corrected.c.source_id == staged.c.source_id)
        .outerjoin(latest, latest.c.id == sa.func.coalesce(corrected.c.latest_id, base.c.id))
        .outerjoin(standing, standing.c.id == corrected.c.standing_id)
    )
    value: dict[str, sa.ColumnElement[Any]] = {name: staged.c[name] for name in PLAIN}
    value |= {"enterprise_id": enterprise.c.id, "officer_id": one.c.id, "officer2_id": two.c.id}
    value |= {ours: latest.c[ours] for name, ours in OFFICERS.items() if name in absent}
    different = {name: differs(value[name], latest.c[name]) for name in value}
    corrected_here = sa.func.coalesce(corrected.c.standing_id != corrected.c.latest_id, False)
    otherwise = sa.or_(*(differs(value[name], standing.c[name]) for name in SUBSTANCE))
    there = enterprise.c.id.is_not(None)
    moved = there & latest.c.id.is_not(None) & sa.or_(*different.values())
    revision = sa.case((latest.c.id.is_(None), 1), else_=sa.func.coalesce(corrected.c.revision, 1) + 1)
    conn.execute(
        sa.insert(visits).from_select(
            ["row_no", *RESOLVED, "supersedes_id", "revision"],
            sa.select(staged.c.row_no, *(value[name] for name in RESOLVED), latest.c.id, revision)
            .select_from(tables)
            .where(there, sa.or_(latest.c.id.is_(None), moved & ~corrected_here)),
        )
    )
    total = _count(conn, staged)
    orphans = _found(conn, staged.c.enterprise, tables, enterprise.c.id.is_(None))
    strangers = [
        row
        for code, known_one in ((staged.c.officer, one), (staged.c.officer2, two))
        for row in _found(conn, code, tables, code.is_not(None) & known_one.c.id.is_(None))
    ]
    held = _found(conn, staged.c.source_id, tables, moved & corrected_here & otherwise)
    changed = _count(conn, visits, visits.c.supersedes_id.is_not(None))
    inserted = _count(conn, visits) - changed
    fields: dict[str, int] = {}
    if changed:
        counted = [sa.func.sum(sa.case((d, 1), else_=0)) for d in different.values()]
        sums = conn.execute(sa.select(*counted).select_from(tables).where(moved & ~corrected_here)).one()
        fields = {name: int(n) for name, n in zip(different, sums, strict=True) if n}
    unchanged = total - len(orphans) - len(held) - inserted - changed
    return VisitDiff(inserted, changed, unchanged, fields, sources, orphans, strangers, held)


def _keep_absent(
    conn: sa.Connection, source: str, absent: Collection[str], keys: Collection[str] | None
) -> None:
    """Fill what the file does not have from the latest row of each inspection."""
    kept = [name for name in PLAIN if name in absent]
    if not kept and keys is None:
        return
    base, latest = inspection.alias("base"), inspection.alias("latest")
    stored = (
        sa.select(base.c.source_id.label("code"), latest.c.finished_on.label("day"),
                  *(latest.c[name] for name in dict.fromkeys((*kept, "details"))))
        .select_from(
            base.outerjoin(corrected, corrected.c.source_id == base.c.source_id).join(
                latest, latest.c.id == sa.func.coalesce(corrected.c.latest_id, base.c.id)
            )
        )
        .where(_first(base, source))
        .subquery()
    )  # fmt: skip
    if keys is not None:
        keep_details(conn, staged, stored, keys)
    if not kept:
        return
    values: dict[str, Any] = {name: stored.c[name] for name in kept}
    if "finished_at" in values:
        # an instant belongs to its day: it does not outlive a correction of the day
        values["finished_at"] = sa.case((stored.c.day == staged.c.finished_on, stored.c.finished_at))
    conn.execute(sa.update(staged).values(values).where(stored.c.code == staged.c.source_id))


def _first(visit: sa.FromClause, source: str) -> sa.ColumnElement[bool]:
    return (visit.c.source == source) & (visit.c.revision == 1)


def _known(source: str) -> sa.ColumnElement[bool]:
    return (enterprise.c.source == source) & (enterprise.c.source_id == staged.c.enterprise)


def _count(conn: sa.Connection, table: sa.Table, *where: sa.ColumnElement[bool]) -> int:
    return int(conn.execute(sa.select(sa.func.count()).select_from(table).where(*where)).scalar_one())


def _found(
    conn: sa.Connection, code: sa.ColumnElement[Any], tables: sa.FromClause, where: sa.ColumnElement[bool]
) -> list[tuple[int, str]]:
    rows = conn.execute(
        sa.select(staged.c.row_no, code).select_from(tables).where(where).order_by(staged.c.row_no)
    )
    return [(row[0], row[1]) for row in rows]


def _find_corrected(conn: sa.Connection, source: str) -> None:
    """Stage the rows of each inspection of the source that has been corrected before, by whomever."""
    first, later = inspection.alias("first"), inspection.alias("later")
    follows = later.c.supersedes_id
    chain = (
        sa.select(first.c.source_id.label("code"), first.c.id.label("first_id"), later.c.id)
        .join(later, follows == first.c.id)
        .where(_first(first, source))
        .cte("chain", recursive=True)
    )
    chain = chain.union_all(
        sa.select(chain.c.code, chain.c.first_id, later.c.id).join(later, follows == chain.c.id)
    )
    own = (later.c.source == source) & (later.c.source_id == chain.c.code)
    ended = sa.select(
        chain.c.code,
        sa.func.coalesce(sa.func.max(sa.case((own, later.c.id))), chain.c.first_id),
        sa.func.coalesce(sa.func.max(sa.case((own, later.c.revision))), 1),
        sa.func.max(chain.c.id),  # a correction is recorded after what it corrects
    ).join(later, later.c.id == chain.c.id).group_by(chain.c.code, chain.c.first_id)  # fmt: skip
    conn.execute(
        sa.insert(corrected).from_select(["source_id", "latest_id", "revision", "standing_id"], ended)
    )


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
    # a correction may take a visit from one enterprise to another: both are touched
    corrects = inspection.c.id == visits.c.supersedes_id
    both = sa.union(
        sa.select(visits.c.enterprise_id), sa.select(inspection.c.enterprise_id).join(visits, corrects)
    ).subquery()
    touched_ids = sa.select(both.c.enterprise_id)
    count = conn.execute(sa.select(sa.func.count()).select_from(touched_ids.subquery())).scalar_one()
    return batch_id, Touched(
        diff.inserted,
        diff.changed,
        diff.unchanged,
        enterprises=touched_ids,
        count=count,
        taken=sa.select(staged.c.source_id).join(enterprise, _known(diff.sources.enterprises)),
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
