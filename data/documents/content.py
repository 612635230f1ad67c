"""What the papers say, read from what is recorded: the record of a visit, the order to rectify."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from data.access import Right, Viewer
from data.checklists import RESULTS, checklists
from data.clock import DEFAULT_ZONE
from data.documents.model import Document, Table
from data.errors import NotFound
from data.reads.labels import kind_names, term
from data.schema import enterprise, finding, inspection, licence, officer, org, problem, rectification
from data.text import text

BLANK = "＿＿＿＿＿＿＿＿"


def visit_record(
    conn: sa.Connection, viewer: Viewer, inspection_id: int, language: str, zone: str = DEFAULT_ZONE
) -> Document:
    """Return the record of a visit (现场检查记录), its times in the bureau's zone.

    Raises
    ------
    NotFound
        ``inspection_unknown``.
    Denied
        Without `Right.WORK`, or outside the scope.
    """
    row = _placed(conn, viewer, inspection, inspection_id, "inspection_unknown")
    details = row.details or {}
    at = row.finished_at
    found = conn.execute(
        sa.select(finding).where(finding.c.inspection_id == inspection_id).order_by(finding.c.id)
    ).all()
    outcome = (
        term("unable_reason", row.unable_reason, language)
        if row.unable_reason
        else term("conclusion", row.conclusion, language)
    )
    when = _clock(at, zone) if at else row.finished_on.isoformat()
    arrived = _clock(datetime.fromisoformat(told), zone) if (told := details.get("arrived_at")) else ""
    kind = f"{kind_names(language).get(row.kind, row.kind)} · {term('method', row.method, language)}"
    return Document(
        title=_say("record", language),
        number="",
        mark=_say("draft", language),
        pairs=[
            *_subject(conn, row, language),
            (_say("when", language), f"{arrived} — {when}" if arrived else when),
            (_say("kind", language), kind),
            *_officers(conn, row, language),
        ],
        paragraphs=[],
        tables=[one for one in (_answers(details, language), _findings(found, language)) if one],
        closing=[
            f"{_say('outcome', language)}：{outcome}",
            f"{_say('opinion', language)}：{row.opinion or BLANK}",
        ],
        signs=[_say(name, language) for name in ("sign_subject", "sign_officers", "sign_date")],
    )


def rectification_order(conn: sa.Connection, viewer: Viewer, problem_id: int, language: str) -> Document:
    """Return the order to rectify (责令改正通知书, form 33) of a problem in its present round.

    Raises
    ------
    NotFound
        ``problem_unknown``; ``order_none``: nothing has been ordered yet.
    Denied
        Without `Right.WORK`, or outside the scope.
    """
    row = _placed(conn, viewer, problem, problem_id, "problem_unknown")
    ordered = conn.execute(
        sa.select(rectification).where(
            rectification.c.problem_id == problem_id, rectification.c.round == row.round
        )
    ).one_or_none()
    if ordered is None or ordered.ordered_on is None:
        raise NotFound("order_none", got=problem_id)
    one = conn.execute(sa.select(finding).where(finding.c.id == row.finding_id)).one()
    until = (
        _say("at_once", language)
        if ordered.kind != "term" or ordered.due_on is None
        else _say("until", language, day=ordered.due_on.isoformat())
    )
    return Document(
        title=_say("order", language),
        number=ordered.number or _say("number", language, year=ordered.ordered_on.year),
        mark=_say("draft", language),
        pairs=_subject(conn, row, language),
        paragraphs=[_say("order_text", language, day=one.found_on.isoformat())],
        tables=[t for t in (_findings([one], language),) if t],
        closing=[until, _say("order_reply", language), _say("order_day", language, day=ordered.ordered_on)],
        signs=[_say(name, language) for name in ("sign_bureau", "sign_received", "sign_date")],
    )


def _clock(at: datetime, zone: str) -> str:
    return at.astimezone(ZoneInfo(zone)).strftime("%Y-%m-%d %H:%M")


def _placed(conn: sa.Connection, viewer: Viewer, table: sa.Table, number: int, code: str) -> Any:
    viewer.require(Right.WORK)
    e = enterprise.c
    row = conn.execute(
        sa.select(table, e.name, e.uscc, e.address, e.grid_id, e.district_code)
        .join(enterprise, e.id == table.c.enterprise_id)
        .where(table.c.id == number)
    ).one_or_none()
    if row is None:
        raise NotFound(code, got=number)
    viewer.require_place(row.grid_id, row.district_code, row.enterprise_id)
    return row


def _subject(conn: sa.Connection, row: Any, language: str) -> list[tuple[str, str]]:
    number = conn.execute(
        sa.select(licence.c.number).where(licence.c.enterprise_id == row.enterprise_id).order_by(licence.c.id)
    ).scalars()
    return [
        (_say("subject", language), row.name),
        (_say("uscc", language), row.uscc or BLANK),
        (_say("licence", language), "、".join(number) or BLANK),
        (_say("address", language), row.address or BLANK),
        (_say("principal", language), BLANK),  # personal: written by hand
    ]


def _officers(conn: sa.Connection, row: Any, language: str) -> list[tuple[str, str]]:
    query = sa.select(officer.c.id, officer.c.name, officer.c.badge, org.c.name.label("org")).outerjoin(
        org, org.c.id == officer.c.org_id
    )
    ids = [one for one in (row.officer_id, row.officer2_id) if one is not None]
    people = {one.id: one for one in conn.execute(query.where(officer.c.id.in_(ids)))}
    named = [f"{people[n].name}（{people[n].badge or BLANK}）" for n in ids if n in people]
    office = next((people[n].org for n in ids if n in people and people[n].org), None)
    return [
        (_say("officers", language), "、".join(named) or BLANK),
        (_say("office", language), office or BLANK),
    ]


def _answers(details: dict[str, Any], language: str) -> Table | None:
    one = checklists(language).get(details.get("list", ""))
    answers = details.get("checklist")
    if one is None or not isinstance(answers, dict):
        return None
    rows = []
    for section in one.sections:
        counts = Counter(answers.get(item.code) for item in section.items)
        rows.append([f"{section.code} {section.name}", *(str(counts[result]) for result in RESULTS)])
    heads = [_say("section", language), *(text(f"visit.say_result_{name}", language) for name in RESULTS)]
    return Table(one.name, heads, rows)


def _findings(found: Any, language: str) -> Table | None:
    rows = [
        [str(n), one.item_code or "—", term("severity", one.severity, language), one.text or "—",
         one.clause or "—"]
        for n, one in enumerate(found, start=1)
    ]  # fmt: skip
    heads = [_say(name, language) for name in ("no", "item", "severity", "finding", "clause")]
    return Table(_say("findings", language), heads, rows) if rows else None


def _say(name: str, language: str, **params: Any) -> str:
    return text(f"documents.{name}", language, **params)
