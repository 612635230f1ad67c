"""Choosing an enterprise of the viewer's scope by part of its name, code, licence number or address."""

from __future__ import annotations

from typing import Any

import dash
import dash_mantine_components as dmc
from dash import Input, Output, State, no_update

from dashboard.services import Services, View
from data.reads.enterprises import enterprises
from data.reads.filters import EnterpriseFilter

SHORTEST, OFFERED = 2, 20
"""Characters before anything is looked for, and enterprises that are offered at once."""


def picker(view: View, own: Any, label: str, **more: Any) -> dmc.Select:
    """Return the box; `register` with the same id lets it find."""
    return dmc.Select(
        id=own, label=label, data=[], searchable=True, clearable=True, limit=OFFERED,
        placeholder=view.text("ui.pick_enterprise"), nothingFoundMessage=view.text("ui.pick_nothing"),
        filter={"function": "gwAsFound"}, comboboxProps={"zIndex": 3000}, **more,
    )  # fmt: skip


def register(app: dash.Dash, services: Services, own: Any) -> None:
    """Let the box offer what fits the words typed into it."""

    @app.callback(
        Output(own, "data"),
        Input(own, "searchValue"),
        State(own, "value"),
        State(own, "data"),
        prevent_initial_call=True,
    )
    def find(typed: str | None, value: str | None, offered: list[dict[str, str]] | None) -> Any:
        words, known = (typed or "").strip(), offered or []
        if len(words) < SHORTEST or any(one["label"] == words for one in known):
            return no_update  # the words of the one that was chosen are none to look for
        view = services.view()
        with services.reading() as conn:
            found = enterprises(conn, view.viewer, EnterpriseFilter(q=words), "name", 0, OFFERED).rows
        return [
            {
                "value": str(one.id),
                "label": " · ".join(
                    part for part in (one.name, one.uscc, one.grid_name, one.address) if part
                ),
            }
            for one in found
        ]
