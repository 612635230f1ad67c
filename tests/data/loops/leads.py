"""What people do to leads, and what the law says of it before it is tried."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from data.reads.lead_row import moves_open, read_lead
from data.schema import attachment, audit, inspection, lead, lead_event
from data.writes import leads, leads_side, leads_steps, leads_tell
from data.writes.leads_given import NewLead
from tests.data.loops.holds import profiles_agree
from tests.data.loops.law import (
    DISPOSALS,
    HANDED,
    LEAD,
    LEAD_NEXT,
    LEAD_OPEN,
    LEAD_STATES,
    LEAD_WORK,
    NEED_TRUTH,
    OUTCOMES,
)
from tests.data.loops.problems import picture_of
from tests.data.loops.town import Town

ACTS = {
    "return": leads_steps.give_back,
    "send_back": leads_steps.send_back,
    "reinvestigate": leads_steps.send_back,
    "supervise": leads_side.supervise,
    "unsupervise": leads_side.supervise,
    "tell": leads_tell.tell,
}
TABLE, LAW, STATES, NEXT = lead, LEAD, LEAD_STATES, LEAD_NEXT


def read(town: Town, key: int) -> Any:
    return read_lead(town.conn, key)


def said_of(town: Town, verb: str, name: str, row: Any, n: int) -> dict[str, Any]:
    """Return what somebody says with a verb; `n` chooses."""
    officer = town.city.officers[n % 3]
    papers = picture_of(town, name, n) if verb in ("conclude", "submit") else []
    if verb == "conclude":
        own = inspection.c.enterprise_id == row.enterprise_id
        visit = town.last(inspection, own) if n % 3 else None
        found = {"outcome": OUTCOMES[n % 4], "result": "查明", "attachments": papers}
        return {**found, "inspection_id": visit and visit.id}
    if verb == "merge":
        others = town.rows(lead)
        return {"into_id": others[n % len(others)].id, "new_facts": (True, False, None)[n % 3]}
    return {
        "assign": {"officer_id": officer},
        "reassign": {"officer_id": officer, "reason": "换人"},
        "dispose": {"disposal": DISPOSALS[n % 6], "receiver": "市公安局"},
        "submit": {"attachments": papers},
        "close_out": {"note": "同意" if n % 4 else None},
        "match": {"enterprise_id": [*town.places, None][n % (len(town.places) + 1)]},
        "amend": {"changes": {"crime": not row.crime}},
        "return": {"reason": "不属本辖区"},
        "send_back": {"reason": "照片不清"},
        "reinvestigate": {"reason": "再查", "again": True},
        "split": {"parts": [leads_side.Part("另一件")]},
        "supervise": {"on": True, "reason": "重点"},
        "unsupervise": {"on": False, "reason": "已查清"},
        "receipt": {"text": "回执"},
        "tell": {"whom": ("both", "reporter", "subject")[n % 3], "how": "phone", "day": town.today},
        "ask_extension": {"reason": "等检验"},
        "decide_extension": {"approve": n % 3 > 0, "reason": "按程序"},
    }.get(verb, {})


def handles(town: Town, name: str, row: Any) -> bool:
    """Whether a lead was given to somebody; one without a name to whoever has its grid."""
    officer = town.officers.get(name)
    if row.officer_id is not None or officer is None:
        return officer is not None and row.officer_id == officer
    return town.known.roles[name] == "officer" and row.grid in town.grids(name)


def is_own(town: Town, name: str, row: Any) -> bool:
    """Whether somebody handles it, did a step of its handling, or made the visit that looked into it."""
    seen_by: set[str] = set()
    if row.inspection_id is not None:
        visit = town.row(inspection, row.inspection_id)
        seen_by = town.named(visit.officer_id) | town.named(visit.officer2_id)
    return handles(town, name, row) or name in town.known.lead_hands[row.id] | seen_by


def sees(town: Town, name: str, row: Any) -> bool:
    """Whether a lead is somebody's to handle, or lies where they look."""
    given = town.known.roles[name] == "officer" and handles(town, name, row)
    return given or town.sees(name, row.grid, row.district, row.enterprise_id)


def verdict(town: Town, verb: str, name: str, row: Any, said: dict[str, Any], stale: bool) -> str | None:
    """Return the code of the refusal that the law asks for; None: it is to be done."""
    move = LEAD[verb]
    if verb == "merge" and said["into_id"] == row.id:
        return "lead_merge_self"
    if not town.may(name, move.right):
        return "denied_right"
    if not sees(town, name, row):
        return "denied_scope"
    if move.right == "handle" and not handles(town, name, row):
        return "lead_not_yours"
    if stale:
        return "lead_changed"
    if row.state not in move.sources:
        return f"lead_is_{row.state}"
    if verb in ("close_out", "decide_extension") and is_own(town, name, row):
        return "own_work"
    said_no = _objection(town, verb, name, row, said)
    if verb != "submit" and said_no:
        return said_no
    if any(not town.free_picture(name, one) for one in said.get("attachments", ())):
        return "attachment_missing"
    return said_no


def _objection(town: Town, verb: str, name: str, row: Any, said: dict[str, Any]) -> str | None:
    """Return what the lead itself has against it."""
    if verb == "merge":
        into = read(town, said["into_id"])
        if not sees(town, name, into):
            return "denied_scope"
        if into.state not in LEAD["merge"].sources:
            return "lead_merge_state"
        both = {row.enterprise_id, into.enterprise_id}
        if None not in both and len(both) > 1:
            return "lead_merge_enterprise"
        unsaid = _last_of(row) > _last_of(into) and said["new_facts"] is None
        return "lead_merge_facts" if unsaid else None
    if verb == "match":
        new = said["enterprise_id"]
        if new == row.enterprise_id:
            return "lead_match_same"
        return None if new is None or town.sees_enterprise(name, new) else "denied_scope"
    if verb == "conclude":
        visit = said["inspection_id"]
        if not visit or _proves(town, row, visit):
            return None
        able = town.row(inspection, visit).unable_reason is None
        return "lead_inspection_before" if able else "lead_inspection_unable"
    left = _to_tell(town, row)
    if verb == "tell":
        if left is None:
            return "lead_tell_none"
        people = {"both": {"reporter", "subject"}}.get(said["whom"], {said["whom"]})
        return None if left and people <= left else "lead_tell_whom" if left else "lead_tell_done"
    if verb in ("submit", "close_out"):
        missing = _missing(town, row, said)
        if missing is None and verb == "close_out" and left:
            return "lead_untold"
        if missing is None and verb == "close_out":
            unsaid = row.crime and row.disposal != "transfer_police" and said["note"] is None
            return "lead_crime" if unsaid else None
        return missing
    rules = {
        "reassign": (said.get("officer_id") == row.officer_id, "officer_same"),
        "dispose": (row.outcome == "false" and said.get("disposal") in NEED_TRUTH, "lead_disposal_outcome"),
        "supervise": (row.supervised, "lead_supervised"),
        "unsupervise": (
            not row.supervised or not town.lifts(name, ("lead", row.id)),
            "supervised_above" if row.supervised else "lead_supervised",
        ),
        "receipt": (row.receiver is None, "lead_not_handed"),
        "decide_extension": (row.asked_until is None, "lead_not_asked"),
    }
    if verb == "ask_extension":
        if row.asked_until is not None:
            return "lead_asked"
        if row.extended or row.rule != "lead_verify":
            return "lead_no_extension"
        return "lead_extension_late" if row.due_on < town.today else None
    refused, code = rules.get(verb, (False, None))
    return code if refused else None


def _last_of(row: Any) -> Any:
    return row.last_received_on or row.received_on


def _to_tell(town: Town, row: Any) -> set[str] | None:
    """Return who of a mediated complaint's sides was not told since it was concluded; None: it is none."""
    if row.rule != "mediation":
        return None
    left: set[str] | None = None
    for event in town.rows(lead_event):
        if event.lead_id == row.id and event.verb == "conclude":
            left = {"reporter", "subject"}
        elif event.lead_id == row.id and event.verb == "tell" and left is not None:
            left -= set(event.details["whom"])
    return left


def _missing(town: Town, row: Any, said: dict[str, Any]) -> str | None:
    if row.channel == "complaint" and not row.number_12315:
        return "lead_number_missing"
    if row.disposal in HANDED and not row.receipt:
        return "lead_receipt_missing"
    own = (attachment.c.object == "lead", attachment.c.object_id == row.id)
    papers = town.conn.execute(sa.select(attachment.c.id).where(*own)).all() or said.get("attachments")
    return None if _proves(town, row, row.inspection_id) or papers else "lead_evidence"


def _proves(town: Town, row: Any, visit_id: int | None) -> bool:
    """Whether a visit can have checked a lead: to its enterprise, not before it came in, and it stands."""
    if visit_id is None or town.last(inspection, inspection.c.supersedes_id == visit_id) is not None:
        return False
    visit = town.row(inspection, visit_id)
    fits = visit.enterprise_id == row.enterprise_id and visit.finished_on >= row.received_on
    return fits and visit.unable_reason is None


def tries(
    town: Town, verb: str, name: str, key: int, n: int, *, stale: bool = False, keep: bool = True
) -> str | None:
    """Let somebody try a verb on a lead; it goes as the law says, and leaves what it must."""
    row = read(town, key)
    said = said_of(town, verb, name, row, n)
    expected = verdict(town, verb, name, row, said, stale)
    here, version = town.viewer(name), row.version - stale
    act = ACTS.get(verb) or getattr(leads_steps, verb, None) or getattr(leads_side, verb, None)
    act = act or getattr(leads, verb)
    into = read(town, said["into_id"]) if verb == "merge" else None

    def after(before: Any, now: Any) -> None:
        moved(town, verb, name, row, said)
        if into is not None:
            absorbed(town, into, row, said["new_facts"])
        town.known.set_by |= {("lead", row.id): name} if verb == "supervise" else {}
        more = {"merge": 1, "split": 1}.get(verb, 0)  # the other lead has its event, and its version
        assert now.events == before.events + 1 + more and now.versions == before.versions + 1 + more
        profiles_agree(town.conn)

    code = town.attempt(
        lambda: act(town.conn, here, key, version=version, now=town.now, **said), after, keep=keep
    )
    assert code == expected, f"{name} {verb} a lead that is {row.state}: {code}, the law says {expected}"
    return code


def moved(town: Town, verb: str, name: str, row: Any, said: dict[str, Any]) -> None:
    """Hold what a move leaves: the state, one version more, its event, its row in the log, its effect."""
    new, event = town.row(lead, row.id), town.last(lead_event, lead_event.c.lead_id == row.id)
    target = LEAD[verb].target or row.state
    assert (new.state, new.version) == (target, row.version + 1)
    assert new.state_since == (row.state_since if target == row.state else town.today)
    assert (event.verb, event.from_state, event.to_state) == (verb, row.state, target)
    assert event.user_id == town.accounts[name]
    assert (new.closed_on is None) == (target in LEAD_OPEN)
    log = town.last(audit, audit.c.object_kind == "lead", audit.c.object_id == str(row.id))
    assert (log.action, log.actor) == (f"lead.{verb}", town.viewer(name).actor)
    if verb in ("assign", "reassign"):
        assert new.officer_id == said["officer_id"]
    if verb == "match":
        assert new.enterprise_id == said["enterprise_id"]
    if verb in ("reassign", "reinvestigate"):
        assert (new.outcome, new.result, new.disposal) == (None, None, None)
    if verb == "merge":
        assert new.merged_into_id == said["into_id"] and new.disposal == "merged"
    if verb == "decide_extension":
        assert new.due_on == (row.asked_until if said["approve"] else row.due_on)
        assert new.extended == said["approve"] or row.extended
    if verb in LEAD_WORK:
        town.known.lead_hands[row.id].add(name)


def absorbed(town: Town, into: Any, row: Any, new_facts: bool | None) -> None:
    """Hold that a report merged into a lead starts its term anew where it is later and of new facts alone."""
    new = read(town, into.id)
    anew = bool(new_facts) and _last_of(row) > _last_of(into)
    assert _last_of(new) == (_last_of(row) if anew else _last_of(into))
    if not anew or into.rule != "lead_verify":
        kept = ("rule", "due_on", "due_provisional", "extended", "asked_until")
        assert [getattr(new, one) for one in kept] == [getattr(into, one) for one in kept]
    else:
        assert new.due_on > _last_of(row) and (new.extended, new.asked_until) == (False, None)


def registers(town: Town, name: str, enterprise_id: int | None, n: int, *, keep: bool = True) -> str | None:
    """Let somebody take a lead in, about an enterprise or about nobody known yet."""
    town.known.sent += 1
    sent = town.known.sent
    new = NewLead(
        "complaint" if n % 3 else "sampling", f"线索{sent}", town.today, enterprise_id=enterprise_id,
        number_12315=f"12315{sent:06d}" if n % 2 else None,
        rule="complaint_accept" if n % 6 == 5 else "lead_verify",
        district=town.city.districts[n % 2] if enterprise_id is None and n % 4 else None,
    )  # fmt: skip
    expected = None
    if not town.may(name, "intake"):
        expected = "denied_right"
    elif enterprise_id is not None and not town.sees_enterprise(name, enterprise_id):
        expected = "denied_scope"

    def after(before: Any, now: Any) -> None:
        made = town.last(lead)
        assert (made.state, made.version, made.enterprise_id) == ("registered", 1, enterprise_id)
        assert now.events == before.events + 1
        profiles_agree(town.conn)

    here = town.viewer(name)
    code = town.attempt(
        lambda: leads.register(town.conn, here, new, client_id=f"lead-{sent}", now=town.now), after, keep=keep
    )
    assert code == expected, f"{name} registers a lead: {code}, the law says {expected}"
    return code


def offers_are_the_law(town: Town, name: str, key: int) -> None:
    """Hold that what is offered to somebody is what they may do, but for what they would have to say."""
    row = read(town, key)
    if not town.may(name, "intake") or not sees(town, name, row):
        return
    offered = set(moves_open(town.conn, town.viewer(name), row, town.today))
    asks = {"merge", "match", "submit", "close_out", "dispose", "receipt"}
    for verb in LEAD.keys() - asks:
        said = {**said_of(town, verb, name, row, 2), "officer_id": 0}
        assert (verb in offered) == (verdict(town, verb, name, row, said, False) is None), verb
