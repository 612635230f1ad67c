"""``/leads``: the board by stage and age, what is matched to nobody, and every lead as a list."""

from __future__ import annotations

from typing import Any

import dash
from dash import dcc, html

from dashboard.components import leadlock, leadplatforms, worklist
from dashboard.components.board import board as board_panel
from dashboard.components.filters import choice
from dashboard.components.frame import page
from dashboard.components.leadlist import LIST, Asked
from dashboard.components.places import place_options
from dashboard.components.states import empty
from dashboard.services import Nav, Page, Services, View
from data.access import Right
from data.reads.city import city
from data.reads.labels import term
from data.reads.leads import ONLY, Board, board
from data.reads.wall_work import STAGES
from data.workflow import LEAD_CHANNELS

PATH = "/leads"


def layout(view: View, services: Services, search: str = "") -> Any:
    """Return the board and the list as the address asks for it."""
    asked = LIST.asked_of(search)
    with services.reading() as conn:
        found = board(conn, view.viewer, view.today)
        total = LIST.read(conn, view, asked, 0, 0)[1]
        any_ = total or LIST.read(conn, view, Asked(only="all"), 0, 0)[1]
        boxes = _boxes(view, conn, asked)
    head = worklist.head(view, LIST, asked, total)
    if view.viewer.may(Right.INTAKE):
        new = dcc.Link(view.text("leads.register"), href="/leads/new", className="gw-button-link")
        head["aside"] = [new, head["aside"]]
    looked = leadplatforms.lines(view, services, "leads")
    if not any_:
        nothing = html.Div(
            empty(view.text("leads.none_title"), view.text("leads.none_hint")), className="gw-panel"
        )
        return page(view.text("leads.title"), [*looked, nothing], aside=head["aside"])
    return page(
        view.text("leads.title"),
        [
            *looked,
            _board(view, found),
            worklist.section(view, LIST, asked, boxes),
            *leadlock.panels(view, services),
        ],
        **head,
    )


def _board(view: View, found: Board) -> Any:
    unmatched = dcc.Link(
        view.text("leads.board_unmatched", n=found.unmatched),
        href=PATH + LIST.address_of(Asked(only="unmatched")) + "#leads-list",
        className="gw-act",
    )
    return board_panel(
        view, "leads", found.stages, found.stuck, lambda stage: view.text(f"wall.stage.{stage}"),
        lambda stage, **more: PATH + LIST.address_of(Asked(stage=stage, **more)), unmatched,
    )  # fmt: skip


def _boxes(view: View, conn: Any, asked: Asked) -> list[Any]:
    options: dict[str, list[tuple[str, str]]] = {
        "only": [
            (one, view.text(f"leads.only_{one}"))
            for one in ONLY
            if one != "mine" or view.viewer.may(Right.HANDLE)
        ],
        "stage": [(one, view.text(f"wall.stage.{one}")) for one in STAGES],
        "age": [(one, view.text(f"leads.board_age{one}")) for one in ("0", "1", "2")],
        "channel": [(one, term("lead_channel", one, view.language)) for one in LEAD_CHANNELS],
        **place_options(view, city(conn, view.viewer)),
    }
    return [
        choice(
            f"leads-{name}", view.text(f"leads.filter_{name}"), options[name], getattr(asked, name),
            anything=None if name == "only" else view.text("ui.all"), width=120,
            searchable=name in ("grid", "district"),
        )
        for name in LIST.boxes
    ]  # fmt: skip


def register(app: dash.Dash, services: Services) -> Page:
    """Bind the list and the locking of periods."""
    worklist.bind(app, services, LIST)
    leadlock.register(app, services)
    leadplatforms.register(app, services, "leads")
    return Page(PATH, "leads.title", layout, Right.WORK, Nav("leads", 32, "leads.nav"))
