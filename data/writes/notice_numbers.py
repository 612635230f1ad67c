"""Numbers of notices (文书编号): each is of one notice, whoever gives it and when."""

from __future__ import annotations

import sqlalchemy as sa

from data.errors import Refused
from data.reads.notices import HEAD
from data.schema import rectification

NUMBER_LOCK = 0x70617065  # "pape": any number that nothing else locks


def lock_numbers(conn: sa.Connection) -> None:
    """Let numbers be given one after the other on PostgreSQL; SQLite has one writer anyway.

    Call it before anything else is locked: who approves many locks many.
    """
    if conn.dialect.name == "postgresql":
        conn.execute(sa.select(sa.func.pg_advisory_xact_lock(NUMBER_LOCK)))


def check_number(conn: sa.Connection, number: str, head: int | None = None) -> None:
    """Raise `Refused` (``paper_number_taken``) where another notice has a number.

    Parameters
    ----------
    head : int, optional
        The round that heads the notice which is to have it; None: it is written only now.
    """
    taken = sa.select(rectification.c.id).where(rectification.c.number == number)
    if head is not None:
        taken = taken.where(HEAD.is_distinct_from(head))
    if conn.execute(taken.limit(1)).first() is not None:
        raise Refused("paper_number_taken", field="number", found=number)
