"""The three parts of an officer's page: the look at my grids, today's round, the working list."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import dcc, html

from dashboard.components import address, dutywords, mapapp, words
from dashboard.components.chips import light_chip
from dashboard.components.kpi import Kpi, strip
from dashboard.components.states import empty
from dashboard.services import View
from data.caps import CapState
from data.reads.city import City
from data.reads.duties import FILTERS, DutyRow
from data.reads.my_day import MyDay, Proposal

SHOWN = 25
LIST = "my-list"


def asked(filters: Mapping[str, str | None], **changed: str | None) -> str:
    """Return the page's address with some filters changed, at its list."""
    return address.link("/my", **{**filters, **changed}) + f"#{LIST}"


def grids(view: View, day: MyDay) -> list[Any]:
    """Return my grids with their lights, each a way to its page."""
    mine = day.city.grids if day.city else ()
    return [
        html.Span(
            [dcc.Link(grid.name, href=address.link(f"/grids/{grid.code}")), " ",
             light_chip(view, str(grid.light))],
            className="gw-my-grid",
        )
        for grid in mine
    ]  # fmt: skip


def look(view: View, day: MyDay, filters: Mapping[str, str | None]) -> Any:
    """Return the figures: what is done and needed, and what waits, each leading to its rows."""
    found = day.duties

    def waits(term: str, label: str, name: str, loud: str = "") -> Kpi:
        n = found.count(name)
        href = asked({"plan": filters.get("plan")}, show=name) if n else None
        return Kpi(view.text(f"my.{label}"), words.count(n), term, href, loud=loud if n else "",
                   params={"n": found.soon} if name == "soon" else {})  # fmt: skip

    shown = strip(view, [
        *(_of_plan(view, day, day.city) if day.city else ()),
        waits("my_soon", "soon", "soon", "yellow"),
        waits("my_overdue", "overdue", "overdue", "red"),
        waits("my_recheck", "recheck", "recheck"),
        waits("my_leads", "leads", "lead"),
        waits("my_licences", "licences", "licence"),
    ])  # fmt: skip
    return shown if day.city else [html.P(view.text("my.no_plan"), className="gw-pad", role="status"), shown]


def _of_plan(view: View, day: MyDay, mine: City) -> list[Kpi]:
    total = mine.total
    done, due = words.count(total.done), words.count(total.due)
    rows = address.link("/enterprises", plan=mine.plan.code, state="remaining")
    return [
        Kpi(view.text("my.coverage"), words.rate(total.done, total.due), "coverage", rows,
            below=[light_chip(view, str(mine.light)),
                   html.Span(view.text("home.of_due", done=done, due=due))],
            params={"done": done, "due": due}),
        Kpi(view.text("my.pace"), words.count(day.done_today), "my_pace",
            below=[html.Span(view.text("my.pace_below", needed=words.needed(mine.needed)),
                             className="gw-whole"),
                   " · ",
                   html.Span(view.text("my.pace_recent", recent=words.recent(day.recent)),
                             className="gw-whole")]),
    ]  # fmt: skip


def start_words(view: View, day: MyDay, here: bool) -> str:
    """Return from where the round begins."""
    return view.text(f"my.from_{'here' if here else day.start.what if day.start else 'nowhere'}")


def round_list(view: View, day: MyDay, found: Proposal, app: str | None, *, here: bool) -> Any:
    """Return today's visits in their order, with the way from one to the next."""
    if not found.round.legs:
        return empty(view.text("my.round_none_title"), view.text("my.round_none_hint"))
    begun = here or day.start is not None
    items = []
    for n, leg in enumerate(found.round.legs, start=1):
        row = found.rows[leg.stop.key]
        who = row.enterprise
        if who is None:
            continue
        if leg.stop.at is None:
            gone = view.text("my.no_point")
        elif leg.metres is None:
            gone = ""
        else:
            key = "my.from_start" if n == 1 and begun else "my.from_last"
            gone = view.text(key, way=dutywords.way(view, leg.metres))
        items.append(_item(view, row, found.caps.get(who.id), app, number=n, gone=gone))
    said = view.text(
        "my.round_note", n=len(items), way=dutywords.way(view, found.round.metres),
        start=start_words(view, day, here),
    )  # fmt: skip
    return [html.P(said, className="gw-pad gw-muted gw-my-note"), html.Ol(items, className="gw-my-rows")]


def working_list(
    view: View, day: MyDay, caps: Mapping[int, CapState], app: str | None, filters: Mapping[str, str | None]
) -> list[Any]:
    """Return the filters with how many rows each has, and the rows of the one that is chosen."""
    show = filters.get("show")
    found = day.duties.shown(show)
    marks: list[Any] = []
    for name, n in (("all", len(day.duties.rows)), *((one, day.duties.count(one)) for one in FILTERS)):
        inside = [view.text(f"my.filter_{name}"), html.Span(words.count(n), className="gw-pick-n")]
        if name == (show or "all"):
            on = {"id": f"my-pick-{name}", "aria-current": "true"}
            marks.append(html.Span(inside, className="gw-pick gw-pick-on", **on))
        else:
            href = asked(filters, show=None if name == "all" else name, all=None)
            marks.append(dcc.Link(inside, href=href, id=f"my-pick-{name}", className="gw-pick"))
    picks = html.Nav(marks, className="gw-picks", **{"aria-label": view.text("my.filters")})
    if not found:
        return [picks, empty(view.text("my.list_none_title"), view.text("my.list_none_hint"))]
    shown = found if filters.get("all") else found[:SHOWN]
    rows = [_item(view, row, caps.get(row.enterprise.id) if row.enterprise else None, app) for row in shown]
    parts = [picks, html.Ul(rows, className="gw-my-rows")]
    if len(shown) < len(found):
        more = view.text("my.all", n=words.count(len(found)))
        parts.append(html.P(dcc.Link(more, href=asked(filters, all="1")), className="gw-more"))
    return parts


def _item(
    view: View, row: DutyRow, cap: CapState | None, app: str | None, *, number: int | None = None,
    gone: str = "",
) -> html.Li:  # fmt: skip
    who = row.enterprise
    name = who.name if who else (row.duties[0].text or words.NONE)
    title: Any = dcc.Link(name, href=f"/enterprises/{who.id}") if who else html.Span(name)
    marks = [*dutywords.kinds(view, row), *dutywords.risk(view, who)]
    marks += dutywords.cap(view, cap) if row.on_site and row.kinds != ("recheck",) else []
    if who is None:
        marks.append(html.Span(view.text("my.unmatched"), className="gw-kind"))
    place = [one for one in ((who.address if who else None), gone) if one]
    return html.Li(
        [
            html.Div(number, className="gw-my-number", **{"aria-hidden": "true"}) if number else None,
            html.Div(
                [
                    html.Div([title, *marks], className="gw-my-name"),
                    html.Div(" · ".join(place), className="gw-since") if place else None,
                    html.Ul(
                        [html.Li([html.Span(dutywords.why(view, one, who)), dutywords.bites(view, one)])
                         for one in row.duties],
                        className="gw-my-why",
                    ),
                ],
                className="gw-my-what",
            ),
            html.Div(_acts(view, row, name, app), className="gw-my-acts"),
        ],
        className="gw-my-row",
    )  # fmt: skip


def _acts(view: View, row: DutyRow, name: str, app: str | None) -> list[Any]:
    """Return what can be done from here: the most pressing act first and filled."""
    who = row.enterprise
    found: list[Any] = []
    leads = next((one.ids for one in row.duties if one.kind == "lead"), ())
    if who is not None and "recheck" in row.kinds:
        found.append(_tap(view, "my.record_recheck", f"/visit/{who.id}?kind=recheck", name))
    if who is not None and row.on_site and row.kinds != ("recheck",):
        form = address.link(f"/visit/{who.id}", kind=_kind(row), lead=leads[0] if leads else None)
        found.append(_tap(view, "my.record", form, name))
    if leads:
        found.append(_tap(view, "my.open_lead", f"/leads/{leads[0]}", name, kind=dcc.Link))
    problems = [number for one in row.duties if one.kind in ("problem", "recheck") for number in one.ids]
    if problems:
        several = len(problems) > 1
        there = address.link("/problems", q=name) if several else f"/problems/{problems[0]}"
        found.append(_tap(view, "my.open_problem", there, name, kind=dcc.Link))
    if found:
        found[0].className += " gw-tap-first"
    if who is not None and who.lon is not None and who.lat is not None:
        found += mapapp.links(view, app, who.lon, who.lat, name)
    return found


def _kind(row: DutyRow) -> str | None:
    """Return the kind of visit that the form opens with; the usual one where the plan still asks for it."""
    if "visit" in row.kinds:
        return None
    return "cross" if "cross" in row.kinds else "for_cause" if "lead" in row.kinds else None


def _tap(view: View, key: str, href: str, name: str, kind: Any = html.A) -> Any:
    """Return one act; the form of a visit is a page of its own, not one of Dash."""
    return kind([view.text(key), html.Span(name, className="gw-sr")], href=href, className="gw-tap")
