"""What people do beside the verbs on one thing: officers lent, many things given away, days that pass."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from data import figures
from data.schema import enterprise, inspection, message, problem, rectification
from data.writes.day import begin_day
from data.writes.inspections import supersede
from data.writes.loans import NewLoan, end, lend
from data.writes.problems_many import assign_rechecks, order_many, reassign_many
from data.writes.reminders import daily
from data.writes.visit import Finding, Visit
from tests.data.loops.holds import profiles_agree
from tests.data.loops.law import PROBLEM
from tests.data.loops.problems import is_theirs, moved
from tests.data.loops.town import Loan, Town
from tests.factories import add_fact


def lends(town: Town, name: str, to: str, enterprise_id: int, *, cross: bool, days: int = 7) -> str | None:
    """Let somebody lend an officer to a grid, or to one enterprise of it."""
    where = {"enterprise_id": enterprise_id} if cross else {"grid_id": town.grid_of[enterprise_id]}
    last = town.today + timedelta(days=days)
    new = NewLoan(town.officers[to], town.today, last, "支援", **where)
    expected = None if town.may(name, "assign") else "denied_right"
    if expected is None and not town.sees_enterprise(name, enterprise_id):
        expected = "denied_scope"
    here, made = town.viewer(name), []
    code = town.attempt(lambda: made.append(lend(town.conn, here, new, now=town.now)))
    assert code == expected, f"{name} lends {to}: {code}, the law says {expected}"
    if code is None:
        places = (where.get("grid_id"), where.get("enterprise_id"))
        town.known.loans.append(Loan(made[0], to, *places, first=town.today, last=last))
    return code


def takes_back(town: Town, name: str, loan: Loan) -> None:
    """Let somebody take a loan back that has not ended."""
    where = loan.enterprise or next(e for e, g in town.grid_of.items() if g == loan.grid)
    expected = None if town.may(name, "assign") else "denied_right"
    if expected is None and not town.sees_enterprise(name, where):
        expected = "denied_scope"
    here = town.viewer(name)
    code = town.attempt(lambda: end(town.conn, here, loan.id, now=town.now))
    assert code == expected, f"{name} ends a loan: {code}, the law says {expected}"
    if code is None:
        loan.ended = town.today


def gives_many(town: Town, verb: str, name: str, rows: list[Any], officer_id: int) -> None:
    """Let somebody give many problems, or their rechecks, to one officer: all of them or none."""
    new = [row for row in rows if verb == "assign_recheck" or row.officer_id != officer_id]
    versions = {row.id: row.version for row in rows}
    here, day = town.viewer(name), town.today + timedelta(days=3)
    ready = all(row.state in PROBLEM[verb].sources for row in rows)
    allowed = town.may(name, "assign") and all(town.sees_enterprise(name, row.enterprise_id) for row in rows)

    def act() -> None:
        if verb == "reassign":
            reassign_many(town.conn, here, versions, officer_id=officer_id, now=town.now)
        else:
            assign_rechecks(town.conn, here, versions, officer_id=officer_id, day=day, now=town.now)

    def after(before: Any, now: Any) -> None:
        for row in new:
            moved(town, verb, name, row)
        profiles_agree(town.conn)

    if new:
        code = town.attempt(act, after, logged=len(new))
        assert (code is None) == (allowed and ready), f"{name} gives many away: {code}"
        assert allowed or code.startswith("denied_")


def orders_many(town: Town, name: str, rows: list[Any], n: int) -> str | None:
    """Let somebody order many problems: all or none, one notice an enterprise, each hand told once of it."""
    versions = {row.id: row.version - (n % 7 == 3) for row in rows}
    here, day = town.viewer(name), town.today + timedelta(days=1 + n % 9) if n % 2 else None
    ready = all(row.state in PROBLEM["order"].sources for row in rows) and n % 7 != 3
    allowed = town.may(name, "handle") and all(
        town.sees_enterprise(name, row.enterprise_id) and is_theirs(town, name, row) for row in rows
    )
    made: list[int] = []

    def after(before: Any, now: Any) -> None:
        for row in rows:
            moved(town, "order", name, row)
        profiles_agree(town.conn)
        together: dict[int, list[Any]] = {}
        for row in sorted(rows, key=lambda one: one.id):
            together.setdefault(row.enterprise_id, []).append(row)
        assert made == [len(together)]
        for own in together.values():
            of = {row.id: _round(town, row.id, row.round) for row in own}
            head = of[own[0].id]
            assert head.notice_of is None and {one.due_on for one in of.values()} == {head.due_on}
            assert {of[row.id].notice_of for row in own[1:]} <= {head.id}
            told = town.conn.execute(
                sa.select(message.c.to_user_id).where(
                    message.c.object == "problem",
                    message.c.object_id.in_(of),
                    message.c.ended_at.is_(None),
                    message.c.kind == "assigned",
                    message.c.cause == f"notice:{head.id}",
                )
            ).scalars()
            hands = {row.officer_id or _answering(town, row) for row in own}
            theirs = {who for hand in hands for who in town.named(hand) if town.known.roles[who] == "officer"}
            expected = sorted(town.accounts[who] for who in theirs - {name}) if len(own) > 1 else []
            assert sorted(told) == expected, "each hand is told once"

    def act() -> None:
        made.append(order_many(town.conn, here, versions, kind="term", due_on=day, now=town.now))

    code = town.attempt(act, after, logged=len(rows))
    assert (code is None) == (allowed and ready), f"{name} orders many: {code}"
    assert town.may(name, "handle") or code == "denied_right"
    return code


def _answering(town: Town, row: Any) -> int:
    return town.city.officers[town.city.grids.index(town.grid_of[row.enterprise_id])]


def _round(town: Town, problem_id: int, nth: int) -> Any:
    return town.last(rectification, rectification.c.problem_id == problem_id, rectification.c.round == nth)


def corrects(town: Town, name: str, visit_id: int, n: int) -> str | None:
    """Let somebody correct a visit: no longer one, with a further finding, or on the day before."""
    old = town.row(inspection, visit_id)
    taken = town.last(inspection, inspection.c.supersedes_id == visit_id) is not None
    expected = None if town.may(name, "record") else "denied_right"
    # at an enterprise that a task alone has opened, one's own visits and no others
    there = town.named(old.officer_id) | town.named(old.officer2_id)
    own = old.enterprise_id if town.accounts.get(name, 0) == old.user_id or name in there else None
    grid = town.grid_of[old.enterprise_id]
    if expected is None and not town.sees(name, grid, town.district(grid), own):
        expected = "denied_scope"
    town.known.sent += 1
    sent, found, gone = f"correction-{town.known.sent}", n % 3 == 0, n % 5 == 1
    if expected is None and gone and found:
        expected = "visit_unable_findings"
    if expected is None and gone and decided(town, visit_id):
        expected = "recheck_stands"
    if expected is None and taken:
        expected = "inspection_superseded"
    visit = Visit(
        kind="routine" if n % 4 else "recheck", finished_at=town.now - timedelta(days=n % 2),
        conclusion=None if gone else "rectify" if found else "pass",
        unable_reason="refused" if gone else None,
        findings=(Finding("minor", "又一处不符合"),) if found else (),
    )  # fmt: skip
    here = town.viewer(name)

    def after(before: Any, now: Any) -> None:
        assert now.visits == before.visits + 1 and now.events == before.events + found
        profiles_agree(town.conn)
        if found:
            hands = {name} | town.named(old.officer_id)
            town.known.problem_hands[town.last(problem).id] |= hands

    code = town.attempt(
        lambda: supersede(
            town.conn, here, visit_id, visit, reason="误填", client_id=sent, now=town.now
        ), after,
    )  # fmt: skip
    assert code == expected, f"{name} corrects a visit: {code}, the law says {expected}"
    return code


def decided(town: Town, visit_id: int) -> bool:
    """Whether a visit, or one that it corrects, has said what came of a recheck."""
    at: int | None = visit_id
    while at is not None:
        if town.last(rectification, rectification.c.inspection_id == at) is not None:
            return True
        at = town.row(inspection, at).supersedes_id
    return False


def closes_down(town: Town, enterprise_id: int) -> None:
    """Let the master data say that an enterprise has closed."""
    conn = town.conn
    add_fact(conn, "status", enterprise_id, valid_from=town.today, recorded_at=town.now, status="closed")
    conn.execute(sa.update(enterprise).where(enterprise.c.id == enterprise_id).values(status="closed"))
    figures.refresh(conn, [enterprise_id], now=town.now)
    town.known.closed_down.add(enterprise_id)


def days_pass(town: Town, days: int) -> None:
    """Let the change of day come, with what it tells; told twice it tells nothing new."""
    town.known.now += timedelta(days=days)
    begin_day(town.conn, town.today, now=town.now)
    daily(town.conn, town.today, now=town.now)
    told = town.ledger()
    daily(town.conn, town.today, now=town.now)
    assert town.ledger() == told
