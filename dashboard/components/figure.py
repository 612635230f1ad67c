"""A number that explains itself: its definition on hover or focus, its rows on a click."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from dashboard.services import View


def figure(
    view: View, shown: str, term: str, href: str | None = None, *, unit: str = "", **params: Any
) -> dmc.Tooltip:
    """Return a number with a dotted underline.

    Parameters
    ----------
    shown : str
        The number as it reads (`dashboard.components.words`).
    term : str
        Key of its definition in the catalogue ``definitions``; `params` fill it in.
    href : str or None
        Where its rows are; without one the number can still be focused for its definition.
    unit : str
        A word behind the number, smaller.
    """
    definition = view.text(f"definitions.{term}", **params)
    inside: list[Any] = [html.Span(shown, className="gw-figure-number")]
    if unit:
        inside.append(html.Span(unit, className="gw-figure-unit"))
    # the definition stands in the page for screen readers; the tooltip is for eyes
    inside.append(dmc.VisuallyHidden(f" {definition}"))
    target: Any
    if href:
        # rows further down the same page are the browser's own business
        anchor = html.A if href.startswith("#") else dcc.Link
        target = anchor(inside, href=href, className="gw-figure")
    else:
        target = html.Span(inside, className="gw-figure", tabIndex="0")
    return dmc.Tooltip(
        html.Div(target, className="gw-figure-box"),
        label=definition,
        multiline=True,
        w=300,
        events={"hover": True, "focus": True, "touch": True},
        withArrow=True,
        openDelay=200,
    )
