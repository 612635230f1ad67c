"""``/problems/<id>``: one problem – what was found, what can be done now, its rounds and its story."""

from __future__ import annotations

from typing import Any

import dash
from dash import ALL, Input, Output, State, ctx, dcc, html, no_update

from dashboard.components import acting, address, problemforms
from dashboard.components.frame import crumbs, page, panel
from dashboard.components.problemwords import facts_of, headline, round_of, step_of
from dashboard.components.states import not_found
from dashboard.failures import sentence
from dashboard.services import Page, Services, View
from data.access import Right
from data.errors import Conflict, NotFound, Refused
from data.reads.officers import officers_for_work
from data.reads.problems import ProblemFile, problem_file

PATH = "/problems/<id>"
KNOWN = ("act",)
LATER_IDS = ("problem-body",)


def layout(view: View, services: Services, id: str = "", search: str = "") -> Any:
    """Return one problem."""
    number = int(id) if id.isascii() and id.isdigit() and len(id) < 18 else 0
    with services.reading() as conn:
        try:
            found = problem_file(conn, view.viewer, number, view.today)
        except NotFound:
            return not_found(view, id, "/problems")
    row = found.row
    title = row["text"] or view.text("problems.problem_n", id=row["id"])
    steps = [
        (view.text("problems.title"), "/problems"),
        (row["enterprise"], f"/enterprises/{row['enterprise_id']}"),
    ]
    return page(
        title if len(title) <= 60 else f"{title[:59]}…",
        [
            html.Div(_body(view, services, found, address.read(search, KNOWN).get("act")), id="problem-body"),
            dcc.Store(id="problem-id", data=row["id"]),
        ],
        above=crumbs(view, [*steps, (view.text("problems.problem_n", id=row["id"]), None)]),
        note=html.Div(
            headline(view, found), id="problem-head", className="gw-chips", **{"aria-live": "polite"}
        ),
    )


def _body(
    view: View, services: Services, found: ProblemFile, asked: str | None, said: Any = None,
    typed: dict[str, Any] | None = None,
) -> list[Any]:  # fmt: skip
    zone = services.clock.zone
    story = html.Ol([step_of(view, one, zone) for one in reversed(found.steps)], className="gw-timeline")
    rounds: list[Any] = [round_of(view, one) for one in reversed(found.rounds)]
    left = [
        _acts(view, services, found, asked, said, typed),
        panel(view.text("problems.facts"), facts_of(view, found)),
    ]
    right = [panel(view.text("problems.story"), story)]
    if rounds:
        right.insert(0, panel(view.text("problems.rounds"), rounds))
    if found.files:
        left.append(panel(view.text("problems.files"), acting.pictures(found.files)))
    return [
        html.Div(
            [html.Div(left, className="gw-stack"), html.Div(right, className="gw-stack")], className="gw-file"
        ),
        dcc.Store(id={"type": "problem-seen", "name": "version"}, data=found.row["version"]),
    ]


def _acts(
    view: View, services: Services, found: ProblemFile, asked: str | None, said: Any,
    typed: dict[str, Any] | None,
) -> Any:  # fmt: skip
    row = found.row
    verb = problemforms.chosen(found, asked)
    inside: list[Any] = []
    if row["returned"]:
        inside.append(
            html.P(
                [html.B(view.text("problems.returned")), row["returned"]],
                className="gw-banner",
                role="status",
            )
        )
    if said is not None:
        inside.append(said)
    if found.to_recheck:
        way = f"/visit/{row['enterprise_id']}?kind=recheck"
        inside.append(html.P(view.text("problems.to_recheck"), className="gw-note"))
        # the form is no page of Dash
        inside.append(html.A(view.text("problems.go_recheck"), href=way, className="gw-go"))
    if found.moves:
        inside.append(problemforms.choices(view, found, verb))
    if verb is not None:
        officers: list[Any] = []
        if view.viewer.may(Right.ASSIGN):
            with services.reading() as conn:
                officers = officers_for_work(conn, view.viewer)
        inside.append(problemforms.form(view, found, verb, officers, typed if verb == asked else None))
    if not found.moves and not found.to_recheck:
        inside.append(html.P(_waits(view, found), className="gw-note"))
    elif found.own and row["state"] == "recheck_passed":
        inside.append(html.P(view.text("problems.own_work"), className="gw-note"))
    return panel(
        view.text("problems.what_now"),
        html.Div(inside, className="gw-pad gw-stack"),
        name="gw-first gw-acting",
    )


def _waits(view: View, found: ProblemFile) -> str:
    state = found.row["state"]
    key = f"problems.waits_{state}"
    return view.text(key, name=found.rechecker or view.text("problems.an_officer"))


def register(app: dash.Dash, services: Services) -> Page:
    """Bind the page: the address chooses the form, a form calls its verb, photos go ahead of it."""

    @app.callback(
        Output("problem-body", "children"),
        Input("url", "search"),
        State("url", "pathname"),
        State("problem-id", "data"),
        prevent_initial_call=True,
    )
    def choose(search: str | None, path: str, number: int) -> Any:
        if path != f"/problems/{number}":
            raise dash.exceptions.PreventUpdate
        view = services.view()
        with services.reading() as conn:
            found = problem_file(conn, view.viewer, number, view.today)
        return _body(view, services, found, address.read(search, KNOWN).get("act"))

    @app.callback(
        Output("problem-body", "children", allow_duplicate=True),
        Output("problem-head", "children"),
        Output("url", "search", allow_duplicate=True),
        Output({"type": "problem-field", "name": ALL}, "error"),
        Input({"type": "problem-save", "verb": ALL}, "n_clicks"),
        State({"type": "problem-field", "name": ALL}, "value"),
        State({"type": "problem-files", "name": ALL}, "data"),
        State({"type": "problem-field", "name": ALL}, "id"),
        State({"type": "problem-seen", "name": ALL}, "data"),
        State("problem-id", "data"),
        State("url", "search"),
        running=[(Output({"type": "problem-save", "verb": ALL}, "loading"), True, False)],
        prevent_initial_call=True,
    )
    def act(
        clicks: list[Any], texts: list[Any], files: list[Any], ids: list[Any], seen: Any, number: int,
        search: str | None,
    ) -> Any:  # fmt: skip
        if not any(clicks) or not isinstance(ctx.triggered_id, dict):
            raise dash.exceptions.PreventUpdate
        view, verb = services.view(), ctx.triggered_id["verb"]
        names = [one["name"] for one in ids]
        entered = dict(zip(names, texts, strict=True))
        entered["attachments"] = files[0] if files else []
        quiet = [None] * len(names)
        said = None
        try:
            form = problemforms.FORMS[verb]
            given = problemforms.values(verb, entered)
            for one in form.fields:
                if one.required and given[one.name] in (None, ""):
                    raise Refused("text_missing", field=one.name)
            with services.writing() as conn:
                form.act(conn, view.viewer, number, version=seen[0], now=view.now, **given)
        except Conflict as conflict:
            said = acting.both_versions(view, "problem", verb, entered, conflict)
        except Refused as refused:
            if type(refused) is not Refused or refused.field not in names:
                raise
            words = sentence(refused, view.language)
            return no_update, no_update, no_update, [words if n == refused.field else None for n in names]
        with services.reading() as conn:
            found = problem_file(conn, view.viewer, number, view.today)
        if said is None:
            services.notify(view.text(f"problems.done_{verb}"), "success")
        again = verb if said is not None else None
        body = _body(view, services, found, again, said, entered if again else None)
        # an address that asks for nothing stays: set again, it would draw the next form twice
        way = "" if search and said is None else no_update
        return body, headline(view, found), way, quiet

    acting.send_photos(app, services, "problem")
    return Page(PATH, "problems.one", layout, Right.WORK, later_ids=LATER_IDS)
