"""What migrations make of the rows that they find."""

from __future__ import annotations

from datetime import UTC, date, datetime

import sqlalchemy as sa
from alembic import command

from data.schema import inspection
from data.store import alembic_config, reading, upgrade, writing
from tests.factories import add_enterprise

DAY = date(2026, 3, 1)


def test_corrections_become_revisions_and_each_visit_keeps_one(db: sa.Engine) -> None:
    with writing(db) as conn:
        shop = add_enterprise(conn)
        batch = conn.execute(
            sa.text(
                "INSERT INTO batch (kind, source, filename, sha256, rows, inserted, changed, unchanged,"
                " quarantined, warned, recorded_at) VALUES ('inspections', 's', 'f', 'x', 0, 0, 0, 0, 0, 0,"
                " '2026-03-02 00:00:00') RETURNING id"
            )
        ).scalar_one()
    command.downgrade(alembic_config(db), "0003")
    base = {
        "enterprise": shop,
        "day": DAY,
        "now": datetime(2026, 3, 2, tzinfo=UTC),
        "batch": None,
        "reason": None,
    }
    given = [
        {**base, "id": 1, "source": "s", "code": "V1", "before": None},
        {**base, "id": 2, "source": "gridward", "code": "c1", "before": 1, "reason": "日期录错"},
        {**base, "id": 3, "source": "s", "code": "V1#2", "before": 1, "batch": batch, "reason": "import"},
        {**base, "id": 4, "source": "gridward", "code": "c#2", "before": 2, "reason": "又错"},
        {**base, "id": 5, "source": "s", "code": "V2#2", "before": None, "batch": batch},
    ]
    insert = sa.text(
        "INSERT INTO inspection (id, source, source_id, enterprise_id, kind, finished_on, grade,"
        " supersedes_id, batch_id, reason, recorded_at) VALUES (:id, :source, :code, :enterprise,"
        " 'routine', :day, 0, :before, :batch, :reason, :now)"
    ).bindparams(sa.bindparam("day", type_=sa.Date), sa.bindparam("now", type_=inspection.c.recorded_at.type))
    with writing(db) as conn:
        conn.execute(insert, given)
    upgrade(db)
    i = inspection.c
    with reading(db) as conn:
        found = conn.execute(sa.select(i.source_id, i.revision, i.supersedes_id).order_by(i.id)).all()
    assert [tuple(row) for row in found] == [
        ("V1", 1, None), ("c1", 1, 1), ("V1", 2, 2), ("c#2", 1, 3), ("V2#2", 1, None),
    ]  # fmt: skip
