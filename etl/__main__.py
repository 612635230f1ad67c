"""``python -m etl``: the jobs that are run by hand or by a timer."""

from __future__ import annotations

import typer

from etl.commands.user import user
from etl.commands.work import work

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
app.command()(work)
app.command()(user)

if __name__ == "__main__":
    app()
