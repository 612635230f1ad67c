"""One file from its path to a published batch, or to the list of what it would change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd
import sqlalchemy as sa

from data.access import Right, Viewer
from data.clock import Now, instant
from data.quarantine import MARK, Origin, origin_of
from data.store import reading
from data.writes.imports import COUNTS, StoredIssue
from etl.canon import LINE
from etl.files import own_columns, read_table, sha256_of
from etl.load import plan_import, publish
from etl.prepare import Options
from etl.profile import Profile, load_profile
from etl.reference import Reference, reference_of
from etl.stage import Progress, silent
from etl.validate import new_districts, to_canonical

DEFAULT_PROFILE = "standard"
SHOWN_ISSUES = 200
UNUSED_SHOWN = 40
"""Names of columns that a notice lists."""


@dataclass
class ImportReport:
    """What an import did, or would do.

    Attributes
    ----------
    batch_id : int or None
        None: a dry run.
    fields : dict
        Field → how many stored rows change in it; of a dry run alone, as are `samples`.
    codes : dict
        Code of an issue → how many rows have it.
    issues : list of StoredIssue
        All of them.
    """

    kind: str
    source: str
    filename: str
    sha256: str
    dry_run: bool
    batch_id: int | None = None
    rows: int = 0
    inserted: int = 0
    changed: int = 0
    unchanged: int = 0
    quarantined: int = 0
    warned: int = 0
    fields: dict[str, int] = field(default_factory=dict)
    samples: list[dict[str, Any]] = field(default_factory=list)
    codes: dict[str, int] = field(default_factory=dict)
    issues: list[StoredIssue] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON values; of the issues the first 200, without the rows as read."""
        shown = [replace(issue, raw=None) for issue in self.issues[:SHOWN_ISSUES]]
        whole = asdict(replace(self, issues=shown))
        return {key: _plain(value) for key, value in whole.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(part) for part in value]
    return value if isinstance(value, int | float | str | bool) or value is None else str(value)


class RawRows(Mapping[int, Mapping[str, Any]]):
    """The rows of a file as read, by line."""

    def __init__(self, raw: pd.DataFrame) -> None:
        self._raw, self._names = raw, own_columns(raw)
        self._position: dict[int, int] | None = None

    def __getitem__(self, line: int) -> Mapping[str, Any]:
        if self._position is None:  # most files have no row that is asked for
            self._position = {int(n): i for i, n in enumerate(self._raw[LINE])}
        row = self._raw.iloc[self._position[line]]
        return {name: row[name] for name in self._names}

    def origins(self) -> dict[int, Origin]:
        """Return where rows that come back from quarantine were refused, by line."""
        if not any(name.startswith(MARK) for name in self._names):
            return {}
        told = ((line, origin_of(self[line])) for line in self)
        return {line: there for line, there in told if there is not None}

    def __iter__(self) -> Iterator[int]:
        return iter(int(n) for n in self._raw[LINE])

    def __len__(self) -> int:
        return len(self._raw)


def run_import(
    engine: sa.Engine,
    viewer: Viewer,
    kind: str,
    path: Path,
    profile: Profile | str | Path | None = None,
    *,
    now: Now,
    dry_run: bool = False,
    progress: Progress = silent,
    source: str | None = None,
    force: bool = False,
    whole: bool = False,
) -> ImportReport:
    """Read, check, stage, compare and publish one file.

    Parameters
    ----------
    kind : str
        A kind of `etl.canon.KINDS`.
    profile : Profile, str, Path or None
        How the file is written; None: our own template.
    now : datetime or callable
        Aware, in the bureau's zone; see `etl.load.publish`.
    dry_run : bool
        Tell what would change and write nothing.
    source : str, optional
        Name space of the rows' ids instead of the profile's.
    force, whole : bool
        See `etl.prepare.Options`.

    Raises
    ------
    Denied
        The viewer may not import.
    Refused
        The whole file cannot be taken: unreadable, columns missing, grids broken.
    """
    viewer.require(Right.IMPORT)
    known = profile if isinstance(profile, Profile) else load_profile(profile or DEFAULT_PROFILE)
    part = known.kind(kind)
    progress("read", 0, 1)
    raw = read_table(path, part.file, datum=part.datum)
    progress("read", 1, 1)
    with reading(engine) as conn:
        reference = reference_of(conn)
    progress("check", 0, len(raw))
    frame, issues = to_canonical(kind, raw, known, reference, as_of=instant(now).date())
    progress("check", len(raw), len(raw))
    issues = [*_not_taken(frame, part.file.header_row), *issues]
    report = ImportReport(kind, source or known.source, path.name, sha256_of(path), dry_run)
    options = Options(
        force=force,
        whole=whole,
        enterprise_source=known.enterprise_source if source is None else source,
        profile=known.name,
        code_pattern=getattr(part, "code_pattern", None),
    )
    rows = RawRows(raw)
    shared: dict[str, Any] = {
        "source": report.source, "now": now, "progress": progress, "options": options,
    }  # fmt: skip
    if known.plans and not dry_run:
        _bring_plans(engine, viewer, known.plans, reference, shared)
    if part.create_districts and not dry_run:
        districts = new_districts(frame, reference)
        if len(districts):
            publish(
                engine, viewer, "districts", districts, filename=path.name, sha256=report.sha256, **shared
            )
    if dry_run:
        changes = plan_import(engine, viewer, kind, frame, raw=rows, issues=issues, **shared)
        report.inserted, report.changed = changes.inserted, changes.changed
        report.unchanged, report.fields = changes.unchanged, changes.fields
        report.samples, report.issues = changes.samples, changes.issues
        report.quarantined = _rows_of(changes.issues, "error")
        report.warned = _rows_of(changes.issues, "warning")
        report.rows = report.inserted + report.changed + report.unchanged + report.quarantined
    else:
        done = publish(
            engine, viewer, kind, frame, raw=rows, issues=issues, filename=path.name, sha256=report.sha256,
            origins=rows.origins(), **shared,
        )  # fmt: skip
        counts = {n: getattr(done, n) for n in COUNTS}
        report = replace(report, batch_id=done.batch_id, issues=list(done.issues), **counts)
    report.codes = dict(Counter(issue.code for issue in report.issues))
    return report


def _bring_plans(
    engine: sa.Engine, viewer: Viewer, path: Path, reference: Reference, shared: dict[str, Any]
) -> None:
    """Import the inspection plans that come with a source, unless they are there already."""
    own = load_profile(DEFAULT_PROFILE)
    raw = read_table(path, own.kind("plans").file)
    frame, issues = to_canonical("plans", raw, own, reference)
    changes = plan_import(engine, viewer, "plans", frame, issues=issues, **shared)
    if changes.inserted or changes.changed:
        publish(
            engine, viewer, "plans", frame, raw=RawRows(raw), issues=issues, filename=path.name,
            sha256=sha256_of(path), **shared,
        )  # fmt: skip


def _not_taken(frame: pd.DataFrame, header_row: int) -> list[StoredIssue]:
    """Return a notice of the columns that nothing is taken from: nothing is dropped in silence."""
    names = [name for name in frame.attrs["unused"] if name and not name.startswith(MARK)]
    if not names:
        return []
    shown = "、".join(names[:UNUSED_SHOWN]) + ("…" if len(names) > UNUSED_SHOWN else "")
    return [StoredIssue(header_row, None, "columns_unused", None, {"columns": shown}, "notice")]


def _rows_of(issues: list[StoredIssue], level: str) -> int:
    return len({(issue.line, issue.source_id) for issue in issues if issue.level == level})
