"""The problems that staged findings tell of, with their events."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa

from data.schema import finding, problem, problem_event
from data.writes.staged import findings as staged
from data.writes.staged import matches
from data.writes.versions import differs


def move_problems(conn: sa.Connection, source: str, origin: dict[str, Any], now: datetime) -> None:
    """Make or move the problem of each staged finding that tells its state, with one event per new state."""
    # a problem is its finding's enterprise's, also after that has been corrected
    conn.execute(
        sa.update(problem)
        .values(enterprise_id=matches.c.enterprise_id, version=problem.c.version + 1)
        .where(
            problem.c.finding_id == matches.c.finding_id,
            matches.c.changed == 1,
            matches.c.matches > 0,
            problem.c.enterprise_id != matches.c.enterprise_id,
        )
    )
    tables = (
        staged.join(matches, matches.c.row_no == staged.c.row_no)
        .join(finding, (finding.c.source == source) & (finding.c.source_id == staged.c.source_id))
        .outerjoin(problem, problem.c.finding_id == finding.c.id)
    )
    told = staged.c.problem_state.is_not(None)
    state = differs(staged.c.problem_state, problem.c.state)
    dates = sa.or_(
        differs(staged.c.due_on, problem.c.due_on),
        differs(staged.c.closed_on, problem.c.closed_on),
    )
    # the events that will be due, with the state before: told apart before the problems are moved
    before = conn.execute(
        sa.select(finding.c.id, problem.c.id, problem.c.state, staged.c.row_no)
        .select_from(tables)
        .where(told, sa.or_(problem.c.id.is_(None), state, dates))
    ).all()
    if not before:
        return
    new = {
        "finding_id": finding.c.id,
        "enterprise_id": finding.c.enterprise_id,
        "state": staged.c.problem_state,
        "round": sa.literal(1),
        "opened_on": staged.c.found_on,
        "due_on": staged.c.due_on,
        "closed_on": staged.c.closed_on,
        "version": sa.literal(1),
        **origin,
    }
    rows = (
        sa.select(*(expression.label(name) for name, expression in new.items()))
        .select_from(tables)
        .where(told, problem.c.id.is_(None))
        .order_by(staged.c.row_no)
    )
    conn.execute(sa.insert(problem).from_select(list(new), rows, include_defaults=False))
    moved = {row[0]: row[2] for row in before if row[1] is not None}
    if moved:
        conn.execute(
            sa.update(problem)
            .values(
                state=staged.c.problem_state,
                due_on=staged.c.due_on,
                closed_on=staged.c.closed_on,
                version=problem.c.version + 1,
            )
            .where(
                problem.c.finding_id == finding.c.id,
                finding.c.source == source,
                finding.c.source_id == staged.c.source_id,
                told,
                sa.or_(state, dates),
            )
        )
    _events(conn, source, origin, now, moved)


def _events(
    conn: sa.Connection, source: str, origin: dict[str, Any], now: datetime, moved: dict[int, str]
) -> None:
    tables = (
        problem.join(finding, finding.c.id == problem.c.finding_id)
        .join(staged, (finding.c.source == source) & (finding.c.source_id == staged.c.source_id))
        .outerjoin(problem_event, problem_event.c.problem_id == problem.c.id)
    )
    first = {
        "problem_id": problem.c.id,
        "at": sa.literal(now, problem_event.c.at.type),
        "to_state": problem.c.state,
        "round": problem.c.round,
        **origin,
    }
    rows = (
        sa.select(*(expression.label(name) for name, expression in first.items()))
        .select_from(tables)
        .where(problem_event.c.id.is_(None))
    )
    conn.execute(sa.insert(problem_event).from_select(list(first), rows, include_defaults=False))
    # moved problems are few (a batch tells new states of old findings): one by one
    for finding_id, from_state in moved.items():
        row = conn.execute(sa.select(problem).where(problem.c.finding_id == finding_id)).one()
        if row.state != from_state:
            fixed = {"batch_id": origin["batch_id"], "user_id": origin["user_id"]}
            conn.execute(
                sa.insert(problem_event).values(
                    {
                        "problem_id": row.id, "at": now, "from_state": from_state, "to_state": row.state,
                        "round": row.round, "recorded_at": now, **fixed,
                    }
                )
            )  # fmt: skip
