"""Many problems at once: who takes them, what will become of each, and only then the act."""

from __future__ import annotations

from typing import Any

import dash
import dash_mantine_components as dmc
from dash import Input, Output, State, ctx, dcc, html, no_update

from dashboard.components import many, words
from dashboard.components.actforms import day_of, officer_box
from dashboard.components.lines import lines
from dashboard.components.problemlist import LIST
from dashboard.failures import sentence
from dashboard.services import Services, View
from data.access import Right
from data.errors import Refused
from data.reads.labels import term
from data.reads.officers import officers_for_work
from data.reads.problems_many import Load, Outlook, loads, outlooks
from data.writes.problems_many import MOST, assign_rechecks, reassign_many

VERBS = ("reassign", "assign_recheck")
LATER_IDS = (
    *many.ids("problems", VERBS),
    "problems-verb",
    "problems-officer",
    "problems-day",
    "problems-preview",
)


def bar(view: View, services: Services) -> list[Any]:
    """Return the bar under the filters and the box that it opens; nothing for who assigns nothing."""
    if not view.viewer.may(Right.ASSIGN):
        return []
    with services.reading() as conn:
        officers = officers_for_work(conn, view.viewer)
    inside = [
        officer_box(view, "problems-officer", officers, autofocus=True),
        dmc.TextInput(
            id="problems-day", label=view.text("problems.field_day"), inputProps={"type": "date"},
            required=True, style={"display": "none"},
        ),
        html.Div(id="problems-preview", **{"aria-live": "polite"}),
    ]  # fmt: skip
    return [
        many.bar(view, "problems", VERBS),
        dcc.Store(id="problems-verb"),
        many.box(view, "problems", inside),
    ]


def register(app: dash.Dash, services: Services) -> None:
    """Bind the ticks, the preview and the act."""

    many.bind_ticks(app, services, "problems", VERBS)

    @app.callback(
        Output("problems-box", "opened"),
        Output("problems-box", "title"),
        Output("problems-verb", "data"),
        Output("problems-officer", "value"),
        Output("problems-day", "style"),
        Input("problems-reassign", "n_clicks"),
        Input("problems-assign_recheck", "n_clicks"),
        Input("problems-cancel", "n_clicks"),
        prevent_initial_call=True,
    )
    def open_box(one: Any, other: Any, _cancel: Any) -> Any:
        if ctx.triggered_id == "problems-cancel" or not (one or other):
            return False, no_update, None, None, no_update
        verb = str(ctx.triggered_id).removeprefix("problems-")
        style = {} if verb == "assign_recheck" else {"display": "none"}
        return True, services.view().text(f"problems.verb_{verb}"), verb, None, style

    @app.callback(
        Output("problems-preview", "children"),
        Output("problems-confirm", "children"),
        Output("problems-confirm", "disabled"),
        Input("problems-officer", "value"),
        Input("problems-verb", "data"),
        State("problems-table", "selectedRows"),
        prevent_initial_call=True,
    )
    def preview(officer: str | None, verb: str | None, rows: list[dict[str, Any]] | None) -> Any:
        view = services.view()
        if not verb or not officer or not rows:
            hint = html.P(view.text("problems.many_choose"), className="gw-note")
            return hint, view.text("problems.many_confirm", n=0), True
        with services.reading() as conn:
            found = outlooks(conn, view.viewer, _versions(rows), verb, int(officer), view.today)
            held = loads(conn, view.viewer, found, verb, int(officer), view.today)
        fits = sum(one.why is None for one in found)
        return (
            _preview(view, found, held, verb, int(officer)),
            view.text("problems.many_confirm", n=fits),
            not fits,
        )

    @app.callback(
        Output("problems-box", "opened", allow_duplicate=True),
        Output("problems-purged", "children", allow_duplicate=True),
        Output("problems-day", "error"),
        Output("problems-officer", "error"),
        Output("problems-table", "selectedRows"),
        Output("problems-count", "children", allow_duplicate=True),
        Input("problems-confirm", "n_clicks"),
        State("problems-verb", "data"),
        State("problems-officer", "value"),
        State("problems-day", "value"),
        State("problems-table", "selectedRows"),
        State("url", "search"),
        running=[(Output("problems-confirm", "loading"), True, False)],
        prevent_initial_call=True,
    )
    def act(
        clicked: Any, verb: str | None, officer: str | None, day: str | None, rows: Any, search: Any
    ) -> Any:
        if not clicked or not verb or not officer or not rows:
            raise dash.exceptions.PreventUpdate
        view, chosen = services.view(), int(officer)
        try:
            on = day_of(day) if verb == "assign_recheck" else view.today
            if on is None:
                raise Refused("text_missing", field="day")
            with services.writing() as conn:
                found = outlooks(conn, view.viewer, _versions(rows), verb, chosen, view.today)
                versions = {one.id: one.version for one in found if one.why is None}
                if verb == "reassign":
                    n = reassign_many(conn, view.viewer, versions, officer_id=chosen, now=view.now)
                else:
                    n = assign_rechecks(conn, view.viewer, versions, officer_id=chosen, day=on, now=view.now)
        except Refused as refused:
            if type(refused) is not Refused or refused.field not in ("day", "officer_id"):
                raise
            said = sentence(refused, view.language)
            on_day, same = refused.field == "day", (no_update, no_update)
            return no_update, no_update, said if on_day else None, None if on_day else said, *same
        services.notify(view.text("problems.many_done", n=n), "success")
        with services.reading() as conn:
            total = LIST.read(conn, view, LIST.asked_of(search), 0, 0)[1]
        return False, str(clicked), None, None, [], LIST.count(view, total)


def _versions(rows: list[dict[str, Any]]) -> dict[int, int]:
    return {int(row["id"]): int(row["version"]) for row in rows[:MOST]}


def _preview(
    view: View, found: list[Outlook], held: list[Load], verb: str, officer_id: int
) -> list[Any]:  # fmt: skip
    """Return who has each problem now and who gets it, and how many each officer then has."""
    fits = sum(one.why is None for one in found)
    names = {one.officer_id: one.name or view.text("problems.an_officer") for one in held}
    gets = names.get(officer_id, words.NONE)
    order = sorted(found, key=lambda one: one.why is None)  # what will not change first: it surprises
    rows = [
        [
            one.text or str(one.id),
            one.enterprise,
            names.get(one.officer_id, words.NONE) if one.officer_id else words.NONE,
            gets if one.why is None else html.Span(_why(view, one, verb), className="gw-loud"),
        ]
        for one in order[: many.SHOWN]
    ]
    heads = [view.text(f"problems.column_{name}") for name in ("problem", "enterprise", "has", "gets")]
    counts = [
        [
            names[one.officer_id],
            words.count(one.before),
            words.count(one.after),
            f"{one.after - one.before:+d}",
        ]
        for one in held
    ]
    tops = [
        view.text(f"problems.{name}")
        for name in ("field_officer_id", "many_before", "many_after", "many_change")
    ]
    more = len(found) - many.SHOWN
    return [
        html.P(many.said_of(view, "problems", fits, len(found))),
        html.Div(lines(tops, counts, numbers=(1, 2, 3)), className="gw-many-loads") if fits else None,
        html.Div(lines(heads, rows), className="gw-some"),
        html.P(view.text("problems.many_more", n=more), className="gw-note") if more > 0 else None,
    ]


def _why(view: View, one: Outlook, verb: str) -> str:
    state = term("problem_state", one.state, view.language)
    if one.why == "state":
        return view.text(
            "problems.many_state" if verb == "assign_recheck" else "problems.many_closed", state=state
        )
    return view.text(f"problems.many_{one.why}")
