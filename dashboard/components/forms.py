"""Forms that several people may have open: sentences beside fields, and both versions when one was first."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dash import html

from dashboard.components.lines import lines
from dashboard.failures import sentence
from dashboard.services import View
from data.errors import Refused


def beside(view: View, refused: Refused | None, fields: Sequence[str]) -> list[str | None]:
    """Return for each field the refusal's sentence where it is about that field, else nothing."""
    if refused is None:
        return [None] * len(fields)
    return [sentence(refused, view.language) if name == refused.field else None for name in fields]


def whole(value: Any) -> Any:
    """Return what a number field holds: a whole number, None where it is empty, else what stands there."""
    if value in (None, ""):
        return None
    try:
        return int(value) if float(value) == int(float(value)) else value
    except (TypeError, ValueError):
        return value


def conflict(
    view: View,
    theirs: Mapping[str, Any] | None,
    mine: Mapping[str, Any],
    label: Callable[[str], str],
    shown: Callable[[str, Any], str],
) -> html.Div:
    """Return the box that shows a second editor what the first has made of it.

    Parameters
    ----------
    theirs : mapping or None
        Field → value as it is stored now; None: it is gone.
    mine : mapping
        Field → value as the second editor wants it.
    label, shown : callable
        Words of a field, and of a field's value.
    """
    now = theirs or {}
    both = [(label(name), shown(name, now.get(name)), shown(name, value)) for name, value in mine.items()]
    rows = [row for row in both if row[1] != row[2]]
    heads = [view.text(f"plans.conflict_{name}") for name in ("field", "theirs", "mine")]
    inside = [
        html.P(view.text("plans.conflict_title"), className="gw-loud"),
        html.P(view.text("plans.conflict_hint"), className="gw-small"),
        lines(heads, rows),
    ]
    return html.Div(inside, className="gw-conflict", role="alert")
