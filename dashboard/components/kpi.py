"""The strip of figures at the head of a page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from dash import html

from dashboard.components.figure import figure
from dashboard.services import View


@dataclass(frozen=True)
class Kpi:
    """One figure of the strip: its name, the number as it reads, its definition, its rows."""

    label: str
    shown: str
    term: str
    href: str | None = None
    unit: str = ""
    below: Any = None  # the denominator, or a companion figure
    params: dict[str, Any] = field(default_factory=dict)
    loud: str = ""  # "red" or "yellow" where it needs eyes


def below_coverage(told: Sequence[Any], lag: str) -> list[Any]:
    """Return what stands below the coverage; a phone, which does not show those done, adds their lag."""
    return [*told, html.Span(lag, className="gw-phone")] if lag else [*told]


def strip(view: View, figures: Sequence[Kpi]) -> html.Div:
    """Return the strip; on a phone it becomes two columns."""
    return html.Div([_one(view, item) for item in figures], className="gw-strip")


def _one(view: View, item: Kpi) -> html.Div:
    number = figure(view, item.shown, item.term, item.href, unit=item.unit, **item.params)
    return html.Div(
        [
            html.Div(item.label, className="gw-kpi-label"),
            html.Div(number, className=f"gw-kpi-value {f'gw-{item.loud}' if item.loud else ''}".strip()),
            html.Div(item.below, className="gw-kpi-below"),
        ],
        className=f"gw-kpi gw-kpi-{item.term}",
    )
