"""``/papers``: the papers that wait for me, those given back, every one handed in; many approved at once."""

from __future__ import annotations

from typing import Any

import dash

from dashboard.components import many, papermany, worklist
from dashboard.components.filters import choice
from dashboard.components.frame import page
from dashboard.components.paperlist import LIST, ONLY, Asked, todo_of
from dashboard.components.paperwords import NAMES
from dashboard.components.places import place_options
from dashboard.services import Nav, Page, Services, View
from data.access import Right
from data.reads.city import city
from data.reads.labels import term
from data.reads.paper_list import STATES

PATH = "/papers"


def layout(view: View, services: Services, search: str = "", **_: str) -> Any:
    """Return the list as the address asks for it."""
    asked = LIST.asked_of(search)
    with services.reading() as conn:
        total = LIST.read(conn, view, asked, 0, 0)[1]
        boxes = _boxes(view, conn, asked)
    ticks = many.ticks(view, "papers") if view.viewer.may(Right.APPROVE) else {}
    return page(
        view.text("papers.list_title"),
        [worklist.section(view, LIST, asked, boxes, papermany.bar(view), **ticks)],
        **worklist.head(view, LIST, asked, total),
    )


def _boxes(view: View, conn: Any, asked: Asked) -> list[Any]:
    todo = todo_of(view)
    options: dict[str, list[tuple[str, str]]] = {
        "only": [
            (one, view.text(f"papers.only_{todo or ONLY[1] if one == ONLY[0] else one}")) for one in ONLY
        ],
        "state": [(one, term("paper_state", one, view.language)) for one in STATES],
        "kind": [(kind, view.text(name)) for kind, name in NAMES.items()],
        **place_options(view, city(conn, view.viewer)),
    }
    boxes = []
    for name in LIST.boxes:
        anything = None if name == "only" else view.text("ui.all")
        box = choice(
            f"papers-{name}", view.text(f"papers.filter_{name}"), options[name], getattr(asked, name),
            anything=anything, width=152, searchable=name in ("grid", "district"),
        )  # fmt: skip
        if name == "only" and todo is None:
            box.style = {"display": "none"}  # nothing ever waits for who neither writes nor approves
        boxes.append(box)
    return boxes


def register(app: dash.Dash, services: Services) -> Page:
    """Bind the list and the approval of many."""
    worklist.bind(app, services, LIST)
    papermany.register(app, services)
    nav = Nav("papers", 16, "papers.nav", Right.APPROVE)
    return Page(PATH, "papers.title", layout, Right.WORK, nav, papermany.LATER_IDS)
