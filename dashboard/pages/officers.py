"""``/officers``: who answers for which grid; many grids handed over at once, after a preview."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import dash
import dash_mantine_components as dmc
from dash import Input, Output, State, dcc, html, no_update

from dashboard.components import lending, words
from dashboard.components.actforms import day_of, officer_box, whole_number
from dashboard.components.forms import beside
from dashboard.components.frame import page
from dashboard.components.lines import lines
from dashboard.components.table import from_width, number_column, table, text_column
from dashboard.services import Page, Services, View
from data.access import Right
from data.errors import Conflict, Denied, Refused
from data.reads.hands_over import GridHands, grid_hands, handed_over, officer_names
from data.reads.officers import officers_for_work
from data.writes.officers import DUTIES, hand_over

PATH = "/officers"
WORK = ("remaining", "problems", "leads")
"""What goes with a grid, as it is counted here."""
FIELDS = ("grids", "officer_id", "from", "reason")
LATER = tuple(f"officers-{name}" for name in ("officer", "duty", "from", "reason", "preview", "save", "seen"))


def layout(view: View, services: Services, **_: str) -> Any:
    """Return the grids with their officers, the form to hand some over, and the loans."""
    view.viewer.require(Right.ASSIGN)
    with services.reading() as conn:
        grids = grid_hands(conn, view.viewer, view.today)
        names = officer_names(conn, view.viewer, grids)
        officers = officers_for_work(conn, view.viewer)

    def numbers(name: str) -> dict[str, Any]:
        return number_column(name, view.text(f"officers.{name}"), 92)

    columns = [
        text_column("name", view.text("officers.grid"), 150, flex=1, minWidth=130),
        text_column("A", view.text("officers.duty_a"), 116),
        from_width(600, text_column("B", view.text("officers.duty_b"), 116)),
        *(from_width(600, numbers(name)) for name in WORK),
    ]
    listed = table(
        view, "officers-grids", columns, _rows(grids, names), label=view.text("officers.grids"),
        rowSelection={"mode": "multiRow", "enableClickSelection": True, "headerCheckbox": True},
    )  # fmt: skip
    form = [
        html.H2(view.text("officers.hand_over"), className="gw-panel-title"),
        html.P(view.text("officers.hint"), className="gw-note"),
        dmc.SegmentedControl(
            id="officers-duty", value=DUTIES[0], fullWidth=True,
            data=[{"value": one, "label": view.text(f"officers.duty_{one.lower()}")} for one in DUTIES],
        ),
        officer_box(view, "officers-officer", officers),
        dmc.TextInput(
            id="officers-from", label=view.text("officers.from"), value=view.today.isoformat(), required=True,
            inputProps={"type": "date", "min": view.today.isoformat()},
        ),
        dmc.TextInput(
            id="officers-reason", label=view.text("officers.reason"), required=True,
            inputProps={"maxLength": 200},
        ),
        html.Div(
            html.P(view.text("officers.choose"), className="gw-note"), id="officers-preview",
            **{"aria-live": "polite"},
        ),
        html.P(id="officers-trouble", role="alert", className="gw-trouble"),
        html.Div(
            dmc.Button(view.text("officers.save", n=0), id="officers-save", h=44, disabled=True),
            className="gw-acts",
        ),
        dcc.Store(id="officers-seen"),
    ]  # fmt: skip
    inside = [
        html.Div(
            [
                html.Div(listed, className="gw-panel gw-admin-table"),
                html.Section(form, className="gw-panel gw-admin-form"),
            ],
            className="gw-admin gw-officers",
        ),
        *lending.section(view, services),
    ]
    return page(view.text("officers.title"), inside, note=view.text("officers.note"))


def _rows(grids: Sequence[GridHands], names: Mapping[int, str]) -> list[dict[str, Any]]:
    return [
        {
            "id": one.id, "name": " ".join(part for part in (one.district, one.name) if part),
            **{name: getattr(one, name) for name in WORK},
            **{duty: names.get(one.officers.get(duty, 0), words.NONE) for duty in DUTIES},
        }
        for one in grids
    ]  # fmt: skip


def _preview(
    view: View, grids: Sequence[GridHands], chosen: set[int], duty: str, gets: int, names: Mapping[int, str]
) -> list[Any]:
    moved = [one for one in grids if one.id in chosen and one.officers.get(duty) != gets]
    heads = [view.text(f"officers.{name}") for name in ("grid", "has", "gets")]
    said = [
        [one.name, names.get(one.officers.get(duty, 0), words.NONE), names.get(gets, words.NONE)]
        for one in moved
    ]
    name_of_duty = view.text(f"officers.duty_{duty.lower()}")
    tops = [
        view.text("officers.officer"),
        *(view.text(f"officers.{name}") for name in ("number", *WORK)),
    ]
    held = [
        [
            names.get(who, words.NONE),
            *(f"{getattr(before, one)} → {getattr(after, one)}" for one in ("grids", *WORK)),
        ]
        for who, (before, after) in handed_over(grids, chosen, duty, gets).items()
    ]
    return [
        html.P(view.text("officers.fits", n=len(moved), same=len(chosen) - len(moved))),
        html.Div(lines(heads, said), className="gw-some"),
        html.P(view.text("officers.loads", duty=name_of_duty), className="gw-small"),
        lines(tops, held, numbers=range(1, 5)),
        html.P(view.text("officers.named_stay"), className="gw-note"),
    ]  # fmt: skip


def register(app: dash.Dash, services: Services) -> Page:
    """Add the page and its callbacks."""
    lending.register(app, services)

    @app.callback(
        Output("officers-preview", "children"),
        Output("officers-save", "children"),
        Output("officers-save", "disabled"),
        Output("officers-seen", "data"),
        Input("officers-grids", "selectedRows"),
        Input("officers-duty", "value"),
        Input("officers-officer", "value"),
        Input("officers-from", "value"),
        Input("officers-grids", "rowData"),
        prevent_initial_call=True,
    )
    def preview(ticked: Any, duty: str, officer: str | None, since: str | None, _rows_now: Any) -> Any:
        view, day, gets = services.view(), day_of(since), whole_number(officer)
        chosen = {int(one["id"]) for one in ticked or ()}
        if not chosen or gets is None or day is None:
            return (
                html.P(view.text("officers.choose"), className="gw-note"),
                view.text("officers.save", n=0),
                True,
                None,
            )
        with services.reading() as conn:
            grids = grid_hands(conn, view.viewer, day)
            names = {one.id: one.name for one in officers_for_work(conn, view.viewer)}
            names |= officer_names(conn, view.viewer, grids)
        seen = [[one.id, one.officers.get(duty)] for one in grids if one.id in chosen]
        n = sum(who != gets for _, who in seen)
        return _preview(view, grids, chosen, duty, gets, names), view.text("officers.save", n=n), not n, seen

    @app.callback(
        Output("officers-grids", "rowData"),
        Output("officers-grids", "selectedRows"),
        Output("officers-trouble", "children"),
        Output("officers-officer", "error"),
        Output("officers-from", "error"),
        Output("officers-reason", "error"),
        Output("officers-reason", "value"),
        Input("officers-save", "n_clicks"),
        State("officers-seen", "data"),
        State("officers-duty", "value"),
        State("officers-officer", "value"),
        State("officers-from", "value"),
        State("officers-reason", "value"),
        running=[(Output("officers-save", "loading"), True, False)],
        prevent_initial_call=True,
    )
    def act(
        clicked: Any, seen: Any, duty: str, officer: str | None, since: str | None, reason: str | None
    ) -> Any:
        if not clicked:
            raise dash.exceptions.PreventUpdate
        view, day = services.view(), day_of(since)
        refused: Refused | None = None
        try:
            if day is None:
                raise Refused("text_missing", field="from")
            with services.writing() as conn:
                n = hand_over(
                    conn,
                    view.viewer,
                    {int(one): who for one, who in seen or ()},
                    duty=duty,
                    officer_id=whole_number(officer) or 0,
                    valid_from=day,
                    reason=reason or "",
                    now=view.now,
                )
        except Denied:
            raise
        except Refused as error:
            refused = error
        with services.reading() as conn:
            grids = grid_hands(conn, view.viewer, view.today)
            found = _rows(grids, officer_names(conn, view.viewer, grids))
        beyond, *errors = beside(view, refused, FIELDS)
        if refused is not None:
            if not any((beyond, *errors)):
                raise refused
            # somebody was first: the rows come anew, and with them the preview
            return (
                (found if isinstance(refused, Conflict) else no_update),
                no_update,
                beyond,
                *errors,
                no_update,
            )
        services.notify(view.text("officers.done", n=n, day=words.day(day, view.language)), "success")
        return found, [], None, None, None, None, ""

    return Page(PATH, "officers.title", layout, Right.ASSIGN, later_ids=(*LATER, *lending.LATER_IDS))
