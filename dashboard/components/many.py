"""Many rows of a list at once: ticks, the bar that counts them, the dialog in which they are looked at."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash
import dash_mantine_components as dmc
from dash import Input, Output, html

from dashboard.services import Services, View

SHOWN = 100
"""Rows that a preview names; of the rest it tells the number."""


def ticks(view: View, name: str) -> dict[str, Any]:
    """Return the table's options that give its rows a box to tick."""
    return {
        "rowSelection": {"mode": "multiRow", "checkboxes": True, "headerCheckbox": False},
        "selectionColumnDef": {"headerName": view.text(f"{name}.column_tick"), "width": 64},
    }


def bar(view: View, name: str, verbs: Sequence[str]) -> html.Div:
    """Return how many are ticked and a button for each verb, asleep until something is."""
    buttons = [
        dmc.Button(
            view.text(f"{name}.verb_{verb}"), id=f"{name}-{verb}", variant="default", h=40, disabled=True
        )
        for verb in verbs
    ]
    said = html.Span(view.text(f"{name}.many_none"), id=f"{name}-chosen", className="gw-note")
    return html.Div([said, *buttons], className="gw-many")


def box(view: View, name: str, inside: Sequence[Any], title: str = "") -> dmc.Modal:
    """Return the dialog of a list: what the list puts inside, and under it the two ways out."""
    acts = [
        dmc.Button(view.text(f"{name}.cancel"), id=f"{name}-cancel", variant="default", h=44),
        dmc.Button(view.text(f"{name}.many_confirm", n=0), id=f"{name}-confirm", h=44, disabled=True),
    ]
    return dmc.Modal(
        html.Div([*inside, html.Div(acts, className="gw-acts")], className="gw-stack"),
        id=f"{name}-box",
        title=title,
        opened=False,
        centered=True,
        size="xl",
        zIndex=2000,
        closeButtonProps={"aria-label": view.text("shell.close")},
    )


def ids(name: str, verbs: Sequence[str]) -> tuple[str, ...]:
    """Return the ids of both, for pages that draw them for some viewers alone."""
    return tuple(f"{name}-{one}" for one in ("chosen", *verbs, "box", "cancel", "confirm"))


def bind_ticks(app: dash.Dash, services: Services, name: str, verbs: Sequence[str]) -> None:
    """Let the bar count what is ticked, and wake its buttons."""

    @app.callback(
        Output(f"{name}-chosen", "children"),
        *(Output(f"{name}-{verb}", "disabled") for verb in verbs),
        Input(f"{name}-table", "selectedRows"),
        prevent_initial_call=True,
    )
    def ticked(rows: list[dict[str, Any]] | None) -> Any:
        view, n = services.view(), len(rows or ())
        said = view.text(f"{name}.many_bar", n=n) if n else view.text(f"{name}.many_none")
        return (said, *(not n for _ in verbs))


def said_of(view: View, name: str, fits: int, total: int) -> str:
    """Return how many go, and how many do not."""
    said = [view.text(f"{name}.many_fits", n=fits)]
    if fits < total:
        said.append(view.text(f"{name}.many_not", n=total - fits))
    return view.text("ui.comma").join(said)
