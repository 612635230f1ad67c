"""An officer's working list as a file: the rows of the filter that is chosen, in their order."""

from __future__ import annotations

import flask

from dashboard.answers import choice, only
from dashboard.components import dutywords
from dashboard.export import table_file
from dashboard.services import Services
from data.reads.duties import FILTERS, duties

COLUMNS = (
    "enterprise", "address", "grid", "kinds", "why", "due_on", "workdays", "risk", "last_visit_on",
)  # fmt: skip


def install(server: flask.Flask, services: Services) -> None:
    """Add ``/export/my.csv|xlsx?show=&plan=``."""

    @server.get("/export/my.<kind>")
    def export_my(kind: str) -> flask.Response:
        only("show", "plan")
        view = services.view()
        show = choice("show", "all", ("all", *FILTERS))
        plan = flask.request.args.get("plan") or None
        with services.reading() as conn:
            found = duties(conn, view.viewer, view.today, plan).shown(None if show == "all" else show)
        told = (dutywords.cells(view, row) for row in found)
        rows = ([one[name] for name in COLUMNS] for one in told)
        header = [view.text(f"my.column_{name}") for name in COLUMNS]
        return table_file(services, view, "my", kind, header, rows, len(found))
