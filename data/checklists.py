"""Checklists as data: which an enterprise is inspected by, their sections and items, results that are whole.

``data/reference/checklists/index.csv`` names them with source and evidence; beside it lies one file a
list. A list of another bureau is one more row and one more file.
"""

from __future__ import annotations

import csv
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from data.errors import Refused

FOLDER = Path(__file__).parent / "reference" / "checklists"
RESULTS = ("conforms", "fails", "not_applicable")
"""符合, 不符合, 不适用."""


@dataclass(frozen=True)
class Item:
    """One thing to look at; `code` is unique among all lists."""

    code: str
    text: str


@dataclass(frozen=True)
class Section:
    """Items under one heading."""

    code: str
    name: str
    items: tuple[Item, ...]


@dataclass(frozen=True)
class Checklist:
    """One list in one language; `evidence` is the label of how sure its source is."""

    code: str
    name: str
    categories: frozenset[str]
    scopes: frozenset[str]
    kinds: frozenset[str]
    source: str
    evidence: str
    sections: tuple[Section, ...]

    @property
    def items(self) -> tuple[Item, ...]:
        """All items in their order."""
        return tuple(item for section in self.sections for item in section.items)


@cache
def checklists(language: str) -> dict[str, Checklist]:
    """Return code → checklist, in their order."""
    found = sorted(_rows("index"), key=lambda row: int(row["sort"]))
    return {row["code"]: _checklist(row, "name_zh" if language == "zh-CN" else "name_en") for row in found}


def proposed(categories: Collection[str], scopes: Collection[str], kind: str, method: str) -> list[str]:
    """Return the codes of the lists that fit an enterprise and a visit, the best first.

    Parameters
    ----------
    categories : collection of str
        The enterprise's category and those above it.
    scopes : collection of str
        Its business scopes.
    kind, method : str
        Of the visit: a list that names kinds comes first for those and is left out for others; online
        lists come first for a visit that looks at web pages.
    """
    fits = []
    for place, one in enumerate(checklists("en").values()):
        online = "online_retail" in one.scopes
        theirs = bool(one.categories & set(categories)) or bool(one.scopes & set(scopes))
        if not theirs and not (online and method == "online"):
            continue
        for_kind = kind in one.kinds
        if one.kinds and not for_kind and not online:
            continue
        fits.append((not for_kind, online != (method == "online"), place, one.code))
    return [code for *_, code in sorted(fits)]


def check_results(
    code: str, results: Mapping[str, str], found: Collection[str | None], noted: Collection[str] = ()
) -> None:
    """Raise `Refused` unless the results are those of the whole list, each failed item with a finding.

    Parameters
    ----------
    results : mapping of str to str
        Item code → one of `RESULTS`.
    found : collection of str or None
        Item codes of the visit's findings.
    noted : collection of str
        Item codes of its notes.
    """
    lists = checklists("en")
    if code not in lists:
        raise Refused("visit_word", field="checklist", got=code, known=", ".join(lists))
    known = [item.code for item in lists[code].items]
    for item, result in results.items():
        if item not in known or result not in RESULTS:
            raise Refused("visit_word", field="checklist", got=f"{item}: {result}", known=", ".join(RESULTS))
    strange = [item for item in noted if item not in known]
    if strange:
        raise Refused("visit_word", field="checklist", got=strange[0], known=", ".join(known))
    left = [item for item in known if item not in results]
    if left:
        raise Refused("visit_items_left", field=f"item:{left[0]}", n=len(left))
    for item, result in results.items():
        if result == "fails" and item not in found:
            raise Refused("visit_item_finding", field=f"item:{item}", item=item)


def _checklist(row: Mapping[str, str], name: str) -> Checklist:
    text, heading = name.replace("name", "text"), name.replace("name", "section")
    sections: dict[str, tuple[str, list[Item]]] = {}
    for one in _rows(row["code"]):
        sections.setdefault(one["section"], (one[heading], []))[1].append(Item(one["code"], one[text]))
    return Checklist(
        row["code"], row[name], _set(row["categories"]), _set(row["scopes"]), _set(row["kinds"]),
        row["source"], row["evidence"],
        tuple(Section(code, title, tuple(items)) for code, (title, items) in sections.items()),
    )  # fmt: skip


def _set(cell: str) -> frozenset[str]:
    return frozenset(part for part in cell.split(";") if part)


def _rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
