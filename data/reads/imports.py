"""What was imported, what was refused and why, for the steward."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from data.access import Right, Viewer
from data.errors import NotFound
from data.reads.masks import mask_details, mask_text
from data.schema import batch, import_issue, user
from data.text import catalogue, text


class BatchRow(NamedTuple):
    """One imported file."""

    id: int
    kind: str
    source: str
    profile: str | None
    filename: str
    sha256: str
    rows: int
    inserted: int
    changed: int
    unchanged: int
    quarantined: int
    warned: int
    user: str | None
    recorded_at: datetime
    open: int  # rows that are still in quarantine


class IssueRow(NamedTuple):
    """One thing that was wrong with one row; `message` in the reader's language.

    Personal data are masked, and `raw` is None, for all but who brought the file.
    """

    id: int
    level: str
    line: int | None
    field: str | None
    code: str
    value: str | None
    message: str
    source_id: str | None
    raw: dict[str, Any] | None
    resolved_by: int | None


@dataclass(frozen=True)
class IssuePage:
    """Some issues of a batch, how many match, and how often each code occurs."""

    rows: list[IssueRow]
    total: int
    codes: dict[str, int]


DETAILS = "details."
"""Begins the names of fields that are kept as details."""

_OPEN = sa.and_(import_issue.c.level == "error", import_issue.c.resolved_by.is_(None))


def batches(
    conn: sa.Connection, viewer: Viewer, *, kind: str | None = None, offset: int = 0, limit: int = 50
) -> tuple[list[BatchRow], int]:
    """Return the imported files, newest first, and how many there are."""
    viewer.require(Right.IMPORT)
    where = [] if kind is None else [batch.c.kind == kind]
    total = conn.execute(sa.select(sa.func.count()).select_from(batch).where(*where)).scalar_one()
    query = _batches().where(*where).order_by(batch.c.id.desc()).offset(offset).limit(limit)
    return [BatchRow(*row) for row in conn.execute(query)], total


def batch_file(conn: sa.Connection, viewer: Viewer, batch_id: int) -> BatchRow:
    """Return one imported file.

    Raises
    ------
    NotFound
        ``batch_unknown``.
    """
    viewer.require(Right.IMPORT)
    row = conn.execute(_batches().where(batch.c.id == batch_id)).one_or_none()
    if row is None:
        raise NotFound("batch_unknown", got=batch_id)
    return BatchRow(*row)


def issues(
    conn: sa.Connection, viewer: Viewer, batch_id: int, language: str, *, level: str | None = None,
    code: str | None = None, open_only: bool = False, offset: int = 0, limit: int = 50,
) -> IssuePage:  # fmt: skip
    """Return issues of a batch in the order of its lines."""
    viewer.require(Right.IMPORT)
    where = [import_issue.c.batch_id == batch_id]
    if level:
        where.append(import_issue.c.level == level)
    if open_only:
        where.append(_OPEN)
    number = sa.func.count()
    counted = (
        sa.select(import_issue.c.code, number)
        .where(*where)
        .group_by(import_issue.c.code)
        .order_by(number.desc(), import_issue.c.code)
    )
    codes = {row[0]: int(row[1]) for row in conn.execute(counted)}
    if code:
        where.append(import_issue.c.code == code)
    found = conn.execute(_issues(where).offset(offset).limit(limit))
    total = codes.get(code, 0) if code else sum(codes.values())
    return IssuePage([_issue(row, language, whole=False) for row in found], total, codes)


def open_quarantine(conn: sa.Connection, viewer: Viewer, batch_id: int | None = None) -> int:
    """Return how many rows wait in quarantine, of one batch or of all; a row counts once."""
    viewer.require(Right.IMPORT)
    rows = sa.select(import_issue.c.batch_id, import_issue.c.line).where(_OPEN).distinct()
    if batch_id is not None:
        rows = rows.where(import_issue.c.batch_id == batch_id)
    return conn.execute(sa.select(sa.func.count()).select_from(rows.subquery())).scalar_one()


def all_issues(conn: sa.Connection, viewer: Viewer, batch_id: int, language: str) -> Iterator[IssueRow]:
    """Yield every issue of a batch, for an export; rows as read to who brought them, or on the server."""
    viewer.require(Right.IMPORT)
    brought = conn.execute(sa.select(batch.c.user_id).where(batch.c.id == batch_id)).scalar()
    whole = viewer.actor == "cli" or (brought is not None and brought == viewer.user_id)
    query = _issues([import_issue.c.batch_id == batch_id])
    for row in conn.execute(query.execution_options(yield_per=2000)):
        yield _issue(row, language, whole=whole)


def message(code: str, language: str, params: dict[str, Any] | None) -> str:
    """Return the sentence of an issue; a code that has lost its sentence is shown as it is.

    A rule that forms hold too has its sentence among the refusals.
    """
    for key in (f"import.{code}", f"errors.{code}"):
        if key in catalogue(language):
            return text(key, language, **(params or {}))
    return code


def _batches() -> sa.Select[Any]:
    waiting = (
        sa.select(sa.func.count(sa.distinct(import_issue.c.line)))
        .where(import_issue.c.batch_id == batch.c.id, _OPEN)
        .scalar_subquery()
    )
    names = BatchRow._fields[: BatchRow._fields.index("user")]
    return sa.select(
        *(batch.c[name] for name in names), user.c.username, batch.c.recorded_at, waiting
    ).select_from(batch.outerjoin(user, user.c.id == batch.c.user_id))


def _issues(where: list[sa.ColumnElement[bool]]) -> sa.Select[Any]:
    return sa.select(import_issue).where(*where).order_by(import_issue.c.line, import_issue.c.id)


def _issue(row: Any, language: str, *, whole: bool) -> IssueRow:
    value, params, raw = row.value, row.params or {}, row.raw
    if not whole:
        value, raw = _hidden(row.field, row.value), None
        params = {
            name: (value if one == row.value else mask_text(one)) if isinstance(one, str) else one
            for name, one in params.items()
        }
    return IssueRow(
        row.id, row.level, row.line, row.field, row.code, value, message(row.code, language, params),
        row.source_id, raw, row.resolved_by,
    )  # fmt: skip


def _hidden(field: str | None, value: str | None) -> str | None:
    if field is None or not field.startswith(DETAILS):
        return mask_text(value)
    key = field.removeprefix(DETAILS)
    masked: str | None = mask_details({key: value})[key]
    return masked
