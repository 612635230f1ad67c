"""How numbers, days and spans are written, in each language."""

from __future__ import annotations

import math
from collections.abc import Iterable
from datetime import date, datetime
from fractions import Fraction
from zoneinfo import ZoneInfo

from data.schema import BEGINNING
from data.text import catalogue, text

NONE = "—"


def coded(prefix: str, code: str, language: str) -> str:
    """Return the words of a code that an event keeps; a code without words is shown as it is.

    Events are never taken back: one that nobody has words for must not keep a page from everybody.
    """
    key = f"{prefix}{code}"
    return text(key, language) if key in catalogue(language) else code


def listed(parts: Iterable[str], language: str) -> str:
    """Return 甲、乙 or A, B."""
    return text("ui.between", language).join(parts)


def aside(said: str, language: str) -> str:
    """Return （暂定） or " (provisional)", to be set right behind a word."""
    return text("ui.aside", language, said=said)


def count(value: int | None) -> str:
    """Return 5,858; a missing number is a dash."""
    return NONE if value is None else f"{value:,}"


def unit(language: str) -> str:
    """Return the measure word behind a number of enterprises: 家; English has none."""
    return text("ui.enterprises", language, n="").strip()


def rate(done: int, due: int) -> str:
    """Return 83.4 %, cut and not rounded so that 100 % means all; nothing due is a dash."""
    if not due:
        return NONE
    tenths = 1000 * done // due
    return f"{tenths // 10}.{tenths % 10} %"


def needed(value: Fraction | float | None) -> str:
    """Return the visits that a workday needs, rounded up so that the number is enough; None is a dash."""
    if value is None:
        return NONE
    return f"{math.ceil(value):,}" if value >= 10 else _one_decimal(math.ceil(value * 10))


def recent(value: Fraction | float | None) -> str:
    """Return the visits made a workday, cut so that nothing is promised; None is a dash."""
    if value is None:
        return NONE
    return f"{math.floor(value):,}" if value >= 10 else _one_decimal(math.floor(value * 10))


def handed(by: str | None, to: str | None) -> str:
    """Return who did something and, where work was handed on, to whom: 张三 → 李四."""
    return " → ".join(name for name in (by or ("" if to is None else NONE), to) if name)


def way(metres: float, language: str) -> str:
    """Return 350 米, 9.3 公里."""
    if metres < 999.5:
        return text("my.metres", language, n=round(metres))
    return text("my.kilometres", language, n=f"{metres / 1000:.1f}")


def _one_decimal(tenths: int) -> str:
    return str(tenths // 10) if tenths % 10 == 0 else f"{tenths / 10:.1f}"


def day(value: date | None, language: str, *, year: bool = False) -> str:
    """Return 11月21日(周六) or Sat Nov 21; with `year` the date in full; the beginning is 起始日不详."""
    if value is None:
        return NONE
    if value == BEGINNING:
        return text("ui.since_unknown", language)
    if year:
        return value.isoformat()
    weekday = text(f"ui.weekday_{value.weekday()}", language)
    month = text(f"ui.month_{value.month}", language)
    return text("ui.day", language, month=month, day=value.day, weekday=weekday)


def moment(value: datetime | None, zone: str) -> str:
    """Return 2026-11-21 15:42 in the bureau's time zone."""
    return NONE if value is None else value.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")
