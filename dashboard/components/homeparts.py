"""The panels of the overview: the map, the table of grids, and what lies in no grid."""

from __future__ import annotations

from typing import Any

from dash import dcc, html

from dashboard.components import address, words
from dashboard.components.chips import light_chip
from dashboard.components.exports import export_links
from dashboard.components.figure import figure
from dashboard.components.frame import panel
from dashboard.components.grids import FIRST_SORT, grid_columns
from dashboard.components.lines import lines
from dashboard.components.map import Bounds, grid_map
from dashboard.components.table import table
from dashboard.services import Services, View
from data.access import Right
from data.reads.city import City, UnplacedRow
from data.reads.labels import term
from data.reads.places import UNKNOWN_DISTRICT


def map_panel(view: View, services: Services, extent: Bounds | None, parts: Any) -> Any:
    """Return the map of grids, showing `extent` or else all of them, with what was chosen on it."""
    tiles = services.settings.tiles
    return panel(
        view.text("home.map"),
        html.Div(
            [
                grid_map(
                    "home-map",
                    theme=view.theme,
                    lang=view.language,
                    bounds=extent,
                    drawing=parts["drawing"],
                    tiles={"url": tiles.url, "attribution": tiles.attribution} if tiles else None,
                ),
                html.Div(parts["selection"], id="home-selection", className="gw-selection",
                         **{"aria-live": "polite"}),
            ],
            className="gw-map-box",
        ),
        aside=html.Div(parts["legend"], id="home-legend"),
        name="gw-map-panel",
    )  # fmt: skip


def table_panel(view: View, filters: dict[str, str], parts: dict[str, Any]) -> Any:
    """Return the table of the grids that the filters leave."""
    return panel(
        view.text("home.grids"),
        table(
            view,
            "home-table",
            grid_columns(view, filters.get("sort", FIRST_SORT)),
            parts["rows"],
            label=view.text("home.grids"),
            select=True,
        ),
        aside=[
            html.Span(parts["count"], id="home-count"),
            html.Span(parts["exports"], id="home-exports", className="gw-exports"),
        ],
    )


def exports(view: View, filters: dict[str, str]) -> list[Any]:
    """Return the ways to take the table along, as filtered and sorted, with the unplaced and the total."""
    return export_links(view, "grids", address.write({k: v for k, v in filters.items() if k != "grid"}))


def selection(view: View, found: City, code: str | None) -> list[Any]:
    """Return the card of the grid that was chosen on the map or in the table."""
    row = next((row for row in found.grids if row.code == code), None)
    if row is None:
        return []
    counts, plan = row.counts, found.plan.code
    return [
        html.B(row.name),
        light_chip(view, str(row.light)),
        figure(
            view,
            f"{words.rate(counts.done, counts.due)}  {counts.done} / {counts.due}",
            "coverage",
            address.link("/enterprises", plan=plan, grid=row.code, state="due"),
            done=counts.done,
            due=counts.due,
        ),
        html.Span(row.officer or view.text("home.no_officer"), className="gw-muted")
        if view.viewer.may(Right.NAMES)
        else None,
        dcc.Link(
            view.text("home.open_grid"),
            href=address.link(f"/grids/{row.code}", plan=plan),
            className="gw-act",
        ),
    ]


def unplaced_panel(view: View, found: City, filters: dict[str, str]) -> Any:
    """Return how many of each district lie in no grid, and why."""
    district = filters.get("district")
    rows = [
        row
        for row in found.unplaced
        if row.counts.due and (district is None or (row.district_code or UNKNOWN_DISTRICT) == district)
    ]
    if not rows:
        body: Any = html.P(view.text("home.unplaced_none"), className="gw-pad gw-muted")
    else:
        heads = ("home.column_district", "home.reason", "home.due", "home.done", "home.remaining")
        cells = [_unplaced_line(view, found, row) for row in rows]
        body = lines([view.text(head) for head in heads], cells, numbers=(2, 3, 4))
    return panel(view.text("home.unplaced_panel"), body, aside=view.text("home.unplaced_target"))


def _unplaced_line(view: View, found: City, row: UnplacedRow) -> list[Any]:
    def number(state: str, value: int) -> Any:
        href = address.link(
            "/enterprises",
            plan=found.plan.code,
            district=row.district_code or UNKNOWN_DISTRICT,
            unplaced_reason=row.reason,
            state=state,
        )
        return figure(view, words.count(value), state, href)

    counts = row.counts
    return [
        row.district or view.text("ui.unknown_district"),
        term("unplaced", row.reason, view.language),
        number("due", counts.due),
        number("done", counts.done),
        number("remaining", counts.remaining),
    ]
