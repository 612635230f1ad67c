"""Many papers approved at once: which go and which do not, their numbers, and only then the act."""

from __future__ import annotations

import re
from typing import Any

import dash
import dash_mantine_components as dmc
from dash import ALL, Input, Output, State, ctx, dcc, html, no_update

from dashboard.components import many, words
from dashboard.components.lines import lines
from dashboard.components.paperlist import LIST, name_of
from dashboard.failures import sentence
from dashboard.navigation import count_again
from dashboard.services import Services, View
from data.access import Right
from data.errors import Denied, Refused
from data.reads.papers_many import PaperOutlook, paper_outlooks
from data.writes.papers_many import MOST, approve_papers

VERBS = ("approve",)
NUMBER = {"type": "papers-number", "id": ALL}
LATER_IDS = (*many.ids("papers", VERBS), "papers-preview", "papers-trouble", "papers-fits", "papers-count-up")


def bar(view: View) -> list[Any]:
    """Return the bar under the filters and the box that it opens; nothing for who approves nothing."""
    if not view.viewer.may(Right.APPROVE):
        return []
    count_up = dmc.Button(
        view.text("papers.many_count_up"), id="papers-count-up", variant="default", h=40,
        style={"display": "none"},
    )  # fmt: skip
    inside = [
        html.Div(id="papers-preview", **{"aria-live": "polite"}),
        html.Div(count_up, className="gw-acts"),
        html.P(id="papers-trouble", role="alert", className="gw-trouble"),
    ]
    return [
        many.bar(view, "papers", VERBS),
        dcc.Store(id="papers-fits"),
        many.box(view, "papers", inside, view.text("papers.verb_approve")),
    ]


def numbered(first: str, n: int) -> list[str]:
    """Return a number and those that follow it: its last run of digits counts up, as wide as it was."""
    found = re.fullmatch(r"(.*?)(\d+)(\D*)", first.strip(), flags=re.DOTALL)
    if found is None:
        return [first]
    before, digits, after = found.groups()
    return [f"{before}{int(digits) + k:0{len(digits)}d}{after}" for k in range(n)]


def register(app: dash.Dash, services: Services) -> None:
    """Bind the ticks, the preview and the act."""
    many.bind_ticks(app, services, "papers", VERBS)

    @app.callback(
        Output("papers-box", "opened"),
        Output("papers-preview", "children"),
        Output("papers-fits", "data"),
        Output("papers-confirm", "children"),
        Output("papers-confirm", "disabled"),
        Output("papers-count-up", "style"),
        Output("papers-trouble", "children"),
        Input("papers-approve", "n_clicks"),
        Input("papers-cancel", "n_clicks"),
        State("papers-table", "selectedRows"),
        prevent_initial_call=True,
    )
    def look(opened: Any, _cancel: Any, rows: list[dict[str, Any]] | None) -> Any:
        if ctx.triggered_id == "papers-cancel" or not opened or not rows:
            return (False, *(no_update for _ in range(6)))
        return (True, *_shown(services.view(), services, [int(row["id"]) for row in rows], {}), "")

    @app.callback(
        Output(NUMBER, "value"),
        Input("papers-count-up", "n_clicks"),
        State(NUMBER, "value"),
        prevent_initial_call=True,
    )
    def count_up(clicked: Any, typed: list[str | None]) -> Any:
        first = typed[0] if typed else None
        if not clicked or not first:
            raise dash.exceptions.PreventUpdate
        made = numbered(first, len(typed))
        return made + typed[len(made) :]

    @app.callback(
        Output("papers-box", "opened", allow_duplicate=True),
        Output("papers-preview", "children", allow_duplicate=True),
        Output("papers-fits", "data", allow_duplicate=True),
        Output("papers-confirm", "children", allow_duplicate=True),
        Output("papers-confirm", "disabled", allow_duplicate=True),
        Output("papers-count-up", "style", allow_duplicate=True),
        Output("papers-trouble", "children", allow_duplicate=True),
        Output(NUMBER, "error"),
        Output("papers-purged", "children", allow_duplicate=True),
        Output("papers-table", "selectedRows"),
        Output("papers-count", "children", allow_duplicate=True),
        Input("papers-confirm", "n_clicks"),
        State("papers-fits", "data"),
        State("papers-table", "selectedRows"),
        State(NUMBER, "value"),
        State(NUMBER, "id"),
        State("url", "search"),
        running=[(Output("papers-confirm", "loading"), True, False)],
        prevent_initial_call=True,
    )
    def act(clicked: Any, fits: list[int] | None, rows: Any, typed: Any, own: Any, search: Any) -> Any:
        if not clicked or not fits:
            raise dash.exceptions.PreventUpdate
        view, boxes = services.view(), [int(one["id"]) for one in own]
        numbers = dict.fromkeys(fits, "") | dict(zip(boxes, (text or "" for text in typed), strict=True))
        missing = [one for one in boxes if not numbers[one].strip()]
        stays, kept = (no_update,) * 6, (no_update,) * 3
        if missing:
            said = sentence(Refused("text_missing"), view.language)
            return *stays, "", [said if one in missing else None for one in boxes], *kept
        try:
            with services.writing() as conn:
                n = approve_papers(conn, view.viewer, numbers, now=view.now, zone=services.clock.zone)
        except Denied:
            raise
        except Refused as refused:
            said = sentence(refused, view.language)
            if (refused.field or "").startswith("number:"):
                return (
                    *stays,
                    "",
                    [said if refused.field == f"number:{one}" else None for one in boxes],
                    *kept,
                )
            # somebody was first, or it says something else by now: all stays, and is looked at anew
            chosen = [int(row["id"]) for row in rows or ()] or fits
            again = _shown(view, services, chosen, numbers)
            return True, *again, said, [no_update] * len(boxes), *kept
        services.notify(view.text("papers.many_done", n=n), "success")
        count_again()
        with services.reading() as conn:
            total = LIST.read(conn, view, LIST.asked_of(search), 0, 0)[1]
        shut = (False, *(no_update for _ in range(5)), "", [None] * len(boxes))
        return *shut, str(clicked), [], LIST.count(view, total)


def _shown(view: View, services: Services, chosen: list[int], numbers: dict[int, str]) -> tuple[Any, ...]:
    """Return the preview, what goes, the button's words and whether it sleeps, and the way of counting up."""
    with services.reading() as conn:
        found = paper_outlooks(conn, view.viewer, chosen[:MOST], services.clock.zone)
    fits = [one.id for one in found if one.why is None]
    orders = sum(one.why is None and one.kind == "order" for one in found)
    return (
        _preview(view, found, numbers, len(chosen) - MOST),
        fits,
        view.text("papers.many_confirm", n=len(fits)),
        not fits,
        {} if orders > 1 else {"display": "none"},
    )


def _preview(view: View, found: list[PaperOutlook], numbers: dict[int, str], beyond: int) -> list[Any]:
    """Return what becomes of each: what does not go first, then what is to be numbered."""
    order = sorted(found, key=lambda one: (one.why is None, one.kind != "order"))
    rows = [
        [
            name_of(view, one.kind, None),
            one.enterprise,
            _number(view, one, numbers),
            view.text("papers.many_goes")
            if one.why is None
            else html.Span(view.text(f"papers.many_{one.why}"), className="gw-loud"),
        ]
        for one in order
    ]
    heads = [view.text(f"papers.{name}") for name in ("column_paper", "column_enterprise", "field_number")]
    fits = sum(one.why is None for one in found)
    return [
        html.P(many.said_of(view, "papers", fits, len(found))),
        html.Div(lines([*heads, view.text("papers.many_outcome")], rows), className="gw-some"),
        html.P(view.text("papers.many_most", n=MOST), className="gw-note") if beyond > 0 else None,
    ]


def _number(view: View, one: PaperOutlook, numbers: dict[int, str]) -> Any:
    if one.kind != "order" or one.why is not None:
        return one.order_number or words.NONE
    label = f"{view.text('papers.field_number')} {one.enterprise}"
    return dmc.TextInput(
        id={"type": "papers-number", "id": one.id}, value=numbers.get(one.id) or one.order_number or "",
        placeholder=view.text("papers.number_hint", year=view.today.year), **{"aria-label": label},
    )  # fmt: skip
