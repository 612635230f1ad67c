"""A profile says how one foreign bureau writes its files; the language is taught in docs/profiles.md."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from data.clock import DEFAULT_ZONE
from data.errors import Refused
from etl.canon import KINDS, VOCABULARIES, columns
from etl.dates import DEFAULT_FORMATS
from etl.files import FileOptions
from etl.profile_parts import READERS, Place

SOURCES = Path(__file__).parent / "sources"
DETAILS = "details."
SPLIT = "、;；,，|"
_FIELDS = {"districts": "create_districts"}


@dataclass(frozen=True)
class KindProfile:
    """How one kind of file of a source is written.

    Attributes
    ----------
    file : FileOptions
    columns : mapping
        Our column (or ``details.<name>``) → headers it may have in the file, the first found counts.
    constants : mapping
        Our column → the value that every row has.
    vocabularies : mapping
        Our column → their word (folded) → our code; None: empty; ``"*"``: any word that is not listed.
    dates : tuple of str
        Names of `etl.dates.FORMATS`, tried in order.
    datum : str or None
        Of the coordinates, where no column says it.
    split : mapping
        Our column of several values → the characters between them.
    create_districts : bool
        Whether a district that is not known is made from its name.
    code_pattern : str or None
        Form of a grid's code, a regular expression; None: ours.
    duplicates : str
        ``refuse`` a second row of the same key, or keep the ``last``.
    """

    file: FileOptions = field(default_factory=FileOptions)
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    constants: Mapping[str, str] = field(default_factory=dict)
    vocabularies: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict)
    dates: tuple[str, ...] = DEFAULT_FORMATS
    datum: str | None = None
    split: Mapping[str, str] = field(default_factory=dict)
    create_districts: bool = False
    code_pattern: str | None = None
    duplicates: str = "refuse"


@dataclass(frozen=True)
class Profile:
    """How one source writes its files.

    Attributes
    ----------
    name : str
        The file's name without ``.yaml``.
    source : str
        Code of the source: with a row's own id it names the row for ever.
    title : mapping
        Name for people by language.
    enterprise_source : str
        Source of the enterprise ids that inspections, findings and leads refer to.
    zone : ZoneInfo
        Of instants that do not say theirs.
    plans : Path or None
        A CSV of inspection plans that come with the source.
    kinds : mapping of str to KindProfile
    """

    name: str
    source: str
    title: Mapping[str, str]
    enterprise_source: str
    zone: ZoneInfo
    plans: Path | None
    kinds: Mapping[str, KindProfile]

    def kind(self, kind: str) -> KindProfile:
        """Return how a kind is written.

        Raises
        ------
        Refused
            ``profile_kind``: the source has no such files.
        """
        if kind not in self.kinds:
            raise Refused("profile_kind", profile=self.name, kind=kind, known="、".join(self.kinds) or "—")
        return self.kinds[kind]


def profile_names() -> list[str]:
    """Return the names of the shipped profiles."""
    return sorted(path.stem for path in SOURCES.glob("*.yaml"))


def load_profile(name_or_path: str | Path) -> Profile:
    """Read a shipped profile by its name, or any by the path of its ``.yaml`` file.

    Raises
    ------
    Refused
        ``profile_missing``, ``profile_unreadable``, ``profile_unknown_key``, ``profile_value``.
    """
    path = Path(name_or_path)
    if path.suffix != ".yaml":
        path = SOURCES / f"{name_or_path}.yaml"
        if not re.fullmatch(r"[\w-]+", str(name_or_path)):
            raise Refused("profile_missing", name=str(name_or_path), known="、".join(profile_names()))
    return _profile(path.stem, _read(path), path.parent)


def _read(path: Path) -> dict[str, Any]:
    try:
        # every scalar is text: `no`, `on` and 007 are words of a bureau, not truths and numbers
        tree = yaml.load(path.read_text("utf-8"), Loader=yaml.BaseLoader)  # noqa: S506 - safer than safe
    except FileNotFoundError:
        raise Refused("profile_missing", name=str(path.stem), known="、".join(profile_names())) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise Refused("profile_unreadable", name=path.name, detail=str(error)) from error
    if not isinstance(tree, dict):
        raise Refused("profile_unreadable", name=path.name, detail=type(tree).__name__)
    base = tree.pop("extends", None)
    if base is None:
        return tree
    merged: dict[str, Any] = _merged(_read(SOURCES / f"{Path(base).name}.yaml"), tree)
    return merged


def _merged(base: Any, over: Any) -> Any:
    if isinstance(base, dict) and isinstance(over, dict):
        return base | {key: _merged(base.get(key), value) for key, value in over.items()}
    return over


def _profile(name: str, tree: dict[str, Any], folder: Path) -> Profile:
    at = Place(name, "")
    at.known(tree, ("source", "title", "enterprise_source", "zone", "plans", "kinds"))
    source = at.text(tree, "source")
    if not source:
        raise at.wrong("source", "gm", "")
    title = tree.get("title", source)
    kinds = at.mapping(tree, "kinds")
    at.at("kinds").known(kinds, tuple(KINDS))
    plans = at.text(tree, "plans")
    if plans and not (folder / plans).is_file():
        raise at.wrong("plans", "*.csv", plans)
    zone = at.text(tree, "zone") or DEFAULT_ZONE
    try:
        tz = ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        raise at.wrong("zone", DEFAULT_ZONE, zone) from None
    return Profile(
        name=name,
        source=source,
        title=title if isinstance(title, dict) else {"zh-CN": title, "en": title},
        enterprise_source=at.text(tree, "enterprise_source") or source,
        zone=tz,
        plans=folder / plans if plans else None,
        kinds={kind: _kind(kind, at.at(f"kinds.{kind}"), part or {}) for kind, part in kinds.items()},
    )


def _kind(kind: str, at: Place, tree: dict[str, Any]) -> KindProfile:
    if not isinstance(tree, dict):
        raise at.wrong("", "columns: …", str(tree))
    at.known(tree, tuple(READERS))
    own = columns(kind)
    for part in ("columns", "constants", "vocabularies", "split"):
        names = [n for n in at.mapping(tree, part) if not (n.startswith(DETAILS) and "details" in own)]
        at.at(part).known(dict.fromkeys(names), tuple(own))
    made = {_FIELDS.get(key, key): read(at, tree, key) for key, read in READERS.items() if key in tree}
    for field_name, words in made.get("vocabularies", {}).items():
        closed = VOCABULARIES.get(own[field_name].vocabulary or "") if field_name in own else None
        for code in words.values():
            if closed and code is not None and code not in closed:
                raise at.wrong(f"vocabularies.{field_name}", "、".join(closed), code)
    return KindProfile(**made)
