"""The tab of plans: each with its scope, kinds, cycle and source; the form of one."""

from __future__ import annotations

import time
from typing import Any

import dash
import sqlalchemy as sa
from dash import Input, Output, State, ctx, dcc, html, no_update

from dashboard.components import address
from dashboard.components.exports import export_links
from dashboard.components.forms import beside, conflict
from dashboard.components.planwords import label, names_of, plan_card, shown
from dashboard.components.states import empty
from dashboard.failures import sentence
from dashboard.pages.plans_form import FIELDS, form, values_of
from dashboard.services import Services, View
from data import jobs
from data.access import Right
from data.errors import Conflict, Refused
from data.reads.plans import list_plans, used_tags
from data.writes.plan_rules import DEFINITION, PLAN_FIELDS
from data.writes.plans import check_edit, edit_plan, takes_long

NEW = "new"
RUNNING = ("queued", "running")
BUTTONS = ("plans-save", "plans-retire-button", "plans-reinstate-button")
LATER_IDS = (
    *BUTTONS,
    *(f"plans-f-{name}" for name in FIELDS),
    "plans-seen", "plans-conflict", "plans-retire", "plans-reinstate", "plans-poll",
)  # fmt: skip


def body(view: View, conn: sa.Connection, asked: dict[str, str]) -> list[Any]:
    """Return the list of plans and, for a steward, the form of the one that the address names."""
    found = list_plans(conn, view.viewer, view.today)
    steward = view.viewer.may(Right.IMPORT)
    names = names_of(view, conn)
    chosen = asked.get("plan", "") if steward else ""
    row = next((one for one in found if one.plan.code == chosen), None)
    aside: list[Any] = [html.Span(export_links(view, "plans"), className="gw-exports")] if found else []
    if steward and chosen != NEW:
        way = address.link("/plans", plan=NEW)
        aside.append(dcc.Link(view.text("plans.new_plan"), href=way, className="gw-button-link"))
    note = html.P(view.text("plans.plans_note"), className="gw-note")
    head = html.Div([note, html.Div(aside, className="gw-head-acts")], className="gw-head")
    cards = [plan_card(view, one, names, chosen=one is row, edit=steward) for one in found if one.active]
    if not cards:
        cards = [
            html.Div(
                empty(view.text("plans.plans_none_title"), view.text("plans.plans_none_hint")),
                className="gw-panel",
            )
        ]
    retired = [
        plan_card(view, one, names, chosen=one is row, edit=steward) for one in found if not one.active
    ]
    listed: list[Any] = [html.Div(cards, className="gw-plans")]
    if retired:
        listed += [
            html.H2(view.text("plans.retired"), className="gw-panel-title"),
            html.P(view.text("plans.retired_note"), className="gw-note"),
            html.Div(retired, className="gw-plans"),
        ]
    inside: list[Any] = [html.Div(listed, className="gw-stack")]
    if row is not None or chosen == NEW:
        inside.append(form(view, row, names, used_tags(conn, view.viewer)))
    work = _work(view, conn) if steward else None
    return [head, work, html.Div(inside, className="gw-edit" if len(inside) > 1 else "")]


def _work(view: View, conn: sa.Connection) -> Any:
    """Return what the worker makes of the steward's last edit, if it was one for the worker."""
    job = _last(view, conn)
    if job is None or job["state"] not in (*RUNNING, "failed"):
        return None
    if job["state"] in RUNNING:
        poll = dcc.Interval(id="plans-poll", interval=2000)
        return html.Div([html.P(view.text("plans.working")), poll], className="gw-banner", role="status")
    error = job["error"] or {}
    why = sentence(Refused(error.get("code", "refused"), **error.get("params", {})), view.language)
    return html.P(view.text("plans.work_failed", why=why), className="gw-loud", role="status")


def _last(view: View, conn: sa.Connection) -> dict[str, Any] | None:
    return next((row for row in jobs.latest(conn, view.viewer) if row["kind"] == "plan"), None)


def register(app: dash.Dash, services: Services) -> None:
    """Bind the form's acts and the look at the worker."""
    errors = [Output(f"plans-f-{name}", "error") for name in FIELDS if name != "headline"]
    states = [State(f"plans-f-{name}", "checked" if name == "headline" else "value") for name in FIELDS]
    named = [name for name in FIELDS if name != "headline"]

    @app.callback(
        Output("url", "search", allow_duplicate=True),
        Output("plans-changed", "data", allow_duplicate=True),
        Output("plans-seen", "data"),
        Output("plans-conflict", "children"),
        *errors,
        Input("plans-save", "n_clicks"),
        Input("plans-retire", "submit_n_clicks"),
        Input("plans-reinstate", "submit_n_clicks"),
        State("plans-seen", "data"),
        *states,
        running=[(Output(name, "loading"), True, False) for name in BUTTONS],
        prevent_initial_call=True,
    )
    def act(save: Any, retire: Any, reinstate: Any, seen: dict[str, Any], *entered: Any) -> Any:
        view = services.view()
        asked = {"plans-retire": retire, "plans-reinstate": reinstate, "plans-save": save}
        if not asked.get(ctx.triggered_id):
            raise dash.exceptions.PreventUpdate
        what = ctx.triggered_id.removeprefix("plans-")
        if what == "save":
            what = "change" if seen["code"] else "add"
        row = values_of(dict(zip(FIELDS, entered, strict=True)))
        row["code"] = seen["code"] or row["code"]
        try:
            word = _edit(services, view, what, row, seen["version"])
        except Conflict as refused:
            theirs = refused.params["theirs"]
            with services.reading() as conn:
                names = names_of(view, conn)
            mine = {name: row[name] for name in PLAN_FIELDS}
            box = conflict(
                view, theirs, mine, lambda name: label(view, name), lambda n, v: shown(view, n, v, names)
            )
            return (
                no_update,
                no_update,
                {**seen, "version": theirs["version"]},
                box,
                *beside(view, None, named),
            )
        except Refused as refused:
            if type(refused) is not Refused or refused.field not in named:
                raise
            return no_update, no_update, no_update, None, *beside(view, refused, named)
        services.notify(view.text(f"plans.{word}"), "success")
        quiet = beside(view, None, named)
        if what == "add":
            return address.write({"plan": row["code"]}), no_update, no_update, None, *quiet
        return no_update, time.monotonic(), no_update, None, *quiet

    @app.callback(
        Output("plans-changed", "data", allow_duplicate=True),
        Input("plans-poll", "n_intervals"),
        prevent_initial_call=True,
    )
    def follow(_ticks: int) -> Any:
        view = services.view()
        with services.reading() as conn:
            job = _last(view, conn)
        return no_update if job is not None and job["state"] in RUNNING else time.monotonic()


def _edit(services: Services, view: View, what: str, row: dict[str, Any], version: int | None) -> str:
    """Edit at once, or let the worker do it where building the figures takes long; return what to say."""
    with services.writing() as conn:
        wanted, stored = check_edit(conn, view.viewer, what, row, version)
        other = stored is None or what != "change" or any(stored[n] != wanted[n] for n in DEFINITION)
        if other and takes_long(conn):
            jobs.submit(
                conn, view.viewer, "plan", {"act": what, "row": row, "version": version}, now=view.now
            )
            return "queued"
        if not edit_plan(conn, view.viewer, what, row, version, now=view.now):
            return "saved_same"
    if what in ("retire", "reinstate"):
        return {"retire": "retired_done", "reinstate": "reinstated_done"}[what]
    return "saved_figures" if other else "saved"
