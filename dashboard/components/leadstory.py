"""The story of a lead as it reads: reports, steps and visits in one line of time."""

from __future__ import annotations

from datetime import date
from typing import Any

from dash import dcc, html

from dashboard.components import words
from dashboard.components.leadwords import in_time, people_of
from dashboard.services import View
from data.reads.labels import kind_names, term
from data.reads.lead import LeadFile
from data.reads.timeline import Activity


def story_of(view: View, found: LeadFile, zone: str) -> html.Ol:
    """Return the whole story as one line of time, newest first."""
    return html.Ol([_entry(view, found, one, zone) for one in found.story], className="gw-timeline")


def _entry(view: View, found: LeadFile, one: Activity, zone: str) -> html.Li:
    tell = {"report": _report, "event": _event, "visit": _visit}[one.kind]
    mark = {"report": "lead", "event": "lead", "visit": "inspection"}[one.kind]
    when = words.moment(one.at, zone) if one.kind == "event" and one.at else words.day(one.day, view.language)
    return html.Li(
        [
            html.Div(when, className="gw-event-day"),
            html.Div(
                html.Span(className=f"gw-event-{mark}"), className="gw-event-mark", **{"aria-hidden": "true"}
            ),
            html.Div(tell(view, found, one.data), className="gw-event-what"),
        ],
        className="gw-event",
    )


def _more(*said: Any) -> list[Any]:
    return [html.Div(line, className="gw-event-more") for line in said if line]


def _report(view: View, found: LeadFile, data: dict[str, Any]) -> list[Any]:
    name = "leads.came" if data["id"] == found.id else "leads.came_again"
    channel = term("lead_channel", data["channel"], view.language)
    number = data["number_12315"] or data["source_id"]
    link = [dcc.Link(data["title"], href=f"/leads/{data['id']}")] if data["id"] != found.id else []
    return [html.Div(html.B(view.text(name))), *_more(f"{channel} · {number}", link)]


def _event(view: View, found: LeadFile, data: dict[str, Any]) -> list[Any]:
    state = term("lead_state", data["to_state"], view.language)
    verb = data["verb"]
    first: list[Any] = [html.B(words.coded("leads.did_", verb, view.language) if verb else state)]
    into = data["details"].get("into")
    if into:
        first = [html.B(dcc.Link(view.text("leads.merged_into_n", id=into), href=f"/leads/{into}"))]
    elif verb and data["from_state"] != data["to_state"] and first[0].children != state:
        first.append(f" → {state}")
    if data["lead_id"] != found.id:
        first.append(f"（{view.text('leads.lead_n', id=data['lead_id'])}）")
    took = ""
    if data.get("days") and data["from_state"]:
        before = term("lead_state", data["from_state"], view.language)
        took = view.text("leads.took", state=before, days=data["days"], workdays=data["workdays"])
    details = data["details"]
    said = [words.handed(data["who"], data["to"]), took]
    if "basis" in details:
        basis = words.coded("leads.basis_", details["basis"], view.language)
        said.append(view.text("leads.by_basis", basis=basis))
    if "approved" in details:
        said.append(view.text("problems.approved" if details["approved"] else "problems.refused"))
    if "new_facts" in details:
        said.append(term("lead_facts", "new" if details["new_facts"] else "same", view.language))
    for group, name in (("lead_outcome", "outcome"), ("lead_disposal", "disposal")):
        if details.get(name):
            said.append(term(group, details[name], view.language))
    said += [str(details[name]) for name in ("receiver", "until", "demand") if details.get(name)]
    if verb == "tell":
        said += _told(view, details)
    if data["batch_id"]:
        said.append(view.text("leads.from_file", id=data["batch_id"]))
    changed = _set_right(view, details.get("before") or {}, details.get("after") or {})
    return [html.Div(first), *_more(" · ".join(part for part in said if part), data["note"], *changed)]


def _told(view: View, details: dict[str, Any]) -> list[str]:
    day = words.day(date.fromisoformat(details["day"]), view.language)
    how = term("lead_told_by", details["how"], view.language)
    return [people_of(view, details["whom"]), how, day, in_time(view, details["late"])]


def _set_right(view: View, before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Return what was set right, a line a field: what it said, what it says."""
    rows = []
    for name in after:
        label = view.text("leads.field_title" if name == "title" else f"leads.{name}")
        both = (before.get(name), after[name])
        if name == "crime":
            both = tuple(view.text("audit.yes" if value else "audit.no") for value in both)
        was, new = (value or words.NONE for value in both)
        rows.append(f"{label} {was} → {new}")
    return rows


def _visit(view: View, found: LeadFile, data: dict[str, Any]) -> list[Any]:
    kind = kind_names(view.language).get(data["kind"], data["kind"])
    conclusion = (
        term("conclusion", data["conclusion"], view.language)
        or term("unable_reason", data["unable_reason"], view.language)
    )  # fmt: skip
    link: Any = view.text("leads.visit", kind=kind)
    if data["enterprise_id"] is not None:  # else it went to somebody outside the viewer's scope
        link = dcc.Link(link, href=f"/enterprises/{data['enterprise_id']}?kind=inspection")
    lines: list[Any] = []
    for one in data["findings"]:
        said = f"{term('severity', one['severity'], view.language)} · {one['text'] or ''}"
        if one["problem_id"]:
            state = term("problem_state", one["state"], view.language)
            lines.append([dcc.Link(said, href=f"/problems/{one['problem_id']}"), f"　{state}"])
        else:
            lines.append(said)
    return [
        html.Div(html.B(link)),
        *_more(" · ".join(part for part in (conclusion, data["officer"]) if part), *lines),
    ]
