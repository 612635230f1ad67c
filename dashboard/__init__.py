"""What people see. `create_dashboard` makes the Flask server: one Dash app for the desk, one for the wall."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dash
import flask
import sqlalchemy as sa

from dashboard import api, auth, export, failures, geo, pages, security, shell
from dashboard.guard import Guard
from dashboard.routes import Routes
from dashboard.services import Services
from data.clock import Clock
from data.settings import Settings

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

        The wall has no tables: it does without their 370 KB of scripts.
        """
        if self.config.requests_pathname_prefix == "/wall/":
            parts["scripts"] = "\n".join(
                one for one in parts["scripts"].split("\n") if not any(name in one for name in NOT_ON_WALL)
            )
        page = super().interpolate_index(**parts)
        language = flask.g.get("language", "zh-CN") if flask.has_request_context() else "zh-CN"
        theme = flask.g.get("theme", "light") if flask.has_request_context() else "light"
        return page.replace("<html>", f'<html lang="{language}" data-mantine-color-scheme="{theme}">', 1)


def _dash(server: flask.Flask, services: Services, prefix: str) -> dash.Dash:
    return LocalDash(
        "dashboard",
        server=server,
        assets_folder=str(_HERE / "assets"),
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


NOT_ON_WALL = ("/dash_ag_grid/", "/dash_table/")

INDEX = """<!DOCTYPE html>
<html>
  <head>{%metas%}<title>{%title%}</title>{%favicon%}{%css%}</head>
  <body>{%app_entry%}{%config%}{%scripts%}{%renderer%}</body>
</html>"""
