"""What a file may refer to: the closed lists of codes, each with the words people use for them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

from data.reads.labels import terms
from data.schema import category, district, grid, org, status
from data.text import LANGUAGES
from data.writes.reference import rows
from etl.canon import VOCABULARIES

_TERMS = {"channel": "lead_channel", "outcome": "lead_outcome", "disposal": "lead_disposal"}
"""Vocabulary → its group in the catalogue ``terms``, where the names differ."""


_UNSEEN = dict.fromkeys((*range(0x200B, 0x2010), 0x2060, 0xFEFF))


def fold(word: str) -> str:
    """Return a word without what does not distinguish it: width, case, blanks, marks of a required column."""
    seen = unicodedata.normalize("NFKC", word).translate(_UNSEEN)
    return "".join(seen.split()).rstrip("*").removesuffix("(必填)").casefold()


@dataclass(frozen=True)
class Reference:
    """Closed lists by name: folded word → code. A code is a word for itself.

    Attributes
    ----------
    words : mapping
        ``category``, ``status``, ``kind``, ``scope``, ``district``, ``org``, ``grid`` and those of
        `etl.canon.VOCABULARIES`.
    names : mapping
        The same lists for people: code → (Chinese, English).
    """

    words: Mapping[str, Mapping[str, str]]
    names: Mapping[str, Mapping[str, tuple[str, str]]] = field(default_factory=dict)

    def codes(self, vocabulary: str) -> frozenset[str]:
        """Return the codes of a list."""
        return frozenset(self.words.get(vocabulary, {}).values())


def shipped() -> Reference:
    """Return what ships with the product, without districts, organisations and grids."""
    lists: dict[str, dict[str, tuple[str, str]]] = {
        singular: {row["code"]: (row["name_zh"], row["name_en"]) for row in rows(plural)}
        for singular, plural in (
            ("category", "categories"),
            ("status", "statuses"),
            ("kind", "kinds"),
            ("scope", "scopes"),
        )
    }
    for vocabulary, codes in VOCABULARIES.items():
        group = _TERMS.get(vocabulary, vocabulary)
        zh, en = (terms(group, language) for language in LANGUAGES)
        lists[vocabulary] = {code: (zh.get(code, code), en.get(code, code)) for code in codes}
    return _made(lists)


def reference_of(conn: sa.Connection) -> Reference:
    """Return what this database knows: the shipped lists, its own categories, districts, stations, grids."""
    lists = {name: dict(known) for name, known in shipped().names.items()}
    for name, table in (("category", category), ("status", status)):
        found = conn.execute(sa.select(table.c.code, table.c.name_zh, table.c.name_en)).all()
        lists[name] = {row.code: (row.name_zh, row.name_en) for row in found}
    for name, table in (("district", district), ("org", org), ("grid", grid)):
        places = conn.execute(sa.select(table.c.code, table.c.name)).all()
        lists[name] = {row.code: (row.name, row.name) for row in places}
    return _made(lists)


def of_codes(**codes: Iterable[str]) -> Reference:
    """Return the shipped lists plus codes that are known by themselves alone, e.g. ``grid=("G01",)``."""
    lists = {name: dict(known) for name, known in shipped().names.items()}
    for name, found in codes.items():
        lists.setdefault(name, {}).update({code: (code, code) for code in found})
    return _made(lists)


def _made(lists: Mapping[str, Mapping[str, tuple[str, str]]]) -> Reference:
    return Reference({name: _words(known) for name, known in lists.items()}, lists)


def _words(known: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """Fold names to codes; a name that two codes share names neither of them."""
    found: dict[str, str] = {}
    shared: set[str] = set()
    for code, names in known.items():
        for word in {fold(name) for name in names}:
            if found.setdefault(word, code) != code:
                shared.add(word)
    return {word: code for word, code in found.items() if word not in shared} | {fold(c): c for c in known}
