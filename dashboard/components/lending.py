"""Lending officers: to another grid, or for a cross-check of one enterprise; and taking them back."""

from __future__ import annotations

from datetime import date
from typing import Any

import dash
import dash_mantine_components as dmc
from dash import ALL, Input, Output, State, ctx, html, no_update

from dashboard.components import words
from dashboard.components.actforms import officer_box
from dashboard.components.forms import beside
from dashboard.components.frame import panel
from dashboard.components.lines import lines
from dashboard.services import Services, View
from data.access import Right
from data.errors import Refused
from data.reads.city import city
from data.reads.loans import LoanRow, loans
from data.reads.officers import officers_for_work
from data.writes.loans import NewLoan, end, lend

FIELDS = ("officer", "grid", "enterprise", "from", "to", "task")
NAMES = ("officer_id", "grid_id", "enterprise_id", "from_on", "to_on", "task")
LATER_IDS = (*(f"problems-loan-{name}" for name in (*FIELDS, "save")), "problems-loans")


def section(view: View, services: Services) -> list[Any]:
    """Return who is lent where and the form to lend; nothing for who assigns nothing."""
    if not view.viewer.may(Right.ASSIGN):
        return []
    with services.reading() as conn:
        officers = officers_for_work(conn, view.viewer)
        grids = [(str(row.id), f"{row.name} {row.code}") for row in city(conn, view.viewer).grids]
        there = loans(conn, view.viewer, view.today)
    inside = [
        html.P(view.text("problems.loan_hint"), className="gw-note"),
        html.Div(
            [
                officer_box(view, "problems-loan-officer", officers),
                dmc.Select(
                    id="problems-loan-grid", label=view.text("problems.loan_grid"), searchable=True, limit=50,
                    data=[{"value": one, "label": said} for one, said in grids], clearable=True,
                ),
                dmc.TextInput(
                    id="problems-loan-enterprise", label=view.text("problems.loan_enterprise"),
                    inputProps={"inputMode": "numeric"},
                ),
                *(
                    dmc.TextInput(
                        id=f"problems-loan-{name}", label=view.text(f"problems.loan_{name}"), required=True,
                        inputProps={"type": "date"}, value=view.today.isoformat() if name == "from" else "",
                    )
                    for name in ("from", "to")
                ),
                dmc.TextInput(
                    id="problems-loan-task", label=view.text("problems.loan_task"), required=True,
                ),
            ],
            className="gw-form-grid gw-acting",
        ),
        html.Div(
            dmc.Button(view.text("problems.loan_save"), id="problems-loan-save", h=44), className="gw-acts"
        ),
        html.Div(_table(view, there), id="problems-loans"),
    ]  # fmt: skip
    return [
        html.Details(
            [
                html.Summary(view.text("problems.loans", n=len(there)), className="gw-summary"),
                panel(view.text("problems.loan_title"), html.Div(inside, className="gw-pad gw-stack")),
            ]
        )
    ]


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
                type="button", className="gw-act",
                **{"aria-label": f"{view.text('problems.loan_end')} {one.officer}"},
            ),
        ]
        for one in there
    ]  # fmt: skip
    return lines(heads, rows)


def register(app: dash.Dash, services: Services) -> None:
    """Bind the form and the way back."""

    @app.callback(
        Output("problems-loans", "children"),
        *(Output(f"problems-loan-{name}", "error") for name in FIELDS),
        Output("problems-loan-task", "value"),
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
        try:
            with services.writing() as conn:
                if isinstance(cause, dict):
                    end(conn, view.viewer, int(cause["loan"]), now=view.now)
                else:
                    lend(conn, view.viewer, _new(dict(zip(FIELDS, entered, strict=True))), now=view.now)
        except Refused as refused:
            if type(refused).__name__ == "Denied" or refused.field not in NAMES:
                raise
            return no_update, *beside(view, refused, NAMES), no_update
        services.notify(view.text("problems.loan_ended" if isinstance(cause, dict) else "problems.loan_done"),
                        "success")  # fmt: skip
        with services.reading() as conn:
            there = loans(conn, view.viewer, view.today)
        return _table(view, there), *beside(view, None, NAMES), no_update if isinstance(cause, dict) else ""


def _new(entered: dict[str, Any]) -> NewLoan:
    number = str(entered["enterprise"] or "").strip().rsplit("/", 1)[-1]
    if number and not (number.isascii() and number.isdigit() and len(number) < 18):
        raise Refused("loan_enterprise", field="enterprise_id", found=number[:40])
    return NewLoan(
        officer_id=int(entered["officer"] or 0),
        from_on=_day(entered["from"], "from_on"),
        to_on=_day(entered["to"], "to_on"),
        task=str(entered["task"] or ""),
        grid_id=int(entered["grid"]) if entered["grid"] else None,
        enterprise_id=int(number) if number else None,
    )


def _day(value: Any, field: str) -> date:
    try:
        return date.fromisoformat(str(value or ""))
    except ValueError:
        raise Refused("text_missing", field=field) from None
