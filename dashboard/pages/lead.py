"""``/leads/<id>``: one lead – what it says, what can be done now, whom it is about, and its whole story."""

from __future__ import annotations

from typing import Any

import dash
from dash import ALL, Input, Output, State, ctx, dcc, html, no_update

from dashboard.components import acting, address, leadforms, leadmatch, leadreporter
from dashboard.components.frame import crumbs, page, panel
from dashboard.components.leadwords import facts_of, headline, story_of
from dashboard.components.states import not_found
from dashboard.failures import sentence
from dashboard.services import Page, Services, View
from data.access import Right
from data.errors import Conflict, NotFound, Refused
from data.reads.labels import term
from data.reads.lead import LeadFile, lead_file, visits_for
from data.reads.officers import officers_for_work

PATH = "/leads/<id>"
KNOWN = ("act",)
LATER_IDS = ("lead-body", *leadreporter.LATER_IDS)


def layout(view: View, services: Services, id: str = "", search: str = "") -> Any:
    """Return one lead."""
    number = int(id) if id.isascii() and id.isdigit() and len(id) < 18 else 0
    with services.reading() as conn:
        try:
            found = lead_file(conn, view.viewer, number, view.today, services.clock.zone)
        except NotFound:
            return not_found(view, id, "/leads")
    title = found.facts["title"]
    steps: list[tuple[str, str | None]] = [(view.text("leads.title"), "/leads")]
    if found.facts["enterprise"]:
        steps.append((found.facts["enterprise"], f"/enterprises/{found.facts['enterprise_id']}"))
    return page(
        title if len(title) <= 60 else f"{title[:59]}…",
        [
            html.Div(_body(view, services, found, address.read(search, KNOWN).get("act")), id="lead-body"),
            dcc.Store(id="lead-id", data=found.id),
            *leadreporter.box(view, found),
        ],
        above=crumbs(view, [*steps, (view.text("leads.lead_n", id=found.id), None)]),
        note=html.Div(headline(view, found), id="lead-head", className="gw-chips", **{"aria-live": "polite"}),
    )


def _body(
    view: View, services: Services, found: LeadFile, asked: str | None, said: Any = None,
    entered: dict[str, Any] | None = None,
) -> list[Any]:  # fmt: skip
    left = [
        _acts(view, services, found, asked, said, entered),
        *leadmatch.candidates_panel(view, services, found),
        panel(
            view.text("leads.facts"),
            html.Div(facts_of(view, found), className="gw-pad"),
            aside=leadmatch.undo(view, found),
        ),
        *leadreporter.panels(view, found),
    ]
    if found.papers:
        left.append(panel(view.text("leads.papers"), acting.pictures(found.papers)))
    right = panel(view.text("leads.story"), story_of(view, found, services.clock.zone))
    return [
        html.Div(
            [html.Div(left, className="gw-stack"), html.Div(right, className="gw-stack")], className="gw-file"
        ),
        dcc.Store(id={"type": "lead-seen", "name": "version"}, data=found.version),
    ]


def _acts(
    view: View, services: Services, found: LeadFile, asked: str | None, said: Any,
    entered: dict[str, Any] | None,
) -> Any:  # fmt: skip
    row = found.facts
    verb = leadforms.chosen(found, asked)
    inside: list[Any] = []
    if row["returned"]:
        told = [html.B(view.text("leads.returned")), row["returned"]]
        inside.append(html.P(told, className="gw-banner", role="status"))
    if said is not None:
        inside.append(said)
    if verb == "conclude" and row["enterprise_id"] and view.viewer.may(Right.RECORD):
        way = f"/visit/{row['enterprise_id']}?lead={found.id}"  # the form is no page of Dash
        inside.append(html.A(view.text("leads.go_visit"), href=way, className="gw-go"))
    if any(one in leadforms.FORMS for one in found.moves):
        inside.append(leadforms.choices(view, found, verb))
    if verb is not None:
        with services.reading() as conn:
            officers = officers_for_work(conn, view.viewer) if view.viewer.may(Right.ASSIGN) else []
            visits = []
            if verb in ("conclude", "submit"):
                visits = visits_for(conn, row["enterprise_id"], row["received_on"])
        inside.append(leadforms.form(view, found, verb, officers, visits, entered))
    else:
        state = term("lead_state", row["state"], view.language)
        key = "leads.waits_others" if found.moves else "leads.waits"
        inside.append(html.P(view.text(key, state=state), className="gw-note"))
    return panel(
        view.text("leads.what_now"),
        html.Div(inside, className="gw-pad gw-stack"),
        name="gw-first gw-acting",
    )


def register(app: dash.Dash, services: Services) -> Page:
    """Bind the page: the address chooses the form, a form calls its verb, papers go ahead of it."""

    def again(view: View, number: int) -> LeadFile:
        with services.reading() as conn:
            return lead_file(conn, view.viewer, number, view.today, services.clock.zone)

    def drawn(view: View, number: int) -> tuple[Any, Any]:
        found = again(view, number)
        return _body(view, services, found, None), headline(view, found)

    leadreporter.register(app, services)
    leadmatch.register(app, services, drawn)

    @app.callback(
        Output("lead-body", "children"),
        Input("url", "search"),
        State("url", "pathname"),
        State("lead-id", "data"),
        prevent_initial_call=True,
    )
    def choose(search: str | None, path: str, number: int) -> Any:
        if path != f"/leads/{number}":
            raise dash.exceptions.PreventUpdate
        view = services.view()
        return _body(view, services, again(view, number), address.read(search, KNOWN).get("act"))

    @app.callback(
        Output("lead-body", "children", allow_duplicate=True),
        Output("lead-head", "children"),
        Output("url", "search", allow_duplicate=True),
        Output({"type": "lead-field", "name": ALL}, "error"),
        Input({"type": "lead-save", "verb": ALL}, "n_clicks"),
        State({"type": "lead-field", "name": ALL}, "value"),
        State({"type": "lead-field", "name": ALL}, "checked"),
        State({"type": "lead-files", "name": ALL}, "data"),
        State({"type": "lead-field", "name": ALL}, "id"),
        State({"type": "lead-seen", "name": ALL}, "data"),
        State("lead-id", "data"),
        State("url", "search"),
        running=[(Output({"type": "lead-save", "verb": ALL}, "loading"), True, False)],
        prevent_initial_call=True,
    )
    def act(
        clicks: list[Any], texts: list[Any], ticks: list[Any], files: list[Any], ids: list[Any], seen: Any,
        number: int, search: str | None,
    ) -> Any:  # fmt: skip
        if not any(clicks) or not isinstance(ctx.triggered_id, dict):
            raise dash.exceptions.PreventUpdate
        view, verb = services.view(), ctx.triggered_id["verb"]
        names = [one["name"] for one in ids]
        entered = dict(zip(names, texts, strict=True))
        entered |= {name: tick for name, tick in zip(names, ticks, strict=True) if tick is not None}
        entered["attachments"] = files[0] if files else []
        said = None
        try:
            form = leadforms.FORMS[verb]
            given = leadforms.values(verb, entered)
            for one in form.fields:
                if one.required and given[one.name] in (None, ""):
                    raise Refused("text_missing", field=one.name)
            with services.writing() as conn:
                form.act(conn, view.viewer, number, version=seen[0], now=view.now, **given)
        except Conflict as conflict:
            said = acting.both_versions(view, "lead", verb, entered, conflict)
        except Refused as refused:
            if type(refused) is not Refused or refused.field not in names:
                raise
            words = sentence(refused, view.language)
            return no_update, no_update, no_update, [words if n == refused.field else None for n in names]
        found = again(view, number)
        if said is None:
            services.notify(view.text("leads.done", verb=view.text(f"leads.verb_{verb}")), "success")
        again_so = verb if said is not None else None
        body = _body(view, services, found, again_so, said, entered if again_so else None)
        quiet = [None] * len(names)
        # an address that asks for nothing stays: set again, it would draw the next form twice
        way = "" if search and said is None else no_update
        return body, headline(view, found), way, quiet

    acting.send_photos(app, services, "lead")
    return Page(PATH, "leads.one", layout, Right.WORK, later_ids=LATER_IDS)
