"""``/papers/<kind>/<id>``: one paper – what it says, how it stands, and its approval."""

from __future__ import annotations

from typing import Any

import dash
import dash_mantine_components as dmc
from dash import ALL, Input, Output, State, ctx, dcc, html, no_update

from dashboard.components import paperwords
from dashboard.components.frame import crumbs, page, panel
from dashboard.components.problemwords import together
from dashboard.components.states import not_found
from dashboard.failures import sentence
from dashboard.navigation import count_again
from dashboard.services import Page, Services, View
from data.access import Right
from data.errors import Conflict, NotFound, Refused
from data.reads.papers import PaperFile, paper_file
from data.writes.papers import approve_paper, return_paper, submit_paper

PATH = "/papers/<kind>/<id>"
LATER_IDS = ("paper-body", "paper-head", "paper-of")


def layout(view: View, services: Services, kind: str = "", id: str = "", **_: str) -> Any:
    """Return one paper."""
    number = int(id) if id.isascii() and id.isdigit() and len(id) < 18 else 0
    try:
        found = _read(view, services, kind, number)
    except NotFound:
        return not_found(view, id, "/")
    title = view.text(paperwords.NAMES[kind])
    steps: list[tuple[str, str | None]] = [
        (view.text("papers.nav"), "/papers"),
        (found.enterprise, f"/enterprises/{found.enterprise_id}"),
    ]
    if kind == "order":
        one = found.problem_id
        steps.append((view.text("problems.problem_n", id=one), f"/problems/{one}"))
    return page(
        title,
        [
            html.Div(_body(view, services, found), id="paper-body"),
            dcc.Store(id="paper-of", data={"kind": kind, "number": number}),
        ],
        above=crumbs(view, [*steps, (title, None)]),
        note=html.Div(_head(view, found), id="paper-head", className="gw-chips", **{"aria-live": "polite"}),
    )


def _read(view: View, services: Services, kind: str, number: int) -> PaperFile:
    with services.reading() as conn:
        return paper_file(conn, view.viewer, kind, number, view.language, services.clock.zone)


def _head(view: View, found: PaperFile) -> list[Any]:
    head = [paperwords.state_chip(view, found.state), html.Span(found.enterprise, className="gw-muted")]
    return [*head, together(view, found.together)] if found.together else head


def _body(view: View, services: Services, found: PaperFile, said: str | None = None) -> html.Div:
    left = [
        panel(view.text("papers.what_now"), _acts(view, found, said), name="gw-first gw-acting"),
        panel(view.text("papers.story"), paperwords.story(view, found, services.clock.zone)),
    ]
    links = html.Span(paperwords.downloads(view, found.kind, found.number), className="gw-chips")
    right = panel(view.text("papers.said"), paperwords.content(view, found), aside=links)
    return html.Div(
        [html.Div(left, className="gw-stack"), html.Div(right, className="gw-stack")], className="gw-file"
    )


def _acts(view: View, found: PaperFile, said: str | None) -> html.Div:
    inside: list[Any] = []
    latest = found.steps[0] if found.steps else None
    if said is not None:
        inside.append(html.P(said, className="gw-loud", role="alert"))
    if latest is not None and latest.state == "returned":
        why = [html.B(view.text("papers.returned")), latest.reason]
        inside.append(html.P(why, className="gw-banner", role="status"))
    if "submit" in found.moves:
        inside += [html.P(view.text("papers.submit_hint"), className="gw-note"), _button(view, "submit", 0)]
    elif found.moves and latest is not None:
        inside += _decision(view, found, latest.id)
    else:
        own = found.state == "submitted" and found.own and view.viewer.may(Right.APPROVE)
        key = "papers.own_work" if own else f"papers.waits_{found.state}"
        inside.append(html.P(view.text(key), className="gw-note"))
    return html.Div(inside, className="gw-pad gw-stack")


def _decision(view: View, found: PaperFile, paper_id: int) -> list[Any]:
    inside: list[Any] = []
    if found.changed:
        inside.append(html.P(view.text("papers.changed"), className="gw-loud"))
    if "approve" in found.moves:
        if found.kind == "order":
            inside.append(
                dmc.TextInput(
                    id={"type": "paper-field", "name": "number"},
                    label=view.text("papers.field_number"),
                    placeholder=view.text("papers.number_hint", year=view.today.year),
                    value=found.order_number or "",
                    required=True,
                )
            )
        inside.append(_button(view, "approve", paper_id))
    reason = dmc.Textarea(
        id={"type": "paper-field", "name": "reason"}, label=view.text("papers.field_reason"), autosize=True,
        minRows=2,
    )  # fmt: skip
    return [*inside, reason, _button(view, "return", paper_id)]


def _button(view: View, verb: str, paper_id: int) -> html.Div:
    button = dmc.Button(
        view.text(f"papers.{verb}"), id={"type": "paper-act", "verb": verb, "id": paper_id}, h=44,
        variant="default" if verb == "return" else "filled",
    )  # fmt: skip
    return html.Div(button, className="gw-acts")


def register(app: dash.Dash, services: Services) -> Page:
    """Bind the page: each button calls its verb."""

    @app.callback(
        Output("paper-body", "children"),
        Output("paper-head", "children"),
        Output({"type": "paper-field", "name": ALL}, "error"),
        Input({"type": "paper-act", "verb": ALL, "id": ALL}, "n_clicks"),
        State({"type": "paper-field", "name": ALL}, "value"),
        State({"type": "paper-field", "name": ALL}, "id"),
        State("paper-of", "data"),
        running=[(Output({"type": "paper-act", "verb": ALL, "id": ALL}, "loading"), True, False)],
        prevent_initial_call=True,
    )
    def act(clicks: list[Any], texts: list[Any], ids: list[Any], of: dict[str, Any]) -> Any:
        if not any(clicks) or not isinstance(ctx.triggered_id, dict):
            raise dash.exceptions.PreventUpdate
        view, verb, paper_id = services.view(), ctx.triggered_id["verb"], int(ctx.triggered_id["id"])
        names = [one["name"] for one in ids]
        given = {name: value or "" for name, value in zip(names, texts, strict=True)}
        said = None
        try:
            _do(view, services, verb, paper_id, of, given)
        except (Conflict, Refused) as refused:
            if isinstance(refused, NotFound) or type(refused) not in (Conflict, Refused):
                raise
            said = sentence(refused, view.language)
            if refused.field in names:
                return no_update, no_update, [said if n == refused.field else None for n in names]
        found = _read(view, services, of["kind"], of["number"])
        if said is None:
            name = view.text(paperwords.NAMES[of["kind"]])
            services.notify(view.text(f"papers.did_{verb}", name=name), "success")
            count_again()
        return _body(view, services, found, said), _head(view, found), [None] * len(names)

    return Page(PATH, "papers.title", layout, Right.WORK, later_ids=LATER_IDS)


def _do(
    view: View, services: Services, verb: str, paper_id: int, of: dict[str, Any], given: dict[str, str]
) -> None:
    zone = services.clock.zone
    with services.writing() as conn:
        if verb == "submit":
            submit_paper(conn, view.viewer, of["kind"], of["number"], now=view.now, zone=zone)
        elif verb == "approve":
            number = given.get("number", "")
            approve_paper(conn, view.viewer, paper_id, number=number, now=view.now, zone=zone)
        else:
            return_paper(conn, view.viewer, paper_id, reason=given.get("reason", ""), now=view.now)
