"""Visits and findings that a correction takes from one enterprise to another leave nothing behind."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa

from data import quality
from data.access import command_line
from data.schema import enterprise, enterprise_profile, problem
from data.store import reading
from data.writes.imports import BatchResult
from etl.frames import frame
from etl.load import publish

NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
DAY = date(2026, 3, 1)


def load(engine: sa.Engine, kind: str, *given: dict[str, Any]) -> BatchResult:
    made = frame(kind, list(given))
    return publish(engine, command_line(), kind, made, source="s", filename="f", sha256="x", now=NOW)


def test_figures_follow_a_visit_and_a_finding_to_another_enterprise(db: sa.Engine) -> None:
    shops = ({"source_id": code, "name": code, "category": "chain_store"} for code in ("E1", "E2"))
    visit = {"source_id": "V1", "kind": "routine", "finished_on": DAY}
    found = {"source_id": "F1", "inspection": "V1", "found_on": DAY, "severity": "major"}
    load(db, "enterprises", *shops)
    load(db, "inspections", {**visit, "enterprise": "E1"}, {**visit, "enterprise": "E2", "source_id": "V2"})
    load(db, "findings", {**found, "enterprise": "E1", "problem_state": "ordered"})
    load(db, "inspections", {**visit, "enterprise": "E2"})
    moved = {**found, "enterprise": "E2", "inspection": "V2", "problem_state": "ordered"}
    assert load(db, "findings", moved).changed == 1
    p = enterprise_profile.c
    with reading(db) as conn:
        assert [f for f in quality.check(conn, now=NOW) if f.level == "error"] == []
        told = conn.execute(
            sa.select(enterprise.c.source_id, p.visits, p.findings, p.open_problems)
            .join(enterprise, enterprise.c.id == p.enterprise_id)
            .order_by(enterprise.c.source_id)
        ).all()
        assert [tuple(row) for row in told] == [("E1", 0, 0, 0), ("E2", 2, 1, 1)]
        assert conn.execute(sa.select(problem.c.version)).scalar_one() == 2
