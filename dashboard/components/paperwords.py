"""How a paper reads on a screen: its state, what it says, its way to approval."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from dashboard.components import words
from dashboard.components.chips import chip
from dashboard.components.frame import facts
from dashboard.components.lines import lines
from dashboard.services import View
from data.reads.labels import term
from data.reads.papers import HandedIn, PaperFile

MARK = {"draft": "open", "submitted": "yellow", "approved": "done", "changed": "red", "returned": "red"}
"""State of a paper → the mark of its chip."""
NAMES = {"visit": "documents.record", "order": "documents.order"}
"""Kind of paper → the catalogue key of its name."""


def state_chip(view: View, state: str) -> Any:
    """Return 草稿, 待批准, 已批准 …"""
    return chip(MARK[state], term("paper_state", state, view.language))


def paper_link(view: View, kind: str, number: int, state: str) -> html.Span:
    """Return the state of a paper and the way to its page."""
    said = view.text("papers.go", name=view.text(NAMES[kind]))
    return html.Span(
        [state_chip(view, state), dcc.Link(said, href=f"/papers/{kind}/{number}", className="gw-link")],
        className="gw-chips",
    )


def downloads(view: View, kind: str, number: int, name: str = "gw-link") -> list[html.A]:
    """Return the links to the files of a paper, of class `name`; plain ones, for they are no pages."""
    return [
        html.A(
            view.text(f"papers.download_{form}"), href=f"/documents/{kind}/{number}.{form}", className=name
        )
        for form in ("pdf", "docx")
    ]


def content(view: View, found: PaperFile) -> html.Div:
    """Return what a paper says, as it will be printed."""
    paper = found.paper
    inside: list[Any] = []
    if paper.note:
        inside.append(html.P(paper.note, className="gw-loud"))
    if paper.number:
        inside.append(html.P(paper.number))
    inside.append(facts(paper.pairs))
    inside += [html.P(one) for one in (paper.addressee, *paper.paragraphs) if one]
    for table in paper.tables:
        inside += [html.H3(table.title, className="gw-panel-title"), lines(table.heads, table.rows)]
    inside += [html.P(one) for one in paper.closing]
    if found.signature_id is not None:
        alt = view.text("papers.signature_alt")
        picture = html.Img(src=f"/attachments/{found.signature_id}", alt=alt, className="gw-signature")
        inside += [html.P(f"{paper.signs[0]}："), picture]
    return html.Div(inside, className="gw-pad gw-stack gw-paper")


def story(view: View, found: PaperFile, zone: str) -> Any:
    """Return each handing-in and what came of it, the latest first."""
    if not found.steps:
        return html.P(view.text("papers.story_none"), className="gw-pad gw-muted")
    told = [line for step in found.steps for line in _lines(view, step, zone)]
    return html.Ol(told, className="gw-timeline")


def _lines(view: View, step: HandedIn, zone: str) -> list[html.Li]:
    found = []
    if step.decided_at is not None:
        what = view.text(f"papers.step_{step.state}")
        found.append(_line(words.moment(step.decided_at, zone), what, step.decided_by, step.reason))
    found.append(_line(words.moment(step.at, zone), view.text("papers.step_submitted"), step.by, None))
    return found


def _line(when: str, what: str, *more: str | None) -> html.Li:
    return html.Li(
        [
            html.Div(when, className="gw-event-day"),
            html.Div(
                html.Span(className="gw-event-paper"), className="gw-event-mark", **{"aria-hidden": "true"}
            ),
            html.Div(
                [html.B(what), *(html.Div(line, className="gw-event-more") for line in more if line)],
                className="gw-event-what",
            ),
        ],
        className="gw-event",
    )
