"""The look: one source, readable, and told apart by colour-blind eyes."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from dashboard import tokens
from dashboard.tokens import STATUS, THEMES

TEXT = ("text", "secondary", "faint", "accent", "on_track", "at_risk", "behind")
GRAPHICS = (*TEXT, "no_data")

# Machado, Oliveira, Fernandes 2009, severity 1.0, on linear RGB
BLINDNESS = {
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def linear(colour: str) -> np.ndarray:
    value = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4)


def contrast(a: str, b: str) -> float:
    high, low = sorted((linear(c) @ [0.2126, 0.7152, 0.0722] for c in (a, b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def lab(rgb: np.ndarray) -> np.ndarray:
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = to_xyz @ np.clip(rgb, 0, 1) / [0.9505, 1.0, 1.089]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def test_the_style_sheet_says_what_the_tokens_say():
    written = (tokens.ASSETS / "tokens.css").read_text(encoding="utf-8")
    assert written == tokens.css(), "run: python -m dashboard.tokens"


@pytest.mark.parametrize("theme", THEMES)
def test_text_reads_on_ground_and_panel(theme):
    palette = THEMES[theme]
    weak = {
        (name, under): round(contrast(getattr(palette, name), getattr(palette, under)), 2)
        for name in TEXT
        for under in ("ground", "panel")
        if contrast(getattr(palette, name), getattr(palette, under)) < 4.5
    }
    assert weak == {}


@pytest.mark.parametrize("theme", THEMES)
def test_graphics_stand_out_from_what_is_behind_them(theme):
    palette = THEMES[theme]
    for name in GRAPHICS:
        assert contrast(getattr(palette, name), palette.panel) >= 3, name
    for name in ("behind", "at_risk", "map_district"):
        assert contrast(getattr(palette, name), palette.map_quiet) >= 3, name


@pytest.mark.parametrize("theme", THEMES)
def test_labels_read_on_the_map(theme):
    palette = THEMES[theme]
    assert contrast(palette.map_label, palette.map_quiet) >= 4.5
    assert contrast(palette.text, palette.map_quiet) >= 4.5
    assert contrast(palette.on_fill, palette.behind) >= 4.5
    # at-risk grids are drawn at 0.72 over the ground, see map.js
    mixed = 0.72 * np.array([int(palette.at_risk[i : i + 2], 16) for i in (1, 3, 5)])
    mixed += 0.28 * np.array([int(palette.map_land[i : i + 2], 16) for i in (1, 3, 5)])
    seen = "#" + "".join(f"{round(v):02x}" for v in mixed)
    assert contrast(palette.on_fill, seen) >= (4.5 if theme == "dark" else 3)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("kind", ["full sight", *BLINDNESS])
def test_the_four_states_stay_apart_for_every_eye(theme, kind):
    matrix = np.array(BLINDNESS.get(kind, np.eye(3)))
    seen = {light: lab(matrix @ linear(status.colour(theme))) for light, status in STATUS.items()}
    near = {
        (a, b): round(float(np.linalg.norm(seen[a] - seen[b])), 1)
        for a, b in combinations(seen, 2)
        if np.linalg.norm(seen[a] - seen[b]) < 12
    }
    assert near == {}, near


def test_each_state_has_a_shape_and_a_word_of_its_own():
    assert len({status.shape for status in STATUS.values()}) == 4
    assert len({status.word for status in STATUS.values()}) == 4
