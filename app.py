"""The only place where things are wired: ``python app.py`` makes the demo city if there is none and serves.

``create_app(settings)`` is what a WSGI server of one's own imports.
"""

from __future__ import annotations

import logging
import sys
from datetime import date
from typing import Any

import flask
import sqlalchemy as sa

from dashboard import create_dashboard
from data.clock import Clock
from data.reads.labels import setting
from data.reads.users import demo_logins, has_demo_accounts
from data.settings import BadSetting, Settings
from data.store import open_engine, reading
from data.writes.reference import create_database


def create_app(settings: Settings | None = None) -> flask.Flask:
    """Make the WSGI app on a database that is brought up to date first.

    Raises
    ------
    BadSetting
        A setting cannot be understood, or demo accounts would be reachable from elsewhere.
    """
    settings = settings or Settings.from_env()
    engine = open_engine(settings.database_url)
    create_database(engine)
    refuse_open_demo(engine, settings)
    return create_dashboard(engine, settings, clock_of(engine, settings))


def clock_of(engine: sa.Engine, settings: Settings) -> Clock:
    """Return the clock of this database: a demo city's stands on its demo date."""
    with reading(engine) as conn:
        demo = setting(conn, "demo")
    return Clock(settings.zone, date.fromisoformat(demo["day"]) if demo else None)


def refuse_open_demo(engine: sa.Engine, settings: Settings) -> None:
    """Refuse to listen beyond this machine while accounts with published passwords exist."""
    with reading(engine) as conn:
        if has_demo_accounts(conn) and not settings.loopback:
            raise BadSetting(
                f"GRIDWARD_HOST: found {settings.host!r}, but this database has demo accounts whose passwords "
                "are published; listen on 127.0.0.1, or use a database without the demo city."
            )


def main() -> int:
    """Build what is missing, start the worker, serve until told to end."""
    import serve  # noqa: PLC0415

    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        return serve.run(Settings.from_env())
    except BadSetting as bad:
        print(bad, file=sys.stderr)
        return 2


def _banner(conn: Any) -> list[str]:
    return [f"{row['role']}: {row['username']}" for row in demo_logins(conn)]


if __name__ == "__main__":
    sys.exit(main())
