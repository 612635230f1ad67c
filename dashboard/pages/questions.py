"""``/questions``: what visits found otherwise than recorded; a steward accepts or refuses it."""

from __future__ import annotations

import time
from typing import Any

import dash
import dash_mantine_components as dmc
import sqlalchemy as sa
from dash import Input, Output, State, ctx, dcc, html, no_update

from dashboard.components import address, words
from dashboard.components.forms import beside, whole
from dashboard.components.frame import facts, page, panel
from dashboard.components.lines import lines
from dashboard.components.states import empty
from dashboard.services import Nav, Page, Services, View
from data.access import Right
from data.caps import WINDOWS, Caps, caps
from data.errors import Refused
from data.reads.labels import status_names, term
from data.reads.questions import questions
from data.writes.caps import keep_caps
from data.writes.questions import accept_point, accept_status, refuse

PATH = "/questions"
LIKELY = {"closed": "suspended", "moved": "moved_out"}
"""Why a visit was not possible → the status that is proposed; the steward decides."""
CAPS = tuple(f"questions-cap-{name}" for name in WINDOWS)
LATER = ("questions-status", "questions-reason", "questions-accept", "questions-refuse", "questions-seen")


def layout(view: View, services: Services, search: str = "") -> Any:
    """Return the page with the question that the address names."""
    view.viewer.require(Right.ANSWER)
    body = html.Div(_body(view, services, search), id="questions-body", className="gw-stack")
    return page(
        view.text("questions.title"),
        [body, _caps(view, services), dcc.Store(id="questions-done")],
        note=view.text("questions.note"),
    )


def _body(view: View, services: Services, search: str | None) -> list[Any]:
    asked = address.read(search, ("id",)).get("id")
    with services.reading() as conn:
        rows = questions(conn, view.viewer)
        chosen = next((row for row in rows if str(row["id"]) == asked), None)
        form = _form(view, conn, chosen) if chosen else None
    if not rows:
        return [empty(view.text("questions.empty"), view.text("questions.empty_hint"))]
    heads = [
        view.text(f"questions.h_{name}") for name in ("enterprise", "kind", "said", "visited", "officer")
    ]
    cells = [
        [
            dcc.Link(
                row["enterprise"], href=address.link(PATH, id=row["id"]), id=f"questions-row-{row['id']}"
            ),
            view.text(f"questions.kind_{row['kind']}"),
            _said(view, row),
            words.day(row["visited_on"], view.language) if row["visited_on"] else words.NONE,
            row["officer"] or words.NONE,
        ]
        for row in rows
    ]
    listed = panel(view.text("questions.list"), lines(heads, cells))
    return [html.Div([listed, form], className="gw-edit") if form else listed]


def _said(view: View, row: dict[str, Any]) -> str:
    asked = row["asked"]
    if row["kind"] == "status":
        said = term("unable_reason", asked["unable_reason"], view.language)
    elif asked.get("distance_m") is None:
        said = view.text("questions.said_point_new")
    else:
        said = view.text("questions.said_point", way=words.way(asked["distance_m"], view.language))
    return f"{said} · {asked['note']}" if asked.get("note") else said


def _form(view: View, conn: sa.Connection, row: dict[str, Any]) -> html.Section:
    names = status_names(conn, view.language)
    about_status = row["kind"] == "status"
    at = "—" if row["lon"] is None else f"{row['lon']:.6f}, {row['lat']:.6f}"
    shown = [
        (view.text("questions.h_said"), _said(view, row)),
        (view.text("questions.now"), names.get(row["status"], row["status"]) if about_status else at),
    ]
    if not about_status:
        shown.append((view.text("questions.place"), f"{row['asked']['lon']:.6f}, {row['asked']['lat']:.6f}"))
    head = [
        html.H2(row["enterprise"], className="gw-panel-title"),
        dcc.Link(view.text("questions.close"), href=PATH, className="gw-act"),
    ]
    inside = [
        dcc.Store(id="questions-seen", data={"id": row["id"], "kind": row["kind"]}),
        facts(shown),
        dcc.Link(view.text("questions.file"), href=f"/enterprises/{row['enterprise_id']}"),
        dmc.Select(
            id="questions-status",
            label=view.text("questions.f_status"),
            data=[{"value": code, "label": name} for code, name in names.items()],
            value=LIKELY.get(row["asked"].get("unable_reason", "")),
            style=None if about_status else {"display": "none"},
        ),
        html.Div(dmc.Button(view.text("questions.accept"), id="questions-accept", h=44), className="gw-acts"),
        dmc.Textarea(id="questions-reason", label=view.text("questions.f_reason"), autosize=True, minRows=2),
        html.Div(
            dmc.Button(view.text("questions.refuse"), id="questions-refuse", variant="default", h=44),
            className="gw-acts",
        ),
    ]
    return html.Section(
        [html.Div(head, className="gw-panel-head"), html.Div(inside, className="gw-pad gw-stack")],
        className="gw-panel gw-edit-form",
    )


def _caps(view: View, services: Services) -> html.Section:
    with services.reading() as conn:
        now = caps(conn)
    fields = [
        dmc.NumberInput(
            id=f"questions-cap-{name}", label=view.text(f"questions.caps_{name}"), w=120,
            value="" if getattr(now, name) is None else getattr(now, name),
        )
        for name in WINDOWS
    ]  # fmt: skip
    save = dmc.Button(view.text("questions.caps_save"), id="questions-caps-save", h=44, variant="default")
    inside = [
        html.P(view.text("questions.caps_note"), className="gw-small gw-muted"),
        dmc.Group([*fields, save], align="flex-end"),
    ]
    return panel(view.text("questions.caps"), html.Div(inside, className="gw-pad gw-stack"))


def register(app: dash.Dash, services: Services) -> Page:
    """Bind the page."""

    @app.callback(
        Output("questions-body", "children"),
        Input("url", "search"),
        Input("questions-done", "data"),
        State("url", "pathname"),
        prevent_initial_call=True,
    )
    def show(search: str | None, _done: Any, path: str) -> Any:
        if path != PATH:
            raise dash.exceptions.PreventUpdate
        view = services.view()
        view.viewer.require(Right.ANSWER)
        return _body(view, services, search)

    @app.callback(
        Output("questions-done", "data"),
        Output("questions-status", "error"),
        Output("questions-reason", "error"),
        Input("questions-accept", "n_clicks"),
        Input("questions-refuse", "n_clicks"),
        State("questions-seen", "data"),
        State("questions-status", "value"),
        State("questions-reason", "value"),
        running=[(Output(name, "loading"), True, False) for name in ("questions-accept", "questions-refuse")],
        prevent_initial_call=True,
    )
    def answer(
        accept: Any, refused: Any, seen: dict[str, Any], status: str | None, reason: str | None
    ) -> Any:
        if not (accept or refused):
            raise dash.exceptions.PreventUpdate
        view = services.view()
        accepting = ctx.triggered_id == "questions-accept"
        try:
            with services.writing() as conn:
                if not accepting:
                    refuse(conn, view.viewer, seen["id"], reason or "", now=view.now)
                elif seen["kind"] == "status":
                    accept_status(conn, view.viewer, seen["id"], status or "", now=view.now)
                else:
                    accept_point(conn, view.viewer, seen["id"], now=view.now)
        except Refused as wrong:
            if wrong.field not in ("status", "reason"):
                raise
            return no_update, *beside(view, wrong, ["status", "reason"])
        services.notify(view.text("questions.accepted" if accepting else "questions.refused"), "success")
        return time.monotonic(), None, None

    @app.callback(
        *(Output(name, "error") for name in CAPS),
        Input("questions-caps-save", "n_clicks"),
        *(State(name, "value") for name in CAPS),
        prevent_initial_call=True,
    )
    def keep(clicks: Any, *values: Any) -> Any:
        if not clicks:
            raise dash.exceptions.PreventUpdate
        view = services.view()
        wanted = Caps(**dict(zip(WINDOWS, (whole(value) for value in values), strict=True)))
        try:
            with services.writing() as conn:
                keep_caps(conn, view.viewer, wanted, now=view.now)
        except Refused as wrong:
            if wrong.field not in WINDOWS:
                raise
            return beside(view, wrong, list(WINDOWS))
        services.notify(view.text("questions.caps_saved"), "success")
        return [None] * len(CAPS)

    return Page(
        PATH, "questions.title", layout, Right.ANSWER, Nav("audit", 32, "questions.nav"), later_ids=LATER
    )
