"""Filter controls: label above, one way to say "all", ready for the keyboard."""

from __future__ import annotations

from collections.abc import Sequence

import dash_mantine_components as dmc


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
