"""The keys of a profile, each read and checked; a mistake is named by its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from data.errors import Refused
from etl.dates import FORMATS
from etl.files import FileOptions
from geo.crs import parse_reference

DUPLICATES = ("refuse", "last")


@dataclass(frozen=True)
class Place:
    """Where in a profile we are, so that a mistake can be named."""

    name: str
    path: str

    def at(self, key: str) -> Place:
        return Place(self.name, f"{self.path}.{key}" if self.path else key)

    def wrong(self, key: str, expected: str, found: str) -> Refused:
        where = self.at(key).path if key else self.path
        return Refused("profile_value", profile=self.name, where=where, expected=expected, found=found)

    def known(self, tree: Mapping[str, Any], keys: tuple[str, ...]) -> None:
        for key in tree:
            if key not in keys:
                where = self.at(key).path
                raise Refused("profile_unknown_key", profile=self.name, where=where, known="、".join(keys))

    def text(self, tree: Mapping[str, Any], key: str) -> str:
        value = tree.get(key, "")
        if not isinstance(value, str):
            raise self.wrong(key, "text", str(value))
        return value

    def mapping(self, tree: Mapping[str, Any], key: str) -> dict[str, Any]:
        value = tree.get(key) or {}
        if not isinstance(value, dict):
            raise self.wrong(key, "{ … : … }", str(value))
        return value

    def truth(self, tree: Mapping[str, Any], key: str) -> bool:
        value = self.text(tree, key)
        if value not in ("true", "false"):
            raise self.wrong(key, "true / false", value)
        return value == "true"


def _file(at: Place, tree: dict[str, Any], key: str) -> FileOptions:
    part, place = at.mapping(tree, key), at.at(key)
    place.known(part, ("encoding", "delimiter", "sheet", "header_row", "crs"))
    options: dict[str, Any] = {name: place.text(part, name) or None for name in part}
    row = options.get("header_row", "1")
    if not str(row).isdigit() or int(row) < 1:
        raise place.wrong("header_row", "1, 2, 3 …", str(row))
    if len(options.get("delimiter") or ",") != 1:
        raise place.wrong("delimiter", ", ; |", str(options["delimiter"]))
    return FileOptions(**options | {"header_row": int(row)})


def _columns(at: Place, tree: dict[str, Any], key: str) -> dict[str, tuple[str, ...]]:
    return {
        ours: tuple(theirs) if isinstance(theirs, list) else (theirs,)
        for ours, theirs in at.mapping(tree, key).items()
    }


def _texts(at: Place, tree: dict[str, Any], key: str) -> dict[str, str]:
    part = at.mapping(tree, key)
    return {name: at.at(key).text(part, name) for name in part}


def _vocabularies(at: Place, tree: dict[str, Any], key: str) -> dict[str, dict[str, str | None]]:
    part, place = at.mapping(tree, key), at.at(key)
    return {
        ours: {word: place.at(ours).text(place.mapping(part, ours), word) or None for word in words}
        for ours, words in ((name, place.mapping(part, name)) for name in part)
    }


def _dates(at: Place, tree: dict[str, Any], key: str) -> tuple[str, ...]:
    value = tree[key] if isinstance(tree[key], list) else [tree[key]]
    for name in value:
        if name not in FORMATS:
            raise at.wrong(key, "、".join(FORMATS), str(name))
    return tuple(value)


def _datum(at: Place, tree: dict[str, Any], key: str) -> str:
    value = at.text(tree, key)
    try:
        parse_reference(value)
    except ValueError:
        raise at.wrong(key, "CGCS2000, GCJ02, BD09, EPSG:4550", value) from None
    return value


def _districts(at: Place, tree: dict[str, Any], key: str) -> bool:
    part, place = at.mapping(tree, key), at.at(key)
    place.known(part, ("create",))
    return place.truth(part, "create")


def _pattern(at: Place, tree: dict[str, Any], key: str) -> str:
    value = at.text(tree, key)
    try:
        re.compile(value)
    except re.error:
        raise at.wrong(key, r"G\d{3}", value) from None
    return value


def _duplicates(at: Place, tree: dict[str, Any], key: str) -> str:
    value = at.text(tree, key)
    if value not in DUPLICATES:
        raise at.wrong(key, "、".join(DUPLICATES), value)
    return value


READERS: dict[str, Callable[[Place, dict[str, Any], str], Any]] = {
    "file": _file,
    "columns": _columns,
    "constants": _texts,
    "vocabularies": _vocabularies,
    "dates": _dates,
    "datum": _datum,
    "split": _texts,
    "districts": _districts,
    "code_pattern": _pattern,
    "duplicates": _duplicates,
}
"""Key of a kind in a profile → its reader."""
