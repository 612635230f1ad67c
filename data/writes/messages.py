"""The inbox: what people are told, once for each cause, until the cause is over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from data import audit
from data.access import Viewer
from data.errors import NotFound
from data.schema import message
from data.store import inserting

KINDS = (
    "assigned",  # 交办: to do now
    "due_soon",  # 临期
    "last_day",  # 今日到期: the last workday
    "overdue",  # 逾期
    "escalated",  # 逾期上报: to the supervisor, of somebody else's work
    "returned",  # 退回, with the reason
    "asked",  # 待您处理: an extension, a review, a question
    "approved",  # 已批准
    "refused",  # 未批准, with the reason
    "answered",  # 已答复
    "supervised",  # 挂牌督办
    "closed",  # 已销号
    "merged",  # 并案: a repeated report joined it
    "corrected",  # 检查记录被更正
    "withdrawn",  # 检查记录作废
    "handed_on",  # 移交: somebody else has it now
)
"""What a message can say; each has its words in the catalogue ``inbox``."""

OBJECTS = ("problem", "lead", "question", "loan", "grid", "record", "order", "platform")


def tell(
    conn: sa.Connection, user_ids: Iterable[int | None], kind: str, object: str, object_id: int, cause: str,
    params: Mapping[str, Any] | None = None, *, now: datetime,
) -> None:  # fmt: skip
    """Put one message into each inbox; the same cause is told once, however often this is called.

    A message that had ended and whose cause is back opens again, unread.

    Parameters
    ----------
    user_ids : iterable of int or None
        Accounts; None and repetitions are passed over.
    kind, object
        Of `KINDS` and `OBJECTS`.
    cause : str
        What tells this occasion from an earlier one of the same kind: the round, the deadline's day.
    params : mapping, optional
        JSON values that the inbox shows: ``due_on``, ``from``, ``until`` (ISO days), ``reason``. The names
        of things are read when it is shown, and what was written is masked then.
    """
    if kind not in KINDS or object not in OBJECTS:
        raise ValueError(
            f"Expected a kind of {', '.join(KINDS)} about one of {', '.join(OBJECTS)}, got {kind!r} about "
            f"{object!r}; a new one needs its place there and its words in the catalogue inbox."
        )
    told = {
        "kind": kind, "object": object, "object_id": object_id, "cause": cause, "params": dict(params or {}),
        "at": now,
    }  # fmt: skip
    rows = [{"to_user_id": one, **told} for one in sorted({one for one in user_ids if one is not None})]
    tell_all(conn, rows)


def tell_all(conn: sa.Connection, rows: list[dict[str, Any]]) -> None:
    """Put many messages at once: ``to_user_id, kind, object, object_id, cause, params, at`` each."""
    if not rows:
        return
    new = inserting(conn.dialect, message)
    again = {
        "params": new.excluded.params, "at": new.excluded.at, "ended_at": None, "read_at": None,
        "acknowledged_at": None,
    }  # fmt: skip
    keys = ["to_user_id", "object", "object_id", "kind", "cause"]
    conn.execute(
        new.on_conflict_do_update(index_elements=keys, set_=again, where=message.c.ended_at.is_not(None)),
        rows,
    )


def end(
    conn: sa.Connection, object: str, object_id: int, *, kinds: Iterable[str] | None = None,
    to: Iterable[int] | None = None, about: str | None = None, now: datetime,
) -> None:  # fmt: skip
    """End the messages about one thing (of some kinds, to some accounts): what they were told for is over.

    `about` is the first part of the causes that are over, up to the colon: one clock of several.
    """
    where = [message.c.object == object, message.c.object_id == object_id, message.c.ended_at.is_(None)]
    if kinds is not None:
        where.append(message.c.kind.in_(sorted(kinds)))
    if to is not None:
        where.append(message.c.to_user_id.in_(sorted(to)))
    if about is not None:
        where.append(message.c.cause.startswith(f"{about}:", autoescape=True))
    conn.execute(sa.update(message).where(*where).values(ended_at=now))


def read(conn: sa.Connection, viewer: Viewer, message_id: int, *, now: datetime) -> None:
    """Note that the viewer has read a message of their own; the first time counts.

    Raises
    ------
    NotFound
        ``message_unknown``: no such message, or somebody else's.
    """
    _own(conn, viewer, message_id)
    unread = sa.and_(message.c.id == message_id, message.c.read_at.is_(None))
    conn.execute(sa.update(message).where(unread).values(read_at=now))


def read_all(conn: sa.Connection, viewer: Viewer, *, now: datetime) -> int:
    """Note that the viewer has read all own messages; return how many were new."""
    new = (message.c.to_user_id == viewer.user_id, message.c.read_at.is_(None), message.c.ended_at.is_(None))
    return int(conn.execute(sa.update(message).where(*new).values(read_at=now)).rowcount)


def acknowledge(conn: sa.Connection, viewer: Viewer, message_id: int, *, now: datetime) -> None:
    """Let the viewer confirm a message of their own (确认知悉): it is read too; the first time counts.

    Raises
    ------
    NotFound
        ``message_unknown``: no such message, or somebody else's.
    """
    found = _own(conn, viewer, message_id)
    if found.acknowledged_at is not None:
        return
    known = {"read_at": found.read_at or now, "acknowledged_at": now}
    conn.execute(sa.update(message).where(message.c.id == message_id).values(known))
    audit.append(
        conn, viewer, "message.acknowledge", found.object, found.object_id, now=now, kind=found.kind,
        cause=found.cause,
    )  # fmt: skip


def _own(conn: sa.Connection, viewer: Viewer, message_id: int) -> sa.Row[Any]:
    row = conn.execute(
        sa.select(message).where(message.c.id == message_id, message.c.to_user_id == viewer.user_id)
    ).one_or_none()
    if row is None:
        raise NotFound("message_unknown", found=message_id)
    return row
