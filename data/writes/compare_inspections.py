"""Staged inspections against what is stored: which are new, and which correct an earlier row of theirs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from data.schema import enterprise, inspection, officer
from data.writes.details import keep_details
from data.writes.staged import corrected, visits
from data.writes.staged import inspections as staged
from data.writes.versions import differs

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
    known = known_enterprise(sources.enterprises)
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


def known_enterprise(source: str) -> sa.ColumnElement[bool]:
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
