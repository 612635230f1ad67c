"""A year as twelve small months: what differs from the ordinary week is marked by a sign and a word."""

from __future__ import annotations

from datetime import date
from typing import Any

from dash import dcc, html

from dashboard.components import address, words
from dashboard.services import View
from data.reads.calendar import CalendarDay, CalendarYear


def months(view: View, year: CalendarYear, *, steward: bool, chosen: date | None) -> html.Div:
    """Return the year; for a steward each day leads to its form."""
    by_month: dict[int, list[CalendarDay]] = {}
    for day in year.days:
        by_month.setdefault(day.day.month, []).append(day)
    made = [_month(view, number, days, steward, chosen) for number, days in by_month.items()]
    return html.Div(made, className="gw-year")


def _month(
    view: View, number: int, days: list[CalendarDay], steward: bool, chosen: date | None
) -> html.Table:
    blank: list[Any] = [html.Td() for _ in range(days[0].day.weekday())]
    cells = blank + [_cell(view, day, steward, chosen) for day in days]
    weeks = [html.Tr(cells[start : start + 7]) for start in range(0, len(cells), 7)]
    heads = [
        html.Th(
            view.text(f"ui.weekday_{n}").removeprefix("周"), scope="col", className="gw-rest" if n > 4 else ""
        )
        for n in range(7)
    ]
    caption = [
        html.Span(view.text(f"ui.month_{number}")),
        html.Span(
            view.text("plans.year_workdays", n=sum(day.workday for day in days)), className="gw-month-sum"
        ),
    ]
    return html.Table(
        [html.Caption(caption), html.Thead(html.Tr(heads)), html.Tbody(weeks)], className="gw-month"
    )


def _cell(view: View, day: CalendarDay, steward: bool, chosen: date | None) -> html.Td:
    sign = view.text("plans.mark_work" if day.workday else "plans.mark_rest") if day.unusual else ""
    said = _said(view, day)
    inside: Any = str(day.day.day)  # a year is hundreds of days: of an ordinary one nothing more is drawn
    if day.unusual or day.override is not None or day.provisional:
        marked = [html.Sup(sign, className="gw-day-sign")] if sign else []
        inside = [html.Span(inside), *marked, html.Span(f" {said}", className="gw-sr")]
    names = [
        ("rest", not day.workday),
        ("holiday", day.unusual and not day.workday),
        ("makeup", day.unusual and day.workday),
        ("set", day.override is not None),
        ("provisional", day.provisional),
        ("today", day.day == view.today),
        ("on", day.day == chosen),
    ]
    name = " ".join(["gw-date", *(f"gw-date-{word}" for word, on in names if on)])
    if steward:
        href = address.link("/plans", tab="calendar", day=day.day.isoformat())
        return html.Td(dcc.Link(inside, href=href, className=name, title=said))
    return html.Td(html.Span(inside, className=name, title=said))


def _said(view: View, day: CalendarDay) -> str:
    parts = [
        words.day(day.day, view.language),
        view.text("plans.day_workday" if day.workday else "plans.day_rest"),
        day.name,
        view.text("plans.legend_set") if day.override is not None else None,
        view.text("plans.legend_provisional") if day.provisional else None,
    ]
    return " · ".join(part for part in parts if part)


def legend(view: View) -> html.Div:
    """Return what the signs mean."""
    kinds = (
        ("holiday", view.text("plans.mark_rest"), "legend_rest"),
        ("makeup", view.text("plans.mark_work"), "legend_work"),
        ("set", "", "legend_set"),
        ("provisional", "", "legend_provisional"),
    )
    return html.Div(
        [
            html.Span(
                [
                    html.Span(
                        [html.Span("1"), html.Sup(sign, className="gw-day-sign") if sign else None],
                        className=f"gw-date gw-date-{kind}",
                        **{"aria-hidden": "true"},
                    ),
                    view.text(f"plans.{word}"),
                ],
                className="gw-legend-day",
            )
            for kind, sign, word in kinds
        ],
        className="gw-year-legend",
    )
