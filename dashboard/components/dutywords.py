"""How duties read: why each is there, and in how many workdays it bites."""

from __future__ import annotations

from typing import Any

from dash import html

from dashboard.components import words
from dashboard.components.chips import chip
from dashboard.components.problemwords import bite_mark, bite_words
from dashboard.services import View
from data.caps import CapState
from data.reads.duties import Duty, DutyRow
from data.reads.enterprises import EnterpriseRow
from data.reads.labels import term
from data.reads.worklist import HIGH_RISK

CAP_MARK = {"free": "green", "recent": "yellow", "explain": "red"}


def why(view: View, duty: Duty, who: EnterpriseRow | None) -> str:
    """Return in words why a duty is there."""
    n, said = len(duty.ids), duty.text or words.NONE
    if n > 1:
        said = view.text("my.and_more", text=said)
    if duty.kind == "visit":
        last = who.last_visit_on if who else None
        if last is None:
            return view.text("my.why_visit_never")
        return view.text("my.why_visit_last", day=last.isoformat(), n=(view.today - last).days)
    if duty.kind == "licence":
        return view.text("my.why_licence", day=duty.bite.day.isoformat() if duty.bite else words.NONE)
    if duty.kind == "lead":
        return view.text("my.why_lead", n=n, state=term("lead_state", duty.state, view.language), text=said)
    if duty.kind == "problem":
        state = "found" if duty.state == "found" else "ordered"
        return view.text(f"my.why_problem_{state}", n=n, text=said)
    return view.text(f"my.why_{duty.kind}", n=n, text=said)


def bites(view: View, duty: Duty) -> Any:
    """Return when a duty bites, as a chip whose hue says how soon; nothing without a day."""
    if duty.bite is None:
        return ""
    said = bite_words(view, duty.bite)
    if duty.bite.past and duty.kind == "licence":
        said = view.text("my.expired")
    elif duty.bite.past and duty.kind == "recheck" and not duty.overdue:
        said = view.text("my.over_plan", n=-duty.bite.workdays)
    return chip(bite_mark(duty.bite), said)


def kinds(view: View, row: DutyRow) -> list[Any]:
    """Return the duties of a row as small words: 复查 线索核查 日常检查."""
    return [html.Span(view.text(f"my.kind_{one.kind}"), className="gw-kind") for one in row.duties]


def cells(view: View, row: DutyRow) -> dict[str, Any]:
    """Return a row as the cells of a file, all of its duties in one line."""
    who = row.enterprise
    first = min((one.bite for one in row.duties if one.bite), key=lambda bite: bite.workdays, default=None)
    last = who.last_visit_on if who else None
    return {
        "enterprise": who.name if who else row.duties[0].text,
        "address": who.address if who else None,
        "grid": who.grid_name if who else None,
        "kinds": view.text("ui.comma").join(view.text(f"my.kind_{one.kind}") for one in row.duties),
        "why": view.text("my.and").join(why(view, one, who) for one in row.duties),
        "due_on": first.day if first else None,
        "workdays": first.workdays if first else None,
        "risk": term("risk_level", str(who.risk_level), view.language) if who and who.risk_level else None,
        "last_visit_on": last,
    }


def risk(view: View, who: EnterpriseRow | None) -> list[Any]:
    """Return the mark of high risk, if it is."""
    high = who is not None and who.risk_level == HIGH_RISK
    return [html.Span(view.text("my.risk_high"), className="gw-kind gw-kind-risk")] if high else []


def cap(view: View, state: CapState | None) -> list[Any]:
    """Return whether one more visit can be made: 可查, 近期已查, 需说明; its counts on hover."""
    if state is None:
        return []
    counts = view.text("my.cap_counts", day=state.day, week=state.week, month=state.month)
    if state.hit:
        counts = view.text("my.cap_full", cap=view.text(f"my.cap_{state.hit}"), n=state.most, counts=counts)
    word = view.text(f"my.cap_{state.state}")
    return [html.Span(chip(CAP_MARK[state.state], word), title=counts)]


def way(view: View, metres: float) -> str:
    """Return 350 米, 2.4 公里, as exact as a line drawn over roofs can be."""
    return words.way(round(metres, -1), view.language)
