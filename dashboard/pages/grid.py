"""``/grids/<code>``: one grid – who answers for it, how it stands, whom to visit next."""

from __future__ import annotations

from typing import Any

import dash
import sqlalchemy as sa
from dash import Input, Output, State, html, no_update

from dashboard.components import address, gridparts, words
from dashboard.components.chips import light_chip
from dashboard.components.filters import choice
from dashboard.components.frame import crumbs, page
from dashboard.components.kpi import Kpi, below_coverage, strip
from dashboard.components.overview import city_name, plan_shown, plan_to_ask
from dashboard.components.states import empty, not_found
from dashboard.services import Page, Services, View
from data.access import Right
from data.errors import NotFound
from data.plans import all_plans
from data.reads.counts import Counts
from data.reads.extent import grid_extent
from data.reads.grid import GridFile, GridPlan, grid_file
from data.reads.places import UNKNOWN_DISTRICT
from data.reads.progress import done_by_day, weekly
from data.reads.work import WorkFilter, WorkPage, leads, problems
from data.reads.worklist import work_list
from data.workdays import load_calendar

PATH = "/grids/<code>"
KNOWN = ("plan",)
MANY = 1000


def layout(view: View, services: Services, code: str = "", search: str = "") -> Any:
    """Return the page of one grid; another plan redraws what is below the title."""
    asked = address.read(search, KNOWN).get("plan")
    with services.reading() as conn:
        try:
            found = grid_file(conn, view.viewer, code, view.today, asked)
        except NotFound as missing:
            if missing.code != "grid_unknown":
                raise
            return not_found(view, code, "/")
        plans = [(plan.code, plan.name(view.language)) for plan in all_plans(conn)]
        plan = plan_shown(conn, asked)
        name = city_name(conn, view)
        body = _body(view, services, conn, found, plan)
    return page(
        found.name,
        [html.Div(body, id="grid-body", className="gw-stack")],
        above=crumbs(view, _steps(view, name, found, plan)),
        note=_people(view, found),
        aside=html.Div(
            [choice("grid-plan", view.text("ui.plan"), plans, plan, width=220)], className="gw-filters"
        ),
    )


def _steps(view: View, city: str, found: GridFile, plan: str | None) -> list[tuple[str, str | None]]:
    district = found.district_code or UNKNOWN_DISTRICT
    name = found.district or view.text("ui.unknown_district")
    return [
        (city, address.link("/", plan=plan)),
        (name, address.link("/", plan=plan, district=district)),
        (found.name, None),
    ]


def _people(view: View, found: GridFile) -> list[Any]:
    parts: list[Any] = [html.Span(found.code, className="gw-number")]
    if found.org:
        parts.append(html.Span(found.org))
    if view.viewer.may(Right.NAMES):
        parts += gridparts.officers(view, found)
    return parts


def _body(
    view: View, services: Services, conn: sa.Connection, found: GridFile, plan: str | None
) -> list[Any]:
    if found.as_of is None:
        return [html.Div(empty(view.text("ui.no_figures_title"), view.text("ui.no_figures_hint")),
                         className="gw-panel")]  # fmt: skip
    state = next((one for one in found.plans if one.plan.code == plan), None)
    weeks = None
    if state is not None:
        days = done_by_day(conn, view.viewer, state.plan.id, grid_id=found.id)
        weeks = weekly(days, state.counts.due, state.period, found.as_of, load_calendar(conn))
    extent = grid_extent(conn, view.viewer, found.code)
    figures = _figures(view, found, state, plan)
    left: list[Any] = []
    work: list[Any] = []
    if view.viewer.may(Right.ENTERPRISES) and plan:
        items = work_list(conn, view.viewer, found.code, plan, view.today) if state else []
        left.append(gridparts.work_panel(view, found, plan, state, items))
    if view.viewer.may(Right.WORK):
        only = WorkFilter(grid=found.code, only="open")
        found_problems = problems(conn, view.viewer, view.today, only, limit=MANY)
        found_leads = leads(conn, view.viewer, view.today, only, limit=MANY)
        work = [
            gridparts.problems_panel(view, found, found_problems),
            gridparts.leads_panel(view, found, found_leads),
            gridparts.visits_panel(view, found),
        ]
        figures += [
            _open(view, "problems", found_problems, gridparts.PROBLEMS),
            _open(view, "leads", found_leads, gridparts.LEADS),
        ]
    return [
        strip(view, figures),
        html.Div(
            [
                gridparts.map_panel(view, services, found, state, plan, extent),
                html.Div(
                    [gridparts.burnup_panel(view, state, weeks), gridparts.plans_panel(view, found)],
                    className="gw-stack",
                ),
            ],
            className="gw-two gw-fixed",
        ),
        html.Div([*left, html.Div(work, className="gw-stack")], className="gw-two gw-top"),
    ]


def _figures(view: View, found: GridFile, state: GridPlan | None, plan: str | None) -> list[Kpi]:
    counts = state.counts if state else Counts()

    def rows(wanted: str) -> str | None:
        if not view.viewer.may(Right.ENTERPRISES):
            return None
        return address.link("/enterprises", plan=plan, grid=found.code, state=wanted)

    unit = words.unit(view.language)
    light = str(state.light) if state else "grey"
    past = state is not None and view.today > state.period.deadline
    behind = 0 if state is None or past else max(0, int(state.expected) - counts.done)
    lag = view.text("home.behind", n=words.count(behind)) if behind else ""
    done, due = words.count(counts.done), words.count(counts.due)
    reached = [light_chip(view, light), html.Span(view.text("home.of_due", done=done, due=due))]
    return [
        Kpi(view.text("home.due"), due, "due", rows("due"), unit),
        Kpi(view.text("home.done"), done, "done", rows("done"), unit, lag),
        Kpi(view.text("home.coverage"), words.rate(counts.done, counts.due), "coverage", rows("due"),
            below=below_coverage(reached, lag), params={"done": done, "due": due}),
        Kpi(view.text("home.remaining"), words.count(counts.remaining), "remaining", rows("remaining"), unit,
            loud="red" if light == "red" else ""),
        Kpi(view.text("home.needed"), words.needed(state.needed if state else None), "needed",
            rows("remaining"), view.text("ui.per_workday"),
            view.text("ui.deadline", day=words.day(state.period.deadline, view.language)) if state else ""),
    ]  # fmt: skip


def _open(view: View, kind: str, work: WorkPage[Any], anchor: str) -> Kpi:
    """Return how many problems or leads are open; the overdue ones are in red below."""
    late = sum(row.overdue for row in work.rows)
    below = html.Span(view.text("grid.overdue", n=words.count(late)), className="gw-loud") if late else ""
    return Kpi(view.text(f"grid.{kind}"), words.count(work.total), kind, f"#{anchor}", below=below)


def register(app: dash.Dash, services: Services) -> Page:
    """Bind the page."""

    @app.callback(
        Output("url", "search", allow_duplicate=True),
        Input("grid-plan", "value"),
        State("url", "search"),
        prevent_initial_call=True,
    )
    def to_address(plan: str | None, search: str | None) -> Any:
        before = address.read(search, KNOWN).get("plan")
        with services.reading() as conn:
            after = plan_to_ask(conn, plan, before)
        return no_update if after == before else address.write({"plan": after})

    @app.callback(
        Output("grid-body", "children"),
        Input("url", "search"),
        State("url", "pathname"),
        prevent_initial_call=True,
    )
    def show(search: str | None, path: str) -> Any:
        if not path.startswith("/grids/"):
            raise dash.exceptions.PreventUpdate
        view, plan = services.view(), address.read(search, KNOWN).get("plan")
        with services.reading() as conn:
            plan = plan_shown(conn, plan)
            found = grid_file(conn, view.viewer, path.split("/")[2], view.today, plan)
            return _body(view, services, conn, found, plan)

    return Page(PATH, "grid.title", layout, Right.FIGURES)
