"""``/problems``: where problems get stuck, every one until it is closed out, many given away at once."""

from __future__ import annotations

from typing import Any

import dash
from dash import html

from dashboard.components import many, problemmany, problemorders, worklist
from dashboard.components.board import board
from dashboard.components.filters import choice
from dashboard.components.frame import page
from dashboard.components.officerlink import officer_link
from dashboard.components.places import place_options
from dashboard.components.problemlist import LIST, MINE, ONLY, Asked
from dashboard.components.states import empty
from dashboard.services import Nav, Page, Services, View
from data.access import Right
from data.reads.city import city
from data.reads.labels import term
from data.reads.problem_board import problem_board
from data.workflow import PROBLEM_STATES

PATH = "/problems"
LATER_IDS = (*problemmany.LATER_IDS, *problemorders.LATER_IDS)


def layout(view: View, services: Services, search: str = "") -> Any:
    """Return the board and the list as the address asks for it."""
    asked = LIST.asked_of(search)
    with services.reading() as conn:
        total = LIST.read(conn, view, asked, 0, 0)[1]
        any_ = total or LIST.read(conn, view, Asked(only="all"), 0, 0)[1]
        found = problem_board(conn, view.viewer, view.today, services.clock.zone)
        boxes = _boxes(view, conn, asked)
    if not any_:
        nothing = empty(view.text("problems.none_title"), view.text("problems.none_hint"))
        return page(view.text("problems.title"), [html.Div(nothing, className="gw-panel")])
    bars = [*problemmany.bar(view, services), *problemorders.bar(view, services)]
    may_tick = view.viewer.may(Right.ASSIGN) or view.viewer.may(Right.HANDLE)
    ticks = many.ticks(view, "problems") if may_tick else {}
    return page(
        view.text("problems.title"),
        [
            board(
                view, "problems", found["stages"], found["stuck"],
                lambda state: term("problem_state", state, view.language),
                lambda state, **more: PATH + LIST.address_of(Asked(state=state, **more)),
            ),
            worklist.section(view, LIST, asked, boxes, bars, **ticks),
        ],
        above=html.Div(officer_link(view), className="gw-note"),
        **worklist.head(view, LIST, asked, total),
    )  # fmt: skip


def _boxes(view: View, conn: Any, asked: Asked) -> list[Any]:
    everything = view.text("ui.all")
    options: dict[str, list[tuple[str, str]]] = {
        "only": [(one, view.text(f"problems.only_{one}")) for one in ONLY],
        "state": [(one, term("problem_state", one, view.language)) for one in PROBLEM_STATES],
        "age": [(one, view.text(f"leads.board_age{one}")) for one in ("0", "1", "2")],
        **place_options(view, city(conn, view.viewer)),
        "mine": [(one, view.text(f"problems.mine_{one}")) for one in MINE],
    }
    boxes = []
    for name in LIST.boxes:
        anything = {"only": None, "mine": view.text("problems.everybody")}.get(name, everything)
        box = choice(
            f"problems-{name}", view.text(f"problems.filter_{name}"), options[name], getattr(asked, name),
            anything=anything, width=128, searchable=name in ("grid", "district"),
        )  # fmt: skip
        if name == "mine" and view.viewer.officer_id is None:
            box.style = {"display": "none"}  # who is no officer has no work of their own
        boxes.append(box)
    return boxes


def register(app: dash.Dash, services: Services) -> Page:
    """Bind the list and what is done to many of its rows at once."""
    worklist.bind(app, services, LIST)
    problemmany.register(app, services)
    problemorders.register(app, services)
    return Page(PATH, "problems.title", layout, Right.WORK, Nav("problems", 30, "problems.nav"), LATER_IDS)
