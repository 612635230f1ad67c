"""``work``: take jobs from the queue until told to end."""

from __future__ import annotations

from typing import Annotated

import typer

from data.settings import Settings
from etl.work import run_forever


def work(
    parent: Annotated[int | None, typer.Option(help="End when this process is no longer the parent.")] = None,
) -> None:
    """Take the jobs that the screens leave.

    Uploads, and the figures at the change of day; the server starts it by itself.

    \b
    python -m etl work
    """
    run_forever(Settings.from_env(), parent=parent)
