"""The tables of ``/plans`` as files: plans, the days of the calendar that somebody set, organisations."""

from __future__ import annotations

import flask

from dashboard.answers import number, only
from dashboard.components.planwords import names_of, rules_of, shown
from dashboard.export import heads, table_file
from dashboard.pages import plans_calendar, plans_organisations
from dashboard.services import Services
from data.reads.calendar import calendar_year
from data.reads.labels import term
from data.reads.organisations import organisations
from data.reads.plans import list_plans
from data.writes.calendar import YEARS

RULES = ("whom", "kinds", "often", "period")


def install(server: flask.Flask, services: Services) -> None:
    """Add ``/export/plans``, ``/export/calendar`` (``?year=``), ``/export/organisations``; csv and xlsx."""

    @server.get("/export/plans.<kind>")
    def export_plans(kind: str) -> flask.Response:
        only()
        view = services.view()
        with services.reading() as conn:
            found = list_plans(conn, view.viewer, view.today)
            names = names_of(view, conn)
        rows = []
        for one in found:
            plan, rules = one.plan, rules_of(view, one, names)
            rows.append(
                [plan.code, plan.name(view.language), *(rules[name] for name in RULES), plan.legal_source,
                 shown(view, "evidence", plan.evidence, names) if plan.evidence else None,
                 view.text("plans.yes" if plan.headline and one.active else "plans.no"),
                 view.text("plans.yes" if one.active else "plans.no")]
            )  # fmt: skip
        header = [
            *heads(view, ("code", "plan")),
            *(view.text(f"plans.{name}") for name in (*RULES, "source", "f_evidence", "headline_mark")),
            view.text("admin.active"),
        ]
        return table_file(services, view, "plans", kind, header, rows, len(rows))

    @server.get("/export/calendar.<kind>")
    def export_calendar(kind: str) -> flask.Response:
        only("year")
        view = services.view()
        year = number("year", view.today.year, *YEARS)
        with services.reading() as conn:
            found = plans_calendar.overrides_of(calendar_year(conn, view.viewer, year, view.language))
        rows = [[one.day, plans_calendar.day_kind(view, one.workday), one.name] for one in found]
        header = [view.text(f"plans.{name}") for name in plans_calendar.OVERRIDE]
        return table_file(services, view, "calendar", kind, header, rows, len(rows))

    @server.get("/export/organisations.<kind>")
    def export_organisations(kind: str) -> flask.Response:
        only()
        view = services.view()
        with services.reading() as conn:
            found = organisations(conn, view.viewer)
        rows = [
            [one.name, term("org_kind", one.kind, view.language), one.code, one.district_name, one.below,
             one.officers, one.accounts, one.parent]
            for one in found
        ]  # fmt: skip
        header = [view.text(f"plans.{name}") for name in (*plans_organisations.COLUMNS, "org_above")]
        return table_file(services, view, "organisations", kind, header, rows, len(rows))
