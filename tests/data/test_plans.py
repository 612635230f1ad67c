"""Plans and the periods they expand into."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from data.errors import NotFound
from data.plans import period_by_code, plan_by_code
from data.store import reading


@pytest.mark.parametrize("code", ["²²²²", "٢٠٢٦", "２０２６", "", "0", "2026H1", "2019", "20261"])
def test_a_period_that_no_plan_has_is_not_found(sqlite_db: sa.Engine, code: str) -> None:
    with reading(sqlite_db) as conn:
        plan = plan_by_code(conn, "annual-all")
    assert period_by_code(plan, "2026").code == "2026"
    with pytest.raises(NotFound) as caught:
        period_by_code(plan, code)
    assert caught.value.code == "period_unknown"
