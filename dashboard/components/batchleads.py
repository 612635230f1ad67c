"""What came of the rows of a file of leads, for who imported it."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from dash import dcc, html

from dashboard.components import words
from dashboard.components.frame import panel
from dashboard.components.lines import lines
from dashboard.services import View
from data.reads.lead_imports import LeadOfFile, leads_of_file


def leads_panel(view: View, conn: sa.Connection, batch_id: int) -> Any:
    """Return how many leads are matched, and line by line to whom; the unmatched ones come first."""
    found = leads_of_file(conn, view.viewer, batch_id)
    counts = {name: words.count(getattr(found, name)) for name in ("total", "unmatched")}
    said = html.P(view.text("imports.leads_counts", **counts), className="gw-pad")
    hint = html.P(view.text("imports.leads_hint"), className="gw-pad gw-note")
    body: list[Any] = [said, hint]
    if found.rows:
        heads = [view.text(f"imports.leads_{name}") for name in ("line", "number", "code", "enterprise")]
        body.append(lines(heads, [_cells(view, one) for one in found.rows], numbers={0}))
    if 0 < len(found.rows) < found.total:
        body.append(html.P(view.text("imports.leads_some", n=len(found.rows)), className="gw-pad gw-note"))
    return panel(view.text("imports.leads"), body)


def _cells(view: View, one: LeadOfFile) -> list[Any]:
    to: Any = html.Span(view.text("leads.unmatched"), className="gw-loud")
    if one.enterprise_id is not None:
        to = [dcc.Link(one.enterprise, href=f"/enterprises/{one.enterprise_id}")]
        to += [f"　{view.text(f'leads.basis_{one.basis}')}"] if one.basis else []
    return [one.line, html.Span(one.number, className="gw-break"), one.code or words.NONE, to]
