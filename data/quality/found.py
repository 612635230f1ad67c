"""What a check answers, and the counting that all of them share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa


@dataclass(frozen=True)
class Finding:
    """One thing that is off; the sentence is ``quality.<code>`` of the catalogues."""

    code: str
    level: str  # error, warning
    params: dict[str, Any] = field(default_factory=dict)


Check = Callable[[sa.Connection, datetime], Iterator[Finding]]


def count(conn: sa.Connection, tables: sa.FromClause, *where: sa.ColumnElement[bool]) -> int:
    """Return how many rows there are."""
    return int(conn.execute(sa.select(sa.func.count()).select_from(tables).where(*where)).scalar_one())
