"""What the commands share: the database, the clock, progress bars, errors as one sentence."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import sqlalchemy as sa
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from data.access import Role, Viewer, command_line
from data.clock import Clock
from data.errors import Refused
from data.reads.labels import setting
from data.settings import BadSetting, Settings
from data.store import open_engine, reading
from data.text import DEFAULT_LANGUAGE, LANGUAGES, text
from data.writes.reference import create_database

OFF, REFUSED, QUARANTINE = 1, 2, 3
"""Exit codes beside 0: something stored is off; the command was refused; rows wait in quarantine."""

messages = Console(stderr=True)
P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Station:
    """Where a command works: the database, its clock, who asks."""

    engine: sa.Engine
    clock: Clock
    viewer: Viewer
    settings: Settings


def station(role: Role = Role.STEWARD, *, create: bool = True) -> Station:
    """Open the database that the environment names; its schema is brought up to date first."""
    settings = Settings.from_env()
    engine = open_engine(settings.database_url)
    if create:
        create_database(engine, now=Clock(settings.zone).now())
    with reading(engine) as conn:
        demo = setting(conn, "demo") if create else None
    day = date.fromisoformat(demo["day"]) if demo else None
    return Station(engine, Clock(settings.zone, day), command_line(role), settings)


def language(wanted: str | None) -> str:
    """Return the language of messages: the option, else the machine's."""
    found = wanted or os.environ.get("LANG", "")
    if wanted and wanted not in LANGUAGES:
        raise ValueError(f"--lang: expected one of {', '.join(LANGUAGES)}, got {wanted!r}.")
    return "en" if found.startswith("en") else DEFAULT_LANGUAGE


def sentences(command: Callable[P, R]) -> Callable[P, R]:
    """Turn a refusal into one sentence on stderr and exit code 2."""

    @wraps(command)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        wanted: Any = kwargs.get("lang")
        try:
            return command(*args, **kwargs)
        except Refused as refused:
            say(sentence(refused, language(wanted)), "red")
        except (BadSetting, ValueError) as error:
            say(str(error), "red")
        except sa.exc.OperationalError as error:
            say(str(error.orig), "red")
        raise typer.Exit(REFUSED)

    return wrapped


def say(message: str, style: str) -> None:
    """Print one sentence on stderr."""
    messages.print(message, style=style, highlight=False, markup=False, soft_wrap=True)


def sentence(refused: Refused, wanted: str) -> str:
    """Return what was expected, what was found and what to do."""
    try:
        return text(f"errors.{refused.code}", wanted, **refused.params)
    except KeyError:
        return str(refused)


@contextmanager
def bars(wanted: str) -> Iterator[Callable[[str, int, int], None]]:
    """Show one bar a phase on stderr; nothing where stderr is no terminal."""
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=messages, disable=not messages.is_terminal) as shown:
        tasks: dict[str, Any] = {}

        def tell(phase: str, done: int, total: int) -> None:
            if phase not in tasks:
                tasks[phase] = shown.add_task(text(f"etl.phase_{phase}", wanted), total=total)
            shown.update(tasks[phase], completed=done, total=total)

        yield tell


def day(value: str | None, clock: Clock) -> date:
    """Read a day of the command line; None is today."""
    if value is None:
        return clock.today()
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise ValueError(f"Expected a day as YYYY-MM-DD, got {value!r}.") from None
