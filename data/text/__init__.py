"""Catalogues: a code with parameters becomes a sentence in the reader's language."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po

LANGUAGES = ("zh-CN", "en")
DEFAULT_LANGUAGE = "zh-CN"
_HERE = Path(__file__).parent


@cache
def catalogue(language: str) -> dict[str, str]:
    """Return all messages of a language: ``"<domain>.<msgid>"`` → text, one ``.po`` file a domain."""
    messages: dict[str, str] = {}
    for path in sorted((_HERE / language).glob("*.po")):
        with path.open("rb") as file:
            for message in read_po(file, locale=language.replace("-", "_")):
                if message.id:
                    messages[f"{path.stem}.{message.id}"] = str(message.string)
    return messages


def text(key: str, language: str = DEFAULT_LANGUAGE, **params: Any) -> str:
    """Return the sentence for ``"<domain>.<msgid>"`` with `params` filled in (``{name}`` style).

    Raises
    ------
    KeyError
        No such message: a mistake of ours that a test finds (every key stands in every language).
    """
    template = catalogue(language)[key]
    return template.format(**params) if params else template
