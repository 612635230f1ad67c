"""What is wrong with rows, gathered column by column; the sentences are in the catalogue ``import``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from data.text import text
from data.writes.imports import StoredIssue as Issue
from etl.canon import LINE

__all__ = ["Bools", "Findings", "Issue", "Texts", "sentence"]

Texts = npt.NDArray[np.object_]
Bools = npt.NDArray[np.bool_]
_SHOWN = 120


class Findings:
    """Gathers issues of a frame's rows; a row with an error is refused.

    Parameters
    ----------
    raw : DataFrame
        As `etl.files.read_table` returns it.
    headers : mapping
        Our column → header in the file, to name the column as its owner does.
    """

    def __init__(self, raw: pd.DataFrame, headers: Mapping[str, str]) -> None:
        self.raw = raw
        self.headers = headers
        self.refused: Bools = np.zeros(len(raw), dtype=bool)
        self._found: list[tuple[int, str | None, str, str | None, dict[str, Any], str]] = []

    def add(
        self,
        where: npt.NDArray[Any],
        field: str | None,
        code: str,
        level: str,
        values: Texts | None = None,
        each: Iterable[Mapping[str, Any]] | None = None,
        **params: Any,
    ) -> None:
        """Note the same trouble for many rows.

        Parameters
        ----------
        where : array
            Mask of rows, or their positions.
        values : array, optional
            The whole column, to quote from.
        each : iterable of mapping, optional
            Further params, one mapping for every row in `where`.
        **params
            Params that all these issues share.
        """
        positions = np.flatnonzero(where) if where.dtype == bool else where
        if not positions.size:
            return
        if level == "error":
            self.refused[positions] = True
        if field is not None:
            params["column"] = self.headers.get(field, field)
        further = list(each) if each is not None else [{}] * len(positions)
        for position, more in zip(positions.tolist(), further, strict=True):
            value = None if values is None else _short(str(values[position]))
            shown = {} if value is None else {"value": value}
            self._found.append((position, field, code, value, {**params, **shown, **more}, level))

    def issues(self, keys: Texts) -> list[Issue]:
        """Return all issues by line; errors carry the row as read, `keys` are the rows' own ids."""
        lines = self.raw[LINE].tolist()
        own = [name for name in self.raw.columns if name not in (LINE, "geometry")]
        rows: dict[int, dict[str, str]] = {}
        for position in np.flatnonzero(self.refused).tolist():
            rows[position] = {}
        for name in own:
            column = self.raw[name].to_numpy()
            for position, row in rows.items():
                row[name] = column[position]
        return [
            Issue(
                lines[at], field, code, value, params, level, rows[at] if level == "error" else None,
                keys[at] or None,
            )
            for at, field, code, value, params, level in sorted(self._found, key=lambda found: found[0])
        ]  # fmt: skip


def sentence(code: str, params: Mapping[str, Any], language: str) -> str:
    """Return what was expected, what was found and what to do."""
    return text(f"import.{code}", language, **params)


def _short(value: str) -> str:
    return value if len(value) <= _SHOWN else value[:_SHOWN] + "…"
