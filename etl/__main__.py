"""``python -m etl``: the jobs that are run by hand or by a timer."""

from __future__ import annotations

import typer

from etl.commands.digest import digest
from etl.commands.figures import build, coverage, enterprises
from etl.commands.importing import import_, profiles, quarantine, template
from etl.commands.keeping import backup, demo, quality, restore
from etl.commands.user import user
from etl.commands.work import work

HELP = """
The jobs of gridward that are run by hand or by a timer.

GRIDWARD_DATABASE_URL names the database (default: sqlite in the folder var/, created when missing).

\b
Exit codes: 0 done, 1 quality found something off,
2 refused (one sentence says why), 3 rows in quarantine.
"""

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=HELP,
    rich_markup_mode=None,
)  # fmt: skip
app.command("import")(import_)
for command in (
    quarantine, template, profiles, build, coverage, enterprises, quality, backup, restore, demo, work,
    digest, user,
):  # fmt: skip
    app.command()(command)

if __name__ == "__main__":
    app()
