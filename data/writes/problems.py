"""Problems on their way: ordered, replied, rechecked, closed out (整改闭环)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from data.access import Viewer
from data.errors import Denied, Refused
from data.reads.hands import finders, hands_on, on_the_spot
from data.schema import attachment, finding, rectification
from data.writes.notice_numbers import lock_numbers
from data.writes.notices import issue
from data.writes.problem_days import deadline, done_on, next_step, not_before, on_another_day
from data.writes.problem_moves import (
    Changed,
    Taken,
    Told,
    accounts,
    attach,
    change,
    handler,
    known_officer,
    put,
    settle,
    supervisors,
    take,
    write_round,
)
from data.writes.written import need, noted


def order(
    conn: sa.Connection, viewer: Viewer, problem_id: int, *, kind: str, day: date | None = None,
    due_on: date | None = None, clause: str | None = None, number: str | None = None, version: int,
    now: datetime,
) -> None:  # fmt: skip
    """Order the rectification (下达整改), at once or within a term.

    Parameters
    ----------
    kind : str
        One of `data.writes.notices.ORDERS`.
    day : date, optional
        On which it was handed over (送达日期), by default today: the term runs from it.
    due_on : date, optional
        By when; else by the workday rule of the kind.
    clause, number
        The clause that was broken, and the number of the order (责令改正通知书 文号).

    Raises
    ------
    Refused
        What `take` and `data.writes.notices.issue` raise.
    """
    if number:
        lock_numbers(conn)
    taken = take(conn, viewer, problem_id, "order", version=version, now=now)
    clauses = {problem_id: clause}
    ordered = issue(conn, [taken], kind=kind, day=day, due_on=due_on, clauses=clauses, number=number)
    settle(conn, viewer, ordered, now=now)


def reply(
    conn: sa.Connection, viewer: Viewer, problem_id: int, *, text: str, day: date | None = None,
    attachments: Sequence[str] = (), version: int, now: datetime,
) -> None:  # fmt: skip
    """Enter what the enterprise answers (企业反馈); the recheck is to be assigned then.

    Parameters
    ----------
    day : date, optional
        On which it answered (反馈日期), by default today: an answer in time is so however late it is typed.

    Raises
    ------
    Refused
        ``day_past``: before it was ordered; ``day_ahead``; ``text_missing``.
    """
    taken = take(conn, viewer, problem_id, "reply", version=version, now=now)
    text = need(text, "text")
    on = done_on(day, _ordered_on(conn, taken.row) or taken.row.opened_on, taken.today, "day")
    attach(conn, taken, attachments)
    write_round(conn, taken, taken.row.round, replied_on=on, reply=text)
    apart = on_another_day(taken, on)
    told = [Told(supervisors(taken), "asked", f"recheck:{taken.row.round}", apart)]
    term = next_step(conn, taken, "replied", on)
    put(conn, taken, note=text, details=apart, tell=told, asked_until=None, **term)


def fix_on_spot(
    conn: sa.Connection, viewer: Viewer, problem_id: int, *, note: str = "",
    attachments: Sequence[str] = (), version: int, now: datetime,
) -> None:  # fmt: skip
    """Note that it was put right while the officers were there (现场改正).

    Raises
    ------
    Refused
        ``spot_over``: it was not found today, or by others; ``evidence_missing``: neither this act nor the
        visit has a photo.
    """
    taken = take(conn, viewer, problem_id, "fix_on_spot", version=version, now=now)
    if not on_the_spot(conn, viewer, taken.row.finding_id, taken.today):
        raise Refused("spot_over", id=problem_id)
    if not attachments and not _photographed(conn, taken.row.finding_id):
        raise Refused("evidence_missing", field="attachments")
    attach(conn, taken, attachments)
    write_round(
        conn, taken, taken.row.round, kind="on_spot", ordered_on=taken.today, replied_on=taken.today,
        reply=noted(note, "note"), rechecked_on=taken.today, passed=True,
        same_officer=viewer.officer_id in finders(conn, taken.row.finding_id), officer_id=viewer.officer_id,
    )  # fmt: skip
    told = [Told(supervisors(taken), "asked", f"close:{taken.row.version}", {})]
    put(
        conn, taken, note=noted(note, "note"), details={"files": len(attachments) or None}, tell=told,
        **next_step(conn, taken, "recheck_passed"),
    )  # fmt: skip


def assign_recheck(
    conn: sa.Connection, viewer: Viewer, problem_id: int, *, officer_id: int, day: date, version: int,
    now: datetime,
) -> None:  # fmt: skip
    """Say who rechecks and by when (指派复查); again while it waits, for another officer or day.

    The day becomes the problem's deadline: the enterprise has answered, now it is ours to look.
    """
    taken = take(conn, viewer, problem_id, "assign_recheck", version=version, now=now)
    settle(conn, viewer, [give_recheck(conn, taken, officer_id, day)], now=now)


def give_recheck(conn: sa.Connection, taken: Taken, officer_id: int, day: date) -> Changed:
    """Write who rechecks a problem that is taken for it, but for figures and audit."""
    chosen = known_officer(conn, officer_id, "officer_id")
    term = deadline(taken, not_before(day, taken.today, "day"))
    cause = f"recheck:{taken.row.round}:{chosen}:{day}"
    told = [Told(accounts(taken, chosen), "assigned", cause, {"due_on": day.isoformat()})]
    return change(
        conn, taken, details={"officer": chosen, "day": day}, tell=told, recheck_officer_id=chosen,
        recheck_on=day, **term,
    )  # fmt: skip


def close_out(
    conn: sa.Connection, viewer: Viewer, problem_id: int, *, result: str, version: int, now: datetime
) -> None:
    """Close a problem out (销号): by somebody who neither found, handled nor rechecked it.

    Raises
    ------
    Denied
        ``own_work``: nobody closes their own.
    """
    taken = take(conn, viewer, problem_id, "close_out", version=version, now=now)
    if _is_own(conn, taken):
        raise Denied("own_work", role=str(viewer.role))
    result = need(result, "result")
    told = [Told(accounts(taken, handler(taken)), "closed", f"{taken.row.version}", {})]
    put(conn, taken, note=result, tell=told)


def send_back(
    conn: sa.Connection, viewer: Viewer, problem_id: int, *, reason: str, officer_id: int | None = None,
    day: date | None = None, version: int, now: datetime,
) -> None:  # fmt: skip
    """Give a recheck back (退回) with the reason, which stays until it is done again.

    Parameters
    ----------
    officer_id : int, optional
        Who is to recheck; by default who did, or who found it.
    day : date, optional
        By when; by default the next workday.
    """
    taken = take(conn, viewer, problem_id, "send_back", version=version, now=now)
    reason = need(reason, "reason")
    found_by = next(iter(finders(conn, taken.row.finding_id)), None)
    asked = officer_id or taken.row.recheck_officer_id or found_by or handler(taken)
    chosen = known_officer(conn, asked, "officer_id")
    by_then = day or taken.desk.calendar.add_workdays(taken.today, 1).day
    term = deadline(taken, not_before(by_then, taken.today, "day"))
    params = {"reason": reason, "due_on": by_then.isoformat()}
    told = [Told(accounts(taken, chosen), "returned", f"{taken.row.version}", params)]
    put(
        conn, taken, note=reason, details={"officer": chosen, "day": by_then}, tell=told,
        returned=reason, recheck_officer_id=chosen, recheck_on=by_then, **term,
    )  # fmt: skip


def _ordered_on(conn: sa.Connection, row: Any) -> date | None:
    own = (rectification.c.problem_id == row.id, rectification.c.round == row.round)
    found: date | None = conn.execute(sa.select(rectification.c.ordered_on).where(*own)).scalar()
    return found


def _photographed(conn: sa.Connection, finding_id: int) -> bool:
    """Whether the visit that found something has a photo."""
    photo = (attachment.c.object == "inspection", attachment.c.what == "photo")
    at_visit = sa.and_(finding.c.inspection_id == attachment.c.object_id, finding.c.id == finding_id)
    return conn.execute(sa.select(attachment.c.id).join(finding, at_visit).where(*photo)).first() is not None


def _is_own(conn: sa.Connection, taken: Taken) -> bool:
    row = taken.row
    return hands_on(conn, row.id).of(taken.viewer, handler(taken), row.recheck_officer_id)
