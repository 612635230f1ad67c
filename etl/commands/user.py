"""``user``: make an account from the server's shell; the first administrator is made so."""

from __future__ import annotations

from typing import Annotated

import typer

from data.access import Role
from data.clock import Clock
from data.passwords import one_time_password
from data.store import writing
from data.text import text
from data.writes.users import ROLES, create_user
from etl.commands.common import language, sentences, station
from etl.commands.importing import Lang


@sentences
def user(
    username: Annotated[str, typer.Argument(help="3 to 32 small letters, digits or . _ -")],
    name: Annotated[str, typer.Option(help="The person's name.")],
    role: Annotated[str, typer.Option(help=", ".join(ROLES))] = "admin",
    org_id: Annotated[int | None, typer.Option(help="Organisation; supervisors need one.")] = None,
    officer_id: Annotated[int | None, typer.Option(help="Officer; officers' accounts need one.")] = None,
    lang: Lang = None,
) -> None:
    """Make an account and print its password.

    It is a one-time password, to be changed at the first login, and is shown this once.

    \b
    python -m etl user first.admin --name "First administrator"
    python -m etl user wall.leader --name "Leader on duty" --role leader
    """
    wanted = language(lang)
    at = station(Role.ADMIN)
    first = one_time_password()
    with writing(at.engine) as conn:
        create_user(
            conn,
            at.viewer,
            username,
            name,
            role,
            first,
            org_id=org_id,
            officer_id=officer_id,
            now=Clock(at.settings.zone).now(),
        )
    typer.echo(text("etl.account_made", wanted, username=username), err=True)
    typer.echo(first.shown)
