"""The tables of ``/imports`` as files: every batch, and every issue of one, masked as on the screen."""

from __future__ import annotations

import flask

from dashboard.answers import only
from dashboard.components import batchparts, jobview
from dashboard.export import table_file
from dashboard.services import Services
from data.errors import NotFound
from data.reads.imports import batch_file, batches, issues


def install(server: flask.Flask, services: Services) -> None:
    """Add ``/export/batches.csv|xlsx`` and ``/export/issues.csv|xlsx?batch=``."""

    @server.get("/export/batches.<kind>")
    def export_batches(kind: str) -> flask.Response:
        only()
        view = services.view()
        with services.reading() as conn:
            _, total = batches(conn, view.viewer, limit=0)
            found, _ = batches(conn, view.viewer, limit=total)
        rows = [batchparts.cells(view, one, services.clock.zone) for one in found]
        return table_file(services, view, "batches", kind, batchparts.heads(view), rows, len(rows))

    @server.get("/export/issues.<kind>")
    def export_issues(kind: str) -> flask.Response:
        only("batch")
        view, asked = services.view(), flask.request.args.get("batch", "")
        with services.reading() as conn:
            number = batchparts.number_of(asked)
            if number is None:
                raise NotFound("batch_unknown", got=asked)
            batch_file(conn, view.viewer, number)
            total = issues(conn, view.viewer, number, view.language, limit=0).total
            found = issues(conn, view.viewer, number, view.language, limit=total).rows
        rows = [jobview.issue_cells(view, one._asdict()) for one in found]
        return table_file(services, view, "issues", kind, jobview.issue_heads(view), rows, len(rows))
