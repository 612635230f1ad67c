"""The law of the closed loops, told from the design and not from the code: who may do what, and when.

Each table has verb: (right, from which states, to which state; None: the state stays).
"""

from __future__ import annotations

from typing import NamedTuple

MAY = {
    "record": ("officer",),
    "handle": ("officer",),
    "assign": ("supervisor", "leader"),
    "approve": ("supervisor", "leader"),
    "intake": ("officer", "supervisor", "leader"),
}
"""Right: roles. An auditor, a steward, an administrator and a wall move nothing."""


class Move(NamedTuple):
    right: str
    sources: tuple[str, ...]
    target: str | None


def way(table: dict[str, tuple[str, str, str | None]], groups: dict[str, str]) -> dict[str, Move]:
    return {
        verb: Move(right, tuple(" ".join(groups.get(word, word) for word in told.split()).split()), target)
        for verb, (right, told, target) in table.items()
    }


PROBLEM_OPEN = ("found", "ordered", "replied", "awaiting_recheck", "recheck_passed")
PROBLEM_STATES = (*PROBLEM_OPEN, "closed_out", "filed", "transferred", "revoked", "ended")
PROBLEM = way(
    {
        "order": ("handle", "found", "ordered"),
        "amend_order": ("handle", "ordered", None),
        "reply": ("handle", "ordered", "replied"),
        "assign_recheck": ("assign", "replied awaiting_recheck", "awaiting_recheck"),
        "pass_recheck": ("record", "awaiting_recheck", "recheck_passed"),
        "fail_recheck": ("record", "awaiting_recheck", "ordered"),
        "close_out": ("approve", "recheck_passed", "closed_out"),
        "fix_on_spot": ("handle", "found", "recheck_passed"),
        "send_back": ("approve", "recheck_passed", "awaiting_recheck"),
        "ask_extension": ("handle", "ordered", None),
        "decide_extension": ("approve", "ordered", None),
        "reassign": ("assign", "open", None),
        "supervise": ("assign", "open", None),
        "unsupervise": ("assign", "open", None),
        "file": ("approve", "open", "filed"),
        "transfer": ("approve", "open", "transferred"),
        "acknowledge_transfer": ("approve", "filed transferred", None),
        "revoke": ("approve", "open", "revoked"),
        "end": ("approve", "open", "ended"),
    },
    {"open": " ".join(PROBLEM_OPEN)},
)
PROBLEM_WORK = (
    "find", "order", "amend_order", "fix_on_spot", "reply", "ask_extension", "pass_recheck", "fail_recheck",
)  # fmt: skip
"""Who did one of these does not close the problem."""
PROBLEM_NEXT = {
    "found": ("order", "order", "order", "fix_on_spot", "reassign"),
    "ordered": ("reply", "reply", "amend_order", "ask_extension", "decide_extension", "supervise"),
    "replied": ("assign_recheck", "assign_recheck", "assign_recheck", "unsupervise"),
    "awaiting_recheck": ("pass_recheck", "pass_recheck", "fail_recheck", "assign_recheck"),
    "recheck_passed": ("close_out", "close_out", "send_back"),
    "transferred": ("acknowledge_transfer",),
}
"""What usually comes next; a way on which stories get to their end."""

LEAD_OPEN = (
    "registered", "assigned", "acknowledged", "investigating", "investigated", "disposed", "reviewing",
)  # fmt: skip
LEAD_STATES = (*LEAD_OPEN, "closed_out")
LEAD = way(
    {
        "assign": ("assign", "registered", "assigned"),
        "acknowledge": ("handle", "assigned", "acknowledged"),
        "investigate": ("handle", "acknowledged", "investigating"),
        "conclude": ("handle", "investigating", "investigated"),
        "dispose": ("handle", "investigated", "disposed"),
        "submit": ("handle", "disposed", "reviewing"),
        "close_out": ("approve", "reviewing", "closed_out"),
        "match": ("intake", "open", None),
        "amend": ("intake", "open", None),
        "return": ("handle", "assigned acknowledged", "registered"),
        "send_back": ("approve", "reviewing", "disposed"),
        "reinvestigate": ("approve", "reviewing", "investigating"),
        "reassign": ("assign", "in_hand", "assigned"),
        "merge": ("assign", "registered in_hand", "closed_out"),
        "split": ("assign", "open", None),
        "supervise": ("assign", "open", None),
        "unsupervise": ("assign", "open", None),
        "receipt": ("handle", "disposed reviewing closed_out", None),
        "tell": ("handle", "investigated disposed reviewing", None),
        "ask_extension": ("handle", "in_hand", None),
        "decide_extension": ("approve", "in_hand", None),
    },
    {"open": " ".join(LEAD_OPEN), "in_hand": " ".join(LEAD_OPEN[1:-1])},
)
LEAD_WORK = ("acknowledge", "investigate", "visit", "conclude", "dispose", "tell", "submit")
LEAD_NEXT = {
    "registered": ("assign", "assign", "match", "split"),
    "assigned": ("acknowledge", "acknowledge", "acknowledge", "return", "reassign"),
    "acknowledged": ("investigate", "investigate", "ask_extension", "decide_extension"),
    "investigating": ("conclude", "conclude", "supervise"),
    "investigated": ("dispose", "dispose", "unsupervise"),
    "disposed": ("submit", "submit", "receipt", "merge"),
    "reviewing": ("close_out", "close_out", "receipt", "tell", "send_back", "reinvestigate"),
}
PAPER = {
    "submit": ("handle", ("draft", "returned", "approved"), "submitted"),
    "approve": ("approve", ("submitted",), "approved"),
    "return": ("approve", ("submitted",), "returned"),
}
"""An approved paper is handed in again once it says something else, and not before."""

NEED_TRUTH = ("filed", "correction_order", "transfer_police")
HANDED = ("transfer_police", "hand_over")
OUTCOMES = ("true", "partly", "false", "unverifiable")
DISPOSALS = ("filed", "correction_order", "guidance", "transfer_police", "hand_over", "not_filed")
