"""How a paper stands: a draft until somebody has approved what it says now."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from data.access import Viewer
from data.clock import DEFAULT_ZONE
from data.documents.content import rectification_order, visit_record
from data.documents.model import Document
from data.documents.parts import BLANK, day_words, say
from data.reads.hands import hands_on
from data.reads.notices import head_of, rounds_of
from data.schema import inspection, paper, user

KINDS = ("visit", "order")
"""现场检查记录 (its number is the inspection's), 责令改正通知书 (that of a round of its notice)."""


class Standing(NamedTuple):
    """Where a paper is on its way.

    Attributes
    ----------
    state : str
        draft, submitted, approved, returned: of its latest handing-in.
    changed : bool
        It says something else now than what was handed in.
    row : sqlalchemy.Row or None
        The latest handing-in, with the name of who decided (``decider``).
    """

    state: str
    changed: bool
    row: Any

    @property
    def holds(self) -> bool:
        """Whether it is approved as it is now."""
        return self.state == "approved" and not self.changed


def draft(
    conn: sa.Connection, viewer: Viewer, kind: str, number: int, language: str, zone: str = DEFAULT_ZONE
) -> Document:
    """Return a paper of one of `KINDS` as what it is without an approval; raises what its content does."""
    if kind == "visit":
        return visit_record(conn, viewer, number, language, zone)
    return rectification_order(conn, viewer, number, language)


def own_number(conn: sa.Connection, kind: str, number: int) -> int:
    """Return the number by which a paper is kept: an order's is that of the round that heads its notice."""
    head = head_of(conn, number) if kind == "order" else None
    return number if head is None else head


def issued(
    conn: sa.Connection, viewer: Viewer, kind: str, number: int, language: str, zone: str = DEFAULT_ZONE
) -> tuple[Document, Standing]:
    """Return a paper as it may leave the house, and how it stands.

    Approved as it is now, it carries no mark but who approved it and when; after a change it is a draft
    again, and says so.
    """
    made = draft(conn, viewer, kind, number, language, zone)
    how = standing(conn, kind, own_number(conn, kind, number), made)
    if how.holds:
        day = how.row.decided_at.astimezone(ZoneInfo(zone)).date()
        by = say("approved", language, by=how.row.decider or BLANK, day=day_words(day, language))
        return replace(made, mark="", closing=[*made.closing, by]), how
    if how.state == "approved" and (kind == "order" or not made.note):
        told = [one for one in (say("changed", language), made.note) if one]
        return replace(made, note=say("semicolon", language).join(told)), how
    return made, how


def standing(conn: sa.Connection, kind: str, number: int, made: Document) -> Standing:
    """Return how a paper stands that says what `made` says; `number` is its own (`own_number`)."""
    row = conn.execute(
        handed_in(kind, number)
        .add_columns(user.c.name.label("decider"))
        .outerjoin(user, user.c.id == paper.c.decided_by)
        .order_by(paper.c.id.desc())
        .limit(1)
    ).one_or_none()
    if row is None:
        return Standing("draft", False, None)
    return Standing(row.state, row.seal != made.seal, row)


def handed_in(kind: str, number: int) -> sa.Select[Any]:
    """Select the rows of a paper's handings-in; `number` is its own (`own_number`)."""
    own = paper.c.inspection_id if kind == "visit" else paper.c.rectification_id
    return sa.select(paper).select_from(paper).where(own == number)


def is_own(conn: sa.Connection, viewer: Viewer, kind: str, number: int) -> bool:
    """Whether the viewer handed this paper in, or did the work that it speaks of: nobody approves that."""
    by = {row.user_id for row in conn.execute(handed_in(kind, number))}
    if viewer.user_id is not None and viewer.user_id in by:
        return True
    if kind == "order":
        return any(hands_on(conn, one.problem_id).of(viewer) for one in rounds_of(conn, number))
    visit = conn.execute(
        sa.select(inspection.c.user_id, inspection.c.officer_id, inspection.c.officer2_id).where(
            inspection.c.id == number
        )
    ).one()
    mine = viewer.officer_id is not None and viewer.officer_id in (visit.officer_id, visit.officer2_id)
    return mine or (viewer.user_id is not None and visit.user_id == viewer.user_id)
