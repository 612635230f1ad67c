"""What a plan must be, whether a file or a steward says it."""

from __future__ import annotations

import calendar
import re
from collections.abc import Collection, Mapping
from typing import Any

from data.errors import Refused
from data.plans import CYCLES

PLAN_FIELDS = (
    "name_zh", "name_en", "cycle", "categories", "scopes", "tags", "kinds", "visits", "first_year",
    "deadline_month", "deadline_day", "opened_by", "headline", "sort", "legal_source", "evidence",
)  # fmt: skip
LISTS = ("categories", "scopes", "tags", "kinds")
DEFINITION = (*LISTS, "cycle", "visits", "first_year", "deadline_month", "deadline_day", "opened_by")
"""Fields that decide who is due and who is done: with another value the figures are others."""
EVIDENCE = ("V", "S", "T", "K", "D")
LEAP_YEAR = 2024
_CODE = re.compile(r"[a-z0-9][a-z0-9-]{1,39}")
_DAY = re.compile(r"(\d{2})-(\d{2})")
_NUMBERS = {"visits": (1, 366), "first_year": (1990, 2100), "sort": (0, 9999)}


def plan_fault(row: Mapping[str, Any]) -> Refused | None:
    """Return the first rule that a plan breaks by itself, None if it can be expanded into periods.

    Parameters
    ----------
    row : mapping
        ``code`` and `PLAN_FIELDS`.
    """
    if not row["kinds"]:
        return Refused("plan_kinds_none", field="kinds")
    for name, (least, most) in _NUMBERS.items():
        if not isinstance(row[name], int) or not least <= row[name] <= most:
            found = "—" if row[name] is None else row[name]
            return Refused("number_bad", field=name, least=least, most=most, found=found)
    if row["cycle"] not in CYCLES:
        return Refused("choice_bad", field="cycle", known=", ".join(CYCLES), found=row["cycle"])
    return _deadline_fault(row) or _opened_fault(row["opened_by"])


def _deadline_fault(row: Mapping[str, Any]) -> Refused | None:
    month, day = row["deadline_month"], row["deadline_day"]
    if month is None and day is None:
        return None
    if month is None or day is None:
        missing = "deadline_month" if month is None else "deadline_day"
        return Refused("plan_deadline_parts", field=missing)
    if not _is_day(month, day):
        return Refused("plan_deadline_day", field="deadline_day", month=month, day=day)
    if row["cycle"] == "half_year":  # no day of the year lies in both halves
        return Refused("plan_deadline_half_year", field="deadline_month", month=month, day=day)
    return None


def _opened_fault(opened_by: str | None) -> Refused | None:
    if opened_by is None:
        return None
    found = _DAY.fullmatch(opened_by)
    # 29 February is no day of most years
    if found is None or not _is_day(int(found[1]), int(found[2])) or opened_by == "02-29":
        return Refused("plan_opened_by_bad", field="opened_by", found=opened_by)
    return None


def _is_day(month: int, day: int) -> bool:
    return 1 <= month <= 12 and 1 <= day <= calendar.monthrange(LEAP_YEAR, month)[1]


def entered_fault(row: Mapping[str, Any], known: Mapping[str, Collection[str]]) -> Refused | None:
    """Return the first rule that a plan entered by hand breaks: names, words, then `plan_fault`.

    Parameters
    ----------
    known : mapping
        ``categories``, ``scopes``, ``kinds`` → the codes there are.
    """
    for name in ("name_zh", "name_en"):
        if not row[name]:
            return Refused("name_missing", field=name)
    for name, codes in known.items():
        if strange := sorted(set(row[name]) - set(codes)):
            return Refused("choice_bad", field=name, known=", ".join(codes), found=", ".join(strange))
    if row["evidence"] is not None and row["evidence"] not in EVIDENCE:
        return Refused("choice_bad", field="evidence", known=", ".join(EVIDENCE), found=row["evidence"])
    return plan_fault(row)


def code_fault(code: str, taken: Collection[str]) -> Refused | None:
    """Return what is wrong with the code of a new plan."""
    if not _CODE.fullmatch(code):
        return Refused("plan_code_bad", field="code", found=code)
    return Refused("plan_code_taken", field="code", found=code) if code in taken else None
