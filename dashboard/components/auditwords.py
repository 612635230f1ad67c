"""A row of the audit log in words: what was done, to what, and its details."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import dcc, html

from dashboard.components import address, words
from dashboard.components.auditcodes import label, word
from dashboard.components.frame import facts
from dashboard.services import View
from data.access import Right
from data.reads.audit import AuditRow
from data.reads.labels import term
from data.text import catalogue

_TURNS = ("state", "officer", "enterprise")
"""Details that hold what was before and what came after as a pair."""


def action(view: View, row: AuditRow) -> Any:
    """Return what was done, marked where it was refused."""
    said = term("audit_action", row.action, view.language)
    if row.success:
        return said
    return html.Span([said, html.Span(f" ■ {view.text('audit.refused')}", className="gw-loud")])


def actor(view: View, row: AuditRow) -> Any:
    """Return who did it, with the role at the time."""
    return html.Div(
        [
            html.Div(actor_name(view, row.actor)),
            html.Div(term("role", row.role, view.language), className="gw-since"),
        ]
        if row.actor != "anonymous"
        else html.Div(actor_name(view, row.actor))
    )


def actor_name(view: View, name: str) -> str:
    """Return an actor as people call it: the account's name, the command line, a wall, nobody."""
    kind, _, rest = name.partition(":")
    if kind == "user":
        return rest
    key = f"audit.actor_{kind}"
    return view.text(key, name=rest) if key in catalogue(view.language) else name


def thing(view: View, row: AuditRow) -> Any:
    """Return what was acted on, a link where it has a page that the viewer may open."""
    kind = term("audit_object", row.object_kind, view.language)
    name = row.object_name or row.object_id
    href = _href(view, row)
    shown: Any = dcc.Link(name, href=href) if href else html.Span(name)
    return html.Div([html.Div(kind, className="gw-since"), html.Div(shown, className="gw-break")])


def _href(view: View, row: AuditRow) -> str | None:
    number = row.object_id
    owner = row.detail.get("enterprise") if row.object_kind == "inspection" else None
    ways: dict[str, tuple[Right, str]] = {
        "enterprise": (Right.ENTERPRISES, f"/enterprises/{number}"),
        "inspection": (Right.ENTERPRISES, f"/enterprises/{owner}" if owner else ""),
        "paper": (Right.WORK, f"/papers/{row.detail.get('kind')}/{row.detail.get('number')}"),
        "grid": (Right.FIGURES, address.link(f"/grids/{number}")),
        "plan": (Right.MASTER, address.link("/plans", plan=number)),
        "day": (Right.MASTER, address.link("/plans", tab="calendar", year=number[:4])),
        "org": (Right.MASTER, address.link("/plans", tab="organisations", org=number)),
        "batch": (Right.IMPORT, address.link("/imports", batch=number)),
        "user": (Right.USERS, "/admin"),
    }
    right, href = ways.get(row.object_kind, (None, ""))
    return href if right is not None and href and view.viewer.may(right) else None


def details(view: View, row: AuditRow) -> Any:
    """Return the details, folded: before and after beside each other, then the row's own hash."""
    pairs: list[tuple[str, Any]] = [*detail_pairs(view, row)]
    first = next((view.text("audit.pair", name=name, value=value) for name, value in pairs), "")
    pairs.append((view.text("audit.hash"), html.Code(row.hash, className="gw-break")))
    summary = first if len(first) <= 40 else f"{first[:39]}…"
    return html.Details([html.Summary(summary or view.text("audit.more")), facts(pairs)])


def detail_pairs(view: View, row: AuditRow) -> list[tuple[str, str]]:
    """Return the details as names and values, in words."""
    return [
        (label(view, name), _value(view, row.action, value, name))
        for name, value in _merged(row.detail).items()
    ]


def plain_cells(view: View, row: AuditRow) -> dict[str, Any]:
    """Return what an export says in words instead of codes: actor, role, action, object, details."""
    return {
        "actor": actor_name(view, row.actor),
        "role": term("role", row.role, view.language),
        "action": term("audit_action", row.action, view.language),
        "object_kind": term("audit_object", row.object_kind, view.language),
        "success": view.text("audit.result_done" if row.success else "audit.result_refused"),
        "detail": _together(view, *detail_pairs(view, row)),
    }


def _together(view: View, *pairs: tuple[str, str]) -> str:
    said = (view.text("audit.pair", name=name, value=value) for name, value in pairs)
    return view.text("audit.between").join(said)


def _merged(detail: Mapping[str, Any]) -> dict[str, Any]:
    """Put the fields of ``before`` and ``after`` side by side."""
    before, after = detail.get("before"), detail.get("after")
    if not isinstance(before, Mapping) and not isinstance(after, Mapping):
        return dict(detail)
    rest = {name: value for name, value in detail.items() if name not in ("before", "after")}
    was, now = (one if isinstance(one, Mapping) else {} for one in (before, after))
    changes = {
        name: _Change(was.get(name), now.get(name))
        for name in {**was, **now}
        if was.get(name) != now.get(name)
    }
    return {**changes, **rest}


class _Change(tuple[Any, Any]):
    def __new__(cls, before: Any, after: Any) -> _Change:
        return super().__new__(cls, (before, after))


def _value(view: View, act: str, value: Any, name: str) -> str:
    if isinstance(value, _Change):
        return " → ".join(_value(view, act, one, name) for one in value)
    if value is None or value == "":
        return words.NONE
    if isinstance(value, bool):
        return view.text("audit.yes" if value else "audit.no")
    if isinstance(value, Mapping):
        pairs = ((label(view, n), _value(view, act, one, n)) for n, one in value.items())
        return _together(view, *pairs) or words.NONE
    if isinstance(value, list | tuple):
        # whose it was and whose it is, one state and the next
        between = " → " if name in _TURNS else view.text("ui.between")
        return between.join(_value(view, act, one, name) for one in value) or words.NONE
    return word(view, act, name, value) if isinstance(value, str) else str(value)
