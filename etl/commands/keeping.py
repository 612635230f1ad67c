"""``quality``, ``backup``, ``restore``, ``demo``: the state of what is stored, and copies of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from data import quality as checks
from data.access import Role
from data.backup import backup as write_backup
from data.backup import restore as read_backup
from data.store import prepare_bulk, reading
from data.text import text
from etl.commands.common import OFF, bars, day, language, say, sentences, station
from etl.commands.importing import Lang
from etl.demo.build import build_demo


@sentences
def quality(lang: Lang = None) -> None:
    """Check what is stored: sums, figures against their definition, the audit chain, orphans.

    \b
    python -m etl quality

    Exit codes: 0 nothing is off (there may be warnings), 1 something is off.
    """
    at, wanted = station(Role.AUDITOR), language(lang)
    with reading(at.engine) as conn:
        prepare_bulk(conn)
        found = checks.check(conn, now=at.clock.now())
    for finding in found:
        style = "red" if finding.level == "error" else "yellow"
        say(text(f"quality.{finding.code}", wanted, **finding.params), style)
    errors = sum(finding.level == "error" for finding in found)
    typer.echo(
        text("quality.result", wanted, checks=len(checks.CHECKS), errors=errors, warnings=len(found) - errors)
    )
    if errors:
        raise typer.Exit(OFF)


@sentences
def backup(
    file: Annotated[Path, typer.Argument(help="File to write (.zip); must not exist")], lang: Lang = None
) -> None:
    """Write the whole database to one file while the server runs; any database reads it back.

    \b
    python -m etl backup backups/2026-11-21.zip
    """
    at, wanted = station(create=False), language(lang)
    with bars(wanted) as tell:
        rows = write_backup(at.engine, file, now=at.clock.now(), progress=lambda d, t: tell("backup", d, t))
    typer.echo(text("etl.backed_up", wanted, rows=rows, file=str(file)))


@sentences
def restore(
    file: Annotated[Path, typer.Argument(help="A file that `backup` wrote")], lang: Lang = None
) -> None:
    """Read a backup into an empty database (GRIDWARD_DATABASE_URL) and check it against its manifest.

    \b
    GRIDWARD_DATABASE_URL=sqlite:///var/restored.db python -m etl restore backups/2026-11-21.zip
    """
    at, wanted = station(create=False), language(lang)
    with bars(wanted) as tell:
        rows = read_backup(at.engine, file, progress=lambda d, t: tell("restore", d, t))
    typer.echo(text("etl.restored", wanted, rows=rows))


@sentences
def demo(
    year: Annotated[
        int | None, typer.Option(help="Plan year; without it that of the next 30 November.")
    ] = None,
    today: Annotated[str | None, typer.Option(help="Day on which the demo's clock stands.")] = None,
    lang: Lang = None,
) -> None:
    """Build the synthetic demo city into an empty database; every run gives the same city.

    \b
    GRIDWARD_DATABASE_URL=sqlite:///var/demo.db python -m etl demo --year 2026
    """
    at, wanted = station(), language(lang)
    chosen = None if today is None else day(today, at.clock)
    with bars(wanted) as tell:
        summary = build_demo(at.engine, year=year, today=chosen, progress=lambda d, t: tell("demo", d, t))
    typer.echo(text("etl.demo_built", wanted, day=summary.today.isoformat(), rows=sum(summary.rows.values())))
