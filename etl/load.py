"""Canonical frames → database: staged and compared outside the write lock, published in one transaction.

A process that is killed at any moment leaves the database as it was before the batch, or with the
whole batch: temporary tables vanish with the connection, and everything else is one transaction.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pandas as pd
import sqlalchemy as sa

from data.access import Right, Viewer
from data.clock import Now, instant
from data.errors import Conflict
from data.quarantine import Origin
from data.store import prepare_bulk
from data.writes.imports import BatchInfo, BatchResult, StoredIssue, close_batch, lock_imports
from etl import prepare_enterprises, prepare_grids, prepare_master, prepare_work
from etl.prepare import Changes, Context, Options, Prepared
from etl.stage import Progress, for_writing, silent, staging

ATTEMPTS = 3
Prepare = Callable[[sa.Connection, pd.DataFrame, Context], Prepared]
KINDS: dict[str, Prepare] = {
    "districts": prepare_master.preparer("districts"),
    "orgs": prepare_master.preparer("orgs"),
    "grids": prepare_grids.prepare,
    "officers": prepare_master.preparer("officers"),
    "officer_grids": prepare_master.preparer("officer_grids"),
    "plans": prepare_master.preparer("plans"),
    "calendar": prepare_master.preparer("calendar"),
    "enterprises": prepare_enterprises.prepare,
    "inspections": prepare_work.prepare,
    "findings": prepare_work.prepare_findings,
    "leads": prepare_work.prepare_leads,
}
"""Kind of file → how its frame is staged and compared; also the order in which a city is loaded."""


def publish(
    engine: sa.Engine,
    viewer: Viewer,
    kind: str,
    frame: pd.DataFrame,
    *,
    source: str,
    filename: str,
    sha256: str,
    now: Now,
    raw: Mapping[int, Mapping[str, Any]] | None = None,
    issues: Iterable[StoredIssue] = (),
    progress: Progress = silent,
    options: Options | None = None,
    origins: Mapping[int, Origin] | None = None,
) -> BatchResult:
    """Load a canonical frame as one batch.

    Parameters
    ----------
    frame : DataFrame
        Canonical (see `etl.canon`); rows that could not be taken are no longer in it.
    source : str
        Name space of the rows' own ids. Loading the same rows again changes nothing.
    now : datetime or callable
        Aware, in the bureau's zone: its date is the day from which undated changes hold. A clock is asked
        again once the batch is published: what is shown while it is compared does not know of it yet.
    raw : mapping, optional
        Line → the row as read, kept with errors.
    issues : iterable of StoredIssue
        What was found wrong before, see `etl.validate`.
    origins : mapping, optional
        Line → where the row was refused before, of rows that come back from quarantine.

    Raises
    ------
    Denied
        The viewer may not import.
    Refused
        ``grids_broken``.
    Conflict
        ``import_moved``, after three attempts.
    """
    viewer.require(Right.IMPORT)
    options = options or Options()
    info = BatchInfo(kind, source, filename, sha256, options.profile)
    before = list(issues)
    for attempt in range(1, ATTEMPTS + 1):
        context = Context(source, instant(now), options, raw or {}, progress)
        with staging(engine) as conn:
            with conn.begin():
                prepare_bulk(conn)
                prepared = _kind(kind)(conn, frame, context)
            progress("publish", 0, 1)
            try:
                with for_writing(conn):
                    lock_imports(conn)
                    published = instant(now)
                    if published.date() != context.now.date():
                        raise Conflict("import_moved", count=len(frame))  # compared with another day
                    batch_id, touched = prepared.publish(conn, viewer, info, published)
                    found = [*before, *prepared.changes.issues]
                    result = close_batch(
                        conn, viewer, batch_id, touched, found, now=published, origins=origins
                    )
                    # the last moment to call it off: whoever raises here leaves nothing behind
                    progress("publish", 1, 1)
            except (Conflict, sa.exc.IntegrityError):
                # somebody wrote the same rows between comparing and publishing: compare again
                if attempt == ATTEMPTS:
                    raise
                continue
            return result
    raise AssertionError("unreachable")


def plan_import(
    engine: sa.Engine,
    viewer: Viewer,
    kind: str,
    frame: pd.DataFrame,
    *,
    source: str,
    now: Now,
    raw: Mapping[int, Mapping[str, Any]] | None = None,
    issues: Iterable[StoredIssue] = (),
    progress: Progress = silent,
    options: Options | None = None,
) -> Changes:
    """Tell what `publish` would change, without changing anything or taking the write lock."""
    viewer.require(Right.IMPORT)
    context = Context(source, instant(now), options or Options(), raw or {}, progress)
    with staging(engine) as conn, conn.begin():
        changes = _kind(kind)(conn, frame, context).changes
    changes.issues = [*issues, *changes.issues]
    return changes


def _kind(kind: str) -> Prepare:
    if kind not in KINDS:
        raise ValueError(f"Expected a kind of file ({', '.join(KINDS)}), got {kind!r}.")
    return KINDS[kind]
