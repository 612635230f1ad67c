"""Details are a record of their own: a file that has some of the keys says nothing of the others."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa


def keep_details(conn: sa.Connection, staged: sa.Table, stored: sa.FromClause, keys: Collection[str]) -> None:
    """Add to the staged details what is stored under keys that the file does not have.

    Parameters
    ----------
    staged : Table
        Staged rows with ``row_no``, ``source_id`` and ``details``.
    stored : FromClause
        The rows they will be compared with: ``code`` (the source's id) and ``details``.
    keys : collection of str
        What the file has: a key of these that a row does not give has been emptied.
    """
    rows = conn.execute(
        sa.select(staged.c.row_no, staged.c.details, stored.c.details.label("kept"))
        .join_from(staged, stored, stored.c.code == staged.c.source_id)
        .where(stored.c.details.is_not(None), staged.c.details.is_distinct_from(stored.c.details))
    ).all()
    changed = [
        # sorted as staged details are, so that equal details are equal text on SQLite
        {"row": row.row_no, "merged": dict(sorted((kept | (row.details or {})).items()))}
        for row in rows
        if (kept := {key: value for key, value in (row.kept or {}).items() if key not in keys})
    ]
    if changed:
        conn.execute(
            sa.update(staged)
            .where(staged.c.row_no == sa.bindparam("row"))
            .values(details=sa.bindparam("merged", type_=staged.c.details.type)),
            changed,
        )
