"""Rows of cells → a frame of strings: header, ragged rows, row numbers. Shared by CSV and Excel."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

import numpy as np
import pandas as pd

from etl.canon import LINE

FIELDS = "_fields"
"""Count of cells of a row that has not as many as the header; ``""`` elsewhere; absent when all are right."""
EXTRA = "_extra"
"""The cells beyond the header, joined; nothing that was read is lost."""

SEPARATOR = " | "
RESERVED = (LINE, FIELDS, EXTRA)
_CHUNK = 500  # so few that young lists die before the garbage collector looks at them (after 700)
_POOL = 20_000


def table(rows: Iterable[list[str]], *, header_row: int = 1, ragged: bool = True) -> pd.DataFrame | None:
    """Make the frame of strings.

    Parameters
    ----------
    rows : iterable of list of str
        Every record of the file, titles and blank ones too.
    header_row : int
        1-based record of the column names.
    ragged : bool
        Whether a short row is worth telling (a CSV writes every cell, a workbook leaves out empty ones).

    Returns
    -------
    DataFrame or None
        None: the file has no record with text where the header should be.
    """
    source = iter(rows)
    header = next(islice(source, header_row - 1, None), None)
    if header is None or not any(cell.strip() for cell in header):
        return None
    while header and not header[-1].strip():
        header.pop()
    names = unique_names(header)
    width = len(names)
    parts: list[list[list[str]]] = [[] for _ in names]
    lines: list[np.ndarray[Any, Any]] = []
    counts: dict[int, int] = {}  # position of the row in the result → cells found
    extras: dict[int, str] = {}
    pools: list[dict[str, str] | None] = [{} for _ in names]
    taken, number = 0, header_row
    for chunk in _chunks(source):
        keep = [bool("".join(row).strip()) for row in chunk]
        positions = taken + np.cumsum(keep) - 1
        for index, row in enumerate(chunk):
            if len(row) == width:
                continue
            if len(row) > width:
                over = row[width:]
                if any(over):
                    position = int(positions[index])
                    counts[position], extras[position] = len(row), SEPARATOR.join(over)
                chunk[index] = row[:width]
            else:
                if ragged and keep[index]:
                    counts[int(positions[index])] = len(row)
                chunk[index] = row + [""] * (width - len(row))
        kept = [row for row, good in zip(chunk, keep, strict=True) if good]
        lines.append(np.flatnonzero(keep) + number + 1)
        number += len(chunk)
        taken += len(kept)
        for index, column in enumerate(zip(*kept, strict=True)):
            parts[index].append(_shared(list(column), pools, index))
    data: dict[str, Any] = {n: _objects(part, taken) for n, part in zip(names, parts, strict=True)}
    if counts:
        data[FIELDS], data[EXTRA] = _sparse(counts, taken), _sparse(extras, taken)
    frame = pd.DataFrame(data, dtype=object)
    frame[LINE] = pd.array(np.concatenate(lines) if lines else [], dtype="Int64")
    return frame


def unique_names(header: list[str]) -> list[str]:
    """Name every column once: blank ones ``#3``, a second 名称 becomes ``名称 (2)``, ours are left to us."""
    seen: dict[str, int] = dict.fromkeys((*RESERVED, "geometry"), 1)
    names = []
    for index, cell in enumerate(header, start=1):
        name = " ".join(cell.split()) or f"#{index}"
        count = seen[name] = seen.get(name, 0) + 1
        names.append(name if count == 1 else f"{name} ({count})")
    return names


def _chunks(rows: Iterator[list[str]]) -> Iterator[list[list[str]]]:
    while chunk := list(islice(rows, _CHUNK)):
        yield chunk


def _shared(column: list[str], pools: list[dict[str, str] | None], index: int) -> list[str]:
    """Let equal cells be one string: a column of few words costs no memory."""
    pool = pools[index]
    if pool is None:
        return column
    column = [pool.setdefault(cell, cell) for cell in column]
    if len(pool) > _POOL:
        pools[index] = None
    return column


def _objects(parts: list[list[str]], size: int) -> np.ndarray[Any, Any]:
    made = np.empty(size, dtype=object)
    at = 0
    for part in parts:
        made[at : at + len(part)] = np.array(part, dtype=object)  # else numpy tries fixed-width text
        at += len(part)
    return made


def _sparse(values: dict[int, Any], size: int) -> np.ndarray[Any, Any]:
    made = np.full(size, "", dtype=object)
    for position, value in values.items():
        made[position] = str(value)
    return made
