"""What tests of leads share: a small city with its people, and the way of a lead up to a state."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from data.access import Role, Viewer
from data.schema import lead
from data.store import writing
from data.writes.leads import register
from data.writes.leads_given import NewLead
from data.writes.leads_steps import acknowledge, assign, conclude, dispose, investigate, submit
from tests.factories import NOW, TODAY, MadeCity, add_inspection, make_city, viewer


@dataclass
class People:
    """A city and who works in it."""

    made: MadeCity
    officer: Viewer
    other: Viewer
    supervisor: Viewer
    leader: Viewer


def people(db: sa.Engine) -> People:
    """Make a city with two officers, a supervisor of the first district, and a leader."""
    with writing(db) as conn:
        made = make_city(conn, visited=0)
    first, second = made.grids[:2]
    return People(
        made,
        viewer(Role.OFFICER, grids=(first,), officer_id=made.officers[0]),
        viewer(Role.OFFICER, grids=(second,), officer_id=made.officers[1]),
        viewer(Role.SUPERVISOR, grids=(first, second), districts=(made.districts[0],)),
        viewer(Role.LEADER),
    )


def row(conn: sa.Connection, lead_id: int) -> Any:
    """Read a lead's row."""
    return conn.execute(sa.select(lead).where(lead.c.id == lead_id)).one()


def report(p: People, **more: Any) -> NewLead:
    """Return a report about the first enterprise."""
    told: dict[str, Any] = {
        "channel": "complaint", "title": "反映药店处方药无处方销售", "received_on": TODAY,
        "enterprise_id": p.made.by_grid[p.made.grids[0]][0], "number_12315": None,
    }  # fmt: skip
    return NewLead(**{**told, **more})


def brought_to(conn: sa.Connection, p: People, state: str, **more: Any) -> int:
    """Register a lead and take it step by step to `state`."""
    more = {
        "number_12315": f"12315{conn.execute(sa.select(sa.func.count()).select_from(lead)).scalar():06d}"
    } | more
    wanted = report(p, **more)
    n = register(conn, p.supervisor, wanted, client_id=f"c{wanted.number_12315}", now=NOW)
    steps = {
        "assigned": lambda v: assign(conn, p.supervisor, n, p.officer.officer_id, version=v, now=NOW),
        "acknowledged": lambda v: acknowledge(conn, p.officer, n, version=v, now=NOW),
        "investigating": lambda v: investigate(conn, p.officer, n, version=v, now=NOW),
        "investigated": lambda v: conclude(
            conn, p.officer, n, outcome="true", result="现场核实属实", version=v, now=NOW,
            inspection_id=add_inspection(conn, wanted.enterprise_id, TODAY, officer_id=p.officer.officer_id),
        ),
        "disposed": lambda v: dispose(conn, p.officer, n, disposal="correction_order", version=v, now=NOW),
        "reviewing": lambda v: submit(conn, p.officer, n, version=v, now=NOW),
    }  # fmt: skip
    version = 1
    for name, step in steps.items():
        if row(conn, n).state == state:
            break
        version = step(version)
        assert row(conn, n).state == name
    return n
