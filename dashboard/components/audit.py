"""The filter of the audit log in an address, the same for the page, its export and the API."""

from __future__ import annotations

from datetime import date

from data.errors import Refused
from data.reads.audit import AuditFilter

FILTERS = ("from", "to", "actor", "action", "kind", "id", "result")
RESULTS = {"done": True, "refused": False}


def filter_of(asked: dict[str, str]) -> AuditFilter:
    """Return what an address asks for.

    Raises
    ------
    Refused
        ``day_bad``, ``choice_bad``: what is not understood must not show everything.
    """
    result = asked.get("result")
    if result is not None and result not in RESULTS:
        raise Refused("choice_bad", field="result", found=result[:40], known=", ".join(RESULTS))
    return AuditFilter(
        first=_day("from", asked),
        last=_day("to", asked),
        actor=asked.get("actor"),
        action=asked.get("action"),
        object_kind=asked.get("kind"),
        object_id=asked.get("id"),
        success=RESULTS[result] if result else None,
    )


def _day(name: str, asked: dict[str, str]) -> date | None:
    value = asked.get(name)
    if value is None:
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise Refused("day_bad", field=name, found=value[:40]) from None
