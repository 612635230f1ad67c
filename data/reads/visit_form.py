"""What the form of a visit opens with: the enterprise, its open problems and leads, who may come along."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from data.access import Right, Viewer
from data.caps import CapState, cap_states
from data.checklists import proposed
from data.errors import Denied
from data.reads.enterprise import current_facts
from data.reads.labels import METHODS, kind_names
from data.reads.masks import mask_text
from data.schema import category, finding, inspection, lead, officer, org, problem
from data.workflow import LEAD_CLOSED, PROBLEM_OPEN


@dataclass(frozen=True)
class VisitForm:
    """Everything the form shows; JSON values but for days and codes, whose words the screen looks up."""

    enterprise: dict[str, Any]  # id, name, uscc, address, grid, district, lon, lat
    me: dict[str, Any]  # id, name, badge
    officers: list[dict[str, Any]]  # the others: id, name, badge, org, near (of the same organisation)
    second: int | None  # whom the last visit was made with
    cap: CapState
    problems: list[dict[str, Any]]  # open: id, text, severity, state, due_on, mine (to be rechecked by me)
    leads: list[dict[str, Any]]  # open: id, title, due_on
    lists: dict[str, dict[str, list[str]]]  # method → kind → checklists that fit, the best first


def visit_form(
    conn: sa.Connection, viewer: Viewer, enterprise_id: int, today: date, officer_id: int | None = None
) -> VisitForm:
    """Read what a visit to an enterprise starts from.

    Parameters
    ----------
    officer_id : int, optional
        The first officer of a visit that is corrected, by whomever; else the viewer.

    Raises
    ------
    Denied
        Without `Right.RECORD`, outside the scope, or an account that stands for no officer.
    NotFound
        ``enterprise_unknown``.
    """
    viewer.require(Right.RECORD)
    facts = current_facts(conn, viewer, enterprise_id)
    if viewer.officer_id is None:
        raise Denied("denied_right", right=str(Right.RECORD), role=str(viewer.role))
    first = officer_id or viewer.officer_id
    own = conn.execute(sa.select(officer).where(officer.c.id == first)).one()
    categories = _above(conn, facts["category"])
    return VisitForm(
        enterprise={
            "id": enterprise_id, "name": facts["name"], "uscc": facts["uscc"], "address": facts["address"],
            "grid": facts["grid_name"], "district": facts["district"], "lon": facts["lon"],
            "lat": facts["lat"],
        },
        me={"id": own.id, "name": own.name, "badge": own.badge},
        officers=_others(conn, own.id, own.org_id),
        second=_last_second(conn, own.id),
        cap=cap_states(conn, [enterprise_id], today)[enterprise_id],
        problems=_problems(conn, enterprise_id, own.id),
        leads=_leads(conn, enterprise_id),
        lists={
            method: {
                kind: proposed(categories, facts["scopes"] or (), kind, method)
                for kind in kind_names("en")
            }
            for method in METHODS
        },
    )  # fmt: skip


def _others(conn: sa.Connection, officer_id: int, org_id: int | None) -> list[dict[str, Any]]:
    near = sa.case((officer.c.org_id == org_id, 1), else_=0).label("near")
    query = (
        sa.select(officer.c.id, officer.c.name, officer.c.badge, org.c.name.label("org"), near)
        .outerjoin(org, org.c.id == officer.c.org_id)
        .where(officer.c.active, officer.c.id != officer_id)
        .order_by(near.desc(), officer.c.name, officer.c.id)
    )
    return [{**row, "near": bool(row["near"])} for row in conn.execute(query).mappings()]


def _last_second(conn: sa.Connection, officer_id: int) -> int | None:
    query = (
        sa.select(inspection.c.officer2_id)
        .join(officer, officer.c.id == inspection.c.officer2_id)
        .where(inspection.c.officer_id == officer_id, officer.c.active)
        .order_by(inspection.c.id.desc())
        .limit(1)
    )
    return conn.execute(query).scalar()


def _problems(conn: sa.Connection, enterprise_id: int, officer_id: int) -> list[dict[str, Any]]:
    p = problem.c
    query = (
        sa.select(p.id, finding.c.text, finding.c.severity, finding.c.clause, p.state, p.round, p.due_on,
                  p.recheck_officer_id)
        .join(finding, finding.c.id == p.finding_id)
        .where(p.enterprise_id == enterprise_id, p.state.in_(PROBLEM_OPEN))
        .order_by(p.due_on, p.id)
    )  # fmt: skip
    return [
        {
            "id": row.id, "text": mask_text(row.text), "severity": row.severity, "clause": row.clause,
            "state": row.state, "round": row.round, "due_on": row.due_on,
            "mine": row.state == "awaiting_recheck" and row.recheck_officer_id == officer_id,
        }
        for row in conn.execute(query)
    ]  # fmt: skip


def _leads(conn: sa.Connection, enterprise_id: int) -> list[dict[str, Any]]:
    query = (
        sa.select(lead.c.id, lead.c.title, lead.c.due_on)
        .where(lead.c.enterprise_id == enterprise_id, lead.c.state.not_in(LEAD_CLOSED))
        .order_by(lead.c.due_on, lead.c.id)
    )
    return [{"id": r.id, "title": mask_text(r.title), "due_on": r.due_on} for r in conn.execute(query)]


def _above(conn: sa.Connection, code: str | None) -> list[str]:
    parents = dict(conn.execute(sa.select(category.c.code, category.c.parent)).all())
    found: list[str] = []
    while code is not None and code not in found:
        found.append(code)
        code = parents.get(code)
    return found
