"""Staged findings → findings, joined to their visits; with a state of their problem, problems and events."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from data.access import Right, Viewer
from data.schema import enterprise, finding, inspection, problem
from data.writes.compare_inspections import Sources
from data.writes.import_problems import move_problems
from data.writes.imports import BatchInfo, Touched, open_batch
from data.writes.staged import findings as staged
from data.writes.staged import matches
from data.writes.versions import ANALYSE_FROM, analyse, differs
from data.writes.visit_days import visits_by_day

PLAIN = ("found_on", "item_code", "severity", "text")
RESOLVED = ("enterprise_id", "inspection_id", "matches", "by_day")
PROBLEM = {"problem_state": "state", "due_on": "due_on", "closed_on": "closed_on"}
"""Columns that a staged finding gives of its problem."""


@dataclass
class FindingDiff:
    """What a batch of findings would do; the lists hold ``(row_no, value)``."""

    inserted: int = 0
    changed: int = 0
    unchanged: int = 0
    fields: dict[str, int] = field(default_factory=dict)
    orphans: list[tuple[int, str]] = field(default_factory=list)
    unmatched: list[tuple[int, str]] = field(default_factory=list)
    ambiguous: list[tuple[int, int]] = field(default_factory=list)


def compare(conn: sa.Connection, source: str, sources: Sources, absent: Collection[str] = ()) -> FindingDiff:
    """Fill the staged matches: to which visit each finding belongs, and whether it is new or differs.

    A finding names its visit, or belongs to the visits to the enterprise on its day: one of them is
    the visit; of several none can be told (ambiguous); without any it is not taken. Columns that the
    file does not have at all (`absent`) stay as they are stored: unknown is not empty.
    """
    _keep_absent(conn, source, absent)
    _match(conn, source, sources, named="inspection" not in absent)
    value: dict[str, sa.ColumnElement[Any]] = {name: staged.c[name] for name in PLAIN}
    value |= {name: matches.c[name] for name in RESOLVED}
    states = {name: differs(staged.c[name], problem.c[ours]) for name, ours in PROBLEM.items()}
    different = {name: differs(value[name], finding.c[name]) for name in value}
    different |= {name: staged.c.problem_state.is_not(None) & d for name, d in states.items()}
    tables = (
        matches.join(staged, staged.c.row_no == matches.c.row_no)
        .join(finding, finding.c.id == matches.c.finding_id)
        .outerjoin(problem, problem.c.finding_id == finding.c.id)
    )
    changed = sa.select(matches.c.row_no).select_from(tables).where(sa.or_(*different.values()))
    conn.execute(sa.update(matches).where(matches.c.row_no.in_(changed)).values(changed=1))
    found = FindingDiff(
        orphans=_rows(conn, staged.c.enterprise, matches.c.enterprise_id.is_(None)),
        unmatched=_rows(
            conn, staged.c.enterprise, matches.c.enterprise_id.is_not(None), matches.c.matches == 0
        ),
        ambiguous=_rows(conn, matches.c.matches, matches.c.matches > 1),
    )
    taken = matches.c.matches > 0
    found.inserted = _count(conn, taken, matches.c.finding_id.is_(None))
    found.changed = _count(conn, taken, matches.c.changed == 1)
    found.unchanged = _count(conn, taken) - found.inserted - found.changed
    if found.changed:
        sums = [sa.func.sum(sa.case((d, 1), else_=0)) for d in different.values()]
        counted = conn.execute(sa.select(*sums).select_from(tables).where(taken)).one()
        found.fields = {name: int(n) for name, n in zip(different, counted, strict=True) if n}
    return found


def _keep_absent(conn: sa.Connection, source: str, absent: Collection[str]) -> None:
    """Fill columns that the file does not have with what is stored of the finding and its problem."""
    own = {name: finding.c[name] for name in PLAIN if name in absent}
    theirs = {name: problem.c[ours] for name, ours in PROBLEM.items() if name in absent}
    same = (finding.c.source == source) & (finding.c.source_id == staged.c.source_id)
    if own:
        conn.execute(sa.update(staged).values(own).where(same))
    if theirs:
        conn.execute(sa.update(staged).values(theirs).where(same, problem.c.finding_id == finding.c.id))


def _match(conn: sa.Connection, source: str, sources: Sources, *, named: bool) -> None:
    day = visits_by_day()
    by_code, stored, held = inspection.alias("by_code"), finding.alias("stored"), inspection.alias("held")
    tables = (
        sa.outerjoin(
            staged,
            enterprise,
            (enterprise.c.source == sources.enterprises) & (enterprise.c.source_id == staged.c.enterprise),
        )
        .outerjoin(
            by_code,
            (by_code.c.source == sources.inspections)
            & (by_code.c.source_id == staged.c.inspection)
            & (by_code.c.revision == 1)
            & (by_code.c.enterprise_id == enterprise.c.id),
        )
        .outerjoin(
            day,
            (day.c.enterprise_id == enterprise.c.id) & (day.c.finished_on == staged.c.found_on),
        )
        .outerjoin(stored, (stored.c.source == source) & (stored.c.source_id == staged.c.source_id))
        .outerjoin(held, held.c.id == stored.c.inspection_id)
    )
    by_name = staged.c.inspection.is_not(None)
    visits = sa.func.coalesce(day.c.visits, 0)
    # a file that names no visits leaves a finding with its visit: one that was named, and one of its day
    # that has no other now
    alone = sa.case((stored.c.by_day, visits == 0), else_=visits != 1)
    keeps = sa.literal(not named) & (held.c.enterprise_id == enterprise.c.id) & sa.or_(
        held.c.finished_on != stored.c.found_on, (staged.c.found_on == stored.c.found_on) & alone
    )  # fmt: skip
    count = sa.case((by_name, sa.case((by_code.c.id.is_not(None), 1), else_=0)), (keeps, 1), else_=visits)
    visit = sa.case((by_name, by_code.c.id), (keeps, held.c.id), (visits == 1, day.c.first), else_=None)
    same = (stored.c.enterprise_id == enterprise.c.id) & (stored.c.found_on == staged.c.found_on)
    stays = sa.or_(keeps, sa.literal(not named) & same & stored.c.by_day.is_(False))
    by_day = sa.case((by_name, sa.false()), (stays, stored.c.by_day), else_=sa.true())
    conn.execute(
        sa.insert(matches).from_select(
            ["row_no", "enterprise_id", "inspection_id", "matches", "by_day", "finding_id", "former_id"],
            sa.select(
                staged.c.row_no, enterprise.c.id, visit, count, by_day, stored.c.id, stored.c.enterprise_id
            ).select_from(tables),
        )
    )


def _rows(
    conn: sa.Connection, value: sa.ColumnElement[Any], *where: sa.ColumnElement[bool]
) -> list[tuple[int, Any]]:
    tables = staged.join(matches, matches.c.row_no == staged.c.row_no)
    query = sa.select(staged.c.row_no, value).select_from(tables).where(*where).order_by(staged.c.row_no)
    return [(row[0], row[1]) for row in conn.execute(query)]


def _count(conn: sa.Connection, *where: sa.ColumnElement[bool]) -> int:
    return int(conn.execute(sa.select(sa.func.count()).select_from(matches).where(*where)).scalar_one())


def publish(
    conn: sa.Connection, viewer: Viewer, info: BatchInfo, diff: FindingDiff, *, now: datetime
) -> tuple[int, Touched]:
    """Write the matched findings that are new or differ, their problems, and one event per new state."""
    viewer.require(Right.IMPORT)
    batch_id = open_batch(conn, viewer, info, now=now)
    origin = {
        "batch_id": sa.literal(batch_id),
        "row_no": staged.c.row_no,
        "user_id": sa.literal(viewer.user_id, finding.c.user_id.type),
        "recorded_at": sa.literal(now, finding.c.recorded_at.type),
    }
    value = {n: staged.c[n] for n in PLAIN} | {n: matches.c[n] for n in RESOLVED} | origin
    both = matches.join(staged, staged.c.row_no == matches.c.row_no)
    if diff.changed:
        conn.execute(
            sa.update(finding)
            .values(value)
            .where(
                finding.c.id == matches.c.finding_id,
                matches.c.row_no == staged.c.row_no,
                matches.c.changed == 1,
                matches.c.matches > 0,
            )
        )
    wanted = {"source": sa.literal(info.source), "source_id": staged.c.source_id, **value}
    rows = (
        sa.select(*(expression.label(name) for name, expression in wanted.items()))
        .select_from(both)
        .where(matches.c.finding_id.is_(None), matches.c.matches > 0)
        .order_by(staged.c.row_no)
    )
    conn.execute(sa.insert(finding).from_select(list(wanted), rows, include_defaults=False))
    move_problems(conn, info.source, origin, now)
    if diff.inserted + diff.changed >= ANALYSE_FROM:
        analyse(conn, finding, problem)
    written = (matches.c.matches > 0) & sa.or_(matches.c.finding_id.is_(None), matches.c.changed == 1)
    both_ids = sa.union(
        sa.select(matches.c.enterprise_id).where(written),
        sa.select(matches.c.former_id).where(written, matches.c.former_id.is_not(None)),
    ).subquery()
    touched = sa.select(both_ids.c.enterprise_id)
    count = conn.execute(sa.select(sa.func.count()).select_from(touched.subquery())).scalar_one()
    taken = sa.select(staged.c.source_id).select_from(both).where(matches.c.matches > 0)
    return batch_id, Touched(
        diff.inserted, diff.changed, diff.unchanged, enterprises=touched, count=count, taken=taken
    )
