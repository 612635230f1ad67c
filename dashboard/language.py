"""The reader's language and colours: their own choice, else the cookie's, else the browser's."""

from __future__ import annotations

from typing import Any

import flask

from data.text import DEFAULT_LANGUAGE, LANGUAGES

LANGUAGE_COOKIE, THEME_COOKIE = "gw_language", "gw_theme"
THEMES = ("light", "dark")


def language_of(account: Any | None) -> str:
    """Return the language of a request, ``zh-CN`` where nothing says otherwise."""
    chosen = getattr(account, "language", None) or flask.request.cookies.get(LANGUAGE_COOKIE)
    if chosen in LANGUAGES:
        return str(chosen)
    for name in flask.request.accept_languages.values():
        for ours in LANGUAGES:
            if name.lower().split("-")[0] == ours.lower().split("-")[0]:
                return ours
    return DEFAULT_LANGUAGE


def theme_of(account: Any | None, *, dark: bool = False) -> str:
    """Return ``"light"`` or ``"dark"``; a wall is dark unless somebody chose."""
    chosen = flask.request.cookies.get(THEME_COOKIE)
    if not dark:
        chosen = getattr(account, "theme", None) or chosen
    return chosen if chosen in THEMES else "dark" if dark else "light"
