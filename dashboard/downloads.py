"""Files for the steward: the rows in quarantine with what is wrong, and the template to fill in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import flask

from dashboard.components.batchparts import number_of
from dashboard.services import Services
from data import audit, sheets
from data.access import Right
from data.errors import NotFound
from data.quarantine import MARK, column
from data.reads.imports import all_issues, batch_file
from data.reads.labels import setting


def install(server: flask.Flask, services: Services) -> None:
    """Add ``/export/quarantine.csv?batch=`` and ``/export/template.xlsx?kind=``."""

    @server.get("/export/quarantine.csv")
    def export_quarantine() -> flask.Response:
        view = services.view()
        asked = flask.request.args.get("batch", "")
        number = number_of(asked)
        if number is None:
            raise NotFound("batch_unknown", got=asked)
        with services.reading() as conn:
            batch_file(conn, view.viewer, number)
            found = list(all_issues(conn, view.viewer, number, view.language))
        rows: dict[tuple[int | None, str | None], tuple[dict[str, Any], list[str]]] = {}
        for issue in found:
            if issue.level == "error" and issue.resolved_by is None:
                # without the row as read only who brought the file could correct it: the id says which it is
                shown = issue.raw or {"source_id": issue.source_id}
                told = rows.setdefault((issue.line, issue.source_id), (shown, []))
                told[1].append(issue.message)
        given = dict.fromkeys(name for raw, _ in rows.values() for name in raw)
        columns = [name for name in given if not name.startswith(MARK)]
        # corrected and imported again, a row is known by these columns, whatever was corrected
        head = [*columns, *(column(key, view.language) for key in ("batch", "line", "cure"))]

        def cells() -> Iterator[list[Any]]:
            for (line, _), (raw, told) in rows.items():
                yield [*(raw.get(name) for name in columns), number, line, "；".join(told)]

        with services.writing() as conn:
            audit.append(conn, view.viewer, "export", "quarantine", asked, now=view.now, rows=len(rows))
        answer = flask.Response(sheets.csv_parts(head, cells()), content_type="text/csv; charset=utf-8")
        answer.headers["Content-Disposition"] = f'attachment; filename="quarantine-{number}.csv"'
        return answer

    @server.get("/export/template.xlsx")
    def export_template() -> flask.Response:
        view, kind = services.view(), flask.request.args.get("kind", "")
        view.viewer.require(Right.IMPORT)
        with services.reading() as conn:
            known = {name for one in setting(conn, "profiles") or [] for name in one["kinds"]}
        path = services.settings.data / "templates" / view.language / f"{kind}.xlsx"
        if kind not in known or not path.is_file():
            raise NotFound("template_unknown", got=kind)
        return flask.send_file(path.resolve(), as_attachment=True, download_name=f"gridward-{kind}.xlsx")
