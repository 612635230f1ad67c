"""The frame of a page: breadcrumbs, a title that is a question answered, and panels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dash import dcc, html

from dashboard.services import View

Crumb = tuple[str, str | None]


def crumbs(view: View, steps: Sequence[Crumb]) -> html.Nav:
    """Return 沈阳市 › 和平区 › 和平一网格; the last step is where we are."""
    items = []
    for place, (name, href) in enumerate(steps):
        last = place == len(steps) - 1
        inside = html.Span(name) if last or not href else dcc.Link(name, href=href)
        items.append(html.Li(inside, **({"aria-current": "page"} if last else {})))
    return html.Nav(html.Ol(items), className="gw-crumbs", **{"aria-label": view.text("ui.crumbs")})


def page(
    title: str, children: Sequence[Any], *, above: Any = None, aside: Any = None, note: Any = None
) -> html.Div:
    """Return a page: `above` the title (breadcrumbs), the title with `note` under it, `aside` acts."""
    words: list[Any] = [html.H1(title, className="gw-title")]
    if note is not None:
        words.append(html.Div(note, className="gw-note"))
    head = [html.Div(words, className="gw-head-words"), html.Div(aside, className="gw-head-acts")]
    inside = [above] if above is not None else []
    return html.Div(
        [*inside, html.Div(head, className="gw-head"), *children],
        className="gw-content",
        **{"data-title": title},
    )


def title_of(content: Any) -> str | None:
    """Return the title that `page` gave to a page; None for what is none of its pages."""
    return getattr(content, "data-title", None)


def panel(title: str, children: Any, *, aside: Any = None, name: str = "", anchor: str = "") -> html.Section:
    """Return a panel with a heading; `name` is a class for its place in the layout, `anchor` an id."""
    head = [html.H2(title, className="gw-panel-title"), html.Div(aside, className="gw-panel-aside")]
    return html.Section(
        [html.Div(head, className="gw-panel-head"), html.Div(children, className="gw-panel-body")],
        className=f"gw-panel {name}".strip(),
        **({"id": anchor} if anchor else {}),
    )


def facts(pairs: Sequence[tuple[str, Any]]) -> html.Dl:
    """Return words and their values as a definition list."""
    inside: list[Any] = []
    for word, value in pairs:
        inside += [html.Dt(word), html.Dd(value if value not in (None, "") else "—")]
    return html.Dl(inside, className="gw-facts")
