"""What people write has its length: the log and a problem's story can never forget it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from data.errors import Refused
from data.store import writing
from data.writes.problems import order
from data.writes.problems_aside import file, reassign, transfer
from tests.data.lead_help import people
from tests.factories import NOW, TODAY, add_problem


@pytest.mark.parametrize("field", ["clause", "number", "note", "reason", "case"])
def test_no_field_of_a_problem_takes_more_than_its_form(sqlite_db: sa.Engine, field: str) -> None:
    p = people(sqlite_db)
    long = "长" * 5000
    with writing(sqlite_db) as conn:
        n = add_problem(conn, p.made.by_grid[p.made.grids[0]][0], TODAY, state="found")
        said = {"version": 1, "now": NOW}
        acts = {
            "clause": lambda: order(conn, p.officer, n, kind="term", clause=long, **said),
            "number": lambda: order(conn, p.officer, n, kind="term", number=long, **said),
            "note": lambda: transfer(
                conn, p.supervisor, n, receiver="公安", receiver_kind="police", note=long, **said
            ),
            "reason": lambda: reassign(
                conn, p.supervisor, n, officer_id=p.other.officer_id, reason=long, **said
            ),
            "case": lambda: file(conn, p.supervisor, n, note="移送", number=long, **said),
        }
        with pytest.raises(Refused, match="text_long"):
            acts[field]()
