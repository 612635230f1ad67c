"""The enterprise profile: the one row of summary that lists and files open with (一企一档)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from data.in_force import Enterprises
from data.schema import enterprise, finding, inspection, lead, licence, problem
from data.standing import standing
from data.workflow import LEAD_CLOSED, PROBLEM_CLOSED


def profile_rows(enterprise_ids: Enterprises = None) -> sa.Select[Any]:
    """Select the profiles of all enterprises, or of some, in the columns of ``enterprise_profile``.

    Corrected visits count once, by their last correction; a visit that could not take place is a
    visit of its own (it shows in the file) but has no conclusion.
    """

    def mine(column: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
        return sa.true() if enterprise_ids is None else column.in_(enterprise_ids)

    own = inspection.c.enterprise_id
    newest = sa.func.row_number().over(
        partition_by=own, order_by=(inspection.c.finished_on.desc(), inspection.c.id.desc())
    )
    visits = (
        sa.select(
            own,
            inspection.c.finished_on,
            inspection.c.conclusion,
            newest.label("rank"),
            sa.func.count().over(partition_by=own).label("visits"),
        )
        .where(mine(own), standing())
        .subquery()
    )
    last = sa.select(visits).where(visits.c.rank == 1).subquery()
    findings = _grouped(finding, mine, sa.func.count().label("n"))
    problems = _grouped(
        problem,
        mine,
        sa.func.count().label("n"),
        sa.func.min(problem.c.due_on).label("due"),
        where=problem.c.state.not_in(PROBLEM_CLOSED),
    )
    leads = _grouped(
        lead,
        mine,
        sa.func.count().label("n"),
        sa.func.min(lead.c.due_on).label("due"),
        where=lead.c.state.not_in(LEAD_CLOSED),
    )
    licences = _grouped(licence, mine, sa.func.min(licence.c.valid_to).label("to"))

    def number(column: sa.ColumnElement[Any], name: str) -> sa.ColumnElement[Any]:
        return sa.func.coalesce(column, 0).label(name)

    source: sa.FromClause = enterprise
    for part in (last, findings, problems, leads, licences):
        source = source.outerjoin(part, part.c.enterprise_id == enterprise.c.id)
    return (
        sa.select(
            enterprise.c.id.label("enterprise_id"),
            number(last.c.visits, "visits"),
            last.c.finished_on.label("last_visit_on"),
            last.c.conclusion.label("last_conclusion"),
            number(findings.c.n, "findings"),
            number(problems.c.n, "open_problems"),
            problems.c.due.label("next_problem_due"),
            number(leads.c.n, "open_leads"),
            leads.c.due.label("next_lead_due"),
            licences.c.to.label("licence_to"),
        )
        .select_from(source)
        .where(mine(enterprise.c.id))
    )


def _grouped(
    table: sa.Table, mine: Any, *columns: sa.ColumnElement[Any], where: sa.ColumnElement[bool] | None = None
) -> sa.Subquery:
    query = sa.select(table.c.enterprise_id, *columns).where(
        table.c.enterprise_id.is_not(None), mine(table.c.enterprise_id)
    )
    if where is not None:
        query = query.where(where)
    return query.group_by(table.c.enterprise_id).subquery()
