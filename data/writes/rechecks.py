"""Rechecks: what a visit says of problems that waited for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from data.access import Viewer
from data.errors import Refused
from data.schema import finding, inspection
from data.writes.problem_moves import (
    Changed,
    Taken,
    Told,
    accounts,
    change,
    handler,
    need,
    supervisors,
    take,
    write_round,
)
from data.writes.problems import by_rule


@dataclass(frozen=True)
class Recheck:
    """What a visit found of one problem: put right, or not, and why not."""

    passed: bool
    reason: str | None = None


def apply_rechecks(
    conn: sa.Connection, viewer: Viewer, inspection_id: int, enterprise_id: int,
    results: Mapping[int, Recheck], *, officers: tuple[int | None, ...], day: date, now: datetime,
) -> list[Changed]:  # fmt: skip
    """Let a visit decide about the problems it looked at; not passed opens the next round.

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
        else; ``reason_missing``: not passed, and not why; ``problem_is_<state>``.
    """
    changed = []
    for problem_id, result in sorted(results.items()):
        verb = "pass_recheck" if result.passed else "fail_recheck"
        taken = take(conn, viewer, problem_id, verb, version=None, now=now)
        row = taken.row
        if row.enterprise_id != enterprise_id:
            raise Refused("recheck_elsewhere", field="rechecks", found=problem_id)
        if row.recheck_officer_id not in officers:
            raise Refused("recheck_of_others", field="rechecks", found=problem_id)
        done = {
            "officer_id": row.recheck_officer_id, "inspection_id": inspection_id, "rechecked_on": day,
            "same_officer": row.recheck_officer_id in _finders(conn, taken),
        }  # fmt: skip
        if result.passed:
            write_round(conn, taken, row.round, passed=True, reason=None, **done)
            told = [Told(supervisors(conn, taken), "asked", f"close:{row.version}", {})]
            changed.append(change(conn, taken, details={"inspection": inspection_id}, tell=told))
            continue
        reason = need(result.reason, "rechecks")
        write_round(conn, taken, row.round, passed=False, reason=reason, **done)
        due = by_rule(conn, "term", taken.today)
        following = row.round + 1
        write_round(conn, taken, following, kind="term", ordered_on=taken.today, due_on=due["due_on"])
        params = {"reason": reason, "due_on": due["due_on"].isoformat()}
        told = [Told(accounts(conn, taken, handler(conn, taken)), "assigned", f"order:{following}", params)]
        details = {"inspection": inspection_id, "due_on": due["due_on"]}
        changed.append(change(
            conn, taken, note=reason, details=details, tell=told, round=following,
            recheck_officer_id=None, recheck_on=None, **due,
        ))  # fmt: skip
    return changed


def _finders(conn: sa.Connection, taken: Taken) -> set[int]:
    found = conn.execute(
        sa.select(inspection.c.officer_id, inspection.c.officer2_id)
        .join(finding, finding.c.inspection_id == inspection.c.id)
        .where(finding.c.id == taken.row.finding_id)
    ).first()
    return {one for one in found or () if one is not None}
