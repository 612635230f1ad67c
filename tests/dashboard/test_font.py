"""The font that ships: small, licensed, and with every character that we write."""

from __future__ import annotations

from fontTools.ttLib import TTFont

from dashboard.fonts import FOLDER, WEIGHTS, characters, headline_characters


def held(weight: str) -> TTFont:
    return TTFont(FOLDER / WEIGHTS[weight])


def test_every_catalogue_character_is_in_the_font():
    absent = characters() - {chr(code) for code in held("Regular").getBestCmap()}
    assert absent == set(), f"{''.join(sorted(absent))}: run make font"


def test_the_bold_weight_has_what_screens_set_in_bold():
    absent = headline_characters() - {chr(code) for code in held("Bold").getBestCmap()}
    assert absent == set(), f"{''.join(sorted(absent))}: run make font"


def test_digits_are_equally_wide_in_both_weights():
    for weight in WEIGHTS:
        font = held(weight)
        names = font.getBestCmap()
        assert len({font["hmtx"][names[ord(digit)]][0] for digit in "0123456789"}) == 1


def test_the_font_is_small_and_says_its_licence():
    assert sum((FOLDER / name).stat().st_size for name in WEIGHTS.values()) <= 350 * 1024
    assert "SIL OPEN FONT LICENSE Version 1.1" in (FOLDER / "OFL.txt").read_text(encoding="utf-8")
