"""The one map: offline, with its source line, and drawn by functions that exist."""

from __future__ import annotations

import json
import re

import dash_leaflet as dl
import pytest

from dashboard import tokens
from dashboard.components.map import grid_map, hideout, legend

DRAWING = (tokens.ASSETS / "map.js").read_text(encoding="utf-8")


def parts(component):
    yield component
    children = getattr(component, "children", None)
    for child in children if isinstance(children, list | tuple) else [children]:
        if hasattr(child, "_type"):
            yield from parts(child)


def made(**kwargs):
    return grid_map("m", theme="dark", lang="zh-CN", **kwargs)


def test_no_tile_is_asked_for_unless_an_address_is_named():
    assert not [p for p in parts(made()) if isinstance(p, dl.TileLayer)]
    tiles = {"url": "http://tiles.intranet/{z}/{x}/{y}.png", "attribution": "天地图 GS(2026)0000号"}
    (layer,) = [p for p in parts(made(tiles=tiles)) if isinstance(p, dl.TileLayer)]
    assert layer.url == tiles["url"]
    assert "GS(2026)" in layer.attribution


@pytest.mark.parametrize("lang", ["zh-CN", "en"])
def test_every_map_prints_its_source(lang):
    line = [p for p in parts(grid_map("m", theme="light", lang=lang)) if getattr(p, "id", "") == "m-source"]
    assert line
    assert line[0].children.strip()


def test_nothing_of_the_map_names_another_host():
    text = json.dumps(made().to_plotly_json(), default=lambda c: c.to_plotly_json())
    assert not re.search(r"https?://", text)
    assert not re.search(r"https?://", DRAWING)


def test_every_drawing_function_that_is_named_exists():
    text = json.dumps(made().to_plotly_json(), default=lambda c: c.to_plotly_json())
    named = set(re.findall(r"gridward\.map\.(\w+)", text))
    given = set(re.findall(r"\w+", re.search(r"return \{ (grid, .*?) \};", DRAWING)[1]))
    assert named
    assert named <= given


def test_a_rate_on_the_map_stands_beside_the_name_of_what_it_is_the_rate_of():
    ink = (tokens.ASSETS / "map-ink.js").read_text(encoding="utf-8")
    drawn = re.findall(r"^  function (\w+)\((?:(?!^  }).)*?\brate\(", ink, re.MULTILINE | re.DOTALL)
    assert drawn == ["district", "grid"]
    for body in (re.search(rf"function {name}\(.*?^  }}", ink, re.MULTILINE | re.DOTALL) for name in drawn):
        assert "item.name" in body[0]


def test_a_map_is_drawn_on_canvas():
    (drawn,) = [p for p in parts(made()) if isinstance(p, dl.Map)]
    assert drawn.preferCanvas


def test_the_grid_layer_gets_the_colours_of_the_tokens():
    drawing = hideout("light", {"A": ["red", 3, 9]}, selected="A")
    assert drawing["palette"]["red"] == tokens.LIGHT.behind
    assert drawing["lights"] == {"A": ["red", 3, 9]}


def test_the_legend_names_all_four_states_with_shape_and_word():
    shown = json.dumps(legend("dark", "zh-CN").to_plotly_json(), default=lambda c: c.to_plotly_json(),
                       ensure_ascii=False)  # fmt: skip
    for status in tokens.STATUS.values():
        assert status.shape in shown
