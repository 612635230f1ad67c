"""The audit log: append-only, each row chained to the one before it by its hash."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from data.access import Viewer
from data.schema import audit, audit_head, denial
from data.store import inserting

GENESIS = "0" * 64
ANONYMOUS = "anonymous"
"""The actor of what nobody known did."""
NOBODY = "nobody"
"""The role of who was not signed in, as the log says it."""


@dataclass(frozen=True)
class ChainBreak:
    """The first place where the log does not hold together."""

    seq: int
    reason: str  # gap, changed, prev, head


def append(
    conn: sa.Connection,
    viewer: Viewer,
    action: str,
    object_kind: str,
    object_id: object,
    *,
    now: datetime,
    success: bool = True,
    signed_in: bool = True,
    **detail: Any,
) -> int:
    """Write one audit row; call it last in a transaction, for it holds the chain's head.

    Parameters
    ----------
    action, object_kind, object_id
        What was done to what, e.g. ``"import.publish"``, ``"batch"``, 7.
    now : datetime
        Aware; our clock.
    signed_in : bool
        False: the act came from outside a session, the actor's role is no more than claimed.
    **detail
        JSON values: before and after, counts, reasons. No personal data in clear.

    Returns
    -------
    int
        The row's place in the chain.
    """
    head = conn.execute(sa.select(audit_head).where(audit_head.c.id == 1).with_for_update()).one()
    row = {
        "seq": head.seq + 1,
        "at": now,
        "actor": viewer.actor,
        "role": str(viewer.role) if signed_in else NOBODY,
        "action": action,
        "object_kind": object_kind,
        "object_id": str(object_id),
        "success": success,
        "detail": json.loads(json.dumps(detail, ensure_ascii=False, default=str)),
        "prev_hash": head.hash,
    }
    row["hash"] = _digest(row)
    conn.execute(sa.insert(audit), row)
    conn.execute(sa.update(audit_head).where(audit_head.c.id == 1).values(seq=row["seq"], hash=row["hash"]))
    return int(row["seq"])


def _digest(row: dict[str, Any]) -> str:
    kept = {key: value for key, value in row.items() if key != "hash"}
    kept["at"] = kept["at"].astimezone(UTC).isoformat(timespec="microseconds")
    text = json.dumps(kept, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def verify(conn: sa.Connection) -> ChainBreak | None:
    """Walk the whole chain; return the first break, or None when it is whole."""
    seq, previous = 0, GENESIS
    columns = [c for c in audit.c if c.name != "hash"]
    query = sa.select(*columns, audit.c.hash).order_by(audit.c.seq).execution_options(yield_per=5000)
    for found in conn.execute(query):
        row = dict(found._mapping)
        seq += 1
        if row["seq"] != seq:
            return ChainBreak(seq, "gap")
        if row["prev_hash"] != previous:
            return ChainBreak(seq, "prev")
        if _digest(row) != row["hash"]:
            return ChainBreak(seq, "changed")
        previous = row["hash"]
    head = conn.execute(sa.select(audit_head.c.seq, audit_head.c.hash).where(audit_head.c.id == 1)).first()
    return None if head is not None and tuple(head) == (seq, previous) else ChainBreak(seq, "head")


def record_denial(
    conn: sa.Connection, viewer: Viewer, route: str, code: str, *, now: datetime, path: str | None = None
) -> None:
    """Note a refused act: an audit row for the first of a minute, a count for its repetitions.

    `route` is the pattern that is counted, `path` the address that was first.
    """
    if repeated(conn, viewer.actor, route, now=now):
        return
    append(
        conn, viewer, "access.denied", "route", route, now=now, success=False,
        signed_in=viewer.actor != ANONYMOUS, code=code, path=path,
    )  # fmt: skip


def repeated(conn: sa.Connection, actor: str, route: str, *, now: datetime) -> bool:
    """Count an act that failed; return whether one like it has failed before in the same minute.

    Whoever fails a thousand times a minute raises a number instead of filling the log.
    """
    minute = now.astimezone(UTC).replace(second=0, microsecond=0)
    counted = inserting(conn.dialect, denial, {"actor": actor, "route": route, "minute": minute, "count": 1})
    raised = counted.on_conflict_do_update(
        index_elements=[c.name for c in denial.primary_key], set_={"count": denial.c.count + 1}
    ).returning(denial.c.count)
    if conn.execute(raised).scalar_one() > 1:
        return True
    conn.execute(sa.delete(denial).where(denial.c.minute < minute - timedelta(days=30)))
    return False
