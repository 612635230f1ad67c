"""How the rows of a file of leads fared: which found their enterprise, and which did not (未匹配).

A steward imports leads and does not work on them: here are the file's own numbers and codes and the names
of the register, but nothing that people wrote, no reporter, and nothing of how a lead was handled.
"""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa

from data.access import Right, Viewer
from data.reads.masks import mask_text
from data.schema import batch, enterprise, lead, lead_event


class LeadOfFile(NamedTuple):
    """One lead that a file brought; `code` is what the file named its enterprise by."""

    line: int
    number: str  # the source's own
    code: str | None
    enterprise_id: int | None
    enterprise: str | None
    basis: str | None  # ``uscc``, ``licence``: the code that linked it


class LeadsOfFile(NamedTuple):
    """How many leads a file brought, how many are matched to nobody now, and some of them, these first."""

    total: int
    unmatched: int
    rows: list[LeadOfFile]


def leads_of_file(conn: sa.Connection, viewer: Viewer, batch_id: int, limit: int = 100) -> LeadsOfFile:
    """Return how the rows of a batch of leads fared; rows alone to who brought the file.

    Raises
    ------
    Denied
        Without `Right.IMPORT`.
    """
    viewer.require(Right.IMPORT)
    own = lead.c.batch_id == batch_id
    unmatched = sa.func.count().filter(lead.c.enterprise_id.is_(None))
    total, left = conn.execute(sa.select(sa.func.count(), unmatched).select_from(lead).where(own)).one()
    brought = conn.execute(sa.select(batch.c.user_id).where(batch.c.id == batch_id)).scalar()
    if viewer.actor != "cli" and (brought is None or brought != viewer.user_id):
        return LeadsOfFile(total, left, [])
    came = sa.and_(lead_event.c.lead_id == lead.c.id, lead_event.c.from_state.is_(None))
    about = enterprise.c.id == lead.c.enterprise_id
    query = (
        sa.select(
            lead.c.row_no, lead.c.source_id, lead_event.c.details, enterprise.c.id.label("enterprise_id"),
            enterprise.c.name,
        )
        .select_from(lead.join(lead_event, came).outerjoin(enterprise, about))
        .where(own, lead_event.c.batch_id == batch_id)
        .order_by(lead.c.enterprise_id.is_not(None), lead.c.row_no)
        .limit(limit)
    )  # fmt: skip
    rows = []
    for line, number, details, enterprise_id, name in conn.execute(query):
        said = details or {}
        code = mask_text(said.get("uscc") or said.get("licence"))  # a person's number may stand there
        rows.append(LeadOfFile(line, number, code, enterprise_id, name, name and said.get("basis")))
    return LeadsOfFile(total, left, rows)
