"""Whether what is stored holds together. Each check names what is off; none repairs anything."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from data import audit, figures
from data.access import grid_officers_in_force
from data.clock import EVERYTHING
from data.coverage import counts, enterprise_rows
from data.plans import all_plans, period_at
from data.schema import (
    FACT_TABLES,
    batch,
    coverage_count,
    coverage_state,
    enterprise,
    finding,
    grid,
    inspection,
    licence,
    metadata,
    officer,
    problem,
    problem_event,
)
from data.schema.figures import COUNTS
from data.store import prepare_bulk
from data.writes.grids import shapes_in_force
from data.writes.versions import out_of_step


@dataclass(frozen=True)
class Finding:
    """One thing that is off; the sentence is ``quality.<code>`` of the catalogues."""

    code: str
    level: str  # error, warning
    params: dict[str, Any] = field(default_factory=dict)


Check = Callable[[sa.Connection, datetime], Iterator[Finding]]


def check(conn: sa.Connection, *, now: datetime) -> list[Finding]:
    """Run all checks; an empty list means that everything holds.

    Parameters
    ----------
    now : datetime
        Aware, in the bureau's zone.
    """
    prepare_bulk(conn)
    return [found for one in CHECKS for found in one(conn, now)]


def _figures_are_the_definition(conn: sa.Connection, now: datetime) -> Iterator[Finding]:
    """Recompute coverage for the figures' day and compare every state and every count."""
    known = figures.meta(conn)
    if known is None:
        if conn.execute(sa.select(enterprise.c.id).limit(1)).first() is not None:
            yield Finding("no_figures", "warning")
        return
    if known.as_of != now.date():
        yield Finding("figures_old", "warning", {"day": known.as_of.isoformat()})
    names = ("grid_id", "district_code", "unplaced_reason", "category", "due", "done_on", "grade")
    for plan in all_plans(conn):
        period = period_at(plan, known.as_of)
        if period is None:
            continue
        right = enterprise_rows(plan, period, known.as_of, EVERYTHING).subquery()
        stored = sa.select(coverage_state).where(coverage_state.c.plan_id == plan.id).subquery()
        wrong = conn.execute(
            sa.select(sa.func.count())
            .select_from(right)
            .outerjoin(stored, stored.c.enterprise_id == right.c.enterprise_id)
            .where(
                sa.or_(
                    stored.c.enterprise_id.is_(None),
                    *(right.c[name].is_distinct_from(stored.c[name]) for name in names),
                )
            )
        ).scalar_one()
        surplus = _rows(conn, stored) - _rows(conn, right) if not wrong else 0
        if wrong or surplus:
            yield Finding("figures_wrong", "error", {"plan": plan.code, "count": wrong or surplus})
        total = conn.execute(sa.select(*counts(right, period.deadline))).one()._mapping
        counted = (
            conn.execute(
                sa.select(
                    *(sa.func.coalesce(sa.func.sum(coverage_count.c[n]), 0).label(n) for n in COUNTS)
                ).where(coverage_count.c.plan_id == plan.id)
            )
            .one()
            ._mapping
        )
        for name in COUNTS:
            if int(total[name]) != int(counted[name]):
                told = {"expected": int(total[name]), "found": int(counted[name])}
                yield Finding("sum_wrong", "error", {"plan": plan.code, "count": name, **told})


def _sums(conn: sa.Connection, now: datetime) -> Iterator[Finding]:
    """Σ grids + unplaced = district: each place's rows stand under the district of its grid."""
    count = coverage_count.c
    astray = conn.execute(
        sa.select(sa.func.count())
        .select_from(coverage_count)
        .join(grid, grid.c.id == count.grid_id)
        .where(
            sa.or_(
                sa.and_(
                    grid.c.district_code.is_not(None),
                    grid.c.district_code.is_distinct_from(count.district_code),
                ),
                count.unplaced_reason.is_not(None),
            )
        )
    ).scalar_one()
    if astray:
        yield Finding("district_sum_wrong", "error", {"count": astray})
    nowhere = conn.execute(
        sa.select(sa.func.count())
        .select_from(coverage_count)
        .where(count.grid_id.is_(None), count.unplaced_reason.is_(None))
    ).scalar_one()
    if nowhere:
        yield Finding("unplaced_without_reason", "error", {"count": nowhere})


def _audit_chain(conn: sa.Connection, now: datetime) -> Iterator[Finding]:
    broken = audit.verify(conn)
    if broken is not None:
        yield Finding("audit_broken", "error", {"seq": broken.seq, "reason": broken.reason})


def _current_rows(conn: sa.Connection, now: datetime) -> Iterator[Finding]:
    found = out_of_step(conn, now.date())
    for group in sorted({group for _, group in found}):
        ids = [i for i, g in found if g == group]
        yield Finding("current_wrong", "error", {"group": group, "count": len(ids), "example": ids[0]})


def _placements(conn: sa.Connection, now: datetime) -> Iterator[Finding]:
    """Everybody has a grid or a reason, never both; nobody stands in a grid that is no more."""
    e = enterprise.c
    both = conn.execute(
        sa.select(sa.func.count())
        .select_from(enterprise)
        .where(sa.or_(
            e.grid_id.is_not(None) & e.unplaced_reason.is_not(None),
            e.grid_id.is_(None) & e.unplaced_reason.is_(None),
        ))
    ).scalar_one()  # fmt: skip
    if both:
        yield Finding("placement_unclear", "error", {"count": both})
    retired = conn.execute(
        sa.select(sa.func.count())
        .select_from(enterprise)
        .join(grid, grid.c.id == e.grid_id)
        .where(~grid.c.active)
    ).scalar_one()
    if retired:
        yield Finding("placed_in_retired", "error", {"count": retired})


def _officers(conn: sa.Connection, now: datetime) -> Iterator[Finding]:
    """At most one A-officer a grid; none is a warning, an error once officers are imported."""
    in_force = grid_officers_in_force(now.date(), now).subquery()
    bound = sa.select(in_force.c.grid_id).where(in_force.c.duty == "A", in_force.c.officer_id.is_not(None))
    bare = list(
        conn.execute(
            sa.select(grid.c.code).where(grid.c.active, grid.c.id.not_in(bound)).order_by(grid.c.code)
        ).scalars()
    )
    if bare:
        imported = conn.execute(sa.select(officer.c.id).limit(1)).first() is not None
        yield Finding(
            "grid_without_officer", "error" if imported else "warning",
            {"count": len(bare), "codes": ", ".join(bare[:5])},
        )  # fmt: skip
    many = conn.execute(
        sa.select(sa.func.count()).select_from(
            sa.select(in_force.c.grid_id)
            .where(in_force.c.duty == "A")
            .group_by(in_force.c.grid_id)
            .having(sa.func.count() > 1)
            .subquery()
        )
    ).scalar_one()
    if many:
        yield Finding("grid_with_many_officers", "error", {"count": many})


def _shapes(conn: sa.Connection, now: datetime) -> Iterator[Finding]:
    shaped = {row.code for row in conn.execute(shapes_in_force(now.date(), now))}
    active = set(conn.execute(sa.select(grid.c.code).where(grid.c.active)).scalars())
    for code, codes in (("grid_without_shape", active - shaped), ("shape_of_retired", shaped - active)):
        if codes:
            yield Finding(code, "error", {"count": len(codes), "codes": ", ".join(sorted(codes)[:5])})


def _orphans(conn: sa.Connection, now: datetime) -> Iterator[Finding]:
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


def _work(conn: sa.Connection, now: datetime) -> Iterator[Finding]:
    """Problems have events that end in their state; findings belong to visits of their enterprise."""
    last = (
        sa.select(problem_event.c.to_state)
        .where(problem_event.c.problem_id == problem.c.id)
        .order_by(problem_event.c.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    count = conn.execute(
        sa.select(sa.func.count()).select_from(problem).where(last.is_distinct_from(problem.c.state))
    ).scalar_one()
    if count:
        yield Finding("problem_without_event", "error", {"count": count})
    astray = conn.execute(
        sa.select(sa.func.count())
        .select_from(finding.join(inspection, inspection.c.id == finding.c.inspection_id))
        .where(inspection.c.enterprise_id != finding.c.enterprise_id)
    ).scalar_one()
    if astray:
        yield Finding("finding_astray", "error", {"count": astray})


def _storage(conn: sa.Connection, now: datetime) -> Iterator[Finding]:
    """What SQLite itself says of its file."""
    if conn.dialect.name != "sqlite":
        return
    answer = conn.exec_driver_sql("PRAGMA integrity_check").scalar_one()
    if answer != "ok":
        yield Finding("storage_damaged", "error", {"detail": str(answer)})
    broken = conn.exec_driver_sql("PRAGMA foreign_key_check").all()
    if broken:
        yield Finding("foreign_keys_broken", "error", {"count": len(broken), "table": str(broken[0][0])})


def _rows(conn: sa.Connection, table: sa.FromClause) -> int:
    return int(conn.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


CHECKS: tuple[Check, ...] = (
    _sums,
    _figures_are_the_definition,
    _current_rows,
    _placements,
    _shapes,
    _officers,
    _work,
    _orphans,
    _audit_chain,
    _storage,
)
"""In the order in which they run."""
