"""What the pages of a problem and of a lead share: photos ahead of a form, two versions of a change."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

import dash
import dash_mantine_components as dmc
from dash import Input, Output, State, dcc, html

from dashboard.components.lines import lines
from dashboard.failures import sentence
from dashboard.services import Services, View
from data.access import Right
from data.errors import Conflict, Refused
from data.reads.labels import term
from data.writes import attachments


def photo_box(view: View, noun: str) -> html.Div:
    """Return the button that adds photos to a form of `noun` (problem, lead), and what it keeps of them."""
    return html.Div(
        [
            dcc.Upload(
                dmc.Button(view.text("problems.add_photo"), variant="default", h=44),
                id={"type": f"{noun}-photos", "name": "add"},
                accept="image/jpeg,image/png,image/webp",
                multiple=True,
                max_size=attachments.MAX_MB * 1024 * 1024,
            ),
            html.Div(id={"type": f"{noun}-sent", "name": "list"}, role="status", className="gw-small"),
            dcc.Store(id={"type": f"{noun}-files", "name": "attachments"}, data=[]),
        ]
    )


def send_photos(app: dash.Dash, services: Services, noun: str) -> None:
    """Let photos of `photo_box` be stored at once; the form hands on their ids."""

    @app.callback(
        Output({"type": f"{noun}-files", "name": "attachments"}, "data"),
        Output({"type": f"{noun}-sent", "name": "list"}, "children"),
        Input({"type": f"{noun}-photos", "name": "add"}, "contents"),
        State({"type": f"{noun}-photos", "name": "add"}, "filename"),
        State({"type": f"{noun}-files", "name": "attachments"}, "data"),
        prevent_initial_call=True,
    )
    def photos(contents: list[str] | None, names: list[str] | None, before: list[str] | None) -> Any:
        if not contents:
            raise dash.exceptions.PreventUpdate
        view, sent = services.view(), list(before or ())
        view.viewer.require(Right.RECORD)
        try:
            for name, content in zip(names or (), contents, strict=True):
                sent.append(_keep(services, view, name, content))
        except Refused as refused:
            return sent, html.Span(sentence(refused, view.language), className="gw-loud")
        return sent, view.text("problems.photos_there", n=len(sent))


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


def both_versions(
    view: View, noun: str, verb: str, entered: Mapping[str, Any], conflict: Conflict
) -> html.Div:
    """Return what the other has made of it beside what was about to be sent; nothing is lost."""
    theirs = conflict.params["theirs"]
    state = term(f"{noun}_state", theirs["state"], view.language)
    mine = "　".join(str(value) for value in entered.values() if isinstance(value, str | int) and value)
    rows = [
        (view.text("problems.theirs"), f"{state}　{theirs['by']}　{theirs['at']}"),
        (view.text("problems.mine"), f"{view.text(f'{noun}s.verb_{verb}')}　{mine}"),
    ]
    heads = [view.text("problems.whose"), view.text("problems.what")]
    return html.Div(
        [html.P(sentence(conflict, view.language), className="gw-loud"), lines(heads, rows)],
        className="gw-conflict",
        role="alert",
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
