"""``/leads/new``: a lead registered by hand, or from the visit at which it came to light."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import dash
import dash_mantine_components as dmc
from dash import Input, Output, State, dcc, html, no_update

from dashboard.components import address
from dashboard.components.actforms import day_of, whole_number
from dashboard.components.filters import choice
from dashboard.components.forms import beside
from dashboard.components.frame import crumbs, page, panel
from dashboard.components.states import not_found
from dashboard.services import Page, Services, View
from data.access import Right
from data.errors import Denied, NotFound, Refused
from data.reads.city import city
from data.reads.enterprise import current_facts
from data.reads.labels import term
from data.reads.lead_row import read_in_scope
from data.workflow import LEAD_CHANNELS
from data.writes.leads import register as register_lead
from data.writes.leads_act import LEAD_RULES, LONG, SHORT
from data.writes.leads_given import NewLead, Reporter

PATH = "/leads/new"
KNOWN = ("inspection", "enterprise")
FIELDS = (
    "channel", "rule", "title", "text", "received_on", "number_12315", "subject", "uscc", "licence",
    "address", "district",
)  # fmt: skip
PERSON = ("name", "phone", "address")


def layout(view: View, services: Services, search: str = "") -> Any:
    """Return the form; an address may name the visit or the enterprise that it is about."""
    asked = address.read(search, KNOWN)
    named = _number(asked, "enterprise")
    with services.reading() as conn:
        try:
            who = current_facts(conn, view.viewer, named)["name"] if named is not None else None
        except NotFound:
            return not_found(view, str(named), "/enterprises")
        districts = [(row.code, row.name or "") for row in city(conn, view.viewer).districts if row.code]
    language = view.language

    def line(name: str, **more: Any) -> Any:
        said = view.text("leads.field_title" if name == "title" else f"leads.{name}")
        return dmc.TextInput(
            id=f"lead_new-{name}", label=said, **{"inputProps": {"maxLength": SHORT}, **more}
        )

    what = [
        choice(
            "lead_new-channel", view.text("leads.channel"),
            [(one, term("lead_channel", one, language)) for one in LEAD_CHANNELS],
            "inspection" if "inspection" in asked else "complaint", width=240,
        ),
        choice(
            "lead_new-rule", view.text("leads.rule"),
            [(one, term("lead_rule", one, language)) for one in LEAD_RULES], "lead_verify", width=240,
        ),
        line("received_on", required=True, value=view.today.isoformat(), inputProps={"type": "date"}),
        line("title", required=True),
        dmc.Textarea(
            id="lead_new-text", label=view.text("leads.text"), autosize=True, minRows=3,
            inputProps={"maxLength": LONG},
        ),
        line("number_12315", description=view.text("leads.number_hint")),
        dmc.Checkbox(id="lead_new-crime", label=view.text("leads.crime"), radius="sm", my=6),
    ]  # fmt: skip
    known = [view.text("leads.about_known"), " ", dcc.Link(who or "", href=f"/enterprises/{named}")]
    if "inspection" in asked:
        known += [" · ", view.text("leads.about_visit", id=asked["inspection"])]
    about = [
        html.P(known) if who else html.P(view.text("leads.about_hint"), className="gw-note"),
        line("subject"),
        line("uscc"),
        line("licence"),
        line("address"),
        choice(
            "lead_new-district", view.text("leads.filter_district"), districts, None,
            anything=view.text("ui.unknown_district"), width=240,
        ),
    ]  # fmt: skip
    person = [
        html.P(view.text("leads.reporter_note"), className="gw-note"),
        *(
            dmc.TextInput(
                id=f"lead_new-reporter_{name}",
                label=view.text(f"leads.reporter_{name}"),
                inputProps={"maxLength": SHORT},
            )
            for name in PERSON
        ),
    ]
    save = dmc.Button(view.text("leads.register"), id="lead_new-save", h=44)
    panels = [
        panel(view.text(f"leads.new_{name}"), html.Div(inside, className="gw-pad gw-form-grid gw-acting"))
        for name, inside in (("what", what), ("about", about), ("person", person))
    ]
    return page(
        view.text("leads.register"),
        [
            html.Div([*panels, html.Div(save, className="gw-acts")], className="gw-stack gw-narrow"),
            # made once for this form: sent twice it is one lead
            dcc.Store(id="lead_new-id", data=str(uuid4())),
            dcc.Store(id="lead_new-of", data=asked),
        ],
        above=crumbs(view, [(view.text("leads.title"), "/leads"), (view.text("leads.register"), None)]),
        note=view.text("leads.new_note"),
    )


def register(app: dash.Dash, services: Services) -> Page:
    """Bind the form: it registers the lead and goes to it."""

    @app.callback(
        Output("url", "pathname", allow_duplicate=True),
        *(Output(f"lead_new-{name}", "error") for name in FIELDS),
        Input("lead_new-save", "n_clicks"),
        *(State(f"lead_new-{name}", "value") for name in FIELDS),
        *(State(f"lead_new-reporter_{name}", "value") for name in PERSON),
        State("lead_new-crime", "checked"),
        State("lead_new-id", "data"),
        State("lead_new-of", "data"),
        running=[(Output("lead_new-save", "loading"), True, False)],
        prevent_initial_call=True,
    )
    def save(clicks: int | None, *given: Any) -> Any:
        if not clicks:
            raise dash.exceptions.PreventUpdate
        view = services.view()
        *values, crime, client_id, of = given
        told = dict(zip(FIELDS, values, strict=False))
        person = Reporter(*(value or None for value in values[len(FIELDS) :]))
        day = day_of(told["received_on"])
        lacks = {"received_on": day is None, "title": not (told["title"] or "").strip()}
        if day is None or any(lacks.values()):
            said = view.text("errors.text_missing")
            return no_update, *(said if lacks.get(name) else None for name in FIELDS)
        try:
            new = NewLead(
                **{**told, "received_on": day, "title": told["title"], "channel": told["channel"] or "",
                   "rule": told["rule"] or "lead_verify"},
                crime=bool(crime), reporter=person, inspection_id=_number(of, "inspection"),
                enterprise_id=_number(of, "enterprise"),
            )  # fmt: skip
            with services.writing() as conn:
                made = register_lead(conn, view.viewer, new, client_id=client_id, now=view.now)
        except Refused as refused:
            if type(refused) is not Refused or refused.field not in FIELDS:
                raise
            return no_update, *beside(view, refused, FIELDS)
        services.notify(view.text("leads.registered", id=made), "success")
        with services.reading() as conn:
            seen = _sees(conn, view, made)
        # who takes in a report may not be who sees it through
        return f"/leads/{made}" if seen else "/leads", *beside(view, None, FIELDS)

    return Page(PATH, "leads.register", layout, Right.INTAKE)


def _number(of: dict[str, str] | None, name: str) -> int | None:
    return whole_number((of or {}).get(name))


def _sees(conn: Any, view: View, lead_id: int) -> bool:
    try:
        read_in_scope(conn, view.viewer, lead_id)
    except Denied:
        return False
    return True
