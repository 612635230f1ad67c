"""The audit log as an auditor reads it: filtered, paged, masked, and whether its chain holds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from data.access import Right, Viewer
from data.audit import ChainBreak, verify
from data.reads.masks import mask_details, mask_text
from data.schema import audit, audit_head, enterprise, user

CHUNK = 500
"""Rows that an export holds at once."""


@dataclass(frozen=True)
class AuditFilter:
    """What to list; every part that is given narrows the list.

    Parameters
    ----------
    first, last : date
        Local days, both included.
    actor, action : str
        Exactly, as the log has them: ``user:name``, ``import.publish``.
    object_kind, object_id : str
        What was acted on.
    success : bool
        Only what was done, or only what was refused.
    up_to : int
        Nothing after this row: what was counted before it is read stays the same.
    """

    first: date | None = None
    last: date | None = None
    actor: str | None = None
    action: str | None = None
    object_kind: str | None = None
    object_id: str | None = None
    success: bool | None = None
    up_to: int | None = None


class AuditRow(NamedTuple):
    """One row of the log; personal data in `detail` are masked, `hash` is of what was written."""

    seq: int
    at: datetime
    actor: str
    role: str
    action: str
    object_kind: str
    object_id: str
    object_name: str | None  # of an enterprise or an account, as it is called now
    success: bool
    detail: dict[str, Any]
    hash: str


@dataclass(frozen=True)
class AuditPage:
    """Some rows, newest first, and how many match."""

    rows: list[AuditRow]
    total: int


class ChainHead(NamedTuple):
    """Where the chain has come to: who keeps both elsewhere can tell whether the log was rewritten."""

    seq: int
    hash: str


class Choices(NamedTuple):
    """What occurs in the log, for filters."""

    actors: list[str]
    actions: list[str]
    object_kinds: list[str]


def audit_page(
    conn: sa.Connection, viewer: Viewer, wanted: AuditFilter, zone: str, *, offset: int = 0, limit: int = 50
) -> AuditPage:
    """Return a page of the log, newest first.

    Parameters
    ----------
    zone : str
        The bureau's time zone, in which days begin and end.

    Raises
    ------
    Denied
        Without `Right.AUDIT_LOG`.
    """
    viewer.require(Right.AUDIT_LOG)
    where = _conditions(wanted, zone)
    total = audit_count(conn, viewer, wanted, zone)
    query = _rows().where(*where).order_by(audit.c.seq.desc()).offset(offset).limit(limit)
    return AuditPage(_named(conn, [_row(found) for found in conn.execute(query)]), total)


def audit_count(conn: sa.Connection, viewer: Viewer, wanted: AuditFilter, zone: str) -> int:
    """Return how many rows match.

    Raises
    ------
    Denied
        Without `Right.AUDIT_LOG`.
    """
    viewer.require(Right.AUDIT_LOG)
    query = sa.select(sa.func.count()).select_from(audit).where(*_conditions(wanted, zone))
    return int(conn.execute(query).scalar_one())


def audit_rows(conn: sa.Connection, viewer: Viewer, wanted: AuditFilter, zone: str) -> Iterator[AuditRow]:
    """Yield every row that `audit_count` counts, newest first and without names, `CHUNK` at a time.

    Raises
    ------
    Denied
        Without `Right.AUDIT_LOG`.
    """
    viewer.require(Right.AUDIT_LOG)
    query = _rows().where(*_conditions(wanted, zone)).order_by(audit.c.seq.desc())
    yield from map(_row, conn.execute(query.execution_options(yield_per=CHUNK)))


def chain_head(conn: sa.Connection, viewer: Viewer) -> ChainHead:
    """Return the last link of the chain as it stands.

    Raises
    ------
    Denied
        Without `Right.AUDIT_LOG`.
    """
    viewer.require(Right.AUDIT_LOG)
    found = conn.execute(sa.select(audit_head.c.seq, audit_head.c.hash).where(audit_head.c.id == 1)).one()
    return ChainHead(*found)


def chain_break(conn: sa.Connection, viewer: Viewer) -> ChainBreak | None:
    """Walk the whole chain and return its first break; None: it is whole. Takes seconds a million rows.

    Raises
    ------
    Denied
        Without `Right.AUDIT_LOG`.
    """
    viewer.require(Right.AUDIT_LOG)
    return verify(conn)


def audit_choices(conn: sa.Connection, viewer: Viewer) -> Choices:
    """Return the actors, actions and kinds of objects that the log knows.

    Raises
    ------
    Denied
        Without `Right.AUDIT_LOG`.
    """
    viewer.require(Right.AUDIT_LOG)
    columns = (audit.c.actor, audit.c.action, audit.c.object_kind)
    return Choices(
        *(list(conn.execute(sa.select(column).distinct().order_by(column)).scalars()) for column in columns)
    )


def _rows() -> sa.Select[Any]:
    return sa.select(*(audit.c[name] for name in AuditRow._fields if name != "object_name"))


def _row(found: sa.Row[Any]) -> AuditRow:
    row = AuditRow(**found._mapping, object_name=None)
    # an address or an id that somebody typed may hold a number of a person as well as a reason may
    return row._replace(detail=mask_details(row.detail, ours=True), object_id=mask_text(row.object_id) or "")


def _named(conn: sa.Connection, rows: list[AuditRow]) -> list[AuditRow]:
    names: dict[tuple[str, str], str] = {}
    for kind, name in (("enterprise", enterprise.c.name), ("user", user.c.username)):
        key = name.table.c.id
        ids = {int(row.object_id) for row in rows if row.object_kind == kind and row.object_id.isdigit()}
        found = conn.execute(sa.select(key, name).where(key.in_(sorted(ids))))
        names |= {(kind, str(number)): called for number, called in found}
    return [row._replace(object_name=names.get((row.object_kind, row.object_id))) for row in rows]


def _conditions(wanted: AuditFilter, zone: str) -> list[sa.ColumnElement[bool]]:
    where: list[sa.ColumnElement[bool]] = []
    if wanted.first is not None:
        where.append(audit.c.at >= _midnight(wanted.first, zone))
    if wanted.last is not None and wanted.last < date.max:
        where.append(audit.c.at < _midnight(wanted.last + timedelta(days=1), zone))
    for name in ("actor", "action", "object_kind", "object_id", "success"):
        value = getattr(wanted, name)
        if value is not None:
            where.append(audit.c[name] == value)
    if wanted.up_to is not None:
        where.append(audit.c.seq <= wanted.up_to)
    return where


def _midnight(day: date, zone: str) -> datetime:
    if day.year < 2:  # the first days of the calendar have no earlier neighbour to be moved to
        return datetime(1, 1, 1, tzinfo=UTC)
    return datetime.combine(day, time(), tzinfo=ZoneInfo(zone))
