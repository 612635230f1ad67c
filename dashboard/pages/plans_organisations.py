"""The tab of organisations: the tree with what hangs on it, and the form of one of them."""

from __future__ import annotations

import time
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
from dashboard.services import Services, View
from data.access import Right
from data.errors import Conflict, Refused
from data.reads.labels import term, terms
from data.reads.organisations import OrgRow, list_districts, organisations
from data.writes.organisations import ORG_FIELDS, RANKS, add_org, change_org, delete_org

NEW = "new"
TAB = "organisations"
COLUMNS = ("org", "org_kind", "org_code", "org_district", "org_grids", "org_officers", "org_accounts")
FIELDS = ("code", *ORG_FIELDS)
BUTTONS = ("plans-org-save", "plans-org-delete-button")
LATER_IDS = (
    *BUTTONS,
    *(f"plans-o-{name}" for name in FIELDS),
    "plans-org-seen", "plans-org-delete", "plans-org-conflict",
)  # fmt: skip
BOX = {"zIndex": 1000}


def body(view: View, conn: sa.Connection, asked: dict[str, str]) -> list[Any]:
    """Return the tree and, for a steward, the form of the organisation that the address names."""
    found = organisations(conn, view.viewer)
    steward = view.viewer.may(Right.IMPORT)
    chosen = asked.get("org", "") if steward else ""
    row = next((one for one in found if one.code == chosen), None)
    aside = None
    if steward and chosen != NEW:
        aside = dcc.Link(view.text("plans.new_org"), href=address.link("/plans", tab=TAB, org=NEW),
                         className="gw-button-link")  # fmt: skip
    note = html.P(view.text("plans.organisations_note"), className="gw-note")
    exports = export_links(view, "organisations") if found else None
    tree = _tree(view, found, row, steward)
    inside: list[Any] = [panel(view.text("plans.tree"), tree, aside=exports)]
    if row is not None or chosen == NEW:
        inside.append(_form(view, conn, row, found))
    return [
        html.Div([note, aside], className="gw-head"),
        html.Div(inside, className="gw-edit" if len(inside) > 1 else ""),
    ]


def _tree(view: View, found: list[OrgRow], chosen: OrgRow | None, steward: bool) -> Any:
    if not found:
        return empty(view.text("plans.orgs_none_title"), view.text("plans.orgs_none_hint"))
    rows = []
    for one in found:
        name: Any = one.name
        if steward:
            name = dcc.Link(one.name, href=address.link("/plans", tab=TAB, org=one.code),
                            **({"className": "gw-cell-link"} if one is chosen else {}))  # fmt: skip
        mark = f"gw-tree gw-tree-{min(one.depth, 4)}" + (" gw-tree-on" if one is chosen else "")
        rows.append(
            [
                html.Span(name, className=mark),
                term("org_kind", one.kind, view.language),
                html.Span(one.code, className="gw-muted"),
                one.district_name or words.NONE,
                words.count(one.below),
                words.count(one.officers),
                words.count(one.accounts),
            ]
        )
    return lines([view.text(f"plans.{name}") for name in COLUMNS], rows, numbers=range(4, 7))


def _form(view: View, conn: sa.Connection, row: OrgRow | None, found: list[OrgRow]) -> html.Section:
    districts = list_districts(conn, view.viewer)
    title = view.text("plans.edit_org_title", name=row.name) if row else view.text("plans.new_org_title")
    parents = [{"value": one.code, "label": f"{one.name} · {term('org_kind', one.kind, view.language)}"}
               for one in found if row is None or one.code != row.code]  # fmt: skip
    kinds = [{"value": code, "label": word} for code, word in terms("org_kind", view.language).items()]
    code = dmc.TextInput(id="plans-o-code", label=view.text("plans.org_code"), value=row.code if row else "",
                         withAsterisk=True)  # fmt: skip
    seen = {
        "code": row.code if row else "",
        "seen": {n: getattr(row, n) for n in ORG_FIELDS} if row else None,
    }
    hangs = None
    free = False
    if row is not None:
        counts = {n: getattr(row, n) for n in ("children", "grids", "officers", "accounts")}
        free = not any(counts.values())
        hangs = facts([(view.text("plans.org_hangs"), view.text("plans.org_hanging", **counts))])
    delete = dcc.ConfirmDialogProvider(
        dmc.Button(view.text("plans.org_delete"), id="plans-org-delete-button", variant="default", h=44,
                   style=None if free else {"display": "none"}),
        id="plans-org-delete", message=view.text("plans.org_delete_ask", name=row.name if row else ""),
    )  # fmt: skip
    save = view.text("plans.save" if row else "plans.add")
    inside = [
        dcc.Store(id="plans-org-seen", data=seen),
        hangs,
        html.Div(code, hidden=row is not None),
        dmc.TextInput(id="plans-o-name", label=view.text("plans.f_org_name"), value=row.name if row else "",
                      withAsterisk=True),
        dmc.Select(id="plans-o-kind", label=view.text("plans.f_org_kind"), data=kinds,
                   value=row.kind if row else list(RANKS)[-1], allowDeselect=False, comboboxProps=BOX),
        dmc.Select(id="plans-o-parent", label=view.text("plans.f_org_parent"), data=parents, searchable=True,
                   clearable=True, limit=50, value=row.parent if row else None, comboboxProps=BOX,
                   placeholder=view.text("plans.f_org_none")),
        dmc.Select(id="plans-o-district", label=view.text("plans.f_org_district"), clearable=True,
                   searchable=True, data=[{"value": c, "label": n} for c, n in districts],
                   value=row.district if row else None, comboboxProps=BOX,
                   description=view.text("plans.f_org_district_hint")),
        html.Div(id="plans-org-conflict"),
        html.Div([delete, dmc.Button(save, id="plans-org-save", h=44)], className="gw-acts"),
    ]  # fmt: skip
    close = dcc.Link(view.text("plans.close"), href=address.link("/plans", tab=TAB), className="gw-act")
    head = html.Div([html.H2(title, className="gw-panel-title"), close], className="gw-panel-head")
    return html.Section(
        [head, html.Div(inside, className="gw-pad gw-stack")], className="gw-panel gw-edit-form"
    )


def register(app: dash.Dash, services: Services) -> None:
    """Bind the form of an organisation."""

    @app.callback(
        Output("url", "search", allow_duplicate=True),
        Output("plans-changed", "data", allow_duplicate=True),
        Output("plans-org-seen", "data"),
        Output("plans-org-conflict", "children"),
        *(Output(f"plans-o-{name}", "error") for name in FIELDS),
        Input("plans-org-save", "n_clicks"),
        Input("plans-org-delete", "submit_n_clicks"),
        State("plans-org-seen", "data"),
        *(State(f"plans-o-{name}", "value") for name in FIELDS),
        running=[(Output(name, "loading"), True, False) for name in BUTTONS],
        prevent_initial_call=True,
    )
    def act(save: Any, delete: Any, held: dict[str, Any], *entered: Any) -> Any:
        view = services.view()
        if not {"plans-org-save": save, "plans-org-delete": delete}.get(ctx.triggered_id):
            raise dash.exceptions.PreventUpdate
        row = {name: (value or "").strip() or None for name, value in zip(FIELDS, entered, strict=True)}
        code, seen = held["code"], held["seen"]
        quiet = beside(view, None, FIELDS)
        try:
            with services.writing() as conn:
                if ctx.triggered_id == "plans-org-delete":
                    delete_org(conn, view.viewer, code, seen, now=view.now)
                    word, where = view.text("plans.org_deleted", name=seen["name"]), {"tab": TAB}
                elif not code:
                    add_org(conn, view.viewer, row, now=view.now)
                    word, where = view.text("plans.saved"), {"tab": TAB, "org": row["code"]}
                else:
                    changed = change_org(conn, view.viewer, {**row, "code": code}, seen, now=view.now)
                    moved = any(row[name] != seen[name] for name in ("kind", "parent", "district"))
                    key = "org_moved" if changed and moved else "saved" if changed else "saved_same"
                    word, where = view.text(f"plans.{key}"), {}
        except Conflict as refused:
            theirs = refused.params["theirs"]
            with services.reading() as conn:
                names = {one.code: one.name for one in organisations(conn, view.viewer)}
                names |= dict(list_districts(conn, view.viewer))
            mine = {name: row[name] for name in ORG_FIELDS}
            box = conflict(
                view, theirs, mine, lambda name: view.text(f"plans.f_org_{name}"),
                lambda name, value: _shown(view, name, value, names),
            )  # fmt: skip
            return no_update, no_update, {**held, "seen": theirs}, box, *quiet
        except Refused as refused:
            if type(refused) is not Refused or refused.field not in FIELDS:
                raise
            return no_update, no_update, no_update, None, *beside(view, refused, FIELDS)
        services.notify(word, "success")
        if where:
            return address.write(where), no_update, no_update, None, *quiet
        return no_update, time.monotonic(), no_update, None, *quiet


def _shown(view: View, field: str, value: Any, names: dict[str, str]) -> str:
    if field == "kind":
        return term("org_kind", value, view.language)
    return words.NONE if not value else names.get(value, value)
