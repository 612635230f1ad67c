"""One measured figure, and how a table of them is printed with the machine that made it."""

from __future__ import annotations

import os
import platform
import sqlite3
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter


@dataclass(frozen=True)
class Figure:
    """What was measured, what came out, and what it should reach (None: reported only)."""

    what: str
    found: float
    unit: str
    wanted: float | None = None
    more_is_better: bool = False

    @property
    def met(self) -> bool | None:
        """Whether the target is reached; None without one."""
        if self.wanted is None:
            return None
        return self.found >= self.wanted if self.more_is_better else self.found <= self.wanted

    def row(self) -> str:
        """Return the figure as a row of a Markdown table."""
        sign = "≥" if self.more_is_better else "≤"
        target = "" if self.wanted is None else f"{sign} {self.wanted:,g} {self.unit}"
        verdict = {None: "", True: "met", False: "**missed**"}[self.met]
        found = f"{self.found:,.0f}" if abs(self.found) >= 1000 else f"{self.found:.3g}"
        return f"| {self.what} | {found} {self.unit} | {target} | {verdict} |"


def machine() -> str:
    """Return one line about this machine."""
    cpu = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ),
        platform.processor(),
    )
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores ({cpu}), {memory:.0f} GiB, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    )


def percentile(values: Iterable[float], share: float) -> float:
    """Return the value below which `share` of them lie."""
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))]


def milliseconds(act: Callable[[], object], times: int) -> list[float]:
    """Run `act` several times and return how long each took."""
    taken = []
    for _ in range(times):
        start = perf_counter()
        act()
        taken.append((perf_counter() - start) * 1000)
    return taken
