"""Build the font that ships with the app: a subset of Noto Sans SC in two weights.

``python -m dashboard.fonts`` needs fonttools and Debian's ``fonts-noto-cjk``; only whoever adds words to
the catalogues runs it. Characters outside the subset come from the reader's system fonts.
"""

from __future__ import annotations

import csv
import sys
import unicodedata
from pathlib import Path

from data.text import LANGUAGES, catalogue

FOLDER = Path(__file__).parent / "assets" / "fonts"
SOURCE = Path("/usr/share/fonts/opentype/noto")
# catalogues of sentences and of names of codes, of printed papers and of the command line: never set in bold
LONG = ("api", "definitions", "documents", "errors", "etl", "import", "quality", "terms")
WEIGHTS = {"Regular": "gridward-sans-400.woff2", "Bold": "gridward-sans-700.woff2"}
FACE = 2  # SC, of the collection's JP, KR, SC, TC, HK
REFERENCE = Path(__file__).parents[1] / "data" / "reference"
PUNCTUATION = (
    "　、。〈〉《》「」『』【】〔〕·—–…‘’“”•‰′″℃→←↑↓⇧○●■□▲△▼▽◆◇✓×÷±≤≥≈≠−№～！（），．：；？％￥①②③④⑤⑥⑦⑧⑨⑩"
)
MORE = "零〇一二三四五六七八九十百千万亿年月日时分秒周星期上下午今明昨天第号"


def characters() -> set[str]:
    """Return every character that the font must have: Latin, punctuation, catalogues, shipped tables."""
    found = set(PUNCTUATION + MORE) | _latin()
    for language in LANGUAGES:
        found |= set("".join(catalogue(language).values()))
    # a city's place names are its own data, the demo's too: they come from the reader's fonts
    for path in sorted(set(REFERENCE.rglob("*.csv")) - set((REFERENCE / "geography").iterdir())):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.reader(file):
                found |= set("".join(row))
    return _printed(found)


def headline_characters() -> set[str]:
    """Return what the bold weight must have: titles, labels and figures, but no long sentences."""
    found = set(MORE + "，。：；（）·—●■▲○−＋ 区县市") | _latin()
    for language in LANGUAGES:
        found |= {
            char
            for key, sentence in catalogue(language).items()
            if key.split(".")[0] not in LONG and len(sentence) <= 10
            for char in sentence
        }
    return _printed(found)


def _latin() -> set[str]:
    return {chr(code) for code in (*range(0x20, 0x7F), *range(0xA0, 0x100))}


def _printed(found: set[str]) -> set[str]:
    return {char for char in found if unicodedata.category(char)[0] not in "CZ" or char == " "}


def build() -> None:
    """Write both weights; the licence stands beside them."""
    from fontTools import subset  # a tool of ours, not of the running app

    FOLDER.mkdir(parents=True, exist_ok=True)
    needed = {"Regular": characters(), "Bold": headline_characters()}
    for weight, name in WEIGHTS.items():
        wanted = sorted(ord(char) for char in needed[weight])
        source = SOURCE / f"NotoSansCJK-{weight}.ttc"
        if not source.exists():
            sys.exit(f"Expected {source}; install it with: apt-get install fonts-noto-cjk")
        options = subset.Options(
            font_number=FACE,
            flavor="woff2",
            hinting=False,
            desubroutinize=True,
            layout_features=["kern", "tnum", "palt", "pwid", "locl"],
            name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14],
            notdef_outline=True,
        )
        font = subset.load_font(str(source), options)
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=wanted)
        subsetter.subset(font)
        subset.save_font(font, str(FOLDER / name), options)
        sys.stdout.write(
            f"{name}: {len(wanted)} characters, {(FOLDER / name).stat().st_size / 1024:.0f} KiB\n"
        )


if __name__ == "__main__":
    build()
