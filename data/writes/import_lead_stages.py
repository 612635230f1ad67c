"""How far a file's lead has come: as far as its row proves, so that 件件有结果 holds for it too.

| state told | what the row must bring |
|---|---|
| up to 核查中 | nothing more |
| 核查完毕 | an outcome |
| 处置 | and a disposal; one that hands it to others has its receiver and receipt entered here |
| 审核 | and the visit that looked into it: nobody can close it without evidence |
| 销号 | outcome, result in words, disposal, day of close-out; a complaint its number of 12315 |

An open lead is taken at the last state that it proves; a closed one that proves less is refused, for nobody
could tell what came of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from data.workflow import LEAD_STATES
from data.writes.leads_whole import HANDED

_CLOSED = ("outcome", "result", "disposal", "closed_on")
_BELONGS = {
    "outcome": "investigated",
    "disposal": "disposed",
    "inspection": "investigated",
    "closed_on": "closed_out",
}
"""Field → the first state in which a lead has it."""


class Stage(NamedTuple):
    """What is wrong with how far a row says its lead has come.

    `missing` are fields that it does not bring, `state` is where it is taken instead, `early` are fields
    that a lead in that state does not have yet and that are let go.
    """

    state: str
    missing: tuple[str, ...] = ()
    early: tuple[str, ...] = ()


def lacking(row: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what a closed lead's row does not bring; such a row is not taken."""
    if row["state"] != "closed_out":
        return ()
    number = ("number_12315",) if row["channel"] == "complaint" else ()
    return tuple(name for name in (*_CLOSED, *number) if not row[name])


def stage_of(row: Mapping[str, Any]) -> Stage:
    """Return the state at which an open lead's row is taken, and what was missing or came too early."""
    told, missing = row["state"], []
    if told == "closed_out":
        return Stage(told)
    state = told
    if state == "reviewing" and not row["inspection"]:
        missing.append("inspection")
        state = "disposed"
    if _at(state) >= _at("disposed") and (not row["disposal"] or row["disposal"] in HANDED):
        missing.append("receipt" if row["disposal"] else "disposal")
        state = "investigated"
    if _at(state) >= _at("investigated") and not row["outcome"]:
        missing.append("outcome")
        state = "investigating"
    early = tuple(name for name, since in _BELONGS.items() if row[name] and _at(state) < _at(since))
    return Stage(state, tuple(missing), early)


def _at(state: str) -> int:
    return LEAD_STATES.index(state)
