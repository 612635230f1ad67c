"""Versions of facts: the current rows that follow them, and rows that belong to nothing."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import sqlalchemy as sa

from data.quality.found import Finding
from data.schema import FACT_TABLES, batch, enterprise, licence, metadata
from data.writes.versions import out_of_step


def current_rows(conn: sa.Connection, now: datetime) -> Iterator[Finding]:
    """The current row of each enterprise is what its versions in force say."""
    found = out_of_step(conn, now.date())
    for group in sorted({group for _, group in found}):
        ids = [i for i, g in found if g == group]
        yield Finding("current_wrong", "error", {"group": group, "count": len(ids), "example": ids[0]})


def orphans(conn: sa.Connection, now: datetime) -> Iterator[Finding]:
    """Versions without enterprise and rows without batch: what has no foreign key for speed's sake."""
    for name, fact in {**FACT_TABLES, "licence": licence}.items():
        count = conn.execute(
            sa.select(sa.func.count())
            .select_from(fact.outerjoin(enterprise, enterprise.c.id == fact.c.enterprise_id))
            .where(enterprise.c.id.is_(None))
        ).scalar_one()
        if count:
            yield Finding("orphan_versions", "error", {"group": name, "count": count})
        codes = [c for c in ("category", "district_code", "status", "grid_id") if c in fact.c]
        for column in codes:
            key = next(iter(enterprise.c[column].foreign_keys)).column
            count = conn.execute(
                sa.select(sa.func.count())
                .select_from(fact.outerjoin(key.table, key == fact.c[column]))
                .where(fact.c[column].is_not(None), key.is_(None))
            ).scalar_one()
            if count:
                yield Finding("orphan_codes", "error", {"group": name, "column": column, "count": count})
    for table in metadata.sorted_tables:
        if "batch_id" not in table.c or table.name == "import_issue":
            continue
        count = conn.execute(
            sa.select(sa.func.count())
            .select_from(table.outerjoin(batch, batch.c.id == table.c.batch_id))
            .where(table.c.batch_id.is_not(None), batch.c.id.is_(None))
        ).scalar_one()
        if count:
            yield Finding("orphan_batches", "error", {"table": table.name, "count": count})
