"""The tab of the workday calendar: a year at a glance, and the one day that is being set."""

from __future__ import annotations

import time
from datetime import date
from typing import Any

import dash
import dash_mantine_components as dmc
import sqlalchemy as sa
from dash import Input, Output, State, ctx, dcc, html, no_update

from dashboard.components import address, words
from dashboard.components.exports import export_links
from dashboard.components.forms import beside, conflict
from dashboard.components.frame import facts, panel
from dashboard.components.lines import lines
from dashboard.components.states import empty
from dashboard.components.yearview import legend, months
from dashboard.services import Services, View
from data.access import Right
from data.errors import Conflict, Refused
from data.reads.calendar import CalendarDay, CalendarYear, calendar_year
from data.workdays import Override
from data.writes.calendar import YEARS, clear_day, set_day

BUTTONS = ("plans-day-save", "plans-day-clear-button")
LATER_IDS = (
    *BUTTONS,
    "plans-day-work", "plans-day-name", "plans-day-seen", "plans-day-clear",
    "plans-day-conflict",
)  # fmt: skip
TAB = "calendar"
OVERRIDE = ("day", "day_kind", "day_name")


def body(view: View, conn: sa.Connection, asked: dict[str, str]) -> list[Any]:
    """Return the year that the address names and, for a steward, the form of its chosen day."""
    steward = view.viewer.may(Right.IMPORT)
    day = _day(asked.get("day")) if steward else None
    year = calendar_year(
        conn, view.viewer, day.year if day else _year(asked.get("year"), view), view.language
    )
    chosen = next((one for one in year.days if one.day == day), None)

    def href(number: int) -> str:
        return address.link("/plans", tab=TAB, year=number)

    def step(word: str, number: int) -> Any:
        if not YEARS[0] <= number <= YEARS[1]:
            return None
        arrow = "‹" if number < year.year else "›"
        return dcc.Link(arrow, href=href(number), className="gw-step", title=view.text(f"plans.{word}"))

    until = year.announced_until
    said = "announced_not" if until is None or until.year < year.year else "announced_until"
    head = [
        step("year_before", year.year - 1),
        html.H2(view.text("plans.year_title", year=year.year), className="gw-panel-title"),
        step("year_after", year.year + 1),
    ]
    aside = [
        html.Span(view.text("plans.year_workdays", n=year.workdays)),
        html.Span(
            view.text(f"plans.{said}", **({"day": until.isoformat()} if said[-3:] == "til" and until else {}))
        ),
    ]
    whole = html.Section(
        [
            html.Div(
                [html.Div(head, className="gw-steps"), html.Div(aside, className="gw-panel-aside")],
                className="gw-panel-head",
            ),
            months(view, year, steward=steward, chosen=day),
            legend(view),
        ],
        className="gw-panel",
    )
    listed = html.Div([whole, _overrides(view, year, steward)], className="gw-stack")
    note = html.P(view.text("plans.calendar_note"), className="gw-note")
    if chosen is None:
        return [note, listed]
    return [note, html.Div([listed, _form(view, chosen, href(year.year))], className="gw-edit")]


def _year(asked: str | None, view: View) -> int:
    if asked and asked.isascii() and asked.isdigit() and YEARS[0] <= int(asked[:6]) <= YEARS[1]:
        return int(asked)
    return view.today.year


def _day(asked: str | None) -> date | None:
    try:
        found = date.fromisoformat(asked or "")
    except ValueError:
        return None
    return found if YEARS[0] <= found.year <= YEARS[1] else None


def _title(view: View, day: date) -> str:
    return view.text("plans.day_title", day=words.day(day, view.language), year=day.year)


def day_kind(view: View, workday: bool) -> str:
    """Return workday or day of rest in words."""
    return view.text("plans.day_workday" if workday else "plans.day_rest")


def overrides_of(year: CalendarYear) -> list[CalendarDay]:
    """Return the days of a year that somebody has set."""
    return [one for one in year.days if one.override is not None]


def _overrides(view: View, year: CalendarYear, steward: bool) -> Any:
    rows = [
        [
            dcc.Link(shown, href=address.link("/plans", tab=TAB, day=one.day.isoformat()))
            if steward
            else shown,
            day_kind(view, one.workday),
            one.name or words.NONE,
        ]
        for one in overrides_of(year)
        for shown in [words.day(one.day, view.language)]
    ]
    heads = [view.text(f"plans.{name}") for name in OVERRIDE]
    hint = "overrides_none_hint" if steward else "overrides_none_read"
    nothing = empty(view.text("plans.overrides_none_title"), view.text(f"plans.{hint}"))
    exports = export_links(view, "calendar", address.write({"year": year.year})) if rows else None
    return panel(view.text("plans.overrides"), lines(heads, rows) if rows else nothing, aside=exports)


def _form(view: View, day: CalendarDay, close: str) -> html.Section:
    by = (
        "by_override" if day.override is not None
        else "by_guess" if day.provisional
        else "by_notice" if day.name
        else "by_week"
    )  # fmt: skip
    now = day_kind(view, day.workday) + (f" · {day.name}" if day.name else "")
    notice = day.day.month == 10 and day.day.day <= 7 and day.provisional
    head = [
        html.H2(_title(view, day.day), className="gw-panel-title"),
        dcc.Link(view.text("plans.close"), href=close, className="gw-act"),
    ]
    seen = {"day": day.day.isoformat(), "set": list(day.override) if day.override else None}
    clear = dcc.ConfirmDialogProvider(
        dmc.Button(view.text("plans.day_clear"), id="plans-day-clear-button", variant="default", h=44,
                   style=None if day.override else {"display": "none"}),
        id="plans-day-clear", message=view.text("plans.day_clear_ask", day=day.day.isoformat()),
    )  # fmt: skip
    inside = [
        dcc.Store(id="plans-day-seen", data=seen),
        facts([(view.text("plans.day_now"), now), (view.text("plans.day_by"), view.text(f"plans.{by}"))]),
        html.P(view.text("plans.day_notice_hint"), className="gw-small gw-muted") if notice else None,
        dmc.RadioGroup(
            dmc.Group(
                [
                    dmc.Radio(day_kind(view, True), value="work"),
                    dmc.Radio(day_kind(view, False), value="rest"),
                ]
            ),
            id="plans-day-work",
            label=view.text("plans.day_set"),
            value="work" if day.workday else "rest",
        ),
        dmc.TextInput(
            id="plans-day-name",
            label=view.text("plans.f_day_name"),
            description=view.text("plans.f_day_name_hint"),
            value=(day.name if day.override else "") or "",
        ),
        html.Div(id="plans-day-conflict"),
        html.Div(
            [clear, dmc.Button(view.text("plans.save"), id="plans-day-save", h=44)], className="gw-acts"
        ),
    ]
    return html.Section(
        [html.Div(head, className="gw-panel-head"), html.Div(inside, className="gw-pad gw-stack")],
        className="gw-panel gw-edit-form",
    )


def register(app: dash.Dash, services: Services) -> None:
    """Bind the form of a day."""

    @app.callback(
        Output("plans-changed", "data", allow_duplicate=True),
        Output("plans-day-seen", "data"),
        Output("plans-day-conflict", "children"),
        Output("plans-day-name", "error"),
        Input("plans-day-save", "n_clicks"),
        Input("plans-day-clear", "submit_n_clicks"),
        State("plans-day-seen", "data"),
        State("plans-day-work", "value"),
        State("plans-day-name", "value"),
        running=[(Output(name, "loading"), True, False) for name in BUTTONS],
        prevent_initial_call=True,
    )
    def act(save: Any, clear: Any, seen: dict[str, Any], work: str, name: str | None) -> Any:
        view = services.view()
        if not {"plans-day-save": save, "plans-day-clear": clear}.get(ctx.triggered_id):
            raise dash.exceptions.PreventUpdate
        day = date.fromisoformat(seen["day"])
        was: Override | None = (bool(seen["set"][0]), seen["set"][1]) if seen["set"] else None
        clearing = ctx.triggered_id == "plans-day-clear"
        shown = _title(view, day)
        try:
            with services.writing() as conn:
                if clearing:
                    clear_day(conn, view.viewer, day, seen=was, now=view.now)
                    word = view.text("plans.day_cleared", day=shown)
                else:
                    set_day(conn, view.viewer, day, work == "work", name, seen=was, now=view.now)
                    word = view.text("plans.day_saved", day=shown, what=day_kind(view, work == "work"))
        except Conflict as refused:
            theirs = refused.params["theirs"]
            mine = {"is_workday": None if clearing else work == "work", "name": None if clearing else name}
            box = conflict(
                view, theirs, mine, lambda field: _label(view, field), lambda f, v: _shown(view, v)
            )
            again = [theirs["is_workday"], theirs["name"]] if theirs else None
            return no_update, {**seen, "set": again}, box, None
        except Refused as refused:
            if type(refused) is not Refused or refused.field != "name":
                raise
            return no_update, no_update, None, beside(view, refused, ["name"])[0]
        services.notify(word, "success")
        return time.monotonic(), no_update, None, None


def _label(view: View, field: str) -> str:
    return view.text("plans.day_set" if field == "is_workday" else "plans.f_day_name")


def _shown(view: View, value: Any) -> str:
    return day_kind(view, value) if isinstance(value, bool) else value or words.NONE
