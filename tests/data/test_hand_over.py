"""Many grids given to another officer at once."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from data.access import Role, grid_officers_in_force, viewer_of_user
from data.clock import EVERYTHING
from data.errors import Conflict, Denied, Refused
from data.reads.hands_over import Holding, grid_hands, handed_over
from data.schema import audit as audit_table
from data.schema import fact_grid_officer, message
from data.store import writing
from data.writes.officers import hand_over
from tests.factories import NOW, TODAY, add_org, add_user, make_city

FROM = TODAY + timedelta(days=2)


def held(conn: sa.Connection, day):
    rows = conn.execute(grid_officers_in_force(day, EVERYTHING)).all()
    return {row.grid_id: row.officer_id for row in rows if row.duty == "A"}


def test_grids_change_hands_from_their_day_with_their_work_and_one_row_each_in_the_log(db: sa.Engine):
    with writing(db) as conn:
        city = make_city(conn)
        boss = viewer_of_user(
            conn, add_user(conn, Role.SUPERVISOR, org_id=add_org(conn, "top", kind="bureau")), TODAY
        )
        account = add_user(conn, Role.OFFICER, officer_id=city.officers[0])
        before = held(conn, FROM)
        one, two, three = city.grids[:3]
        seen = {grid: before[grid] for grid in (one, two, three)}
        n = hand_over(
            conn, boss, seen, duty="A", officer_id=city.officers[0], valid_from=FROM, reason="轮岗", now=NOW
        )
        assert n == 2  # the first is theirs already
        assert held(conn, TODAY) == before
        assert held(conn, FROM) == before | dict.fromkeys((one, two, three), city.officers[0])
        told = conn.execute(sa.select(message.c.object_id).where(message.c.to_user_id == account)).scalars()
        assert sorted(told) == sorted((two, three))
        logged = sa.select(sa.func.count()).where(audit_table.c.action == "grid.bind_officer")
        assert conn.execute(logged).scalar_one() == 2
        seen_then = viewer_of_user(conn, account, FROM).scope.grids
        assert viewer_of_user(conn, account, TODAY).scope.grids == {one}
        assert seen_then == {one, two, three}


def test_the_preview_counts_what_each_officer_has_before_and_after(db: sa.Engine):
    with writing(db) as conn:
        city = make_city(conn)
        boss = viewer_of_user(
            conn, add_user(conn, Role.SUPERVISOR, org_id=add_org(conn, "top", kind="bureau")), TODAY
        )
        grids = grid_hands(conn, boss, TODAY)
    gets, gives = city.officers[0], city.officers[1]
    found = handed_over(grids, {city.grids[0], city.grids[1]}, "A", gets)
    assert list(found) == [gets, gives]
    own, other = found[gets], found[gives]
    assert own[0].grids == 1 and own[1].grids == 2 and other[1] == Holding() and other[0].grids == 1
    assert own[1].problems == own[0].problems + other[0].problems == 2
    assert own[1].remaining == own[0].remaining + other[0].remaining > own[0].remaining


def test_what_may_not_be_handed_over_changes_nothing_and_says_why(db: sa.Engine):
    with writing(db) as conn:
        city = make_city(conn)
        top = add_org(conn, "top", kind="bureau")
        boss = viewer_of_user(conn, add_user(conn, Role.SUPERVISOR, org_id=top), TODAY)
        narrow = viewer_of_user(
            conn, add_user(conn, Role.SUPERVISOR, org_id=add_org(conn, "low", parent_id=top)), TODAY
        )
        officer = viewer_of_user(conn, add_user(conn, Role.OFFICER, officer_id=city.officers[0]), TODAY)
        grid, has = city.grids[1], city.officers[1]
        good = {
            "duty": "A",
            "officer_id": city.officers[0],
            "valid_from": TODAY,
            "reason": "轮岗",
            "now": NOW,
        }
        count = sa.select(sa.func.count()).select_from(fact_grid_officer)
        before = conn.execute(count).scalar_one()
        for who, seen, wrong, code, field in (
            (officer, {grid: has}, {}, "denied_right", None),
            (narrow, {grid: has}, {}, "denied_scope", None),
            (boss, {}, {}, "grids_none", "grids"),
            (boss, {grid: has, 10**9: None}, {}, "grid_unknown", "grids"),
            (boss, {grid: city.officers[2]}, {}, "grid_handed", "grids"),
            (boss, {grid: has}, {"duty": "C"}, "duty_unknown", "duty"),
            (boss, {grid: has}, {"officer_id": 10**9}, "officer_unknown", "officer_id"),
            (boss, {grid: has}, {"valid_from": TODAY - timedelta(days=1)}, "day_past", "from"),
            (boss, {grid: has}, {"reason": "  "}, "reason_missing", "reason"),
        ):
            with pytest.raises(Refused) as said:
                hand_over(conn, who, seen, **(good | wrong))
            assert said.value.code == code and said.value.field == field
            assert isinstance(said.value, Conflict) == (code == "grid_handed")
            assert isinstance(said.value, Denied) == code.startswith("denied")
        assert conn.execute(count).scalar_one() == before
