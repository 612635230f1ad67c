"""``/audit``: who did what to what, and whether the log is whole; for auditors."""

from __future__ import annotations

from typing import Any

import dash
import dash_mantine_components as dmc
import sqlalchemy as sa
from dash import Input, Output, State, dcc, html, no_update

from dashboard import export_audit
from dashboard.components import address, auditwords, words
from dashboard.components.audit import FILTERS, RESULTS, filter_of
from dashboard.components.filters import choice, filter_bar, filter_button, search_box
from dashboard.components.frame import page, panel
from dashboard.components.lines import lines
from dashboard.components.states import empty
from dashboard.services import Nav, Page, Services, View
from data.access import Right
from data.reads.audit import audit_choices, audit_page, chain_break, chain_head
from data.reads.labels import term

PATH = "/audit"
KNOWN = (*FILTERS, "page")
ROWS = 50
AT_ONCE = 50_000
"""Rows of a log that is verified as soon as the page opens; a longer one when somebody asks."""


def layout(view: View, services: Services, search: str = "") -> Any:
    """Return the page with the rows that the address asks for."""
    asked = address.read(search, KNOWN)
    with services.reading() as conn:
        head = chain_head(conn, view.viewer)
        known = audit_choices(conn, view.viewer)
        body = _body(view, conn, asked, services.clock.zone)
    return page(
        view.text("audit.title"),
        [
            html.Div(
                [
                    html.Div(id="audit-chain", role="status"),
                    html.Span(view.text("audit.head", seq=words.count(head.seq), hash=head.hash[:12])),
                    dmc.Button(view.text("audit.verify"), id="audit-verify", variant="default", h=44),
                ],
                className="gw-panel gw-pad gw-audit-chain",
            ),
            _filters(view, asked, known),
            html.Div(body, id="audit-body"),
        ],
        note=view.text("audit.note"),
    )


def _filters(view: View, asked: dict[str, str], known: Any) -> Any:
    def codes(group: str, found: list[str]) -> list[tuple[str, str]]:
        return [(code, term(group, code, view.language)) for code in found]

    anything = view.text("audit.all")
    actors = [(one, auditwords.actor_name(view, one)) for one in known.actors]
    results = [(code, view.text(f"audit.result_{code}")) for code in RESULTS]
    boxes = [
        *(
            dmc.TextInput(
                id=f"audit-{name}", label=view.text(f"audit.{name}"), value=asked.get(name, ""), w=160,
                inputProps={"type": "date"}, debounce=400,
            )
            for name in ("from", "to")
        ),
        choice("audit-actor", view.text("audit.actor"), actors, asked.get("actor"), anything=anything,
               searchable=True),
        choice("audit-action", view.text("audit.action"), codes("audit_action", known.actions),
               asked.get("action"), anything=anything, width=200, searchable=True),
        choice("audit-kind", view.text("audit.object"), codes("audit_object", known.object_kinds),
               asked.get("kind"), anything=anything),
        search_box("audit-id", view.text("audit.object_id"), view.text("audit.object_id_hint"),
                   asked.get("id")),
        choice("audit-result", view.text("audit.result"), results, asked.get("result"), anything=anything,
               width=120),
    ]  # fmt: skip
    return filter_bar(view, "audit-filters", boxes, sum(name in asked for name in FILTERS))


def _body(view: View, conn: sa.Connection, asked: dict[str, str], zone: str) -> Any:
    number = asked.get("page", "")
    at = int(number) if number.isascii() and number.isdigit() and int(number[:7]) > 0 else 1
    at = min(at, 10**6)
    found = audit_page(conn, view.viewer, filter_of(asked), zone, offset=(at - 1) * ROWS, limit=ROWS)
    filters = {name: asked[name] for name in FILTERS if name in asked}
    exports = [
        html.A(view.text(f"ui.export_{kind}"), href=address.link(f"/export/audit.{kind}", **filters),
               className="gw-act", id=f"audit-{kind}")
        for kind in ("xlsx", "csv")
    ]  # fmt: skip
    aside = [html.Span(view.text("audit.count", n=words.count(found.total))), *exports]
    if not found.rows:
        nothing = empty(view.text("audit.none_title"), view.text("audit.none_hint"))
        return panel(view.text("audit.rows"), nothing, aside=aside)
    heads = [view.text(f"audit.{name}") for name in ("seq", "at", "actor", "action", "object", "details")]
    rows = [
        [
            words.count(row.seq),
            html.Span(words.moment(row.at, zone), className="gw-day-cell"),
            auditwords.actor(view, row),
            auditwords.action(view, row),
            auditwords.thing(view, row),
            auditwords.details(view, row),
        ]
        for row in found.rows
    ]
    last = -(-found.total // ROWS)
    steps = [
        dcc.Link(view.text(f"audit.{word}"), href=address.link(PATH, **filters, page=to), className="gw-act")
        if 1 <= to <= last
        else None
        for word, to in (("newer", at - 1), ("older", at + 1))
    ]
    where = html.Span(view.text("audit.page", n=at, of=last), className="gw-muted")
    pager = html.Nav([steps[0], where, steps[1]], className="gw-acts gw-pad",
                     **{"aria-label": view.text("audit.pages")}) if last > 1 else None  # fmt: skip
    return panel(view.text("audit.rows"), [lines(heads, rows), pager], aside=aside)


def register(app: dash.Dash, services: Services) -> Page:
    """Bind the page: filters go into the address, the address decides what is shown."""
    export_audit.install(app.server, services)

    @app.callback(
        Output("url", "search", allow_duplicate=True),
        *(Input(f"audit-{name}", "value") for name in FILTERS),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def to_address(*given: Any) -> Any:
        *values, search = given
        before = address.read(search, KNOWN)
        after = address.write(
            {name: (value or "").strip() for name, value in zip(FILTERS, values, strict=True)}
        )
        same = address.read(after, FILTERS) == {n: v for n, v in before.items() if n in FILTERS}
        return no_update if same else after

    @app.callback(
        Output("audit-body", "children"),
        Output("audit-filters-button", "children"),
        Input("url", "search"),
        State("url", "pathname"),
        prevent_initial_call=True,
    )
    def show(search: str | None, path: str) -> Any:
        if path != PATH:
            raise dash.exceptions.PreventUpdate
        view, asked = services.view(), address.read(search, KNOWN)
        with services.reading() as conn:
            body = _body(view, conn, asked, services.clock.zone)
        return body, filter_button(view, sum(name in asked for name in FILTERS))

    @app.callback(Output("audit-chain", "children"), Input("audit-verify", "n_clicks"))
    def prove(clicks: int | None) -> Any:
        view = services.view()
        with services.reading() as conn:
            if not clicks and chain_head(conn, view.viewer).seq > AT_ONCE:
                return html.Span(view.text("audit.chain_unknown"), className="gw-muted")
            broken = chain_break(conn, view.viewer)
        if broken is None:
            return html.B(f"● {view.text('audit.chain_whole')}", className="gw-calm")
        reason = view.text(f"audit.break_{broken.reason}")
        said = view.text("audit.chain_broken", seq=words.count(broken.seq), reason=reason)
        return html.B(f"■ {said}", className="gw-loud")

    return Page(PATH, "audit.title", layout, Right.AUDIT_LOG, Nav("audit", 40))
