"""What stands where data would: nothing yet, nothing found, not allowed, still loading."""

from __future__ import annotations

from typing import Any

import dash_mantine_components as dmc
from dash import dcc, html

from dashboard.services import View


def empty(title: str, hint: str, link: tuple[str, str] | None = None) -> html.Div:
    """Return an empty state: what will be here, how to make it come, and perhaps one way on.

    Parameters
    ----------
    link : (words, href) or None
        The way on.
    """
    inside: list[Any] = [
        html.Div("○", className="gw-empty-mark", **{"aria-hidden": "true"}),
        html.P(title, className="gw-empty-title"),
        html.P(hint, className="gw-empty-hint"),
    ]
    if link:
        words, href = link
        inside.append(dcc.Link(words, href=href, className="gw-button-link"))
    return html.Div(inside, className="gw-empty", role="status")


def not_found(view: View, what: str, back: str) -> html.Div:
    """Return the page for a thing that does not exist, or not for this viewer."""
    return html.Div(
        [
            html.H1(view.text("ui.not_found_title"), className="gw-title"),
            empty(
                view.text("ui.not_found", what=what),
                view.text("ui.not_found_hint"),
                (view.text("ui.back"), back),
            ),
        ],
        className="gw-content",
    )


def refused(view: View, status: int, said: str, back: str) -> html.Div:
    """Return the page for an address that is not taken or not allowed: `said` in the place of its content."""
    known = status if status in (403, 404) else 400
    way = html.A(view.text("ui.back"), href=back, className="gw-button-link")
    return html.Div(
        [
            html.H1(view.text(f"shell.error_title_{known}"), className="gw-title"),
            html.Div(
                [
                    html.Div("○", className="gw-empty-mark", **{"aria-hidden": "true"}),
                    html.P(said, className="gw-empty-title"),
                    way,  # loads the page anew: the address may differ in its filters alone
                ],
                className="gw-empty",
                role="alert",
            ),
        ],
        className="gw-content",
    )


def waiting(lines: int = 4) -> dmc.Stack:
    """Return grey lines in the place of rows, so that nothing jumps when they come."""
    return dmc.Stack([dmc.Skeleton(height=16, radius="sm") for _ in range(lines)], gap="sm", p="md")
