"""The map of an officer's round: my grids in their lights, the stops numbered in their order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import html, no_update

from dashboard.components.frame import panel
from dashboard.components.map import grid_map, hideout
from dashboard.services import Services, View
from data.reads.my_day import Bounds, MyDay, Proposal
from data.round import Position

MARGIN, LEAST_DEGREES = 0.12, 0.004
"""Around the stops of the map: so much of their extent, of some 400 m at least."""


def drawing(view: View, day: MyDay) -> dict[str, Any]:
    """Return how the map draws my grids: each in its light."""
    mine = day.city.grids if day.city else ()
    lights = {row.code: [str(row.light), row.counts.done, row.counts.due] for row in mine}
    return hideout(view.theme, lights, label="none")


def map_panel(view: View, services: Services, day: MyDay, found: Proposal) -> Any:
    """Return the panel of the map with the round's stops."""
    tiles = services.settings.tiles
    stops = points(view, day, found, None)
    return panel(
        view.text("grid.map"),
        html.Div(
            grid_map(
                "my-map", theme=view.theme, lang=view.language,
                bounds=around([one["geometry"]["coordinates"] for one in stops], day.extent),
                drawing=drawing(view, day), points=stops,
                tiles={"url": tiles.url, "attribution": tiles.attribution} if tiles else None,
            ),
            className="gw-map-box",
        ),
        name="gw-my-map",
    )  # fmt: skip


def points(view: View, day: MyDay, found: Proposal, here: Position | None) -> list[dict[str, Any]]:
    """Return the stops as numbered points, the start before them."""
    start = here or (day.start.at if day.start else None)
    shown: list[tuple[Position, dict[str, Any]]] = []
    if start is not None:
        shown.append((start, {"name": view.text("my.start"), "number": view.text("my.start_mark")}))
    for n, leg in enumerate(found.round.legs, start=1):
        who = found.rows[leg.stop.key].enterprise
        if leg.stop.at is not None and who is not None:
            shown.append((leg.stop.at, {"id": who.id, "name": who.name, "number": str(n)}))
    return [
        {"type": "Feature", "geometry": {"type": "Point", "coordinates": list(at)}, "properties": said}
        for at, said in shown
    ]


def around(places: Sequence[Sequence[float]], otherwise: Bounds | None) -> Bounds | None:
    """Return west, south, east, north around places with a margin; `otherwise` where there are none."""
    if len(places) < 2:
        return otherwise
    lon, lat = zip(*places, strict=True)
    x, y = (max(max(one) - min(one), LEAST_DEGREES) * MARGIN for one in (lon, lat))
    return min(lon) - x, min(lat) - y, max(lon) + x, max(lat) + y


def viewport(places: Sequence[Sequence[float]], day: MyDay) -> Any:
    """Return where the map looks: around the stops, else around my grids."""
    found = around(places, day.extent)
    if found is None:
        return no_update
    west, south, east, north = found
    return {"bounds": [[south, west], [north, east]], "transition": "fitBounds"}
