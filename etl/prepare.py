"""What loading has in common: options, what would change, and a batch that is ready to be published."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pandas as pd
import sqlalchemy as sa

from data.access import Viewer
from data.writes.compare_inspections import Sources
from data.writes.imports import BatchInfo, StoredIssue, Touched
from etl.canon import LINE
from etl.stage import Progress, silent


@dataclass(frozen=True)
class Options:
    """How a file is to be loaded.

    Attributes
    ----------
    force : bool
        Take grids although their coverage has errors.
    whole : bool
        The file holds every grid there is: grids that it does not name are retired.
    enterprise_source, officer_source, inspection_source : str or None
        Source whose ids the file's rows name; None: the file's own source.
    profile : str or None
        Name of the profile, kept with the batch.
    code_pattern : str or None
        Form of a grid's code, a regular expression; None: ours.
    """

    force: bool = False
    whole: bool = False
    enterprise_source: str | None = None
    officer_source: str | None = None
    inspection_source: str | None = None
    profile: str | None = None
    code_pattern: str | None = None

    def sources(self, source: str) -> Sources:
        """Return the name spaces of the codes in a file of `source`."""
        return Sources(
            self.enterprise_source or source, self.officer_source or source, self.inspection_source or source
        )


@dataclass
class Changes:
    """What a file would change.

    Attributes
    ----------
    inserted, changed, unchanged : int
        Rows.
    fields : dict
        Field → how many stored rows change in it.
    samples : list of dict
        ``field, source_id, line, before, after``: the first few of each field.
    issues : list of StoredIssue
        What is wrong with rows; those of level error are kept in quarantine and not taken.
    """

    inserted: int = 0
    changed: int = 0
    unchanged: int = 0
    fields: dict[str, int] = field(default_factory=dict)
    samples: list[dict[str, Any]] = field(default_factory=list)
    issues: list[StoredIssue] = field(default_factory=list)


Publish = Callable[[sa.Connection, Viewer, BatchInfo, datetime], "tuple[int, Touched]"]
"""Writes the batch at the instant that it is recorded with, which `Context.now` comes before."""


@dataclass
class Prepared:
    """A staged and compared batch."""

    changes: Changes
    publish: Publish


@dataclass(frozen=True)
class Context:
    """What preparing needs to know beside the frame."""

    source: str
    now: datetime
    options: Options
    raw: Mapping[int, Mapping[str, Any]]
    progress: Progress = silent

    def issue(
        self, level: str, line: int | None, field_: str | None, code: str, value: object = None, /,
        *, source_id: str | None = None, **params: Any,
    ) -> StoredIssue:  # fmt: skip
        """Make an issue; an error carries the row as read."""
        raw = self.raw.get(line) if line is not None and level == "error" else None
        shown = None if value is None else str(value)
        return StoredIssue(line, field_, code, shown, params, level, raw, source_id)


def row_numbers(frame: pd.DataFrame) -> pd.Series:
    """Return the line of each row, or its position where there is no file."""
    if frame[LINE].isna().any():
        return pd.Series(range(1, len(frame) + 1), index=frame.index, dtype="int64")
    return frame[LINE].astype("int64")
