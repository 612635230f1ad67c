"""What the worker offers to the dashboard, which cannot import etl: source profiles and templates."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from data.errors import Refused
from data.store import writing
from data.text import LANGUAGES
from data.writes.settings import keep_setting
from etl.profile import load_profile, profile_names
from etl.template import write_template

KEY = "profiles"
TEMPLATES = "templates"


def offer(engine: sa.Engine, folder: Path) -> None:
    """Publish the profiles in the setting ``profiles``, and templates in ``<folder>/templates``.

    The setting is a list of ``{name, title: {language: words}, kinds: [kind]}``; a template is
    ``<folder>/templates/<language>/<kind>.xlsx``, written anew, so that it follows the catalogues.
    """
    found = [_profile(name) for name in profile_names()]
    with writing(engine) as conn:
        keep_setting(conn, KEY, [one for one in found if one is not None])
    for language in LANGUAGES:
        place = folder / TEMPLATES / language
        place.mkdir(parents=True, exist_ok=True)
        for kind in load_profile("standard").kinds:
            try:
                write_template(kind, place / f"{kind}.xlsx", language)
            except Refused:
                continue  # shapes have no workbook


def _profile(name: str) -> dict[str, Any] | None:
    try:
        profile = load_profile(name)
    except Refused:
        return None  # a profile that cannot be read is not offered; `import` says what is wrong with it
    return {"name": profile.name, "title": dict(profile.title), "kinds": list(profile.kinds)}
