"""Grids handed over, and periods of leads locked, on the screen: a look first, then the act."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from data.schema import fact_grid_officer, period_lock
from tests.dashboard.conftest import House, fire
from tests.factories import TODAY


def test_grids_are_handed_over_after_a_look_and_never_those_that_somebody_else_gave_away(house: House):
    client, made = house.sign_in("supervisor"), house.ids["city"]
    assert client.get("/officers").status_code == 200
    to, grid = made.officers[1], made.grids[0]
    chosen: dict[str, Any] = {
        "officers-grids.selectedRows": [{"id": grid}], "officers-duty.value": "A",
        "officers-officer.value": str(to), "officers-from.value": str(TODAY), "officers-grids.rowData": [],
    }  # fmt: skip
    looked = fire(client, house, "officers-seen.data", chosen).json["response"]
    assert looked["officers-seen"]["data"] == [[grid, made.officers[0]]]
    assert looked["officers-save"]["disabled"] is False
    sent = {"officers-save.n_clicks": 1, "officers-duty.value": "A", "officers-officer.value": str(to),
            "officers-from.value": str(TODAY), "officers-reason.value": "轮岗"}  # fmt: skip

    def send(seen: Any, **over: Any) -> Any:
        answer = fire(
            client, house, "officers-trouble.children", {**sent, "officers-seen.data": seen, **over}
        )
        assert answer.status_code == 200, answer.text
        return answer.json["response"]

    count = sa.select(sa.func.count()).select_from(fact_grid_officer)
    with house.engine.connect() as conn:
        before = conn.execute(count).scalar_one()
    nameless = send([[grid, made.officers[0]]], **{"officers-reason.value": " "})
    assert nameless["officers-reason"]["error"]
    stale = send([[grid, to]])
    assert stale["officers-trouble"]["children"]
    assert "error" not in stale.get("officers-reason", {}) or stale["officers-reason"]["error"] is None
    with house.engine.connect() as conn:
        assert conn.execute(count).scalar_one() == before
    done = send([[grid, made.officers[0]]])
    assert done["officers-grids"]["selectedRows"] == []
    with house.engine.connect() as conn:
        assert conn.execute(count).scalar_one() == before + 1
    assert house.sign_in("officer").get("/officers").status_code == 403


def test_a_period_is_locked_after_a_look_that_names_what_is_in_its_way(house: House):
    client = house.sign_in("leader")
    client.get("/leads")

    def press(button: str, start: date, end: date) -> Any:
        answer = fire(
            client, house, "leads-lock-said.children",
            {f"leads-lock-{button}.n_clicks": 1, "leads-lock-from.value": str(start),
             "leads-lock-to.value": str(end)}, changed=f"leads-lock-{button}.n_clicks",
        )  # fmt: skip
        assert answer.status_code == 200, answer.text
        return answer.json["response"]

    busy = press("look", date(TODAY.year, 1, 1), TODAY)
    assert busy["leads-lock-save"]["disabled"] is True and "/leads/" in str(busy["leads-lock-said"])
    quiet = (date(2020, 1, 1), date(2020, 1, 31))
    assert press("look", *quiet)["leads-lock-save"]["disabled"] is False
    press("save", *quiet)
    with house.engine.connect() as conn:
        held = conn.execute(sa.select(period_lock.c.from_on, period_lock.c.to_on)).all()
    assert [tuple(one) for one in held] == [quiet]
