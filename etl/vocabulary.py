"""Their words → our codes: the profile's word first, then the code or name that the lists know."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

from etl.canon import Column
from etl.issues import Findings, Texts
from etl.profile import SPLIT, KindProfile
from etl.reference import Reference, fold

REFUSE, EMPTY, KEEP = "refuse", "empty", "keep"
_POLICY = {
    "district": EMPTY, "org": EMPTY, "method": EMPTY, "outcome": EMPTY, "risk_level": EMPTY,
    "grade": EMPTY,
    "licence_kind": KEEP, "disposal": KEEP,
    # a visit that failed for an unknown reason must stay a failed visit, an unknown result a result
    "unable_reason": "other", "conclusion": "other", "severity": "unknown", "geo_source": "imported",
}  # fmt: skip
"""Vocabulary → what becomes of an unknown word; a code of ours: it stands in. Absent: the row is refused."""
_POLICY_OF_FIELD = {("enterprises", "grid"): KEEP, ("enterprises", "scopes"): EMPTY}
_NAMED = 12


class Translator:
    """Translates one column's words.

    Parameters
    ----------
    kind : str
    column : Column
        Its vocabulary may be None: then only the profile's words are translated.
    """

    def __init__(self, kind: str, column: Column, part: KindProfile, reference: Reference) -> None:
        self.column = column
        theirs = part.vocabularies.get(column.name, {})
        self.theirs: Mapping[str, str | None] = {w if w == "*" else fold(w): c for w, c in theirs.items()}
        name = column.vocabulary
        self.words = reference.words.get(name, {}) if name else {}
        self.closed = name is not None
        self.create = name == "district" and part.create_districts
        self.policy = _POLICY_OF_FIELD.get((kind, column.name), _POLICY.get(name or "", REFUSE))
        self.known = _known(reference, name, [word for word in theirs if word not in ("", "*")])
        self.split = part.split.get(column.name, SPLIT)

    def code(self, word: str) -> tuple[str, bool]:
        """Return the code of a word (empty: none) and whether the word was understood."""
        folded = fold(word)
        if not folded:
            return self.theirs.get("") or "", True
        if folded in self.theirs:
            return self._checked(self.theirs[folded])
        if folded in self.words:
            return self.words[folded], True
        if "*" in self.theirs:
            return self._checked(self.theirs["*"])
        if not self.closed or self.create:
            return word, True
        return self._stand_in(word), False

    def _checked(self, code: str | None) -> tuple[str, bool]:
        """A profile can name a code that this database does not have."""
        if not code:
            return "", True
        if not self.closed or self.create or fold(code) in self.words:
            return self.words.get(fold(code), code), True
        return self._stand_in(code), False

    def _stand_in(self, word: str) -> str:
        return {REFUSE: "", EMPTY: "", KEEP: word}.get(self.policy, self.policy)

    def column_of(self, values: Texts, findings: Findings) -> Texts:
        """Translate a column of single words."""
        codes, distinct = pd.factorize(values)
        if not len(distinct):
            return values
        made = [self.code(word) for word in distinct]
        unknown = np.array([not understood for _, understood in made])[codes]
        self._tell(unknown, values, findings)
        found = np.empty(len(distinct), dtype=object)
        found[:] = [code for code, _ in made]
        result: Texts = found[codes]
        return result

    def tokens_of(self, values: Texts, findings: Findings) -> Texts:
        """Translate a column of several words in a cell; the result holds tuples."""
        codes, distinct = pd.factorize(values)
        found = np.empty(max(1, len(distinct)), dtype=object)
        strange: dict[int, str] = {}
        for index, cell in enumerate(distinct):
            made = [(word, *self.code(word)) for word in split(cell, self.split)]
            found[index] = tuple(dict.fromkeys(code for _, code, _ in made if code))
            if wrong := [word for word, _, understood in made if not understood]:
                strange[index] = self.split[0].join(wrong)
        if strange:
            quoted = np.array([strange.get(i, "") for i in range(len(distinct))], dtype=object)[codes]
            self._tell(quoted != "", quoted, findings)
        return found[codes]

    def _tell(self, unknown: Texts, values: Texts, findings: Findings) -> None:
        code, level = {REFUSE: ("unknown_word", "error"), EMPTY: ("unknown_word_emptied", "warning"),
                       KEEP: ("unknown_word_kept", "warning")}.get(
                           self.policy, ("unknown_word_replaced", "warning"))  # fmt: skip
        params = {"taken": self.policy} if code == "unknown_word_replaced" else {}
        findings.add(unknown, self.column.name, code, level, values, None, **self.known, **params)


def split(cell: str, marks: str) -> list[str]:
    """Split a cell at any of `marks`, but not inside brackets: 生物制品（血液、疫苗除外） is one."""
    inside = re.sub(r"[（(][^（()）]*[)）]", lambda m: re.sub(f"[{re.escape(marks)}]", "\x01", m[0]), cell)
    parts = re.split(f"[{re.escape(marks)}]", inside) if marks else [inside]
    masked = [part.strip() for part in parts if part.strip()]
    if "\x01" not in inside:
        return masked
    return _unmasked(masked, cell, marks)


def _unmasked(parts: list[str], cell: str, marks: str) -> list[str]:
    inner = iter([sign for m in re.finditer(r"[（(][^（()）]*[)）]", cell) for sign in m[0] if sign in marks])
    return ["".join(next(inner) if sign == "\x01" else sign for sign in part) for part in parts]


def _known(reference: Reference, name: str | None, theirs: list[str]) -> dict[str, str]:
    """Name the first words that can stand in the column: the file's own where its profile knows some.

    Else those of our list with their codes, which readers of either language can write.
    """
    names = reference.names.get(name or "", {})
    words = theirs or [code if zh == code else f"{zh} ({code})" for code, (zh, _) in names.items()]
    return {"known": "、".join(words[:_NAMED]) + ("…" if len(words) > _NAMED else "") or "—"}
