"""The panels of an enterprise's file: facts with their history, and duties."""

from __future__ import annotations

from datetime import date
from typing import Any

from dash import dcc, html

from dashboard.components import placing, words
from dashboard.components.address import write
from dashboard.components.chips import state_chip
from dashboard.components.exports import export_links
from dashboard.components.frame import facts, panel
from dashboard.components.lines import lines
from dashboard.components.rows import Names
from dashboard.services import View
from data.access import Right
from data.plans import Plan
from data.reads.enterprise import EnterpriseFile, PlanState
from data.reads.facts import FactVersion
from data.reads.labels import scope_names, term
from data.reads.masks import is_personal


def headline(view: View, found: EnterpriseFile, names: Names) -> list[Any]:
    """Return the line under the name: category, status, credit code."""
    own = found.facts
    parts = [
        names.categories.get(own["category"] or "", own["category"]),
        names.statuses.get(own["status"], own["status"]),
        own["uscc"],
        own["address"],
    ]
    return [html.Span(part) for part in parts if part]


def plans_panel(view: View, found: EnterpriseFile) -> Any:
    """Return what the enterprise owes under each plan, until when, and where the duty comes from."""
    rows = []
    for one in duties(found):
        done = words.day(one.done_on, view.language, year=True)
        name, source = one.plan.name(view.language), source_words(view, one.plan)
        grade = grade_words(view, one)
        proof = html.Div(grade, className="gw-since") if grade else None
        rows.append(
            [
                html.Div([html.Div(name), html.Div(source, className="gw-since")]),
                html.Div([state_chip(view, one.state), proof]),
                html.Span(done, className="gw-day-cell"),
                html.Span(one.period.deadline.isoformat(), className="gw-day-cell"),
            ]
        )
    heads = [view.text(f"enterprise.{name}") for name in ("plan", "state", "done_on", "deadline")]
    body = (
        lines(heads, rows)
        if rows
        else html.P(view.text("enterprise.plans_none"), className="gw-pad gw-muted")
    )
    aside = export_links(view, "enterprise-plans", write({"id": found.id})) if rows else None
    return panel(view.text("enterprise.plans"), body, aside=aside, name="gw-first")


def duties(found: EnterpriseFile) -> list[PlanState]:
    """Return how the enterprise stands under the plans that ask for it."""
    return [one for one in found.plans if one.state != "not_due"]


def source_words(view: View, plan: Plan) -> str:
    """Return where a plan's duty comes from and how certain that is."""
    return f"{plan.legal_source or ''} [{term('evidence', plan.evidence, view.language)}]"


def grade_words(view: View, one: PlanState) -> str | None:
    """Return the evidence grade with what it stands for: the best visits, not the one that completed."""
    if one.grade is None:
        return None
    n = one.plan.visits
    grade = term("grade", str(one.grade), view.language)
    return view.text("enterprise.grade" if n == 1 else "enterprise.grade_nth", n=n, grade=grade)


def facts_panel(view: View, found: EnterpriseFile, names: Names, zone: str) -> Any:
    """Return the facts, group by group, each with its date and its earlier versions."""
    own, say = found.facts, view.text
    language = view.language
    scopes = scope_names(language)
    details = own["details"] or {}
    groups: list[Any] = [
        _group(view, found, zone, "identity", [
            (term("field", "name", language), own["name"]),
            (term("field", "uscc", language), own["uscc"]),
            (term("field", "category", language),
             names.categories.get(own["category"] or "", own["category"])),
            (term("field", "address", language), own["address"]),
            (term("field", "opened_on", language), words.day(own["opened_on"], language, year=True)),
        ]),
        _people(view, details),
        _group(view, found, zone, "status", [
            (term("field", "status", language), names.statuses.get(own["status"], own["status"])),
        ]),
        _licences(view, found),
        _group(view, found, zone, "scopes", [
            (term("field", "scopes", language),
             words.listed((scopes.get(code, code) for code in own["scopes"] or ()), language)),
            (say("enterprise.risk"), _risk(view, own["risk_level"])),
            (term("field", "tags", language), words.listed(own["tags"] or (), language)),
        ]),
        _group(view, found, zone, "point", _point(view, own)),
        _group(view, found, zone, "placement", _placement(view, found)),
        placing.button(view, found),
        _officers(view, found),
    ]  # fmt: skip
    return panel(say("enterprise.facts"), [group for group in groups if group is not None])


def _risk(view: View, level: int | None) -> str | None:
    return None if level is None else term("risk_level", str(level), view.language)


def _group(view: View, found: EnterpriseFile, zone: str, group: str, pairs: list[tuple[str, Any]]) -> Any:
    versions = found.history.get(group, [])
    current = next((one for one in versions if one.in_force), None)
    others = [one for one in versions if one is not current]
    parts: list[Any] = [
        html.Div(
            [
                html.H3(view.text(f"enterprise.{group}")),
                html.Span(_since(view, current), className="gw-since"),
            ],
            className="gw-fact-head",
        ),
        facts(pairs),
    ]
    if others:
        parts.append(
            html.Details(
                [html.Summary(view.text("enterprise.versions", n=len(others))),
                 *(_version(view, one, zone) for one in others)]
            )
        )  # fmt: skip
    return html.Div(parts, className="gw-fact")


def _since(view: View, version: FactVersion | None) -> str:
    if version is None:
        return ""
    if version.valid_from is None:
        return view.text("ui.since_unknown")
    return view.text("ui.since", day=words.day(version.valid_from, view.language, year=True))


def _version(view: View, version: FactVersion, zone: str) -> Any:
    told = [
        f"{term('field', name, view.language)} {_plain(view, name, value)}"
        for name, value in version.values.items()
        if value not in (None, "", (), {}) and (not version.changed or name in version.changed)
        and name not in ("grid_id", "details")
    ]  # fmt: skip
    more = [view.text("enterprise.recorded", at=words.moment(version.recorded_at, zone))]
    if version.reason and version.reason != "import":
        more.append(view.text("enterprise.reason", reason=version.reason))
    if version.filename:
        row = f" {view.text('enterprise.row', n=version.row_no)}" if version.row_no else ""
        more.append(f"{version.filename}{row}")
    return html.Div(
        [html.Div([html.B(_since(view, version)), " ", " · ".join(told)]), html.Div(" · ".join(more))],
        className="gw-versions",
    )


def _plain(view: View, name: str, value: Any) -> str:
    if isinstance(value, tuple):
        return words.listed(value, view.language)
    groups = {
        "basis": "basis",
        "unplaced_reason": "unplaced",
        "geo_source": "geo_source",
        "suspicion": "suspicion",
    }
    if name in groups:
        return term(groups[name], str(value), view.language)
    return value.isoformat() if isinstance(value, date) else str(value)


def _people(view: View, details: dict[str, Any]) -> Any:
    if not details:
        return None
    may, ask = view.viewer.may(Right.UNMASK), view.text("enterprise.unmask")
    pairs = []
    for field, value in details.items():
        shown: Any = str(value)
        if is_personal(field) and value and may:
            shown = html.Span(
                [
                    html.Span(str(value), id={"type": "enterprise-masked", "field": field}),
                    html.Button(
                        ask,
                        id={"type": "enterprise-ask", "field": field},
                        type="button",
                        className="gw-ask",
                        **{"aria-label": f"{ask}：{term('field', field, view.language)}"},
                    ),
                ]
            )
        pairs.append((term("field", field, view.language), shown))
    head = html.Div([html.H3(view.text("enterprise.people"))], className="gw-fact-head")
    return html.Div([head, facts(pairs)], className="gw-fact")


def _licences(view: View, found: EnterpriseFile) -> Any:
    if not found.licences:
        return None
    pairs = []
    for one in found.licences:
        until = one["valid_to"]
        told: list[Any] = [html.Div(one["number"])]
        if until:
            over = until < view.today
            said = view.text("enterprise.valid_to", day=until.isoformat())
            note = f"{said} · {view.text('enterprise.expired')}" if over else said
            told.append(html.Div(note, className="gw-loud" if over else "gw-since"))
        pairs.append((term("licence_kind", one["kind"], view.language), html.Div(told)))
    head = html.Div([html.H3(view.text("enterprise.licences"))], className="gw-fact-head")
    return html.Div([head, facts(pairs)], className="gw-fact")


def _point(view: View, own: dict[str, Any]) -> list[tuple[str, Any]]:
    say, language = view.text, view.language
    shown = f"{own['lon']:.6f}, {own['lat']:.6f}" if own["lon"] is not None else None
    pairs: list[tuple[str, Any]] = [(say("enterprise.coordinates"), shown)]
    if own["src_lon"] is not None:
        read = say(
            "enterprise.as_read", lon=own["src_lon"], lat=own["src_lat"], datum=own["datum"] or words.NONE
        )
        pairs.append((say("enterprise.source"), read))
    if own["geo_source"]:
        pairs.append((term("field", "geo_source", language), term("geo_source", own["geo_source"], language)))
    if own["suspicion"]:
        doubt = html.Span(term("suspicion", own["suspicion"], language), className="gw-loud")
        pairs.append((term("field", "suspicion", language), doubt))
    return pairs


def _placement(view: View, found: EnterpriseFile) -> list[tuple[str, Any]]:
    say, language, own = view.text, view.language, found.facts
    where: Any
    if own["grid_code"]:
        where = dcc.Link(f"{own['grid_name']} {own['grid_code']}", href=f"/grids/{own['grid_code']}")
    else:
        where = say(
            "enterprise.unplaced", reason=term("unplaced", own["unplaced_reason"] or "no_point", language)
        )
    pairs: list[tuple[str, Any]] = [
        (term("field", "grid_id", language), where),
        (say("enterprise.basis"), term("basis", own["basis"], language)),
    ]
    if (reason := placing.reason_of(found)) is not None:
        pairs.append((say("enterprise.place_reason"), reason))
    if own["distance_m"] is not None:
        pairs.append(("", say("enterprise.distance", way=words.way(own["distance_m"], view.language))))
    if own["declared_grid"]:
        pairs.append((term("field", "declared_grid", language), own["declared_grid"]))
    return pairs


def _officers(view: View, found: EnterpriseFile) -> Any:
    if not found.officers:
        return None
    pairs = [
        (term("duty", duty, view.language), words.listed(people, view.language))
        for duty, people in sorted(found.officers.items())
    ]
    head = html.Div([html.H3(view.text("enterprise.officer"))], className="gw-fact-head")
    return html.Div([head, facts(pairs)], className="gw-fact")
