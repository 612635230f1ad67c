"""The tables of an enterprise's file as files: its duties, and what happened, each thing in a row."""

from __future__ import annotations

import flask

from dashboard.answers import choice, only
from dashboard.components import fileparts, happenings
from dashboard.export import heads, table_file
from dashboard.services import Services, View
from data.reads.enterprise import EnterpriseFile, enterprise_file
from data.reads.labels import term


def install(server: flask.Flask, services: Services) -> None:
    """Add ``/export/enterprise-plans.csv|xlsx?id=`` and ``/export/enterprise-timeline…?id=&kind=``."""

    def read(view: View) -> EnterpriseFile:
        asked = flask.request.args.get("id", "")
        number = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 18 else 0
        with services.reading() as conn:
            return enterprise_file(conn, view.viewer, number, view.today, services.clock.zone)

    @server.get("/export/enterprise-plans.<kind>")
    def export_enterprise_plans(kind: str) -> flask.Response:
        only("id")
        view = services.view()
        rows = [
            [one.plan.name(view.language), fileparts.source_words(view, one.plan),
             term("state", one.state, view.language), fileparts.grade_words(view, one), one.done_on,
             one.period.deadline]
            for one in fileparts.duties(read(view))
        ]  # fmt: skip
        columns = heads(view, ("plan", "source", "stage", "evidence_grade", "done_on", "deadline"))
        return table_file(services, view, "enterprise-plans", kind, columns, rows, len(rows))

    @server.get("/export/enterprise-timeline.<kind>")
    def export_enterprise_timeline(kind: str) -> flask.Response:
        only("id", "kind")
        view = services.view()
        wanted = choice("kind", "all", ("all", *happenings.TELL))
        found = happenings.of_kind(read(view).timeline, wanted)
        rows = [happenings.activity_cells(view, one) for one in found]
        columns = heads(view, ("finished_on", "activity", "happened", "more"))
        return table_file(services, view, "enterprise-timeline", kind, columns, rows, len(rows))
