"""A paper before it has a format."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Table:
    """Rows under heads, with a title above; `widths` of the columns in mm, 0: what is left."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    widths: Sequence[int]


@dataclass(frozen=True)
class Document:
    """One paper: title, number, pairs of label and value, text, tables, lines to sign on.

    Attributes
    ----------
    mark : str
        Stands over every page: nothing leaves as more than a draft (草稿) before it is approved.
    addressee : str
        To whom it speaks, above its text; empty: to nobody.
    note : str
        What must be known of it at once, under the title; empty: nothing.
    signed : str
        Sha256 of the attachment drawn on the first line to sign; empty: signed by hand.
    seal : str
        Of the facts that it says (`seal_of`): the same in each language, whatever its words are.
    """

    title: str
    number: str
    mark: str
    pairs: Sequence[tuple[str, str]]
    paragraphs: Sequence[str]
    tables: Sequence[Table]
    closing: Sequence[str]
    signs: Sequence[str]
    seal: str
    addressee: str = ""
    note: str = ""
    signed: str = ""


def seal_of(facts: Mapping[str, Any]) -> str:
    """Return the sha256 of facts: JSON values, days and instants."""
    said = json.dumps(facts, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(said.encode()).hexdigest()
