"""What can be done along with one thing in the same act: each to tick, with a line of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import dash_mantine_components as dmc
from dash import html

from dashboard.services import View
from data.writes.written import MOST_LINE

TICK, LINE = "along_", "clause_"
"""How the names of its inputs begin: the tick's goes on with id and version, as they were seen."""


@dataclass(frozen=True)
class Along:
    """One more problem that the same notice can order, as it was seen."""

    id: int
    version: int
    words: str
    ticked: bool
    clause: str  # that the finding names: stands where nothing is written


def box(view: View, noun: str, offered: Sequence[Along], before: Mapping[str, Any]) -> Any:
    """Return the ticks with a line each; what was ticked and typed before is so again."""
    if not offered:
        return None
    known = any(name.startswith(TICK) for name in before)
    ticked = chosen(before)
    rows = []
    for one in offered:
        field = {"type": f"{noun}-field"}
        rows.append(
            html.Div(
                [
                    dmc.Checkbox(
                        id={**field, "name": f"{TICK}{one.id}_{one.version}"}, label=one.words, radius="sm",
                        checked=one.id in ticked if known else one.ticked,
                    ),
                    dmc.TextInput(
                        id={**field, "name": f"{LINE}{one.id}"}, value=before.get(f"{LINE}{one.id}") or "",
                        placeholder=one.clause or view.text(f"{noun}s.along_clause"),
                        inputProps={
                            "maxLength": MOST_LINE,
                            "aria-label": view.text(f"{noun}s.along_clause_n", id=one.id),
                        },
                    ),
                ],
                className="gw-along",
            )
        )  # fmt: skip
    return html.Fieldset(
        [
            html.Legend(view.text(f"{noun}s.along")),
            html.P(view.text(f"{noun}s.along_hint"), className="gw-note"),
            *rows,
        ],
        className="gw-alongs gw-stack",
    )


def chosen(entered: Mapping[str, Any]) -> dict[int, tuple[int, str]]:
    """Return what is ticked: id → its version as it was seen, and its line."""
    found = {}
    for name, value in entered.items():
        number, _, version = name.removeprefix(TICK).partition("_")
        if name.startswith(TICK) and value and _whole(number) and _whole(version):
            found[int(number)] = (int(version), str(entered.get(f"{LINE}{number}") or "").strip())
    return found


def told(view: View, noun: str, entered: Mapping[str, Any]) -> list[str]:
    """Return in words what is ticked."""
    ids = [f"#{one}" for one in chosen(entered)]
    return [f"{view.text(f'{noun}s.along')} {' '.join(ids)}"] if ids else []


def _whole(word: str) -> bool:
    return word.isascii() and word.isdigit() and len(word) < 18
