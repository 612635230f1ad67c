"""The audit log as a file: in words, row by row, so that a log of millions takes no memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import flask

from dashboard.answers import only
from dashboard.components import address, auditwords
from dashboard.components import audit as audit_address
from dashboard.export import heads, table_file
from dashboard.services import Services, View
from data.reads.audit import AuditFilter, audit_count, audit_rows, chain_head

COLUMNS = (
    "seq", "at", "actor", "role", "action", "object_kind", "object_id", "success", "detail", "hash",
)  # fmt: skip


def install(server: flask.Flask, services: Services) -> None:
    """Add ``/export/audit.csv|xlsx``."""

    @server.get("/export/audit.<kind>")
    def export_audit(kind: str) -> flask.Response:
        only(*audit_address.FILTERS)
        view, zone = services.view(), services.clock.zone
        asked = address.read(flask.request.query_string.decode(), audit_address.FILTERS)
        wanted = audit_address.filter_of(asked)
        with services.reading() as conn:
            # the row that tells of this export is not in it
            wanted = replace(wanted, up_to=chain_head(conn, view.viewer).seq)
            total = audit_count(conn, view.viewer, wanted, zone)
        rows = _lines(services, view, wanted)
        return table_file(services, view, "audit", kind, heads(view, COLUMNS), rows, total)


def _lines(services: Services, view: View, wanted: AuditFilter) -> Iterator[list[Any]]:
    with services.reading() as conn:
        for row in audit_rows(conn, view.viewer, wanted, services.clock.zone):
            cells = {**row._asdict(), "at": row.at.isoformat(), **auditwords.plain_cells(view, row)}
            yield [cells[name] for name in COLUMNS]
