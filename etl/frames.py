"""Canonical frames: made whole, in their types, and taken apart into plain values again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from etl.canon import DEFAULTS, LINE, Type, columns

ABSENT = "absent"
"""Key of ``frame.attrs``: our columns that the file does not have at all."""
DETAIL_KEYS = "detail_keys"
"""Key of ``frame.attrs``: which details the file has, where it has any."""


def empty(kind: str) -> pd.DataFrame:
    """Return a frame of `kind` without rows, with every column in its type."""
    return complete(kind, pd.DataFrame())


def frame(kind: str, rows: Sequence[Mapping[str, Any]]) -> pd.DataFrame:
    """Return a canonical frame of records given as mappings; absent keys are empty."""
    return complete(kind, pd.DataFrame.from_records(list(rows)))


def complete(kind: str, df: pd.DataFrame) -> pd.DataFrame:
    """Return `df` as a canonical frame: every column present, in order, in its type, defaults filled in.

    Raises
    ------
    ValueError
        A column that the kind does not have: a misspelt name would otherwise lose data silently.
    """
    known = columns(kind)
    strange = [name for name in df.columns if name not in known and name != LINE]
    if strange:
        raise ValueError(
            f"Expected columns of {kind} ({', '.join(known)}, {LINE}), got {', '.join(map(str, strange))}."
        )
    made: dict[str, Any] = {}
    for name, column in known.items():
        values = df[name] if name in df else pd.Series([None] * len(df), index=df.index, dtype=object)
        default = DEFAULTS.get(kind, {}).get(name)
        made[name] = _cast(values if default is None else _filled(values, default), column.type)
    made[LINE] = df[LINE].astype("Int64") if LINE in df else pd.Series(pd.NA, df.index, dtype="Int64")
    return pd.DataFrame(made, index=df.index).reset_index(drop=True)


def _filled(values: pd.Series, default: Any) -> pd.Series:
    values = values.astype(object)
    return values.where(values.notna(), default)


def _cast(values: pd.Series, type_: Type) -> pd.Series:
    if type_ == "date":
        if isinstance(values.dtype, np.dtype) and values.dtype.kind == "M":
            return values.astype("datetime64[s]")
        return pd.to_datetime(values).astype("datetime64[s]")
    if type_ == "instant":
        return pd.to_datetime(values, utc=True).astype("datetime64[us, UTC]")
    if type_ == "number":
        return pd.to_numeric(values).astype("float64")
    if type_ == "whole":
        return pd.to_numeric(values).astype("Int64")
    if type_ == "truth":
        return values.astype("boolean")
    if type_ in ("tokens", "details"):
        blank: Any = () if type_ == "tokens" else {}
        kind = tuple if type_ == "tokens" else dict
        made = np.empty(len(values), dtype=object)
        made[:] = [v if isinstance(v, kind) else (kind(v) if isinstance(v, list | set) else blank)
                   for v in values]  # fmt: skip
        return pd.Series(made, index=values.index)
    values = values.astype(object)
    return values.where(values.notna(), None)


def records(df: pd.DataFrame, chunk: int = 20_000) -> Iterator[list[dict[str, Any]]]:
    """Yield the rows of a canonical frame as plain Python values, None where empty, for a database.

    Dates become `datetime.date`, instants aware `datetime.datetime`, whole numbers `int`.
    """
    for start in range(0, len(df), chunk):
        part = df.iloc[start : start + chunk]
        lists = {name: plain(part[name]) for name in part.columns}
        yield [dict(zip(lists, values, strict=True)) for values in zip(*lists.values(), strict=True)]


def plain(values: pd.Series) -> list[Any]:
    """Return a canonical column as plain Python values, None where empty."""
    dtype = values.dtype
    if dtype.kind == "O" and isinstance(dtype, np.dtype):
        return values.tolist()
    present = values.notna().to_numpy()
    if isinstance(dtype, np.dtype) and dtype.kind == "M":
        found: list[Any] = values.to_numpy().astype("datetime64[D]").tolist()
    elif isinstance(dtype, pd.DatetimeTZDtype):
        found = [v.to_pydatetime() if ok else None for v, ok in zip(values, present, strict=True)]
    else:
        found = values.tolist()
    return found if present.all() else [v if ok else None for v, ok in zip(found, present, strict=True)]
