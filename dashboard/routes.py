"""Which page a path means, and which page a callback belongs to."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from types import ModuleType
from urllib.parse import unquote

import dash

from dashboard.services import Page, Services
from data.access import Viewer


@dataclass
class Routes:
    """The pages of one Dash app and the callbacks that each of them brought along."""

    prefix: str = "/"
    pages: list[Page] = field(default_factory=list)
    owners: dict[str, Page] = field(default_factory=dict)  # key in Dash's callback map → page

    def add(self, module: ModuleType, app: dash.Dash, services: Services) -> Page:
        """Register a page module on `app` and remember which callbacks are its own."""
        before = set(app.callback_map)
        page: Page = module.register(app, services)
        self.owners.update(dict.fromkeys(set(app.callback_map) - before, page))
        self.pages.append(page)
        return page

    def first(self, viewer: Viewer) -> Page | None:
        """Return the first page of the navigation that the viewer may see."""
        mine = [page for page in self.pages if page.in_navigation(viewer)]
        return min(mine, key=lambda page: page.nav.order if page.nav else 0, default=None)

    def match(self, path: str) -> tuple[Page, dict[str, str]] | None:
        """Return the page of a path (without the app's prefix) and the values of its ``<names>``."""
        for page in self.pages:
            found = re.fullmatch(re.sub(r"<(\w+)>", r"(?P<\1>[^/]+)", page.path), path.rstrip("/") or "/")
            if found:
                return page, {name: unquote(value) for name, value in found.groupdict().items()}
        return None
