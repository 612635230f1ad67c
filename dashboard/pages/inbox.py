"""``/inbox``: what I was told; for who supervises, whose messages lie unread."""

from __future__ import annotations

from datetime import date
from typing import Any

import dash
import sqlalchemy as sa
from dash import ALL, Input, Output, State, dcc, html

from dashboard.components import address, words
from dashboard.components.chips import chip
from dashboard.components.frame import page, panel
from dashboard.components.lines import lines
from dashboard.components.officerlink import officer_link
from dashboard.components.states import empty
from dashboard.services import Nav, Page, Services, View
from data.access import Right
from data.reads.labels import term
from data.reads.messages import Note, OfficerNotes, by_officer, inbox, unacknowledged, unread
from data.writes import messages
from data.writes.officers import DUTIES

PATH = "/inbox"
KNOWN = ("ended", "from")
SIZE = 30
MARK = {
    "overdue": "red", "escalated": "red", "returned": "red", "refused": "red", "supervised": "red",
    "due_soon": "yellow", "last_day": "red", "asked": "yellow", "approved": "done", "answered": "done",
    "closed": "done", "merged": "yellow", "handed_on": "yellow",
}  # fmt: skip
"""Kind of message → the mark of its chip."""
PAPERS = {"record": "visit", "order": "order"}
"""What a message about a paper is about → the kind of paper."""
TOLD_APART = (
    ("asked", "recheck"), ("asked", "close"), ("asked", "extension"), ("asked", "review"),
    ("assigned", "recheck"), ("assigned", "order"), ("assigned", "handler"), ("assigned", "grid"),
    ("handed_on", "grid"), ("answered", "accepted"), ("answered", "refused"),
    ("assigned", "notice"), ("overdue", "receipt"),
)  # fmt: skip
"""Messages of one kind that ask for different things are told in words of what they ask for."""


def layout(view: View, services: Services, search: str = "", **_: str) -> Any:
    """Return the viewer's messages, and for a supervisor the officers' state of theirs."""
    with services.reading() as conn:
        said, rows = _mine(conn, view, services, search)
        counts = html.Span(said, id="inbox-counts", role="status")
        parts = [panel(view.text("inbox.mine"), html.Div(rows, id="inbox-rows"), aside=counts)]
        if view.viewer.may(Right.ASSIGN):
            parts.append(_officers(view, services, by_officer(conn, view.viewer, view.today)))
    return page(view.text("inbox.title"), [html.Div(parts, className="gw-stack")])


def _mine(conn: sa.Connection, view: View, services: Services, search: str | None) -> tuple[str, list[Any]]:
    """Return how many there are, in words, and the messages that the address asks for."""
    asked = address.read(search, KNOWN)
    ended = asked.get("ended") == "1"
    start = int(asked["from"]) if asked.get("from", "").isdecimal() and len(asked["from"]) < 8 else 0
    rows, total = inbox(conn, view.viewer, ended=ended, offset=start, limit=SIZE)
    new = unread(conn, view.viewer)
    over = {"ended": None if ended else "1"}
    other = dcc.Link(
        view.text("inbox.only_open" if ended else "inbox.with_ended"),
        href=address.link(PATH, **over),
        id="inbox-ended",
        className="gw-tap",
    )
    said = view.text("inbox.counts", unread=words.count(new), total=words.count(total))
    all_read = html.Button(
        view.text("inbox.read_all"), id={"type": "inbox-read-all", "id": 0}, type="button",
        className="gw-tap", disabled=not new,
    )  # fmt: skip
    head = html.Div([all_read, other], className="gw-pad gw-my-acts")
    if not rows:
        return said, [head, empty(view.text("inbox.none_title"), view.text("inbox.none_hint"))]
    steps = [
        dcc.Link(
            view.text(f"inbox.{name}"), href=address.link(PATH, ended=asked.get("ended"), **{"from": at})
        )
        for name, at, there in (
            ("newer", max(0, start - SIZE) or None, start > 0),
            ("more", start + SIZE, start + SIZE < total),
        )
        if there
    ]
    body = html.Ul([_note(view, services, one) for one in rows], className="gw-my-rows")
    return said, [head, body, html.P(steps, className="gw-more") if steps else None]


def _note(view: View, services: Services, one: Note) -> html.Li:
    kind, thing = view.text(f"inbox.kind_{one.kind}"), view.text(f"inbox.object_{one.object}")
    platform = term("platform", one.occasion, view.language) if one.object == "platform" else None
    title = one.title or platform or thing
    zone = services.clock.zone
    marks: list[Any] = [chip(MARK.get(one.kind, "open"), kind), html.Span(thing, className="gw-kind")]
    if one.read_at is None and one.ended_at is None:
        marks.append(html.Span(view.text("inbox.unread"), className="gw-kind gw-kind-new"))
    if one.ended_at is not None:
        marks.append(html.Span(view.text("inbox.ended"), className="gw-kind"))
    said = [html.Li(text) for text in _said(view, one, title)]
    if one.acknowledged_at is not None:
        at = words.moment(one.acknowledged_at, zone)
        said.append(html.Li(view.text("inbox.acknowledged", at=at)))
    to = way_to(one, steward=view.viewer.may(Right.ANSWER))
    acts: list[Any] = [
        html.Button(
            [view.text("inbox.open"), html.Span(title, className="gw-sr")],
            id={"type": "inbox-open", "id": one.id, "to": to}, type="button", className="gw-tap",
        )
    ]  # fmt: skip
    if one.asks:
        acts.append(
            html.Button(
                [view.text("inbox.acknowledge"), html.Span(title, className="gw-sr")],
                id={"type": "inbox-acknowledge", "id": one.id}, type="button",
                className="gw-tap gw-tap-first",
            )
        )  # fmt: skip
    new = one.read_at is None and one.ended_at is None
    return html.Li(
        [
            html.Div(
                [
                    html.Div([html.B(title) if new else html.Span(title), *marks], className="gw-my-name"),
                    html.Div(words.moment(one.at, zone), className="gw-since"),
                    html.Ul(said, className="gw-my-why"),
                ],
                className="gw-my-what",
            ),
            html.Div(acts, className="gw-my-acts"),
        ],
        id=f"inbox-{one.id}",
        className="gw-my-row",
    )


def _said(view: View, one: Note, title: str) -> list[str]:
    found = [one.text] if one.text and one.text != title else []
    if one.object == "platform":
        found.append(view.text("inbox.platform_unseen"))
    if (one.kind, one.occasion) in TOLD_APART:
        found.insert(0, view.text(f"inbox.{one.kind}_{one.occasion}", n=one.params.get("n")))
    if one.params.get("duty") in DUTIES:
        found.append(view.text(f"officers.duty_{one.params['duty'].lower()}"))
    for name in ("on", "from", "due_on", "until"):
        day = _day(one.params.get(name))
        if day is not None:
            key = "due" if name == "due_on" else name
            rule = term("lead_rule", one.params.get("rule"), view.language)
            found.append(f"{rule} {view.text(f'inbox.{key}', day=words.day(day, view.language))}".strip())
    if one.params.get("demand"):
        found.append(view.text("inbox.demand", text=one.params["demand"]))
    reason = one.params.get("reason")
    return [*found, view.text("inbox.reason", text=reason)] if reason else found


def _day(value: Any) -> date | None:
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError):
        return None


def way_to(one: Note, *, steward: bool = False) -> str:
    """Return the page of what a message is about; a steward answers questions, an officer sees the answer."""
    if one.object in ("lead", "problem"):
        return f"/{one.object}s/{one.object_id}"
    if one.object == "platform":
        return "/imports" if steward else "/leads"
    if one.object in PAPERS:
        return f"/papers/{PAPERS[one.object]}/{one.object_id}"
    if one.object == "question" and steward:
        return f"/questions?id={one.object_id}"
    if one.enterprise_id is None:
        return "/my"
    return f"/enterprises/{one.enterprise_id}"


def _officers(view: View, services: Services, found: list[OfficerNotes]) -> Any:
    heads = [
        view.text(f"inbox.{name}")
        for name in (
            "officer", "grids", "officer_unread", "officer_unacknowledged", "officer_open", "officer_since",
        )
    ]  # fmt: skip
    rows = [
        [
            one.name,
            words.listed(one.grids, view.language),
            html.Span(words.count(one.unread), className="gw-loud" if one.unread else ""),
            html.Span(words.count(one.unacknowledged), className="gw-loud" if one.unacknowledged else ""),
            words.count(one.open),
            words.moment(one.waiting_since, services.clock.zone),
        ]
        for one in found
    ]
    body = (
        lines(heads, rows, numbers=(2, 3, 4))
        if rows
        else html.P(view.text("inbox.officers_none"), className="gw-pad gw-muted")
    )
    return panel(
        view.text("inbox.officers"),
        body,
        aside=html.Span([view.text("inbox.officers_note"), " ", *officer_link(view)]),
    )


def register(app: dash.Dash, services: Services) -> Page:
    """Bind the page."""

    @app.callback(
        Output("inbox-counts", "children"),
        Output("inbox-rows", "children"),
        Input("url", "search"),
        Input({"type": "inbox-open", "id": ALL, "to": ALL}, "n_clicks"),
        Input({"type": "inbox-acknowledge", "id": ALL}, "n_clicks"),
        Input({"type": "inbox-read-all", "id": ALL}, "n_clicks"),
        State("url", "pathname"),
        prevent_initial_call=True,
    )
    def act(search: str | None, opened: Any, confirmed: Any, every: Any, path: str) -> Any:
        if path.rstrip("/") != PATH:
            raise dash.exceptions.PreventUpdate
        view, what = services.view(), dash.ctx.triggered_id
        if isinstance(what, dict):
            if not any(one["value"] for one in dash.ctx.triggered):
                raise dash.exceptions.PreventUpdate  # rows that were drawn, not clicked
            with services.writing() as conn:
                _do(conn, view, services, what)
            if what["type"] == "inbox-open":
                path, _, asked = str(what["to"]).partition("?")
                dash.set_props("url", {"pathname": path, "search": f"?{asked}" if asked else ""})
                return dash.no_update, dash.no_update
        with services.reading() as conn:
            return _mine(conn, view, services, search)

    return Page(PATH, "inbox.title", layout, Right.ENTERPRISES, Nav("inbox", 15))


def _do(conn: sa.Connection, view: View, services: Services, what: dict[str, Any]) -> None:
    if what["type"] == "inbox-open":
        messages.read(conn, view.viewer, what["id"], now=view.now)
    elif what["type"] == "inbox-acknowledge":
        messages.acknowledge(conn, view.viewer, what["id"], now=view.now)
        left = unacknowledged(conn, view.viewer)
        services.notify(view.text("inbox.acknowledge_done", n=left), "success")
    else:
        n = messages.read_all(conn, view.viewer, now=view.now)
        services.notify(view.text("inbox.read_all_done", n=n), "success")
