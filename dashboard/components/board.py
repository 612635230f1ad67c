"""Open work by stage and age: each number with its rows behind it, the stage named where it gets stuck."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from dash import dcc, html

from dashboard.components import words
from dashboard.components.chips import chip
from dashboard.components.frame import panel
from dashboard.services import View

HEADS = ("stage", "n", "age0", "age1", "age2", "overdue", "waiting")
CLASSES = ("", "gw-number", *["gw-number gw-board-age"] * 3, "gw-number", "gw-number")
"""Ages give way where there is no room for them."""


def board(
    view: View,
    name: str,
    stages: Sequence[Mapping[str, Any]],
    stuck: str | None,
    word: Callable[[str], str],
    link: Callable[..., str],
    aside: Any = None,
) -> html.Section:
    """Return the board of a list.

    Parameters
    ----------
    name : str
        The list: ``problems``, ``leads``.
    stages : sequence of mapping
        ``stage, n, ages, overdue, waiting`` as `data.reads.wall_work.by_stage` counts them.
    word : callable
        Stage → what it is called.
    link : callable
        Stage, then ``age=`` or ``only=`` → the address of those rows.
    """

    def cell(n: int, said: str, stage: str, **asked: str) -> Any:
        if not n:
            return words.count(0)
        spoken = html.Span(f" {said}", className="gw-sr")
        return dcc.Link([words.count(n), spoken], href=f"{link(stage, **asked)}#{name}-list")

    heads = [view.text(f"leads.board_{one}") for one in HEADS]
    rows = []
    for one in stages:
        stage = word(one["stage"])
        first: Any = [stage, " ", chip("red", view.text("leads.stuck"))] if one["stage"] == stuck else stage
        cells = [
            cell(one["n"], stage, one["stage"]),
            *(
                cell(n, f"{stage} {heads[2 + at]}", one["stage"], age=str(at))
                for at, n in enumerate(one["ages"])
            ),
            cell(one["overdue"], f"{stage} {heads[5]}", one["stage"], only="overdue"),
            view.text("leads.days", n=one["waiting"]) if one["n"] else words.NONE,
        ]
        tds = [html.Td(shown, className=name) for shown, name in zip(cells, CLASSES[1:], strict=True)]
        rows.append(html.Tr([html.Th(first, scope="row"), *tds]))
    tops = [html.Th(said, scope="col", className=name) for said, name in zip(heads, CLASSES, strict=True)]
    table = html.Table([html.Thead(html.Tr(tops)), html.Tbody(rows)], className="gw-lines gw-board-lines")
    counts = {key: words.count(sum(one[key] for one in stages)) for key in ("n", "overdue")}
    said = [html.Span(view.text(f"{name}.board_open", **counts))]
    worst = next((one for one in stages if one["stage"] == stuck), None)
    if worst is not None:
        told = {key: worst[key] for key in ("n", "overdue", "waiting")}
        said.append(html.B(view.text(f"{name}.board_stuck", stage=word(worst["stage"]), **told)))
    return panel(
        view.text(f"{name}.board"), [html.P(said, className="gw-note gw-pad"), table],
        aside=aside, name="gw-board",
    )  # fmt: skip
