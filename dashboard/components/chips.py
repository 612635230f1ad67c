"""Status as hue, shape and word together, so that no eye depends on the hue."""

from __future__ import annotations

from dash import html

from dashboard.services import View
from dashboard.tokens import STATUS
from data.reads.labels import term

STATE_MARK = {
    "done": "done",
    "on_time": "done",
    "late": "yellow",
    "remaining": "open",
    "overdue": "red",
}
"""State of one enterprise in one plan → the mark that it is shown with, on the map as in a list."""
OUT = "out"
"""The mark of what a plan does not ask for."""
SHAPES = {light: status.shape for light, status in STATUS.items()} | {"done": "●", "open": "○", OUT: "–"}
"""Mark → its shape; hues are in pages.css and map.js."""


def light_chip(view: View, light: str) -> html.Span:
    """Return the chip of a grid's light, in the words of the map's legend."""
    return chip(light, light_word(view, light))


def light_word(view: View, light: str) -> str:
    """Return 正常, 临界, 落后 or 无数据."""
    return view.text(STATUS[light].word)


def state_chip(view: View, state: str) -> html.Span:
    """Return the chip of an enterprise's state in a plan: 已检, 未检, 逾期未检 …"""
    return chip(STATE_MARK.get(state, OUT), term("state", state, view.language))


def chip(mark: str, word: str) -> html.Span:
    """Return one chip in the hue and shape of `mark`, a light or the mark of a state."""
    shape = html.Span(SHAPES[mark], className="gw-chip-shape", **{"aria-hidden": "true"})
    return html.Span([shape, word], className=f"gw-chip gw-{mark}")
