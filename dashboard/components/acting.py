"""Photos that go ahead of the form of a problem or a lead: sent at once, each can be taken back."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

import dash
import dash_mantine_components as dmc
from dash import ALL, Input, Output, State, ctx, dcc, html

from dashboard.failures import sentence
from dashboard.services import Services, View
from data.access import Right
from data.errors import Denied, Refused
from data.writes import attachments

Sent = Sequence[Mapping[str, str]]
"""Photos that were sent: ``id`` (the client's) and ``name``."""


def photo_box(view: View, noun: str, sent: Sent = ()) -> html.Div:
    """Return the button that adds photos to a form of `noun` (problem, lead), and those that it has."""
    return html.Div(
        [
            dcc.Upload(
                dmc.Button(
                    view.text("problems.add_photo"),
                    id={"type": f"{noun}-adding", "name": "add"},
                    variant="default",
                    h=44,
                ),
                id={"type": f"{noun}-photos", "name": "add"},
                accept="image/jpeg,image/png,image/webp",
                multiple=True,  # no size: what is too large is refused here, and not passed over in silence
            ),
            html.Div(
                _sent(view, noun, sent, []),
                id={"type": f"{noun}-sent", "name": "list"},
                role="status",
                className="gw-small",
            ),
            dcc.Store(id={"type": f"{noun}-files", "name": "attachments"}, data=list(sent)),
        ]
    )


def _sent(view: View, noun: str, sent: Sent, refused: Sequence[str]) -> list[Any]:
    """Return what was sent, each with the button that takes it back, and what was refused."""
    drop = view.text("problems.drop_photo")
    rows = [
        html.Li(
            [
                html.Span(one["name"]),
                dmc.Button(
                    drop, id={"type": f"{noun}-drop", "id": one["id"]}, variant="subtle", h=44,
                    **{"aria-label": f"{drop} {one['name']}"},
                ),
            ]
        )
        for one in sent
    ]  # fmt: skip
    there = [view.text("problems.photos_there", n=len(sent)), html.Ul(rows, className="gw-sent")]
    return [*(there if sent else ()), *(html.P(said, className="gw-loud") for said in refused)]


def send_photos(app: dash.Dash, services: Services, noun: str) -> None:
    """Let photos of `photo_box` be stored at once; the form hands on their ids."""

    @app.callback(
        Output({"type": f"{noun}-files", "name": "attachments"}, "data"),
        Output({"type": f"{noun}-sent", "name": "list"}, "children"),
        Input({"type": f"{noun}-photos", "name": "add"}, "contents"),
        State({"type": f"{noun}-photos", "name": "add"}, "filename"),
        State({"type": f"{noun}-files", "name": "attachments"}, "data"),
        # a form that is sent meanwhile would go without them
        running=[
            (Output({"type": f"{noun}-save", "verb": ALL}, "disabled"), True, False),
            (Output({"type": f"{noun}-adding", "name": "add"}, "loading"), True, False),
        ],
        prevent_initial_call=True,
    )
    def add(contents: list[str] | None, names: list[str] | None, before: list[dict[str, str]] | None) -> Any:
        if not contents:
            raise dash.exceptions.PreventUpdate
        view, sent, refused = services.view(), list(before or ()), []
        view.viewer.require(Right.RECORD)
        for name, content in zip(names or (), contents, strict=True):
            try:
                sent.append({"id": _keep(services, view, name, content), "name": name})
            except Denied:
                raise
            except Refused as error:
                refused.append(f"{name} {sentence(error, view.language)}")
        return sent, _sent(view, noun, sent, refused)

    # a callback of its own: the browser would send the photos themselves along once more
    @app.callback(
        Output({"type": f"{noun}-files", "name": "attachments"}, "data", allow_duplicate=True),
        Output({"type": f"{noun}-sent", "name": "list"}, "children", allow_duplicate=True),
        Input({"type": f"{noun}-drop", "id": ALL}, "n_clicks"),
        State({"type": f"{noun}-files", "name": "attachments"}, "data"),
        prevent_initial_call=True,
    )
    def drop(clicks: list[int | None], before: list[dict[str, str]] | None) -> Any:
        if not any(clicks) or not isinstance(ctx.triggered_id, dict):  # drawn, not pressed
            raise dash.exceptions.PreventUpdate
        sent = [one for one in before or () if one["id"] != ctx.triggered_id["id"]]
        return sent, _sent(services.view(), noun, sent, [])


def pictures(files: Sequence[Mapping[str, Any]]) -> html.Ul:
    """Return photos that are kept, each opening itself."""
    return html.Ul(
        [
            html.Li(
                html.A(
                    html.Img(src=f"/attachments/{one['id']}", alt=one["name"]),
                    href=f"/attachments/{one['id']}",
                    target="_blank",
                    rel="noopener",
                )
            )
            for one in files
        ],
        className="gw-photos",
    )


def _keep(services: Services, view: View, name: str, content: str) -> str:
    try:
        body = base64.b64decode(content.partition(",")[2], validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused("attachment_broken", field="attachments") from error
    picture = attachments.encode(body, "photo")
    attachments.store(services.settings.data, picture)
    client_id = str(uuid4())
    with services.writing() as conn:
        attachments.note(
            conn, view.viewer, picture, client_id=client_id, what="photo", name=name, now=view.now
        )
    return client_id
