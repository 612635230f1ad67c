"""A paper before it has a format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """Rows under heads, with a title above."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]


@dataclass(frozen=True)
class Document:
    """One paper: title, number, pairs of label and value, text, tables, lines to sign on.

    `mark` stands over every page: nothing leaves as more than a draft (草稿) before it is approved.
    """

    title: str
    number: str
    mark: str
    pairs: Sequence[tuple[str, str]]
    paragraphs: Sequence[str]
    tables: Sequence[Table]
    closing: Sequence[str]
    signs: Sequence[str]
