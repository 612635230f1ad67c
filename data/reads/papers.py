"""One paper on its way to approval: what it says, who had it in hand, and what the viewer may do now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from data.access import Right, Viewer
from data.clock import DEFAULT_ZONE
from data.documents.approval import KINDS, handed_in, is_own, issued, own_number
from data.documents.model import Document
from data.errors import NotFound
from data.reads.masks import mask_text
from data.reads.notices import problems_of
from data.schema import attachment, enterprise, inspection, paper, problem, rectification, user


class HandedIn(NamedTuple):
    """One handing-in and what came of it; names are None without `Right.NAMES`."""

    id: int
    state: str  # submitted, approved, returned
    at: datetime
    by: str | None
    decided_at: datetime | None
    decided_by: str | None
    reason: str | None


@dataclass(frozen=True)
class PaperFile:
    """A paper with its story, the latest handing-in first."""

    kind: str
    number: int
    enterprise_id: int
    enterprise: str
    problem_id: int | None  # of an order: that of the round which heads its notice
    together: tuple[int, ...]  # all problems that it orders, where there are several
    paper: Document
    state: str  # draft, submitted, approved, changed, returned
    changed: bool
    steps: list[HandedIn]
    moves: tuple[str, ...]  # submit, approve, return
    own: bool
    order_number: str | None  # 文书编号, of an order
    signature_id: int | None  # of the attachment


def paper_file(
    conn: sa.Connection, viewer: Viewer, kind: str, number: int, language: str, zone: str = DEFAULT_ZONE
) -> PaperFile:
    """Read one paper, its words in a language.

    Raises
    ------
    NotFound
        ``paper_unknown``, and what its content raises.
    Denied
        Without `Right.WORK`, or outside the scope.
    """
    if kind not in KINDS:
        raise NotFound("paper_unknown", got=kind[:20])
    number = own_number(conn, kind, number)
    made, how = issued(conn, viewer, kind, number, language, zone)
    own = is_own(conn, viewer, kind, number)
    owner = conn.execute(_owner(kind, number)).one()
    ordered = problems_of(conn, [number])[number] if kind == "order" else ()
    state = "changed" if how.state == "approved" and how.changed else how.state
    return PaperFile(
        kind=kind,
        number=number,
        enterprise_id=owner.id,
        enterprise=owner.name,
        problem_id=owner.problem_id,
        together=ordered if len(ordered) > 1 else (),
        paper=made,
        state=state,
        changed=how.changed,
        steps=_steps(conn, viewer, kind, number),
        moves=_moves(viewer, state, own=own, changed=how.changed),
        own=own,
        order_number=owner.order_number,
        signature_id=_signature(conn, number, made.signed) if made.signed else None,
    )


def paper_states(conn: sa.Connection, viewer: Viewer, kind: str, numbers: Sequence[int]) -> dict[int, str]:
    """Return the state of the latest handing-in of many papers; one that never was is not there.

    Whoever asks has read the things themselves: their scope is not asked for again. Whether a paper has
    changed since is not looked into here.
    """
    viewer.require(Right.WORK)
    own = paper.c.inspection_id if kind == "visit" else paper.c.rectification_id
    query = sa.select(own, paper.c.state).where(own.in_(numbers)).order_by(paper.c.id)
    return {row[0]: row[1] for row in conn.execute(query)}


def _moves(viewer: Viewer, state: str, *, own: bool, changed: bool) -> tuple[str, ...]:
    if state == "submitted":
        if own or not viewer.may(Right.APPROVE):
            return ()
        return ("return",) if changed else ("approve", "return")
    if state in ("draft", "returned", "changed") and viewer.may(Right.HANDLE):
        return ("submit",)
    return ()


def _steps(conn: sa.Connection, viewer: Viewer, kind: str, number: int) -> list[HandedIn]:
    decider = user.alias("decider")
    query = (
        handed_in(kind, number)
        .add_columns(user.c.name.label("by"), decider.c.name.label("decided_by_name"))
        .outerjoin(user, user.c.id == paper.c.user_id)
        .outerjoin(decider, decider.c.id == paper.c.decided_by)
        .order_by(paper.c.id.desc())
    )
    named = viewer.may(Right.NAMES)
    return [
        HandedIn(
            row.id, row.state, row.recorded_at, row.by if named else None, row.decided_at,
            row.decided_by_name if named else None, mask_text(row.reason),
        )
        for row in conn.execute(query)
    ]  # fmt: skip


def _owner(kind: str, number: int) -> sa.Select[Any]:
    e, r = enterprise.c, rectification.c
    if kind == "visit":
        none = (sa.null().label("problem_id"), sa.null().label("order_number"))
        own = inspection.c.enterprise_id == e.id
        return sa.select(e.id, e.name, *none).join(inspection, own).where(inspection.c.id == number)
    columns = (e.id, e.name, r.problem_id, r.number.label("order_number"))
    return (
        sa.select(*columns)
        .join(problem, problem.c.enterprise_id == e.id)
        .join(rectification, r.problem_id == problem.c.id)
        .where(r.id == number)
    )


def _signature(conn: sa.Connection, inspection_id: int, sha256: str) -> int | None:
    a = attachment.c
    own = (a.object == "inspection", a.object_id == inspection_id, a.sha256 == sha256)
    return conn.execute(sa.select(a.id).where(*own, a.what == "signature")).scalars().first()
