"""What a lead must hold before it is handed in and closed: a result, its number, receipt and evidence."""

from __future__ import annotations

import sqlalchemy as sa

from data.errors import Refused
from data.reads.lead_row import Row, is_evidence
from data.schema import attachment, inspection
from data.writes.leads_act import LONG, within

OUTCOMES = ("true", "partly", "false", "unverifiable")
HANDED = ("transfer_police", "hand_over")
"""Disposals by which somebody else goes on: a receiver is named, and the receipt awaited."""


def require_whole(conn: sa.Connection, row: Row) -> None:
    """Raise `Refused` for the first thing that closing asks for and that is not there."""
    result_of(row.result)
    if row.outcome is None:
        raise Refused("lead_outcome", field="outcome", got="", known=", ".join(OUTCOMES))
    if row.channel == "complaint" and not row.number_12315:
        raise Refused("lead_number_missing", field="number_12315")
    if row.disposal in HANDED and not row.receipt:
        raise Refused("lead_receipt_missing", field="receipt", receiver=row.receiver or "")
    if row.inspection_id is None or not is_evidence(conn, row, row.inspection_id):
        papers = sa.select(attachment.c.id).where(
            attachment.c.object == "lead", attachment.c.object_id == row.id
        )
        if conn.execute(papers.limit(1)).first() is None:
            raise Refused("lead_evidence", field="inspection_id")


def visit_of(conn: sa.Connection, row: Row, inspection_id: int) -> int:
    """Return a visit that can have checked a lead.

    Raises
    ------
    Refused
        ``lead_inspection``: no visit to its enterprise; ``lead_inspection_before``: one made before the lead
        was reported; ``lead_inspection_unable``: one at which nothing could be checked;
        ``lead_inspection_corrected``: one that was corrected since.
    """
    if is_evidence(conn, row, inspection_id):
        return inspection_id
    visit = sa.select(inspection.c.enterprise_id, inspection.c.finished_on, inspection.c.unable_reason).where(
        inspection.c.id == inspection_id
    )
    found = conn.execute(visit).one_or_none()
    if found is None or row.enterprise_id is None or found.enterprise_id != row.enterprise_id:
        raise Refused("lead_inspection", field="inspection_id", got=inspection_id)
    if found.unable_reason is not None:
        raise Refused("lead_inspection_unable", field="inspection_id", got=inspection_id)
    if found.finished_on >= row.received_on:
        raise Refused("lead_inspection_corrected", field="inspection_id", got=inspection_id)
    raise Refused(
        "lead_inspection_before", field="inspection_id", found=found.finished_on.isoformat(),
        received=row.received_on.isoformat(),
    )  # fmt: skip


def result_of(words: str | None) -> str:
    """Return what was found out, trimmed, or raise `Refused` (``lead_result``, ``lead_long``)."""
    said = (words or "").strip()
    if not said:
        raise Refused("lead_result", field="result")
    return within("result", said, LONG)
