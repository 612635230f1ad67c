"""The figures of a city, a district or a grid for one plan, each leading to its rows."""

from __future__ import annotations

import math
from typing import Any

import sqlalchemy as sa
from dash import html

from dashboard.components import words
from dashboard.components.address import link
from dashboard.components.kpi import Kpi, below_coverage
from dashboard.services import View
from data.plans import headline
from data.reads.city import City
from data.reads.counts import ZERO, Counts
from data.reads.labels import setting
from data.reads.places import UNKNOWN_DISTRICT


def city_name(conn: sa.Connection, view: View) -> str:
    """Return the city's name as the deployment sets it, else 全市."""
    named = setting(conn, "city") or {}
    return named.get("name_en" if view.language == "en" else "name") or view.text("ui.city")


def plan_shown(conn: sa.Connection, asked: str | None) -> str | None:
    """Return the code of the plan that a page shows: the one its address asks for, else the headline plan."""
    first = None if asked else headline(conn)
    return asked or (first.code if first else None)


def plan_to_ask(conn: sa.Connection, chosen: str | None, asked: str | None) -> str | None:
    """Return the plan that the address should name: as it stands, unless another plan is chosen.

    Boxes also report when they have just been drawn. An address that did not name the plan they show would
    change then, and the whole page would be drawn a second time.
    """
    return asked if chosen == plan_shown(conn, asked) else chosen


def place_counts(found: City, district: str | None) -> tuple[Counts, int, float, float | None]:
    """Return counts, unplaced, expected and needed of the city or of one district."""
    if district is None:
        unplaced = sum(row.counts.due for row in found.unplaced)
        return found.total, unplaced, found.expected, found.needed
    for row in found.districts:
        if (row.code or UNKNOWN_DISTRICT) == district:
            return row.counts, row.unplaced, row.expected, row.needed
    return ZERO, 0, 0.0, 0.0


def deadline_note(view: View, found: City) -> list[Any]:
    """Return 统计日 … · 截止日 … · 还剩 6 个工作日."""
    if found.time is None or found.period is None or found.as_of is None:
        return []
    language = view.language
    parts = [
        view.text("ui.as_of", day=words.day(found.as_of, language)),
        view.text("ui.deadline", day=words.day(found.period.deadline, language)),
    ]
    if found.time.past:
        parts.append(view.text("ui.deadline_past", n=-found.time.days_left))
    else:
        provisional = words.aside(view.text("ui.provisional"), language) if found.time.provisional else ""
        parts.append(view.text("ui.workdays_left", n=found.time.left) + provisional)
    return [html.Span(part) for part in parts]


def figures_of(view: View, found: City, district: str | None, recent: float | None) -> list[Kpi]:
    """Return the strip of the overview for the city or one district."""
    counts, unplaced, expected, needed = place_counts(found, district)
    plan = found.plan.code

    def rows(state: str) -> str:
        return link("/enterprises", plan=plan, district=district, state=state)

    past = bool(found.time and found.time.past)
    unit = words.unit(view.language)
    left = "overdue" if past else "remaining"
    behind = math.floor(expected) - counts.done
    # of the rounded numbers that are shown, so that it can be checked by eye
    gap = math.ceil(needed or 0) - math.floor(recent or 0)
    short = not past and counts.remaining > 0 and gap > 0
    late = counts.late
    done_below = view.text("home.late", n=words.count(late)) if late else ""
    if behind > 0 and not past:
        done_below = view.text("home.behind", n=words.count(behind))
    coverage_below = view.text("home.of_due", done=words.count(counts.done), due=words.count(counts.due))
    if past:
        on_time = view.text("home.on_time", rate=words.rate(counts.on_time, counts.due))
        coverage_below = f"{coverage_below} · {on_time}"
    pace_below = ""
    if not past and counts.remaining:
        pace_below = view.text("home.short", n=gap) if gap > 0 else view.text("home.enough")
    return [
        Kpi(view.text("home.due"), words.count(counts.due), "due", rows("due"), unit),
        Kpi(view.text("home.done"), words.count(counts.done), "done", rows("done"), unit, done_below),
        Kpi(view.text("home.coverage"), words.rate(counts.done, counts.due), "coverage", rows("due"),
            below=below_coverage([coverage_below], done_below),
            params={"done": words.count(counts.done), "due": words.count(counts.due)}),
        Kpi(view.text(f"home.{left}"), words.count(counts.remaining), "remaining", rows("remaining"), unit,
            loud="red" if past and counts.remaining else ""),
        Kpi(view.text("home.unplaced"), words.count(unplaced), "unplaced", rows("unplaced"), unit,
            view.text("home.unplaced_target")),
        Kpi(view.text("home.needed"), words.needed(needed), "needed", rows("remaining"),
            view.text("ui.per_workday")),
        Kpi(view.text("home.recent"), words.recent(recent), "recent", rows("done"),
            view.text("ui.per_workday"), pace_below, loud="yellow" if short else ""),
    ]  # fmt: skip
