"""The one map: our own offline basemap and the grids in one colour language, on canvas.

Everything that draws runs in ``assets/map.js`` (namespace ``gridward.map``); colours come from
`dashboard.tokens`. No tile is asked for unless the settings name an address.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from math import log2
from typing import Any

import dash_leaflet as dl
from dash import html

from dashboard.tokens import STATUS, map_palette
from data.text import text

Bounds = Sequence[float]  # west, south, east, north


def _draw(name: str) -> dict[str, str]:
    return {"variable": f"gridward.map.{name}"}


def hideout(
    theme: str,
    lights: Mapping[str, Sequence[Any]] | None = None,
    *,
    selected: str | None = None,
    ranks: Mapping[str, int] | None = None,
    mask: Bounds | None = None,
    districts: Mapping[str, Sequence[Any]] | None = None,
    label: str = "name",
) -> dict[str, Any]:
    """Return what the grid layer needs to draw; give it as ``Output(f"{id}-grids", "hideout")``.

    Parameters
    ----------
    lights : mapping of grid code to [light, done, due]
        Light of `data.pace` and the counts; a grid without an entry has no data.
    selected : str, optional
        Code of the grid with the accent outline.
    ranks : mapping of grid code to int, optional
        Grids that carry a number, the same as in the list beside the map.
    mask : west, south, east, north, optional
        Where no labels are drawn because a window of its own shows them.
    districts : mapping of district code to [light, done, due], optional
        What stands beside a district's name; a district without an entry has its name alone.
    label : {"name", "mark", "none"}
        What stands on a grid: its name over its rate where both fit, the shape of its light alone, or
        nothing, districts and rivers unnamed too.
    """
    return {
        "palette": map_palette(theme),
        "lights": dict(lights or {}),
        "selected": selected,
        "ranks": dict(ranks or {}),
        "mask": list(mask) if mask else None,
        "districts": dict(districts or {}),
        "label": label,
    }


def grid_map(
    id: str,
    *,
    theme: str,
    lang: str,
    bounds: Bounds | None = None,
    drawing: Mapping[str, Any] | None = None,
    points_url: str | None = None,
    points: Sequence[Mapping[str, Any]] | None = None,
    tiles: Mapping[str, str] | None = None,
) -> html.Div:
    """Return a map of grids with districts, rivers and labels, and its source line.

    Parameters
    ----------
    id : str
        The map's id. Callbacks may use ``{id}`` (dl.Map: ``viewport`` to move it, e.g.
        ``{"bounds": [[s, w], [n, e]], "transition": "flyToBounds"}``), ``{id}-grids``
        (``hideout`` from `hideout`; ``clickData["properties"]["code"]`` and ``n_clicks`` after a click on a
        grid), ``{id}-points`` (``url`` or ``data`` of enterprises, empty to hide; ``clickData``) and
        ``{id}-source`` (children).
    theme : {"dark", "light"}
    lang : str
        Language of the source line.
    bounds : west, south, east, north, optional
        What to show; the whole of the grids without it.
    drawing : mapping, optional
        First value of the grid layer's `hideout`.
    points_url : str, optional
        GeoJSON of enterprises, properties ``id, name`` and ``state`` of the plan; clustered.
    points : sequence of GeoJSON features, optional
        A few points at hand instead, each drawn by itself.
    tiles : mapping, optional
        ``url`` and ``attribution`` (with 审图号) of a tile service that the settings name.

    Returns
    -------
    html.Div
        Class ``gw-map``; its place in the page decides its size.
    """
    first = dict(drawing) if drawing is not None else hideout(theme)
    common: dict[str, Any] = {"interactive": False, "hideout": first}
    layers: list[Any] = []
    if tiles:
        layers.append(dl.TileLayer(url=tiles["url"], attribution=tiles.get("attribution", "")))
    layers.append(
        dl.GeoJSON(
            id=f"{id}-grids",
            url="/geo/grids.geojson",
            style=_draw("grid"),
            onEachFeature=_draw("eachGrid"),
            hoverStyle=_draw("hover"),
            hideout=first,
        )
    )
    # a pane above the grids: they are drawn again with every change and would cover it
    above = [
        dl.GeoJSON(
            id=f"{id}-rivers",
            url="/geo/rivers.geojson",
            style=_draw("river"),
            onEachFeature=_draw("eachRiver"),
            **common,
        ),
        dl.GeoJSON(
            id=f"{id}-districts",
            url="/geo/districts.geojson",
            style=_draw("district"),
            onEachFeature=_draw("eachDistrict"),
            **common,
        ),
    ]
    layers.append(dl.Pane(above, name="gw-lines", style={"zIndex": 420, "pointerEvents": "none"}))
    layers.append(
        dl.GeoJSON(
            id=f"{id}-points",
            url=points_url,
            data=None if points_url else {"type": "FeatureCollection", "features": list(points or ())},
            cluster=points is None,
            zoomToBoundsOnClick=True,
            superClusterOptions={"radius": 44, "maxZoom": 16},
            pointToLayer=_draw("point"),
            clusterToLayer=_draw("cluster"),
            hideout=first,
        )
    )
    # about right at once; map.js fits the bounds as soon as the map has a size, which a map inside a hidden
    # or growing element has not (asked to fit then, Leaflet ends at NaN)
    west, south, east, north = bounds or (73.0, 18.0, 135.0, 54.0)
    zoom = log2(600 * 360 / 256 / max(east - west, north - south, 1e-4))
    where = {"center": [(south + north) / 2, (west + east) / 2], "zoom": round(min(zoom, 16) * 4) / 4}
    return html.Div(
        [
            dl.Map(
                layers,
                id=id,
                preferCanvas=True,
                zoomSnap=0.25,
                zoomDelta=0.5,
                attributionControl=False,
                fadeAnimation=False,
                className="gw-map-canvas",
                **where,
            ),
            html.Div(text("map.source", lang), id=f"{id}-source", className="gw-map-source"),
        ],
        className=f"gw-map gw-{theme}",
        **{"data-bounds": json.dumps(list(bounds)) if bounds else ""},
    )


def legend(theme: str, lang: str, counts: Mapping[str, int] | None = None) -> html.Div:
    """Return the legend of the four lights: hue, shape and word, with how many grids there are."""
    return html.Div(
        [
            html.Span(
                [
                    html.Span(status.shape, style={"color": status.colour(theme)}, **{"aria-hidden": "true"}),
                    html.Span(text(status.word, lang)),
                    html.B("" if counts is None else str(counts.get(light, 0)), **{"data-light": light}),
                ],
                className="gw-legend-item",
            )
            for light, status in STATUS.items()
        ],
        className=f"gw-legend gw-{theme}",
    )
