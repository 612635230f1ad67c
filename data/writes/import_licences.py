"""Licences that come with staged enterprises: one row a number, dates kept up to date."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from data.schema import enterprise, licence
from data.writes.staged import changes, written
from data.writes.staged import enterprises as staged
from data.writes.versions import differs

UNNAMED = "licence"
"""Kind of a licence of which the source gives the number alone."""


def licence_stored() -> sa.ColumnElement[bool]:
    """Whether the staged licence of an enterprise is stored as it is; needs both tables joined."""
    return sa.exists().where(
        licence.c.enterprise_id == enterprise.c.id,
        licence.c.kind == sa.func.coalesce(staged.c.licence_kind, UNNAMED),
        licence.c.number == staged.c.licence_number,
        ~differs(licence.c.issued_on, staged.c.licence_from),
        ~differs(licence.c.valid_to, staged.c.licence_to),
    )


def write_licences(conn: sa.Connection, batch_id: int, user_id: int | None, now: datetime) -> None:
    """Add or update the licences of the staged changes."""
    kind = sa.func.coalesce(staged.c.licence_kind, UNNAMED)
    wanted = (
        sa.select(
            sa.func.coalesce(changes.c.enterprise_id, written.c.enterprise_id).label("enterprise_id"),
            kind.label("kind"),
            staged.c.licence_number.label("number"),
            staged.c.licence_from.label("issued_on"), staged.c.licence_to.label("valid_to"),
            sa.literal(batch_id).label("batch_id"), staged.c.row_no,
            sa.literal(user_id, licence.c.user_id.type).label("user_id"),
            sa.literal(now, licence.c.recorded_at.type).label("recorded_at"),
        )
        .select_from(staged)
        .join(changes, changes.c.row_no == staged.c.row_no)
        .outerjoin(written, written.c.row_no == staged.c.row_no)
        .where(changes.c.licence_changed == 1)
    )  # fmt: skip
    found = wanted.subquery()
    same = (
        (licence.c.enterprise_id == found.c.enterprise_id)
        & (licence.c.kind == found.c.kind)
        & (licence.c.number == found.c.number)
    )
    names = ("issued_on", "valid_to", "batch_id", "row_no", "user_id", "recorded_at")
    conn.execute(sa.update(licence).values({n: found.c[n] for n in names}).where(same))
    fresh = sa.select(found).where(~sa.exists().where(same))
    conn.execute(sa.insert(licence).from_select([c.name for c in found.c], fresh, include_defaults=False))
