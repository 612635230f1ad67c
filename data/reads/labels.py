"""Names of codes in the reader's language, settings, and the masks of personal data."""

from __future__ import annotations

import csv
import re
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from data.schema import category, plan, status
from data.schema import setting as setting_table
from data.text import catalogue

METHODS = ("on_site", "online")
"""How an inspection is made."""

REFERENCE = Path(__file__).parents[1] / "reference"


def term(group: str, code: str | None, language: str) -> str:
    """Return the name of a code, e.g. ``term("problem_state", "ordered", "zh-CN")``.

    Groups are the message prefixes of the catalogue ``terms``. A code that has no name (a foreign
    one that a source brought along) is shown as it is, no code as the empty string.
    """
    if code is None:
        return ""
    return catalogue(language).get(f"terms.{group}.{code}", code)


def terms(group: str, language: str) -> dict[str, str]:
    """Return code → name of a whole group, in the catalogue's order (for select boxes)."""
    prefix = f"terms.{group}."
    return {
        key.removeprefix(prefix): name for key, name in catalogue(language).items() if key.startswith(prefix)
    }


def category_names(conn: sa.Connection, language: str) -> dict[str, str]:
    """Return code → name of the categories of enterprises, in their order."""
    rows = conn.execute(sa.select(category.c.code, _name(category, language)).order_by(category.c.sort))
    return dict(rows.all())


def category_below(conn: sa.Connection, code: str) -> frozenset[str]:
    """Return a category and all those below it; a parent's filter includes its children."""
    rows = conn.execute(sa.select(category.c.code, category.c.parent)).all()
    found, size = {code}, 0
    while len(found) > size:
        size = len(found)
        found |= {row.code for row in rows if row.parent in found}
    return frozenset(found)


def status_names(conn: sa.Connection, language: str) -> dict[str, str]:
    """Return code → name of the statuses of enterprises."""
    rows = conn.execute(sa.select(status.c.code, _name(status, language)))
    return dict(rows.all())


def plan_names(conn: sa.Connection, language: str) -> dict[str, str]:
    """Return code → name of the active plans, the headline plan first."""
    rows = conn.execute(
        sa.select(plan.c.code, _name(plan, language))
        .where(plan.c.active)
        .order_by(plan.c.headline.desc(), plan.c.sort)
    )
    return dict(rows.all())


def kind_names(language: str) -> dict[str, str]:
    """Return code → name of the kinds of inspection."""
    return _shipped("kinds", language)


def scope_names(language: str) -> dict[str, str]:
    """Return code → name of the business scopes."""
    return _shipped("scopes", language)


def setting(conn: sa.Connection, key: str) -> Any:
    """Return a setting of this deployment (a JSON value), None where it is not set."""
    return conn.execute(sa.select(setting_table.c.value).where(setting_table.c.key == key)).scalar()


def mask_name(name: str | None) -> str:
    """Return 王** for a person's name: the family name stays, the rest does not tell its length."""
    return f"{name.strip()[0]}**" if name and name.strip() else ""


def mask_phone(phone: str | None) -> str:
    """Return 138****1234 for a phone number; what is shorter is hidden whole."""
    digits = re.sub(r"\D", "", phone or "")
    if not digits:
        return ""
    return f"{digits[:3]}****{digits[-4:]}" if len(digits) >= 9 else "****"


def mask_id(number: str | None) -> str:
    """Return 210***********1238 for an identity number: the first 3 and the last 4 stay."""
    plain = (number or "").strip()
    if not plain:
        return ""
    return f"{plain[:3]}{'*' * (len(plain) - 7)}{plain[-4:]}" if len(plain) > 9 else "****"


def _name(table: sa.Table, language: str) -> sa.ColumnElement[str]:
    return table.c.name_zh if language == "zh-CN" else table.c.name_en


@cache
def _shipped(name: str, language: str) -> dict[str, str]:
    column = "name_zh" if language == "zh-CN" else "name_en"
    with (REFERENCE / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: row[column] for row in csv.DictReader(file)}
