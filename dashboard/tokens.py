"""The look in one place: colours, sizes and type, for Mantine, plotly, the map and the style sheets.

``python -m dashboard.tokens`` writes ``assets/tokens.css``; a test holds that it agrees with this file.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ASSETS = Path(__file__).parent / "assets"
FONT_FAMILY = (
    '"Gridward Sans", "HarmonyOS Sans SC", "Source Han Sans SC", "Noto Sans CJK SC", "Microsoft YaHei", '
    "system-ui, sans-serif"
)
SIZES = (12, 14, 16, 20, 28, 40, 64)
SPACE = 8
RADIUS = 8


@dataclass(frozen=True)
class Palette:
    """The colours of one theme; every text colour reads at 4.5:1 on ground and panel, graphics at 3:1."""

    ground: str
    panel: str
    line: str
    text: str
    secondary: str
    faint: str
    accent: str
    on_track: str
    at_risk: str
    behind: str
    no_data: str
    # text on a full-strength status or accent surface
    on_fill: str
    # the map: what needs no eyes recedes into the ground, edges stay visible
    map_land: str
    map_quiet: str
    map_empty: str
    map_edge: str
    map_district: str
    map_river: str
    map_label: str


DARK = Palette(
    ground="#0B1424",
    panel="#121E33",
    line="#22324D",
    text="#E9EFF8",
    secondary="#A3B4CC",
    faint="#7C8EAB",
    accent="#5AA9FF",
    on_track="#2FB5A0",
    at_risk="#F2B134",
    behind="#EE5A43",
    no_data="#7889A4",
    on_fill="#0B1424",
    map_land="#101C30",
    map_quiet="#17364A",
    map_empty="#1B2638",
    map_edge="#0B1424",
    map_district="#6F8DB8",
    map_river="#2F5C8F",
    map_label="#B9D3E4",
)

LIGHT = Palette(
    ground="#F6F8FB",
    panel="#FFFFFF",
    line="#DFE5EE",
    text="#16202E",
    secondary="#4C5A6E",
    faint="#626F84",
    accent="#1657B0",
    on_track="#13796A",
    at_risk="#9A6700",
    behind="#A62015",
    no_data="#60708A",
    on_fill="#FFFFFF",
    map_land="#EEF2F7",
    map_quiet="#D3E7E3",
    map_empty="#E6EAF0",
    map_edge="#FFFFFF",
    map_district="#5E7291",
    map_river="#7FA9D6",
    map_label="#2B4A57",
)

THEMES: dict[str, Palette] = {"dark": DARK, "light": LIGHT}


@dataclass(frozen=True)
class Status:
    """How one light looks: always hue, shape and word together."""

    token: str  # name of the colour in `Palette`
    shape: str
    word: str  # text key

    def colour(self, theme: str) -> str:
        """Return the hue in a theme."""
        return str(getattr(THEMES[theme], self.token))


STATUS: dict[str, Status] = {
    "green": Status("on_track", "●", "map.on_track"),
    "yellow": Status("at_risk", "▲", "map.at_risk"),
    "red": Status("behind", "■", "map.behind"),
    "grey": Status("no_data", "○", "map.no_data"),
}
"""Light of `data.pace` → how it looks; worst last but for grey, which says nothing."""


def map_palette(theme: str) -> dict[str, str]:
    """Return the colours that the map's drawing functions take, lights by their own names."""
    colours = asdict(THEMES[theme])
    kept = {name: value for name, value in colours.items() if name.startswith("map_")}
    kept |= {name: colours[name] for name in ("ground", "panel", "line", "text", "accent", "on_fill")}
    return kept | {light: status.colour(theme) for light, status in STATUS.items()}


def mantine_theme() -> dict[str, Any]:
    """Return the theme of `dmc.MantineProvider`: our accent, font, sizes and radius."""
    # Mantine takes ten shades of a colour; 6 is the one of buttons on light, 4 on dark
    blues = ("#EAF2FC", "#D2E3F8", "#A6C8F1", "#7CB6FF", DARK.accent, "#2F79D0", LIGHT.accent, "#124A97")
    return {
        "fontFamily": FONT_FAMILY,
        "headings": {"fontFamily": FONT_FAMILY, "fontWeight": "700"},
        "colors": {"accent": [*blues, "#0E3C7C", "#0A2E61"]},
        "primaryColor": "accent",
        "primaryShade": {"light": 6, "dark": 4},
        "defaultRadius": f"{RADIUS}px",
        "fontSizes": {"xs": "12px", "sm": "14px", "md": "16px", "lg": "20px", "xl": "28px"},
        "autoContrast": True,
    }


def plotly_template(theme: str) -> dict[str, Any]:
    """Return a plotly template as a plain dict: quiet axes, our colours, no paper of its own."""
    colours = THEMES[theme]
    axis = {
        "gridcolor": colours.line,
        "linecolor": colours.line,
        "zerolinecolor": colours.line,
        "tickfont": {"color": colours.secondary},
        "automargin": True,
    }
    return {
        "layout": {
            "font": {"family": FONT_FAMILY, "color": colours.text, "size": 14},
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "colorway": [colours.accent, *(status.colour(theme) for status in STATUS.values())],
            "xaxis": axis,
            "yaxis": axis,
            "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
            "hoverlabel": {"bgcolor": colours.panel, "font": {"color": colours.text}},
        }
    }


def css() -> str:
    """Return the style sheet of custom properties: sizes once, colours per theme."""
    lines = ["/* written by `python -m dashboard.tokens`; change dashboard/tokens.py instead */", ":root {"]
    lines += [f"  --gw-font: {FONT_FAMILY};", f"  --gw-radius: {RADIUS}px;", f"  --gw-space: {SPACE}px;"]
    lines += [f"  --gw-size-{size}: {size}px;" for size in SIZES]
    lines.append("}")
    for selector, palette in (
        (':root, [data-mantine-color-scheme="light"], .gw-light', LIGHT),
        ('[data-mantine-color-scheme="dark"], .gw-dark', DARK),
    ):
        lines.append(f"{selector} {{")
        lines += [f"  --gw-{name.replace('_', '-')}: {value};" for name, value in asdict(palette).items()]
        lines.append("}")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    (ASSETS / "tokens.css").write_text(css(), encoding="utf-8")
