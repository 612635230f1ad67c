"""How a problem reads: when it bites, what was done, and what its rounds came to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import dcc, html

from dashboard.components import words
from dashboard.components.chips import OUT, chip
from dashboard.components.frame import facts
from dashboard.components.paperwords import downloads, paper_link
from dashboard.services import View
from data.duty import Bite
from data.reads.labels import kind_names, term
from data.reads.problems import ProblemFile, Round, Step
from data.reads.supervised import Supervision
from data.workflow import PROBLEM_CLOSED

TURNS = ("fix_on_spot", "fail_recheck", "send_back")
"""Verbs whose name does not tell the state that they lead to."""
AMENDED = ("kind", "day", "due_on", "number", "clause")
"""What of a notice can be put right."""


def bite_mark(found: Bite | None) -> str:
    """Return the mark of a deadline: red when it is over, yellow when near."""
    if found is None:
        return OUT
    return "red" if found.past else "yellow" if found.soon else "open"


def bite_words(view: View, found: Bite | None, *, provisional: bool = False) -> str:
    """Return 剩余 3 个工作日, 今日到期 or 已逾期 2 个工作日; 暂定 where its days are not announced."""
    if found is None:
        return words.NONE
    if found.past:
        said = view.text("problems.over", n=-found.workdays)
    elif found.day == view.today:  # a day that is no workday is told to be none
        said = view.text("problems.left_today" if found.workdays else "problems.left_today_off")
    elif not found.workdays:
        said = view.text("problems.left_none")
    else:
        said = view.text("problems.left", n=found.workdays)
    return f"{said}（{view.text('problems.provisional')}）" if provisional else said


def bite_short(view: View, found: Bite | None) -> str:
    """Return the same for a narrow column whose head says that it counts workdays: 剩 3 日, 逾期 2 日."""
    if found is None:
        return words.NONE
    if found.past:
        return view.text("problems.short_over", n=-found.workdays)
    if found.day == view.today:
        return view.text("problems.short_today" if found.workdays else "problems.short_today_off")
    return view.text("problems.short_left", n=found.workdays)


def state_mark(state: str, *, overdue: bool = False) -> str:
    """Return the mark of a state: done when it is closed, red when overdue."""
    return "done" if state in PROBLEM_CLOSED else "red" if overdue else "open"


def headline(view: View, found: ProblemFile) -> list[Any]:
    """Return the chips under the title: the state, the deadline, what is special."""
    row = found.row
    late = found.bite is not None and found.bite.past
    chips = [chip(state_mark(row["state"]), term("problem_state", row["state"], view.language))]
    if found.bite is not None:
        said = bite_words(view, found.bite, provisional=row["due_provisional"])
        chips.append(chip(bite_mark(found.bite), said))
    if row["supervised"]:
        chips.append(chip("red" if late else "yellow", view.text("problems.supervised")))
    if row["round"] > 1:
        chips.append(html.Span(view.text("problems.round_n", n=row["round"]), className="gw-muted"))
    return chips


def facts_of(view: View, found: ProblemFile) -> Any:
    """Return what is known of a problem, as words and values."""
    row, language = found.row, view.language
    visit = kind_names(language).get(row["found_by"] or "", "")
    due: Any = words.NONE
    if row["due_on"]:
        left = bite_words(view, found.bite, provisional=row["due_provisional"]) if found.bite else ""
        due = f"{words.day(row['due_on'], language, year=True)}　{left}".strip("　")
        if found.step is not None:  # no law fixes it: it is proposed, and said to be
            due = f"{due}　{view.text(f'problems.step_{found.step.code}', n=found.step.days)}"
    pairs: list[tuple[str, Any]] = [
        (view.text("problems.finding"), row["text"]),
        (view.text("problems.severity"), term("severity", row["severity"], language)),
        (view.text("problems.item"), row["item_code"]),
        (view.text("problems.clause"), row["clause"]),
        (view.text("problems.found_on"), f"{words.day(row['found_on'], language, year=True)}　{visit}"),
        (view.text("problems.enterprise"),
         dcc.Link(row["enterprise"], href=f"/enterprises/{row['enterprise_id']}")),
        (view.text("problems.grid"), row["grid_name"]),
        (view.text("problems.handler"), found.handler),
        (view.text("problems.due"), due),
    ]  # fmt: skip
    if row["recheck_officer_id"]:
        day = words.day(row["recheck_on"], language, year=True)
        pairs.append((view.text("problems.recheck"), f"{found.rechecker or ''}　{day}".strip("　")))
    if found.supervision is not None:
        pairs.append((view.text("problems.supervised"), supervised(view, found.supervision)))
    if row["asked_until"]:
        pairs.append((view.text("problems.asked_until"), words.day(row["asked_until"], language, year=True)))
    return html.Div(facts(pairs), className="gw-pad")


def supervised(view: View, one: Supervision) -> str:
    """Return who put something under supervision, until when, what is asked and why."""
    until = (
        view.text("inbox.until", day=words.day(one.until, view.language, year=True)) if one.until else None
    )
    return " · ".join(part for part in (one.by, until, one.demand, one.reason) if part)


def together(view: View, problems: Sequence[int], name: str = "gw-link") -> html.Span:
    """Return the links to the problems that stand in the same notice, of class `name`."""
    links = [
        dcc.Link(view.text("problems.notice_problem", id=one), href=f"/problems/{one}", className=name)
        for one in problems
    ]
    return html.Span(links, className="gw-chips")


def round_of(view: View, one: Round, paper: str) -> Any:
    """Return one rectification round: ordered, with the state of its order on paper, answered, rechecked."""
    language = view.language
    told: list[tuple[str, Any]] = []
    if one.ordered_on:
        number = f"　{one.number}" if one.number else ""
        kind = term("order_kind", one.kind, language)
        day = words.day(one.ordered_on, language, year=True)
        told.append((view.text("problems.ordered_on"), f"{day}　{kind}{number}"))
        papers = [paper_link(view, "order", one.notice, paper), *downloads(view, "order", one.notice)]
        told.append((view.text("documents.order"), html.Span(papers, className="gw-chips")))
        if one.together:
            told.append((view.text("problems.notice_with"), together(view, one.together)))
    if one.due_on:
        told.append((view.text("problems.round_due"), words.day(one.due_on, language, year=True)))
    if one.replied_on:
        day = words.day(one.replied_on, language, year=True)
        told.append((view.text("problems.replied_on"), f"{day}　{one.reply or ''}"))
    if one.rechecked_on:
        day = words.day(one.rechecked_on, language, year=True)
        parts = [day, one.officer or "", view.text("problems.passed" if one.passed else "problems.failed")]
        if one.same_officer:
            parts.append(view.text("problems.same_officer"))
        told.append((view.text("problems.rechecked_on"), "　".join(part for part in parts if part)))
    if one.reason:
        told.append((view.text("problems.reason"), one.reason))
    title = html.H3(view.text("problems.round_n", n=one.round), className="gw-panel-title")
    return html.Div([title, facts(told)], className="gw-pad")


def _before(view: View, name: str, value: Any) -> str:
    """Return what a notice said before it was put right."""
    said = term("order_kind", value, view.language) if name == "kind" else value
    return view.text("problems.was_one", name=view.text(f"problems.was_{name}"), value=said or words.NONE)


def step_of(view: View, one: Step, zone: str) -> html.Li:
    """Return one thing that was done, as a line of time."""
    state = term("problem_state", one.to_state, view.language)
    verb = words.coded("problems.did_", one.verb, view.language) if one.verb else state
    first: list[Any] = [html.B(verb)]
    if one.verb in TURNS:
        first.append(f" → {state}")
    details = one.details
    day = details.get("due_on") or details.get("day") or details.get("until") or ""
    more = [words.handed(one.by, one.to), view.text("enterprise.due_on", day=day) if day else ""]
    if details.get("on"):
        more.append(view.text("problems.took_place", day=details["on"]))
    if "approved" in details:
        more.append(view.text("problems.approved" if details["approved"] else "problems.refused"))
    if details.get("receiver_kind"):
        more.append(term("receiver_kind", details["receiver_kind"], view.language))
    more += [str(details[name]) for name in ("number", "clause", "receiver", "demand") if details.get(name)]
    before = [_before(view, name, details[f"was_{name}"]) for name in AMENDED if f"was_{name}" in details]
    if before:
        more.append(view.text("problems.was", said=view.text("my.and").join(before)))
    return html.Li(
        [
            html.Div(words.moment(one.at, zone), className="gw-event-day"),
            html.Div(
                html.Span(className="gw-event-problem"), className="gw-event-mark", **{"aria-hidden": "true"}
            ),
            html.Div(
                [
                    html.Div(first),
                    *(
                        html.Div(line, className="gw-event-more")
                        for line in (" · ".join(part for part in more if part), one.note)
                        if line
                    ),
                ],
                className="gw-event-what",
            ),
        ],
        className="gw-event",
    )
