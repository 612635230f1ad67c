"""A plan in words: whom it asks for, what counts, how often, until when, and who says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from dash import dcc, html

from dashboard.components import address, words
from dashboard.components.frame import facts
from dashboard.services import View
from data.plans import Plan
from data.reads.labels import category_names, kind_names, scope_names, term
from data.reads.plans import PlanRow
from data.writes.plan_rules import LISTS

Names = Mapping[str, Mapping[str, str]]
"""``categories``, ``scopes``, ``kinds`` → code → name."""


def names_of(view: View, conn: sa.Connection) -> dict[str, dict[str, str]]:
    """Return the names of the codes that plans are made of."""
    return {
        "categories": category_names(conn, view.language),
        "scopes": scope_names(view.language),
        "kinds": kind_names(view.language),
    }


def plan_card(view: View, row: PlanRow, names: Names, *, chosen: bool, edit: bool) -> html.Section:
    """Return one plan as a panel; with `edit` its head leads to the form."""
    plan = row.plan
    title: list[Any] = [html.H2(plan.name(view.language), className="gw-panel-title")]
    if plan.headline and row.active:
        title.append(html.Span(view.text("plans.headline_mark"), className="gw-mark gw-mark-quiet"))
    aside: list[Any] = [html.Code(plan.code, className="gw-muted gw-small")]
    if row.active and row.period is not None:
        due = address.link("/enterprises", plan=plan.code, state="due")
        aside.append(_act(view.text("plans.see_due"), due, plan.name(view.language)))
    if edit:
        way = address.link("/plans", plan=plan.code)
        word = view.text("plans.edit" if row.active else "plans.reinstate")
        aside.append(_act(word, way, plan.name(view.language)))
    rules = [(view.text(f"plans.{name}"), said) for name, said in rules_of(view, row, names).items()]
    shown_facts = facts([*rules, (view.text("plans.source"), _source(view, plan))])
    head = html.Div(
        [html.Div(title, className="gw-note"), html.Div(aside, className="gw-panel-aside")],
        className="gw-panel-head",
    )
    return html.Section(
        [head, html.Div(shown_facts, className="gw-pad")],
        className="gw-panel gw-chosen" if chosen else "gw-panel",
        id=f"plan-{plan.code}",
    )


def _act(word: str, href: str, of: str) -> dcc.Link:
    # several links of one word: whoever hears them alone is told of which plan
    return dcc.Link([word, html.Span(f" {of}", className="gw-sr")], href=href, className="gw-act")


def rules_of(view: View, row: PlanRow, names: Names) -> dict[str, str]:
    """Return whom a plan asks for, what counts, how often and until when, by the keys of their words."""
    return {
        "whom": whom(view, row.plan, names),
        "kinds": _listed(view, row.plan.kinds, names["kinds"]),
        "often": _often(view, row.plan),
        "period": _period(view, row),
    }


def whom(view: View, plan: Plan, names: Names) -> str:
    """Return whom a plan asks for, as one phrase."""
    parts = []
    if plan.categories:
        parts.append(_listed(view, plan.categories, names["categories"]))
    if plan.scopes:
        parts.append(view.text("plans.with_scopes", names=_any(view, plan.scopes, names["scopes"])))
    if plan.tags:
        parts.append(view.text("plans.with_tags", names=_any(view, plan.tags, {})))
    return view.text("plans.part_joiner").join(parts) or view.text("plans.everybody")


def _often(view: View, plan: Plan) -> str:
    return view.text(f"plans.often_{plan.cycle}", n=plan.visits, first=plan.first_year)


def _period(view: View, row: PlanRow) -> str:
    period = row.period
    if period is None:
        return view.text("plans.period_none", first=row.plan.first_year)
    said = view.text("plans.period_now", code=period.code, deadline=period.deadline.isoformat())
    opened = row.plan.opened_by_day(period)
    if opened is not None:
        more = view.text("plans.period_opened", month=opened.month, day=opened.day)
        said = view.text("plans.part_joiner").join((said, more))
    return said


def _source(view: View, plan: Plan) -> Any:
    if not plan.legal_source:
        return html.Span(view.text("plans.source_none"), className="gw-muted")
    mark = term("evidence", plan.evidence, view.language)
    return [
        plan.legal_source,
        html.Span(f" {plan.evidence} · {mark}" if plan.evidence else "", className="gw-since"),
    ]


def _listed(view: View, codes: tuple[str, ...], names: Mapping[str, str]) -> str:
    return view.text("plans.joiner").join(_ordered(codes, names))


def _any(view: View, codes: tuple[str, ...], names: Mapping[str, str]) -> str:
    """Return "a, b or c"."""
    found = _ordered(codes, names)
    first = view.text("plans.joiner").join(found[:-1])
    return view.text("plans.any_of").join(part for part in (first, found[-1]) if part)


def _ordered(codes: tuple[str, ...], names: Mapping[str, str]) -> list[str]:
    places = {code: place for place, code in enumerate(names)}
    return [names.get(code, code) for code in sorted(codes, key=lambda code: places.get(code, 999))]


def label(view: View, field: str) -> str:
    """Return the words of a plan's field."""
    return view.text(f"plans.f_{field}")


def shown(view: View, field: str, value: Any, names: Names) -> str:
    """Return the words of a field's value, for the box of two versions."""
    if field in LISTS:
        return _listed(view, tuple(value or ()), names.get(field, {})) or view.text("plans.f_all")
    if field == "cycle":
        return term("cycle", value, view.language)
    if field == "evidence" and value:
        return f"{value} · {term('evidence', value, view.language)}"
    if isinstance(value, bool):
        return view.text("plans.yes" if value else "plans.no")
    return words.NONE if value in (None, "") else str(value)
