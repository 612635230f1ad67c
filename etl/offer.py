"""What the worker offers to the dashboard, which cannot import etl: source profiles and templates.

Both are made of files of this program, so they are made again only when one of those has changed: a start
that finds them made costs milliseconds and loads none of the libraries that make them.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from data.errors import Refused
from data.reads.labels import setting
from data.store import reading, writing
from data.text import LANGUAGES
from data.writes.settings import keep_setting

KEY = "profiles"
MADE_OF = "profiles_made_of"
TEMPLATES = "templates"
MARK = ".made-of"
_ROOT = Path(__file__).parents[1]
_SOURCES = ("etl/**/*.py", "etl/**/*.yaml", "data/text/**/*.po", "data/reference/*.csv")


def offer(engine: sa.Engine, folder: Path) -> bool:
    """Publish the profiles in the setting ``profiles``, and templates in ``<folder>/templates``.

    The setting is a list of ``{name, title: {language: words}, kinds: [kind]}``; a template is
    ``<folder>/templates/<language>/<kind>.xlsx``.

    Returns
    -------
    bool
        Whether anything had to be made.
    """
    wanted = fingerprint()
    with reading(engine) as conn:
        known = setting(conn, MADE_OF) == wanted
    mark = folder / TEMPLATES / MARK
    written = mark.exists() and mark.read_text(encoding="utf-8") == wanted
    if not known:
        _profiles(engine, wanted)
    if not written:
        _templates(folder)
        mark.write_text(wanted, encoding="utf-8")  # last: a start that is interrupted makes them again
    return not (known and written)


def fingerprint() -> str:
    """Return what changes when a file does that profiles or templates are made of."""
    found = hashlib.blake2b(digest_size=16)
    for pattern in _SOURCES:
        for path in sorted(_ROOT.glob(pattern)):
            found.update(path.relative_to(_ROOT).as_posix().encode())
            found.update(path.read_bytes())
    return found.hexdigest()


def _profiles(engine: sa.Engine, made_of: str) -> None:
    from etl.profile import profile_names

    found = [_profile(name) for name in profile_names()]
    with writing(engine) as conn:
        keep_setting(conn, KEY, [one for one in found if one is not None])
        keep_setting(conn, MADE_OF, made_of)


def _profile(name: str) -> dict[str, Any] | None:
    from etl.profile import load_profile

    try:
        profile = load_profile(name)
    except Refused:
        return None  # a profile that cannot be read is not offered; `import` says what is wrong with it
    return {"name": profile.name, "title": dict(profile.title), "kinds": list(profile.kinds)}


def _templates(folder: Path) -> None:
    from etl.profile import load_profile
    from etl.template import write_template

    for language in LANGUAGES:
        place = folder / TEMPLATES / language
        place.mkdir(parents=True, exist_ok=True)
        for kind in load_profile("standard").kinds:
            try:
                write_template(kind, place / f"{kind}.xlsx", language)
            except Refused:
                continue  # shapes have no workbook
