"""The platforms from which leads come: a line for each says whether somebody has looked lately."""

from __future__ import annotations

from typing import Any

import dash
from dash import ALL, Input, Output, html

from dashboard.components import words
from dashboard.components.chips import chip
from dashboard.services import Services, View
from data.access import Right
from data.reads.labels import term
from data.reads.platforms import PlatformCheck, platform_checks
from data.writes.platforms import note_check


def lines(view: View, services: Services, page: str) -> list[Any]:
    """Return the lines of a page (``leads``, ``imports``); nothing for officers, whose work they are not."""
    if view.viewer.may(Right.HANDLE):
        return []
    return [html.Div(_lines(view, services, page), id=f"{page}-platforms", role="status")]


def _lines(view: View, services: Services, page: str, noted: str | None = None) -> list[Any]:
    with services.reading() as conn:
        found = platform_checks(conn, view.viewer, view.today, services.clock.zone)
    return [_line(view, services, page, one, done=one.platform == noted) for one in found]


def _line(view: View, services: Services, page: str, one: PlatformCheck, *, done: bool) -> Any:
    name = term("platform", one.platform, view.language)
    kind = "never" if one.at is None else "late" if one.late else "fine"
    said = view.text(f"leads.platform_{kind}", platform=name, days=one.days, n=one.allowed)
    parts: list[Any] = [chip("red", said) if one.late else html.Span(said, className="gw-muted")]
    if one.at is not None:
        at = view.text("leads.platform_last", at=words.moment(one.at, services.clock.zone))
        file = view.text("leads.platform_file", id=one.batch_id) if one.batch_id else ""
        told = " · ".join(part for part in (at, one.by, file) if part)
        parts += ["　", html.Span(told, className="gw-muted")]
    act: Any = view.text("leads.platform_done") if done else None
    if not done and (view.viewer.may(Right.ASSIGN) or view.viewer.may(Right.IMPORT)):
        act = html.Button(
            [view.text("leads.platform_note"), html.Span(name, className="gw-sr")],
            id={"type": f"{page}-platform", "id": one.platform}, type="button", className="gw-tap",
        )  # fmt: skip
    return html.Div([html.Div(parts), act], className="gw-acts gw-apart gw-small")


def register(app: dash.Dash, services: Services, page: str) -> None:
    """Bind the button of each line of a page."""

    @app.callback(
        Output(f"{page}-platforms", "children"),
        Input({"type": f"{page}-platform", "id": ALL}, "n_clicks"),
        prevent_initial_call=True,
    )
    def note(clicks: list[int | None]) -> Any:
        asked = dash.ctx.triggered_id
        if not any(clicks) or asked is None:
            raise dash.exceptions.PreventUpdate
        view = services.view()
        with services.writing() as conn:
            note_check(conn, view.viewer, str(asked["id"]), now=view.now)
        return _lines(view, services, page, noted=str(asked["id"]))
