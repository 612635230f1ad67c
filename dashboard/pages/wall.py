"""The wall: one picture that answers "will we make it, and who needs help" from six metres.

The picture is drawn in the browser (``assets/wall.js``) from one payload that it asks for by itself.
"""

from __future__ import annotations

import json
import threading
from functools import lru_cache
from typing import Any

import dash
import flask
import orjson
import plotly
from dash import ClientsideFunction, Input, Output, html
from werkzeug.wrappers import Response

from dashboard.figures.burnup import burnup
from dashboard.services import Page, Services, View
from dashboard.tokens import STATUS, map_palette
from data.access import Right, Viewer
from data.reads import wall as read
from data.reads.wall_picture import Picture, picture
from data.text import LANGUAGES, catalogue, text
from geo.window import Bounds

THEME = "dark"
POLL_S = 15
WINDOW_ASPECT = 0.86
DATA_PATH = "/wall/data.json"
SHAPES_PATH = "/wall/geo/"  # the wall's token opens nothing outside of /wall/
PLOTLY = f"/wall/_dash-component-suites/plotly/package_data/plotly.min.js?v={plotly.__version__}"


def register(app: dash.Dash, services: Services) -> Page:
    """Bind the wall's data route and the callback that starts its picture."""
    app.server.add_url_rule(DATA_PATH, endpoint="wall_data", view_func=_data(services))
    app.clientside_callback(
        ClientsideFunction("gridward_wall", "start"), Output("wall-started", "children"), Input("wall", "id")
    )
    return Page(path="/", title="wall.title", layout=layout, right=Right.FIGURES)


def _data(services: Services) -> Any:
    """Return the view function of the payload: 304 while nothing has changed, never kept by a cache."""

    # several walls ask for the same thing: it is read once a version, by one of them while the others wait
    reading_one = threading.Lock()

    @lru_cache(maxsize=16)
    def body(mark: str, language: str, viewer: Viewer) -> bytes:
        view = services.view()
        with services.reading() as conn:
            payload = read.wall(conn, viewer, now=view.now)
        return orjson.dumps(with_figure(payload, language))

    def data() -> Response:
        view = services.view()
        language = flask.request.args.get("lang", view.language)
        language = language if language in LANGUAGES else view.language
        with services.reading() as conn:
            mark = f"{read.version(conn, view.viewer, today=view.today)}.{language}"
        answer = flask.Response(mimetype="application/json")
        answer.set_etag(mark, weak=True)
        answer.headers["Cache-Control"] = "private, no-cache"
        answer.headers["X-Gridward-Now"] = view.now.isoformat(timespec="seconds")
        if flask.request.if_none_match.contains_weak(mark):
            answer.status_code = 304
        else:
            with reading_one:
                answer.data = body(mark, language, view.viewer)
        return answer

    return data


def with_figure(payload: dict[str, Any], language: str) -> dict[str, Any]:
    """Add the burn-up chart to a payload of `data.reads.wall.wall`."""
    if payload["state"] != "ok":
        return payload
    chart = burnup(
        payload["weeks"],
        due=payload["total"]["due"],
        deadline=payload["plan"]["deadline"],
        finish=payload["pace"]["finish"],
        theme=THEME,
        language=language,
        size=20,
    )
    return payload | {"figure": chart}


def layout(view: View, services: Services, **_: Any) -> Any:
    """Return the empty frame of the wall.

    It carries the words of every language: ``?lang=en`` in its address chooses for one screen, and the
    address is known to the browser alone.
    """
    with services.reading() as conn:
        shown = picture(conn, view.viewer, aspect=WINDOW_ASPECT)
    return frame(view.language, shown, tiles=_tiles(services))


def _tiles(services: Services) -> dict[str, str] | None:
    tiles = services.settings.tiles
    return {"url": tiles.url, "attribution": f"{tiles.attribution} {tiles.approval}"} if tiles else None


def frame(language: str, shown: Picture | None, tiles: dict[str, str] | None = None) -> Any:
    """Return the wall's elements; their contents come with the first payload."""
    words = {known: _words(known) for known in LANGUAGES}
    look = {
        "data-text": json.dumps(words, ensure_ascii=False),
        "data-shapes": json.dumps({light: status.shape for light, status in STATUS.items()}),
        "data-palette": json.dumps(map_palette(THEME)),
        "data-lang": language,
        "data-url": DATA_PATH,
        "data-shapes-url": SHAPES_PATH,
        "data-plotly": PLOTLY,
        "data-tiles": json.dumps(tiles),
        "data-poll": str(POLL_S),
        "data-bounds": json.dumps(shown.bounds if shown else None),
        "data-window": json.dumps(shown.window if shown else None),
    }
    return html.Div(
        [
            html.Div(id="wall-started", hidden=True),
            html.Header(id="wall-header", className="wall-header"),
            html.Section(id="wall-kpis", className="wall-kpis", **{"aria-label": words[language]["kpis"]}),
            html.Main(
                [
                    _panel("burnup", html.Div(id="wall-burnup", className="wall-chart")),
                    _panel("districts"),
                    _panel("categories", wide=True),
                    _maps(language, shown, tiles),
                    _panel("worst"),
                    _panel("leads"),
                    _panel("overdue"),
                    _panel("events", wide=True),
                ],
                id="wall-main",
                className="wall-main",
            ),
            html.Footer(
                [html.Div(id="wall-ticker", className="wall-ticker"), html.Div(id="wall-notes")],
                className="wall-footer",
            ),
            html.Div(id="wall-empty", className="wall-empty", role="status"),
        ],
        id="wall",
        className="wall gw-dark is-waiting",
        lang=language,
        **look,
    )


def _words(language: str) -> dict[str, str]:
    known = catalogue(language)
    words = {key.removeprefix("wall."): word for key, word in known.items() if key.startswith("wall.")}
    lights = {f"light.{light}": known[status.word] for light, status in STATUS.items()}
    return words | lights | {"source": known["map.source"]}


def _panel(name: str, *content: Any, wide: bool = False) -> html.Section:
    return html.Section(
        [
            html.Div(id=f"wall-{name}-head", className="wall-head"),
            *(content or (html.Div(id=f"wall-{name}-body", className="wall-body"),)),
        ],
        className=f"wall-panel wall-panel-{name}" + (" wall-wide" if wide else ""),
    )


def _maps(language: str, shown: Picture | None, tiles: dict[str, str] | None) -> html.Section:
    head = html.Div(id="wall-map-head", className="wall-head")
    if shown is None:
        return html.Section(
            [head, html.P(text("wall.no_shapes", language), className="wall-quiet")], className="wall-maps"
        )
    source = text("map.source", language) + (f" · {tiles['attribution']}" if tiles else "")
    whole = _map("wall-map", shown.bounds, html.Div(source, id="wall-map-source", className="gw-map-source"))
    pictures = [html.Div(whole, className="wall-map-whole")]
    if shown.window:
        title = html.Div(id="wall-window-head", className="wall-window-head")
        pictures.append(html.Div([title, _map("wall-window", shown.window)], className="wall-map-window"))
    # the whole keeps its shape; the window takes what it leaves
    share = round(min(max(shown.aspect, 0.45), 1.4), 2) if shown.window else 1
    return html.Section(
        [head, html.Div(pictures, className="wall-map-row", style={"--whole": str(share)})],
        className="wall-maps",
    )


def _map(id: str, bounds: Bounds, *more: Any) -> html.Div:
    """Return the place of a map that ``assets/wall-map.js`` draws."""
    return html.Div(
        [html.Div(id=id, className="gw-map-canvas"), *more],
        className=f"gw-map gw-{THEME}",
        **{"data-bounds": json.dumps(bounds)},
    )
