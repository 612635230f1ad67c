"""What a table shows, as a file: the same filter, the same scope, an audit row for each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import flask

from dashboard.answers import only
from dashboard.api import FILTERS, read_filter
from dashboard.export_grids import GRID, grid_lines
from dashboard.services import Services, View
from data import audit, sheets
from data.errors import NotFound
from data.reads.city import city
from data.reads.enterprises import EnterpriseRow, all_enterprises
from data.reads.labels import category_names, status_names, term

KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
ENTERPRISE = (
    "source_id", "name", "uscc", "category", "status", "risk_level", "district", "grid_code", "grid_name",
    "unplaced_reason", "address", "state", "done_on", "visits", "last_visit_on", "open_problems",
    "next_problem_due", "open_leads", "next_lead_due", "licence_to", "lon", "lat",
)  # fmt: skip


def install(server: flask.Flask, services: Services) -> None:
    """Add ``/export/enterprises.csv|xlsx`` and ``/export/grids.csv|xlsx``."""

    @server.get("/export/enterprises.<kind>")
    def export_enterprises(kind: str) -> flask.Response:
        only(*FILTERS, "sort")
        view, wanted = services.view(), read_filter()
        sort = flask.request.args.get("sort") or "name"
        with services.reading() as conn:
            categories, statuses = category_names(conn, view.language), status_names(conn, view.language)
            rows = list(all_enterprises(conn, view.viewer, wanted, sort))

        def cells() -> Iterator[list[Any]]:
            for row in rows:
                yield [_enterprise_cell(view, row, name, categories, statuses) for name in ENTERPRISE]

        return table_file(services, view, "enterprises", kind, heads(view, ENTERPRISE), cells(), len(rows))

    @server.get("/export/grids.<kind>")
    def export_grids(kind: str) -> flask.Response:
        view, args = services.view(), flask.request.args
        with services.reading() as conn:
            found = city(conn, view.viewer, args.get("plan") or None)
            rows = grid_lines(view, found, {k: v for k, v in args.items() if v})
        return table_file(services, view, "grids", kind, heads(view, GRID), rows, len(rows))


def _enterprise_cell(
    view: View, row: EnterpriseRow, name: str, categories: dict[str, str], statuses: dict[str, str]
) -> Any:
    value = getattr(row, name)
    if name == "category":
        return categories.get(value, value)
    if name == "status":
        return statuses.get(value, value)
    if name == "unplaced_reason":
        return term("unplaced", value, view.language) or None
    if name == "state":
        return term("state", value, view.language)
    return value


def heads(view: View, columns: Sequence[str]) -> list[str]:
    """Return the words of columns that the API knows too."""
    return [view.text(f"api.column_{column}") for column in columns]


def table_file(
    services: Services,
    view: View,
    name: str,
    kind: str,
    header: Sequence[str],
    rows: Iterable[Sequence[Any]],
    count: int,
) -> flask.Response:
    """Return a table as a file to keep, and write into the audit log that it was taken.

    Parameters
    ----------
    name : str
        What is taken: the file is called after it, the audit log names it.
    kind : str
        ``csv`` or ``xlsx``.
    header : sequence of str
        The words above the columns.
    rows : iterable
        The cells of each row, as many as `header`.
    count : int
        How many rows there are, for the audit log.

    Raises
    ------
    NotFound
        A kind of file that is not made.
    """
    if kind not in KINDS:
        raise NotFound("http_404")
    with services.writing() as conn:
        audit.append(
            conn, view.viewer, "export", name, kind, now=view.now,
            rows=count, filter=dict(flask.request.args.items()),
        )  # fmt: skip
    parts = sheets.csv_parts(header, rows) if kind == "csv" else sheets.xlsx_parts(name, header, rows)
    answer = flask.Response(parts, content_type=KINDS[kind])
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}-{view.today}.{kind}"'
    return answer
