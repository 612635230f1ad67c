"""Status as hue, shape and word together, so that no eye depends on the hue."""

from __future__ import annotations

from dash import html

from dashboard.services import View
from dashboard.tokens import STATUS
from data.reads.labels import term

STATE_LIGHT = {
    "done": "green",
    "on_time": "green",
    "late": "yellow",
    "remaining": "grey",
    "overdue": "red",
}
"""State of one enterprise in one plan → the light whose hue and shape it is shown with."""


def light_chip(view: View, light: str) -> html.Span:
    """Return the chip of a grid's light, in the words of the map's legend."""
    return chip(light, light_word(view, light))


def light_word(view: View, light: str) -> str:
    """Return 正常, 临界, 落后 or 无数据."""
    return view.text(STATUS[light].word)


def state_chip(view: View, state: str) -> html.Span:
    """Return the chip of an enterprise's state in a plan: 已检, 未检, 逾期未检 …"""
    return chip(STATE_LIGHT.get(state, "grey"), term("state", state, view.language))


def chip(light: str, word: str) -> html.Span:
    """Return one chip in the hue and shape of `light`."""
    shape = html.Span(STATUS[light].shape, className="gw-chip-shape", **{"aria-hidden": "true"})
    return html.Span([shape, word], className=f"gw-chip gw-{light}")
