"""The list of leads as a file; who reported them is never in it."""

from __future__ import annotations

import flask

from dashboard.answers import only
from dashboard.components.leadlist import EXPORTED, KNOWN, asked_of, lead_row
from dashboard.export import table_file
from dashboard.services import Services
from data.reads.leads import lead_list
from data.workdays import load_calendar

MOST = 1_000_000


def install(server: flask.Flask, services: Services) -> None:
    """Add ``/export/leads.csv|xlsx``."""

    @server.get("/export/leads.<kind>")
    def export_leads(kind: str) -> flask.Response:
        only(*KNOWN)
        view = services.view()
        asked = asked_of(flask.request.query_string.decode())
        with services.reading() as conn:
            found, total = lead_list(conn, view.viewer, view.today, asked, limit=MOST)
            calendar = load_calendar(conn)
        made = (lead_row(view, row, calendar) for row in found)
        rows = ([row[name] for name in EXPORTED] for row in made)
        header = [view.text(f"leads.column_{name}") for name in EXPORTED]
        return table_file(services, view, "leads", kind, header, rows, total)
