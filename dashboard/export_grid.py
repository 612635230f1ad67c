"""The tables of a grid's page as files: whom to visit, open problems and leads, latest visits, plans."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flask
import sqlalchemy as sa

from dashboard.answers import only
from dashboard.components import words
from dashboard.components.chips import light_word
from dashboard.components.gridparts import why
from dashboard.components.overview import plan_shown
from dashboard.export import heads, table_file
from dashboard.services import Services, View
from data.access import Right
from data.errors import NotFound
from data.reads.grid import GridFile, grid_file
from data.reads.labels import kind_names, term
from data.reads.work import WorkFilter, leads, problems
from data.reads.worklist import work_list

MOST = 100_000
Rows = list[list[Any]]


def install(server: flask.Flask, services: Services) -> None:
    """Add ``/export/grid-<table>.csv|xlsx?grid=&plan=`` for each of `TABLES`."""

    @server.get("/export/grid-<table>.<kind>")
    def export_grid(table: str, kind: str) -> flask.Response:
        only("grid", "plan")
        view, args = services.view(), flask.request.args
        if table not in TABLES:
            raise NotFound("http_404")
        right, columns, read = TABLES[table]
        view.viewer.require(right)
        with services.reading() as conn:
            plan = plan_shown(conn, args.get("plan"))
            found = grid_file(conn, view.viewer, args.get("grid", ""), view.today, plan)
            rows = read(conn, view, found, plan)
        return table_file(services, view, f"grid-{table}", kind, heads(view, columns), rows, len(rows))


def _work(conn: sa.Connection, view: View, found: GridFile, plan: str | None) -> Rows:
    items = work_list(conn, view.viewer, found.code, plan, view.today) if plan else []
    return [
        [item.enterprise.name, item.enterprise.uscc, item.enterprise.address,
         "；".join(why(view, reason) for reason in item.reasons)]
        for item in items
    ]  # fmt: skip


def _problems(conn: sa.Connection, view: View, found: GridFile, _: str | None) -> Rows:
    page = problems(conn, view.viewer, view.today, WorkFilter(grid=found.code, only="open"), limit=MOST)
    return [
        [one.enterprise, one.text, term("problem_state", one.state, view.language), one.opened_on, one.due_on,
         (view.today - one.due_on).days if one.overdue and one.due_on else None]
        for one in page.rows
    ]  # fmt: skip


def _leads(conn: sa.Connection, view: View, found: GridFile, _: str | None) -> Rows:
    page = leads(conn, view.viewer, view.today, WorkFilter(grid=found.code, only="open"), limit=MOST)
    return [
        [one.title, one.subject, term("lead_state", one.state, view.language), one.received_on, one.due_on,
         (view.today - one.due_on).days if one.overdue and one.due_on else None]
        for one in page.rows
    ]  # fmt: skip


def _visits(_: sa.Connection, view: View, found: GridFile, __: str | None) -> Rows:
    kinds = kind_names(view.language)
    return [
        [one.finished_on, one.enterprise, kinds.get(one.kind, one.kind),
         term("unable_reason", one.unable_reason, view.language)
         or term("conclusion", one.conclusion, view.language) or None, one.officer]
        for one in found.visits
    ]  # fmt: skip


def _plans(_: sa.Connection, view: View, found: GridFile, __: str | None) -> Rows:
    return [
        [one.plan.name(view.language), light_word(view, str(one.light)),
         words.rate(one.counts.done, one.counts.due), one.counts.done, one.counts.due, one.counts.remaining]
        for one in found.plans
    ]  # fmt: skip


Read = Callable[[sa.Connection, View, GridFile, str | None], Rows]
TABLES: dict[str, tuple[Right, tuple[str, ...], Read]] = {
    "work": (Right.ENTERPRISES, ("enterprise", "uscc", "address", "why"), _work),
    "problems": (
        Right.WORK,
        ("enterprise", "problem", "stage", "opened_on", "due_on", "days_over"),
        _problems,
    ),
    "leads": (Right.WORK, ("lead", "subject", "stage", "received_on", "due_on", "days_over"), _leads),
    "visits": (Right.WORK, ("finished_on", "enterprise", "visit_kind", "conclusion", "inspector"), _visits),
    "plans": (Right.FIGURES, ("plan", "light", "coverage", "done", "due", "remaining"), _plans),
}
"""Table → who may take it, its columns, its rows."""
