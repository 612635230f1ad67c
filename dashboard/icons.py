"""The icon of the app, as the files that phones ask for: iOS takes no SVG, Android cuts one to its shapes.

``python -m dashboard.icons`` draws ``static/icon-*.png`` from ``static/visit.svg``, which is the original; a
test holds that they agree.
"""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

from markupsafe import Markup
from PIL import Image, ImageDraw

FOLDER = Path(__file__).parent / "static"
SOURCE = FOLDER / "visit.svg"
MANIFEST = {
    "icon-192.png": (192, "any"),
    "icon-512.png": (512, "any"),
    "icon-full-512.png": (512, "maskable"),
}
FILES = {name: (size, purpose == "maskable") for name, (size, purpose) in MANIFEST.items()}
FILES["icon-180.png"] = (180, True)  # iOS cuts the corners itself and shows black where nothing is drawn
HEAD = Markup(
    '<link rel="icon" href="/static/visit.svg" type="image/svg+xml">'
    '<link rel="apple-touch-icon" href="/static/icon-180.png">'
)
"""What stands in the head of every page."""
_FINER = 8  # drawn so many times larger and made small again: smooth corners


def manifest_icons() -> list[dict[str, str]]:
    """Return the icons as a web manifest lists them."""
    drawn = [
        {"src": f"/static/{name}", "sizes": f"{size}x{size}", "type": "image/png", "purpose": purpose}
        for name, (size, purpose) in MANIFEST.items()
    ]
    return [{"src": "/static/visit.svg", "sizes": "any", "type": "image/svg+xml"}, *drawn]


def draw(size: int, full: bool) -> Image.Image:
    """Return the icon, `size` pixels wide; `full` fills its corners too.

    The SVG is made of filled rectangles, a background first; their inner part lies within the circle of
    four fifths that every mask leaves.
    """
    root = ElementTree.parse(SOURCE).getroot()  # noqa: S314 - our own file
    scale = size * _FINER / float(root.attrib["viewBox"].split()[2])
    picture = Image.new("RGBA", (size * _FINER, size * _FINER))
    pen = ImageDraw.Draw(picture)
    filled = {child: parent.get("fill") for parent in root.iter() for child in parent}
    for n, part in enumerate(one for one in root.iter() if one.tag.endswith("rect")):
        x, y, width, height, radius = (
            float(part.get(k, 0)) * scale for k in ("x", "y", "width", "height", "rx")
        )
        pen.rounded_rectangle(
            (x, y, x + width - 1, y + height - 1), 0 if full and not n else radius,
            fill=part.get("fill") or filled[part],
        )  # fmt: skip
    return picture.resize((size, size), Image.Resampling.BOX)


if __name__ == "__main__":
    for name, (size, full) in FILES.items():
        draw(size, full).save(FOLDER / name, optimize=True)
