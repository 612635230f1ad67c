"""What people do to problems, and what the law says of it before it is tried."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from data.reads.problems import problem_file
from data.schema import (
    audit,
    coverage_state,
    finding,
    inspection,
    lead,
    problem,
    problem_event,
)
from data.writes import problems as on_the_way
from data.writes import problems_aside as aside
from data.writes.inspections import record
from data.writes.notice_amend import amend_order
from data.writes.rechecks import Recheck
from data.writes.visit import Finding, Visit
from tests.data.loops.holds import profiles_agree
from tests.data.loops.law import (
    LEAD_OPEN,
    PROBLEM,
    PROBLEM_NEXT,
    PROBLEM_OPEN,
    PROBLEM_STATES,
    PROBLEM_WORK,
)
from tests.data.loops.notices import amended, is_theirs, notice_of, ordered_in
from tests.data.loops.town import OFFICERS, Town

TABLE, LAW, STATES, NEXT = problem, PROBLEM, PROBLEM_STATES, PROBLEM_NEXT
ACTS = {"amend_order": amend_order}
IN_TIME = ("order", "reply", "fix_on_spot", "pass_recheck", "fail_recheck")
BY_VISIT = {"pass_recheck": True, "fail_recheck": False}


def read(town: Town, key: int) -> Any:
    return town.row(problem, key)


def sees(town: Town, name: str, row: Any) -> bool:
    return town.sees_enterprise(name, row.enterprise_id)


def picture_of(town: Town, name: str, n: int) -> list[str]:
    """Return what an act brings along: mostly nothing, an own picture, or somebody else's."""
    who = {0: name, 1: OFFICERS[n % 3]}.get(n % 5)
    return [f"photo-{who}-{n % 3}"] if who in OFFICERS else []


def said_of(town: Town, verb: str, name: str, row: Any, n: int) -> dict[str, Any]:
    """Return what somebody says with a verb; `n` chooses."""
    day = town.today + timedelta(days=1 + n % 20)
    if verb == "amend_order":  # the number alone, or the term as well
        own = ordered_in(town, row)
        term = {"kind": own.kind, "due_on": own.due_on} if own and n % 3 else {"kind": "term", "due_on": day}
        return {**term, "number": f"责改{row.id}-{row.version}", "reason": "写错"}
    officer = town.city.officers[n % 4]
    second = officer if n % 3 == 0 and officer != town.officers.get(name) else town.fourth
    return {
        "pass_recheck": {"officers": (town.officers.get(name), second)},
        "fail_recheck": {"officers": (town.officers.get(name), second)},
        "order": {"kind": "immediate" if n % 2 else "term"},
        "fix_on_spot": {"note": "当场改正", "attachments": [] if n % 7 == 3 else [f"photo-{name}-{n % 3}"]},
        "reply": {"text": "已整改", "attachments": picture_of(town, name, n)},
        "ask_extension": {"until": max(row.due_on or day, day) + timedelta(days=5), "reason": "等设备"},
        "decide_extension": {"approved": n % 3 > 0, "reason": "按程序"},
        "assign_recheck": {"officer_id": officer, "day": day},
        "send_back": {"reason": "照片不清"},
        "close_out": {"result": "整改到位"},
        "reassign": {"officer_id": officer},
        "supervise": {"on": True, "reason": "重点", "until": day if n % 2 else None, "demand": "限期办结"},
        "unsupervise": {"on": False, "reason": "已办结"},
        "file": {"note": "立案"},
        "transfer": {"receiver_kind": "police", "receiver": "公安", "note": "移送"},
        "revoke": {"reason": "误录"},
        "end": {"reason": "已关闭"},
        "acknowledge_transfer": {"receipt": "回执"},
    }[verb]


def on_the_spot(town: Town, name: str, row: Any) -> bool:
    """Whether it was found today, by them and perhaps somebody else."""
    found = sa.select(finding.c.found_on, inspection.c.officer_id, inspection.c.officer2_id).join(
        inspection, finding.c.inspection_id == inspection.c.id
    )
    day, *by = town.conn.execute(found.where(finding.c.id == row.finding_id)).one()
    return day == town.today and town.officers[name] in by


def is_own(town: Town, name: str, row: Any) -> bool:
    """Whether somebody found, handled or rechecked it, or answers for it now."""
    grid = town.grid_of[row.enterprise_id]
    grid_officer = town.holder(grid, "A") or town.holder(grid, "B")
    answer = town.named(row.officer_id or grid_officer) | town.named(row.recheck_officer_id)
    return name in town.known.problem_hands[row.id] | answer


def verdict(town: Town, verb: str, name: str, row: Any, said: dict[str, Any], stale: bool) -> str | None:
    """Return the code of the refusal that the law asks for; None: it is to be done."""
    move = PROBLEM[verb]
    if not town.may(name, move.right):
        return "denied_right"
    if not sees(town, name, row):
        return "denied_scope"
    if move.right == "handle" and not is_theirs(town, name, row):
        return "problem_not_yours"
    if stale and verb not in BY_VISIT:
        return "problem_changed"
    if row.state not in move.sources:
        return f"problem_is_{row.state}"
    waits = row.asked_until is not None
    over = row.due_on is not None and row.due_on < town.today
    refused = {
        "ask_extension": (waits or over, "extension_waits" if waits else "extension_late"),
        "decide_extension": (not waits, "extension_none"),
        "reassign": (said.get("officer_id") == row.officer_id, "officer_same"),
        "supervise": (row.supervised, "supervised_already"),
        "unsupervise": (not row.supervised, "supervised_not"),
        "acknowledge_transfer": (row.id in town.known.receipts, "receipt_there"),
        "end": (row.enterprise_id not in town.known.closed_down, "enterprise_operates"),
        "close_out": (is_own(town, name, row), "own_work"),
        "fix_on_spot": (verb == "fix_on_spot" and not on_the_spot(town, name, row), "spot_over"),
    }.get(verb, (False, None))
    if refused[0]:
        return refused[1]
    if verb == "unsupervise" and not town.lifts(name, ("problem", row.id)):
        return "supervised_above"
    if verb == "amend_order":
        return amended(town, name, row, said)
    if verb == "fix_on_spot" and said.get("attachments") == []:
        return "evidence_missing"  # no visit of the town has a photo
    if verb == "decide_extension" and town.known.asked_by.get(row.id) == name:
        return "own_work"
    if any(not town.free_picture(name, one) for one in said.get("attachments", ())):
        return "attachment_missing"
    if verb in BY_VISIT and row.recheck_officer_id not in said["officers"]:
        return "recheck_of_others"
    return None


def tries(
    town: Town, verb: str, name: str, key: int, n: int, *, stale: bool = False, keep: bool = True
) -> str | None:
    """Let somebody try a verb on a problem; it goes as the law says, and leaves what it must."""
    row = read(town, key)
    if verb in BY_VISIT:
        return rechecks(town, name, row, n, verb, keep=keep)
    said = said_of(town, verb, name, row, n)
    expected = verdict(town, verb, name, row, said, stale)
    version = row.version - stale
    here = town.viewer(name)
    act = ACTS.get(verb) or getattr(on_the_way, verb, None) or getattr(aside, verb.removeprefix("un"))
    still = [row.id]
    if verb == "amend_order":  # all of the notice that is still open goes with it
        beside = [one.problem_id for one in notice_of(town, row)]
        still = [one for one in beside if read(town, one).state in PROBLEM_OPEN]

    def after(before: Any, now: Any) -> None:
        new = moved(town, verb, name, row)
        assert now.events == before.events + len(still) and now.versions == before.versions + len(still)
        if verb == "amend_order":
            assert {read(town, one).due_on for one in still} == {new.due_on} or row.due_on == new.due_on
            assert len({(one.kind, one.number, one.ordered_on) for one in notice_of(town, new)}) == 1
            town.known.problem_hands |= {one: town.known.problem_hands[one] | {name} for one in still}
        if verb == "decide_extension":
            assert new.due_on == (row.asked_until if said["approved"] else row.due_on)
        if verb in ("reassign", "assign_recheck"):
            held = new.officer_id if verb == "reassign" else new.recheck_officer_id
            assert held == said["officer_id"]
        profiles_agree(town.conn)
        town.known.set_by |= {("problem", row.id): name} if verb == "supervise" else {}
        town.known.asked_by |= {row.id: name} if verb == "ask_extension" else {}
        town.known.receipts |= {row.id} if verb == "acknowledge_transfer" else set()

    code = town.attempt(
        lambda: act(town.conn, here, row.id, version=version, now=town.now, **said), after, keep=keep,
        logged=len(still),
    )  # fmt: skip
    assert code == expected, f"{name} {verb} a problem that is {row.state}: {code}, the law says {expected}"
    return code


def moved(town: Town, verb: str, name: str, row: Any) -> Any:
    """Hold what a move leaves: the state, one version more, its event and its row in the log."""
    new, event = town.row(problem, row.id), town.last(problem_event, problem_event.c.problem_id == row.id)
    target = PROBLEM[verb].target or row.state
    assert (new.state, new.version) == (target, row.version + 1)
    assert (event.verb, event.from_state, event.to_state) == (verb, row.state, target)
    assert event.user_id == town.accounts[name]
    assert (new.closed_on is None) == (target in PROBLEM_OPEN)
    assert new.round == event.round == row.round + (verb == "fail_recheck")
    if verb in IN_TIME and (row.due_on is None or row.due_on >= town.today):
        assert new.due_on > town.today, "who comes next has days of their own"
    log = town.last(audit, audit.c.object_kind == "problem", audit.c.object_id == str(row.id))
    assert (log.action, log.actor) == (f"problem.{verb}", town.viewer(name).actor)
    if verb in PROBLEM_WORK:
        town.known.problem_hands[row.id].add(name)
    return new


def rechecks(town: Town, name: str, row: Any, n: int, verb: str, *, keep: bool = True) -> str | None:
    """Let somebody visit to recheck a problem: never coverage, never for those it was not given to."""
    passed = BY_VISIT[verb]
    said = said_of(town, verb, name, row, n)
    second = said["officers"][1]
    expected = verdict(town, verb, name, row, said, False)
    covered = coverage_of(town, row.enterprise_id)

    def after(before: Any, now: Any) -> None:
        assert (now.visits, now.events) == (before.visits + 1, before.events + 1)
        moved(town, verb, name, row)
        town.known.problem_hands[row.id] |= town.named(second)
        profiles_agree(town.conn)
        assert coverage_of(town, row.enterprise_id) == covered, "a recheck is no coverage"

    result = {row.id: Recheck(passed, None if passed else "仍未整改")}
    code = visits(town, name, row.enterprise_id, 0, second=second, results=result, after=after, keep=keep)
    assert code == expected, f"{name} rechecks a problem that is {row.state}: {code}, the law says {expected}"
    return code


def coverage_of(town: Town, enterprise_id: int) -> list[Any]:
    state = coverage_state.c
    own = sa.select(state.plan_id, state.due, state.done_on).where(state.enterprise_id == enterprise_id)
    return list(town.conn.execute(own.order_by(state.plan_id)).all())


def visits(
    town: Town, name: str, enterprise_id: int, findings: int, *, second: int | None = None,
    results: dict[int, Recheck] | None = None, leads: tuple[int, ...] = (), after: Any = None,
    keep: bool = True,
) -> str | None:  # fmt: skip
    """Let somebody record a visit; return the code of its refusal."""
    town.known.sent += 1
    visit = Visit(
        kind="recheck" if results else "routine", finished_at=town.now,
        over_cap_reason="线索核查", conclusion="rectify" if findings else "pass",
        officer2_id=second or town.fourth, leads=leads, rechecks=results or {},
        findings=tuple(Finding("minor", f"不符合 {n}") for n in range(findings)),
    )  # fmt: skip
    here, sent = town.viewer(name), f"visit-{town.known.sent}"
    return town.attempt(
        lambda: record(town.conn, here, enterprise_id, visit, client_id=sent, now=town.now),
        after, keep=keep, logged=1 + len(results or {}),
    )  # fmt: skip


def visits_as_the_law_says(
    town: Town, name: str, enterprise_id: int, findings: int, n: int, second: int | None = None
) -> None:
    """Let somebody visit, sometimes for an open lead there; each finding opens a problem of theirs."""
    expected = None if town.may(name, "record") else "denied_right"
    if expected is None and not town.sees_enterprise(name, enterprise_id):
        expected = "denied_scope"
    there = [row.id for row in town.rows(lead, *LEAD_OPEN) if row.enterprise_id == enterprise_id]
    looked = tuple(there[n % len(there) :][:1]) if there and n % 2 else ()

    def after(before: Any, now: Any) -> None:
        assert (now.visits, now.events) == (before.visits + 1, before.events + findings + len(looked))
        for row in town.rows(problem)[-findings:] if findings else ():
            town.known.problem_hands[row.id] = {name} | town.named(second)
        for key in looked:
            town.known.lead_hands[key].add(name)
        profiles_agree(town.conn)

    code = visits(town, name, enterprise_id, findings, second=second, leads=looked, after=after)
    assert code == expected, f"{name} visits: {code}, the law says {expected}"


def offers_are_the_law(town: Town, name: str, key: int) -> None:
    """Hold that what is offered to somebody is what they may do, but for what they would have to say."""
    row = read(town, key)
    if not town.may(name, "intake") or not sees(town, name, row):
        return  # they are shown nothing, or may do nothing
    offered = problem_file(town.conn, town.viewer(name), row.id, town.today).moves
    allowed = set()
    for verb in PROBLEM.keys() - BY_VISIT:
        said = {**said_of(town, verb, name, row, 2), "officer_id": 0, "attachments": ()}
        if verdict(town, verb, name, row, said, False) is None:
            allowed.add(verb)
    asked = {"decide_extension"} if town.known.asked_by.get(row.id) == name else set()
    assert set(offered) - asked == allowed
