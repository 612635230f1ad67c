"""What people see. `create_dashboard` makes the Flask server: one Dash app for the desk, one for the wall."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dash
import flask
import sqlalchemy as sa

from dashboard import (
    api,
    auth,
    documents,
    export,
    export_grid,
    failures,
    geo,
    pages,
    security,
    shell,
    visit,
    visit_withdraw,
)
from dashboard.guard import Guard
from dashboard.icons import HEAD
from dashboard.pages.wall import DATA_PATH, SHAPES_PATH
from dashboard.routes import Routes
from dashboard.services import Services
from data.clock import Clock
from data.settings import Settings
from data.text import DEFAULT_LANGUAGE, LANGUAGES, text

_HERE = Path(__file__).parent


def create_dashboard(engine: sa.Engine, settings: Settings, clock: Clock) -> flask.Flask:
    """Make the server: guard first, then login, API, shapes, exports, the desk and the wall.

    Nothing global is touched: several can live in one process. The parts are in
    ``server.extensions["gridward"]``: ``services``, ``main`` and ``wall`` (`Routes`), ``apps``, ``warm``.
    """
    server = flask.Flask("dashboard", root_path=str(_HERE), static_folder="static")
    services = Services(engine, settings, clock)
    main, wall = Routes(), Routes(prefix="/wall/")
    security.configure(server, settings)
    auth.install(server, services)
    server.before_request(Guard(services, main, wall))
    failures.install(server, services)
    api.install(server, services)
    export.install(server, services)
    export_grid.install(server, services)
    visit.install(server, services)
    visit_withdraw.install(server, services)
    documents.install(server, services)
    warm = geo.install(server, services)

    @server.get("/healthz")
    def healthz() -> Any:
        with services.reading() as conn:
            conn.execute(sa.select(1))
        return {"status": "ok"}

    desk_app = _dash(server, services, "/")
    wall_app = _dash(server, services, "/wall/")
    for module in pages.page_modules():
        main.add(module, desk_app, services)
    for module in pages.page_modules(("wall",)):
        wall.add(module, wall_app, services)
    shell.install(desk_app, services, main)
    shell.install_wall(wall_app, services, wall)
    security.finish(server, settings, [desk_app, wall_app])
    server.jinja_env.globals.update(shell.template_globals(services))
    for app in (desk_app, wall_app):
        # Dash learns what scripts it may serve when it writes its first page; another worker may have
        # written the page that asks this one for them
        with server.test_request_context(app.config.requests_pathname_prefix):
            app.index()
    server.extensions["gridward"] = {
        "services": services,
        "warm": warm,
        "main": main,
        "wall": wall,
        "apps": {"desk": desk_app, "wall": wall_app},
    }
    return server


class LocalDash(dash.Dash):
    """Dash whose page tells its language."""

    def interpolate_index(self, **parts: Any) -> str:
        """Return the index page with ``lang`` and the colours of the request.

        The wall does without the scripts that it has no use for, and asks for its data in its head.
        """
        within = flask.has_request_context()
        language = flask.g.get("language", DEFAULT_LANGUAGE) if within else DEFAULT_LANGUAGE
        theme = flask.g.get("theme", "light") if within else "light"
        if self.config.requests_pathname_prefix == "/wall/":
            asked = flask.request.args.get("lang") if within else None
            language = asked if asked in LANGUAGES else language
            parts["title"] = f"{text('wall.title', language)} · {text('shell.product', language)}"
            parts["metas"] += preloads(language)
            parts["scripts"] = "\n".join(
                one for one in parts["scripts"].split("\n") if not any(name in one for name in NOT_ON_WALL)
            )
        page = super().interpolate_index(**parts)
        return page.replace("<html>", f'<html lang="{language}" data-mantine-color-scheme="{theme}">', 1)


def _dash(server: flask.Flask, services: Services, prefix: str) -> dash.Dash:
    return LocalDash(
        "dashboard",
        server=server,
        assets_folder=str(_HERE / "assets"),
        assets_ignore=NOT_ON[prefix],
        pages_folder="",
        use_pages=False,
        url_base_pathname=prefix,
        serve_locally=True,
        suppress_callback_exceptions=True,
        include_pages_meta=False,
        title="gridward",
        update_title=None,  # type: ignore[arg-type]
        index_string=INDEX,
        on_error=failures.on_callback_error(services),
        meta_tags=[{"name": "viewport", "content": "width=device-width, initial-scale=1"}],
        add_log_handler=False,
    )


NOT_ON = {"/": r"^wall", "/wall/": r"^(?!fonts|map|tokens|wall)"}
"""Assets that an app has no use for."""

NOT_ON_WALL = ("/dash_ag_grid/", "/dash_table/", "/dash_mantine_components/", "/dash/dcc/")


def preloads(language: str) -> str:
    """Return what lets a browser fetch the wall's data and shapes while it still reads its scripts."""
    paths = [f"{DATA_PATH}?lang={language}", *(f"{SHAPES_PATH}{name}.geojson" for name in geo.LAYERS)]
    return "".join(f'<link rel="preload" as="fetch" crossorigin href="{path}">' for path in paths)


INDEX = f"""<!DOCTYPE html>
<html>
  <head>{{%metas%}}<title>{{%title%}}</title>{HEAD}{{%css%}}</head>
  <body>{{%app_entry%}}{{%config%}}{{%scripts%}}{{%renderer%}}</body>
</html>"""
