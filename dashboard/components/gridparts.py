"""The panels of a grid's page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from dash import dcc, html

from dashboard.components import words
from dashboard.components.address import link, write
from dashboard.components.chips import chip, light_chip, state_chip
from dashboard.components.exports import export_links
from dashboard.components.figure import figure
from dashboard.components.frame import panel
from dashboard.components.lines import lines
from dashboard.components.map import grid_map, hideout
from dashboard.components.states import empty
from dashboard.figures.burnup import burnup
from dashboard.services import Services, View
from data.access import Right
from data.reads.grid import GridFile, GridPlan
from data.reads.labels import kind_names, term
from data.reads.work import LeadRow, ProblemRow, WorkPage
from data.reads.worklist import Reason, WorkItem

SHOWN = 25
PROBLEMS = "grid-problems"
LEADS = "grid-leads"
"""Where a number of open problems or leads leads to: their rows on the same page."""


def officers(view: View, found: GridFile) -> list[Any]:
    """Return who answers for the grid now, each with the day since when."""
    if not found.officers:
        return [html.Span(view.text("grid.no_officer"))]
    since = {(one.duty, one.name): one.valid_from for one in found.bindings if one.valid_to is None}
    parts: list[Any] = []
    for duty, names in sorted(found.officers.items()):
        for name in names:
            start = since.get((duty, name))
            began = (
                view.text("ui.since", day=words.day(start, view.language, year=True))
                if start
                else view.text("ui.since_unknown")
            )
            parts.append(
                html.Span(
                    [f"{term('duty', duty, view.language)} ", html.B(name), " ",
                     html.Span(began, className="gw-since")]
                )
            )  # fmt: skip
    return parts


def map_panel(
    view: View, services: Services, found: GridFile, state: GridPlan | None, plan: str | None, extent: Any
) -> Any:
    """Return the grid on the map with its enterprises as clustered points."""
    if extent is None:
        return panel(
            view.text("grid.map"), empty(view.text("grid.no_shape_title"), view.text("grid.no_shape_hint"))
        )
    tiles = services.settings.tiles
    points = None
    if view.viewer.may(Right.ENTERPRISES):
        points = link("/api/v1/points.geojson", plan=plan, grid=found.code)
    drawing = hideout(
        view.theme,
        {found.code: [str(state.light), state.counts.done, state.counts.due]} if state else {},
        selected=found.code,
        label="none",
    )
    past = state is not None and view.today > state.period.deadline
    shown = ("on_time", "late", "overdue", "not_due") if past else ("done", "remaining", "not_due")
    legend = [state_chip(view, name) for name in shown] if points else None
    return panel(
        view.text("grid.map"),
        html.Div(
            grid_map(
                "grid-map",
                theme=view.theme,
                lang=view.language,
                bounds=extent,
                drawing=drawing,
                points_url=points,
                tiles={"url": tiles.url, "attribution": tiles.attribution} if tiles else None,
            ),
            className="gw-map-box",
        ),
        aside=legend,
        name="gw-grid-map",
    )


def burnup_panel(view: View, state: GridPlan | None, weeks: Mapping[str, Any] | None) -> Any:
    """Return what is done against what an even pace would have done, with a table twin."""
    if state is None or weeks is None or not state.counts.due:
        body: Any = empty(view.text("grid.work_nothing_title"), view.text("grid.work_nothing_hint"))
        return panel(view.text("grid.burnup"), body)
    drawn = burnup(
        weeks,
        due=state.counts.due,
        deadline=state.period.deadline,
        finish=None,
        theme=view.theme,
        language=view.language,
    )
    pairs = list(zip(weeks["done"]["days"], weeks["done"]["values"], strict=True))
    wanted = dict(zip(weeks["required"]["days"], weeks["required"]["values"], strict=True))
    twin = lines(
        [view.text("grid.date"), view.text("home.done"), view.text("grid.required")],
        [[day.isoformat(), words.count(done), words.recent(wanted.get(day))] for day, done in pairs[::-4]],
        numbers=(1, 2),
    )
    return panel(
        view.text("grid.burnup"),
        [
            html.Div(
                dcc.Graph(
                    figure=drawn, config={"displayModeBar": False}, responsive=True, className="gw-chart"
                ),
                role="img",
                **{"aria-label": view.text("grid.burnup")},
            ),
            html.Details([html.Summary(view.text("ui.show_table")), twin], className="gw-pad"),
        ],
        name="gw-burnup",
    )


def plans_panel(view: View, found: GridFile) -> Any:
    """Return how the grid stands under every plan."""

    def row(one: GridPlan) -> list[Any]:
        counts = one.counts
        plan = one.plan
        reach = link("/enterprises", plan=plan.code, grid=found.code, state="due")
        shown = f"{words.count(counts.done)} / {words.count(counts.due)}"
        return [
            dcc.Link(plan.name(view.language), href=link(f"/grids/{found.code}", plan=plan.code)),
            light_chip(view, str(one.light)),
            words.rate(counts.done, counts.due),
            [*_short(view, one), figure(view, shown, "coverage",
                                        reach if view.viewer.may(Right.ENTERPRISES) else None,
                                        done=counts.done, due=counts.due)],
        ]  # fmt: skip

    heads = [view.text(f"grid.{name}") for name in ("plan", "state", "rate", "done_due")]
    return panel(
        view.text("grid.plans"),
        lines(heads, [row(one) for one in found.plans], numbers=(2, 3)),
        aside=_exports(view, "plans", found),
    )


def _short(view: View, one: GridPlan) -> list[Any]:
    """Return how many are still to be done: a pace that is on track looks odd beside next to nothing done."""
    if one.light != "green" or not one.counts.remaining:
        return []
    said = view.text("grid.short", n=words.count(one.counts.remaining))
    return [html.Span(said, className="gw-since"), " "]


def work_panel(
    view: View, found: GridFile, plan: str, state: GridPlan | None, items: Sequence[WorkItem]
) -> Any:
    """Return whom to visit next and why."""
    title = view.text("grid.work")
    if state is None or not state.counts.due:
        return panel(title, empty(view.text("grid.work_nothing_title"), view.text("grid.work_nothing_hint")))
    if not items:
        return panel(title, empty(view.text("grid.work_none_title"), view.text("grid.work_none_hint")))
    rows = [
        [
            html.Div([dcc.Link(item.enterprise.name, href=f"/enterprises/{item.enterprise.id}"),
                      html.Div(item.enterprise.address or "", className="gw-since")]),
            html.Div([_reason(view, one) for one in item.reasons], className="gw-reasons"),
        ]
        for item in items[:SHOWN]
    ]  # fmt: skip
    body: list[Any] = [lines([view.text("grid.name"), view.text("grid.reason")], rows)]
    if len(items) > SHOWN:
        everything = link("/enterprises", plan=plan, grid=found.code, state="remaining")
        body.append(
            html.P(dcc.Link(view.text("grid.all", n=len(items)), href=everything), className="gw-more")
        )
    aside = [html.Span(view.text("grid.work_aside", n=len(items))), *_exports(view, "work", found, plan)]
    return panel(title, body, aside=aside)


def _exports(view: View, table: str, found: GridFile, plan: str | None = None) -> list[Any]:
    return export_links(view, f"grid-{table}", write({"grid": found.code, "plan": plan}))


def why(view: View, reason: Reason) -> str:
    """Return in words why an enterprise stands where it stands."""
    params = dict(reason.params)
    if "day" in params:
        params["day"] = words.day(params["day"], view.language, year=True)
    return view.text(f"grid.{reason.code}", **params)


def _reason(view: View, reason: Reason) -> Any:
    said = why(view, reason)
    return chip("red", said) if reason.code == "why_problem_overdue" else html.Span(said)


def _due(view: View, row: ProblemRow | LeadRow) -> Any:
    if row.due_on is None:
        return words.NONE
    if row.overdue:
        return chip("red", view.text("grid.overdue_days", n=(view.today - row.due_on).days))
    return html.Span(words.day(row.due_on, view.language), className="gw-day-cell")


def _whole(view: View, page: WorkPage[Any], found: GridFile, kind: str) -> list[Any]:
    """Return how many there are, and the way to the enterprises that have them."""
    count = html.Span(words.count(page.total))
    if not page.total:
        return [count]
    exports = _exports(view, kind, found)
    if not view.viewer.may(Right.ENTERPRISES):
        return [count, *exports]
    href = link("/enterprises", grid=found.code, **{kind: "open"})
    return [count, *exports, dcc.Link(view.text(f"grid.{kind}_enterprises"), href=href, className="gw-act")]


def problems_panel(view: View, found: GridFile, page: WorkPage[ProblemRow]) -> Any:
    """Return the open problems, those due first."""
    rows = [
        [
            html.Div([dcc.Link(one.enterprise, href=f"/enterprises/{one.enterprise_id}"),
                      html.Div(dcc.Link(one.text or view.text("problems.problem_n", id=one.id),
                                        href=f"/problems/{one.id}"), className="gw-since")]),
            term("problem_state", one.state, view.language),
            _due(view, one),
        ]
        for one in page.rows
    ]  # fmt: skip
    heads = [view.text(f"grid.{name}") for name in ("name", "state", "due_on")]
    body = (
        lines(heads, rows) if rows else html.P(view.text("grid.problems_none"), className="gw-pad gw-muted")
    )
    return panel(
        view.text("grid.problems"),
        html.Div(body, className="gw-some"),
        aside=_whole(view, page, found, "problems"),
        anchor=PROBLEMS,
    )


def leads_panel(view: View, found: GridFile, page: WorkPage[LeadRow]) -> Any:
    """Return the open leads, those due first."""
    rows = [
        [
            html.Div([dcc.Link(one.title, href=f"/enterprises/{one.enterprise_id}") if one.enterprise_id
                      else one.title, html.Div(one.subject or "", className="gw-since")]),
            term("lead_state", one.state, view.language),
            _due(view, one),
        ]
        for one in page.rows
    ]  # fmt: skip
    heads = [view.text("grid.lead"), view.text("grid.state"), view.text("grid.due_on")]
    body = lines(heads, rows) if rows else html.P(view.text("grid.leads_none"), className="gw-pad gw-muted")
    return panel(
        view.text("grid.leads"),
        html.Div(body, className="gw-some"),
        aside=_whole(view, page, found, "leads"),
        anchor=LEADS,
    )


def visits_panel(view: View, found: GridFile) -> Any:
    """Return the latest visits."""
    kinds = kind_names(view.language)
    rows = [
        [
            html.Span(words.day(one.finished_on, view.language), className="gw-day-cell"),
            dcc.Link(one.enterprise, href=f"/enterprises/{one.enterprise_id}"),
            kinds.get(one.kind, one.kind),
            term("unable_reason", one.unable_reason, view.language)
            or term("conclusion", one.conclusion, view.language)
            or words.NONE,
        ]
        for one in found.visits
    ]
    heads = [view.text(f"grid.{name}") for name in ("date", "name", "kind", "conclusion")]
    body = lines(heads, rows) if rows else html.P(view.text("grid.visits_none"), className="gw-pad gw-muted")
    return panel(view.text("grid.visits"), body, aside=_exports(view, "visits", found) if rows else None)
