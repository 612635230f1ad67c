"""What the papers say, read from what is recorded: the record of a visit, the order to rectify."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from data.access import Right, Viewer
from data.clock import DEFAULT_ZONE
from data.documents import parts
from data.documents.model import Document, seal_of
from data.documents.parts import BLANK, say
from data.errors import NotFound
from data.reads.labels import kind_names, term
from data.reads.notices import clause_of, rounds_of
from data.schema import attachment, enterprise, finding, inspection, problem, problem_event
from data.standing import MISTAKEN, chain, dropped

SAID = ("kind", "method", "finished_on", "finished_at", "conclusion", "unable_reason", "opinion", "details")
"""Columns of a visit that its record says."""
ORDERED = ("id", "round", "kind", "number", "ordered_on", "due_on")
"""Columns of a rectification round that its order says."""


def visit_record(
    conn: sa.Connection, viewer: Viewer, inspection_id: int, language: str, zone: str = DEFAULT_ZONE
) -> Document:
    """Return the record of a visit (现场检查记录) as a draft, its times in the bureau's zone.

    Raises
    ------
    NotFound
        ``inspection_unknown``.
    Denied
        Without `Right.WORK`, or outside the scope.
    """
    row = _placed(conn, viewer, inspection, inspection_id, "inspection_unknown")
    if row.unable_reason == MISTAKEN:  # it withdraws a visit, and is none to make a record of
        raise NotFound("inspection_unknown", got=inspection_id)
    details = row.details or {}
    subject = parts.subject(conn, row.enterprise_id, row.finished_on)
    people = parts.officers(conn, row.officer_id, row.officer2_id)
    # findings and photos stay with the row they came with: a correction shows those of before as well
    visits = chain(conn, inspection_id)
    found = _findings(
        conn, sa.and_(finding.c.inspection_id.in_(visits), finding.c.id.not_in(dropped(conn, visits)))
    )
    pictures = _pictures(conn, visits)
    photos = Counter(one["item_code"] for one in pictures if one["item_code"])
    # a signature never stands under a correction that was not signed
    own = [one for one in pictures if one["what"] == "signature" and one["object_id"] == inspection_id]
    after = inspection.c.supersedes_id == inspection_id
    follows = conn.execute(sa.select(inspection.c.id, inspection.c.unable_reason).where(after)).one_or_none()
    later = follows.id if follows is not None else None
    facts = {
        "visit": {name: getattr(row, name) for name in SAID}, "subject": subject, "officers": people,
        "findings": found, "pictures": pictures, "superseded": later,
    }  # fmt: skip
    tables = (
        parts.answers_table(details, language),
        parts.items_table(details, language),
        parts.findings_table(found, language),
        parts.notes_table(details, photos, language),
    )
    return Document(
        title=say("record", language),
        number="",
        mark=say("draft", language),
        pairs=[
            *parts.subject_pairs(subject, language),
            (say("when", language), _when(row, zone, language)),
            (say("place", language), _place(row, subject, language)),
            (say("kind", language), _kind(row, language)),
            *parts.officer_pairs(people, language),
        ],
        paragraphs=[say("shown", language)] if _met(row) else [],
        tables=[one for one in tables if one],
        closing=[
            f"{say('outcome', language)}：{_outcome(row, language)}",
            f"{say('opinion', language)}：{row.opinion or BLANK}",
            *([say("refused", language)] if _met(row) else []),
        ],
        signs=[say(name, language) for name in ("sign_subject", "sign_officers", "sign_date")],
        seal=seal_of(facts),
        note=_not_standing(follows, language),
        signed=own[-1]["sha256"] if own else "",
    )


def _not_standing(follows: Any, language: str) -> str:
    """Return why a record does not stand: it was corrected or withdrawn; empty: it does."""
    if follows is None:
        return ""
    if follows.unable_reason == MISTAKEN:
        return say("withdrawn", language)
    return say("superseded", language, id=follows.id)


def rectification_order(
    conn: sa.Connection, viewer: Viewer, rectification_id: int, language: str
) -> Document:
    """Return the order to rectify (责令改正通知书, form 33) of a notice, as a draft.

    It lists what every round of the notice orders, each with its clause, as it was ordered that day: what
    became of the problems since changes no word of it. More time that was granted is told under the title.

    Parameters
    ----------
    rectification_id : int
        Of any round of the notice; the paper is the same.

    Raises
    ------
    NotFound
        ``order_none``: there is no such round, or nothing was ordered in it.
    Denied
        Without `Right.WORK`, or outside the scope.
    """
    rounds = rounds_of(conn, rectification_id)
    if not rounds or rounds[0].ordered_on is None:
        raise NotFound("order_none", got=rectification_id)
    first = rounds[0]
    row = _placed(conn, viewer, problem, first.problem_id, "problem_unknown")
    amended = _amended(conn, rounds)
    ordered = [_as_ordered(conn, one, amended) for one in rounds]
    found = [
        {**item, "clause": clause_of(conn, one.problem_id, one.round) or item["clause"]}
        for one in rounds
        for item in _findings(conn, finding.c.id == one.finding_id)
    ]
    subject = parts.subject(conn, row.enterprise_id, first.ordered_on)
    facts = {"order": ordered[0], "subject": subject, "findings": found}
    if len(ordered) > 1:  # a notice of one problem says what it said before there were others
        facts["more"] = ordered[1:]
    due_on = ordered[0]["due_on"]
    until = (
        say("at_once", language)
        if first.kind != "term" or due_on is None
        else say("until", language, day=parts.day_words(due_on, language))
    )
    found_on = sorted({one["found_on"] for one in found})
    days = say("list", language).join(parts.day_words(one, language) for one in found_on)
    handed = parts.day_words(first.ordered_on, language)
    return Document(
        title=say("order", language),
        number=first.number or say("number", language, year=first.ordered_on.year),
        mark=say("draft", language),
        pairs=parts.subject_pairs(subject, language),
        addressee=say("addressee", language, to=subject["name"]),
        paragraphs=[say("order_text", language, day=days)],
        tables=[one for one in (parts.findings_table(found, language),) if one],
        closing=[until, say("order_reply", language), say("order_day", language, day=handed)],
        signs=[say(name, language) for name in ("sign_bureau", "sign_received", "sign_date")],
        seal=seal_of(facts),
        note=_more_time(rounds, ordered, language),
    )


def _amended(conn: sa.Connection, rounds: Sequence[Any]) -> date | None:
    """Return the day to which the term of a notice was put right, if it was: it is that of all its rounds."""
    e = problem_event.c
    of = sa.or_(*(sa.and_(e.problem_id == one.problem_id, e.round == one.round) for one in rounds))
    told = sa.select(e.details).where(e.verb == "amend_order", of).order_by(e.id.desc()).limit(1)
    said = conn.execute(told).scalar()
    return date.fromisoformat(said["due_on"]) if said else None


def _as_ordered(conn: sa.Connection, ordered: Any, amended: date | None) -> dict[str, Any]:
    """Return what a round's order says: its day is the one that was set then, not one granted later."""
    said = {name: getattr(ordered, name) for name in ORDERED}
    if amended is not None:
        return {**said, "due_on": amended}
    e = problem_event.c
    own = (e.problem_id == ordered.problem_id, e.round == ordered.round)
    by = e.verb.in_(("order", "fail_recheck"))
    told = conn.execute(sa.select(e.details).where(*own, by).order_by(e.id.desc())).scalars()
    day = next((one["due_on"] for one in told if one and one.get("due_on")), None)
    return {**said, "due_on": date.fromisoformat(day)} if day else said


def _more_time(rounds: Sequence[Any], ordered: Sequence[Mapping[str, Any]], language: str) -> str:
    """Return by when what is to be put right since more time was granted; empty: as it was ordered."""
    later = [
        say("extended", language, no=n, day=parts.day_words(one.due_on, language))
        for n, (one, then) in enumerate(zip(rounds, ordered, strict=True), start=1)
        if one.due_on != then["due_on"] and one.due_on is not None
    ]
    return say("semicolon", language).join(later)


def _when(row: Any, zone: str, language: str) -> str:
    day = parts.day_words(row.finished_on, language)
    when = _clock(row.finished_at, zone, language) if row.finished_at else day
    arrived = (row.details or {}).get("arrived_at")
    return f"{_clock(datetime.fromisoformat(arrived), zone, language)} — {when}" if arrived else when


def _clock(at: datetime, zone: str, language: str) -> str:
    local = at.astimezone(ZoneInfo(zone))
    return f"{parts.day_words(local.date(), language)} {local:%H:%M}"


def _met(row: Any) -> bool:
    """Whether the officers can have met somebody there: neither online nor where nobody was."""
    return row.method != "online" and row.unable_reason in (None, "refused")


def _place(row: Any, subject: Mapping[str, Any], language: str) -> str:
    """Return where it was inspected: at the address, or online."""
    return subject["address"] or BLANK if row.method != "online" else term("method", "online", language)


def _kind(row: Any, language: str) -> str:
    return f"{kind_names(language).get(row.kind, row.kind)} · {term('method', row.method, language)}"


def _outcome(row: Any, language: str) -> str:
    if row.unable_reason:
        return term("unable_reason", row.unable_reason, language)
    return term("conclusion", row.conclusion, language)


def _findings(conn: sa.Connection, where: sa.ColumnElement[bool]) -> list[dict[str, Any]]:
    f = finding.c
    query = sa.select(f.found_on, f.item_code, f.severity, f.text, f.clause).where(where).order_by(f.id)
    return [dict(row) for row in conn.execute(query).mappings()]


def _pictures(conn: sa.Connection, inspections: list[int]) -> list[dict[str, Any]]:
    a = attachment.c
    own = (a.object == "inspection", a.object_id.in_(inspections))
    query = sa.select(a.object_id, a.what, a.item_code, a.sha256).where(*own).order_by(a.id)
    return [dict(row) for row in conn.execute(query).mappings()]


def _placed(conn: sa.Connection, viewer: Viewer, table: sa.Table, number: int, code: str) -> Any:
    viewer.require(Right.WORK)
    e = enterprise.c
    row = None
    if 0 < number < 2**63:  # no database has another number
        query = sa.select(table, e.grid_id, e.district_code).join(enterprise, e.id == table.c.enterprise_id)
        row = conn.execute(query.where(table.c.id == number)).one_or_none()
    if row is None:
        raise NotFound(code, got=number)
    viewer.require_place(row.grid_id, row.district_code, row.enterprise_id)
    return row
