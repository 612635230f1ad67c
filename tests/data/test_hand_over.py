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


def test_who_gets_a_grid_and_who_gives_it_up_are_told_once_until_it_goes_back(db: sa.Engine):
    with writing(db) as conn:
        city = make_city(conn)
        boss = viewer_of_user(
            conn, add_user(conn, Role.SUPERVISOR, org_id=add_org(conn, "top", kind="bureau")), TODAY
        )
        one, two, three = city.officers[:3]
        people = {who: add_user(conn, Role.OFFICER, officer_id=who) for who in (one, two, three)}
        grid = city.grids[0]

        def told(who: int) -> list[tuple[str, str, str]]:
            mine = (message.c.to_user_id == people[who], message.c.ended_at.is_(None))
            found = conn.execute(sa.select(message).where(*mine).order_by(message.c.id))
            return [(row.kind, row.params["duty"], row.params["from"][-2:]) for row in found]

        def gives(to: int, had: int | None, day: int, duty: str = "A") -> None:
            hand_over(
                conn, boss, {grid: had}, duty=duty, officer_id=to, valid_from=FROM + timedelta(days=day),
                reason="轮岗", now=NOW,
            )  # fmt: skip

        gives(two, one, 7)
        gives(three, None, 0, "B")
        assert (told(one), told(two)) == ([("handed_on", "A", "30")], [("assigned", "A", "30")])
        assert told(three) == [("assigned", "B", "23")]
        gives(three, one, 1)  # only until the second has it: who has which day is told of that day
        assert told(one) == [("handed_on", "A", "30"), ("handed_on", "A", "24")]
        assert told(two) == [("assigned", "A", "30")]
        assert told(three) == [("assigned", "B", "23"), ("assigned", "A", "24")]
        gives(one, two, 7)
        assert told(one) == [("assigned", "A", "30")] and told(two) == [("handed_on", "A", "30")]
        gives(two, one, 7)
        gives(two, two, 7)
        assert told(one) == [("handed_on", "A", "30")] and told(two) == [("assigned", "A", "30")]
        assert told(three) == [("assigned", "B", "23"), ("assigned", "A", "24")]
        reasons = conn.execute(sa.select(message.c.params)).scalars()
        assert {params["reason"] for params in reasons} == {"轮岗"}
