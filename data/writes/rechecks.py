"""Rechecks: what a visit says of problems that waited for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from data.access import Viewer
from data.errors import Refused
from data.reads.hands import finders
from data.schema import rectification
from data.writes.notices import draw_up, to_tell
from data.writes.problem_days import by_rule, next_step
from data.writes.problem_moves import (
    Changed,
    Desk,
    Taken,
    Told,
    change,
    supervisors,
    take,
    write_round,
)
from data.writes.written import need


@dataclass(frozen=True)
class Recheck:
    """What a visit found of one problem: put right, or not, and why not."""

    passed: bool
    reason: str | None = None


def apply_rechecks(
    conn: sa.Connection, viewer: Viewer, inspection_id: int, enterprise_id: int,
    results: Mapping[int, Recheck], *, officers: tuple[int | None, ...], day: date, now: datetime,
) -> list[Changed]:  # fmt: skip
    """Let a visit decide about the problems it looked at; what did not pass is ordered again.

    Parameters
    ----------
    results : mapping
        Problem id → result; all of one enterprise, all waiting for a recheck.
    officers : tuple
        Who made the visit: the one that the recheck was given to is among them.
    day : date
        Local day of the visit.

    Returns
    -------
    list of Changed
        For `note_all`, after the visit has refreshed the figures.

    Raises
    ------
    Refused
        ``recheck_elsewhere``: a problem of another enterprise; ``recheck_of_others``: given to somebody
        else; ``recheck_early``: dated before the enterprise answered; ``text_missing``: not passed, and
        not why; ``problem_is_<state>``.
    """
    changed: list[Changed] = []
    failed: list[Taken] = []
    reasons: dict[int, str] = {}
    desk = Desk(conn, now.date())
    for problem_id, result in sorted(results.items()):
        verb = "pass_recheck" if result.passed else "fail_recheck"
        taken = take(conn, viewer, problem_id, verb, version=None, now=now, desk=desk)
        row = taken.row
        if row.enterprise_id != enterprise_id:
            raise Refused("recheck_elsewhere", field="rechecks", found=problem_id)
        if row.recheck_officer_id not in officers:
            raise Refused("recheck_of_others", field="rechecks", found=problem_id)
        answered = _answered(conn, row)
        if day < answered:
            raise Refused("recheck_early", field=f"recheck:{problem_id}", day=day, least=answered)
        done = {
            "officer_id": row.recheck_officer_id, "inspection_id": inspection_id, "rechecked_on": day,
            "same_officer": row.recheck_officer_id in finders(conn, row.finding_id),
        }  # fmt: skip
        if result.passed:
            write_round(conn, taken, row.round, passed=True, reason=None, **done)
            told = [Told(supervisors(taken), "asked", f"close:{row.version}", {})]
            term = next_step(conn, taken, "recheck_passed", day)
            changed.append(change(conn, taken, details={"inspection": inspection_id}, tell=told, **term))
            continue
        reasons[row.id] = need(result.reason, "rechecks")
        write_round(conn, taken, row.round, passed=False, reason=reasons[row.id], **done)
        failed.append(taken)
    return changed + _order_again(conn, failed, reasons, inspection_id)


def _order_again(
    conn: sa.Connection, failed: Sequence[Taken], reasons: Mapping[int, str], inspection_id: int
) -> list[Changed]:
    """Open the next round of what did not pass; one notice orders all of it."""
    if not failed:
        return []
    first = failed[0]
    due = by_rule(conn, first.desk.calendar, "rectify_term", first.today)
    rounds = {one.row.id: one.row.round + 1 for one in failed}
    head = draw_up(conn, failed, rounds, kind="term", ordered_on=first.today, due_on=due["due_on"])
    told = to_tell(failed, rounds, head, {"due_on": due["due_on"].isoformat()}, reasons)
    details = {"inspection": inspection_id, "due_on": due["due_on"]}
    return [
        change(
            conn, one, note=reasons[one.row.id], details=details, tell=told.get(one.row.id, ()),
            round=rounds[one.row.id], recheck_officer_id=None, recheck_on=None, **due,
        )
        for one in failed
    ]  # fmt: skip


def _answered(conn: sa.Connection, row: Any) -> date:
    """Return the day on which the enterprise answered; where it is not known, that of the finding."""
    own = (rectification.c.problem_id == row.id, rectification.c.round == row.round)
    found: date | None = conn.execute(sa.select(rectification.c.replied_on).where(*own)).scalar()
    return found or row.opened_on
