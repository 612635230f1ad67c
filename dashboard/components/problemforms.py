"""What can be done to a problem: the inputs of each verb, and which form opens by itself."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from dashboard.components import words
from dashboard.components.actforms import Field, Form, Forms
from dashboard.components.alongside import Along
from dashboard.services import View
from data.access import Viewer
from data.deadlines import due, rule_at
from data.reads.labels import term
from data.reads.notices import orderable_beside
from data.reads.problems import ProblemFile
from data.workdays import load_calendar
from data.writes import notice_amend, notices, problems, problems_aside
from data.writes.problems_many import order_many

_REASON = Field("reason", "area")
_WHY = Field("reason", "area", required=False)
_PHOTOS = Field("attachments", "photos", required=False)


def order_together(
    conn: sa.Connection, viewer: Viewer, problem_id: int, *, together: dict[int, tuple[int, str]],
    clause: str, version: int, **said: Any,
) -> None:  # fmt: skip
    """Order a problem and what is ticked in one notice: id → version as it was seen, and clause."""
    versions = {problem_id: version} | {one: seen for one, (seen, _) in together.items()}
    clauses = {problem_id: clause} | {one: words for one, (_, words) in together.items()}
    order_many(conn, viewer, versions, clauses=clauses, **said)


def along(view: View, conn: sa.Connection, found: ProblemFile) -> list[Along]:
    """Return the problems of the enterprise that the order can take along."""
    offered = []
    for one in orderable_beside(conn, view.viewer, found.row):
        day = words.day(one.found_on, view.language, year=True)
        when = view.text("problems.along_same_visit", day=day) if one.together else day
        name = one.text or one.item_code or view.text("problems.problem_n", id=one.id)
        said = view.text("problems.along_one", id=one.id, name=name, when=when)
        offered.append(Along(one.id, one.version, said, one.together, one.clause or ""))
    return offered


FORMS = Forms(
    "problem",
    {
        "order": Form(
            order_together,
            (
                Field("kind", "word"), Field("day", "day", False), Field("due_on", "day", False),
                Field("clause", "text", False), Field("together", "along", False),
                Field("number", "text", False),
            ),
        ),
        "fix_on_spot": Form(problems.fix_on_spot, (Field("note", "area", False), _PHOTOS)),
        "amend_order": Form(
            notice_amend.amend_order,
            (
                Field("kind", "word"), Field("day", "day"), Field("due_on", "day", False),
                Field("clause", "text", False), Field("number", "text", False), _REASON,
            ),
        ),
        "reply": Form(problems.reply, (Field("text", "area"), Field("day", "day", False), _PHOTOS)),
        "assign_recheck": Form(
            problems.assign_recheck, (Field("officer_id", "officer"), Field("day", "day"))
        ),
        "close_out": Form(problems.close_out, (Field("result", "area"),)),
        "send_back": Form(problems.send_back, (_REASON,)),
        "ask_extension": Form(problems_aside.ask_extension, (Field("until", "day"), _REASON)),
        "decide_extension": Form(problems_aside.decide_extension, (Field("approved", "yes"), _WHY)),
        "reassign": Form(problems_aside.reassign, (Field("officer_id", "officer"), _WHY)),
        "supervise": Form(
            problems_aside.supervise, (_REASON, Field("until", "day", False), Field("demand", "area", False)),
            {"on": True},
        ),
        "unsupervise": Form(problems_aside.supervise, (_REASON,), {"on": False}),
        "file": Form(problems_aside.file, (Field("number", "text", False), Field("note", "area"))),
        "transfer": Form(
            problems_aside.transfer,
            (Field("receiver_kind", "word"), Field("receiver", "text"), Field("note", "area")),
        ),
        "acknowledge_transfer": Form(problems_aside.acknowledge_transfer, (Field("receipt", "area"),)),
        "revoke": Form(problems_aside.revoke, (_REASON,)),
        "end": Form(problems_aside.end, (_REASON,)),
    },
    ("order", "reply", "assign_recheck", "close_out"),
    {
        "kind": ("order_kind", notices.ORDERS),
        "receiver_kind": ("receiver_kind", problems_aside.RECEIVERS),
    },
)  # fmt: skip


def chosen(found: ProblemFile, asked: str | None) -> str | None:
    """Return the verb whose form is shown: the one asked for, else the next step of the way."""
    if asked in found.moves:
        return asked
    waits = "decide_extension" if "decide_extension" in found.moves else None
    again = "assign_recheck" if found.row["state"] == "awaiting_recheck" else None
    return waits or next((verb for verb in FORMS.way if verb in found.moves and verb != again), None)


def hints(view: View, conn: sa.Connection, verb: str) -> dict[str, str]:
    """Return what is to be known beside a field: what holds where it is left empty."""
    if verb in ("reply", "amend_order"):
        asked = {"reply": {"day": "by_today"}, "amend_order": {"clause": "as_it_is", "number": "as_it_is"}}
        return {name: view.text(f"problems.{key}") for name, key in asked[verb].items()}
    if verb != "order":
        return {}
    calendar, said = load_calendar(conn), []
    for kind in notices.ORDERS:
        rule = rule_at(conn, f"rectify_{kind}", view.today)
        term_ = view.text(f"leads.unit_{rule.unit}", n=rule.days)
        last = due(calendar, rule, view.today)
        said.append(
            view.text(
                "problems.by_rule_kind", kind=term("order_kind", kind, view.language),
                day=last.day.isoformat(), term=term_,
            )
        )  # fmt: skip
    rule_days = view.text("problems.by_rule", days=view.text("my.and").join(said))
    return {"day": view.text("problems.by_today"), "due_on": rule_days}


def first(found: ProblemFile, verb: str, today: date) -> dict[str, Any]:
    """Return what a form holds before anybody has typed."""
    if verb == "amend_order":  # as the notice stands
        one = found.rounds[-1]
        days = {"day": one.ordered_on, "due_on": one.due_on}
        said = {name: day.isoformat() if day else "" for name, day in days.items()}
        return {"kind": one.kind, **said, "number": one.number or ""}
    due = found.row["recheck_on"] or found.row["due_on"]
    ahead = verb == "assign_recheck" and due and due >= today
    return {"kind": "term", "day": due.isoformat() if ahead else ""}
