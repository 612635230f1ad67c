"""How a lead reads: its chips, its facts, and its story step by step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import dcc, html

from dashboard.components import words
from dashboard.components.chips import chip
from dashboard.components.frame import facts
from dashboard.components.problemwords import bite_mark, bite_words
from dashboard.services import View
from data.deadlines import rule_at
from data.errors import NotFound
from data.reads.labels import kind_names, term
from data.reads.lead import LeadFile
from data.reads.timeline import Activity
from data.workflow import LEAD_CLOSED


def state_mark(state: str, *, overdue: bool = False) -> str:
    """Return the mark of a state: done when it is closed, red when overdue."""
    return "done" if state in LEAD_CLOSED else "red" if overdue else "open"


def headline(view: View, found: LeadFile) -> list[Any]:
    """Return the chips under the title: the state, the deadline, what is special."""
    row = found.facts
    state = term("lead_state", row["state"], view.language)
    if row["merged_into_id"]:
        state = view.text("leads.merged_into_n", id=row["merged_into_id"])
    chips = [chip(state_mark(row["state"]), state)]
    if found.bite is not None:
        said = bite_words(view, found.bite, provisional=row["due_provisional"])
        chips.append(chip(bite_mark(found.bite), said))
    chips += [chip("red", view.text(f"leads.{name}")) for name in ("supervised", "crime") if row[name]]
    if row["enterprise_id"] is None and row["state"] not in LEAD_CLOSED:
        chips.append(chip("yellow", view.text("leads.unmatched")))
    return chips


def facts_of(view: View, found: LeadFile) -> Any:
    """Return what is known of a lead, as words and values."""
    row, language = found.facts, view.language

    def date_of(name: str) -> str | None:
        return words.day(row[name], language, year=True) if row[name] else None

    who = row["enterprise"]
    enterprise = dcc.Link(who, href=f"/enterprises/{row['enterprise_id']}") if who else None
    place = " · ".join(part for part in (row["district_name"], row["grid_name"]) if part)
    pairs: list[tuple[str, Any]] = [
        ("channel", term("lead_channel", row["channel"], language)),
        ("number_12315", row["number_12315"]),
        ("received_on", date_of("received_on")),
        ("last_received_on", date_of("last_received_on")),
        ("enterprise", enterprise or view.text("leads.unmatched")),
        ("subject", row["subject"]),
        ("address", row["address"]),
        ("place", place),
        ("officer", row["officer"]),
        ("due_on", _due(view, found)),
        ("asked_until", date_of("asked_until")),
        ("outcome", term("lead_outcome", row["outcome"], language)),
        ("result", row["result"]),
        ("disposal", term("lead_disposal", row["disposal"], language)),
        ("receiver", row["receiver"]),
        ("receipt", row["receipt"]),
        ("closed_on", date_of("closed_on")),
        ("text", row["text"]),
    ]  # fmt: skip
    always = ("channel", "received_on", "enterprise", "officer", "due_on")
    shown = [(view.text(f"leads.{name}"), value) for name, value in pairs if value or name in always]
    kin = [("split_from", row["split_from_id"]), ("merged_into", row["merged_into_id"])]
    shown += [
        (view.text(f"leads.{name}"), dcc.Link(view.text("leads.lead_n", id=number), href=f"/leads/{number}"))
        for name, number in kin
        if number
    ]
    for name, several in (("merged", found.merged), ("parts", found.parts)):
        if several:
            links = [html.Div(dcc.Link(title, href=f"/leads/{number}")) for number, title in several]
            shown.append((view.text(f"leads.{name}"), links))
    return facts(shown)


def visits_offered(view: View, visits: Sequence[Any], zone: str) -> list[tuple[str, str]]:
    """Return visits (see `visits_for`) as a select box offers them: no two of a day read alike."""
    kinds = kind_names(view.language)
    return [
        (
            str(one.id),
            " · ".join(
                part
                for part in (
                    words.moment(one.finished_at, zone) if one.finished_at else one.finished_on.isoformat(),
                    kinds.get(one.kind, one.kind),
                    term("conclusion", one.conclusion, view.language),
                )
                if part
            ),
        )
        for one in visits
    ]


def unordered(view: View, found: LeadFile) -> list[Any]:
    """Return what warns of findings of the lead's visits that nobody has acted on yet, if any."""
    left = [
        one
        for activity in found.story
        if activity.kind == "visit"
        for one in activity.data["findings"]
        if one["state"] == "found"
    ]
    if not left:
        return []
    links = [
        dcc.Link(one["text"] or str(one["problem_id"]), href=f"/problems/{one['problem_id']}") for one in left
    ]
    parts = [part for link in links for part in (view.text("ui.comma"), link)][1:]
    return [
        html.P(
            [html.B(view.text("leads.unordered", n=len(left))), *parts], className="gw-banner", role="note"
        )
    ]


def _due(view: View, found: LeadFile) -> str | None:
    row = found.facts
    if not row["due_on"]:
        return None
    said = [words.day(row["due_on"], view.language, year=True)]
    if found.bite:
        said.append(bite_words(view, found.bite, provisional=row["due_provisional"]))
    if row["rule"]:
        try:
            rule = rule_at(None, row["rule"], row["last_received_on"] or row["received_on"])
        except NotFound:
            return "　".join(said)
        name = term("lead_rule", row["rule"], view.language)
        unit = view.text(f"leads.unit_{rule.unit}", n=rule.days)
        article = (
            view.text("leads.article", source=rule.source, n=rule.article) if rule.article else rule.source
        )
        said.append(f"{name} {unit} · {article}")
    return "　".join(said)


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
    for group, name in (("lead_outcome", "outcome"), ("lead_disposal", "disposal")):
        if details.get(name):
            said.append(term(group, details[name], view.language))
    said += [str(details[name]) for name in ("receiver", "until") if details.get(name)]
    if data["batch_id"]:
        said.append(view.text("leads.from_file", id=data["batch_id"]))
    changed = _set_right(view, details.get("before") or {}, details.get("after") or {})
    return [html.Div(first), *_more(" · ".join(part for part in said if part), data["note"], *changed)]


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
    link = dcc.Link(
        view.text("leads.visit", kind=kind), href=f"/enterprises/{data['enterprise_id']}?kind=inspection"
    )
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
