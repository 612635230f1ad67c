"""``user``: make an account from the server's shell; the first administrator is made so."""

from __future__ import annotations

from typing import Annotated

import typer

from data.access import Role, command_line
from data.clock import Clock
from data.settings import Settings
from data.store import open_engine, writing
from data.writes.reference import create_database
from data.writes.users import ROLES, create_user


def user(
    username: Annotated[str, typer.Argument(help="3 to 32 small letters, digits or . _ -")],
    name: Annotated[str, typer.Option(help="The person's name.")],
    role: Annotated[str, typer.Option(help=", ".join(ROLES))] = "admin",
    org_id: Annotated[int | None, typer.Option(help="Organisation; supervisors need one.")] = None,
    officer_id: Annotated[int | None, typer.Option(help="Officer; officers' accounts need one.")] = None,
) -> None:
    """Make an account and print its one-time password, to be changed at the first login."""
    settings = Settings.from_env()
    engine = open_engine(settings.database_url)
    create_database(engine)
    with writing(engine) as conn:
        _, password = create_user(
            conn,
            command_line(Role.ADMIN),
            username,
            name,
            role,
            org_id=org_id,
            officer_id=officer_id,
            now=Clock(settings.zone).now(),
        )
    typer.echo(password)
