"""A small plain table: for a few lines that need no sorting, and as the twin of a chart."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from dash import html


def lines(heads: Sequence[Any], rows: Sequence[Sequence[Any]], *, numbers: Collection[int] = ()) -> html.Div:
    """Return a table; the columns in `numbers` are right-aligned, four or more become cards on a phone."""

    def cell(place: int) -> str:
        return "gw-number" if place in numbers else ""

    return html.Div(
        html.Table(
            [
                html.Thead(
                    html.Tr([html.Th(head, scope="col", className=cell(n)) for n, head in enumerate(heads)])
                ),
                html.Tbody(
                    [
                        html.Tr(
                            [
                                html.Td(value, className=cell(n), **{"data-head": heads[n]})
                                for n, value in enumerate(row)
                            ]
                        )
                        for row in rows
                    ]
                ),
            ],
            className="gw-lines gw-stacked" if len(heads) > 3 else "gw-lines",
        ),
        className="gw-scroll",
        tabIndex="0",  # a narrow screen scrolls it sideways, with the keyboard too
    )
