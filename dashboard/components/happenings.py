"""One line of time: each activity in words, with a mark whose shape tells its kind."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from types import SimpleNamespace
from typing import Any

from dash import dcc, html

from dashboard.components import address, words
from dashboard.components.paperwords import NAMES, downloads, paper_link
from dashboard.components.problemwords import together
from dashboard.components.states import empty
from dashboard.services import View
from data.access import Right
from data.reads.labels import kind_names, term
from data.reads.timeline import Activity
from data.reads.visit_withdrawn import may_withdraw
from data.writes.inspections import ENTERED

SHOWN = 200


def timeline(view: View, activities: Sequence[Activity], kind: str = "all") -> Any:
    """Return the activities of a kind ("all": every one), newest first."""
    if not activities:
        return empty(view.text("enterprise.timeline_none_title"), view.text("enterprise.timeline_none_hint"))
    chosen = of_kind(activities, kind)
    if not chosen:
        return empty(view.text("enterprise.timeline_filtered"), "")
    steps = [list(group) for _, group in groupby(chosen[:SHOWN], _step)]
    return html.Ol([_event(view, step) for step in steps], className="gw-timeline")


def of_kind(activities: Sequence[Activity], kind: str) -> list[Activity]:
    """Return the activities of a kind; "all" is every one."""
    return [one for one in activities if kind in ("all", one.kind)]


def activity_cells(view: View, one: Activity) -> list[Any]:
    """Return an activity as a row: its day, its kind, what happened, and what else is known of it."""
    first, more = TELL[one.kind](view, one.data)
    kind = term("activity", one.kind, view.language)
    said = "".join(_plain(part) for part in first)
    day = one.day or view.text("ui.since_unknown")
    return [
        day,
        kind,
        said.removeprefix(f"{kind} ").strip(),
        "；".join(line for part in more if (line := _plain(part))),
    ]


def _plain(part: Any) -> str:
    """Return what is read in a part of a line; of files and buttons nothing."""
    if isinstance(part, str):
        return part
    said = getattr(part, "children", None)
    return said if isinstance(said, str) else ""


def _step(one: Activity) -> tuple[Any, ...]:
    """Return what is told as one: problems that took the same step on a day, facts first known for a day."""
    if one.kind == "problem":
        return "problem", one.day, one.data["to_state"], one.data["verb"], one.data.get("notice")
    if one.kind == "paper":
        return "paper", one.id, one.data["state"]
    if one.kind == "fact":
        return "fact", one.day, one.data["first"] or (one.data["group"], one.id)
    return one.kind, one.id


def _event(view: View, step: Sequence[Activity]) -> html.Li:
    one, told = step[0], [TELL[each.kind](view, each.data) for each in step]
    first, more = told[0]
    if one.kind == "fact" and one.data["first"]:
        groups = words.listed((term("fact", one.data["group"], view.language) for one in step), view.language)
        first = [html.B(view.text("enterprise.first_version")), " ", groups]
    elif len(step) > 1:
        first = [*first, html.Span(view.text("enterprise.times", n=len(step)), className="gw-event-more")]
        more = list(
            dict.fromkeys(line for place in (0, 1) for _, lines in told for line in lines[place : place + 1])
        )
        more += told[0][1][2:]  # the notice: it orders all of them
    day = words.day(one.day, view.language, year=True) if one.day else view.text("ui.since_unknown")
    return html.Li(
        [
            html.Div([day, *_clock(one)], className="gw-event-day"),
            html.Div(
                html.Span(className=f"gw-event-{one.kind}"),
                className="gw-event-mark",
                **{"aria-hidden": "true"},
            ),
            html.Div(
                [html.Div(first), *(html.Div(line, className="gw-event-more") for line in more if line)],
                className="gw-event-what",
            ),
        ],
        className="gw-event",
    )


def _clock(one: Activity) -> list[html.Div]:
    """Return the time of day of what was done here; of what came with a file only the day is known."""
    here = one.kind == "paper" or one.data.get("verb") or one.data.get("source") == ENTERED
    if not here or one.at is None or one.at.date() != one.day:
        return []
    return [html.Div(one.at.strftime("%H:%M"), className="gw-event-more")]


def _kind(view: View, code: str) -> html.B:
    return html.B(term("activity", code, view.language))


def _inspection(view: View, data: dict[str, Any]) -> tuple[list[Any], list[Any]]:
    language = view.language
    name = kind_names(language).get(data["kind"], data["kind"])
    outcome = term("conclusion", data["conclusion"], language) or data["source_result"] or ""
    if data["unable_reason"]:
        outcome = view.text(
            "enterprise.unable", reason=term("unable_reason", data["unable_reason"], language)
        )
    people = words.listed((who for who in (data["officer"], data["officer2"]) if who), language)
    # evidence is asked of visits that can count: a recheck is none of them
    grade = "" if data["kind"] == "recheck" else term("grade", str(data["grade"]), language)
    about = [people, term("method", data["method"], language), grade]
    more: list[Any] = [" · ".join(part for part in about if part)]
    if data["withdrawn"]:
        more.append(_withdrawal(view, data["withdrawn"]))
    elif data["superseded"]:
        more.append(view.text("enterprise.superseded"))
    if data["reason"]:
        more.append(view.text("enterprise.reason", reason=data["reason"]))
    for name_of, words_of in (
        ("over_cap_reason", "visit.said_over_cap"),
        ("far_reason", "visit.said_far"),
        ("late_reason", "visit.said_late"),
    ):
        if data.get(name_of):
            more.append(view.text(words_of, reason=data[name_of]))
    more += [_finding_line(view, one) for one in data["findings"]]
    for item, note in data["notes"].items():
        more.append(view.text("visit.said_note", item=item, note=note))
    if data["source"] == ENTERED:
        more += _files(view, data)
    if data["withdrawn"]:
        return [html.Del(f"{name} {outcome}")], more
    return [html.B(name), " ", outcome], more


def _withdrawal(view: View, data: dict[str, Any]) -> html.B:
    at = data["at"].astimezone(view.now.tzinfo).strftime("%Y-%m-%d %H:%M")
    return html.B(view.text("enterprise.withdrawn", by=data["by"] or "—", at=at, reason=data["reason"]))


def _mistaken(view: View, data: dict[str, Any]) -> list[html.A]:
    """Return the ways to put right what was recorded wrongly, for who may."""
    if data["superseded"]:
        return []
    found = []
    visit = SimpleNamespace(**data)
    if data["own"] and view.viewer.may(Right.RECORD):
        way = f"/visit/{data['enterprise_id']}?corrects={data['id']}"
        found.append(html.A(view.text("visit.correct"), href=way))
    if may_withdraw(view.viewer, visit, data["first_at"], view.now):
        found.append(html.A(view.text("visit.withdraw"), href=f"/withdraw/{data['id']}"))
    return found


def _files(view: View, data: dict[str, Any]) -> list[Any]:
    """Return links to a visit's record, photos and signature, and how its record stands."""
    links = downloads(view, "visit", data["id"], "")
    for n, one in enumerate(data["attachments"], start=1):
        what = "signature" if one["what"] == "signature" else "photo"
        said = view.text(f"visit.file_{what}", n=n)
        if one["item_code"]:
            said += words.aside(one["item_code"], view.language)
        links.append(html.A(said, href=f"/attachments/{one['id']}"))
    if view.viewer.may(Right.INTAKE) and not data["withdrawn"]:
        way = address.link("/leads/new", enterprise=str(data["enterprise_id"]), inspection=str(data["id"]))
        links.append(dcc.Link(view.text("leads.from_visit"), href=way))
    links += _mistaken(view, data)
    found: list[Any] = []
    for link in links:
        found += [*([" · "] if found else []), link]
    if data["withdrawn"]:
        return [html.Div(found)]
    return [html.Div(found), paper_link(view, "visit", data["id"], data["paper"])]


def _finding_line(view: View, data: dict[str, Any]) -> str:
    severity = words.aside(term("severity", data["severity"], view.language), view.language)
    finding = term("activity", "finding", view.language)
    gap = "" if view.language == "zh-CN" else " "
    return f"{finding}{severity}{gap}{data['text'] or data['item_code'] or ''}"


def _finding(view: View, data: dict[str, Any]) -> tuple[list[Any], list[Any]]:
    severity = term("severity", data["severity"], view.language)
    return [_kind(view, "finding"), " ", severity], [data["text"] or data["item_code"]]


def _problem(view: View, data: dict[str, Any]) -> tuple[list[Any], list[Any]]:
    language = view.language
    due = view.text("enterprise.due_on", day=data["due_on"]) if data["due_on"] else ""
    on = view.text("problems.took_place", day=data["on"]) if data.get("on") else ""
    who = words.handed(data["officer"], data.get("to"))
    # imported steps know no verb, only the state that they led to
    verb = data["verb"]
    state = term("problem_state", data["to_state"], language)
    did = words.coded("problems.did_", verb, language) if verb else state
    return (
        [_kind(view, "problem"), " ", did],
        [
            dcc.Link(data["text"] or did, href=f"/problems/{data['problem_id']}"),
            " · ".join(part for part in (due, on, who, data["note"]) if part),
            _notice(view, data),
        ],
    )


def _notice(view: View, data: dict[str, Any]) -> html.Span | None:
    """Return the way to the notice that ordered it, and the problems that stand there together."""
    if not data.get("notice"):
        return None
    paper = dcc.Link(view.text("documents.order"), href=f"/papers/order/{data['notice']}")
    if len(data["together"]) < 2:
        return html.Span(paper)
    said = html.Span(view.text("problems.notice_with"))
    return html.Span([paper, said, together(view, data["together"], "")], className="gw-chips")


def _paper(view: View, data: dict[str, Any]) -> tuple[list[Any], list[Any]]:
    name, did = view.text(NAMES[data["kind"]]), view.text(f"papers.step_{data['state']}")
    said = " · ".join(part for part in (data["officer"], data["note"]) if part)
    return [_kind(view, "paper"), " ", name, " ", did], [said]


def _lead(view: View, data: dict[str, Any]) -> tuple[list[Any], list[Any]]:
    language = view.language
    channel = term("lead_channel", data["channel"], language)
    # what moved nothing is named by what was done: a lead that is looked into is not so once more
    stays = data.get("verb") and data["from_state"] == data["to_state"]
    state = term("lead_state", data["to_state"], language)
    did = words.coded("leads.did_", data["verb"], language) if stays else state
    if data.get("into"):
        did = view.text("leads.merged_into_n", id=data["into"])
    who = words.handed(data.get("officer"), data.get("to"))
    return (
        [_kind(view, "lead"), " ", did],
        [
            dcc.Link(f"{channel} · {data['title']}", href=f"/leads/{data['lead_id']}"),
            " · ".join(part for part in (who, data.get("note")) if part),
        ],
    )


def _fact(view: View, data: dict[str, Any]) -> tuple[list[Any], list[Any]]:
    language = view.language
    changed = words.listed((term("field", name, language) for name in data["changed"]), language)
    said = view.text("enterprise.first_version") if data["first"] else changed
    # "import" is how every fact of a file comes in: it tells a reader nothing
    told = data["reason"] if data["reason"] != "import" else None
    more = [view.text("enterprise.reason", reason=told)] if told else []
    return [html.B(term("fact", data["group"], language)), " ", said], more


TELL = {
    "inspection": _inspection,
    "finding": _finding,
    "problem": _problem,
    "paper": _paper,
    "lead": _lead,
    "fact": _fact,
}
