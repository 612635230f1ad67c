"""What was imported before: the history of batches, and one of them with what was wrong in it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from dash import dcc, html

from dashboard.components import address, jobview, words
from dashboard.components.batchleads import leads_panel
from dashboard.components.exports import export_links
from dashboard.components.frame import panel
from dashboard.components.lines import lines
from dashboard.components.states import empty
from dashboard.services import View
from data.errors import NotFound
from data.reads.imports import BatchRow, batch_file, batches, issues, open_quarantine
from data.reads.labels import terms

PATH = "/imports"
SHOWN = 50
ISSUES_SHOWN = 100


def history(view: View, conn: sa.Connection, zone: str) -> Any:
    """Return the latest batches, each with the way to what was wrong in it."""
    rows, total = batches(conn, view.viewer, limit=SHOWN)
    title = view.text("imports.history")
    if not rows:
        return panel(
            title, empty(view.text("imports.history_none_title"), view.text("imports.history_none_hint"))
        )
    shown = []
    for one in rows:
        _, when, kind, file, source, who, *counts = cells(view, one, zone)
        shown.append(
            [
                dcc.Link(f"#{one.id}", href=address.link(PATH, batch=one.id)),
                html.Span(when, className="gw-day-cell"),
                kind,
                file,
                source,
                who or words.NONE,
                *map(words.count, counts),
            ]
        )
    aside = export_links(view, "batches")
    if total > SHOWN:
        aside.insert(0, html.Span(view.text("imports.history_some", n=SHOWN, total=words.count(total))))
    return panel(title, lines(heads(view), shown, numbers=range(6, 12)), aside=aside)


def heads(view: View) -> list[str]:
    """Return the words above the columns of the history."""
    names = ("number", "when", "kind", "file", "source", "who", *jobview.COUNTS)
    return [view.text(f"imports.{name}") for name in names]


def cells(view: View, one: BatchRow, zone: str) -> list[Any]:
    """Return a batch as a row of the history, in the order of `heads`."""
    kind = terms("batch_kind", view.language).get(one.kind, one.kind)
    return [
        one.id, words.moment(one.recorded_at, zone), kind, one.filename, one.source, one.user,
        *(getattr(one, name) for name in jobview.COUNTS),
    ]  # fmt: skip


def number_of(asked: str) -> int | None:
    """Return the number of a batch that an address names; None for what is none."""
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 16 else None


def one_batch(view: View, conn: sa.Connection, asked: str) -> Any:
    """Return what was wrong in the batch that the address names, and of leads how they fared."""
    number = number_of(asked)
    if number is None:
        return None
    try:
        found = batch_file(conn, view.viewer, number)
    except NotFound:
        return html.P(view.text("imports.batch_missing"), className="gw-muted", role="status")
    some = issues(conn, view.viewer, found.id, view.language, limit=ISSUES_SHOWN)
    waiting = open_quarantine(conn, view.viewer, found.id)
    aside: list[Any] = [html.Span(view.text("imports.issues_count", n=words.count(some.total)))]
    if some.rows:
        aside += export_links(view, "issues", address.write({"batch": found.id}))
    if waiting:
        aside.append(
            html.A(f"{view.text('imports.quarantine')} ({words.count(waiting)})",
                   href=address.link("/export/quarantine.csv", batch=found.id), className="gw-act")
        )  # fmt: skip
    body = jobview.issue_lines(view, some.rows) if some.rows else empty(view.text("imports.issues_none"), "")
    parts = [panel(f"{view.text('imports.batch', id=found.id)} · {found.filename}", body, aside=aside)]
    if found.kind == "leads":
        parts.append(leads_panel(view, conn, found.id))
    return html.Div(parts, className="gw-stack")
