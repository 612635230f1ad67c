"""``/leads/<id>``: one lead – what it says, what can be done now, whom it is about, and its whole story."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import dash
from dash import dcc, html

from dashboard.components import actforms, acting, leadclocks, leadforms, leadmatch, leadreporter, sending
from dashboard.components.frame import crumbs, page, panel
from dashboard.components.leadstory import story_of
from dashboard.components.leadwords import facts_of, headline, unordered, untold, visits_offered
from dashboard.components.states import not_found
from dashboard.services import Page, Services, View
from data.access import Right
from data.errors import NotFound
from data.reads.labels import term
from data.reads.lead import LeadFile, lead_file
from data.reads.lead_visits import visits_for
from data.reads.officers import officers_for_work

PATH = "/leads/<id>"
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
            html.Div(_body(view, services, found, sending.asked_act(search)), id="lead-body"),
            dcc.Store(id="lead-id", data=found.id),
            *leadreporter.box(view, found),
        ],
        above=crumbs(view, [*steps, (view.text("leads.lead_n", id=found.id), None)]),
        note=html.Div(headline(view, found), id="lead-head", className="gw-chips", **{"aria-live": "polite"}),
    )


def _body(
    view: View, services: Services, found: LeadFile, asked: str | None = None, said: Any = None,
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
    story = panel(view.text("leads.story"), story_of(view, found, services.clock.zone))
    right = [*leadclocks.clocks_panel(view, services, found), story]
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
        way = f"/visit/{row['enterprise_id']}?kind=for_cause&lead={found.id}"  # the form is no page of Dash
        inside.append(html.A(view.text("leads.go_visit"), href=way, className="gw-go"))
    if verb in ("dispose", "submit", "close_out"):
        inside += unordered(view, found)
    inside += untold(view, found)
    if found.counted and view.viewer.may(Right.ASSIGN):
        inside.append(html.P(view.text("leads.counted"), className="gw-note"))
    if any(one in leadforms.FORMS.by_verb for one in found.moves):
        inside.append(actforms.choices(view, leadforms.FORMS, found.id, found.moves, verb))
    if verb is not None:
        offer = _offer(view, services, found, verb)
        offer = replace(offer, before={**offer.before, **(entered or {})})
        inside.append(actforms.form(view, leadforms.FORMS, verb, offer))
    else:
        state = term("lead_state", row["state"], view.language)
        key = "leads.waits_others" if found.moves else "leads.waits"
        inside.append(html.P(view.text(key, state=state), className="gw-note"))
    return panel(
        view.text("leads.what_now"),
        html.Div(inside, className="gw-pad gw-stack"),
        name="gw-first gw-acting",
    )


def _offer(view: View, services: Services, found: LeadFile, verb: str) -> actforms.Offer:
    row = found.facts
    with services.reading() as conn:
        officers = officers_for_work(conn, view.viewer) if view.viewer.may(Right.ASSIGN) else []
        visits = []
        if verb in ("conclude", "submit"):
            visits = visits_for(conn, row["enterprise_id"], row["received_on"])
        hints = leadforms.hints(view, conn, found, verb)
    offered = visits_offered(view, visits, services.clock.zone)
    return actforms.Offer(
        officers, offered, before=leadforms.first(view, found, verb), hints=hints,
        codes=leadforms.narrowed(found, verb),
    )  # fmt: skip


def register(app: dash.Dash, services: Services) -> Page:
    """Bind the page: the address chooses the form, a form calls its verb, papers go ahead of it."""

    def read(view: View, number: int) -> LeadFile:
        with services.reading() as conn:
            return lead_file(conn, view.viewer, number, view.today, services.clock.zone)

    def body(view: View, found: LeadFile, *asked: Any) -> list[Any]:
        return _body(view, services, found, *asked)

    def offer(view: View, found: LeadFile, verb: str) -> actforms.Offer:
        return _offer(view, services, found, verb)

    def drawn(view: View, number: int) -> tuple[Any, Any]:
        found = read(view, number)
        return body(view, found), headline(view, found)

    leadreporter.register(app, services)
    leadmatch.register(app, services, drawn)
    sending.bind(app, services, sending.Sender(leadforms.FORMS, read, body, headline, offer))
    return Page(PATH, "leads.one", layout, Right.WORK, later_ids=LATER_IDS)
