"""Shapes by URL, with ETag and gzip, for the desk and for the wall."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flask
import orjson
import sqlalchemy as sa

from dashboard.answers import GEOJSON, tagged
from dashboard.services import Services
from data.access import Role, Scope, Viewer
from data.errors import NotFound
from data.reads.shapes import district_shapes, grid_shapes, river_shapes, shapes_version

LAYERS: dict[str, Callable[[sa.Connection, Viewer], dict[str, Any]]] = {
    "grids": grid_shapes,
    "districts": district_shapes,
    "rivers": river_shapes,
}


def install(server: flask.Flask, services: Services) -> Callable[[], None]:
    """Add ``/geo/<layer>.geojson``, also under ``/wall/``.

    Returns
    -------
    callable
        Draws all layers of the whole city ahead of the first reader; a server calls it in a thread.
    """
    made: dict[str, tuple[str, bytes]] = {}  # layer and scope → its version and body

    def body(name: str, viewer: Viewer) -> tuple[str, bytes]:
        with services.reading() as conn:
            version = f"{name}-{shapes_version(conn, viewer)}"
            key = f"{name}/{'' if viewer.scope.everything else sorted(viewer.scope.grids)}"
            if made.get(key, ("",))[0] != version:
                if len(made) > 200:
                    made.clear()
                made[key] = (version, orjson.dumps(LAYERS[name](conn, viewer)))
        return made[key]

    def layer(name: str) -> flask.Response:
        if name not in LAYERS:
            raise NotFound("http_404")
        version, drawn = body(name, services.view().viewer)
        return tagged(drawn, version, GEOJSON)

    def warm() -> None:
        for name in LAYERS:
            body(name, Viewer("server", Role.WALL, Scope(everything=True)))

    server.add_url_rule("/geo/<name>.geojson", "geo", layer)
    server.add_url_rule("/wall/geo/<name>.geojson", "wall_geo", layer)
    return warm
