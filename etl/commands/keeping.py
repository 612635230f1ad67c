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
from etl.demo.pace import Pace


@sentences
def quality(
    hashes: Annotated[
        bool, typer.Option("--hashes", help="Also read every attachment and compare its checksum (slow).")
    ] = False,
    lang: Lang = None,
) -> None:
    """Check what is stored.

    That is sums, figures against their definition, the chain of the audit log, orphans, lost attachments.

    \b
    python -m etl quality
    python -m etl quality --hashes

    Exit codes: 0 nothing is off (there may be warnings), 1 something is off.
    """
    at, wanted = station(Role.AUDITOR), language(lang)
    with reading(at.engine) as conn:
        prepare_bulk(conn)
        found = checks.check(conn, now=at.clock.now(), data=at.settings.data, hashes=hashes)
    for finding in found:
        style = "red" if finding.level == "error" else "yellow"
        say(text(f"quality.{finding.code}", wanted, **finding.params), style)
    errors = sum(finding.level == "error" for finding in found)
    typer.echo(
        text(
            "quality.result",
            wanted,
            checks=len(checks.CHECKS) + 1,
            errors=errors,
            warnings=len(found) - errors,
        )
    )
    if errors:
        raise typer.Exit(OFF)


@sentences
def backup(
    file: Annotated[Path, typer.Argument(help="File to write (.zip); must not exist")], lang: Lang = None
) -> None:
    """Write the whole database and its attachments to one file.

    The server may run meanwhile; SQLite and PostgreSQL both read it back.

    \b
    python -m etl backup backups/2026-11-21.zip
    """
    at, wanted = station(create=False), language(lang)
    with bars(wanted) as tell:
        rows = write_backup(
            at.engine, file, now=at.clock.now(), data=at.settings.data,
            progress=lambda d, t: tell("backup", d, t),
        )  # fmt: skip
    typer.echo(text("etl.backed_up", wanted, rows=rows, file=str(file)))


@sentences
def restore(
    file: Annotated[Path, typer.Argument(help="A file that `backup` wrote")], lang: Lang = None
) -> None:
    """Read a backup into an empty database.

    The one that GRIDWARD_DATABASE_URL names; what was read is checked against the backup's manifest.

    \b
    GRIDWARD_DATABASE_URL=sqlite:///var/restored.db python -m etl restore backups/2026-11-21.zip
    """
    at, wanted = station(create=False), language(lang)
    with bars(wanted) as tell:
        rows = read_backup(
            at.engine, file, data=at.settings.data, progress=lambda d, t: tell("restore", d, t)
        )
    typer.echo(text("etl.restored", wanted, rows=rows))


@sentences
def demo(
    year: Annotated[
        int | None, typer.Option(help="Plan year; without it that of the next 30 November.")
    ] = None,
    today: Annotated[str | None, typer.Option(help="Day on which the demo's clock stands.")] = None,
    pace: Annotated[Pace, typer.Option(help="How far the inspections have come.")] = "usual",
    lang: Lang = None,
) -> None:
    """Build the synthetic demo city into an empty database.

    Every run with the same options gives the same city.

    \b
    GRIDWARD_DATABASE_URL=sqlite:///var/demo.db python -m etl demo --year 2026
    GRIDWARD_DATABASE_URL=sqlite:///var/ahead.db python -m etl demo --pace ahead
    """
    at, wanted = station(), language(lang)
    chosen = None if today is None else day(today, at.clock)
    with bars(wanted) as tell:
        summary = build_demo(
            at.engine, year=year, today=chosen, pace=pace, progress=lambda d, t: tell("demo", d, t)
        )
    typer.echo(text("etl.demo_built", wanted, day=summary.today.isoformat(), rows=sum(summary.rows.values())))
