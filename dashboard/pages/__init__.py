"""The pages: one module each, one line each in `MODULES`.

A page module has one public function::

    def register(app: dash.Dash, services: Services) -> Page:
        @app.callback(...)          # callbacks bind to this app alone, never to the global `dash.callback`
        def _filter(...): ...       # inside: view = services.view(); with services.reading() as conn: ...
        return Page(
            path="/grids/<code>",           # one `<name>` a segment at most
            title="grid.title",             # catalogue key of the browser title
            layout=layout,                  # layout(view, services, code=…, search="?a=b") -> component
            right=Right.FIGURES,            # without it: 403 and an audit row, for the page and its callbacks
            nav=Nav(icon="map", order=20),  # absent: no entry in the navigation
        )

What the shell gives to every page (all ids that are not a page's own):

``url`` (dcc.Location)
    The shell routes on ``pathname`` alone: a page that writes ``Output("url", "search",
    allow_duplicate=True)`` keeps its filters in the address without being drawn again. Who wants to react
    to a changed search takes ``Input("url", "search")``.
``page``
    Holds the layout of the present page. Ids of a page start with its module's name: ``grid-table``.
``notice``
    ``services.notify(text, kind)`` from inside a callback shows a short notice. Errors need nothing: a
    `Refused` raised in a callback becomes its sentence, `Denied` becomes 403 and an audit row, anything
    else a neutral sentence and a log entry.
``view`` (`dashboard.services.View`)
    ``view.viewer`` for every read and write, ``view.language`` for every text, ``view.theme``
    ("light"/"dark"), ``view.now``/``view.today`` (demo clock); ``view.text(key, **params)``.

Layouts are pure functions of their arguments: they are also called by tests without a request.
Links are ``dcc.Link``/``dmc.Anchor`` with plain hrefs. Shapes come from ``/geo/grids.geojson``,
``/geo/districts.geojson``, ``/geo/rivers.geojson`` (relative to every app, ETag and gzip; properties
``id, code, name, district`` and ``label: [lon, lat]``). Exports live under ``/export/…``.

The wall is a Dash app of its own under ``/wall/`` (module `dashboard.pages.wall`, the same `register`), so
that a kiosk's token reaches its calls and no others; its layout stands without the shell and without
Mantine, whose scripts are not sent to a wall, and its url is ``/wall/``.
"""

from __future__ import annotations

import importlib
from types import ModuleType

MODULES = (
    "home", "my", "inbox", "grid", "enterprises", "enterprise", "problems", "problem", "papers", "paper",
    "officers", "leads", "lead_new", "lead", "plans", "imports",
    "questions", "audit", "admin",
)  # fmt: skip
"""The pages behind the shell; `wall` stands alone."""


def page_modules(names: tuple[str, ...] = MODULES) -> list[ModuleType]:
    """Import the page modules, in the order in which they are registered; one that is missing is an error."""
    return [importlib.import_module(f"dashboard.pages.{name}") for name in names]
