"""``/problems/<id>``: one problem – what was found, what can be done now, its rounds and its story."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import dash
from dash import dcc, html

from dashboard.components import actforms, acting, problemforms, sending
from dashboard.components.frame import crumbs, page, panel
from dashboard.components.problemwords import facts_of, headline, round_of, step_of
from dashboard.components.states import not_found
from dashboard.services import Page, Services, View
from data.access import Right
from data.errors import NotFound
from data.reads.officers import officers_for_work
from data.reads.problems import ProblemFile, problem_file

PATH = "/problems/<id>"
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
            html.Div(_body(view, services, found, sending.asked_act(search)), id="problem-body"),
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
    rounds: list[Any] = [
        round_of(view, one, found.papers.get(one.notice, "draft")) for one in reversed(found.rounds)
    ]
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
        inside.append(actforms.choices(view, problemforms.FORMS, row["id"], found.moves, verb))
    if verb is not None:
        offer = _offer(view, services, found, verb)
        offer = replace(offer, before={**offer.before, **(typed or {})})
        inside.append(actforms.form(view, problemforms.FORMS, verb, offer))
    if not found.moves and not found.to_recheck:
        inside.append(html.P(_waits(view, found), className="gw-note"))
    elif found.own and row["state"] == "recheck_passed":
        inside.append(html.P(view.text("problems.own_work"), className="gw-note"))
    return panel(
        view.text("problems.what_now"),
        html.Div(inside, className="gw-pad gw-stack"),
        name="gw-first gw-acting",
    )


def _offer(view: View, services: Services, found: ProblemFile, verb: str) -> actforms.Offer:
    with services.reading() as conn:
        officers = officers_for_work(conn, view.viewer) if view.viewer.may(Right.ASSIGN) else []
        hints = problemforms.hints(view, conn, verb)
        along = problemforms.along(view, conn, found) if verb == "order" else []
    before = problemforms.first(found, verb, view.today)
    return actforms.Offer(officers, along=along, before=before, hints=hints)


def _waits(view: View, found: ProblemFile) -> str:
    state = found.row["state"]
    key = f"problems.waits_{state}"
    return view.text(key, name=found.rechecker or view.text("problems.an_officer"))


def register(app: dash.Dash, services: Services) -> Page:
    """Bind the page: the address chooses the form, a form calls its verb, photos go ahead of it."""

    def read(view: View, number: int) -> ProblemFile:
        with services.reading() as conn:
            return problem_file(conn, view.viewer, number, view.today)

    def body(view: View, found: ProblemFile, *asked: Any) -> list[Any]:
        return _body(view, services, found, *asked)

    def offer(view: View, found: ProblemFile, verb: str) -> actforms.Offer:
        return _offer(view, services, found, verb)

    sending.bind(app, services, sending.Sender(problemforms.FORMS, read, body, headline, offer))
    return Page(PATH, "problems.one", layout, Right.WORK, later_ids=LATER_IDS)
