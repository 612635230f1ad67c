"""The burn-up: what is done against what an even pace would have done, and where it leads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from babel.dates import format_date, format_skeleton

from dashboard.tokens import THEMES, Palette, plotly_template
from data.text import text


def short_day(day: date, language: str) -> str:
    """Return 11月30日 or Nov 30."""
    return format_skeleton("MMMd", day, locale=language.replace("-", "_"))


def burnup(
    weeks: Mapping[str, Any],
    *,
    due: int,
    deadline: date,
    finish: date | None,
    theme: str,
    language: str,
    size: int = 14,
) -> dict[str, Any]:
    """Return the burn-up chart.

    Parameters
    ----------
    weeks : mapping
        ``required`` and ``done``, each ``{"days": [date…], "values": [count…]}``, cumulative.
    due : int
        What 100 % means.
    finish : date or None
        Linear finish, dotted from today on; None where the pace leads nowhere.
    size : int
        Font size in pixels; lines grow with it.
    """
    colours = THEMES[theme]
    done, required = weeks["done"], weeks["required"]
    reached = _share(done["values"], due)
    start, today = required["days"][0], done["days"][-1]
    # a finish years away must not squeeze the year that matters
    latest = deadline + timedelta(days=max(14, (deadline - start).days // 10))
    end = min(max(deadline, finish or deadline) + timedelta(days=6), latest)
    late = finish is not None and finish > deadline
    scale = size / 14
    lines: list[dict[str, Any]] = [
        {
            "x": [day.isoformat() for day in required["days"]],
            "y": _share(required["values"], due),
            "mode": "lines",
            "name": text("wall.required", language),
            "line": {"color": colours.secondary, "width": 1.6 * scale, "dash": "dash"},
            "hovertemplate": "%{x|%Y-%m-%d} %{y:.1f}%<extra></extra>",
        },
        {
            "x": [day.isoformat() for day in done["days"]],
            "y": reached,
            "mode": "lines",
            "name": text("wall.done", language),
            "line": {"color": colours.accent, "width": 3 * scale},
            "fill": "tozeroy",
            "fillcolor": _veil(colours.accent, 0.14),
            "hovertemplate": "%{x|%Y-%m-%d} %{y:.1f}%<extra></extra>",
        },
    ]
    if finish is not None and reached:
        lines.append(
            {
                "x": [today.isoformat(), finish.isoformat()],
                "y": [reached[-1], 100],
                "mode": "lines",
                "name": text("wall.linear", language),
                "line": {
                    "color": colours.behind if late else colours.accent,
                    "width": 3 * scale,
                    "dash": "dot",
                },
                "hoverinfo": "skip",
            }
        )
    return {
        "data": lines,
        "layout": {
            "template": plotly_template(theme),
            "font": {"size": size},
            "showlegend": False,
            "margin": {"l": 4 * scale, "r": 4 * scale, "t": 20 * scale, "b": 4 * scale},
            "xaxis": {
                "range": [start.isoformat(), end.isoformat()],
                "tickvals": [day.isoformat() for day in _quarters(start, deadline)],
                "ticktext": [_month(day, language) for day in _quarters(start, deadline)],
                "showgrid": False,
                "ticks": "outside",
                "ticklen": 4 * scale,
                "tickcolor": "rgba(0,0,0,0)",
                "fixedrange": True,
                "tickfont": {"size": size},
            },
            "yaxis": {
                "range": [0, 106],
                "tickvals": [0, 50, 100],
                "ticktext": ["0%", "50%", "100%"],
                "ticks": "outside",
                "ticklen": 6 * scale,
                "tickcolor": "rgba(0,0,0,0)",  # nothing but a space between the words and the plot
                "fixedrange": True,
                "tickfont": {"size": size},
            },
            "shapes": [
                {
                    "type": "line",
                    "x0": deadline.isoformat(),
                    "x1": deadline.isoformat(),
                    "y0": 0,
                    "y1": 106,
                    "line": {"color": colours.text, "width": 1.4 * scale},
                }
            ],
            "annotations": [
                _note(deadline, 106, text("wall.deadline_mark", language, day=short_day(deadline, language)),
                      colours.text, size, xanchor="right", yanchor="bottom"),
                *_names(weeks, due, colours, size, language),
            ],
        },
    }  # fmt: skip


def _share(values: Sequence[float], due: int) -> list[float]:
    return [round(100 * value / due, 2) if due else 0.0 for value in values]


def _names(
    weeks: Mapping[str, Any], due: int, colours: Palette, size: int, language: str
) -> list[dict[str, Any]]:
    """Name each line where it is free: what is done at its end, the required line on the side without it."""
    required, done = weeks["required"], weeks["done"]
    if not due or len(done["days"]) < 4 or not done["values"][-1]:
        return []
    asked, reached = _share(required["values"], due), _share(done["values"], due)
    last, mid = len(reached) - 1, len(reached) // 2
    early = last < 2 * len(asked) // 3  # room on the right, where only the required line goes on

    def lag(at: int) -> float:
        return asked[min(at, len(asked) - 1)] - reached[at]

    ahead = lag(last if early else mid) < 0
    line = (2 if ahead else 3) * len(asked) // 4 if early else mid
    line = min(line, len(asked) - 1)
    found = [
        _note(required["days"][line], asked[line], text("wall.required", language), colours.secondary, size,
              **_side(above=not ahead))
    ]  # fmt: skip
    at, place = mid, _side(above=ahead or reached[mid] < LOW)
    if early or lag(last) > WIDE:
        at, place = last, {"xanchor": "right", "yanchor": "bottom", "yshift": 2}
        if early and not ahead:
            place = {"xanchor": "left", "yanchor": "middle", "xshift": 8}
    # never so low that the words lie on the axis
    height = max(reached[at], LOW / 2) if place["yanchor"] == "middle" else reached[at]
    note = _note(done["days"][at], height, text("wall.done", language), colours.accent, size, **place)
    return [*found, note]


LOW, WIDE = 16, 45
"""In points: below `LOW` a word under a line meets the axis; a gap above `WIDE` takes a word
in the smallest chart."""


def _side(*, above: bool) -> dict[str, Any]:
    """Return where a word stands beside a rising line: above it on the left, else below it on the right."""
    if above:
        return {"xanchor": "right", "yanchor": "bottom", "xshift": -6}
    return {"xanchor": "left", "yanchor": "top", "xshift": 8}


def _note(day: date, y: float, words: str, colour: str, size: int, **where: Any) -> dict[str, Any]:
    return {
        "x": day.isoformat(),
        "y": y,
        "text": words,
        "showarrow": False,
        "font": {"color": colour, "size": size},
        **where,
    }


def _quarters(start: date, deadline: date) -> list[date]:
    months = (deadline.year - start.year) * 12 + deadline.month - start.month
    step = 3 if months <= 14 else 12
    first = start.year * 12 + start.month - 1
    # the first mark would run into the other axis' zero
    return [date(m // 12, m % 12 + 1, 1) for m in range(first + step, first + months + 1, step)]


def _month(day: date, language: str) -> str:
    return format_date(day, "MMM", locale=language.replace("-", "_"))


def _veil(colour: str, alpha: float) -> str:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha})"
