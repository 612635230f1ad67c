"""Grids handed over, and what the law says of it: rights follow the days, and both hands are told once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from data.schema import message
from data.writes.officers import hand_over
from tests.data.loops.town import OFFICERS, Holder, Town


def verdict(town: Town, name: str, grids: list[int], n: int, *, stale: bool) -> str | None:
    """Return the code of the refusal that the law asks for; None: it is to be done."""
    if not town.may(name, "assign"):
        return "denied_right"
    if not grids:
        return "grids_none"
    if not all(town.sees(name, grid, town.district(grid)) for grid in grids):
        return "denied_scope"
    if n % 7 == 5:
        return "day_past"
    if n % 7 == 6:
        return "reason_missing"
    return "grid_handed" if stale else None


def hands_over(
    town: Town, name: str, to: str, grids: list[int], n: int, duty: str = "A", *, stale: bool = False
) -> str | None:
    """Let somebody give grids to an officer from a day on; who has them on each day is as the law says."""
    chosen, day = town.officers[to], town.today + timedelta(days=-1 if n % 7 == 5 else n % 4)
    seen = {grid: town.holder(grid, duty, day) for grid in grids}
    expected = verdict(town, name, grids, n, stale=stale)
    if stale and grids:
        seen[grids[-1]] = town.fourth if seen[grids[-1]] != town.fourth else None
    moved = [grid for grid in grids if town.holder(grid, duty, day) != chosen]
    here = town.viewer(name)

    def after(*_: Any) -> None:
        for grid in moved:
            told_both(town, grid, duty, day, town.holder(grid, duty, day), chosen)
            town.known.holders.append(Holder(grid, duty, day, chosen))
        rights_follow_the_days(town)

    reason = "" if n % 7 == 6 else "轮岗"
    code = town.attempt(
        lambda: hand_over(
            town.conn, here, seen, duty=duty, officer_id=chosen, valid_from=day, reason=reason, now=town.now
        ), after, logged=len(moved),
    )  # fmt: skip
    assert code == expected, f"{name} hands grids over: {code}, the law says {expected}"
    return code


def told_both(town: Town, grid: int, duty: str, day: Any, before: int | None, after: int) -> None:
    """Hold that who gets a grid and who gives it up are told of this day once, each their own side of it."""
    about = (message.c.object == "grid", message.c.object_id == grid, message.c.ended_at.is_(None))
    rows = town.conn.execute(sa.select(message).where(*about)).all()
    officers = [name for name in OFFICERS if town.known.roles[name] == "officer"]
    accounts = {town.officers[name]: town.accounts[name] for name in officers}
    for officer, kind, over in ((after, "assigned", "handed_on"), (before, "handed_on", "assigned")):
        own = [row for row in rows if row.to_user_id == accounts.get(officer) and row.params["duty"] == duty]
        told = [row for row in own if (row.kind, row.params["from"]) == (kind, day.isoformat())]
        assert len(told) == (officer in accounts), f"{officer} was told {len(told)} times"
        assert not [row for row in own if row.kind == over], "told before, and over"


def rights_follow_the_days(town: Town) -> None:
    """Hold that an officer's grids are those that they have today, or that are lent to them today."""
    for name in OFFICERS:
        if town.known.roles[name] == "officer":
            assert town.viewer(name).scope.grids == town.grids(name), name


def change_hands(town: Town) -> None:
    """Let grids go to and fro, today and tomorrow, under both duties; then the days come."""
    here, there = town.city.grids[0], town.city.grids[1]
    with town.taken_back():
        for name in ("narrow", "first", "auditor", "admin"):
            hands_over(town, name, "second", [town.city.grids[2], here], 0)
        for n, stale in ((5, False), (6, False), (0, True)):
            hands_over(town, "leader", "second", [here], n, stale=stale)
        hands_over(town, "leader", "second", [], 0)
        assert hands_over(town, "narrow", "third", [here, there], 2) is None
        assert hands_over(town, "boss", "second", [here], 3, "B") is None
        assert hands_over(town, "boss", "first", [here], 2) is None
        assert hands_over(town, "boss", "third", [here], 1) is None
        four_days_come(town)


def four_days_come(town: Town) -> None:
    """Let four days come one by one."""
    for _ in range(4):
        town.known.now += timedelta(days=1)
        rights_follow_the_days(town)
