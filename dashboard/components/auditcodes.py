"""Codes in the details of the audit log, in words: which list a code is of, told by the act and the field."""

from __future__ import annotations

from dashboard.services import View
from data.reads.labels import kind_names, term
from data.text import catalogue

_LISTS = {
    "basis": "basis", "role": "role", "duty": "duty", "conclusion": "conclusion", "method": "method",
    "unable_reason": "unable_reason", "channel": "lead_channel", "outcome": "lead_outcome",
    "disposal": "lead_disposal", "cycle": "cycle", "evidence": "evidence", "risk_level": "risk_level",
    "severity": "severity", "geo_source": "geo_source", "suspicion": "suspicion",
    "unplaced_reason": "unplaced", "what": "audit_value", "whom": "lead_party", "how": "lead_told_by",
    "receiver_kind": "receiver_kind",
}  # fmt: skip
"""Field → its list, whatever the act."""

_OF_ACT = {
    ("lead", "state"): "terms.lead_state.", ("lead", "basis"): "leads.basis_",
    ("lead", "rule"): "terms.lead_rule.",
    ("problem", "before"): "terms.problem_state.", ("problem", "after"): "terms.problem_state.",
    ("problem", "kind"): "terms.order_kind.", ("problem", "was_kind"): "terms.order_kind.",
    ("paper", "after"): "terms.paper_state.",
    ("paper", "kind"): "terms.audit_object.paper-", ("import", "kind"): "terms.batch_kind.",
    ("org", "kind"): "terms.org_kind.", ("question", "kind"): "questions.kind_",
    ("message", "kind"): "inbox.kind_", ("job", "kind"): "terms.audit_value.",
    ("export", "state"): "terms.state.",
}  # fmt: skip
"""First part of the act, field → where the words of its codes begin."""

_FIELD_NAMES = ("fields", "field", "changed")
"""Details that hold names of fields, not codes."""


def word(view: View, act: str, field: str, code: str) -> str:
    """Return a code in words; what is no code is returned as it is."""
    known, of = catalogue(view.language), act.partition(".")[0]
    if field in _FIELD_NAMES:
        return known.get(f"terms.field.{code}") or label(view, code)
    if (of, field) in (("inspection", "kind"), ("plan", "kinds")):
        return kind_names(view.language).get(code, code)
    begins = _OF_ACT.get((of, field))
    if begins is not None:
        return known.get(begins + code, code)
    return term(_LISTS[field], code, view.language) if field in _LISTS else code


def label(view: View, field: str) -> str:
    """Return what a field of the details is called."""
    known = catalogue(view.language)
    return known.get(f"terms.audit_detail.{field}") or known.get(f"terms.field.{field}") or field
