"""The list of problems as a file."""

from __future__ import annotations

import flask

from dashboard.answers import only
from dashboard.components.problemlist import EXPORTED, KNOWN, asked_of, problem_row
from dashboard.export import table_file
from dashboard.services import Services
from data.reads.work import problems
from data.workdays import load_calendar

MOST = 1_000_000


def install(server: flask.Flask, services: Services) -> None:
    """Add ``/export/problems.csv|xlsx``."""

    @server.get("/export/problems.<kind>")
    def export_problems(kind: str) -> flask.Response:
        only(*KNOWN)
        view = services.view()
        asked = asked_of(flask.request.query_string.decode())
        with services.reading() as conn:
            found = problems(conn, view.viewer, view.today, asked.filter(view), limit=MOST)
            calendar = load_calendar(conn)
        made = (problem_row(view, row, calendar) for row in found.rows)
        rows = ([row[name] for name in EXPORTED] for row in made)
        header = [view.text(f"problems.column_{name}") for name in EXPORTED]
        return table_file(services, view, "problems", kind, header, rows, len(found.rows))
