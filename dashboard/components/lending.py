"""Lending officers: to another grid, or for a cross-check of one enterprise; and taking them back."""

from __future__ import annotations

from datetime import date
from typing import Any

import dash
import dash_mantine_components as dmc
from dash import ALL, Input, Output, State, ctx, html, no_update

from dashboard.components import enterprisepick, words
from dashboard.components.actforms import day_of, officer_box, whole_number
from dashboard.components.forms import beside
from dashboard.components.lines import lines
from dashboard.services import Services, View
from data.access import Right
from data.errors import Denied, Refused
from data.reads.city import city
from data.reads.loans import LoanRow, loans
from data.reads.officers import officers_for_work
from data.writes.loans import NewLoan, end, lend

FIELDS = ("officer", "grid", "enterprise", "from", "to", "task")
NAMES = ("officer_id", "grid_id", "enterprise_id", "from_on", "to_on", "task")
NEEDED, CLEARED = ("officer", "from", "to", "task"), ("officer", "grid", "enterprise", "to", "task")
LATER_IDS = (*(f"problems-loan-{name}" for name in (*FIELDS, "save", "count")), "problems-loans")


def section(view: View, services: Services) -> list[Any]:
    """Return who is lent where and the form to lend; nothing for who assigns nothing."""
    if not view.viewer.may(Right.ASSIGN):
        return []
    with services.reading() as conn:
        officers = officers_for_work(conn, view.viewer)
        grids = [(str(row.id), f"{row.name} {row.code}") for row in city(conn, view.viewer).grids]
        there = loans(conn, view.viewer, view.today)

    def line(name: str, value: str = "", **more: Any) -> dmc.TextInput:
        said = view.text(f"problems.loan_{name}")
        return dmc.TextInput(id=f"problems-loan-{name}", label=said, required=True, value=value, **more)

    today, a_day = view.today.isoformat(), {"inputProps": {"type": "date", "min": view.today.isoformat()}}
    inside = [
        html.P(view.text("problems.loan_hint"), className="gw-note"),
        html.Div(
            [
                officer_box(view, "problems-loan-officer", officers),
                dmc.Select(
                    id="problems-loan-grid", label=view.text("problems.loan_grid"), searchable=True, limit=50,
                    data=[{"value": one, "label": said} for one, said in grids], clearable=True,
                ),
                enterprisepick.picker(
                    view, "problems-loan-enterprise", view.text("problems.loan_enterprise")
                ),
                line("from", today, **a_day),
                line("to", **a_day),
                line("task", inputProps={"maxLength": 200}),
            ],
            className="gw-form-grid gw-acting gw-formed",
        ),
        html.Div(
            dmc.Button(view.text("problems.loan_save"), id="problems-loan-save", h=44), className="gw-acts"
        ),
        html.Div(_table(view, there), id="problems-loans"),
    ]  # fmt: skip
    return [
        html.Details(
            [
                html.Summary(_said(view, there), id="problems-loan-count", className="gw-summary"),
                html.Div(inside, className="gw-stack"),
            ],
            className="gw-panel gw-more-panel",
            open=True,
        )
    ]


def _said(view: View, there: list[LoanRow]) -> str:
    return view.text("problems.loans", n=len(there))


def _table(view: View, there: list[LoanRow]) -> Any:
    if not there:
        return html.P(view.text("problems.loans_none"), className="gw-muted")
    heads = [view.text(f"problems.loan_{name}") for name in ("who", "where", "days", "task", "act")]
    rows = [
        [
            one.officer,
            one.enterprise or one.grid or words.NONE,
            f"{one.from_on.isoformat()} – {one.to_on.isoformat()}",
            one.task,
            html.Button(
                view.text("problems.loan_end"), id={"type": "problems-loan-end", "loan": one.id},
                type="button", className="gw-tap",
                **{"aria-label": f"{view.text('problems.loan_end')} {one.officer}"},
            ),
        ]
        for one in there
    ]  # fmt: skip
    return lines(heads, rows)


def register(app: dash.Dash, services: Services) -> None:
    """Bind the form and the way back."""

    enterprisepick.register(app, services, "problems-loan-enterprise")

    @app.callback(
        Output("problems-loans", "children"),
        Output("problems-loan-count", "children"),
        *(Output(f"problems-loan-{name}", "error") for name in FIELDS),
        *(Output(f"problems-loan-{name}", "value") for name in CLEARED),
        Input("problems-loan-save", "n_clicks"),
        Input({"type": "problems-loan-end", "loan": ALL}, "n_clicks"),
        *(State(f"problems-loan-{name}", "value") for name in FIELDS),
        running=[(Output("problems-loan-save", "loading"), True, False)],
        prevent_initial_call=True,
    )
    def act(_save: Any, _ends: Any, *entered: Any) -> Any:
        if not ctx.triggered or not ctx.triggered[0]["value"]:
            raise dash.exceptions.PreventUpdate
        view, cause = services.view(), ctx.triggered_id
        told, ending = dict(zip(FIELDS, entered, strict=True)), isinstance(cause, dict)
        same = [no_update] * len(CLEARED)
        empty = [] if ending else [name for name in NEEDED if not str(told[name] or "").strip()]
        if empty:
            said = view.text("errors.text_missing")
            return no_update, no_update, *(said if name in empty else None for name in FIELDS), *same
        try:
            with services.writing() as conn:
                if ending:
                    end(conn, view.viewer, int(cause["loan"]), now=view.now)
                else:
                    lend(conn, view.viewer, _new(told), now=view.now)
        except Denied:
            raise
        except Refused as refused:
            if refused.field not in NAMES:
                raise
            return no_update, no_update, *beside(view, refused, NAMES), *same
        services.notify(view.text("problems.loan_ended" if ending else "problems.loan_done"), "success")
        with services.reading() as conn:
            there = loans(conn, view.viewer, view.today)
        blank = same if ending else [None if name in ("officer", "grid", "enterprise") else ""
                                     for name in CLEARED]  # fmt: skip
        return _table(view, there), _said(view, there), *beside(view, None, NAMES), *blank


def _new(entered: dict[str, Any]) -> NewLoan:
    return NewLoan(
        officer_id=whole_number(entered["officer"]) or 0,
        from_on=_day(entered["from"], "from_on"),
        to_on=_day(entered["to"], "to_on"),
        task=str(entered["task"] or ""),
        grid_id=whole_number(entered["grid"]),
        enterprise_id=whole_number(entered["enterprise"]),
    )


def _day(value: Any, field: str) -> date:
    day = day_of(value)
    if day is None:
        raise Refused("text_missing", field=field)
    return day
