"""``/enterprises/<id>``: one file (一企一档) – facts on the left, what happened on the right."""

from __future__ import annotations

from typing import Any

import dash
import dash_mantine_components as dmc
from dash import ALL, Input, Output, State, ctx, dcc, html, no_update

from dashboard import export_enterprise
from dashboard.components import address, fileparts, fileplace, happenings, placing
from dashboard.components.exports import export_links
from dashboard.components.frame import crumbs, page, panel
from dashboard.components.overview import city_name
from dashboard.components.reasonbox import reason_box
from dashboard.components.rows import Names
from dashboard.components.states import not_found
from dashboard.services import Page, Services, View
from data.access import Right
from data.errors import NotFound, Refused
from data.reads.enterprise import EnterpriseFile, enterprise_file
from data.reads.labels import term
from data.reads.places import UNKNOWN_DISTRICT
from data.writes.unmask import unmask

PATH = "/enterprises/<id>"
KNOWN = ("kind", "place")
SHORTEST_REASON = 4


def layout(view: View, services: Services, id: str = "", search: str = "") -> Any:
    """Return the file of one enterprise."""
    asked = address.read(search, KNOWN)
    kind = asked.get("kind", "all")
    number = int(id) if id.isascii() and id.isdigit() and len(id) < 18 else 0
    with services.reading() as conn:
        try:
            found = enterprise_file(conn, view.viewer, number, view.today, services.clock.zone)
        except NotFound:
            return not_found(view, id, "/enterprises")
        names, city = Names.read(conn, view.language), city_name(conn, view)
    facts, zone = found.facts, services.clock.zone
    return page(
        facts["name"],
        [
            html.Div(
                [
                    html.Div(
                        [
                            fileparts.facts_panel(view, found, names, zone),
                            fileplace.map_panel(view, services, found),
                            fileplace.sources_panel(view, found, zone),
                        ],
                        className="gw-stack",
                    ),
                    html.Div(
                        [fileparts.plans_panel(view, found), _timeline_panel(view, found, kind)],
                        className="gw-stack",
                    ),
                ],
                className="gw-file",
            ),
            *_unmask(view, found),
            *placing.form(view, services, found, opened="place" in asked),
        ],
        above=crumbs(view, _steps(view, city, found)),
        aside=_acts(view, found),
        note=fileparts.headline(view, found, names),
    )


def _acts(view: View, found: EnterpriseFile) -> list[Any]:
    acts: list[Any] = []
    if view.viewer.may(Right.INTAKE):
        way = address.link("/leads/new", enterprise=str(found.id))
        acts.append(dcc.Link(view.text("leads.register"), href=way, className="gw-button-link"))
    if view.viewer.may(Right.RECORD):
        # the form is no page of Dash: a plain link leaves the frame
        acts.append(html.A(view.text("visit.title"), href=f"/visit/{found.id}", className="gw-button-link"))
    return acts


def _steps(view: View, city: str, found: EnterpriseFile) -> list[tuple[str, str | None]]:
    facts = found.facts
    district = facts["in_district"] or UNKNOWN_DISTRICT
    steps: list[tuple[str, str | None]] = [
        (city, "/"),
        (facts["district"] or view.text("ui.unknown_district"), address.link("/", district=district)),
    ]
    if facts["grid_code"]:
        steps.append((facts["grid_name"], address.link(f"/grids/{facts['grid_code']}")))
    return [*steps, (facts["name"], None)]


def _timeline_panel(view: View, found: EnterpriseFile, kind: str) -> Any:
    counts: dict[str, int] = {}
    for one in found.timeline:
        counts[one.kind] = counts.get(one.kind, 0) + 1
    kinds = [("all", f"{view.text('enterprise.timeline_all')} {len(found.timeline)}")]
    kinds += [(code, f"{term('activity', code, view.language)} {n}") for code, n in counts.items()]
    choose = dmc.SegmentedControl(
        id="enterprise-kind",
        data=[{"value": code, "label": words} for code, words in kinds],
        value=kind if kind in counts else "all",
        size="xs",
        className="gw-kinds",
        **{"aria-label": view.text("enterprise.timeline")},
    )
    body = [
        html.Div(choose, className="gw-pad gw-scroll"),
        html.Div(happenings.timeline(view, found.timeline, kind), id="enterprise-timeline"),
        dcc.Store(id="enterprise-id", data=found.id),
    ]
    links = _exports(view, found.id, kind) if found.timeline else None
    exports = html.Div(links, id="enterprise-exports", className="gw-exports")
    return panel(view.text("enterprise.timeline"), body, aside=exports)


def _exports(view: View, number: int, kind: str) -> list[Any]:
    asked = {"id": number, "kind": None if kind == "all" else kind}
    return export_links(view, "enterprise-timeline", address.write(asked))


def _unmask(view: View, found: EnterpriseFile) -> list[Any]:
    if not view.viewer.may(Right.UNMASK):
        return []
    return [
        dcc.Store(id="enterprise-field"),
        reason_box(
            view,
            "enterprise",
            view.text("enterprise.unmask_title"),
            view.text("enterprise.unmask_why"),
            view.text("enterprise.unmask_hint"),
        ),
    ]


def register(app: dash.Dash, services: Services) -> Page:
    """Bind the page: the kind of activity, personal data in clear for a reason, the decision on its grid."""
    placing.register(app, services, lambda view, number: layout(view, services, str(number)))

    export_enterprise.install(app.server, services)

    @app.callback(
        Output("enterprise-timeline", "children"),
        Output("enterprise-exports", "children"),
        Output("url", "search", allow_duplicate=True),
        Input("enterprise-kind", "value"),
        State("enterprise-id", "data"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def choose(kind: str, number: int, search: str | None) -> Any:
        if kind == address.read(search, KNOWN).get("kind", "all"):
            return no_update, no_update, no_update
        view = services.view()
        with services.reading() as conn:
            found = enterprise_file(conn, view.viewer, number, view.today, services.clock.zone)
        return (
            happenings.timeline(view, found.timeline, kind),
            _exports(view, number, kind),
            address.write({"kind": None if kind == "all" else kind}),
        )

    @app.callback(
        Output("enterprise-modal", "opened"),
        Output("enterprise-field", "data"),
        Output("enterprise-reason", "value"),
        Output("enterprise-reason", "error"),
        Output({"type": "enterprise-masked", "field": ALL}, "children"),
        Input({"type": "enterprise-ask", "field": ALL}, "n_clicks"),
        Input("enterprise-cancel", "n_clicks"),
        Input("enterprise-confirm", "n_clicks"),
        State("enterprise-field", "data"),
        State("enterprise-reason", "value"),
        State("enterprise-id", "data"),
        State({"type": "enterprise-masked", "field": ALL}, "id"),
        prevent_initial_call=True,
    )
    def in_clear(  # one conversation: ask, give up, or give a reason
        _asked: Any, _cancelled: Any, _confirmed: Any, field: str, reason: str, number: int, ids: Any
    ) -> Any:
        same = [no_update] * len(ids)
        cause = ctx.triggered_id
        if not ctx.triggered or not ctx.triggered[0]["value"]:
            return no_update, no_update, no_update, no_update, same
        if isinstance(cause, dict):
            return True, cause["field"], "", None, same
        if cause == "enterprise-cancel":
            return False, None, "", None, same
        view = services.view()
        given = (reason or "").strip()
        if len(given) < SHORTEST_REASON:
            return True, field, reason, view.text("enterprise.unmask_short"), same
        try:
            with services.writing() as conn:
                clear = unmask(conn, view.viewer, number, field, given, now=view.now)
        except NotFound as gone:
            return True, field, reason, view.text(f"errors.{gone.code}", **gone.params), same
        except Refused as refused:
            if refused.field != "reason":
                raise
            return True, field, reason, view.text(f"errors.{refused.code}", **refused.params), same
        services.notify(view.text("enterprise.unmask_done"), "success")
        shown = [clear if one["field"] == field else no_update for one in ids]
        return False, None, "", None, shown

    return Page(PATH, "enterprise.title", layout, Right.ENTERPRISES)
