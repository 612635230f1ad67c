"""Many papers at once, before they are approved: which of them go, and what keeps the others."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

import sqlalchemy as sa

from data.access import Right, Viewer
from data.clock import DEFAULT_ZONE
from data.documents.approval import draft, is_own
from data.reads.paper_list import kind_of, number_of
from data.reads.places import enterprise_scope
from data.schema import enterprise, paper, rectification


class PaperOutlook(NamedTuple):
    """What would become of one of many papers; `why` is the code of what keeps it out, None: it goes."""

    id: int  # of the handing-in
    kind: str
    number: int
    enterprise: str
    order_number: str | None  # 文书编号
    why: str | None  # decided, own, changed


def paper_outlooks(
    conn: sa.Connection, viewer: Viewer, ids: Collection[int], zone: str = DEFAULT_ZONE
) -> list[PaperOutlook]:
    """Return what approving many papers would do, those that wait longest first.

    Parameters
    ----------
    ids : collection of int
        Of handings-in; what lies outside the scope is left out.

    Raises
    ------
    Denied
        Without `Right.APPROVE`.
    """
    viewer.require(Right.APPROVE)
    query = (
        sa.select(
            paper.c.id,
            kind_of,
            number_of,
            enterprise.c.name,
            rectification.c.number,
            paper.c.state,
            paper.c.seal,
        )
        .select_from(
            paper.join(enterprise, enterprise.c.id == paper.c.enterprise_id).outerjoin(
                rectification, rectification.c.id == paper.c.rectification_id
            )
        )
        .where(paper.c.id.in_(sorted(ids)), enterprise_scope(viewer))
        .order_by(paper.c.recorded_at, paper.c.id)
    )
    found = []
    for one, kind, number, name, order_number, state, seal in conn.execute(query):
        why = None
        if state != "submitted":
            why = "decided"
        elif is_own(conn, viewer, kind, number):
            why = "own"
        elif draft(conn, viewer, kind, number, "zh-CN", zone).seal != seal:
            why = "changed"
        found.append(PaperOutlook(one, kind, number, name, order_number, why))
    return found
