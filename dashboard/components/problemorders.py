"""Many problems ordered at once: which go and which not, how many notices there are, and then the act."""

from __future__ import annotations

from typing import Any

import dash
import dash_mantine_components as dmc
from dash import Input, Output, State, ctx, html, no_update

from dashboard.components.actforms import day_of
from dashboard.components.lines import lines
from dashboard.components.many import SHOWN, said_of
from dashboard.components.problemforms import hints
from dashboard.components.problemlist import LIST
from dashboard.failures import sentence
from dashboard.services import Services, View
from data.access import Right
from data.errors import Refused
from data.reads.labels import term
from data.reads.problems_many import Outlook, outlooks
from data.writes.notices import ORDERS
from data.writes.problems_many import MOST, order_many

PARTS = ("chosen", "box", "kind", "day", "due_on", "preview", "cancel", "confirm")
LATER_IDS = ("problems-order", *(f"problems-order-{one}" for one in PARTS))


def bar(view: View, services: Services) -> list[Any]:
    """Return the bar under the filters and the box that it opens; nothing for who orders nothing."""
    if not view.viewer.may(Right.HANDLE):
        return []
    said = view.text("problems.verb_order")
    with services.reading() as conn:
        known = hints(view, conn, "order")
    kinds = [dmc.Radio(label=term("order_kind", one, view.language), value=one) for one in ORDERS]
    days = [
        dmc.TextInput(
            id=f"problems-order-{name}",
            description=known[name],
            value="",
            inputProps={"type": "date"},
            label=view.text("problems.optional", name=view.text(f"problems.field_{field}")),
        )
        for name, field in (("day", "order_day"), ("due_on", "due_on"))
    ]
    inside = [
        dmc.RadioGroup(
            dmc.Group(kinds, my=6), id="problems-order-kind", label=view.text("problems.field_kind"),
            value="term", required=True,
        ),
        *days,
        html.Div(id="problems-order-preview", **{"aria-live": "polite"}),
        html.Div(
            [
                dmc.Button(view.text("problems.cancel"), id="problems-order-cancel", variant="default", h=44),
                dmc.Button(said, id="problems-order-confirm", h=44, disabled=True),
            ],
            className="gw-acts",
        ),
    ]  # fmt: skip
    return [
        html.Div(
            [
                html.Span(
                    view.text("problems.many_none_order"), id="problems-order-chosen", className="gw-note"
                ),
                dmc.Button(said, id="problems-order", variant="default", h=40, disabled=True),
            ],
            className="gw-many",
        ),
        dmc.Modal(
            html.Div(inside, className="gw-stack"),
            id="problems-order-box",
            title=said,
            opened=False,
            centered=True,
            size="xl",
            zIndex=2000,
            closeButtonProps={"aria-label": view.text("shell.close")},
        ),
    ]


def register(app: dash.Dash, services: Services) -> None:
    """Bind the ticks, the preview and the act."""

    @app.callback(
        Output("problems-order-chosen", "children"),
        Output("problems-order", "disabled"),
        Input("problems-table", "selectedRows"),
        prevent_initial_call=True,
    )
    def ticked(rows: list[dict[str, Any]] | None) -> Any:
        view, n = services.view(), len(rows or ())
        said = view.text("problems.many_bar", n=n) if n else view.text("problems.many_none_order")
        return said, not n

    @app.callback(
        Output("problems-order-box", "opened"),
        Output("problems-order-preview", "children"),
        Output("problems-order-confirm", "children"),
        Output("problems-order-confirm", "disabled"),
        Input("problems-order", "n_clicks"),
        Input("problems-order-cancel", "n_clicks"),
        State("problems-table", "selectedRows"),
        prevent_initial_call=True,
    )
    def open_box(clicked: Any, _cancel: Any, rows: list[dict[str, Any]] | None) -> Any:
        if ctx.triggered_id == "problems-order-cancel" or not clicked or not rows:
            return False, no_update, no_update, no_update
        view = services.view()
        with services.reading() as conn:
            found = outlooks(conn, view.viewer, _versions(rows), "order", None, view.today)
        fits = sum(one.why is None for one in found)
        return True, _preview(view, found, fits), view.text("problems.many_confirm", n=fits), not fits

    @app.callback(
        Output("problems-order-box", "opened", allow_duplicate=True),
        Output("problems-purged", "children", allow_duplicate=True),
        Output("problems-order-day", "error"),
        Output("problems-order-due_on", "error"),
        Output("problems-table", "selectedRows", allow_duplicate=True),
        Output("problems-count", "children", allow_duplicate=True),
        Input("problems-order-confirm", "n_clicks"),
        State("problems-order-kind", "value"),
        State("problems-order-day", "value"),
        State("problems-order-due_on", "value"),
        State("problems-table", "selectedRows"),
        State("url", "search"),
        running=[(Output("problems-order-confirm", "loading"), True, False)],
        prevent_initial_call=True,
    )
    def act(clicked: Any, kind: str, on: str | None, due_on: str | None, rows: Any, search: Any) -> Any:
        if not clicked or not rows:
            raise dash.exceptions.PreventUpdate
        view = services.view()
        try:
            with services.writing() as conn:
                found = outlooks(conn, view.viewer, _versions(rows), "order", None, view.today)
                versions = {one.id: one.version for one in found if one.why is None}
                said = {"kind": kind, "day": day_of(on), "due_on": day_of(due_on)}
                notices = order_many(conn, view.viewer, versions, **said, now=view.now)
        except Refused as refused:
            if type(refused) is not Refused or refused.field not in ("day", "due_on"):
                raise
            why = sentence(refused, view.language)
            wrong = [why if refused.field == name else None for name in ("day", "due_on")]
            return no_update, no_update, *wrong, no_update, no_update
        services.notify(view.text("problems.many_order_done", n=len(versions), m=notices), "success")
        with services.reading() as conn:
            total = LIST.read(conn, view, LIST.asked_of(search), 0, 0)[1]
        return False, str(clicked), None, None, [], LIST.count(view, total)


def _versions(rows: list[dict[str, Any]]) -> dict[int, int]:
    return {int(row["id"]): int(row["version"]) for row in rows[:MOST]}


def _preview(view: View, found: list[Outlook], fits: int) -> list[Any]:
    """Return which notice each problem goes into, and why it does not."""
    owners = sorted({one.enterprise_id for one in found if one.why is None})
    rows = [
        [
            one.text or str(one.id),
            one.enterprise,
            html.Span(_why(view, one), className="gw-loud")
            if one.why
            else view.text("problems.many_notice_n", n=owners.index(one.enterprise_id) + 1),
        ]
        for one in sorted(found, key=lambda one: (one.why is None, one.enterprise_id))[:SHOWN]
    ]
    heads = [view.text(f"problems.{name}") for name in ("column_problem", "column_enterprise", "many_with")]
    more = len(found) - SHOWN
    return [
        html.P(said_of(view, "problems", fits, len(found))),
        html.P(view.text("problems.many_notices", n=len(owners))) if fits else None,
        html.Div(lines(heads, rows), className="gw-some"),
        html.P(view.text("problems.many_more", n=more), className="gw-note") if more > 0 else None,
    ]


def _why(view: View, one: Outlook) -> str:
    if one.why == "changed":
        return view.text("problems.many_changed")
    return view.text(f"problems.many_order_{one.why}", state=term("problem_state", one.state, view.language))
