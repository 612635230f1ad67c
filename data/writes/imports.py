"""A batch: what came in, from which file, what was refused and why; one audit row closes it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from data import audit, figures
from data.access import Right, Viewer
from data.quarantine import Origin, origin_of
from data.schema import batch, import_issue

REFRESH_AT_MOST = 500
"""With more enterprises touched than this, building the figures whole is faster than refreshing rows."""


@dataclass(frozen=True)
class BatchInfo:
    """What a batch is: its kind, source and file."""

    kind: str
    source: str
    filename: str
    sha256: str
    profile: str | None = None


@dataclass(frozen=True)
class StoredIssue:
    """One row's trouble as it is kept; `raw` is the whole row as read, for errors."""

    line: int | None
    field: str | None
    code: str
    value: str | None
    params: Mapping[str, Any]
    level: str  # error, warning; notice: of the file as a whole
    raw: Mapping[str, Any] | None = None
    source_id: str | None = None


COUNTS = ("rows", "inserted", "changed", "unchanged", "quarantined", "warned")


@dataclass(frozen=True)
class BatchResult:
    """What became of a batch's rows. ``rows`` = inserted + changed + unchanged + quarantined."""

    batch_id: int
    rows: int = 0
    inserted: int = 0
    changed: int = 0
    unchanged: int = 0
    quarantined: int = 0
    warned: int = 0
    issues: tuple[StoredIssue, ...] = field(default=(), repr=False, compare=False)


@dataclass
class Touched:
    """What a verb has written: counts, and the enterprises whose figures it touches.

    Attributes
    ----------
    enterprises : Select or None
        One column of ids; None: none.
    count : int
        How many they are.
    taken : Select, collection of str or None
        The source ids that were taken, to resolve their earlier quarantine.
    places : bool
        Something that figures show beside enterprises has changed (grids, officers, plans, days).
    whole : bool
        More figures have changed than those of `enterprises`: all are built again.
    issues : list of StoredIssue
        What only writing could tell.
    told : dict
        What the audit row says beside the counts.
    """

    inserted: int = 0
    changed: int = 0
    unchanged: int = 0
    enterprises: sa.Select[Any] | sa.CompoundSelect[Any] | None = None
    count: int = 0
    taken: sa.Select[Any] | Collection[str] | None = None
    places: bool = False
    whole: bool = False
    issues: list[StoredIssue] = field(default_factory=list)
    told: dict[str, Any] = field(default_factory=dict)


def open_batch(conn: sa.Connection, viewer: Viewer, info: BatchInfo, *, now: datetime) -> int:
    """Start a batch inside the publishing transaction; return its id.

    Raises
    ------
    Denied
        The viewer may not import.
    """
    viewer.require(Right.IMPORT)
    lock_imports(conn)
    row = {**asdict(info), "user_id": viewer.user_id, "recorded_at": now}
    return int(conn.execute(sa.insert(batch).values(row).returning(batch.c.id)).scalar_one())


IMPORT_LOCK = 0x67726964  # any number that nothing else locks


def lock_imports(conn: sa.Connection) -> None:
    """Let imports publish one after the other on PostgreSQL; SQLite has one writer anyway."""
    if conn.dialect.name == "postgresql":
        conn.execute(sa.select(sa.func.pg_advisory_xact_lock(IMPORT_LOCK)))


def close_batch(
    conn: sa.Connection,
    viewer: Viewer,
    batch_id: int,
    touched: Touched,
    issues: Iterable[StoredIssue],
    *,
    now: datetime,
    origins: Mapping[int, Origin] | None = None,
) -> BatchResult:
    """Keep the issues, count the rows, bring the figures up to date, write the audit row last.

    `origins` tells of rows that come back from quarantine where they were refused: their line here → there.
    """
    kept = [*issues, *touched.issues]
    _keep_issues(conn, batch_id, _worth_keeping(kept))
    quarantined = len({(issue.line, issue.source_id) for issue in kept if issue.level == "error"})
    result = BatchResult(
        batch_id,
        rows=touched.inserted + touched.changed + touched.unchanged + quarantined,
        inserted=touched.inserted,
        changed=touched.changed,
        unchanged=touched.unchanged,
        quarantined=quarantined,
        warned=len({(issue.line, issue.source_id) for issue in kept if issue.level == "warning"}),
        issues=tuple(kept),
    )
    counts = {name: getattr(result, name) for name in COUNTS}
    conn.execute(sa.update(batch).where(batch.c.id == batch_id).values(counts))
    if touched.taken is not None:
        _resolve(conn, batch_id, touched.taken)
    if origins:
        refused = {issue.line for issue in kept if issue.level == "error"}
        _resolve_rows(conn, batch_id, {there for line, there in origins.items() if line not in refused})
    bring_figures(conn, touched, now=now)
    row = conn.execute(sa.select(batch).where(batch.c.id == batch_id)).one()
    audit.append(
        conn, viewer, "import.publish", "batch", batch_id, now=now,
        kind=row.kind, source=row.source, file=row.filename, sha256=row.sha256, **counts, **touched.told,
    )  # fmt: skip
    return result


def bring_figures(conn: sa.Connection, touched: Touched, *, now: datetime) -> None:
    """Bring the figures up to date: row by row for a few enterprises, whole for many."""
    none_yet = figures.meta(conn) is None
    if touched.whole:
        figures.rebuild(conn, now=now)
        return
    if touched.enterprises is not None and touched.count:
        if none_yet or touched.count > REFRESH_AT_MOST:
            figures.rebuild(conn, now=now)
            return
        figures.refresh(conn, list(conn.execute(touched.enterprises).scalars()), now=now)
    if touched.places and (touched.inserted or touched.changed):
        if none_yet:
            figures.rebuild(conn, now=now)
        else:
            figures.touch(conn, now)


def _keep_issues(conn: sa.Connection, batch_id: int, issues: list[StoredIssue]) -> None:
    names = [field.name for field in fields(StoredIssue)]
    for start in range(0, len(issues), 5_000):
        rows = [
            {name: getattr(issue, name) for name in names} | {"batch_id": batch_id}
            for issue in issues[start : start + 5_000]
        ]
        for row in rows:
            row["params"] = dict(row["params"])
            row["raw"] = sa.null() if row["raw"] is None else dict(row["raw"])
        conn.execute(sa.insert(import_issue), rows)


def _worth_keeping(issues: list[StoredIssue]) -> list[StoredIssue]:
    """Return the errors and the first warnings of each code and field, with one that counts the others."""
    told: Counter[tuple[str | None, str]] = Counter()
    kept: list[StoredIssue] = []
    left_out: dict[tuple[str | None, str], StoredIssue] = {}
    for issue in issues:
        alike = (issue.field, issue.code)
        told[alike] += issue.level == "warning"
        if issue.level == "error" or told[alike] <= MOST_ALIKE:
            kept.append(issue)
        else:
            left_out.setdefault(alike, issue)
    for alike, first in left_out.items():
        params = {"count": told[alike] - MOST_ALIKE, "line": first.line}
        kept.append(StoredIssue(None, first.field, "more_alike", None, params, "warning"))
    return kept


MOST_ALIKE = 20_000
"""Warnings of one code and field that a batch keeps; a file full of doubtful rows needs no longer list."""


def _resolve(conn: sa.Connection, batch_id: int, taken: sa.Select[Any] | Collection[str]) -> None:
    """Mark earlier quarantined rows of the same kind and source as taken by this batch."""
    waiting = _waiting(batch_id)
    parts: list[sa.Select[Any] | list[str]]
    if isinstance(taken, sa.Select):
        parts = [taken]
    else:
        refused = conn.execute(sa.select(import_issue.c.source_id).where(*waiting).distinct()).scalars()
        both = sorted(set(refused) & set(taken))
        parts = [both[start : start + 5_000] for start in range(0, len(both), 5_000)]
    for part in parts:
        here = import_issue.c.source_id.in_(part)
        conn.execute(sa.update(import_issue).where(*waiting, here).values(resolved_by=batch_id))


def _resolve_rows(conn: sa.Connection, batch_id: int, rows: set[Origin]) -> None:
    """Mark quarantined rows as taken that came back, also under another id, and what they came back from."""
    found = import_issue.c
    while rows:
        before: set[Origin] = set()
        for batch_of in {one for one, _ in rows}:
            lines = sorted(line for one, line in rows if one == batch_of)
            for start in range(0, len(lines), 5_000):
                here = sa.and_(found.batch_id == batch_of, found.line.in_(lines[start : start + 5_000]))
                for raw in conn.execute(sa.select(found.raw).where(*_waiting(batch_id), here)).scalars():
                    there = origin_of(raw or {})
                    before |= {there} if there else set()
                conn.execute(
                    sa.update(import_issue).where(*_waiting(batch_id), here).values(resolved_by=batch_id)
                )
        rows = {there for there in before if there[0] < max(one for one, _ in rows)}


def _waiting(batch_id: int) -> tuple[sa.ColumnElement[bool], ...]:
    """Return what is still in quarantine of earlier batches of the same kind and source."""
    this = sa.select(batch.c.kind, batch.c.source).where(batch.c.id == batch_id).subquery()
    earlier = sa.select(batch.c.id).where(
        batch.c.kind == this.c.kind, batch.c.source == this.c.source, batch.c.id != batch_id
    )
    return (
        import_issue.c.level == "error",
        import_issue.c.resolved_by.is_(None),
        import_issue.c.batch_id.in_(earlier),
    )
