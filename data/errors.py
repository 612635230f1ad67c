"""What the layers below the screen raise: a code with parameters; the words are in `data.text`."""

from __future__ import annotations

from typing import Any


class Refused(Exception):  # noqa: N818 - a refusal is an answer, not a fault of the program
    """Something was asked that a rule forbids or that cannot be understood.

    Parameters
    ----------
    code : str
        Key of a sentence in the catalogue ``errors``: what was expected, what was found, what to do.
    field : str or None
        The input the sentence is about, so that a form can show it beside it.
    **params
        Values for the sentence.
    """

    def __init__(self, code: str, *, field: str | None = None, **params: Any) -> None:
        self.code = code
        self.field = field
        self.params = params
        super().__init__(f"{code} {params}" if params else code)


class Denied(Refused):
    """The viewer may not do or see this: answered with 403 and an audit row."""


class Conflict(Refused):
    """Somebody else changed the same thing first; `mine` and `theirs` are shown, nothing is lost."""


class NotFound(Refused):
    """No such thing, or none that this viewer may know of."""
