"""Parts that papers share: whom they are about, who made them, and their tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from data.checklists import RESULTS, checklists
from data.clock import EVERYTHING
from data.documents.model import Table
from data.in_force import in_force
from data.reads.labels import term
from data.schema import fact_identity, licence, officer, org
from data.text import text

BLANK = "＿＿＿＿＿＿＿＿"


def say(name: str, language: str, **params: Any) -> str:
    """Return a word of the papers."""
    return text(f"documents.{name}", language, **params)


def day_words(day: date, language: str) -> str:
    """Return a day as papers write it: 2026年11月21日."""
    return say("day", language, y=day.year, m=day.month, d=day.day)


def subject(conn: sa.Connection, enterprise_id: int, day: date) -> dict[str, Any]:
    """Return name, uscc, address and licences of an enterprise as they were on the paper's day.

    What is recorded of later days leaves an old paper as it was; of one that was not known then, what was
    first known is said.
    """
    first = sa.select(sa.func.min(fact_identity.c.valid_from)).where(
        fact_identity.c.enterprise_id == enterprise_id
    )
    day_known = max(day, conn.execute(first).scalar() or day)
    held = in_force(fact_identity, day_known, EVERYTHING, [enterprise_id]).c
    named = conn.execute(sa.select(held.name, held.uscc, held.address)).mappings().one()
    issued = sa.or_(licence.c.issued_on.is_(None), licence.c.issued_on <= day)
    numbers = conn.execute(
        sa.select(licence.c.number)
        .where(licence.c.enterprise_id == enterprise_id, issued)
        .order_by(licence.c.id)
    ).scalars()
    return {**named, "licences": list(numbers)}


def subject_pairs(facts: Mapping[str, Any], language: str) -> list[tuple[str, str]]:
    """Return the head of a paper: whom it is about."""
    return [
        (say("subject", language), facts["name"]),
        (say("uscc", language), facts["uscc"] or BLANK),
        (say("licence", language), "、".join(facts["licences"]) or BLANK),
        (say("address", language), facts["address"] or BLANK),
        (say("principal", language), BLANK),  # personal: written by hand
    ]


def officers(conn: sa.Connection, *ids: int | None) -> list[dict[str, Any]]:
    """Return name, badge and organisation of the officers, in their order."""
    wanted = [one for one in ids if one is not None]
    query = sa.select(officer.c.id, officer.c.name, officer.c.badge, org.c.name.label("org")).outerjoin(
        org, org.c.id == officer.c.org_id
    )
    known = {row.id: row for row in conn.execute(query.where(officer.c.id.in_(wanted)))}
    return [
        {"name": row.name, "badge": row.badge, "org": row.org}
        for row in (known[one] for one in wanted if one in known)
    ]


def officer_pairs(people: Sequence[Mapping[str, Any]], language: str) -> list[tuple[str, str]]:
    """Return the officers with their badges, and their organisation."""
    named = [f"{one['name']}（{one['badge'] or BLANK}）" for one in people]
    office = next((one["org"] for one in people if one["org"]), None)
    return [
        (say("officers", language), "、".join(named) or BLANK),
        (say("office", language), office or BLANK),
    ]


def answers_table(details: Mapping[str, Any], language: str) -> Table | None:
    """Return how many items of each section conform, fail and do not apply."""
    one = checklists(language).get(details.get("list", ""))
    answers = details.get("checklist")
    if one is None or not isinstance(answers, dict):
        return None
    rows = []
    for section in one.sections:
        counts = Counter(answers.get(item.code) for item in section.items)
        rows.append([f"{section.code} {section.name}", *(str(counts[result]) for result in RESULTS)])
    heads = [say("section", language), *(text(f"visit.say_result_{name}", language) for name in RESULTS)]
    return Table(one.name, heads, rows, (0, 18, 18, 18))


def items_table(details: Mapping[str, Any], language: str) -> Table | None:
    """Return each item that does not conform, with what it asks; those that do are counted by section."""
    one = checklists(language).get(details.get("list", ""))
    answers = details.get("checklist") or {}
    rows = [
        [item.code, item.text, text(f"visit.say_result_{answers[item.code]}", language)]
        for item in (one.items if one else ())
        if answers.get(item.code) in RESULTS[1:]
    ]
    heads = [say(name, language) for name in ("item_code", "item_text", "result")]
    return Table(say("items", language), heads, rows, (22, 0, 22)) if rows else None


def notes_table(details: Mapping[str, Any], photos: Mapping[str, int], language: str) -> Table | None:
    """Return the items of which something was noted or photographed; failed ones are findings."""
    one = checklists(language).get(details.get("list", ""))
    answers, notes = details.get("checklist") or {}, details.get("notes") or {}
    rows = [
        [
            f"{item.code} {item.text}",
            text(f"visit.say_result_{answers[item.code]}", language),
            notes.get(item.code) or "—",
            str(photos[item.code]) if photos.get(item.code) else "—",
        ]
        for item in (one.items if one else ())
        if (notes.get(item.code) or photos.get(item.code)) and answers.get(item.code) in RESULTS
    ]
    heads = [say(name, language) for name in ("item", "result", "item_note", "photos")]
    return Table(say("notes", language), heads, rows, (46, 22, 0, 18)) if rows else None


def findings_table(found: Sequence[Mapping[str, Any]], language: str) -> Table | None:
    """Return what is wrong, numbered; a clause of law that nobody has named is left to the pen."""
    rows = [
        [str(n), one["item_code"] or "—", term("severity", one["severity"], language), one["text"] or "—",
         one["clause"] or BLANK]
        for n, one in enumerate(found, start=1)
    ]  # fmt: skip
    heads = [say(name, language) for name in ("no", "item", "severity", "finding", "clause")]
    return Table(say("findings", language), heads, rows, (12, 20, 20, 0, 30)) if rows else None
