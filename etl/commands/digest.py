"""``digest``: tell everybody once a day how much waits, outside the product."""

from __future__ import annotations

import smtplib

import typer

from data.store import reading
from data.text import text
from etl.commands.common import language, say, sentences, station
from etl.commands.importing import Lang
from etl.digest import letters, send, write_files


@sentences
def digest(lang: Lang = None) -> None:
    """Write the daily digest.

    Counts of open messages for each account, without names; GRIDWARD_DIGEST says where to. Off by default.

    \b
    GRIDWARD_DIGEST=file python -m etl digest
    """
    at, wanted = station(), language(lang)
    to = at.settings.digest
    if to is None:
        say(text("etl.digest_off", wanted), "yellow")
        return
    with reading(at.engine) as conn:
        written = letters(conn, at.clock.today())
    if to.relay:
        try:
            send(written, to, at.clock.now())
        except (OSError, smtplib.SMTPException) as error:
            raise ValueError(text("etl.digest_relay", wanted, error=error)) from error
        typer.echo(text("etl.digest_sent", wanted, n=len(written)))
    else:
        into = write_files(written, at.settings.data / "digest", at.clock.today())
        typer.echo(text("etl.digest_written", wanted, n=len(written), folder=into))
