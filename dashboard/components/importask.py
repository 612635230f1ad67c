"""The question before an import for good: how many rows are written, and how many are not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dash_mantine_components as dmc
from dash import html

from dashboard.components import words
from dashboard.services import View


def question(view: View, job: Mapping[str, Any] | None) -> str:
    """Return what a trial says will be written, the rows that wait in quarantine apart."""
    result = (job["result"] if job else None) or {}
    numbers = {name: words.count(result.get(name, 0)) for name in ("inserted", "changed", "unchanged")}
    written = words.count(result.get("inserted", 0) + result.get("changed", 0))
    said = [view.text("imports.publish_ask", written=written, **numbers)]
    if result.get("quarantined"):
        said.append(view.text("imports.publish_refused", n=words.count(result["quarantined"])))
    return " ".join(said)


def ask(view: View, job: Mapping[str, Any] | None) -> dmc.Modal:
    """Return the question as a dialog (``imports-ask``, ``imports-question``) with its two answers."""
    answers = [
        dmc.Button(view.text("imports.back"), id="imports-back", variant="default"),
        dmc.Button(view.text("imports.publish"), id="imports-confirm"),
    ]
    return dmc.Modal(
        [html.P(question(view, job), id="imports-question"), html.Div(answers, className="gw-acts")],
        id="imports-ask",
        title=view.text("imports.publish_title"),
        opened=False,
        centered=True,
        zIndex=2000,
        closeButtonProps={"aria-label": view.text("shell.close")},
    )
