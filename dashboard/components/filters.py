"""Filter controls: label above, one way to say "all", ready for the keyboard."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_mantine_components as dmc
from dash import html

from dashboard.services import View


def filter_bar(view: View, name: str, boxes: Sequence[Any], active: int = 0) -> html.Div:
    """Return the filters of a page; on a phone one button (id ``{name}-button``) opens them."""
    return html.Div(
        [
            html.Button(
                filter_button(view, active),
                id=f"{name}-button",
                type="button",
                className="gw-filters-button",
                **{"aria-expanded": "false", "aria-controls": name},
            ),
            html.Div(
                list(boxes), id=name, className="gw-filters", role="search",
                **{"aria-label": view.text("ui.filters")},
            ),
        ],
        className="gw-filters-box",
    )  # fmt: skip


def filter_button(view: View, active: int) -> str:
    """Return the words of the button: 筛选, with how many filters are set."""
    word = view.text("ui.filters")
    return f"{word} ({active})" if active else word


def choice(
    name: str,
    label: str,
    options: Sequence[tuple[str, str]],
    value: str | None,
    *,
    anything: str | None = None,
    width: int = 160,
    searchable: bool = False,
) -> dmc.Select:
    """Return a select box; with `anything` it can be emptied and then reads so."""
    return dmc.Select(
        id=name,
        label=label,
        data=[{"value": code, "label": words} for code, words in options],
        value=value,
        placeholder=anything,
        clearable=anything is not None,
        allowDeselect=False,
        searchable=searchable,
        w=width,
        comboboxProps={"zIndex": 1000},
    )


def search_box(name: str, label: str, hint: str, value: str | None) -> dmc.TextInput:
    """Return a search field that waits for a pause in typing."""
    return dmc.TextInput(
        id=name,
        label=label,
        placeholder=hint,
        value=value or "",
        debounce=300,
        inputProps={"type": "search"},
        className="gw-grow",
    )
