"""One lead as it stands: where it lies, whose it is, and what a viewer may do with it now."""

from __future__ import annotations

from datetime import UTC, date
from typing import Any

import sqlalchemy as sa

from data.access import Right, Viewer
from data.deadlines import rule_at
from data.errors import NotFound
from data.reads.lead_clocks import telling_of
from data.reads.lead_periods import days_of_outcome, locked_days
from data.reads.places import LEAD_DISTRICT, LEAD_GRID, leads_with_place
from data.reads.supervised import may_lift, supervision_of
from data.schema import inspection, lead, lead_event, org
from data.standing import standing
from data.workflow import LEAD_MOVES, LEAD_OPEN

OWN_WORK = ("acknowledge", "investigate", "visit", "conclude", "dispose", "tell", "submit")
"""Acts of whoever handles a lead: who did one of them does not close it."""

NOT_OWN = ("close_out", "decide_extension")
"""Acts that nobody does to their own work."""

Row = sa.Row[Any]


def read_lead(conn: sa.Connection, lead_id: int, *, lock: bool = False) -> Row:
    """Read one lead with ``grid`` and ``district``, where it lies.

    Raises
    ------
    NotFound
        ``lead_unknown``.
    """
    query = (
        sa.select(lead, LEAD_GRID.label("grid"), LEAD_DISTRICT.label("district"))
        .select_from(leads_with_place())
        .where(lead.c.id == lead_id)
    )
    known = 0 < lead_id < 2**63  # no database has another number
    row = conn.execute(query.with_for_update(of=lead) if lock else query).one_or_none() if known else None
    if row is None:
        raise NotFound("lead_unknown", got=lead_id)
    return row


def read_in_scope(conn: sa.Connection, viewer: Viewer, lead_id: int) -> Row:
    """Read one lead that the viewer may see.

    Raises
    ------
    NotFound
        ``lead_unknown``.
    Denied
        Without `Right.WORK`, or outside the scope.
    """
    viewer.require(Right.WORK)
    row = read_lead(conn, lead_id)
    require_lead(viewer, row)
    return row


def is_handler(viewer: Viewer, row: Any) -> bool:
    """Whether the lead was given to the viewer by name, or to nobody and lies in the viewer's own grid."""
    if viewer.officer_id is None:
        return False
    if row.officer_id is None:  # a file told its state, but nobody's name
        return viewer.may(Right.HANDLE) and row.grid in viewer.scope.grids
    return bool(viewer.officer_id == row.officer_id)


def require_lead(viewer: Viewer, row: Row) -> None:
    """Raise `Denied` unless the lead lies in the viewer's scope, or is theirs to handle."""
    if not (viewer.may(Right.HANDLE) and is_handler(viewer, row)):
        viewer.require_place(row.grid, row.district, row.enterprise_id)


def own_work(conn: sa.Connection, viewer: Viewer, row: Any) -> bool:
    """Whether the viewer handles the lead, did a step of its handling, or made the visit for it."""
    if is_handler(viewer, row):
        return True
    did = []
    if viewer.user_id is not None:
        did.append(lead_event.c.user_id == viewer.user_id)
    if viewer.officer_id is not None:
        did.append(lead_event.c.officer_id == viewer.officer_id)
    if not did:
        return False
    acts = sa.select(lead_event.c.id).where(
        lead_event.c.lead_id == row.id, lead_event.c.verb.in_(OWN_WORK), sa.or_(*did)
    )
    if conn.execute(acts.limit(1)).first() is not None:
        return True
    if row.inspection_id is None or viewer.officer_id is None:
        return False
    visit = conn.execute(
        sa.select(inspection.c.officer_id, inspection.c.officer2_id).where(
            inspection.c.id == row.inspection_id
        )
    ).one()
    return viewer.officer_id in tuple(visit)


def may_unmask(viewer: Viewer, row: Any) -> bool:
    """Whether a lead's reporter can be shown to the viewer in clear, for a reason.

    To who has the right; and to the named handler of an open complaint, who mediates it and must reach both
    sides (Order 121 art. 37: confidential but for what mediation needs). Who reported (举报) stays masked.
    """
    if viewer.may(Right.UNMASK):
        return True
    mediates = row.rule in ("complaint_accept", "mediation") and row.state in LEAD_OPEN
    named = viewer.officer_id is not None and viewer.officer_id == row.officer_id
    return viewer.may(Right.HANDLE) and named and mediates


def heads_bureau(conn: sa.Connection, viewer: Viewer) -> bool:
    """Whether the viewer speaks for a bureau (district or city), not for one of its stations.

    More time for a lead is approved by the head of the bureau (Order 121, 程序规定: 市场监督管理部门负责人).
    """
    if viewer.scope.everything or viewer.scope.districts:
        return True
    kind = conn.execute(sa.select(org.c.kind).where(org.c.id == viewer.scope.org_id)).scalar()
    return kind in ("bureau", "district")


def is_evidence(conn: sa.Connection, row: Any, inspection_id: int) -> bool:
    """Whether a visit can have checked a lead: it went to its enterprise, not before it was reported.

    One that was corrected is none any more; the row that corrects it may be. One at which nothing could be
    checked (无法检查) is none.
    """
    fits = sa.select(inspection.c.id).where(
        inspection.c.id == inspection_id,
        inspection.c.enterprise_id == row.enterprise_id,
        inspection.c.finished_on >= row.received_on,
        inspection.c.unable_reason.is_(None),
        standing(),
    )
    return conn.execute(fits).first() is not None


def evidence_visit(conn: sa.Connection, row: Any) -> int | None:
    """Return the latest visit that looked into a lead, if there is one that can have checked it."""
    noted = sa.select(lead_event.c.details).where(
        lead_event.c.lead_id == row.id, lead_event.c.verb == "visit"
    )
    told = [details["inspection"] for details in conn.execute(noted.order_by(lead_event.c.id)).scalars()]
    chosen = (_as_corrected(conn, one) for one in (*reversed(told), row.inspection_id) if one is not None)
    return next((one for one in chosen if is_evidence(conn, row, one)), None)


def _as_corrected(conn: sa.Connection, inspection_id: int) -> int:
    """Return the row by which a visit stands now."""
    later = sa.select(inspection.c.id).where(inspection.c.supersedes_id == inspection_id)
    while (found := conn.execute(later).scalar()) is not None:
        inspection_id = found
        later = sa.select(inspection.c.id).where(inspection.c.supersedes_id == inspection_id)
    return inspection_id


def _extends(conn: sa.Connection, row: Any) -> bool:
    """Whether the rule of a lead's term allows an extension."""
    if row.due_on is None:
        return False
    return rule_at(conn, row.rule or "lead_verify", row.last_received_on or row.received_on).extension > 0


def is_counted(conn: sa.Connection, row: Any) -> bool:
    """Whether a locked period counts the lead's outcome: it is not split, nor its outcome taken back."""
    return bool(locked_days(conn, days_of_outcome(conn, row.id)))


def moves_open(conn: sa.Connection, viewer: Viewer, row: Any, today: date) -> tuple[str, ...]:
    """Return the verbs that this viewer may do to a lead today, in the order of `LEAD_MOVES`."""
    handles = is_handler(viewer, row)
    own = own_work(conn, viewer, row)
    waits = row.asked_until is not None
    counted = is_counted(conn, row)
    tells = row.state in LEAD_MOVES["tell"].sources and telling_of(conn, row, UTC)
    untold = bool(tells and tells.left)
    fits = {
        "tell": untold,
        "close_out": not untold,
        "split": not locked_days(conn, [row.received_on]),
        "reassign": not counted,
        "reinvestigate": not counted,
        "decide_extension": waits and heads_bureau(conn, viewer),
        "ask_extension": not waits and not row.extended and _extends(conn, row) and row.due_on >= today,
        "supervise": not row.supervised,
        "unsupervise": row.supervised and may_lift(conn, viewer, supervision_of(conn, lead, row.id)),
        "receipt": row.receiver is not None and not row.receipt,
    }
    return tuple(
        move.verb
        for move in LEAD_MOVES.values()
        if row.state in move.sources
        and viewer.may(Right(move.right))
        and (move.right != Right.HANDLE or handles)
        and not (own and move.verb in NOT_OWN)
        and fits.get(move.verb, True)
    )
