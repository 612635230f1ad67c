"""What a page gets: the database, the clock, and who is looking in which language."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import dash
import flask
import sqlalchemy as sa

from data import store
from data.access import Right, Viewer
from data.clock import Clock
from data.errors import Denied
from data.settings import Settings
from data.text import DEFAULT_LANGUAGE, text


@dataclass(frozen=True)
class View:
    """One look at the screen: whose, in which language and colours, when.

    ``now`` is the clock's instant (the demo's clock in a demo city), ``today`` its local day.
    """

    viewer: Viewer
    now: datetime
    language: str = DEFAULT_LANGUAGE
    theme: str = "light"

    @property
    def today(self) -> date:
        """The local day."""
        return self.now.date()

    def text(self, key: str, **params: Any) -> str:
        """Return the sentence for `key` in the reader's language."""
        return text(key, self.language, **params)


@dataclass(frozen=True)
class Services:
    """The engine, the settings and the clock of one app; handed to every page's ``register``."""

    engine: sa.Engine
    settings: Settings
    clock: Clock

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Open a snapshot to read from."""
        with store.reading(self.engine) as conn:
            yield conn

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """Open a writing transaction."""
        with store.writing(self.engine) as conn:
            yield conn

    def view(self) -> View:
        """Return who looks in the present request, as the guard found them.

        Raises
        ------
        Denied
            No request, or nobody is known: the default is no.
        """
        found = flask.g.get("view") if flask.has_request_context() else None
        if found is None:
            raise Denied("denied_right")
        return found  # type: ignore[no-any-return]

    def machine_now(self) -> datetime:
        """Return the true instant, also in a demo city: sessions and locks must not stand still."""
        return Clock(self.clock.zone).now()

    def notify(self, message: str, kind: str = "info") -> None:
        """Show a short notice from inside a callback; kind is info, success or error."""
        dash.set_props("notice", {"data": {"message": message, "kind": kind}})


@dataclass(frozen=True)
class Nav:
    """An entry of the navigation: ``label`` is a catalogue key (default: the page's title).

    ``right`` is who has the entry, where more may open the page.
    """

    icon: str
    order: int
    label: str | None = None
    right: Right | None = None


@dataclass(frozen=True)
class Page:
    """One page, as its module registers it; see `dashboard.pages`."""

    path: str
    title: str
    layout: Callable[..., Any]
    right: Right
    nav: Nav | None = None
    # ids that callbacks of this page put into the layout later: the test of ids knows them from here
    later_ids: tuple[str, ...] = ()

    def in_navigation(self, viewer: Viewer) -> bool:
        """Whether the viewer has an entry of it."""
        return self.nav is not None and viewer.may(self.right) and viewer.may(self.nav.right or self.right)
