"""How a lead reads: its chips and its facts."""

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
    if found.telling is not None and found.telling.bite is not None:
        rest = bite_words(view, found.telling.bite, provisional=found.telling.last.provisional)
        chips.append(chip(bite_mark(found.telling.bite), view.text("leads.tell_chip", rest=rest)))
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
        ("telling", _telling(view, found)),
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


def _telling(view: View, found: LeadFile) -> str | None:
    """Return who is to be told of the decision and by when, or that they were, and whether in time."""
    if found.telling is None:
        return None
    term_, last, bite = found.telling
    rule = term("lead_rule", term_.rule.code, view.language)
    day = words.day(last.day, view.language, year=True)
    if term_.left:
        rest = bite_words(view, bite, provisional=last.provisional) if bite else ""
        said = view.text("leads.tell_until", who=people_of(view, term_.left), day=day)
        return " · ".join(part for part in (rule, said, rest) if part)
    return f"{rule} · {in_time(view, term_.late)}"


def untold(view: View, found: LeadFile) -> list[Any]:
    """Return what warns that somebody is still to be told of the decision, if so."""
    if found.telling is None or found.telling.bite is None:
        return []
    said = view.text("leads.untold", who=people_of(view, found.telling.term.left))
    return [html.P(said, className="gw-banner", role="note")]


def people_of(view: View, parties: Sequence[str]) -> str:
    """Return who is to be told, or was, in words."""
    return view.text("leads.and").join(term("lead_party", one, view.language) for one in parties)


def in_time(view: View, late: int) -> str:
    """Return whether somebody was told in time."""
    return view.text("leads.told_late", n=late) if late else view.text("leads.told_in_time")


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
