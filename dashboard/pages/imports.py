"""``/imports``: a file in, first on trial, then for good; what was refused and why; what came before."""

from __future__ import annotations

from typing import Any

import dash
import dash_mantine_components as dmc
from dash import Input, Output, State, ctx, dcc, html, no_update

from dashboard import downloads, export_imports, uploads
from dashboard.components import address, batchparts, importask, jobview, leadplatforms
from dashboard.components.filters import choice
from dashboard.components.frame import page, panel
from dashboard.services import Nav, Page, Services, View
from data import jobs
from data.access import Right
from data.errors import Refused
from data.reads.labels import setting, terms

PATH = batchparts.PATH
KNOWN = ("batch",)
POLL_MS = 1000
HIDDEN = {"display": "none"}


def layout(view: View, services: Services, search: str = "") -> Any:
    """Return the page, with the steward's latest job and one batch if the address names it."""
    view.viewer.require(Right.IMPORT)
    with services.reading() as conn:
        profiles = setting(conn, "profiles") or []
        job = _latest(conn, view)
        history = batchparts.history(view, conn, services.clock.zone)
        batch = batchparts.one_batch(view, conn, address.read(search, KNOWN).get("batch", ""))
    return page(
        view.text("imports.title"),
        [
            *leadplatforms.lines(view, services, "imports"),
            html.Div([_new_panel(view, profiles), _job_panel(view, job)], className="gw-two gw-even"),
            html.Div(batch, id="imports-batch"),
            html.Div(history, id="imports-history"),
            dcc.Store(id="imports-token"),
            dcc.Store(id="imports-profiles", data=profiles),
            dcc.Store(id="imports-job", data=job["id"] if job else None),
            dcc.Interval(id="imports-poll", interval=POLL_MS, disabled=not _runs(job)),
        ],
    )


def _latest(conn: Any, view: View) -> dict[str, Any] | None:
    return next((row for row in jobs.latest(conn, view.viewer) if row["kind"] == "import"), None)


def _runs(job: dict[str, Any] | None) -> bool:
    return job is not None and job["state"] in jobview.RUNNING


def _kinds(view: View, profiles: list[dict[str, Any]]) -> list[tuple[str, str]]:
    offered = {kind for one in profiles for kind in one["kinds"]}
    return [(code, name) for code, name in terms("batch_kind", view.language).items() if code in offered]


def _offers(view: View, profiles: list[dict[str, Any]], kind: str | None) -> list[dict[str, str]]:
    return [
        {"value": one["name"], "label": one["title"].get(view.language) or one["name"]}
        for one in sorted(profiles, key=lambda one: one["name"] != "standard")
        if kind in one["kinds"]
    ]


def _new_panel(view: View, profiles: list[dict[str, Any]]) -> Any:
    kinds = _kinds(view, profiles)
    kind = "enterprises" if any(code == "enterprises" for code, _ in kinds) else None
    offers = _offers(view, profiles, kind)
    form = [
        html.Div(
            [
                choice("imports-kind", view.text("imports.kind"), kinds, kind, width=200),
                dmc.Select(id="imports-profile", label=view.text("imports.profile"), data=offers,
                           value=offers[0]["value"] if offers else None, allowDeselect=False, w=240,
                           comboboxProps={"zIndex": 1000}),
            ],
            className="gw-filters",
        ),
        html.P(
            view.text("imports.profile_hint" if profiles else "imports.no_profiles"),
            className="gw-muted gw-small" if profiles else "gw-loud",
        ),
        dcc.Upload(
            html.Button(
                [html.Div(view.text("imports.drop")),
                 html.Div(view.text("imports.drop_hint", mb=uploads.MAX_MB), className="gw-small")],
                id="imports-chosen", type="button", className="gw-drop",
            ),
            id="imports-upload",
            accept=",".join(uploads.SUFFIXES),
            max_size=uploads.MAX_MB * 1024 * 1024,
            className_active="gw-drop-active",
        ),
        html.Div(id="imports-error", className="gw-loud", role="alert"),
        html.P(view.text("imports.check_hint"), className="gw-muted gw-small"),
        html.Div(
            [
                html.A(view.text("imports.template"), id="imports-template",
                       href=address.link("/export/template.xlsx", kind=kind), className="gw-act"),
                dmc.Button(view.text("imports.check"), id="imports-check", disabled=True),
            ],
            className="gw-acts gw-apart",
        ),
    ]  # fmt: skip
    return panel(view.text("imports.new"), html.Div(form, className="gw-stack gw-pad"))


def _job_panel(view: View, job: dict[str, Any] | None) -> Any:
    body = [
        html.Div(jobview.job_view(view, job), id="imports-job-view", **{"aria-live": "polite"}),
        html.Div(
            [
                dmc.Button(view.text("imports.cancel"), id="imports-cancel", variant="default",
                           style=None if _runs(job) else HIDDEN),
                dmc.Button(view.text("imports.publish"), id="imports-publish",
                           style=None if jobview.publishable(job) else HIDDEN),
            ],
            className="gw-acts gw-pad",
        ),
        importask.ask(view, job),
    ]  # fmt: skip
    return panel(view.text("imports.job"), body)


def register(app: dash.Dash, services: Services) -> Page:
    """Bind the page; files go to the data folder and work to the queue, never to etl itself."""
    downloads.install(app.server, services)
    export_imports.install(app.server, services)
    leadplatforms.register(app, services, "imports")

    @app.callback(
        Output("imports-profile", "data"),
        Output("imports-profile", "value"),
        Output("imports-template", "href"),
        Input("imports-kind", "value"),
        State("imports-profiles", "data"),
        prevent_initial_call=True,
    )
    def offer(kind: str, profiles: list[dict[str, Any]]) -> Any:
        offers = _offers(services.view(), profiles, kind)
        return (
            offers,
            offers[0]["value"] if offers else None,
            address.link("/export/template.xlsx", kind=kind),
        )

    @app.callback(
        Output("imports-token", "data"),
        Output("imports-chosen", "children"),
        Output("imports-error", "children"),
        Output("imports-check", "disabled"),
        Input("imports-upload", "contents"),
        State("imports-upload", "filename"),
        prevent_initial_call=True,
    )
    def receive(contents: str | None, name: str | None) -> Any:
        view = services.view()
        view.viewer.require(Right.IMPORT)
        if not contents or not name:
            return no_update, no_update, no_update, no_update
        try:
            token = uploads.keep(services.settings.uploads, view.viewer.actor, name, contents)
        except Refused as refused:
            return None, no_update, view.text(f"errors.{refused.code}", **refused.params), True
        size = f"{max(1, len(contents) * 3 // 4096):,} KB"
        return token, view.text("imports.chosen", name=name, size=size), "", False

    @app.callback(
        Output("imports-job", "data"),
        Output("imports-poll", "disabled"),
        Input("imports-check", "n_clicks"),
        Input("imports-confirm", "n_clicks"),
        Input("imports-cancel", "n_clicks"),
        State("imports-kind", "value"),
        State("imports-profile", "value"),
        State("imports-token", "data"),
        State("imports-job", "data"),
        prevent_initial_call=True,
    )
    def act(check: Any, publish: Any, cancel: Any, kind: str, profile: str, token: str, current: int) -> Any:
        view, cause = services.view(), ctx.triggered_id
        if not {"imports-check": check, "imports-confirm": publish, "imports-cancel": cancel}.get(cause):
            return no_update, no_update
        with services.writing() as conn:
            if cause == "imports-cancel":
                jobs.cancel(conn, view.viewer, current, now=view.now)
                return current, False
            if cause == "imports-confirm":
                params = {**jobs.one(conn, view.viewer, current)["params"], "dry_run": False}
                uploads.require(params["path"])
            else:
                path = uploads.find(services.settings.uploads, view.viewer.actor, token)
                # a browser can send anything, and a profile can also be the path of a file
                offered = [one["value"] for one in _offers(view, setting(conn, "profiles") or [], kind)]
                if profile not in offered:
                    raise Refused("profile_missing", name=str(profile)[:60], known="、".join(offered) or "—")
                params = {"kind": kind, "profile": profile, "path": str(path), "filename": path.name,
                          "dry_run": True}  # fmt: skip
            started = jobs.submit(conn, view.viewer, "import", params, now=view.now)
        return started, False

    # opened by its button, closed by either answer
    app.clientside_callback(
        "function() { return window.dash_clientside.callback_context.triggered_id === 'imports-publish'; }",
        Output("imports-ask", "opened"),
        Input("imports-publish", "n_clicks"),
        Input("imports-back", "n_clicks"),
        Input("imports-confirm", "n_clicks"),
        prevent_initial_call=True,
    )

    @app.callback(
        Output("imports-job-view", "children"),
        Output("imports-cancel", "style"),
        Output("imports-publish", "style"),
        Output("imports-question", "children"),
        Output("imports-history", "children"),
        Output("imports-poll", "disabled", allow_duplicate=True),
        Input("imports-poll", "n_intervals"),
        Input("imports-job", "data"),
        prevent_initial_call=True,
    )
    def follow(_ticks: int, number: int | None) -> Any:
        view = services.view()
        if number is None:
            raise dash.exceptions.PreventUpdate
        with services.reading() as conn:
            job = jobs.one(conn, view.viewer, number)
            ended = not _runs(job)
            history = batchparts.history(view, conn, services.clock.zone) if ended else no_update
        return (
            jobview.job_view(view, job),
            HIDDEN if ended else None,
            None if jobview.publishable(job) else HIDDEN,
            importask.question(view, job),
            history,
            ended,
        )

    @app.callback(
        Output("imports-batch", "children"),
        Input("url", "search"),
        State("url", "pathname"),
        prevent_initial_call=True,
    )
    def show(search: str | None, path: str) -> Any:
        if path != PATH:
            raise dash.exceptions.PreventUpdate
        view = services.view()
        with services.reading() as conn:
            return batchparts.one_batch(view, conn, address.read(search, KNOWN).get("batch", ""))

    return Page(PATH, "imports.title", layout, Right.IMPORT, Nav("imports", 30, "imports.nav"))
