"""``make bench``: measure, and print a table with the machine. Nothing here fails for being slow."""

from __future__ import annotations

import argparse
import importlib
import sys

from tests.bench.figure import machine

PARTS = ("geo", "files", "city", "wall", "hands", "nation")


def main() -> int:
    """Measure the parts asked for; return 0, whatever they reach."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    # nothing named is read as an empty list, which has to be one of the choices
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="default: all of them")
    wanted = parser.parse_args().parts or PARTS
    print(f"{machine()}\n\n| what | measured | target | |\n|---|---|---|---|")
    for part in wanted:
        for figure in importlib.import_module(f"tests.bench.{part}").measure():
            print(figure.row(), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
